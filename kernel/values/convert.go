package values

import (
	"fmt"
	"go/types"
	"reflect"
)

// IsInterface reports whether a type is an interface.
func (t *Type) IsInterface() bool { return types.IsInterface(t.Go) }

// Convert returns the operation that turns a value of one type into one of an
// interface type; "" where the interpreter's own assignment does.
func (w *World) Convert(from, to *Type) string {
	switch {
	case from.IsInterface() && from.R == to.R:
		return ""
	case !from.IsInterface() && !from.Own:
		return ""
	}
	return w.Op("convert "+from.Name+" "+to.Name, func() reflect.Value {
		return function([]reflect.Type{from.R}, []reflect.Type{to.R}, func(args []reflect.Value) []reflect.Value {
			return []reflect.Value{w.toInterface(w.boxed(from, args[0]), to)}
		})
	})
}

// boxed is the canonical form of a value as an interface holds it.
func (w *World) boxed(t *Type, v reflect.Value) any {
	switch {
	case t.IsInterface():
		return w.Plain(v.Interface())
	case t.Own:
		return Box{t, v.Interface()}
	}
	return v.Interface()
}

// toInterface makes a canonical value one of an interface type.
func (w *World) toInterface(v any, to *Type) reflect.Value {
	if b, ok := v.(Box); ok && to.R != anyType {
		return w.adapt(b, to)
	}
	return asValue(v, to.R)
}

// Assert returns the operation of a type assertion: from an interface to a
// type, with a second result where ok is set.
func (w *World) Assert(from, to *Type, ok bool) string {
	return w.Op(fmt.Sprint("assert ", from.Name, " ", to.Name, " ", ok), func() reflect.Value {
		out := []reflect.Type{to.R}
		if ok {
			out = append(out, boolType)
		}
		zero := reflect.Zero(to.R)
		return function([]reflect.Type{from.R}, out, func(args []reflect.Value) []reflect.Value {
			v := w.Plain(args[0].Interface())
			holds := w.holds(v, to)
			result := zero
			switch {
			case holds:
				result = w.taken(v, to)
			case !ok:
				panic(w.assertionError(v, from, to))
			}
			if !ok {
				return []reflect.Value{result}
			}
			return []reflect.Value{result, reflect.ValueOf(holds)}
		})
	})
}

// taken is a canonical value known to be of a type.
func (w *World) taken(v any, to *Type) reflect.Value {
	switch b, isBox := v.(Box); {
	case to.IsInterface():
		return w.toInterface(v, to)
	case isBox:
		return asValue(b.V, to.R)
	}
	return reflect.ValueOf(v)
}

type verdictKey struct {
	dynamic any // *Type or reflect.Type
	iface   *Type
}

// holds reports whether a canonical value is of a type, or implements it.
func (w *World) holds(v any, to *Type) bool {
	b, isBox := v.(Box)
	switch {
	case v == nil:
		return false
	case !to.IsInterface() && isBox:
		return b.T == to
	case !to.IsInterface():
		return !to.Own && reflect.TypeOf(v) == to.R
	}
	key := verdictKey{reflect.TypeOf(v), to}
	if isBox {
		key.dynamic = b.T
	}
	w.lock.RLock()
	verdict, known := w.verdicts[key]
	w.lock.RUnlock()
	if !known {
		verdict = w.implements(v, to) == ""
		w.lock.Lock()
		w.verdicts[key] = verdict
		w.lock.Unlock()
	}
	return verdict
}

// implements names a method that a value's type lacks for an interface, "" if
// there is none.
func (w *World) implements(v any, to *Type) (missing string) {
	iface := to.Go.Underlying().(*types.Interface)
	if b, ok := v.(Box); ok {
		if m, _ := types.MissingMethod(b.T.Go, iface, true); m != nil {
			return m.Name()
		}
		return ""
	}
	t := reflect.TypeOf(v)
	if to.R != anyType && t.Implements(to.R) {
		return ""
	}
	for m := range iface.Methods() {
		have, ok := t.MethodByName(m.Name())
		if !ok || !w.sameSignature(have.Type, m.Signature()) {
			return m.Name()
		}
	}
	return ""
}

// sameSignature compares a native method, receiver first, with one of the
// checker's.
func (w *World) sameSignature(have reflect.Type, want *types.Signature) bool {
	r := w.Type(types.NewSignatureType(nil, nil, nil, want.Params(), want.Results(), want.Variadic())).R
	if have.NumIn()-1 != r.NumIn() || have.NumOut() != r.NumOut() || have.IsVariadic() != r.IsVariadic() {
		return false
	}
	for i := range r.NumIn() {
		if have.In(i+1) != r.In(i) {
			return false
		}
	}
	for i := range r.NumOut() {
		if have.Out(i) != r.Out(i) {
			return false
		}
	}
	return true
}

// TypeName is the name of a value's dynamic type as %T prints it.
func (w *World) TypeName(v any) string {
	v = w.Plain(v)
	if b, ok := v.(Box); ok {
		return b.T.String()
	}
	if v == nil {
		return "<nil>"
	}
	return reflect.TypeOf(v).String()
}

func (w *World) assertionError(v any, from, to *Type) error {
	iface := "interface {}"
	if from.Go != nil {
		if _, named := types.Unalias(from.Go).(*types.Named); named {
			iface = from.String()
		} else if from.Go.Underlying().(*types.Interface).NumMethods() > 0 {
			iface = "interface"
		}
	}
	switch {
	case v == nil && to.IsInterface():
		return runtimeError(fmt.Sprintf("interface conversion: interface is nil, not %s", to))
	case v == nil:
		return runtimeError(fmt.Sprintf("interface conversion: %s is nil, not %s", iface, to))
	case to.IsInterface():
		return runtimeError(fmt.Sprintf("interface conversion: %s is not %s: missing method %s", w.TypeName(v), to, w.implements(v, to)))
	}
	return runtimeError(fmt.Sprintf("interface conversion: %s is %s, not %s", iface, w.TypeName(v), to))
}

// Equal compares two values, each canonical or in an adapter, as == does.
func (w *World) Equal(a, b any) bool {
	a, b = w.Plain(a), w.Plain(b)
	x, ok := a.(Box)
	y, both := b.(Box)
	if !ok || !both {
		return a == b
	}
	if x.T != y.T {
		return false
	}
	if !x.T.R.Comparable() {
		panic(runtimeError(fmt.Sprintf("runtime error: comparing uncomparable type %v", x.T)))
	}
	return w.equality(x.T.R)(reflect.ValueOf(x.V), reflect.ValueOf(y.V))
}

// Same returns the operation == on two structs or arrays of a type.
func (w *World) Same(t *Type) string {
	return w.Op("same "+t.Name, func() reflect.Value {
		same := w.equality(t.R)
		return function([]reflect.Type{t.R, t.R}, []reflect.Type{boolType}, func(args []reflect.Value) []reflect.Value {
			return []reflect.Value{reflect.ValueOf(same(args[0], args[1]))}
		})
	})
}

// Dispatch returns the operation that calls a method of an interface's dynamic
// value: the interface first, then the parameters.
func (w *World) Dispatch(iface *Type, name string, sig *types.Signature) string {
	t := w.Type(types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic()))
	return w.Op("dispatch "+iface.Name+" "+name+" "+t.Name, func() reflect.Value {
		in, out := []reflect.Type{iface.R}, []reflect.Type(nil)
		for i := range t.R.NumIn() {
			in = append(in, t.R.In(i))
		}
		for i := range t.R.NumOut() {
			out = append(out, t.R.Out(i))
		}
		return function(in, out, func(args []reflect.Value) []reflect.Value {
			return w.callMethod(args[0].Interface(), name, args[1:], t.R.IsVariadic())
		})
	})
}

func (w *World) callMethod(v any, name string, args []reflect.Value, variadic bool) []reflect.Value {
	switch x := w.Plain(v).(type) {
	case nil:
		panic(nilDereference)
	case Box:
		return x.call(name, args...)
	default:
		m := reflect.ValueOf(x).MethodByName(name)
		if variadic {
			return m.CallSlice(args)
		}
		return m.Call(args)
	}
}

// MethodValue returns the operation that binds a method of a native value, or of
// an interface's dynamic value, to it.
func (w *World) MethodValue(recv *Type, name string, sig *Type) string {
	return w.Op("methodvalue "+recv.Name+" "+name+" "+sig.Name, func() reflect.Value {
		return function([]reflect.Type{recv.R}, []reflect.Type{sig.R}, func(args []reflect.Value) []reflect.Value {
			if !recv.IsInterface() {
				return []reflect.Value{args[0].MethodByName(name)}
			}
			v := args[0].Interface()
			if v == nil {
				panic(nilDereference)
			}
			return []reflect.Value{reflect.MakeFunc(sig.R, func(args []reflect.Value) []reflect.Value {
				return w.callMethod(v, name, args, sig.R.IsVariadic())
			})}
		})
	})
}

// Closure returns the operation that makes a function value of an interpreted
// function: given the function and the values of its first parameters, it
// returns a function of the remaining ones. The interpreted function takes
// variadic arguments as a slice.
func (w *World) Closure(bound []reflect.Type, sig *Type) string {
	key := "closure " + sig.Name
	for _, b := range bound {
		key += fmt.Sprintf(" %x", pointerOf(b))
	}
	return w.Op(key, func() reflect.Value {
		in := append([]reflect.Type(nil), bound...)
		for i := range sig.R.NumIn() {
			in = append(in, sig.R.In(i))
		}
		var out []reflect.Type
		for i := range sig.R.NumOut() {
			out = append(out, sig.R.Out(i))
		}
		whole := reflect.FuncOf(in, out, false)
		return function(append([]reflect.Type{whole}, bound...), []reflect.Type{sig.R}, func(args []reflect.Value) []reflect.Value {
			f := args[0]
			if len(bound) == 0 && f.Type() == sig.R {
				return []reflect.Value{f}
			}
			held := append([]reflect.Value(nil), args[1:]...)
			return []reflect.Value{reflect.MakeFunc(sig.R, func(args []reflect.Value) []reflect.Value {
				all := make([]reflect.Value, 0, len(held)+len(args))
				return f.Call(append(append(all, held...), args...))
			})}
		})
	})
}

// Variable returns the operation that gives the address of a native package's
// variable.
func (w *World) Variable(path, name string, v reflect.Value) string {
	return w.Op("variable "+path+"."+name, func() reflect.Value {
		p := v.Addr()
		return function(nil, []reflect.Type{p.Type()}, func([]reflect.Value) []reflect.Value { return []reflect.Value{p} })
	})
}

// MapGet returns the operation m[k] with its second result.
func (w *World) MapGet(m *Type) string {
	return w.Op("mapget "+m.Name, func() reflect.Value {
		zero := reflect.Zero(m.R.Elem())
		return function([]reflect.Type{m.R, m.R.Key()}, []reflect.Type{m.R.Elem(), boolType}, func(args []reflect.Value) []reflect.Value {
			if v := args[0].MapIndex(args[1]); v.IsValid() {
				return []reflect.Value{v, reflect.ValueOf(true)}
			}
			return []reflect.Value{zero, reflect.ValueOf(false)}
		})
	})
}

// MapKeys returns the operation that lists the keys of a map, for a range over
// it.
func (w *World) MapKeys(m *Type) string {
	return w.Op("mapkeys "+m.Name, func() reflect.Value {
		list := reflect.SliceOf(m.R.Key())
		return function([]reflect.Type{m.R}, []reflect.Type{list}, func(args []reflect.Value) []reflect.Value {
			keys := reflect.MakeSlice(list, 0, args[0].Len())
			for it := args[0].MapRange(); it.Next(); {
				keys = reflect.Append(keys, it.Key())
			}
			return []reflect.Value{keys}
		})
	})
}

// Extreme returns the operation min or max of n values of a type.
func (w *World) Extreme(name string, t *Type, n int) string {
	return w.Op(fmt.Sprint(name, " ", t.Name, " ", n), func() reflect.Value {
		in := make([]reflect.Type, n)
		for i := range in {
			in[i] = t.R
		}
		return function(in, []reflect.Type{t.R}, func(args []reflect.Value) []reflect.Value {
			best := args[0]
			for _, v := range args[1:] {
				if better(name, v, best) {
					best = v
				}
			}
			return []reflect.Value{best}
		})
	})
}

// better reports whether v takes the place of best in min or max.
func better(name string, v, best reflect.Value) bool {
	less := func(a, b reflect.Value) bool {
		switch {
		case a.CanInt():
			return a.Int() < b.Int()
		case a.CanUint():
			return a.Uint() < b.Uint()
		case a.CanFloat():
			x, y := a.Float(), b.Float()
			if x != x || y != y { // a NaN is the result, whichever was asked for
				return x != x
			}
			if x == 0 && y == 0 {
				return 1/x < 0 && 1/y > 0
			}
			return x < y
		}
		return a.String() < b.String()
	}
	if name == "min" {
		return less(v, best)
	}
	if v.CanFloat() && (v.Float() != v.Float() || best.Float() != best.Float()) {
		return v.Float() != v.Float()
	}
	return less(best, v)
}

// As is errors.As for a target of a given type.
func (w *World) As(target *Type) string {
	return w.Op("as "+target.Name, func() reflect.Value {
		return function([]reflect.Type{errorType, reflect.PointerTo(target.R)}, []reflect.Type{boolType}, func(args []reflect.Value) []reflect.Value {
			err, _ := args[0].Interface().(error)
			if args[1].IsNil() {
				panic("errors: target cannot be nil")
			}
			v, ok := w.find(err, target)
			if ok {
				args[1].Elem().Set(w.taken(v, target))
			}
			return []reflect.Value{reflect.ValueOf(ok)}
		})
	})
}

// find looks through a tree of errors for one of a type.
func (w *World) find(err error, target *Type) (any, bool) {
	for err != nil {
		v := w.Plain(err)
		if w.holds(v, target) {
			return v, true
		}
		if b, ok := v.(Box); ok && b.has("As") {
			p := reflect.New(target.R)
			pt := w.Type(types.NewPointer(target.Go))
			if b.call("As", asValue(w.boxed(pt, p), anyType))[0].Bool() {
				return w.boxed(target, p.Elem()), true
			}
		} else if as, ok := err.(interface{ As(any) bool }); ok {
			p := reflect.New(target.R)
			if as.As(p.Interface()) {
				return w.boxed(target, p.Elem()), true
			}
		}
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			err = u.Unwrap()
		case interface{ Unwrap() []error }:
			for _, e := range u.Unwrap() {
				if v, ok := w.find(e, target); ok {
					return v, true
				}
			}
			return nil, false
		default:
			return nil, false
		}
	}
	return nil, false
}
