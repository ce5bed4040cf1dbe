package values

import (
	"errors"
	"fmt"
	"io"
	"log"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// Printing returns, by engine package, the functions that print and scan with
// the types of the session in view: reflection would show fmt and log the
// representations. Printf and the like write to stdout, log's functions to the
// standard logger.
func (w *World) Printing(stdout, _ io.Writer) map[string]map[string]reflect.Value {
	functions := map[string]any{
		"Print":    func(a ...any) (int, error) { return stdout.Write(w.append(nil, a)) },
		"Println":  func(a ...any) (int, error) { return stdout.Write(w.appendln(nil, a)) },
		"Printf":   func(format string, a ...any) (int, error) { return stdout.Write(w.appendf(nil, format, a)) },
		"Sprint":   func(a ...any) string { return string(w.append(nil, a)) },
		"Sprintln": func(a ...any) string { return string(w.appendln(nil, a)) },
		"Sprintf":  func(format string, a ...any) string { return string(w.appendf(nil, format, a)) },
		"Fprint":   func(to io.Writer, a ...any) (int, error) { return to.Write(w.append(nil, a)) },
		"Fprintln": func(to io.Writer, a ...any) (int, error) { return to.Write(w.appendln(nil, a)) },
		"Fprintf": func(to io.Writer, format string, a ...any) (int, error) {
			return to.Write(w.appendf(nil, format, a))
		},
		"Append":   func(b []byte, a ...any) []byte { return w.append(b, a) },
		"Appendln": func(b []byte, a ...any) []byte { return w.appendln(b, a) },
		"Appendf":  func(b []byte, format string, a ...any) []byte { return w.appendf(b, format, a) },
		"Errorf":   w.errorf,
		"Scan":     func(a ...any) (int, error) { return fmt.Scan(w.targets(a)...) },
		"Scanln":   func(a ...any) (int, error) { return fmt.Scanln(w.targets(a)...) },
		"Scanf":    func(format string, a ...any) (int, error) { return fmt.Scanf(format, w.targets(a)...) },
		"Sscan":    func(s string, a ...any) (int, error) { return fmt.Sscan(s, w.targets(a)...) },
		"Sscanln":  func(s string, a ...any) (int, error) { return fmt.Sscanln(s, w.targets(a)...) },
		"Sscanf":   func(s, format string, a ...any) (int, error) { return fmt.Sscanf(s, format, w.targets(a)...) },
		"Fscan":    func(from io.Reader, a ...any) (int, error) { return fmt.Fscan(from, w.targets(a)...) },
		"Fscanln":  func(from io.Reader, a ...any) (int, error) { return fmt.Fscanln(from, w.targets(a)...) },
		"Fscanf": func(from io.Reader, format string, a ...any) (int, error) {
			return fmt.Fscanf(from, format, w.targets(a)...)
		},
	}
	output := func(b []byte) { log.Default().Output(2, string(b)) }
	panics := func(b []byte) {
		output(b)
		panic(string(b))
	}
	logging := map[string]any{
		"Print":   func(a ...any) { output(w.append(nil, a)) },
		"Println": func(a ...any) { output(w.appendln(nil, a)) },
		"Printf":  func(format string, a ...any) { output(w.appendf(nil, format, a)) },
		"Panic":   func(a ...any) { panics(w.append(nil, a)) },
		"Panicln": func(a ...any) { panics(w.appendln(nil, a)) },
		"Panicf":  func(format string, a ...any) { panics(w.appendf(nil, format, a)) },
	}
	return map[string]map[string]reflect.Value{"fmt/fmt": symbols(functions), "log/log": symbols(logging)}
}

func symbols(functions map[string]any) map[string]reflect.Value {
	m := make(map[string]reflect.Value, len(functions))
	for name, f := range functions {
		m[name] = reflect.ValueOf(f)
	}
	return m
}

func (w *World) append(b []byte, a []any) []byte {
	if !w.concerned(a) {
		return fmt.Append(b, a...)
	}
	p := &printer{world: w, buf: b}
	p.print(a...)
	return p.buf
}

func (w *World) appendln(b []byte, a []any) []byte {
	if !w.concerned(a) {
		return fmt.Appendln(b, a...)
	}
	p := &printer{world: w, buf: b}
	for i, v := range a {
		if i > 0 {
			p.text(" ")
		}
		p.arg(v, 'v')
	}
	p.text("\n")
	return p.buf
}

func (w *World) appendf(b []byte, format string, a []any) []byte {
	if !w.concerned(a) {
		return fmt.Appendf(b, format, a...)
	}
	f := &formatter{printer: printer{world: w, buf: b}, args: a, format: format}
	f.run()
	return f.buf
}

// concerned reports whether fmt alone would not do for some operand.
func (w *World) concerned(a []any) bool {
	for _, v := range a {
		switch v.(type) {
		case nil, bool, int, float64, string, []float64:
			continue
		case boxed:
			return true
		}
		t := reflect.TypeOf(v)
		w.lock.RLock()
		adapter := w.adapters[t]
		w.lock.RUnlock()
		if adapter || mayHold(t) {
			return true
		}
	}
	return false
}

// holding remembers by type whether fmt meets interfaces in its values.
var holding sync.Map

// mayHold reports whether fmt meets interfaces when it prints a value of a
// native type, in which there may be boxes.
func mayHold(t reflect.Type) bool {
	if known, ok := holding.Load(t); ok {
		return known.(bool)
	}
	elem := t
	if t.Kind() == reflect.Pointer { // which fmt follows at the top only
		elem = t.Elem()
	}
	holds := reachesInterface(elem, map[reflect.Type]bool{})
	holding.Store(t, holds)
	return holds
}

func reachesInterface(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Slice, reflect.Array:
		return reachesInterface(t.Elem(), seen)
	case reflect.Map:
		return reachesInterface(t.Key(), seen) || reachesInterface(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if reachesInterface(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

// print prints operands as Print does.
func (p *printer) print(a ...any) {
	after := true // a string, or nothing
	for _, v := range a {
		isString := p.held(reflect.ValueOf(v), open).v.Kind() == reflect.String
		if !isString && !after {
			p.text(" ")
		}
		p.arg(v, 'v')
		after = isString
	}
}

// errorf is fmt.Errorf.
func (w *World) errorf(format string, a ...any) error {
	if !w.concerned(a) {
		return fmt.Errorf(format, a...)
	}
	f := &formatter{printer: printer{world: w, wrapping: true}, args: a, format: format}
	f.run()
	if len(f.wrappings) == 0 {
		return errors.New(string(f.buf))
	}
	single := len(f.wrappings) == 1
	slices.Sort(f.wrappings)
	var wrapped []error
	for _, i := range slices.Compact(f.wrappings) {
		switch v := w.Plain(a[i]).(type) {
		case error:
			wrapped = append(wrapped, v)
		case Box:
			if hasMethod(v.T.Go, "Error", "func() string") {
				wrapped = append(wrapped, v.asError())
			}
		}
	}
	return wrapError(string(f.buf), wrapped, single)
}

// wrapError makes the error that fmt.Errorf makes, of fmt's own types.
func wrapError(message string, wrapped []error, single bool) error {
	err := fmt.Errorf("%w%w", io.EOF, io.EOF)
	field, value := "errs", reflect.ValueOf(wrapped)
	if single {
		err = fmt.Errorf("%w", io.EOF)
		field, value = "err", reflect.Zero(errorType)
		if len(wrapped) > 0 {
			value = asValue(wrapped[0], errorType)
		}
	}
	s := reflect.ValueOf(err).Elem()
	for name, v := range map[string]reflect.Value{"msg": reflect.ValueOf(message), field: value} {
		f := s.FieldByName(name)
		reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(v)
	}
	return err
}

// scanBox is a box whose type has a method Scan of its own.
type scanBox struct{ Box }

// Scan makes it a fmt.Scanner.
func (s scanBox) Scan(state fmt.ScanState, verb rune) error {
	out := s.T.world.invoke(s.T.Go, reflect.ValueOf(s.V), "Scan", reflect.ValueOf(state), reflect.ValueOf(verb))
	err, _ := out[0].Interface().(error)
	return err
}

// targets are what a scan stores into, without boxes.
func (w *World) targets(a []any) []any {
	out := make([]any, len(a))
	for i, v := range a {
		out[i] = w.Raw(v)
		if b, ok := w.Plain(v).(Box); ok && hasMethod(b.T.Go, "Scan", "func(fmt.ScanState, int32) error") {
			out[i] = scanBox{b}
		}
	}
	return out
}
