package kernel

import (
	"context"
	"errors"
	"math"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/traefik/yaegi/interp"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// Some library functions call what they are given on goroutines of their own,
// where a panic, an interrupt among them, would end the process. The stand-ins
// here catch it there, have the function finish quickly, and panic with the same
// value on the caller's goroutine.

// trap holds the first panic of a callback.
type trap struct {
	hit   atomic.Bool
	once  sync.Once
	value any
	trace []callFrame
}

// catch is deferred by a callback.
func (t *trap) catch() {
	if r := recover(); r != nil {
		t.once.Do(func() {
			t.value, t.trace = r, takeTrace()
			t.hit.Store(true)
		})
	}
}

// spring lets the caught panic go on, on the caller's goroutine.
func (t *trap) spring() {
	if t.hit.Load() {
		putTrace(t.trace)
		panic(t.value)
	}
}

// scalar guards a function of one variable.
func (t *trap) scalar(f func(float64) float64) func(float64) float64 {
	if f == nil {
		return nil
	}
	return func(x float64) float64 {
		if t.hit.Load() {
			return math.NaN()
		}
		defer t.catch()
		return f(x)
	}
}

// field guards a function of several variables.
func (t *trap) field(f func([]float64) float64) func([]float64) float64 {
	if f == nil {
		return nil
	}
	return func(x []float64) (value float64) {
		value = math.NaN()
		if t.hit.Load() {
			return value
		}
		defer t.catch()
		return f(x)
	}
}

// errCaught ends a minimization whose objective has panicked.
var errCaught = errors.New("the objective panicked")

// minimize is optimize.Minimize.
func minimize(p optimize.Problem, initX []float64, settings *optimize.Settings, method optimize.Method) (*optimize.Result, error) {
	var t trap
	guarded := optimize.Problem{Func: t.field(p.Func)}
	if p.Grad != nil {
		guarded.Grad = func(grad, x []float64) {
			if !t.hit.Load() {
				defer t.catch()
				p.Grad(grad, x)
			}
		}
	}
	if p.Hess != nil {
		guarded.Hess = func(hess *mat.SymDense, x []float64) {
			if !t.hit.Load() {
				defer t.catch()
				p.Hess(hess, x)
			}
		}
	}
	// The status is asked for after each evaluation, on the caller's goroutine.
	guarded.Status = func() (optimize.Status, error) {
		if t.hit.Load() {
			return optimize.Failure, errCaught
		}
		if p.Status == nil {
			return optimize.NotTerminated, nil
		}
		return p.Status()
	}
	result, err := optimize.Minimize(guarded, initX, settings, method)
	t.spring()
	return result, err
}

// fixed is quad.Fixed.
func fixed(f func(float64) float64, lower, upper float64, n int, rule quad.FixedLocationer, concurrent int) float64 {
	var t trap
	value := quad.Fixed(t.scalar(f), lower, upper, n, rule, concurrent)
	t.spring()
	return value
}

func derivative(f func(float64) float64, x float64, settings *fd.Settings) float64 {
	var t trap
	value := fd.Derivative(t.scalar(f), x, settings)
	t.spring()
	return value
}

func gradient(dst []float64, f func([]float64) float64, x []float64, settings *fd.Settings) []float64 {
	var t trap
	dst = fd.Gradient(dst, t.field(f), x, settings)
	t.spring()
	return dst
}

func hessian(dst *mat.SymDense, f func([]float64) float64, x []float64, settings *fd.Settings) {
	var t trap
	fd.Hessian(dst, t.field(f), x, settings)
	t.spring()
}

func jacobian(dst *mat.Dense, f func(y, x []float64), x []float64, settings *fd.JacobianSettings) {
	var t trap
	fd.Jacobian(dst, func(y, x []float64) {
		if !t.hit.Load() {
			defer t.catch()
			f(y, x)
		}
	}, x, settings)
	t.spring()
}

func laplacian(f func([]float64) float64, x []float64, settings *fd.Settings) float64 {
	var t trap
	value := fd.Laplacian(t.field(f), x, settings)
	t.spring()
	return value
}

func crossLaplacian(f func(x, y []float64) float64, x, y []float64, settings *fd.Settings) float64 {
	var t trap
	value := fd.CrossLaplacian(func(x, y []float64) (value float64) {
		value = math.NaN()
		if t.hit.Load() {
			return value
		}
		defer t.catch()
		return f(x, y)
	}, x, y, settings)
	t.spring()
	return value
}

// afterFunc is time.AfterFunc: what panics later is reported as a goroutine's
// panic is.
func (n *natives) afterFunc(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, n.reporting(f))
}

// afterDone is context.AfterFunc, in the same way.
func (n *natives) afterDone(ctx context.Context, f func()) (stop func() bool) {
	return context.AfterFunc(ctx, n.reporting(f))
}

// reporting guards a function that is called from nowhere.
func (n *natives) reporting(f func()) func() {
	return func() {
		defer func() {
			if r := recover(); r != nil {
				n.goPanic(r)
			}
		}()
		f()
	}
}

// guards are the tables of the stand-ins.
func (n *natives) guards() interp.Exports {
	return interp.Exports{
		"gonum.org/v1/gonum/optimize/optimize":   {"Minimize": reflect.ValueOf(minimize)},
		"gonum.org/v1/gonum/integrate/quad/quad": {"Fixed": reflect.ValueOf(fixed)},
		"gonum.org/v1/gonum/diff/fd/fd": {
			"CrossLaplacian": reflect.ValueOf(crossLaplacian),
			"Derivative":     reflect.ValueOf(derivative),
			"Gradient":       reflect.ValueOf(gradient),
			"Hessian":        reflect.ValueOf(hessian),
			"Jacobian":       reflect.ValueOf(jacobian),
			"Laplacian":      reflect.ValueOf(laplacian),
		},
		"context/context": {"AfterFunc": reflect.ValueOf(n.afterDone)},
	}
}
