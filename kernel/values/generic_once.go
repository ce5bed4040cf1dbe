package values

import (
	"reflect"
	"sync/atomic"
)

// once is sync.OnceValue and sync.OnceValues.
func once(w *World, _ []*Type, sig *Type) native {
	return func(args []reflect.Value) []reflect.Value {
		o := &onceCall{world: w, f: args[0], turn: make(chan struct{}, 1)}
		return []reflect.Value{reflect.MakeFunc(sig.R.Out(0), func([]reflect.Value) []reflect.Value { return o.results() })}
	}
}

// onceCall is a call made at most once. It differs from [sync.OnceValue] where a
// cell is interrupted: waiting for one's turn ends then, and a call that was
// interrupted is made anew by whoever asks next.
type onceCall struct {
	world *World
	f     reflect.Value
	turn  chan struct{} // full while the call is made

	done   atomic.Bool
	failed bool
	panic  any // with failed set
	values []reflect.Value
}

func (o *onceCall) results() []reflect.Value {
	if !o.done.Load() {
		o.make()
	}
	if o.failed {
		panic(o.panic)
	}
	return o.values
}

func (o *onceCall) make() {
	select {
	case o.turn <- struct{}{}:
	default:
		o.world.choose(reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(o.turn), Send: reflect.ValueOf(struct{}{})})
	}
	defer func() { <-o.turn }()
	if o.done.Load() {
		return
	}
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if r, ok := o.world.run.(interface{ Uncatchable(value any) bool }); ok && r.Uncatchable(v) {
			panic(v)
		}
		o.failed, o.panic, o.f = true, v, reflect.Value{}
		o.done.Store(true)
		panic(v)
	}()
	o.values = call(o.f)
	returned = true
	o.f = reflect.Value{}
	o.done.Store(true)
}
