package kernel

import (
	"cmp"
	"errors"
	"fmt"
	"log"
	"maps"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/traefik/yaegi/interp"

	"gaspard/kernel/lang"
	"gaspard/lib/job"
)

// natives are the helpers that lowered code calls.
type natives struct {
	hooks  Hooks
	engine *yaegi

	running atomic.Pointer[lang.Unit]
	// background counts, for each goroutine that a cell started, the cell it
	// belongs to: an interrupt stops only those of the running cell.
	lock       sync.Mutex
	background map[uint64]int
	current    int
	stopped    chan struct{} // closed by an interrupt of the running cell
}

func newNatives(h Hooks, e *yaegi) *natives {
	return &natives{hooks: h, engine: e, background: map[uint64]int{}, stopped: make(chan struct{})}
}

func (n *natives) begin(u *lang.Unit) {
	n.lock.Lock()
	n.current = u.Serial
	n.stopped = make(chan struct{})
	n.lock.Unlock()
	n.running.Store(u)
}

func (n *natives) end() { n.running.Store(nil) }

// interrupt releases natives of the running cell that wait.
func (n *natives) interrupt() {
	n.lock.Lock()
	defer n.lock.Unlock()
	select {
	case <-n.stopped:
	default:
		close(n.stopped)
	}
}

// quit unwinds the running cell. Poll points call it once the stop flag is up.
func (n *natives) quit() {
	if n.hooks.MayStop() {
		panic(job.ErrCancelled)
	}
}

func (n *natives) goStart(cell int) {
	n.lock.Lock()
	n.background[goroutineID()] = cell
	n.lock.Unlock()
}

func (n *natives) goEnd() {
	n.lock.Lock()
	delete(n.background, goroutineID())
	n.lock.Unlock()
}

func (n *natives) goPanic(value any) {
	p := n.engine.panicked(value)
	if err, ok := p.Value.(error); ok && errors.Is(err, job.ErrCancelled) {
		return // an interrupt, which the cell itself reports
	}
	n.hooks.GoPanic(p)
}

func (n *natives) show(values ...any) {
	vs := make([]reflect.Value, len(values))
	for i, v := range values {
		vs[i] = reflect.ValueOf(v)
	}
	n.hooks.Show(vs)
}

// sleep is time.Sleep, ended early by an interrupt of the cell it works for.
func (n *natives) sleep(d time.Duration) {
	n.lock.Lock()
	stopped := n.stopped
	cell, background := n.background[goroutineID()]
	if background && cell != n.current {
		stopped = nil
	}
	n.lock.Unlock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-stopped:
		n.quit()
	}
}

// carry copies a variable whose type was declared anew, with the same layout,
// into the storage of its new version.
func carry(to, from any) {
	dst, src := reflect.ValueOf(to).Elem(), reflect.ValueOf(from).Elem()
	switch {
	case src.Type().AssignableTo(dst.Type()):
		dst.Set(src)
	case src.Type().ConvertibleTo(dst.Type()):
		dst.Set(src.Convert(dst.Type()))
	default:
		panic(fmt.Sprintf("a variable of type %v cannot follow the new definition of its type", src.Type()))
	}
}

// exit stands in for os.Exit, which would end the whole session.
func exit(code int) { panic(fmt.Sprintf("os.Exit(%d) was called; the session goes on", code)) }

// clearAll is the builtin clear.
func clearAll(v any) { reflect.ValueOf(v).Clear() }

func extremes[T cmp.Ordered](table map[string]reflect.Value, name string) {
	table["Min_"+name] = reflect.ValueOf(func(first T, rest ...T) T {
		for _, v := range rest {
			first = min(first, v)
		}
		return first
	})
	table["Max_"+name] = reflect.ValueOf(func(first T, rest ...T) T {
		for _, v := range rest {
			first = max(first, v)
		}
		return first
	})
}

// exports are the tables of the helper package and of the library functions
// that must answer an interrupt.
func (n *natives) exports() interp.Exports {
	helpers := map[string]reflect.Value{
		"Quit":    reflect.ValueOf(n.quit),
		"GoStart": reflect.ValueOf(n.goStart),
		"GoEnd":   reflect.ValueOf(n.goEnd),
		"GoPanic": reflect.ValueOf(n.goPanic),
		"Show":    reflect.ValueOf(n.show),
		"Carry":   reflect.ValueOf(carry),
		"Clear":   reflect.ValueOf(clearAll),
		"Complex": reflect.ValueOf(func(re, im float64) complex128 { return complex(re, im) }),
	}
	extremes[int](helpers, "int")
	extremes[int8](helpers, "int8")
	extremes[int16](helpers, "int16")
	extremes[int32](helpers, "int32")
	extremes[int32](helpers, "rune")
	extremes[int64](helpers, "int64")
	extremes[uint](helpers, "uint")
	extremes[uint8](helpers, "uint8")
	extremes[uint8](helpers, "byte")
	extremes[uint16](helpers, "uint16")
	extremes[uint32](helpers, "uint32")
	extremes[uint64](helpers, "uint64")
	extremes[uintptr](helpers, "uintptr")
	extremes[float32](helpers, "float32")
	extremes[float64](helpers, "float64")
	extremes[string](helpers, "string")
	show := helpers["Show"]
	exports := interp.Exports{
		lang.NativePackage + "/native": helpers,
		"time/time":                    {"Sleep": reflect.ValueOf(n.sleep), "AfterFunc": reflect.ValueOf(n.afterFunc)},
		"os/os":                        {"Exit": reflect.ValueOf(exit)},
		"log/log": {
			"Fatal":   reflect.ValueOf(log.Panic),
			"Fatalf":  reflect.ValueOf(log.Panicf),
			"Fatalln": reflect.ValueOf(log.Panicln),
		},
		// Values that have these methods keep them when they are shown.
		".": {"MapTypes": reflect.ValueOf(map[reflect.Value][]reflect.Type{
			show: {reflect.TypeFor[fmt.Stringer](), reflect.TypeFor[error]()},
		})},
	}
	maps.Copy(exports, n.guards())
	return exports
}
