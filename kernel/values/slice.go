package values

import (
	"fmt"
	"reflect"
)

// Absent stands for a bound or capacity that is left out.
const Absent = -1 << 62

// Slice returns the operation x[low:high:max] on a slice, a string or a pointer
// to an array; a bound may be [Absent].
func (w *World) Slice(from, to *Type) string {
	return w.Op("slice "+from.Name+" "+to.Name, func() reflect.Value {
		return function([]reflect.Type{from.R, intType, intType, intType}, []reflect.Type{to.R}, func(args []reflect.Value) []reflect.Value {
			x := args[0]
			if x.Kind() == reflect.Pointer {
				if x.IsNil() {
					panic(nilDereference)
				}
				x = x.Elem()
			}
			low, high, most := int(args[1].Int()), int(args[2].Int()), int(args[3].Int())
			result := slice(x, low, high, most)
			if result.Type() != to.R {
				result = result.Convert(to.R)
			}
			return []reflect.Value{result}
		})
	})
}

func slice(x reflect.Value, low, high, most int) reflect.Value {
	length, limit, what := x.Len(), x.Len(), "length"
	if x.Kind() != reflect.String {
		limit = x.Cap()
		if x.Kind() == reflect.Slice {
			what = "capacity"
		}
	}
	if low == Absent {
		low = 0
	}
	switch {
	case most != Absent:
		checkBounds(low, high, most, limit, what)
		return x.Slice3(low, high, most)
	case high == Absent:
		if high = length; low < 0 || low > high {
			panic(runtimeError(fmt.Sprintf("runtime error: slice bounds out of range [%d:%d]", low, high)))
		}
	case high < 0 || high > limit:
		panic(runtimeError(fmt.Sprintf("runtime error: slice bounds out of range [:%d] with %s %d", high, what, limit)))
	case low < 0 || low > high:
		panic(runtimeError(fmt.Sprintf("runtime error: slice bounds out of range [%d:%d]", low, high)))
	}
	return x.Slice(low, high)
}

func checkBounds(low, high, most, limit int, what string) {
	switch {
	case most < 0 || most > limit:
		panic(runtimeError(fmt.Sprintf("runtime error: slice bounds out of range [::%d] with %s %d", most, what, limit)))
	case high < 0 || high > most:
		panic(runtimeError(fmt.Sprintf("runtime error: slice bounds out of range [:%d:%d]", high, most)))
	case low < 0 || low > high:
		panic(runtimeError(fmt.Sprintf("runtime error: slice bounds out of range [%d:%d:]", low, high)))
	}
}

// NegativeShift panics as a shift by a negative count does.
func NegativeShift() { panic(runtimeError("runtime error: negative shift amount")) }

// OutOfRange panics as x[i] does.
func OutOfRange(i, length int) {
	if i < 0 {
		panic(runtimeError(fmt.Sprintf("runtime error: index out of range [%d]", i)))
	}
	panic(runtimeError(fmt.Sprintf("runtime error: index out of range [%d] with length %d", i, length)))
}

// MakeChan returns the operation make(chan T, size).
func (w *World) MakeChan(t *Type) string {
	return w.Op("makechan "+t.Name, func() reflect.Value {
		both := reflect.ChanOf(reflect.BothDir, t.R.Elem())
		return function([]reflect.Type{intType}, []reflect.Type{t.R}, func(args []reflect.Value) []reflect.Value {
			if args[0].Int() < 0 {
				panic(runtimeError("makechan: size out of range"))
			}
			return []reflect.Value{reflect.MakeChan(both, int(args[0].Int())).Convert(t.R)}
		})
	})
}

// Copy returns the operation copy(to, from).
func (w *World) Copy(to, from *Type) string {
	return w.Op("copy "+to.Name+" "+from.Name, func() reflect.Value {
		return function([]reflect.Type{to.R, from.R}, []reflect.Type{intType}, func(args []reflect.Value) []reflect.Value {
			return []reflect.Value{reflect.ValueOf(reflect.Copy(args[0], args[1]))}
		})
	})
}

// AppendSlice returns the operation append(to, from...); from may be a string.
func (w *World) AppendSlice(to, from *Type) string {
	return w.Op("append "+to.Name+" "+from.Name, func() reflect.Value {
		return function([]reflect.Type{to.R, from.R}, []reflect.Type{to.R}, func(args []reflect.Value) []reflect.Value {
			src := args[1]
			if src.Kind() == reflect.String {
				src = reflect.ValueOf([]byte(src.String()))
			}
			if src.Type() != to.R {
				src = src.Convert(to.R)
			}
			return []reflect.Value{reflect.AppendSlice(args[0], src)}
		})
	})
}

// MakeSlice returns the operation make(T, length, capacity); a capacity that is
// [Absent] is the length.
func (w *World) MakeSlice(t *Type) string {
	return w.Op("make "+t.Name, func() reflect.Value {
		return function([]reflect.Type{intType, intType}, []reflect.Type{t.R}, func(args []reflect.Value) []reflect.Value {
			n, c := int(args[0].Int()), int(args[1].Int())
			const limit = 1 << 47
			size := max(int(t.R.Elem().Size()), 1)
			switch {
			case n < 0 || n > limit/size:
				panic(runtimeError("runtime error: makeslice: len out of range"))
			case c == Absent:
				c = n
			case c < n || c > limit/size:
				panic(runtimeError("runtime error: makeslice: cap out of range"))
			}
			return []reflect.Value{reflect.MakeSlice(t.R, n, c)}
		})
	})
}
