package kernel

import (
	"errors"
	"fmt"
	"log"
	"maps"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/traefik/yaegi/interp"

	"gaspard/kernel/lang"
	"gaspard/kernel/values"
	"gaspard/lib/job"
)

// natives are the helpers that lowered code calls.
type natives struct {
	hooks  Hooks
	engine *yaegi
	world  *values.World

	lock    sync.Mutex
	stopped chan struct{} // closed by an interrupt of the running cell

	points    sync.Map // goroutineKey to the *values.Defers whose calls it runs
	deferring atomic.Int64
}

func newNatives(h Hooks, e *yaegi) *natives {
	return &natives{hooks: h, engine: e, stopped: make(chan struct{})}
}

// begin makes ready for a cell.
func (n *natives) begin() {
	n.lock.Lock()
	n.stopped = make(chan struct{})
	n.lock.Unlock()
}

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

// Stopped is closed when a cell is interrupted; Quit knows whether the calling
// goroutine works for it.
func (n *natives) Stopped() <-chan struct{} {
	n.lock.Lock()
	defer n.lock.Unlock()
	return n.stopped
}

// Quit unwinds the running cell. Poll points call it once the stop flag is up.
func (n *natives) Quit() {
	if n.hooks.MayStop() {
		panic(job.ErrCancelled)
	}
}

// start runs f on a goroutine of its own, whose panic is reported instead of
// ending the kernel.
func (n *natives) start(f func()) {
	go func() {
		defer func() {
			if r := recover(); r != nil {
				n.goPanic(r)
			}
		}()
		f()
	}()
}

func (n *natives) goPanic(value any) {
	p := n.engine.panicked(value)
	if err, ok := p.Value.(error); ok && errors.Is(err, job.ErrCancelled) {
		return // an interrupt, which the cell itself reports
	}
	n.hooks.GoPanic(p)
}

// Enter makes a frame the goroutine's recovery point.
func (n *natives) Enter(d *values.Defers) (before *values.Defers) {
	if d == nil && n.deferring.Load() == 0 {
		return nil
	}
	id := goroutineKey()
	if old, ok := n.points.Load(id); ok {
		before = old.(*values.Defers)
	}
	switch {
	case d != nil:
		n.points.Store(id, d)
		if before == nil {
			n.deferring.Add(1)
		}
	case before != nil:
		n.points.Delete(id)
		n.deferring.Add(-1)
	}
	return before
}

// Uncatchable reports whether a panic is an interrupt, which no recover stops.
func (n *natives) Uncatchable(value any) bool {
	err, ok := value.(error)
	return ok && (errors.Is(err, job.ErrCancelled) || err == error(stackOverflow{}))
}

// Caught takes the calls that the panic just recovered has passed through.
func (n *natives) Caught() any { return takeTrace() }

// Resume puts them back.
func (n *natives) Resume(trace any) { putTrace(trace.([]callFrame)) }

// tidying counts, by goroutineKey, the panics because of which a goroutine runs
// deferred calls.
var tidying sync.Map

// Tidying tells when the calling goroutine begins and ends to run a deferred call
// because of a panic.
func (n *natives) Tidying(begins bool) {
	key := goroutineKey()
	depth := 0
	if old, ok := tidying.Load(key); ok {
		depth = old.(int)
	}
	switch {
	case begins:
		tidying.Store(key, depth+1)
	case depth <= 1:
		tidying.Delete(key)
	default:
		tidying.Store(key, depth-1)
	}
}

// entered is called at the start of a function with a recover. It returns the
// frame that deferred the call, nil if none did, and takes it away: functions
// called from here recover nothing.
func (n *natives) entered() *values.Defers {
	if n.deferring.Load() == 0 {
		return nil
	}
	d, ok := n.points.Load(goroutineKey())
	if !ok {
		return nil
	}
	n.Enter(nil)
	return d.(*values.Defers)
}

func (n *natives) show(vs ...any) { n.hooks.Show(vs) }

// bind makes a function the method that number k stands for.
func (n *natives) bind(k int, f any) {
	b := n.engine.bindings(k)
	n.world.Bind(b.Recv, b.Name, reflect.ValueOf(f))
}

// sleep is time.Sleep, ended early by an interrupt of the cell it works for.
func (n *natives) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	n.await(timer.C)
}

// await waits for a channel or an interrupt.
func (n *natives) await(done <-chan time.Time) {
	select {
	case <-done:
	case <-n.Stopped():
		n.Quit()
		<-done
	}
}

// blocking runs a call that may wait for ever; an interrupt leaves it behind.
func (n *natives) blocking(wait func(), undo func()) {
	done := make(chan struct{})
	go func() {
		wait()
		close(done)
	}()
	select {
	case <-done:
	case <-n.Stopped():
		go func() {
			<-done
			undo()
		}()
		n.Quit()
	}
}

func (n *natives) waitGroup(wg *sync.WaitGroup) { n.blocking(wg.Wait, func() {}) }

func (n *natives) lockMutex(m *sync.Mutex) {
	if !m.TryLock() {
		n.blocking(m.Lock, m.Unlock)
	}
}

func (n *natives) lockRWMutex(m *sync.RWMutex) {
	if !m.TryLock() {
		n.blocking(m.Lock, m.Unlock)
	}
}

func (n *natives) rlockRWMutex(m *sync.RWMutex) {
	if !m.TryRLock() {
		n.blocking(m.RLock, m.RUnlock)
	}
}

// rawWithoutMethods hands a value to native code that calls methods, if that can
// miss none.
func (n *natives) rawWithoutMethods(v any) any {
	if b, ok := n.world.Plain(v).(values.Box); ok && b.HasMethods() {
		panic(job.BadData("this function would not see the methods of %v; fmt and encoding/json do, or hand over a copy in plain types", b.T))
	}
	return n.world.Raw(v)
}

// exit stands in for os.Exit, which would end the whole session.
func exit(code int) { panic(fmt.Sprintf("os.Exit(%d) was called; the session goes on", code)) }

// runes is what a range over a string goes through.
func runes(s string) (at []int, list []rune) {
	for i, r := range s {
		at, list = append(at, i), append(list, r)
	}
	return at, list
}

func deleteKey(m, key any) {
	v := reflect.ValueOf(m)
	k := reflect.New(v.Type().Key()).Elem()
	if key != nil {
		k.Set(reflect.ValueOf(key))
	}
	if !v.IsNil() {
		v.SetMapIndex(k, reflect.Value{})
	}
}

// rangeEnded is what Go says of an iterator that goes on after its loop.
func rangeEnded() {
	panic(errors.New("range function continued iteration after function for loop body returned false"))
}

// printed writes what the builtins print and println do.
func (n *natives) printed(end, between string) func(vs ...any) {
	return func(vs ...any) {
		texts := make([]string, len(vs))
		for i, v := range vs {
			switch x := n.world.Raw(v).(type) {
			case float64:
				texts[i] = fmt.Sprintf("%+e", x)
			default:
				texts[i] = fmt.Sprint(x)
			}
		}
		fmt.Fprint(n.hooks.Stderr, strings.Join(texts, between)+end)
	}
}

// exports are the tables of the helper package and of the library functions
// that must answer an interrupt or know how values are kept.
func (n *natives) exports() interp.Exports {
	helpers := map[string]any{
		"Quit":              n.Quit,
		"Go":                n.start,
		"Show":              n.show,
		"Bind":              n.bind,
		"Clear":             func(v any) { reflect.ValueOf(v).Clear() },
		"Close":             func(ch any) { reflect.ValueOf(ch).Close() },
		"Delete":            deleteKey,
		"Complex":           func(re, im float64) complex128 { return complex(re, im) },
		"Real":              func(c complex128) float64 { return real(c) },
		"Imag":              func(c complex128) float64 { return imag(c) },
		"Equal":             n.world.Equal,
		"Raw":               n.world.Raw,
		"RawWithoutMethods": n.rawWithoutMethods,
		"ForJSON":           n.world.ForJSON,
		"Runes":             runes,
		"OutOfRange":        values.OutOfRange,
		"NegativeShift":     values.NegativeShift,
		"RangeEnded":        rangeEnded,
		"Print":             n.printed("", ""),
		"Println":           n.printed("\n", " "),
		"Panic":             func(v any) { panic(values.NewPanic(v)) },
		"RecoverFrom":       func(d *values.Defers) any { return d.Recover(n) },
		"Entered":           n.entered,
		"Defers":            func() *values.Defers { return new(values.Defers) },
		"DefersPointer":     (**values.Defers)(nil),
		"Guard":             func(d *values.Defers, body func()) { d.Guard(body, n) },
		"Defer":             func(d *values.Defers, f func(), dynamic bool) { d.Defer(f, dynamic) },
		"Selection":         func() *values.Selection { return new(values.Selection) },
		"Receiving":         func(s *values.Selection, ch any) { s.Receiving(ch) },
		"Select":            n.world.Select,
		"Goexit":            runtime.Goexit,
		"LoggerFatal":       (*log.Logger).Panic,
		"LoggerFatalf":      (*log.Logger).Panicf,
		"LoggerFatalln":     (*log.Logger).Panicln,
		"WaitGroupWait":     n.waitGroup,
		"WaitGroupGo":       func(wg *sync.WaitGroup, f func()) { wg.Go(n.reporting(f)) },
		"MutexLock":         n.lockMutex,
		"RWMutexLock":       n.lockRWMutex,
		"RWMutexRLock":      n.rlockRWMutex,
	}
	table := map[string]reflect.Value{}
	for name, f := range helpers {
		table[name] = reflect.ValueOf(f)
	}
	exports := interp.Exports{
		lang.NativePackage + "/native": table,
		values.TypesPackage + "/types": {"Any": reflect.ValueOf((*any)(nil))},
		values.OpsPackage + "/ops":     {"Nothing": reflect.ValueOf(func() {})},
		"time/time":                    {"Sleep": reflect.ValueOf(n.sleep), "AfterFunc": reflect.ValueOf(n.afterFunc)},
		"os/os":                        {"Exit": reflect.ValueOf(exit)},
		"log/log": {
			"Fatal":   reflect.ValueOf(log.Panic),
			"Fatalf":  reflect.ValueOf(log.Panicf),
			"Fatalln": reflect.ValueOf(log.Panicln),
		},
	}
	maps.Copy(exports, n.guards())
	exports["reflect/reflect"] = n.reflection()
	return exports
}
