package values

import (
	"fmt"
	"go/types"
	"reflect"
)

// Box is a value in an interface whose type mentions one of the session. Boxes
// compare like the values Go would hold there: types are unique.
type Box struct {
	T *Type
	V any // of type T.R
}

// methodKey names a method of a declared type.
type methodKey struct {
	recv *types.TypeName
	inst string // type arguments
	name string
}

func (w *World) methodKeyOf(named *types.Named, name string) methodKey {
	k := methodKey{recv: w.firstOf(named.Obj()), name: name}
	if named.TypeArgs().Len() > 0 {
		k.inst = types.TypeString(named, nil)
	}
	return k
}

// Bind makes f the method of a declared type: a function that takes the
// receiver first, the value or its address.
func (w *World) Bind(named *types.Named, name string, f reflect.Value) {
	w.lock.Lock()
	defer w.lock.Unlock()
	k := w.methodKeyOf(named, name)
	w.methods[k] = f
}

// method finds a bound method of a box's dynamic type and the receiver to call
// it with.
func (b Box) method(name string) (f, recv reflect.Value, ok bool) {
	w := b.T.world
	t := types.Unalias(b.T.Go)
	recv = reflect.ValueOf(b.V)
	isPointer := false
	if p, ok := t.(*types.Pointer); ok {
		t, isPointer = types.Unalias(p.Elem()), true
	}
	named, ok := t.(*types.Named)
	if !ok {
		return f, recv, false
	}
	w.lock.RLock()
	f, ok = w.methods[w.methodKeyOf(named, name)]
	w.lock.RUnlock()
	if !ok {
		return f, recv, false
	}
	if wantsPointer := f.Type().In(0).Kind() == reflect.Pointer && f.Type().In(0) != recv.Type(); isPointer && f.Type().In(0) != recv.Type() {
		if recv.IsNil() {
			panic(nilDereference)
		}
		recv = recv.Elem()
	} else if !isPointer && wantsPointer {
		return f, recv, false
	}
	return f, recv, true
}

// sessionPackage is what session types belong to, as far as names that are not
// exported go.
var sessionPackage = types.NewPackage("main", "main")

// has reports whether the dynamic type has a method in its method set.
func (b Box) has(name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(b.T.Go, false, sessionPackage, name)
	_, isFunc := obj.(*types.Func)
	return isFunc
}

// call calls a method of the boxed value.
func (b Box) call(name string, args ...reflect.Value) []reflect.Value {
	f, recv, ok := b.method(name)
	if !ok {
		if !b.has(name) {
			panic(fmt.Sprintf("%v has no method %s", b.T, name))
		}
		return b.T.world.invoke(b.T.Go, reflect.ValueOf(b.V), name, args...)
	}
	all := append([]reflect.Value{recv}, args...)
	if f.Type().IsVariadic() {
		return f.CallSlice(all)
	}
	return f.Call(all)
}

// errorBox makes a Box with an Error method an error. The variants have the
// further methods that package errors looks for.
type errorBox struct{ Box }

func (e errorBox) Error() string { return e.call("Error")[0].String() }

type (
	errorBoxUnwrap   struct{ errorBox }
	errorBoxUnwraps  struct{ errorBox }
	errorBoxIs       struct{ errorBox }
	errorBoxIsUnwrap struct{ errorBoxUnwrap }
)

func (e errorBoxUnwrap) Unwrap() error {
	err, _ := e.call("Unwrap")[0].Interface().(error)
	return err
}

func (e errorBoxUnwraps) Unwrap() []error {
	errs, _ := e.call("Unwrap")[0].Interface().([]error)
	return errs
}

func (e errorBox) is(target error) bool {
	return e.call("Is", asValue(target, errorType))[0].Bool()
}

func (e errorBoxIs) Is(target error) bool       { return e.is(target) }
func (e errorBoxIsUnwrap) Is(target error) bool { return e.is(target) }

// boxed is any of the adapters that hold a Box.
type boxed interface{ box() Box }

func (b Box) box() Box { return b }

// asValue is v as a reflect.Value of an interface type; v may be nil.
func asValue(v any, t reflect.Type) reflect.Value {
	out := reflect.New(t).Elem()
	if v != nil {
		out.Set(reflect.ValueOf(v))
	}
	return out
}

// asError puts a box into the adapter for its methods.
func (b Box) asError() error {
	e := errorBox{b}
	if !b.has("Unwrap") {
		if b.has("Is") {
			return errorBoxIs{e}
		}
		return e
	}
	f, _, _ := b.method("Unwrap")
	switch {
	case f.IsValid() && f.Type().NumOut() == 1 && f.Type().Out(0) == typeOf[[]error]():
		return errorBoxUnwraps{e}
	case b.has("Is"):
		return errorBoxIsUnwrap{errorBoxUnwrap{e}}
	}
	return errorBoxUnwrap{e}
}

// adapt makes a box a native interface.
func (w *World) adapt(b Box, iface *Type) reflect.Value {
	if iface.R == errorType {
		return asValue(b.asError(), errorType)
	}
	named, ok := types.Unalias(iface.Go).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		panic(fmt.Sprintf("%v cannot stand for %v", b.T, iface))
	}
	if b.V != nil && reflect.TypeOf(b.V).Implements(iface.R) && iface.R.NumMethod() > 0 && !mentionsOwnMethods(b.T.Go) {
		return asValue(b.V, iface.R)
	}
	shape, ok := w.natives.Adapter(named.Obj().Pkg().Path(), named.Obj().Name())
	if !ok {
		panic(fmt.Sprintf("%v cannot stand for %v: that interface has unexported methods", b.T, iface))
	}
	w.lock.Lock()
	w.adapters[shape] = true
	w.lock.Unlock()
	a := reflect.New(shape).Elem()
	a.Field(0).Set(reflect.ValueOf(b))
	for i := 1; i < shape.NumField(); i++ {
		name := shape.Field(i).Name[1:]
		a.Field(i).Set(reflect.MakeFunc(shape.Field(i).Type, func(args []reflect.Value) []reflect.Value { return b.call(name, args...) }))
	}
	return asValue(a.Interface(), iface.R)
}

func mentionsOwnMethods(t types.Type) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	return isOwnNamed(t)
}

// Plain takes a value out of the adapter it travelled in: what is left is a Box
// or a native value.
func (w *World) Plain(v any) any {
	switch x := v.(type) {
	case nil, Box, bool, int, float64, string:
		return v
	case boxed:
		return x.box()
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.Struct {
		w.lock.RLock()
		adapter := w.adapters[r.Type()]
		w.lock.RUnlock()
		if adapter {
			return r.Field(0).Interface()
		}
	}
	return v
}

// Raw is the value inside a Box or adapter, as the interpreter has it.
func (w *World) Raw(v any) any {
	v = w.Plain(v)
	if b, ok := v.(Box); ok {
		return b.V
	}
	return v
}

// HasMethods reports whether the type, or one it is made of, is a session type
// with methods.
func (b Box) HasMethods() bool { return hasMethods(b.T.Go, map[types.Type]bool{}) }

func hasMethods(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if !isOwnPackage(t.Obj().Pkg()) {
			return false
		}
		return types.NewMethodSet(types.NewPointer(t)).Len() > 0 || hasMethods(t.Underlying(), seen)
	case *types.Map:
		return hasMethods(t.Key(), seen) || hasMethods(t.Elem(), seen)
	case interface{ Elem() types.Type }:
		return hasMethods(t.Elem(), seen)
	case *types.Struct:
		for v := range t.Fields() {
			if hasMethods(v.Type(), seen) {
				return true
			}
		}
	}
	return false
}

// Text is what the value's own Error or String method says, if it has one.
func (b Box) Text() (text string, ok bool) {
	for _, name := range []string{"Error", "String"} {
		f, _, found := b.method(name)
		if !found || !b.has(name) {
			continue
		}
		if t := f.Type(); t.NumIn() == 1 && t.NumOut() == 1 && t.Out(0).Kind() == reflect.String {
			return b.call(name)[0].String(), true
		}
	}
	return "", false
}
