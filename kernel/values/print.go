package values

import (
	"errors"
	"fmt"
	"go/types"
	"io"
	"log"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
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

// formatter is a Printf under way.
type formatter struct {
	printer
	format    string
	pos       int
	args      []any
	next      int   // the argument the next verb takes
	indexed   bool  // some directive names its argument
	badIndex  bool  // the directive at hand names none
	wrappings []int // arguments of %w
}

func (f *formatter) run() {
	for {
		literal := strings.IndexByte(f.format[f.pos:], '%')
		if literal < 0 {
			f.text(f.format[f.pos:])
			break
		}
		f.text(f.format[f.pos : f.pos+literal])
		f.pos += literal + 1
		if !f.parse() {
			f.text("%!(NOVERB)")
			break
		}
		f.verb()
	}
	if f.indexed || f.next >= len(f.args) {
		return
	}
	f.flags = flags{}
	f.text("%!(EXTRA ")
	for i, v := range f.args[f.next:] {
		if i > 0 {
			f.text(", ")
		}
		if v == nil {
			f.text("<nil>")
			continue
		}
		f.text(f.typeName(f.held(reflect.ValueOf(v), open)) + "=")
		f.arg(v, 'v')
	}
	f.text(")")
}

// parse reads a directive up to its verb. It reports whether there is one.
func (f *formatter) parse() bool {
	f.flags, f.badIndex = flags{}, false
	f.readFlags()
	afterIndex := f.index()
	if f.take('*') {
		f.width, f.wide = f.star()
		if !f.wide {
			f.text("%!(BADWIDTH)")
		}
		if f.width < 0 {
			f.width, f.minus, f.zero = -f.width, true, false
		}
		afterIndex = false
	} else if f.width, f.wide = f.number(); f.wide && afterIndex { // as in %[3]2d
		f.badIndex = true
	}
	if f.pos+1 < len(f.format) && f.take('.') {
		f.badIndex = f.badIndex || afterIndex
		afterIndex = f.index()
		if f.take('*') {
			f.precision, f.precise = f.star()
			if f.precision < 0 {
				f.precision, f.precise = 0, false
			}
			if !f.precise {
				f.text("%!(BADPREC)")
			}
			afterIndex = false
		} else {
			f.precision, _ = f.number()
			f.precise = true
		}
	}
	if !afterIndex {
		f.index()
	}
	return f.pos < len(f.format)
}

// verb reads the verb of a directive and prints by it.
func (f *formatter) verb() {
	verb, size := utf8.DecodeRuneInString(f.format[f.pos:])
	f.pos += size
	switch {
	case verb == '%':
		f.text("%")
		return
	case f.badIndex:
		f.text("%!" + string(verb) + "(BADINDEX)")
		return
	case f.next >= len(f.args):
		f.text("%!" + string(verb) + "(MISSING)")
		return
	case verb == 'w':
		f.wrappings = append(f.wrappings, f.next)
	}
	f.forVerb(verb)
	f.arg(f.args[f.next], verb)
	f.next++
}

func (f *formatter) take(c byte) bool {
	if f.pos < len(f.format) && f.format[f.pos] == c {
		f.pos++
		return true
	}
	return false
}

func (f *formatter) readFlags() {
	for ; f.pos < len(f.format); f.pos++ {
		switch f.format[f.pos] {
		case '#':
			f.sharp = true
		case '0':
			f.zero = true
		case '+':
			f.plus = true
		case '-':
			f.minus = true
		case ' ':
			f.space = true
		default:
			return
		}
	}
}

// widest is the largest width and precision.
const widest = 1e6

// number reads a width, a precision or an index.
func (f *formatter) number() (n int, ok bool) {
	for ; f.pos < len(f.format) && '0' <= f.format[f.pos] && f.format[f.pos] <= '9'; f.pos++ {
		if n > widest {
			f.pos = len(f.format)
			return 0, false
		}
		n, ok = 10*n+int(f.format[f.pos]-'0'), true
	}
	return n, ok
}

// index reads the number of an argument, [2]. It reports whether there is one.
func (f *formatter) index() bool {
	rest := f.format[f.pos:]
	if rest == "" || rest[0] != '[' {
		return false
	}
	f.indexed = true
	end := strings.IndexByte(rest, ']')
	if end < 0 || len(rest) < 3 {
		f.pos++
		f.badIndex = true
		return false
	}
	f.pos += end + 1
	inner := formatter{format: rest[1:end]}
	n, ok := inner.number()
	ok = ok && inner.pos == len(inner.format)
	if ok && 1 <= n && n <= len(f.args) {
		f.next = n - 1
	} else {
		f.badIndex = true
	}
	return ok
}

// star takes an argument for a width or a precision.
func (f *formatter) star() (n int, ok bool) {
	if f.next >= len(f.args) {
		return 0, false
	}
	v := f.held(reflect.ValueOf(f.args[f.next]), open).v
	f.next++
	switch {
	case v.CanInt():
		n, ok = int(v.Int()), true
	case v.CanUint():
		n, ok = int(v.Uint()), v.Uint() <= widest
	}
	if !ok || n > widest || n < -widest {
		return 0, false
	}
	return n, true
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

// hasMethod reports whether a type has a method of a signature.
func hasMethod(t types.Type, name, signature string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, false, nil, name)
	f, ok := obj.(*types.Func)
	return ok && typeString(f.Signature()) == signature
}

// invoke calls a method of a value, also one promoted from an embedded field.
func (w *World) invoke(t types.Type, v reflect.Value, name string, args ...reflect.Value) []reflect.Value {
	box := Box{w.Type(t), v.Interface()}
	if _, _, ok := box.method(name); ok {
		return box.call(name, args...)
	}
	_, path, _ := types.LookupFieldOrMethod(t, false, nil, name)
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

// typeString is a type as package reflect names it.
func typeString(t types.Type) string {
	var b strings.Builder
	writeType(&b, t)
	return b.String()
}

func writeType(b *strings.Builder, t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		b.WriteString(types.Typ[t.Kind()].Name()) // uint8 for byte
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil {
			b.WriteString(p.Name() + ".")
		}
		b.WriteString(t.Obj().Name())
		for i := range t.TypeArgs().Len() {
			b.WriteByte("[,"[min(i, 1)])
			b.WriteString(types.TypeString(t.TypeArgs().At(i), (*types.Package).Path))
		}
		if t.TypeArgs().Len() > 0 {
			b.WriteByte(']')
		}
	case *types.Pointer:
		b.WriteByte('*')
		writeType(b, t.Elem())
	case *types.Slice:
		b.WriteString("[]")
		writeType(b, t.Elem())
	case *types.Array:
		b.WriteString("[" + strconv.FormatInt(t.Len(), 10) + "]")
		writeType(b, t.Elem())
	case *types.Map:
		b.WriteString("map[")
		writeType(b, t.Key())
		b.WriteByte(']')
		writeType(b, t.Elem())
	case *types.Chan:
		writeChan(b, t)
	case *types.Signature:
		b.WriteString("func")
		writeSignature(b, t)
	case *types.Struct:
		writeStruct(b, t)
	case *types.Interface:
		writeInterface(b, t)
	default:
		b.WriteString(types.TypeString(t, (*types.Package).Name))
	}
}

func writeChan(b *strings.Builder, t *types.Chan) {
	b.WriteString(map[types.ChanDir]string{types.SendRecv: "chan ", types.SendOnly: "chan<- ", types.RecvOnly: "<-chan "}[t.Dir()])
	elem := typeString(t.Elem())
	if strings.HasPrefix(elem, "<-") && t.Dir() == types.SendRecv {
		elem = "(" + elem + ")"
	}
	b.WriteString(elem)
}

func writeSignature(b *strings.Builder, t *types.Signature) {
	b.WriteByte('(')
	for i := range t.Params().Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		p := t.Params().At(i).Type()
		if s, ok := p.(*types.Slice); ok && t.Variadic() && i == t.Params().Len()-1 {
			b.WriteString("...")
			p = s.Elem()
		}
		writeType(b, p)
	}
	b.WriteByte(')')
	switch n := t.Results().Len(); n {
	case 0:
	case 1:
		b.WriteByte(' ')
		writeType(b, t.Results().At(0).Type())
	default:
		for i := range n {
			b.WriteString([]string{" (", ", "}[min(i, 1)])
			writeType(b, t.Results().At(i).Type())
		}
		b.WriteByte(')')
	}
}

func writeStruct(b *strings.Builder, t *types.Struct) {
	b.WriteString("struct {")
	for i := range t.NumFields() {
		b.WriteString([]string{" ", "; "}[min(i, 1)])
		f := t.Field(i)
		if !f.Embedded() {
			b.WriteString(f.Name() + " ")
		}
		writeType(b, f.Type())
		if t.Tag(i) != "" {
			b.WriteString(" " + strconv.Quote(t.Tag(i)))
		}
	}
	if t.NumFields() > 0 {
		b.WriteByte(' ')
	}
	b.WriteByte('}')
}

func writeInterface(b *strings.Builder, t *types.Interface) {
	b.WriteString("interface {")
	for i := range t.NumMethods() {
		b.WriteString([]string{" ", "; "}[min(i, 1)])
		m := t.Method(i)
		if !m.Exported() && m.Pkg() != nil {
			b.WriteString(m.Pkg().Name() + ".")
		}
		b.WriteString(m.Name())
		writeSignature(b, m.Signature())
	}
	if t.NumMethods() > 0 {
		b.WriteByte(' ')
	}
	b.WriteByte('}')
}
