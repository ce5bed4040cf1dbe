package kernel

import (
	"reflect"

	"gaspard/kernel/values"
	"gaspard/lib/job"
)

// reflection are the functions of reflect that say what a value is. The compiler
// refuses to call them with a session type; one that comes in an interface is
// refused here.
func (n *natives) reflection() map[string]reflect.Value {
	plain := func(v any) any {
		v = n.world.Plain(v)
		if b, ok := v.(values.Box); ok {
			panic(job.BadData("reflect would see how the interpreter keeps a %v, not the type itself; fmt's %%T and %%#v print it, and a type switch tells types apart", b.T))
		}
		return v
	}
	return map[string]reflect.Value{
		"TypeOf":    reflect.ValueOf(func(v any) reflect.Type { return reflect.TypeOf(plain(v)) }),
		"ValueOf":   reflect.ValueOf(func(v any) reflect.Value { return reflect.ValueOf(plain(v)) }),
		"DeepEqual": reflect.ValueOf(n.deepEqual),
	}
}

// deepEqual is reflect.DeepEqual; values of session types are equal if their
// types and representations are.
func (n *natives) deepEqual(x, y any) bool {
	x, y = n.world.Plain(x), n.world.Plain(y)
	a, ok := x.(values.Box)
	b, both := y.(values.Box)
	if ok && both {
		return a.T == b.T && reflect.DeepEqual(a.V, b.V)
	}
	return ok == both && reflect.DeepEqual(x, y)
}
