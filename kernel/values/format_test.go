package values

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"math"
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// The types below are compiled with the test and, read from this file, declared
// in the test's session: what is printed of one must be printed of the other.
type (
	Celsius float64
	Word    string
	Count   int
	Octet   uint8
	Flag    bool
	Phase   complex64

	Point struct{ X, Y int }
	Mixed struct {
		Name   string
		weight float64
		_      int
		tags   []string
		Any    any
		err    error
		In     map[string]Point
		F      func(int) string
		C      chan Point
		Next   *Mixed
	}
	Waits struct {
		D    time.Duration
		d    time.Duration
		T    *time.Time
		Big  *big.Int
		big  *big.Int
		Err  error
		Deg  Degree
		deg  Degree
		degs []Degree
		any  any
	}
	Outer struct {
		Point
		inner
		*Celsius
		Degree
	}
	inner struct{ Deg Degree }
	Shell struct {
		inner
		n Degree
	}
	Timed  struct{ time.Duration }
	Degree int
	Handle struct{ id int }
	Fault  struct{ Code int }
	Wraps  struct{ Err error }
	Loud   int
	Bare   int
	Custom struct{ A, B int }
	Syntax struct{ A int }
	Values struct{ A, B Degree }

	Pair[K comparable, V any] struct {
		Key K
		Val V
	}
	List  []Point
	Raw   []byte
	Octs  []Octet
	Grid  [2][2]Celsius
	Table map[Word]Degree
	Keyed map[any]int
	Func  func(x int, more ...string) (Point, error)
	Shape interface{ Area() float64 }
	Holds struct {
		S  Shape
		St fmt.Stringer
		E  interface{}
	}
	Tree struct {
		Left, Right *Tree
		Kids        []Tree
		Label       Word
	}
)

func (d Degree) String() string   { return fmt.Sprintf("%d°", int(d)) }
func (h *Handle) String() string  { return fmt.Sprint("handle ", h.id) }
func (f *Fault) Error() string    { return fmt.Sprint("fault ", f.Code) }
func (w Wraps) Error() string     { return "wraps " + w.Err.Error() }
func (w Wraps) Unwrap() error     { return w.Err }
func (l Loud) String() string     { panic(fmt.Sprint("too loud: ", int(l))) }
func (b Bare) Error() string      { panic(Degree(b)) }
func (s Syntax) GoString() string { return "syntax" }
func (p Point) Area() float64     { return float64(p.X * p.Y) }
func (c Custom) Format(s fmt.State, verb rune) {
	w, wok := s.Width()
	p, pok := s.Precision()
	fmt.Fprintf(s, "<%c %d %v %d %v", verb, w, wok, p, pok)
	for _, c := range "+-# 0" {
		fmt.Fprint(s, s.Flag(int(c)))
	}
	io.WriteString(s, ">")
}

var realTypes = map[string]reflect.Type{}

func init() {
	for _, v := range []any{
		Celsius(0), Word(""), Count(0), Octet(0), Flag(false), Phase(0), Point{}, Mixed{}, Waits{}, Outer{}, inner{}, Shell{}, Timed{}, Degree(0),
		Handle{}, Fault{}, Wraps{}, Loud(0), Bare(0), Custom{}, Syntax{}, Values{}, Pair[Word, Point]{}, List{}, Raw{}, Octs{}, Grid{}, Table{}, Keyed{},
		Func(nil), Holds{}, Tree{},
	} {
		addReal(reflect.TypeOf(v))
	}
	addReal(reflect.TypeFor[Shape]())
}

func addReal(t reflect.Type) { realTypes[t.Name()] = t }

// natives are the types of native packages that the test's session knows.
type natives struct{}

var nativeTypes = map[string]reflect.Type{
	"time.Duration": reflect.TypeFor[time.Duration](), "time.Time": reflect.TypeFor[time.Time](), "math/big.Int": reflect.TypeFor[big.Int](),
	"fmt.State": reflect.TypeFor[fmt.State](), "fmt.Stringer": reflect.TypeFor[fmt.Stringer](), "fmt.ScanState": reflect.TypeFor[fmt.ScanState](),
	"encoding/json.Number": reflect.TypeFor[json.Number](), "time.Month": reflect.TypeFor[time.Month](),
}

func (natives) Type(path, name string) (reflect.Type, bool) {
	t, ok := nativeTypes[path+"."+name]
	return t, ok
}

// stringerAdapter is an adapter as the engine's tables have them.
type stringerAdapter struct {
	IValue  any
	WString func() string
}

func (a stringerAdapter) String() string { return a.WString() }

func (natives) Adapter(path, name string) (reflect.Type, bool) {
	return reflect.TypeFor[stringerAdapter](), path == "fmt" && name == "Stringer"
}

// session is a World with the types of the tests.
type session struct {
	*World
	pkg  *types.Package
	real map[string]reflect.Type // by typeString
}

// theSession is made once: the packages that the types mention are checked from
// source.
var theSession = sync.OnceValue(func() *session {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range []string{"format_test.go", "print_test.go", "encode_test.go"} {
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			panic(err)
		}
		var kept []ast.Decl
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				if d.Tok == token.IMPORT || d.Tok == token.TYPE && d.Lparen.IsValid() {
					kept = append(kept, d)
				}
			case *ast.FuncDecl:
				if d.Recv != nil {
					if _, ok := realTypes[strings.TrimPrefix(types.ExprString(d.Recv.List[0].Type), "*")]; ok {
						kept = append(kept, d)
					}
				}
			}
		}
		f.Decls = kept // the package keeps its name, for the same widths
		files = append(files, f)
	}
	config := types.Config{Importer: importer.ForCompiler(fset, "source", nil), IgnoreFuncBodies: true, Error: func(error) {}}
	pkg, _ := config.Check("main", fset, files, nil) // imports are not all used
	s := &session{World: NewWorld(natives{}, nil), pkg: pkg, real: map[string]reflect.Type{}}
	for name, r := range realTypes {
		t := s.typeNamed(name)
		s.real[typeString(t)] = r
		if named, ok := t.(*types.Named); ok {
			for m := range named.Methods() {
				s.bind(named, m, r)
			}
		}
	}
	return s
})

func (s *session) typeNamed(name string) types.Type {
	if strings.HasPrefix(name, "Pair[") {
		t, err := types.Instantiate(nil, s.pkg.Scope().Lookup("Pair").Type(), []types.Type{s.typeNamed("Word"), s.typeNamed("Point")}, true)
		if err != nil {
			panic(err)
		}
		return t
	}
	return s.pkg.Scope().Lookup(name).Type()
}

// bind binds a method that calls the compiled one.
func (s *session) bind(named *types.Named, m *types.Func, r reflect.Type) {
	_, pointer := m.Signature().Recv().Type().(*types.Pointer)
	recv := s.Type(m.Signature().Recv().Type()).R
	sig := s.Type(types.NewSignatureType(nil, nil, nil, m.Signature().Params(), m.Signature().Results(), false)).R
	in, out := []reflect.Type{recv}, []reflect.Type(nil)
	for i := range sig.NumIn() {
		in = append(in, sig.In(i))
	}
	for i := range sig.NumOut() {
		out = append(out, sig.Out(i))
	}
	s.Bind(named, m.Name(), function(in, out, func(args []reflect.Value) []reflect.Value {
		if pointer {
			if args[0].IsNil() {
				return reflect.Zero(reflect.PointerTo(r)).MethodByName(m.Name()).Call(args[1:])
			}
			real := reflect.New(r)
			s.copy(real.Elem(), args[0].Elem(), named)
			defer func() { s.copy(args[0].Elem(), real.Elem(), named) }()
			return real.MethodByName(m.Name()).Call(args[1:])
		}
		real := reflect.New(r)
		s.copy(real.Elem(), args[0], named)
		return real.Elem().MethodByName(m.Name()).Call(args[1:])
	}))
}

// goType is the checker's type of a compiled one.
func (s *session) goType(t reflect.Type) types.Type {
	if _, ok := realTypes[t.Name()]; ok && t.Name() != "" && strings.HasSuffix(t.PkgPath(), "values") {
		return s.typeNamed(t.Name())
	}
	if t.Name() != "" {
		for _, p := range s.pkg.Imports() {
			if p.Path() == t.PkgPath() {
				return p.Scope().Lookup(t.Name()).Type()
			}
		}
		return types.Universe.Lookup(t.Name()).Type()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return types.NewPointer(s.goType(t.Elem()))
	case reflect.Slice:
		return types.NewSlice(s.goType(t.Elem()))
	case reflect.Array:
		return types.NewArray(s.goType(t.Elem()), int64(t.Len()))
	case reflect.Map:
		return types.NewMap(s.goType(t.Key()), s.goType(t.Elem()))
	case reflect.Chan:
		return types.NewChan([]types.ChanDir{0, types.RecvOnly, types.SendOnly, types.SendRecv}[t.ChanDir()], s.goType(t.Elem()))
	case reflect.Struct:
		var fields []*types.Var
		var tags []string
		for i := range t.NumField() {
			f := t.Field(i)
			fields = append(fields, types.NewField(0, s.pkg, f.Name, s.goType(f.Type), f.Anonymous))
			tags = append(tags, string(f.Tag))
		}
		return types.NewStruct(fields, tags)
	case reflect.Interface:
		return types.NewInterfaceType(nil, nil)
	case reflect.Func:
		var in, out []*types.Var
		for i := range t.NumIn() {
			in = append(in, types.NewParam(0, nil, "", s.goType(t.In(i))))
		}
		for i := range t.NumOut() {
			out = append(out, types.NewParam(0, nil, "", s.goType(t.Out(i))))
		}
		return types.NewSignatureType(nil, nil, nil, types.NewTuple(in...), types.NewTuple(out...), t.IsVariadic())
	}
	panic("no type for " + t.String())
}

// realType is the compiled type of the checker's.
func (s *session) realType(t types.Type) reflect.Type {
	if r, ok := s.real[typeString(t)]; ok {
		return r
	}
	if p, ok := t.(*types.Pointer); ok {
		return reflect.PointerTo(s.realType(p.Elem()))
	}
	return s.Type(t).R
}

// lift is a compiled value as the session holds it in an any.
func (s *session) lift(v any) any {
	if v == nil {
		return nil
	}
	if g := s.goType(reflect.TypeOf(v)); !mentionsOwn(g) && !mayHold(reflect.TypeOf(v)) {
		return v
	}
	t := s.Type(s.goType(reflect.TypeOf(v)))
	r := reflect.New(t.R).Elem()
	s.copy(r, reflect.ValueOf(v), t.Go)
	return s.boxed(t, r)
}

// copy copies between a compiled value and its representation, either way.
func (s *session) copy(dst, src reflect.Value, t types.Type) {
	if src.Type() == dst.Type() && !reachesInterface(src.Type(), map[reflect.Type]bool{}) {
		reveal(dst).Set(reveal(src))
		return
	}
	dst, src = reveal(dst), reveal(src)
	elem := func() types.Type { return elementType(t) }
	switch src.Kind() {
	case reflect.Struct:
		for i := range src.NumField() {
			s.copy(dst.Field(i), src.Field(i), t.Underlying().(*types.Struct).Field(i).Type())
		}
	case reflect.Pointer:
		if !src.IsNil() {
			dst.Set(reflect.New(dst.Type().Elem()))
			s.copy(dst.Elem(), src.Elem(), elem())
		}
	case reflect.Slice:
		if !src.IsNil() {
			dst.Set(reflect.MakeSlice(dst.Type(), src.Len(), src.Len()))
		}
		fallthrough
	case reflect.Array:
		for i := range src.Len() {
			s.copy(dst.Index(i), src.Index(i), elem())
		}
	case reflect.Map:
		if src.IsNil() {
			return
		}
		dst.Set(reflect.MakeMap(dst.Type()))
		for it := src.MapRange(); it.Next(); {
			k, v := reflect.New(dst.Type().Key()).Elem(), reflect.New(dst.Type().Elem()).Elem()
			s.copy(k, it.Key(), t.Underlying().(*types.Map).Key())
			s.copy(v, it.Value(), elem())
			dst.SetMapIndex(k, v)
		}
	case reflect.Interface:
		s.copyHeld(dst, src, t)
	case reflect.Func, reflect.Chan:
		if !src.IsNil() && src.Kind() == reflect.Func {
			dst.Set(reflect.MakeFunc(dst.Type(), nil))
		} else if !src.IsNil() {
			dst.Set(reflect.MakeChan(dst.Type(), 0))
		}
	default:
		dst.Set(src.Convert(dst.Type()))
	}
}

func (s *session) copyHeld(dst, src reflect.Value, t types.Type) {
	if src.IsNil() {
		dst.SetZero()
		return
	}
	v := s.Plain(src.Interface())
	if b, ok := v.(Box); ok {
		real := reflect.New(s.realType(b.T.Go)).Elem()
		s.copy(real, reflect.ValueOf(b.V), b.T.Go)
		dst.Set(real)
		return
	}
	if dst.Kind() == reflect.Interface && strings.Contains(reflect.TypeOf(v).String(), "values.") {
		dst.Set(s.toInterface(s.lift(v), s.Type(t)))
		return
	}
	dst.Set(reflect.ValueOf(v))
}

// reveal lifts reflect's ban on unexported fields.
func reveal(v reflect.Value) reflect.Value {
	if !v.CanAddr() {
		p := reflect.New(v.Type()).Elem()
		if v.CanInterface() {
			p.Set(v)
		}
		return p
	}
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
}

var addresses = regexp.MustCompile(`[0-9a-fA-F]{11,}`)

// asMain is what a compiled program would have printed in package main.
func asMain(s string) string {
	s = strings.ReplaceAll(s, "gaspard/kernel/values.", "main.")
	s = strings.ReplaceAll(s, "values.", "main.")
	return addresses.ReplaceAllString(s, "ADDRESS")
}

// samples are values of the session's types.
func samples() []any {
	c, at, x, h := Celsius(21.5), time.Date(2020, 1, 2, 3, 4, 5, 6, time.UTC), 7, &Handle{3}
	var nilHandle *Handle
	var nilPoint *Point
	var nilFault *Fault
	point := Point{1, -2}
	return []any{
		c, Word("hé"), Count(-42), Octet(200), Flag(true), Phase(1 - 2i), point, &point, nilPoint, &c,
		Mixed{}, Mixed{Name: "n", weight: 2.5, tags: []string{"a", "b"}, Any: point, err: io.EOF, In: map[string]Point{"b": {3, 4}, "a": point}},
		&Mixed{Any: &point, C: make(chan Point), Next: &Mixed{}, err: &Fault{2}},
		Mixed{Any: []any{point, &point, Degree(3), nil, 2.5, "s", time.Second}, err: Wraps{io.EOF}},
		Waits{}, Waits{D: time.Second, d: time.Second, T: &at, Big: big.NewInt(9), big: big.NewInt(9), Err: &Fault{1}, Deg: 3, deg: 3, degs: []Degree{1, 2}, any: Degree(4)},
		Outer{Point: point, inner: inner{5}, Celsius: &c, Degree: 6}, Shell{inner{5}, 5}, &Shell{}, []any{Shell{inner{5}, 5}}, Timed{time.Minute}, &Timed{time.Minute},
		Degree(90), []Degree{1, 2}, map[Degree]string{2: "b", 1: "a"}, [2]Degree{3, 4}, &[]Degree{1}, &map[Degree]int{1: 1}, []*Degree{nil},
		Handle{3}, h, nilHandle, []*Handle{h, nil}, []Handle{{3}}, Fault{4}, &Fault{4}, nilFault, Wraps{&Fault{5}}, Wraps{io.EOF}, Wraps{},
		Loud(3), []Loud{3}, Bare(2), Custom{1, 2}, []Custom{{1, 2}}, &Custom{}, Syntax{1}, []Syntax{{1}}, Values{1, 2},
		Pair[Word, Point]{"k", point}, []Pair[Word, Point]{{"k", point}}, List{point, {3, 4}}, List(nil), List{}, Raw("bytes\x00"), Raw(nil), Octs{1, 2, 3},
		[3]Octet{65, 66, 67}, Grid{{1, 2}, {3, 4}}, Table{"z": 1, "a": 2}, Table(nil), Keyed{Degree(1): 1, nil: 0}, Func(nil),
		Holds{}, Holds{S: point, St: Degree(3), E: point}, Holds{S: &point, St: h, E: &point}, &Holds{St: time.Second, E: Loud(1)},
		Tree{}, &Tree{Left: &Tree{}, Kids: []Tree{{Label: "kid"}}, Label: "top"}, []*Tree{nil},
		struct {
			A int `json:"a"`
			b Word
		}{1, "x"}, struct{}{}, []struct{ Point }{{point}}, (chan Point)(nil), (<-chan Point)(nil), (func(Point, ...Word) (Degree, error))(nil),
		map[Point]bool{{2, 1}: true, {1, 2}: false}, map[Phase]int{1i: 1, 1: 2}, map[Flag]int{true: 1, false: 0}, map[Celsius]int{Celsius(math.NaN()): 1, 1: 2},
		map[[2]Count]int{{1, 2}: 1, {0, 5}: 2}, []Celsius{1e21, 1e-7, 100000}, [][]Word{{"a"}, nil}, []Shape{point, nil},
		// native values, with and without something of the session inside
		nil, 3, "text", 2.5, x, &x, []any{point, &point, h, nil}, map[string]any{"b": Degree(1), "a": []any{Custom{}}}, []error{&Fault{1}, io.EOF, nil}, errors.New("e"),
		time.Second, []byte("raw"), []time.Duration{1}, &at, []any{[]byte("x"), time.Second, Syntax{}},
	}
}

func TestFormatAgreesWithFmt(t *testing.T) {
	s := theSession()
	verbs := "vsqdxXtgeEfGcUbopTwz"
	for _, v := range samples() {
		lifted := s.lift(v)
		for _, flag := range []string{"", "+", "#", "-8", "8", "08", "+#", " ", "# ", ".2", "9.3", "-09.1", "+.1", "#012"} {
			for _, verb := range verbs {
				format := "%" + flag + string(verb)
				want, got := asMain(fmt.Sprintf(format, v)), asMain(string(s.appendf(nil, format, []any{lifted})))
				if got != want {
					t.Errorf("%s of %T:\ngot  %s\nwant %s", format, v, got, want)
				}
				if _, ok := lifted.(Box); ok && verb != 'T' && verb != 'p' && verb != 'w' {
					if got := asMain(fmt.Sprintf(format, lifted)); got != want {
						t.Errorf("%s by fmt of a box of %T:\ngot  %s\nwant %s", format, v, got, want)
					}
				}
			}
		}
	}
}

func TestFormatInAdapters(t *testing.T) {
	s := theSession()
	stringer := s.Type(s.goType(reflect.TypeFor[fmt.Stringer]()))
	b := s.lift(Degree(5)).(Box)
	adapter := s.adapt(b, stringer).Interface()
	if got := asMain(string(s.appendf(nil, "%v %T %d %#v", []any{adapter, adapter, adapter, []any{adapter}}))); got != "5° main.Degree 5 []interface {}{5}" {
		t.Error(got)
	}
	err := s.lift(&Fault{7}).(Box).asError()
	if got := fmt.Sprintf("%v %s %+v", err, err, []error{err}); got != "fault 7 fault 7 [fault 7]" {
		t.Error(got)
	}
	f := Box{s.Type(s.typeNamed("Func")), reflect.MakeFunc(s.Type(s.typeNamed("Func")).R, nil).Interface()}
	if got, want := string(s.appendf(nil, "%v %[1]p %#[1]v", []any{f})), `^(0x[0-9a-f]+) 0x[0-9a-f]+ \(values.Func\)\(0x[0-9a-f]+\)$`; !regexp.MustCompile(want).MatchString(got) {
		t.Error(got)
	}
	if got := Sprint(s.lift([]*Point{nil})); got != "[<nil>]" {
		t.Error(got)
	}
}
