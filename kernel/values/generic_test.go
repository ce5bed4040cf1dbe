package values

import (
	"cmp"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// library checks packages of the standard library from source.
var library = sync.OnceValue(func() types.Importer { return importer.ForCompiler(token.NewFileSet(), "source", nil) })

// comparison calls generic functions in their compiled form and in the session's,
// on equal arguments.
type comparison struct {
	*testing.T
	s         *session
	path      string
	unordered bool // calls come in any order
	instances map[string]instance
}

type instance struct {
	f   reflect.Value
	sig *types.Signature
}

// instance is an instance of a generic function in the session.
func (c *comparison) instance(name string, targs ...reflect.Type) (f reflect.Value, sig *types.Signature) {
	c.Helper()
	key := fmt.Sprint(name, targs)
	if known, ok := c.instances[key]; ok {
		return known.f, known.sig
	}
	pkg, err := library().Import(c.path)
	if err != nil {
		c.Fatal(err)
	}
	var list []types.Type
	var known []*Type
	for _, t := range targs {
		list = append(list, c.s.goType(t))
		known = append(known, c.s.Type(list[len(list)-1]))
	}
	inst, err := types.Instantiate(nil, pkg.Scope().Lookup(name).Type(), list, true)
	if err != nil {
		c.Fatal(err)
	}
	sig = inst.(*types.Signature)
	t := c.s.Type(types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic()))
	op, ok := c.s.Generic(c.path, name, known, t)
	if again, _ := c.s.Generic(c.path, name, known, t); !ok || again != op {
		c.Fatalf("%s.%s is %q, then %q", c.path, name, op, again)
	}
	c.s.lock.RLock()
	defer c.s.lock.RUnlock()
	f = c.s.opSymbols[op]
	if f.Type() != t.R {
		c.Fatalf("%s.%s has type %v, want %v", c.path, name, f.Type(), t.R)
	}
	if c.instances == nil {
		c.instances = map[string]instance{}
	}
	c.instances[key] = instance{f, sig}
	return f, sig
}

// agree compares a call of the compiled function with one of the session's: its
// results, what it does to its arguments, how it calls its callbacks and how it
// panics.
func (c *comparison) agree(name string, real any, targs []reflect.Type, args func() []any) {
	c.Helper()
	compiled := reflect.ValueOf(real)
	f, sig := c.instance(name, targs...)
	want := c.outcome(compiled.Type(), args, func(in []reflect.Value) []reflect.Value { return callAny(compiled, in) })
	var inside []reflect.Value
	got := c.outcome(compiled.Type(), args, func(in []reflect.Value) []reflect.Value {
		inside = nil
		for i, v := range in {
			inside = append(inside, c.cross(f.Type().In(i), v, sig.Params().At(i).Type()))
		}
		defer func() { // what happened to the arguments
			for i, v := range in {
				if back := c.cross(v.Type(), inside[i], sig.Params().At(i).Type()); v.Kind() == reflect.Slice {
					reflect.Copy(v.Slice(0, v.Cap()), back.Slice(0, back.Cap()))
				} else if v.Kind() == reflect.Map && !v.IsNil() && v.Pointer() != inside[i].Pointer() {
					v.Clear()
					for it := back.MapRange(); it.Next(); {
						v.SetMapIndex(it.Key(), it.Value())
					}
				}
			}
		}()
		out := callAny(f, inside)
		for i, v := range out {
			out[i] = c.cross(compiled.Type().Out(i), v, sig.Results().At(i).Type())
			if v.Kind() == reflect.Slice && len(in) > 0 && in[0].Kind() == reflect.Slice && in[0].Pointer() != inside[0].Pointer() { // lies as far into the argument
				if k := offset(v, inside[0]); k >= 0 {
					out[i] = in[0].Slice3(k, k, in[0].Cap()).Slice3(0, v.Len(), v.Cap())
				}
			}
		}
		return out
	})
	if got != want {
		c.Fatalf("%s.%s of %v\n%s\ngot  %s\nwant %s", c.path, name, targs, describe(reflect.ValueOf(args())), got, want)
	}
}

func callAny(f reflect.Value, in []reflect.Value) []reflect.Value {
	if f.Type().IsVariadic() {
		return f.CallSlice(in)
	}
	return f.Call(in)
}

// outcome calls a function and writes down all that can be observed.
func (c *comparison) outcome(t reflect.Type, args func() []any, call func(in []reflect.Value) []reflect.Value) string {
	var calls []string
	var in []reflect.Value
	for i, a := range args() {
		v := reflect.New(t.In(i)).Elem()
		if a != nil {
			v.Set(reflect.ValueOf(a).Convert(v.Type()))
		}
		if v.Kind() == reflect.Func && !v.IsNil() && v.Type().NumOut() > 0 {
			v = reflect.MakeFunc(v.Type(), func(args []reflect.Value) []reflect.Value {
				calls = append(calls, describeAll(args))
				return callAny(reflect.ValueOf(a), args)
			})
		}
		in = append(in, v)
	}
	var b strings.Builder
	func() {
		defer func() {
			if r := recover(); r != nil {
				b.WriteString("panics " + describePanic(r))
			}
		}()
		for _, v := range call(in) {
			if v.Kind() == reflect.Func {
				b.WriteString(c.describeIterator(v) + "; ")
				continue
			}
			b.WriteString(describe(v))
			if v.Kind() == reflect.Slice && len(in) > 0 && in[0].Kind() == reflect.Slice {
				fmt.Fprint(&b, " at ", offset(v, in[0]))
			}
			b.WriteString("; ")
		}
	}()
	if c.unordered {
		slices.Sort(calls)
	}
	return b.String() + "\n     arguments " + describeAll(in) + "\n     calls " + strings.Join(calls, " ")
}

// describeIterator runs an iterator to its end, and parts of it.
func (c *comparison) describeIterator(seq reflect.Value) string {
	var b strings.Builder
	for _, most := range []int{1 << 30, 2, 1} {
		var got []string
		n := 0
		yield := reflect.MakeFunc(seq.Type().In(0), func(args []reflect.Value) []reflect.Value {
			got = append(got, describeAll(args))
			n++
			return []reflect.Value{reflect.ValueOf(n < most)}
		})
		seq.Call([]reflect.Value{yield})
		if c.unordered && most < 1<<30 {
			got = []string{fmt.Sprint(n)}
		}
		if c.unordered {
			slices.Sort(got)
		}
		fmt.Fprint(&b, got)
	}
	return b.String()
}

func describePanic(v any) string {
	_, isRuntime := v.(runtime.Error)
	return asMain(fmt.Sprintf("%v %v", Panicked(v), isRuntime))
}

func describeAll(vs []reflect.Value) string {
	var list []string
	for _, v := range vs {
		list = append(list, describe(v))
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// describe tells slices apart by length, capacity and what lies beyond the
// length.
func describe(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Func:
		return "func"
	case v.Kind() == reflect.Slice && v.IsNil():
		return "nil"
	case v.Kind() == reflect.Slice:
		var list []string
		for i := range v.Cap() {
			list = append(list, describe(v.Slice(0, v.Cap()).Index(i)))
		}
		return fmt.Sprint(v.Len(), "/", v.Cap(), list)
	case v.Kind() == reflect.Map && !v.IsNil(): // where several keys may be NaN
		var list []string
		for it := v.MapRange(); it.Next(); {
			list = append(list, describe(it.Key())+":"+describe(it.Value()))
		}
		slices.Sort(list)
		return fmt.Sprint("map", list)
	}
	text := fmt.Sprintf("%#v", v)
	if v.Kind() == reflect.Interface || strings.Contains(text, "0x") { // what it points to
		text = addresses.ReplaceAllString(fmt.Sprint(text, " ", v), "ADDRESS")
	}
	return text
}

// offset is the place of a slice in another's array, or -1.
func offset(v, in reflect.Value) int {
	size := v.Type().Elem().Size()
	if v.Cap() == 0 || in.Cap() == 0 || size == 0 || v.Type().Elem().Size() != in.Type().Elem().Size() {
		return -1
	}
	d := int(v.Pointer()) - int(in.Pointer())
	if d < 0 || d >= in.Cap()*int(size) {
		return -1
	}
	return d / int(size)
}

// cross carries a value from the compiled program into the session, or back.
func (c *comparison) cross(to reflect.Type, v reflect.Value, t types.Type) reflect.Value {
	switch {
	case to == v.Type() && !reachesInterface(to, map[reflect.Type]bool{}):
		return v
	case v.Kind() == reflect.Func && v.IsNil():
		return reflect.Zero(to)
	case v.Kind() == reflect.Func:
		sig := t.Underlying().(*types.Signature)
		return reflect.MakeFunc(to, func(args []reflect.Value) []reflect.Value {
			in := make([]reflect.Value, len(args))
			for i, a := range args {
				in[i] = c.cross(v.Type().In(i), a, sig.Params().At(i).Type())
			}
			out := callAny(v, in)
			for i, r := range out {
				out[i] = c.cross(to.Out(i), r, sig.Results().At(i).Type())
			}
			return out
		})
	case v.Kind() == reflect.Slice && v.IsNil():
		return reflect.Zero(to)
	case v.Kind() == reflect.Slice:
		n := v.Cap()
		all := reflect.MakeSlice(to, n, n)
		for i := range n {
			all.Index(i).Set(c.cross(to.Elem(), v.Slice(0, n).Index(i), elementType(t)))
		}
		return all.Slice(0, v.Len())
	}
	dst, src := reflect.New(to).Elem(), reflect.New(v.Type()).Elem()
	src.Set(v)
	c.s.copy(dst, src, t)
	return dst
}

func typesOf(vs ...any) []reflect.Type {
	var list []reflect.Type
	for _, v := range vs {
		list = append(list, reflect.TypeOf(v).Elem())
	}
	return list
}

var nan = math.NaN()

func init() { nativeTypes["time.ParseError"] = reflect.TypeFor[time.ParseError]() }

func TestProvides(t *testing.T) {
	s := theSession()
	for _, path := range []string{"slices", "maps", "cmp", "sync", "iter", "errors", "math/rand/v2"} {
		pkg, err := library().Import(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			f, ok := pkg.Scope().Lookup(name).(*types.Func)
			if ok && f.Exported() && s.Provides(path, name) != (f.Signature().TypeParams().Len() > 0) {
				t.Errorf("Provides(%q, %q) = %v", path, name, s.Provides(path, name))
			}
		}
	}
	if _, ok := s.Generic("reflect", "TypeFor", nil, nil); ok || s.Provides("reflect", "TypeFor") || s.Provides("slices", "NoSuch") {
		t.Error("provides what it does not have")
	}
}

func TestGenericCmp(t *testing.T) {
	c := &comparison{T: t, s: theSession(), path: "cmp"}
	compareAll(c, -3, 0, 7)
	compareAll(c, "", "a", "b")
	compareAll(c, 1.5, nan, math.Copysign(0, -1), 0, math.Inf(1))
	compareAll[float32](c, 1.5, float32(nan), 0)
	compareAll[uint64](c, 1<<63, 0, 1)
	compareAll[Celsius](c, 1.5, Celsius(nan), 0)
	compareAll[Word](c, "x", "")
	compareAll[Octet](c, 0, 200)
	compareAll[time.Duration](c, 0, -time.Second, time.Hour)
	orAll(c, Point{}, Point{1, 2}, Point{3, 4})
	orAll(c, [2]Celsius{}, [2]Celsius{0, Celsius(nan)})
	orAll[any](c, nil, Point{}, Degree(0), 3, "s")
	orAll[error](c, nil, io.EOF, Wraps{io.EOF})
	orAll(c, false, true)
	c.agree("Or", cmp.Or[any], typesOf((*any)(nil)), func() []any { return []any{[]any{[]int{1}}} })
}

func compareAll[E cmp.Ordered](c *comparison, vs ...E) {
	c.Helper()
	targs := []reflect.Type{reflect.TypeFor[E]()}
	for _, a := range vs {
		for _, b := range vs {
			c.agree("Compare", cmp.Compare[E], targs, func() []any { return []any{a, b} })
			c.agree("Less", cmp.Less[E], targs, func() []any { return []any{a, b} })
		}
	}
	orAll(c, vs...)
}

func orAll[E comparable](c *comparison, vs ...E) {
	c.Helper()
	var zero E
	for i := range len(vs) + 1 {
		c.agree("Or", cmp.Or[E], []reflect.Type{reflect.TypeFor[E]()}, func() []any { return []any{append([]E{zero, zero}, vs[i:]...)} })
	}
	c.agree("Or", cmp.Or[E], []reflect.Type{reflect.TypeFor[E]()}, func() []any { return []any{[]E(nil)} })
}

func TestGenericN(t *testing.T) {
	c := &comparison{T: t, s: theSession(), path: "math/rand/v2"}
	for _, n := range []any{-1, 0, 1, uint8(0), time.Duration(-5), time.Duration(1), Count(1), Count(0), Octet(1)} {
		real := map[reflect.Type]any{
			reflect.TypeFor[int](): rand.N[int], reflect.TypeFor[uint8](): rand.N[uint8], reflect.TypeFor[time.Duration](): rand.N[time.Duration],
			reflect.TypeFor[Count](): rand.N[Count], reflect.TypeFor[Octet](): rand.N[Octet],
		}[reflect.TypeOf(n)]
		c.agree("N", real, []reflect.Type{reflect.TypeOf(n)}, func() []any { return []any{n} })
	}
	f, _ := c.instance("N", reflect.TypeFor[time.Duration]())
	n := f.Interface().(func(time.Duration) time.Duration)
	seen := map[time.Duration]int{}
	for range 1000 {
		seen[n(5)]++
	}
	for k, times := range seen {
		if k < 0 || k > 4 || times < 100 {
			t.Error(seen)
		}
	}
	f, _ = c.instance("N", reflect.TypeFor[uint64]())
	large := f.Interface().(func(uint64) uint64)
	if first, second := large(math.MaxUint64), large(math.MaxUint64); first == second {
		t.Error("the same large number twice")
	}
}

func TestGenericAsType(t *testing.T) {
	c := &comparison{T: t, s: sessionOfErrors(), path: "errors"}
	parse := &time.ParseError{Layout: "l", Value: "v"}
	for _, build := range []func(in func(error) error) error{ // in makes an error one of the session
		func(in func(error) error) error { return nil },
		func(in func(error) error) error { return io.EOF },
		func(in func(error) error) error { return in(&Fault{3}) },
		func(in func(error) error) error { return in(Wraps{&Fault{4}}) },
		func(in func(error) error) error { return in(Wraps{io.EOF}) },
		func(in func(error) error) error { return fmt.Errorf("a: %w", in(Wraps{&Fault{5}})) },
		func(in func(error) error) error {
			return errors.Join(io.EOF, in(Wraps{parse}), in(&Fault{7}), in(Wraps{&Fault{8}}))
		},
		func(in func(error) error) error { return in(Wraps{parse}) },
		func(in func(error) error) error { return fmt.Errorf("%w", standsFor{parse}) },
	} {
		asTypeOf[*Fault](c, build)
		asTypeOf[Wraps](c, build)
		asTypeOf[error](c, build)
		asTypeOf[*time.ParseError](c, build)
	}
}

func asTypeOf[E error](c *comparison, build func(in func(error) error) error) {
	c.Helper()
	f, sig := c.instance("AsType", reflect.TypeFor[E]())
	out := f.Call([]reflect.Value{asValue(build(func(err error) error { return c.s.lift(err).(Box).asError() }), errorType)})
	want, wantOK := errors.AsType[E](build(func(err error) error { return err }))
	got := c.cross(reflect.TypeFor[E](), out[0], sig.Results().At(0).Type())
	if text := describe(reflect.ValueOf(&want).Elem()); out[1].Bool() != wantOK || describe(got) != text {
		c.Errorf("AsType[%v]: got %v, %v, want %s, %v", reflect.TypeFor[E](), describe(got), out[1], text, wantOK)
	}
}

// sessionOfErrors is a session in which methods of errors deal in the session's
// values.
func sessionOfErrors() *session {
	s := &session{World: NewWorld(natives{}, nil), pkg: theSession().pkg, real: theSession().real}
	fault, wraps := s.typeNamed("Fault").(*types.Named), s.typeNamed("Wraps").(*types.Named)
	r := s.Type(wraps).R
	s.Bind(fault, "Error", function([]reflect.Type{reflect.PointerTo(s.Type(fault).R)}, []reflect.Type{typeOf[string]()}, func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(fmt.Sprint("fault ", args[0].Elem().Field(0).Int()))}
	}))
	s.Bind(wraps, "Error", function([]reflect.Type{r}, []reflect.Type{typeOf[string]()}, func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf("wraps " + args[0].Field(0).Interface().(error).Error())}
	}))
	s.Bind(wraps, "Unwrap", function([]reflect.Type{r}, []reflect.Type{errorType}, func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{args[0].Field(0)}
	}))
	return s
}

// standsFor is an error with a method As.
type standsFor struct{ err *time.ParseError }

func (standsFor) Error() string { return "stands for" }
func (s standsFor) As(target any) bool {
	p, ok := target.(**time.ParseError)
	if ok {
		*p = s.err
	}
	return ok
}
