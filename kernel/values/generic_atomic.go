package values

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"unsafe"
)

// AtomicPointer represents atomic.Pointer of every type.
type AtomicPointer struct{ p unsafe.Pointer }

// AtomicMethod returns the operation that calls a method of an atomic.Pointer
// to elem: its address first, then the parameters.
func (w *World) AtomicMethod(name string, elem *Type) (string, bool) {
	p := reflect.PointerTo(elem.R)
	at := func(v reflect.Value) *unsafe.Pointer { return &v.Interface().(*AtomicPointer).p }
	typed := func(raw unsafe.Pointer) []reflect.Value {
		if raw == nil {
			return []reflect.Value{reflect.Zero(p)}
		}
		return []reflect.Value{reflect.NewAt(elem.R, raw)}
	}
	var in, out []reflect.Type
	var call func(args []reflect.Value) []reflect.Value
	switch name {
	case "Load":
		out = []reflect.Type{p}
		call = func(args []reflect.Value) []reflect.Value { return typed(atomic.LoadPointer(at(args[0]))) }
	case "Store":
		in = []reflect.Type{p}
		call = func(args []reflect.Value) []reflect.Value {
			atomic.StorePointer(at(args[0]), args[1].UnsafePointer())
			return nil
		}
	case "Swap":
		in, out = []reflect.Type{p}, []reflect.Type{p}
		call = func(args []reflect.Value) []reflect.Value {
			return typed(atomic.SwapPointer(at(args[0]), args[1].UnsafePointer()))
		}
	case "CompareAndSwap":
		in, out = []reflect.Type{p, p}, []reflect.Type{boolType}
		call = func(args []reflect.Value) []reflect.Value {
			done := atomic.CompareAndSwapPointer(at(args[0]), args[1].UnsafePointer(), args[2].UnsafePointer())
			return []reflect.Value{reflect.ValueOf(done)}
		}
	default:
		return "", false
	}
	return w.Op(fmt.Sprint("atomic ", name, " ", elem.Name), func() reflect.Value {
		return function(append([]reflect.Type{typeOf[*AtomicPointer]()}, in...), out, call)
	}), true
}
