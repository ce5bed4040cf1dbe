package values

import (
	"fmt"
	"go/types"
	"reflect"
)

// methods prints a value by a method that it has for the verb.
func (p *printer) methods(o place, verb rune) (done bool) {
	if p.erroring || o.access != open {
		return false
	}
	var s shape
	var native any
	if o.t != nil {
		s = p.shape(o.t)
	} else {
		native = o.v.Interface()
		_, s.format = native.(fmt.Formatter)
		_, s.goString = native.(fmt.GoStringer)
		_, s.error = native.(error)
		_, s.string = native.(fmt.Stringer)
	}
	if verb == 'w' {
		if !s.error || !p.wrapping {
			p.bad(o, verb)
			return true
		}
		verb = 'v'
	}
	method := ""
	textual := verb == 'v' || verb == 's' || verb == 'x' || verb == 'X' || verb == 'q'
	switch {
	case s.format:
		method = "Format"
	case p.sharpV && s.goString:
		method = "GoString"
	case p.sharpV || !textual:
	case s.error:
		method = "Error"
	case s.string:
		method = "String"
	}
	if method == "" {
		return false
	}
	p.call(o, method, verb)
	return true
}

// call prints by a method.
func (p *printer) call(o place, method string, verb rune) {
	defer p.catch(o, method, verb)
	var args []reflect.Value
	if method == "Format" {
		args = []reflect.Value{reflect.ValueOf(p), reflect.ValueOf(verb)}
	}
	var out []reflect.Value
	if o.t == nil {
		out = o.v.MethodByName(method).Call(args)
	} else {
		out = p.world.invoke(o.t, o.v, method, args...)
	}
	switch method {
	case "Format":
	case "GoString":
		p.leaf(out[0].String(), 's')
	default:
		p.leaf(out[0].String(), verb)
	}
}

// catch is deferred where a method is called.
func (p *printer) catch(o place, method string, verb rune) {
	v := recover()
	if v == nil {
		return
	}
	if p.world != nil {
		if r, ok := p.world.run.(interface{ Uncatchable(value any) bool }); ok && r.Uncatchable(v) {
			panic(v)
		}
	}
	if o.v.Kind() == reflect.Pointer && o.v.IsNil() {
		p.text("<nil>")
		return
	}
	if p.panicking {
		panic(v)
	}
	if user, ok := v.(UserPanic); ok {
		v = user.Value
	} else {
		v = Panicked(v)
	}
	outer := p.flags
	p.flags, p.panicking = flags{}, true
	p.text("%!" + string(verb) + "(PANIC=" + method + " method: ")
	p.arg(v, 'v')
	p.text(")")
	p.flags, p.panicking = outer, false
}

// hasMethod reports whether a type has a method of a signature.
func hasMethod(t types.Type, name, signature string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, false, sessionPackage, name)
	f, ok := obj.(*types.Func)
	return ok && typeString(f.Signature()) == signature
}

// invoke calls a method of a value, also one promoted from an embedded field.
func (w *World) invoke(t types.Type, v reflect.Value, name string, args ...reflect.Value) []reflect.Value {
	box := Box{w.Type(t), v.Interface()}
	if _, _, ok := box.method(name); ok {
		return box.call(name, args...)
	}
	_, path, _ := types.LookupFieldOrMethod(t, false, sessionPackage, name)
	for _, i := range path[:len(path)-1] {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			if v.IsNil() {
				panic(nilDereference)
			}
			t, v = p.Elem(), v.Elem()
		}
		t, v = t.Underlying().(*types.Struct).Field(i).Type(), v.Field(i)
	}
	if v.CanAddr() && !types.IsInterface(t) {
		if _, isPointer := t.Underlying().(*types.Pointer); !isPointer {
			t, v = types.NewPointer(t), v.Addr()
		}
	}
	if mentionsOwn(t) && !types.IsInterface(t) {
		return Box{w.Type(t), v.Interface()}.call(name, args...)
	}
	return w.callMethod(v.Interface(), name, args, false)
}
