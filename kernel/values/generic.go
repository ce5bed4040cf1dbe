package values

import (
	"cmp"
	"iter"
	"math/rand/v2"
	"reflect"
)

// native is a function as [reflect.MakeFunc] wants it: a variadic one has a slice
// for its last argument.
type native = func(args []reflect.Value) []reflect.Value

// generic makes an instance of a generic function.
type generic func(w *World, targs []*Type, sig *Type) native

// generics are the generic functions of the standard library that cells can
// call, by package and name. The interpreter cannot instantiate them. Each
// behaves as the compiled function does, down to its panics, capacities and the
// order of its callbacks' calls. What is missing deals in generic types, or, as
// reflect.TypeFor, in types that cells do not have.
var generics = map[string]map[string]generic{
	"slices": sliceGenerics,
	"maps":   mapGenerics,
	"cmp": {
		"Compare": plain(func(args []reflect.Value) []reflect.Value {
			return []reflect.Value{reflect.ValueOf(compareOrdered(args[0], args[1]))}
		}),
		"Less": plain(func(args []reflect.Value) []reflect.Value {
			return []reflect.Value{reflect.ValueOf(compareOrdered(args[0], args[1]) < 0)}
		}),
		"Or": firstNonzero,
	},
	"math/rand/v2": {"N": plain(randomBelow)},
	"sync":         {"OnceValue": once, "OnceValues": once},
	"iter":         {"Pull": pull, "Pull2": pull},
	"errors":       {"AsType": asType},
}

// Generic returns the operation that is a generic library function, given its
// type arguments and its signature with these; ok is false for a function that
// is not provided.
func (w *World) Generic(path, name string, targs []*Type, sig *Type) (op string, ok bool) {
	build, ok := generics[path][name]
	if !ok {
		return "", false
	}
	key := "generic " + path + "." + name
	for _, t := range targs {
		key += " " + t.Name
	}
	return w.Op(key+" "+sig.Name, func() reflect.Value {
		return reflect.MakeFunc(sig.R, build(w, targs, sig))
	}), true
}

// Provides reports whether cells can call a generic library function.
func (w *World) Provides(path, name string) bool {
	_, ok := generics[path][name]
	return ok
}

// plain is a function that needs to know nothing but its arguments.
func plain(f native) generic { return func(*World, []*Type, *Type) native { return f } }

// call calls a function value, and panics as Go does where it is nil.
func call(f reflect.Value, args ...reflect.Value) []reflect.Value {
	if f.IsNil() {
		panic(nilDereference)
	}
	return f.Call(args)
}

// holdsOf is the answer of a callback that returns a bool.
func holdsOf(f reflect.Value, args ...reflect.Value) bool { return call(f, args...)[0].Bool() }

// orderOf is the answer of a callback that compares.
func orderOf(f reflect.Value, args ...reflect.Value) int { return int(call(f, args...)[0].Int()) }

// each iterates over an iter.Seq or iter.Seq2. Ranging over the result checks the
// iterator as Go checks it.
func each(seq reflect.Value) iter.Seq[[]reflect.Value] {
	return func(yield func([]reflect.Value) bool) {
		call(seq, reflect.MakeFunc(seq.Type().In(0), func(args []reflect.Value) []reflect.Value {
			return []reflect.Value{reflect.ValueOf(yield(args))}
		}))
	}
}

// iterator returns an iter.Seq or iter.Seq2 of type t.
func iterator(t reflect.Type, run func(yield func(vs ...reflect.Value) bool)) []reflect.Value {
	return []reflect.Value{reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
		run(func(vs ...reflect.Value) bool { return holdsOf(args[0], vs...) })
		return nil
	})}
}

// compareOrdered is cmp.Compare.
func compareOrdered(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	}
	return cmp.Compare(a.String(), b.String())
}

// firstNonzero is cmp.Or.
func firstNonzero(w *World, _ []*Type, sig *Type) native {
	zero := reflect.Zero(sig.R.Out(0))
	same := w.equality(zero.Type())
	return func(args []reflect.Value) []reflect.Value {
		for i := range args[0].Len() {
			if v := args[0].Index(i); !same(v, zero) {
				return []reflect.Value{v}
			}
		}
		return []reflect.Value{zero}
	}
}

// randomBelow is rand.N.
func randomBelow(args []reflect.Value) []reflect.Value {
	n, result := args[0], reflect.New(args[0].Type()).Elem()
	switch {
	case n.CanInt() && n.Int() > 0:
		result.SetInt(rand.Int64N(n.Int()))
	case n.CanUint() && n.Uint() > 0:
		result.SetUint(rand.Uint64N(n.Uint()))
	default:
		panic("invalid argument to N")
	}
	return []reflect.Value{result}
}

// pull is iter.Pull and iter.Pull2.
func pull(_ *World, _ []*Type, sig *Type) native {
	next := sig.R.Out(0)
	zeros := make([]reflect.Value, next.NumOut()-1)
	for i := range zeros {
		zeros[i] = reflect.Zero(next.Out(i))
	}
	give := func(vs []reflect.Value, ok bool) []reflect.Value {
		if !ok {
			vs = zeros
		}
		return append(vs[:len(vs):len(vs)], reflect.ValueOf(ok))
	}
	var start func(seq reflect.Value) (take func() []reflect.Value, stop func())
	if len(zeros) == 1 {
		start = func(seq reflect.Value) (func() []reflect.Value, func()) {
			next, stop := iter.Pull(each(seq))
			return func() []reflect.Value { return give(next()) }, stop
		}
	} else {
		start = func(seq reflect.Value) (func() []reflect.Value, func()) {
			next, stop := iter.Pull2(func(yield func(k, v reflect.Value) bool) {
				each(seq)(func(kv []reflect.Value) bool { return yield(kv[0], kv[1]) })
			})
			return func() []reflect.Value {
				k, v, ok := next()
				return give([]reflect.Value{k, v}, ok)
			}, stop
		}
	}
	return func(args []reflect.Value) []reflect.Value {
		take, stop := start(args[0])
		f := reflect.MakeFunc(next, func([]reflect.Value) []reflect.Value { return take() })
		return []reflect.Value{f, reflect.ValueOf(stop)}
	}
}

// asType is errors.AsType.
func asType(w *World, targs []*Type, _ *Type) native {
	target := targs[0]
	return func(args []reflect.Value) []reflect.Value {
		err, _ := args[0].Interface().(error)
		v, ok := w.find(err, target)
		if !ok {
			return []reflect.Value{reflect.Zero(target.R), reflect.ValueOf(false)}
		}
		return []reflect.Value{w.taken(v, target), reflect.ValueOf(true)}
	}
}
