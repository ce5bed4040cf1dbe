package values

import (
	"fmt"
	"go/types"
	"reflect"
	"strconv"
	"unicode"
)

// Format prints the value as package fmt prints it in compiled Go, whose words
// and order of decisions the printer follows: for code that fmt does not reach
// through [World.Printing].
func (b Box) Format(s fmt.State, verb rune) {
	p := &printer{world: b.T.world, flags: flagsOf(s, verb)}
	p.arg(b, verb)
	s.Write(p.buf)
}

// Sprint is fmt.Sprint of one value.
func Sprint(v any) string {
	p := &printer{}
	p.print(v)
	return string(p.buf)
}

// flags are those of a directive. For %v, # and + become sharpV and plusV.
type flags struct {
	minus, plus, sharp, space, zero bool
	sharpV, plusV                   bool
	wide, precise                   bool // there is a width, a precision
	width, precision                int
}

func flagsOf(s fmt.State, verb rune) flags {
	f := flags{minus: s.Flag('-'), plus: s.Flag('+'), sharp: s.Flag('#'), space: s.Flag(' '), zero: s.Flag('0')}
	f.width, f.wide = s.Width()
	f.precision, f.precise = s.Precision()
	f.forVerb(verb)
	return f
}

// forVerb gives # and + the meaning they have for a verb.
func (f *flags) forVerb(verb rune) {
	if verb == 'v' || verb == 'w' {
		f.sharpV, f.sharp, f.plusV, f.plus = f.sharp, false, f.plus, false
	}
}

// directive is the flags and a verb as a format.
func (f *flags) directive(verb rune) string {
	d := []byte{'%'}
	for _, c := range []struct {
		on   bool
		flag byte
	}{{f.minus, '-'}, {f.plus || f.plusV, '+'}, {f.sharp || f.sharpV, '#'}, {f.space, ' '}, {f.zero, '0'}} {
		if c.on {
			d = append(d, c.flag)
		}
	}
	if f.wide {
		d = strconv.AppendInt(d, int64(f.width), 10)
	}
	if f.precise {
		d = strconv.AppendInt(append(d, '.'), int64(f.precision), 10)
	}
	return string(d) + string(verb)
}

// printer formats values. It is the fmt.State of the Format methods it calls.
type printer struct {
	world *World // nil until a value of a session is met
	buf   []byte
	flags
	erroring  bool // inside the message about a bad verb: methods are not called
	panicking bool // inside the message about a panic
	wrapping  bool // %w is allowed
	shapes    map[types.Type]shape
}

func (p *printer) Write(b []byte) (int, error) { p.buf = append(p.buf, b...); return len(b), nil }
func (p *printer) Width() (int, bool)          { return p.width, p.wide }
func (p *printer) Precision() (int, bool)      { return p.precision, p.precise }

func (p *printer) Flag(c int) bool {
	switch c {
	case '-':
		return p.minus
	case '+':
		return p.plus || p.plusV
	case '#':
		return p.sharp || p.sharpV
	case ' ':
		return p.space
	case '0':
		return p.zero
	}
	return false
}

func (p *printer) text(s string) { p.buf = append(p.buf, s...) }

// leaf leaves a value of a basic kind, for which the verb is good, to fmt.
func (p *printer) leaf(x any, verb rune) {
	if p.flags == (flags{}) && (verb == 'v' || verb == 'd') {
		switch x := x.(type) {
		case string:
			p.text(x)
			return
		case int64:
			p.buf = strconv.AppendInt(p.buf, x, 10)
			return
		}
	}
	if verb == 'v' && !p.sharpV && (p.sharp || p.plus) { // of another verb, of which a message tells
		switch x.(type) {
		case bool:
			verb = 't'
		case string:
			verb = 's'
		case int64, uint64:
			verb = 'd'
		default:
			verb = 'g'
		}
	}
	p.buf = fmt.Appendf(p.buf, p.directive(verb), x)
}

// pad writes a word that obeys the width only.
func (p *printer) pad(s string) {
	f := flags{minus: p.minus, zero: p.zero, width: p.width, wide: p.wide}
	p.buf = fmt.Appendf(p.buf, f.directive('s'), s)
}

// access is what reflect would let fmt do with a value: methods are called only
// on open ones. A field promoted from an embedded struct of unexported type is
// open again.
type access uint8

const (
	open access = iota
	embedded
	closed
)

// place is a value with its type: the checker's for types that mention one of
// the session, nil for native ones.
type place struct {
	t types.Type
	v reflect.Value
	access
}

// inside is the access to an element, to what a pointer or an interface holds.
func (a access) inside() access {
	if a == open {
		return open
	}
	return closed
}

func (a access) field(exported, anonymous bool) access {
	switch {
	case a == closed || !exported && !anonymous:
		return closed
	case !exported:
		return embedded
	}
	return open
}

// shape is what the printer knows of a type.
type shape struct {
	own                             bool
	format, goString, error, string bool // methods with fmt's signatures
}

func (p *printer) shape(t types.Type) shape {
	if s, ok := p.shapes[t]; ok {
		return s
	}
	s := shape{own: mentionsOwn(t)}
	if s.own && !types.IsInterface(t) {
		s.format = hasMethod(t, "Format", "func(fmt.State, int32)")
		s.goString = hasMethod(t, "GoString", "func() string")
		s.error = hasMethod(t, "Error", "func() string")
		s.string = hasMethod(t, "String", "func() string")
	}
	if p.shapes == nil {
		p.shapes = map[types.Type]shape{}
	}
	p.shapes[t] = s
	return s
}

// at is a place of a static type.
func (p *printer) at(t types.Type, v reflect.Value, a access) place {
	if t != nil {
		if t = types.Unalias(t); !p.shape(t).own {
			t = nil
		}
	}
	return place{t, v, a}
}

// held is the place of what an interface holds.
func (p *printer) held(v reflect.Value, a access) place {
	if !v.IsValid() {
		return place{}
	}
	b, v := p.world.unwrap(v)
	if b == nil {
		return place{nil, v, a}
	}
	p.world = b.world
	return p.at(b.Go, v, a)
}

// unwrap takes the dynamic value of an interface out of its adapter and its Box,
// also where it was read from an unexported field.
func (w *World) unwrap(v reflect.Value) (*Type, reflect.Value) {
	if w != nil && v.Kind() == reflect.Struct {
		w.lock.RLock()
		adapter := w.adapters[v.Type()]
		w.lock.RUnlock()
		if adapter {
			v = v.Field(0)
			if v.Kind() == reflect.Interface {
				v = v.Elem()
			}
		}
	}
	if !v.IsValid() || v.Kind() != reflect.Struct || !v.Type().Implements(typeOf[boxed]()) {
		return nil, v
	}
	for v.Type() != typeOf[Box]() {
		v = v.Field(0)
	}
	return (*Type)(v.Field(0).UnsafePointer()), v.Field(1).Elem()
}

func (p *printer) typeName(o place) string {
	if o.t != nil {
		return typeString(o.t)
	}
	return o.v.Type().String()
}

// arg prints an operand.
func (p *printer) arg(arg any, verb rune) {
	o := p.held(reflect.ValueOf(arg), open)
	switch {
	case !o.v.IsValid() && (verb == 'v' || verb == 'T'):
		p.pad("<nil>")
	case !o.v.IsValid():
		p.text("%!" + string(verb) + "(<nil>)")
	case verb == 'T':
		p.leaf(p.typeName(o), 's')
	case verb == 'p':
		p.pointer(o, 'p')
	case o.t == nil && unicode.IsLetter(verb) && verb != 'w' && !mayHold(o.v.Type()):
		p.buf = fmt.Appendf(p.buf, p.directive(verb), o.v.Interface())
	case !p.methods(o, verb):
		p.value(o, verb, 0)
	}
}

// bad prints the message about a verb that does not suit a value.
func (p *printer) bad(o place, verb rune) {
	outer := p.erroring
	p.erroring = true
	p.text("%!" + string(verb) + "(" + p.typeName(o) + "=")
	p.value(o, 'v', 0)
	p.text(")")
	p.erroring = outer
}

// value prints a value by its kind.
func (p *printer) value(o place, verb rune, depth int) {
	if depth > 0 && o.v.Kind() != reflect.Interface && p.methods(o, verb) {
		return
	}
	switch v := o.v; v.Kind() {
	case reflect.Bool:
		p.basic(o, verb, "tv", v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.basic(o, verb, "vdboOxXcqU", v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		p.basic(o, verb, "vdboOxXcqU", v.Uint())
	case reflect.Float32:
		p.basic(o, verb, "vbgGxXfFeE", float32(v.Float()))
	case reflect.Float64:
		p.basic(o, verb, "vbgGxXfFeE", v.Float())
	case reflect.Complex64:
		p.basic(o, verb, "vbgGxXfFeE", complex64(v.Complex()))
	case reflect.Complex128:
		p.basic(o, verb, "vbgGxXfFeE", v.Complex())
	case reflect.String:
		p.basic(o, verb, "vsxXq", v.String())
	case reflect.Map:
		p.mapping(o, verb, depth)
	case reflect.Struct:
		p.structure(o, verb, depth)
	case reflect.Interface:
		switch {
		case !v.IsNil():
			p.value(p.held(v.Elem(), o.inside()), verb, depth+1)
		case p.sharpV:
			p.text(p.typeName(o) + "(nil)")
		default:
			p.text("<nil>")
		}
	case reflect.Array, reflect.Slice:
		p.sequence(o, verb, depth)
	case reflect.Pointer:
		if depth == 0 && !v.IsNil() {
			switch v.Type().Elem().Kind() {
			case reflect.Array, reflect.Slice, reflect.Struct, reflect.Map:
				p.text("&")
				p.value(p.at(elementType(o.t), v.Elem(), o.access), verb, depth+1)
				return
			}
		}
		p.pointer(o, verb)
	default:
		p.pointer(o, verb)
	}
}

func (p *printer) basic(o place, verb rune, verbs string, x any) {
	for _, good := range verbs {
		if good == verb {
			p.leaf(x, verb)
			return
		}
	}
	p.bad(o, verb)
}

// elementType is what a pointer, slice, array, map or channel type is of; nil
// for the native type nil.
func elementType(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying().(interface{ Elem() types.Type }).Elem()
}

// list prints n values between brackets, or as a composite literal for %#v.
func (p *printer) list(o place, opening, closing string, n int, item func(i int)) {
	separator := " "
	if p.sharpV {
		opening, separator, closing = p.typeName(o)+"{", ", ", "}"
	}
	p.text(opening)
	for i := range n {
		if i > 0 {
			p.text(separator)
		}
		item(i)
	}
	p.text(closing)
}

// nilSyntax prints a nil slice or map as %#v has it.
func (p *printer) nilSyntax(o place) bool {
	if p.sharpV && o.v.Kind() != reflect.Array && o.v.IsNil() {
		p.text(p.typeName(o) + "(nil)")
		return true
	}
	return false
}

func (p *printer) mapping(o place, verb rune, depth int) {
	if p.nilSyntax(o) {
		return
	}
	var kt, et types.Type
	if o.t != nil {
		m := o.t.Underlying().(*types.Map)
		kt, et = m.Key(), m.Elem()
	}
	entries := p.world.sorted(o.v)
	p.list(o, "map[", "]", len(entries), func(i int) {
		p.value(p.at(kt, entries[i].key, o.inside()), verb, depth+1)
		p.text(":")
		p.value(p.at(et, entries[i].value, o.inside()), verb, depth+1)
	})
}

func (p *printer) structure(o place, verb rune, depth int) {
	p.list(o, "{", "}", o.v.NumField(), func(i int) {
		name, f := p.field(o, i)
		if p.plusV || p.sharpV {
			p.text(name + ":")
		}
		if f.v.Kind() == reflect.Interface && !f.v.IsNil() {
			f = p.held(f.v.Elem(), f.inside())
		}
		p.value(f, verb, depth+1)
	})
}

// field is the i-th field of a struct, by its name in the program.
func (p *printer) field(o place, i int) (string, place) {
	if o.t == nil {
		f := o.v.Type().Field(i)
		return f.Name, place{nil, o.v.Field(i), o.access.field(f.IsExported(), f.Anonymous)}
	}
	f := o.t.Underlying().(*types.Struct).Field(i)
	return f.Name(), p.at(f.Type(), o.v.Field(i), o.access.field(f.Exported(), f.Embedded()))
}

func (p *printer) sequence(o place, verb rune, depth int) {
	v := o.v
	switch verb {
	case 's', 'q', 'x', 'X':
		if v.Type().Elem().Kind() == reflect.Uint8 {
			bytes := make([]byte, v.Len())
			for i := range bytes {
				bytes[i] = byte(v.Index(i).Uint())
			}
			p.leaf(bytes, verb)
			return
		}
	}
	if p.nilSyntax(o) {
		return
	}
	et := elementType(o.t)
	p.list(o, "[", "]", v.Len(), func(i int) { p.value(p.at(et, v.Index(i), o.inside()), verb, depth+1) })
}

// pointer prints an address.
func (p *printer) pointer(o place, verb rune) {
	var u uint64
	switch o.v.Kind() {
	case reflect.Chan, reflect.Func, reflect.Map, reflect.Pointer, reflect.Slice, reflect.UnsafePointer:
		u = uint64(o.v.Pointer())
	default:
		p.bad(o, verb)
		return
	}
	outer := p.flags
	defer func() { p.flags = outer }()
	switch verb {
	case 'v':
		switch {
		case p.sharpV && u == 0:
			p.text("(" + p.typeName(o) + ")(nil)")
		case p.sharpV:
			p.text("(" + p.typeName(o) + ")(")
			p.leaf(u, 'v')
			p.text(")")
		case u == 0:
			p.pad("<nil>")
		default:
			p.sharp, p.plusV = !p.sharp, false
			p.leaf(u, 'x')
		}
	case 'p':
		p.sharp, p.sharpV = !p.sharp, false
		p.leaf(u, 'x')
	case 'b', 'o', 'd', 'x', 'X':
		p.leaf(u, verb)
	default:
		p.bad(o, verb)
	}
}
