package lang

import (
	"slices"
	"strings"
	"testing"
)

const (
	alsoNote = "also redefined, because they use what changed: "
	goneNote = "gone, because they no longer fit what changed: "
	heldNote = "still with the functions they were made with, until their cells run again: "
)

// TestRedefinitionsNameWhatTheyTouch compiles cells and compares the notes of the
// last one.
func TestRedefinitionsNameWhatTheyTouch(t *testing.T) {
	for _, k := range []struct {
		name  string
		cells []string
		want  []string
	}{
		{"nothing uses it", []string{"func f() {}", "func f() {}"}, nil},
		{"a chain", []string{"func a() int { return 1 }", "func b() int { return a() }\nfunc c() int { return b() }", "func d() int { return 0 }", "func a() int { return 2 }"},
			[]string{alsoNote + "b, c"}},
		{"a cycle", []string{"func even(n int) bool { return n == 0 || odd(n-1) }\nfunc odd(n int) bool { return n > 0 && even(n-1) }", "func odd(n int) bool { return true }"},
			[]string{alsoNote + "even"}},
		{"a chain that breaks", []string{"func a() int { return 1 }\nfunc b() int { return a() }\nfunc c() int { return b() }\nfunc d() int { return 7 }", "func a() string { return \"\" }"},
			[]string{goneNote + "b, c"}},
		{"part of a chain breaks", []string{"func a() int { return 1 }\nfunc b() int { return a() }\nfunc c() { a() }", "func a() string { return \"\" }"},
			[]string{alsoNote + "c", goneNote + "b"}},
		{"a constant", []string{"const n = 2\ntype V [n]int\nvar v V\nfunc f() V { return v }", "const n = 3"},
			[]string{alsoNote + "V", goneNote + "f, v"}},
		{"one constant of a group", []string{"const (\n\tA = iota\n\tB\n\tC\n)\nfunc sum() int { return A + B + C }", "const B = 50"},
			[]string{alsoNote + "A, C, sum"}},
		{"a constant becomes a variable", []string{"const n = 2\nfunc f() int { return n }", "n := 3"}, []string{alsoNote + "f"}},
		{"an array's length no longer constant", []string{"const n = 2\nvar a [n]int\nfunc f() [n]int { return a }", "n := 3"}, []string{goneNote + "f"}},
		{"a variable of the same type", []string{"x := 1", "func f() int { return x }", "x := 2"}, nil},
		{"a variable of another type", []string{"x := 1", "func f() int { return x }\nfunc g() { fmt.Println(x) }", "x := \"s\""},
			[]string{alsoNote + "g", goneNote + "f"}},
		{"a variable becomes a function", []string{"x := 1", "func f() int { return x }", "func x() int { return 1 }"}, []string{goneNote + "f"}},
		{"a function becomes a variable", []string{"func f() int { return 1 }\nfunc g() int { return f() }", "f := func() int { return 2 }"}, []string{alsoNote + "g"}},
		{"a package is shadowed", []string{"func f() string { return strings.ToUpper(\"a\") }", "strings := 5"}, nil},
		{"a method is added", []string{"type P struct{ X int }\nfunc (p P) A() int { return p.X }\np := P{1}\nq := &p\nl := []P{p}\nc := make(chan P)\nf := func() P { return p }", "func (p P) B() int { return p.A() }"},
			[]string{alsoNote + "P, P.A"}},
		{"a method is replaced", []string{"type P struct{ X int }\nfunc (p P) A() int { return p.X }\nfunc (p P) B() int { return p.A() }\nfunc use(p P) int { return p.B() }\nx := P{}", "func (p P) A() int { return 0 }"},
			[]string{alsoNote + "P, P.B, use"}},
		{"a method with another signature", []string{"type P struct{ X int }\nfunc (p P) A() int { return p.X }\nfunc (p P) B() int { return p.A() }\nvar i interface{ A() int } = P{}", "func (p P) A() string { return \"\" }"},
			[]string{alsoNote + "P", goneNote + "P.B"}},
		{"a field is added", []string{"type P struct{ X int }\nfunc (p P) A() int { return p.X }\ntype Q struct{ p P }\nvar p P\nvar q map[string][]Q\nvar n int", "type P struct{ X, Y int }"},
			[]string{alsoNote + "P.A, Q", goneNote + "p, q"}},
		{"the same type again", []string{"type P struct{ X int }\ntype Q struct{ p P }\nvar q Q\nvar p *P", "type P struct{ X int }"}, []string{alsoNote + "Q"}},
		{"a field's tag", []string{"type P struct{ X int }\nvar p P", "type P struct{ X int `json:\"x\"` }"}, []string{goneNote + "p"}},
		{"a recursive type", []string{"type T struct { next *T; v int }\nt := &T{}", "func (t *T) Len() int { if t == nil { return 0 }; return 1 + t.next.Len() }"}, []string{alsoNote + "T"}},
		{"mutually recursive types", []string{"type A struct { b *B }\ntype B struct { a []A; n int }\nvar a A\nvar b map[string]B", "func (b B) N() int { return b.n }"}, []string{alsoNote + "A, B"}},
		{"a number type", []string{"type C float64\nc := C(1)\nm := map[C]string{}", "type C float32"}, []string{goneNote + "c, m"}},
		{"an interface", []string{"type I interface{ M() }\ntype J interface{ I; N() }\nvar i I\nvar j []J", "type I interface{ M(); O() }"},
			[]string{alsoNote + "J", goneNote + "i, j"}},
		{"a type in an interface's methods", []string{"type T float64\nfunc (t T) Add(o T) T { return t + o }\nvar i interface{ Add(T) T } = T(1)\ntype J interface{ Add(T) T }\nvar j J = T(2)\nvar f func(J) J", "func (t T) Add(o T) T { return t - o }"},
			[]string{alsoNote + "T, J"}},
		{"a generic function", []string{"func Map[T any](x []T, f func(T) T) []T { return x }\nfunc use() []int { return Map([]int{1}, nil) }\ny := Map([]string{}, nil)", "func Map[T any](x []T, f func(T) T) []T { return nil }"},
			[]string{alsoNote + "use"}},
		{"a generic function loses a parameter", []string{"func F[T, U any](t T, u U) {}\nfunc use() { F(1, 2) }", "func F[T any](t T) {}"}, []string{goneNote + "use"}},
		{"a constraint", []string{"type Num interface{ ~int | ~float64 }\nfunc Sum[T Num](x ...T) (s T) { return s }\nfunc use() float64 { return Sum(1.5) }", "type Num interface{ ~int }"},
			[]string{alsoNote + "Sum", goneNote + "use"}},
		{"a generic type gains a method", []string{"type L[T any] struct { v T; next *L[T] }\nfunc (l *L[T]) Push(v T) *L[T] { return &L[T]{v, l} }\nvar l *L[int]\nm := map[string]L[[]int]{}", "func (l *L[T]) Len() int { return 0 }"},
			[]string{alsoNote + "L, L.Push"}},
		{"a generic type changes", []string{"type L[T any] struct { v T }\nvar l L[int]\nfunc f(l L[int]) int { return l.v }", "type L[T any] struct { v, w T }"},
			[]string{alsoNote + "f", goneNote + "l"}},
		{"type parameters change places", []string{"type Pair[A, B any] struct { a A; b B }\nvar p Pair[int, string]", "type Pair[B, A any] struct { a A; b B }"}, []string{goneNote + "p"}},
		{"an alias", []string{"type A = int\nvar a A\nfunc f(a A) {}", "type A = string"}, []string{alsoNote + "f", goneNote + "a"}},
		{"a name inside a function is another", []string{"x := 1\nfunc f() int { x := 2; return x }\nfunc g(x string) string { return x }", "x := 2.5"}, nil},
		{"functions that variables hold", []string{"func f() int { return 1 }\ng := f\nh := func() int { return f() }\nv := f()\nm := map[string]func() int{\"a\": f}", "func f() int { return 2 }"},
			[]string{heldNote + "g, h, m"}},
		{"and let go", []string{"func f() int { return 1 }\ng := f", "g := func() int { return 3 }", "func f() int { return 2 }"}, nil},
		{"and through another function", []string{"func f() int { return 1 }\nfunc g() int { return f() }\nh := func() int { return g() }", "func f() int { return 2 }"},
			[]string{alsoNote + "g", heldNote + "h"}},
		{"the last value", []string{"type P struct{ X int }\nP{1}", "type P struct{ Y int }"}, nil},
	} {
		t.Run(k.name, func(t *testing.T) {
			c := newCells(t)
			var u *Unit
			for _, text := range k.cells {
				u = c.must(text)
			}
			if !slices.Equal(u.Notes, k.want) {
				t.Errorf("%s\nnotes %q\nwant  %q", strings.Join(k.cells, "\n---\n"), u.Notes, k.want)
			}
			c.must("_ = 1") // what is left compiles
			for _, d := range c.s.decls {
				for _, name := range d.names {
					if d.recv == "" && name != "_" && c.s.names[name] == nil {
						t.Errorf("%s is declared and has no meaning", name)
					}
				}
			}
		})
	}
}

// TestErrorsOfTheCellComeBeforeLosses holds that an error which a redefinition
// causes in the cell itself is the cell's.
func TestErrorsOfTheCellComeBeforeLosses(t *testing.T) {
	c := newCells(t)
	c.must("func f() int { return 1 }\nfunc g() int { return f() }")
	_, err := c.compile("func f() string { return \"\" }\nx := g()")
	e, ok := err.(*Error)
	if !ok || e.Cell != "2" || e.Line != 2 || e.Message != "undefined: g" {
		t.Errorf("%v", err)
	}
	c.must("g() + f()")
}

func TestResetForgetsNames(t *testing.T) {
	c := newCells(t)
	c.must("import m \"math\"\ntype P struct{ X int }\nfunc f() P { return P{} }\nx := f()")
	c.s.Reset()
	if names := c.s.Names(); len(names) != 0 || len(c.s.Vars()) != 0 {
		t.Errorf("left are %v", names)
	}
	for _, text := range []string{"x", "f()", "P{}", "m.Sqrt(2)"} {
		if _, err := c.compile(text); err == nil {
			t.Errorf("%s is still known", text)
		}
	}
	if u := c.must("type P struct{ Y string }\nx := P{}"); len(u.Notes) > 0 {
		t.Errorf("notes %q", u.Notes)
	}
}

func TestVarsAreNamedWithTypeAndCell(t *testing.T) {
	c := newCells(t)
	c.must("b, a := 1, \"s\"\nfunc f() {}\nconst k = 1")
	c.must("type P struct{}\nc := []P{}\na")
	c.must("b := 2.5")
	var got []string
	for _, v := range c.s.Vars() {
		got = append(got, v.Name+" "+v.Type.String()+" "+v.Cell)
	}
	want := []string{"a string 1", "b float64 3", "c []main.P 2"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
