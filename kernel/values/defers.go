package values

import "runtime"

// Defers is the deferred calls of one call of an interpreted function.
type Defers struct {
	calls    []deferred
	panicked bool
	value    any
	trace    any  // what Recovery.Caught said of the panic
	tidying  bool // calls are made because of a panic, recovered or not
}

type deferred struct {
	f func()
	// dynamic is set where the function called may itself call recover: the
	// goroutine's recovery point is then this frame.
	dynamic bool
}

// UserPanic is what the builtin panic of interpreted code panics with.
type UserPanic struct{ Value any }

// NewPanic is the value to panic with for panic(v).
func NewPanic(v any) any {
	if v == nil {
		return new(runtime.PanicNilError)
	}
	return UserPanic{v}
}

// String is the value's text, for native code that prints what it recovers.
func (p UserPanic) String() string { return Sprint(p.Value) }

// Recovery is what deferred calls need of the engine's bookkeeping.
type Recovery interface {
	// Enter makes a frame the calling goroutine's recovery point, nil for none, and
	// returns the one before.
	Enter(*Defers) *Defers
	// Uncatchable reports whether a panic passes by recover, as an interrupt does.
	Uncatchable(value any) bool
	// Caught takes the engine's record of the panic just recovered; Resume puts it
	// back before the panic goes on.
	Caught() (trace any)
	Resume(trace any)
	// Tidying tells when the calling goroutine begins and ends to run deferred code
	// because of a panic.
	Tidying(begins bool)
}

// Defer adds a call.
func (d *Defers) Defer(f func(), dynamic bool) { d.calls = append(d.calls, deferred{f, dynamic}) }

// Guard runs a function's body and then its deferred calls, last first, as Go
// does: also when the body panics, and going on with the panic afterwards unless
// it was recovered.
func (d *Defers) Guard(body func(), r Recovery) {
	d.protect(body, r)
	d.finish(r)
}

// protect runs a function's body and takes in its panic. If the goroutine exits,
// nothing after it will run, so the deferred calls are made at once.
func (d *Defers) protect(body func(), r Recovery) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			d.caught(v, r)
			return
		}
		d.finish(r)
	}()
	body()
	returned = true
}

// caught takes in a panic that has just been recovered.
func (d *Defers) caught(value any, r Recovery) {
	d.panicked, d.tidying, d.value, d.trace = true, true, value, r.Caught()
}

func (d *Defers) finish(r Recovery) {
	for len(d.calls) > 0 {
		last := len(d.calls) - 1
		call := d.calls[last]
		d.calls = d.calls[:last]
		d.run(call, r)
	}
	if d.panicked {
		r.Resume(d.trace)
		panic(d.value)
	}
}

// run makes one deferred call. A panic in it takes the place of the one under
// way.
func (d *Defers) run(call deferred, r Recovery) {
	point := (*Defers)(nil)
	if call.dynamic {
		point = d
	}
	before := r.Enter(point)
	tidying := d.tidying
	if tidying {
		r.Tidying(true)
	}
	returned := false
	defer func() {
		r.Enter(before)
		if tidying {
			r.Tidying(false)
		}
		if !returned {
			if v := recover(); v != nil {
				d.caught(v, r)
			}
		}
	}()
	call.f()
	returned = true
}

// Recover is the builtin recover in a function that d deferred.
func (d *Defers) Recover(r Recovery) any {
	if d == nil || !d.panicked || r.Uncatchable(d.value) {
		return nil
	}
	d.panicked = false
	v := d.value
	d.value, d.trace = nil, nil
	if p, ok := v.(UserPanic); ok {
		return p.Value
	}
	return Panicked(v)
}
