package values

import (
	"cmp"
	"reflect"
	"slices"
	"unsafe"
)

// ordering is what package slices does on elements of one ordered kind.
type ordering interface {
	sort(x reflect.Value)
	isSorted(x reflect.Value) bool
	min(x reflect.Value) reflect.Value
	max(x reflect.Value) reflect.Value
	search(x, target reflect.Value) (int, bool)
	compare(x, y reflect.Value) int
	equal(x, y reflect.Value) bool
	index(x, v reflect.Value) int
	compact(x reflect.Value) int // the new length
}

// orderings are by kind: a declared type has the layout of its kind's basic type.
var orderings = map[reflect.Kind]ordering{
	reflect.Int: elements[int]{}, reflect.Int8: elements[int8]{}, reflect.Int16: elements[int16]{}, reflect.Int32: elements[int32]{}, reflect.Int64: elements[int64]{},
	reflect.Uint: elements[uint]{}, reflect.Uint8: elements[uint8]{}, reflect.Uint16: elements[uint16]{}, reflect.Uint32: elements[uint32]{}, reflect.Uint64: elements[uint64]{},
	reflect.Uintptr: elements[uintptr]{}, reflect.Float32: elements[float32]{}, reflect.Float64: elements[float64]{}, reflect.String: elements[string]{},
}

// elements calls the functions of package slices themselves.
type elements[E cmp.Ordered] struct{}

// of is the elements of a slice in place, without the room behind them.
func (elements[E]) of(x reflect.Value) []E { return unsafe.Slice((*E)(x.UnsafePointer()), x.Len()) }

// value is a single element.
func (elements[E]) value(v reflect.Value) E { return v.Convert(typeOf[E]()).Interface().(E) }

func (elements[E]) back(v E, x reflect.Value) reflect.Value {
	return reflect.ValueOf(v).Convert(x.Type().Elem())
}

func (e elements[E]) sort(x reflect.Value)              { slices.Sort(e.of(x)) }
func (e elements[E]) isSorted(x reflect.Value) bool     { return slices.IsSorted(e.of(x)) }
func (e elements[E]) min(x reflect.Value) reflect.Value { return e.back(slices.Min(e.of(x)), x) }
func (e elements[E]) max(x reflect.Value) reflect.Value { return e.back(slices.Max(e.of(x)), x) }
func (e elements[E]) compare(x, y reflect.Value) int    { return slices.Compare(e.of(x), e.of(y)) }
func (e elements[E]) equal(x, y reflect.Value) bool     { return slices.Equal(e.of(x), e.of(y)) }
func (e elements[E]) index(x, v reflect.Value) int      { return slices.Index(e.of(x), e.value(v)) }
func (e elements[E]) compact(x reflect.Value) int       { return len(slices.Compact(e.of(x))) }
func (e elements[E]) search(x, target reflect.Value) (int, bool) {
	return slices.BinarySearch(e.of(x), e.value(target))
}
