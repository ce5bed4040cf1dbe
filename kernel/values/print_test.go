package values

import (
	"bytes"
	"errors"
	"fmt"
	"go/types"
	"io"
	"log"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

type (
	Scanned struct{ n int }
	Coded   interface {
		error
		Code() int
	}
	Sink struct{ Name string }
)

func (s *Scanned) Scan(state fmt.ScanState, verb rune) error {
	_, err := fmt.Fscan(state, &s.n)
	s.n *= 10
	return err
}

func init() {
	addReal(reflect.TypeFor[Scanned]())
	addReal(reflect.TypeFor[Coded]())
	addReal(reflect.TypeFor[Sink]())
}

// printing is one of the session's functions of package fmt or log.
func printing[F any](s *session, stdout io.Writer, pkg, name string) F {
	return s.Printing(stdout, io.Discard)[pkg][name].Interface().(F)
}

func TestPrintfReadsFormatsAsFmt(t *testing.T) {
	s := theSession()
	args := []any{Degree(3), Point{1, 2}, 5, Count(4), Word("w"), nil, &Fault{1}}
	lifted := make([]any, len(args))
	for i, v := range args {
		lifted[i] = s.lift(v)
	}
	formats := []string{
		"", "%", "%%", "%5%", "%d%%", "%!", "%[", "%[]", "%[]d", "%[x]d", "%[9]d", "%[2]v%v", "%[1]T %[1]v %[2]T", "%*d", "%[4]*d", "%[4]*[1]d", "%[3]*.[4]*[1]d",
		"%.*v", "%.[4]*[5]s", "%[3]2d", "%[3].2d", "%-*v|", "%1000001d", "%.1000001d", "%[99999999]d", "%T|%10T|%-10T|%.3T", "%v %v %v %v %v %v %v %v", "%.", "%5.", "%.v", "%.[1]",
		"%[1]", "%6.2", "é%vé", "%é", "%w", "%#w", "%[7]w", "\xff%v", "%\xff", "%+-# 0v",
	}
	alphabet := []string{"%", "%", "%", "[", "]", "1", "2", "4", "7", "*", ".", "+", "-", "#", " ", "0", "v", "d", "s", "T", "w", "q", "x"}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 6000 {
		var b strings.Builder
		for range 1 + rnd.IntN(10) {
			b.WriteString(alphabet[rnd.IntN(len(alphabet))])
		}
		formats = append(formats, b.String())
	}
	for _, format := range formats {
		for _, n := range []int{1, len(args)} {
			if got, want := asMain(string(s.appendf(nil, format, lifted[:n]))), asMain(fmt.Sprintf(format, args[:n]...)); got != want {
				t.Errorf("%q of %d arguments:\ngot  %q\nwant %q", format, n, got, want)
			}
			got, want := s.errorf(format, lifted[:n]...), fmt.Errorf(format, args[:n]...)
			if asMain(got.Error()) != asMain(want.Error()) || reflect.TypeOf(got) != reflect.TypeOf(want) {
				t.Errorf("Errorf of %q:\ngot  %T %q\nwant %T %q", format, got, got, want, want)
			}
		}
	}
	if t.Failed() {
		return
	}
	stars := []any{Count(6), -6, Octet(7), Point{}, uint64(1 << 63), int64(-3), 2000000, nil, Degree(5)}
	for _, width := range stars {
		for _, format := range []string{"%*d|", "%0*d|", "%.*d|", "%[1]*[2]d|"} {
			if got, want := string(s.appendf(nil, format, []any{s.lift(width), s.lift(Degree(42))})), fmt.Sprintf(format, width, Degree(42)); got != want {
				t.Errorf("%q of %v: got %q, want %q", format, width, got, want)
			}
		}
	}
}

func TestPrintSpacesOperandsAsFmt(t *testing.T) {
	s := theSession()
	pool := []any{1, "a", Word("w"), Degree(2), nil, Point{}, errors.New("e"), Count(3), []any{Word("x"), &Point{}}}
	for i := range pool {
		for j := range pool {
			for k := range pool {
				args := []any{pool[i], pool[j], pool[k]}
				lifted := []any{s.lift(pool[i]), s.lift(pool[j]), s.lift(pool[k])}
				var out bytes.Buffer
				printing[func(...any) (int, error)](s, &out, "fmt/fmt", "Print")(lifted...)
				printing[func(...any) (int, error)](s, &out, "fmt/fmt", "Println")(lifted...)
				out.WriteString(printing[func(...any) string](s, nil, "fmt/fmt", "Sprint")(lifted...))
				if got, want := asMain(out.String()), asMain(fmt.Sprint(args...)+fmt.Sprintln(args...)+fmt.Sprint(args...)); got != want {
					t.Fatalf("%v: got %q, want %q", args, got, want)
				}
			}
		}
	}
}

func TestErrorfWraps(t *testing.T) {
	s := theSession()
	fault, errorf := s.lift(&Fault{1}).(Box), printing[func(string, ...any) error](s, nil, "fmt/fmt", "Errorf")
	one := errorf("a: %w", fault)
	if u := errors.Unwrap(one); u == nil || s.Plain(u) != fault || one.Error() != "a: fault 1" {
		t.Errorf("%v wraps %v", one, u)
	}
	both := errorf("%w, %[2]w, %[2]w, %[3]w", fault, io.EOF, 3)
	list := both.(interface{ Unwrap() []error }).Unwrap()
	if len(list) != 2 || s.Plain(list[0]) != fault || list[1] != io.EOF || !errors.Is(both, io.EOF) {
		t.Errorf("%v wraps %v", both, list)
	}
	if err := errorf("%w", s.lift(Point{})); errors.Unwrap(err) != nil || asMain(err.Error()) != "%!w(main.Point={0 0})" {
		t.Error(err)
	}
}

func TestScanStoresThroughBoxes(t *testing.T) {
	s := theSession()
	word, count, scanned, plain := new(string), new(int), reflect.New(s.Type(s.typeNamed("Scanned")).R), 0
	box := func(name string, v any) any { return Box{s.Type(s.goType(reflect.PointerTo(realTypes[name]))), v} }
	scan := printing[func(string, ...any) (int, error)](s, nil, "fmt/fmt", "Sscan")
	n, err := scan("text 12 7 5", box("Word", word), box("Count", count), box("Scanned", scanned.Interface()), &plain)
	if n != 4 || err != nil || *word != "text" || *count != 12 || scanned.Elem().Field(0).Int() != 70 || plain != 5 {
		t.Error(n, err, *word, *count, scanned.Elem(), plain)
	}
}

func TestLogNamesTypes(t *testing.T) {
	s := theSession()
	var out bytes.Buffer
	defer func(w io.Writer, flags int) { log.SetOutput(w); log.SetFlags(flags) }(log.Writer(), log.Flags())
	log.SetOutput(&out)
	log.SetFlags(0)
	printing[func(string, ...any)](s, nil, "log/log", "Printf")("%T %v", s.lift(Degree(3)), s.lift(Degree(3)))
	func() {
		defer func() {
			if r := recover(); r != "3° {1 2}\n" {
				t.Errorf("%q", r)
			}
		}()
		printing[func(...any)](s, nil, "log/log", "Panicln")(s.lift(Degree(3)), s.lift(Point{1, 2}))
	}()
	if got := asMain(out.String()); got != "main.Degree 3°\n3° {1 2}\n" {
		t.Errorf("%q", got)
	}
}

// An interrupt in a String method must pass through the printer.
type interrupting struct{ Runtime }

func (interrupting) Uncatchable(v any) bool { return v == "interrupt" }

func TestInterruptsPassThroughPrinting(t *testing.T) {
	s := theSession()
	w := NewWorld(natives{}, interrupting{})
	named := s.typeNamed("Degree").(*types.Named)
	w.Bind(named, "String", reflect.ValueOf(func(int) string { panic("interrupt") }))
	defer func() {
		if r := recover(); r != "interrupt" {
			t.Error(r)
		}
	}()
	w.appendln(nil, []any{Box{w.Type(named), 3}})
	t.Error("printed")
}

func TestTypeNamesAreThoseOfReflect(t *testing.T) {
	s := theSession()
	for _, v := range []any{
		Pair[Word, Point]{}, map[Word][]*Point{}, [3]Octet{}, (chan<- (<-chan Point))(nil), (<-chan (<-chan Point))(nil), (chan (<-chan Point))(nil),
		(func(any, ...Point) (int, error))(nil), (func() Shape)(nil), (func(func(Word) Word))(nil), []any{Point{}}, struct {
			Point
			A, b Word "tag:\"x\""
			F    interface{}
		}{}, map[any]Point{}, []error{}, []time.Duration{}, [][]byte{}, []rune{}, (*Shape)(nil),
	} {
		if got, want := asMain(typeString(s.goType(reflect.TypeOf(v)))), reflect.TypeOf(v).String(); got != asMain(want) {
			t.Errorf("got %s, want %s", got, asMain(want))
		}
	}
	if got := asMain(typeString(s.typeNamed("Pair[gaspard/kernel/values.Word,gaspard/kernel/values.Point]"))); got != "main.Pair[main.Word,main.Point]" {
		t.Error(got)
	}
}

func TestFormatTellsOfPanics(t *testing.T) {
	w := NewWorld(natives{}, nil)
	named := theSession().typeNamed("Degree").(*types.Named)
	w.Bind(named, "String", reflect.ValueOf(func(d int) string { panic(UserPanic{fmt.Sprint("no ", d)}) }))
	b := Box{w.Type(named), 3}
	for _, got := range []string{Sprint(b), fmt.Sprint(b), string(w.append(nil, []any{b}))} {
		if got != "%!v(PANIC=String method: no 3)" {
			t.Error(got)
		}
	}
	if got, want := Sprint(loud(1)), fmt.Sprint(loud(1)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := Sprint([]any{loud(1)}), fmt.Sprint([]any{loud(1)}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

type loud int

func (l loud) String() string { panic("loud") }
