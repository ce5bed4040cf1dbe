package values

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"testing"
	"unsafe"
)

// declared type-checks declarations and returns their scope.
func declared(t *testing.T, text string) *types.Scope {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", "package main\n"+text, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := (&types.Config{}).Check("main", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg.Scope()
}

// noNatives is a world without libraries.
type noNatives struct{}

func (noNatives) Type(path, name string) (reflect.Type, bool)    { return nil, false }
func (noNatives) Adapter(path, name string) (reflect.Type, bool) { return nil, false }

// TestTypeLayoutOfTheRuntime holds the layout of types that exchange writes
// to.
func TestTypeLayoutOfTheRuntime(t *testing.T) {
	st := reflect.StructOf([]reflect.StructField{
		{Name: "A", Type: reflect.TypeFor[int8](), Tag: `test:"layout"`},
		{Name: "B", Type: reflect.TypeFor[*int](), Tag: `x:"y"`},
		{Name: "C", Type: reflect.TypeFor[string]()},
	})
	h := (*structHeader)(pointerOf(st))
	if len(h.fields) != 3 {
		t.Fatalf("the header of %v reads %+v", st, *h)
	}
	for i, f := range h.fields {
		want := st.Field(i)
		if f.typ != pointerOf(want.Type) {
			t.Errorf("field %s reads type %p, want %p", want.Name, f.typ, pointerOf(want.Type))
		}
	}
	for _, k := range []struct {
		of   reflect.Type
		slot int
		want reflect.Type
	}{
		{reflect.TypeFor[[]int8](), 0, reflect.TypeFor[int8]()},
		{reflect.TypeFor[*int16](), 0, reflect.TypeFor[int16]()},
		{reflect.TypeFor[chan int32](), 0, reflect.TypeFor[int32]()},
		{reflect.TypeFor[map[string]int64](), 0, reflect.TypeFor[string]()},
		{reflect.TypeFor[map[string]int64](), 1, reflect.TypeFor[int64]()},
	} {
		if got := *(*unsafe.Pointer)(elemSlot(k.of, k.slot)); got != pointerOf(k.want) {
			t.Errorf("slot %d of %v is not %v", k.slot, k.of, k.want)
		}
	}
	fn := reflect.FuncOf([]reflect.Type{reflect.TypeFor[int8](), reflect.TypeFor[string]()}, []reflect.Type{reflect.TypeFor[bool]()}, false)
	for i, want := range []reflect.Type{fn.In(0), fn.In(1), fn.Out(0)} {
		if got := *(*unsafe.Pointer)(funcSlot(fn, i)); got != pointerOf(want) {
			t.Errorf("slot %d of %v is not %v", i, fn, want)
		}
	}
	exchange(fieldSlot(st, 1), reflect.TypeFor[*int](), reflect.TypeFor[*string]())
	if f := st.Field(1); f.Type != reflect.TypeFor[*string]() || f.Name != "B" || f.Tag != `x:"y"` || f.Offset != unsafe.Sizeof(uintptr(0)) {
		t.Errorf("field B became %+v", f)
	}
	if st.Field(0).Type.Kind() != reflect.Int8 || st.Field(2).Type.Kind() != reflect.String {
		t.Errorf("its neighbours became %v and %v", st.Field(0).Type, st.Field(2).Type)
	}
	v := reflect.New(st).Elem()
	text := "kept"
	v.Field(1).Set(reflect.ValueOf(&text))
	if got := v.Field(1).Interface().(*string); *got != text {
		t.Errorf("field B holds %v", got)
	}
	defer func() {
		if _, ok := recover().(*Unrepresentable); !ok {
			t.Error("a field takes a type of another size")
		}
	}()
	exchange(fieldSlot(st, 1), reflect.TypeFor[*string](), reflect.TypeFor[string]())
}

// TestRecursiveTypesContainThemselves follows representations back to where they
// began.
func TestRecursiveTypesContainThemselves(t *testing.T) {
	w := NewWorld(noNatives{}, nil)
	scope := declared(t, `type T struct { Next *T; Kids []T; By map[string]T; On chan T; Do func(T) *T }
type A struct { B *B; N int }
type B struct { As []A }
type F func(int, F) (bool, F)
type S []S
type M map[string]M
type L[E any] struct { V E; Next *L[E] }
var l L[string]`)
	typ := func(name string) reflect.Type { return w.Type(scope.Lookup(name).Type()).R }
	r := typ("T")
	for i := range r.NumField() {
		f := r.Field(i).Type
		if f.Kind() == reflect.Func {
			if f.In(0) != r || f.Out(0) != reflect.PointerTo(r) {
				t.Errorf("Do is a %v", f)
			}
		} else if f.Elem() != r {
			t.Errorf("%s leads to %v", r.Field(i).Name, f.Elem())
		}
	}
	if a := typ("A"); a.Field(0).Type.Elem() != typ("B") || typ("B").Field(0).Type.Elem() != a {
		t.Errorf("A is %v, B is %v", a, typ("B"))
	}
	if f := typ("F"); f.In(1) != f || f.Out(1) != f {
		t.Errorf("F is %v", f)
	}
	if s := typ("S"); s.Elem() != s {
		t.Errorf("S is %v", s)
	}
	if m := typ("M"); m.Elem() != m {
		t.Errorf("M is %v", m)
	}
	if l := typ("l"); l.Field(1).Type.Elem() != l || l.Field(0).Type.Kind() != reflect.String {
		t.Errorf("L[string] is %v", l)
	}
}

// TestVersionsAreOneType continues types in a second version that gains a method.
func TestVersionsAreOneType(t *testing.T) {
	w := NewWorld(noNatives{}, nil)
	const decls = `type S struct{ N int; Next *S }
type G[E any] struct{ V E }
type Q struct{ S S }
var s S
var list []map[string]*S
var f func(S, ...G[S]) chan S
var g G[S]
var h G[int]
var q Q
`
	old, anew := declared(t, decls), declared(t, decls+"func (s S) M() {}")
	names := []string{"s", "list", "f", "g", "h"}
	before := map[string]*Type{}
	for _, name := range names {
		before[name] = w.Type(old.Lookup(name).Type())
	}
	apart := w.Type(old.Lookup("q").Type())
	for _, name := range []string{"S", "G"} {
		w.Continue(old.Lookup(name).(*types.TypeName), anew.Lookup(name).(*types.TypeName))
	}
	hasMethod := func() bool {
		obj, _, _ := types.LookupFieldOrMethod(before["s"].Go, false, nil, "M")
		return obj != nil
	}
	for _, name := range names {
		if w.Type(anew.Lookup(name).Type()) != before[name] {
			t.Errorf("the types of %s are two", name)
		}
	}
	if hasMethod() {
		t.Error("the new version is in force before Renew")
	}
	w.Renew()
	if !hasMethod() || w.Type(old.Lookup("s").Type()) != before["s"] {
		t.Error("the new version is not in force after Renew")
	}
	if w.Type(anew.Lookup("q").Type()) == apart {
		t.Error("types that nobody continued are one")
	}
}
