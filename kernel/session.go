// Package kernel runs cells: it compiles them, hands them to the engine, and
// turns what happens into events. It runs inside the child process that
// package worker starts and talks to.
package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"time"

	"gaspard/kernel/lang"
	"gaspard/kernel/symbols"
	"gaspard/kernel/values"
	"gaspard/kernel/worker"
	"gaspard/lib/job"
	"gaspard/plots"
)

// Session is one notebook session: a compiler that knows the session's names
// and an engine that holds their values. Execute runs one cell at a time;
// Interrupt may be called from any goroutine. The limits are those that the
// process was started with.
type Session struct {
	cells   *lang.Session
	engine  Engine
	monitor *job.Monitor
	world   *values.World
	out     *capture
	emit    func(worker.Event) // to the front end, for the request being executed

	limits   *limits
	activity activity

	lock   sync.Mutex // guards the compiler's names
	unit   *lang.Unit
	quiet  bool
	failed bool // an error event of the running cell has gone out

	figures string
	count   int
	texts   map[string]string // what was typed, by cell name
}

// NewSession starts an empty session. Events go to emit, from any goroutine.
func NewSession(figures string, emit func(worker.Event)) (*Session, error) {
	s := &Session{emit: emit, figures: figures, texts: map[string]string{}}
	bounds, err := worker.InheritedLimits()
	if err != nil {
		return nil, err
	}
	s.limits = newLimits(s, bounds)
	if s.out, err = newCapture(s.limits.pass); err != nil {
		return nil, err
	}
	packages := symbols.Set{Safe: bounds.Safe}
	engine, err := newYaegi(packages.Exports(), Hooks{
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Show:    s.show,
		GoPanic: s.goroutinePanic,
		MayStop: s.mayStop,
	}, symbols.Natives{})
	if err != nil {
		return nil, err
	}
	s.engine = engine
	s.cells = lang.NewSession(engine.FileSet(), lang.Resolver{
		Importer:    packages.NewImporter(engine.FileSet()),
		Preloaded:   symbols.Preloaded,
		Unavailable: packages.Unavailable,
		Variable:    symbols.Natives{}.Variable,
	}, engine.world)
	engine.bindings = s.cells.Binding
	s.world = engine.world
	s.monitor = job.New(s.progress).WithGuard(s.mayStop)
	job.SetDefault(s.monitor)
	plots.SetDisplay(s.display)
	return s, nil
}

// Execute compiles and runs a cell. It reports whether the cell succeeded; what
// happened has gone out as events.
func (s *Session) Execute(r worker.Request) bool {
	if r.Figures != "" {
		s.figures = r.Figures
	}
	s.beginCell(r)
	defer s.endCell()
	unit, err := s.compile(r)
	if err != nil {
		s.fail(s.compileError(r.Code, err))
		return false
	}
	for _, note := range unit.Notes {
		s.emit(worker.Event{Type: worker.EventNote, Text: note})
	}
	s.lock.Lock()
	s.unit, s.quiet, s.failed = unit, r.Quiet, false
	s.lock.Unlock()
	if !s.enter() {
		s.fail(s.stopReason())
		return false
	}
	err = s.engine.Run()
	s.lock.Lock()
	failed := s.failed
	s.lock.Unlock()
	s.leave()
	s.out.flush()
	if err != nil {
		s.fail(s.runError(err))
		return false
	}
	return !failed
}

// compile brings a cell to where it can run and makes its names known.
func (s *Session) compile(r worker.Request) (*lang.Unit, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	unit, err := s.cells.Compile(r.Cell, r.Code)
	if err != nil {
		return nil, err
	}
	if err := s.engine.Load(unit); err != nil {
		return nil, err
	}
	s.cells.Commit(unit)
	s.texts[r.Cell] = r.Code
	return unit, nil
}

// Reset forgets all names.
func (s *Session) Reset() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.cells.Reset()
}

// Variables lists the session's variables with their values.
func (s *Session) Variables() []worker.Variable {
	s.lock.Lock()
	defer s.lock.Unlock()
	var vars []worker.Variable
	for _, v := range s.cells.Vars() {
		text := ""
		if value, ok := s.engine.Value(v.Engine); ok {
			text = summary(s.world, v.Type, value)
		}
		vars = append(vars, worker.Variable{Name: v.Name, Type: typeName(v.Type, reflect.Value{}), Value: text, Cell: v.Cell})
	}
	return vars
}

func (s *Session) fail(e *worker.CellError) {
	s.lock.Lock()
	s.failed = true
	s.lock.Unlock()
	s.emit(worker.Event{Type: worker.EventError, Error: e})
}

// show receives the values of a cell's last expression.
func (s *Session) show(shown []any) {
	s.out.flush()
	var texts []string
	for i, x := range shown {
		v := reflect.ValueOf(x)
		if fig, ok := asFigure(v); ok {
			if !s.quiet {
				s.display(fig)
			}
			continue
		}
		texts = append(texts, Format(s.world, s.unit.Shown[i], v))
	}
	if len(texts) > 0 && !s.quiet {
		s.emit(worker.Event{Type: worker.EventResult, Text: s.limits.take(strings.Join(texts, "\n"))})
		s.limits.noteDropped()
	}
}

func asFigure(v reflect.Value) (*plots.Figure, bool) {
	if !v.IsValid() || !v.CanInterface() {
		return nil, false
	}
	fig, ok := v.Interface().(*plots.Figure)
	return fig, ok && fig != nil
}

// display saves a figure and announces it. Saving comes first: a terminal that
// fails to show it must not lose it.
func (s *Session) display(fig *plots.Figure) {
	s.out.flush()
	s.count++
	path, err := filepath.Abs(filepath.Join(s.figures, fmt.Sprintf("figure-%d.png", s.count)))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o777)
	}
	if err == nil {
		err = fig.Save(path)
	}
	if err != nil {
		panic(job.BadData("the figure could not be saved: %v", err))
	}
	width, height := fig.Size()
	s.emit(worker.Event{Type: worker.EventDisplay, Figure: &worker.Figure{
		Number: s.count, Path: path, Caption: fig.Caption, Width: width, Height: height,
	}})
}

func (s *Session) progress(p job.Progress) {
	out := &worker.Progress{Task: p.Task, Done: p.Done, Total: p.Total, Seconds: p.Elapsed.Seconds()}
	for _, m := range p.Metrics {
		out.Metrics = append(out.Metrics, worker.Metric{Name: m.Name, Value: fmt.Sprintf("%.4g", m.Value)})
	}
	s.emit(worker.Event{Type: worker.EventProgress, Progress: out})
}

func (s *Session) goroutinePanic(p *Panic) {
	e := s.panicError(p)
	e.Message = "in a goroutine: " + e.Message
	s.fail(e)
}

// compileError puts the refusal of a cell on the wire.
func (s *Session) compileError(code string, err error) *worker.CellError {
	var e *lang.Error
	if !errors.As(err, &e) {
		return &worker.CellError{Kind: worker.ErrUnsupported, Message: err.Error(),
			Hint: "the cell is valid Go, but the interpreter refuses it; try a simpler form"}
	}
	kind := map[lang.ErrorKind]string{
		lang.Syntax: worker.ErrSyntax, lang.Type: worker.ErrType, lang.Unsupported: worker.ErrUnsupported,
	}[e.Kind]
	return &worker.CellError{
		Kind: kind, Message: e.Message, Cell: e.Cell, Line: e.Line, Column: e.Column, Source: e.Source, Hint: e.Hint,
	}
}

// runError puts the end of a cell that did not return on the wire.
func (s *Session) runError(err error) *worker.CellError {
	var p *Panic
	if !errors.As(err, &p) {
		return &worker.CellError{Kind: worker.ErrPanic, Message: err.Error()}
	}
	return s.panicError(p)
}

func (s *Session) panicError(p *Panic) *worker.CellError {
	e := &worker.CellError{Kind: worker.ErrPanic, Message: p.Error(), Stack: p.Stack}
	var data *job.DataError
	if cause, ok := p.Value.(error); ok {
		switch {
		case errors.Is(cause, job.ErrCancelled):
			e = s.stopReason()
		case errors.As(cause, &data):
			e.Kind = worker.ErrData
		}
	}
	if len(p.Stack) == 1 {
		e.Stack = nil // it would repeat the place
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if at := p.Place; at.IsValid() {
		e.Cell, e.Line, e.Column = strings.TrimPrefix(at.Filename, "cell "), at.Line, at.Column
		if lines := strings.Split(s.texts[e.Cell], "\n"); e.Line <= len(lines) {
			e.Source = lines[e.Line-1]
		}
	}
	return e
}

// elapsed times a request for its reply.
func elapsed(start time.Time) float64 { return time.Since(start).Seconds() }
