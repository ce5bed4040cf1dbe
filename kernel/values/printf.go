package values

import (
	"reflect"
	"strings"
	"unicode/utf8"
)

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
