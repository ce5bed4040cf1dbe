package kernel_test

import (
	"strings"
	"testing"
)

// TestCellsInSequence runs cells, parted by lines of dashes, in one session each,
// and compares what the last one prints and shows.
func TestCellsInSequence(t *testing.T) {
	s := start(t)
	for _, k := range []struct{ name, cells, want string }{
		{"Out is the last value", "1 + 1\n---\nOut * 21", "42"},
		{"quiet", "x := 5;\n---\nx;\n---\nx;", ""},
		{"quiet keeps Out", "7;\n---\n\"s\"\n---\nOut;\n---\nOut", `"s"`},
		{"all results", "func two() (int, string, error) { return 1, \"z\", nil }\n---\ntwo()", "1\n\"z\"\nnil"},
		{"no count of Println", "fmt.Println(1)", "1\n"},
		{"everything in one cell", "y := f() + c\nimport m \"math\"\nfunc f() int { return int(m.Sqrt(x)) }\nvar x = 16.0\nconst c = 3\nimport \"os\"\nvar z = y + 4\nz", "7"},
		{"initial order is that of the text", "a := 1\nfunc f() int { a *= 2; return a }\nvar b = f()\nc := f()\nfmt.Print(a, b, c)", "4 2 4"},
		{"a mix of := ", "a, b := 1, 2\n---\na, c := 3, \"x\"\n---\nb, c, d := 4, \"y\", 5.5\n---\nfmt.Print(a, b, c, d)", "3 4y5.5"},
		{":= keeps pointers of the same type", "x := 1\np := &x\n---\nx := 7\n---\n*p", "7"},
		{":= of another type does not", "x := 1\np := &x\n---\nx := \"s\"\n---\nfmt.Print(*p, x)", "1s"},
		{"var is zero again", "x := 7\np := &x\n---\nvar x int\n---\n*p", "0"},
		{"loop variables are the cell's own", "x := 1\nfor x := range 3 { _ = x }\nif x := 5; x > 1 { x++ }\n{ x := \"s\"; _ = x }\nx", "1"},
		{"a program", "package main\nimport \"fmt\"\nvar a = b + 1\nvar b = f()\nfunc f() int { return 2 }\nfunc init() { fmt.Print(\"init \") }\nfunc main() { fmt.Print(\"main \", a) }\n---\nf() + a", "5"},
		{"a deferred call ends the cell", "defer fmt.Print(\"d\")\nfmt.Print(\"b\")", "bd"},
		{"return ends the cell", "x := 1\nif x > 0 {\n\treturn\n}\nx = 2\n---\nx", "1"},
		{"labels", "n := 0\nouter:\nfor i := range 5 {\n\tfor j := range 5 {\n\t\tif j == 2 { continue outer }\n\t\tif i == 3 { break outer }\n\t\tn += 10*i + j\n\t}\n}\nn", "63"},
		{"goto", "i := 0\nagain:\ni++\nif i < 5 { goto again }\ni", "5"},
		{"other letters", "type Größe struct { breite, Höhe float64 }\nfunc (g Größe) Fläche() float64 { return g.breite * g.Höhe }\nfunc 世界(名 string) string { return 名 + \"!\" }\nΩ := Größe{2, 3}\n---\nfmt.Print(Ω.Fläche(), 世界(\"世\"), Ω)", "6世!{2 3}"},
		{"iota", "type Day int\nconst (\n\t_ Day = iota * 10\n\tMo\n\t_\n\tWe\n\ta, b = iota, iota << 1\n)\nfmt.Print(Mo, We, a, b)", "10 30 4 8"},
		{"universal names are not sacred", "len := func(x ...int) int { return 42 }\ntrue := false\nnil := 3\nstring := \"s\"\nfmt.Print(len(), true, nil, string)", "42 false 3s"},
		{"a shadowed package comes back", "strings := 5\n---\nstrings++\n---\nimport \"strings\"\n---\nstrings.Repeat(\"a\", 3)", `"aaa"`},
		{"a huge cell", hugeCell(1500), "1500"},
		{"a huge literal", "x := []float64{" + strings.Repeat("1.5, ", 10000) + "}\nlen(x)", "10000"},

		{"a function anew", "func g() int { return 1 }\nfunc h() int { return g() + 1 }\nfunc k() int { return h() * 10 }\n---\nfunc g() int { return 5 }\n---\nk()", "60"},
		{"a cycle of functions", "func even(n int) bool { return n == 0 || odd(n-1) }\nfunc odd(n int) bool { return n > 0 && even(n-1) }\n---\nfunc odd(n int) bool { return n == 7 }\n---\nfmt.Print(even(8), even(6))", "true false"},
		{"a constant anew", "const (\n\tA = iota\n\tB\n\tC\n)\nfunc sum() int { return A + 10*B + 100*C }\n---\nconst B = 7\n---\nfmt.Print(sum(), A, B, C)", "270 0 7 2"},
		{"a method anew", "type P struct{ X int }\nfunc (p P) A() int { return p.X }\nfunc (p P) B() int { return p.A() * 2 }\nfunc use[T interface{ B() int }](t T) int { return t.B() }\np := P{4}\n---\nfunc (p P) A() int { return -p.X }\n---\nfmt.Print(p.B(), use(p))", "-8 -8"},
		{"a method of a pointer added", "type S struct{ n int }\ns := S{1}\nget := func() int { return s.n }\np := &s\nm := map[string]*S{\"s\": &s}\n---\nfunc (s *S) Inc() { s.n++ }\n---\ns.Inc()\np.Inc()\nm[\"s\"].Inc()\nfmt.Print(s.n, p.n, get())", "4 4 4"},
		{"channels and functions of a type that gains a method", "type C float64\nc := make(chan C, 2)\nc <- 20\nf := func() C { return 30 }\n---\nfunc (c C) String() string { return fmt.Sprintf(\"%g°\", float64(c)) }\n---\nfmt.Print(<-c, f(), len(c))", "20° 30° 0"},
		{"values in interfaces follow", "type S struct{ n int }\nvar e any = S{1}\nvar p any = &S{2}\nl := []any{S{3}, []S{{4}}}\nm := map[any]int{S{5}: 5}\n---\nfunc (s S) String() string { return fmt.Sprint(\"S\", s.n) }\n---\n_, is := e.(S)\n_, isPointer := p.(*S)\n_, isSlice := l[1].([]S)\n_, prints := e.(fmt.Stringer)\nfmt.Println(e, p, l, m, is, isPointer, isSlice, prints, m[S{5}], e == any(S{1}))", "S1 S2 [S3 [S4]] map[S5:5] true true true true 5 true\n"},
		{"not when their type is laid out otherwise", "type S struct{ n int }\nvar e any = S{1}\n---\ntype S struct{ n, m int }\n---\n_, is := e.(S)\nfmt.Printf(\"%v %T %v\", is, e, e)", "false main.S {1}"},
		{"a refused method leaves them", "type S struct{ n int }\nfunc (s S) A() int { return s.n }\nvar e any = S{1}\n---\nvar z = 1\n---\n_, has := e.(interface{ B() int })\nfmt.Print(has, e.(S).A(), e)", "false 1 {1}"},
		{"a generic type gains a method", "type L[T any] struct { v T; next *L[T] }\nvar l *L[int]\nfor i := range 4 { l = &L[int]{i, l} }\nvar e any = l\n---\nfunc (l *L[T]) Len() int { if l == nil { return 0 }; return 1 + l.next.Len() }\n---\nfunc (l *L[T]) Sum() (s int) { for ; l != nil; l = l.next { s += int(any(l.v).(int)) }; return s }\n---\nfmt.Print(l.Len(), l.Sum(), e.(interface{ Len() int }).Len())", "4 6 4"},
		{"a generic function anew", "func Map[T, U any](x []T, f func(T) U) (y []U) { for _, v := range x { y = append(y, f(v)) }; return y }\nfunc lens(x ...string) []int { return Map(x, func(s string) int { return len(s) }) }\n---\nfunc Map[T, U any](x []T, f func(T) U) (y []U) { for _, v := range x { y = append(y, f(v), f(v)) }; return y }\n---\nfmt.Print(lens(\"a\", \"bc\"), Map([]int{1}, strconv.Itoa))", "[1 1 2 2] [1 1]"},
		{"generic types across cells", "type Num interface{ ~int | ~float64 }\n---\ntype Vec[T Num] []T\nfunc (v Vec[T]) Sum() (s T) { for _, x := range v { s += x }; return s }\n---\ntype Pair[A any, B Num] struct { a A; b Vec[B] }\nfunc MakePair[A any, B Num](a A, b ...B) Pair[A, B] { return Pair[A, B]{a, b} }\n---\np := MakePair(\"x\", 1, 2)\nq := MakePair(p, 1.5)\nfmt.Printf(\"%v %v %T\", p.b.Sum(), q.a.b.Sum() + int(q.b.Sum()), q)", "3 4 main.Pair[main.Pair[string,int],float64]"},
		{"embedding across cells", "type A struct{ n int }\nfunc (a *A) Inc() { a.n++ }\n---\ntype I interface{ Inc(); N() int }\ntype B struct { *A; name string }\nfunc (b B) N() int { return b.n }\n---\nvar i I = B{&A{4}, \"b\"}\ni.Inc()\ni.N()\n---\nfunc (a *A) Inc() { a.n += 100 }\n---\nvar j I = B{&A{4}, \"b\"}\nj.Inc()\nj.N()", "104"},
		{"types named by earlier types", "type A map[string]int\n---\ntype B A\n---\ntype C = B\n---\nfunc (c C) Len() int { return len(c) }\n---\ntype D C\nfmt.Print(C{\"a\": 1}.Len(), D{\"b\": 2}, B(A{}).Len())", "1 map[b:2] 0"},
		{"recursive types", "type F func(int) F\nvar add F\ntotal := 0\nadd = func(n int) F { total += n; return add }\nadd(1)(2)(3)\n---\ntype T struct { kids []T; up *T; by map[string]T; each func(T) T; ch chan T }\nt := T{kids: []T{{}, {kids: make([]T, 2)}}}\nt.up = &t\nfmt.Print(total, len(t.up.kids[1].kids))", "6 2"},
		{"closures share", "n := 0\ninc := func() int { n++; return n }\n---\ninc()\ninc()\n---\nn = 40\n---\nfmt.Print(inc(), inc(), n)", "41 42 42"},
		{"goroutines of earlier cells go on", "in, out := make(chan int), make(chan int)\nstep := 1\ngo func() { for v := range in { out <- v + step } }()\n---\nin <- 1\nfirst := <-out\n---\nstep = 100\n---\nin <- 1\nfmt.Print(first, <-out)\nclose(in)", "2 101"},
		{"a function becomes a variable", "func f() int { return 1 }\nfunc g() int { return f() }\n---\nf := func() int { return 2 }\n---\nfmt.Print(g())\n---\nf = func() int { return 3 }\n---\ng()", "3"},
		{"interfaces whose methods name the type", "type T float64\nfunc (t T) Add(o T) T { return t + o }\ntype J interface{ Add(T) T }\nvar i interface{ Add(T) T } = T(1)\nvar j J = T(5)\nsum := func(j J) T { return j.Add(10) }\n---\nfunc (t T) Add(o T) T { return t - o }\n---\n_, isJ := i.(J)\nfmt.Print(i.Add(3), j.Add(3), sum(T(1)), isJ)", "-2 2 -9 true"},
		{"errors in trees", "type E struct{ code int }\nfunc (e E) Error() string { return fmt.Sprint(\"E\", e.code) }\nerr := fmt.Errorf(\"w: %w\", E{3})\n---\nvar e E\nfmt.Print(errors.As(err, &e), e.code, err)", "true 3 w: E3"},
	} {
		t.Run(k.name, func(t *testing.T) {
			if err := s.c.Reset(); err != nil {
				t.Fatal(err)
			}
			s.t = t
			var got string
			for _, cell := range strings.Split(k.cells, "\n---\n") {
				got = s.must(cell)
			}
			if got != k.want {
				t.Errorf("%q, want %q, after\n%s", got, k.want, k.cells)
			}
		})
	}
}

// hugeCell is a cell of n statements.
func hugeCell(n int) string {
	return "x := 0\n" + strings.Repeat("if x >= 0 { x++ }\n", n) + "x"
}

// TestValuesShowTheirTypes evaluates expressions over a few declared types.
func TestValuesShowTheirTypes(t *testing.T) {
	s := start(t)
	s.must(`type Point struct { X int; y float64 }
type Cel float64
func (c Cel) String() string { return fmt.Sprintf("%g°", float64(c)) }
type Err struct{ c int }
func (e *Err) Error() string { return fmt.Sprint("E", e.c) }
type Ints []int
type Index map[string]Point
type Pair[A, B any] struct { First A; Second B }
type Tree struct { L, R *Tree; V any }
type Shape interface{ Area() float64 }
type Sq struct{ s float64 }
func (q Sq) Area() float64 { return q.s * q.s }
type Loud struct{}
func (Loud) String() string { panic("no voice") }
p := Point{1, 2}
var nothing *Point
var shape Shape = Sq{2}`)
	for expr, want := range map[string]string{
		"p":                                   "main.Point{X:1, y:2}",
		"&p":                                  "&main.Point{X:1, y:2}",
		"nothing":                             "nil",
		"[]Point{p}":                          "[main.Point{X:1, y:2}]",
		"[2]*Point{&p, nil}":                  "[&main.Point{X:1, y:2} nil]",
		"map[string]Point{\"a\": p}":          `map["a":main.Point{X:1, y:2}]`,
		"map[Point]bool{p: true}":             "map[main.Point{X:1, y:2}:true]",
		"[]any{p, &p, 1, \"s\", nil}":         `[main.Point{X:1, y:2} &main.Point{X:1, y:2} 1 "s" nil]`,
		"any(p)":                              "main.Point{X:1, y:2}",
		"Cel(20)":                             "20°",
		"[]Cel{1, 2}":                         "[1° 2°]",
		"map[Cel][]Cel{1: {2}}":               "map[1°:[2°]]",
		"struct{ T Cel; P *Cel }{T: 3}":       "struct{T main.Cel; P *main.Cel}{T:3°, P:nil}",
		"&Err{4}":                             "E4",
		"[]error{&Err{4}, nil, io.EOF}":       "[E4 nil EOF]",
		"Ints{1, 2}":                          "main.Ints[1 2]",
		"Ints(nil)":                           "main.Ints(nil)",
		"Index{\"a\": p}":                     `main.Index["a":main.Point{X:1, y:2}]`,
		"Pair[int, string]{1, \"x\"}":         `main.Pair[int,string]{First:1, Second:"x"}`,
		"[]*Pair[Cel, []Point]{{}}":           "[&main.Pair[main.Cel,[]main.Point]{First:0°, Second:[]main.Point(nil)}]",
		"any(Pair[Point, any]{p, shape})":     "main.Pair[main.Point,any]{First:main.Point{X:1, y:2}, Second:main.Sq{s:2}}",
		"make(chan Pair[int, Point])":         "chan main.Pair[int,main.Point]",
		"&Tree{V: &Tree{V: p}}":               "&main.Tree{L:nil, R:nil, V:&main.Tree{L:nil, R:nil, V:main.Point{X:1, y:2}}}",
		"shape":                               "main.Sq{s:2}",
		"[]Shape{shape, &Sq{3}}":              "[main.Sq{s:2} &main.Sq{s:3}]",
		"func(p Point) Cel { return 0 }":      "func(p main.Point) main.Cel",
		"time.Second":                         "1s",
		"[]byte(\"hé\")":                      `[]byte("hé")`,
		"'a'":                                 "97",
		"1 << 40":                             "1099511627776",
		"float32(0.1)":                        "0.1",
		"3i":                                  "(0+3i)",
		"mat.NewDense(1, 2, []float64{1, 2})": "mat.Dense 1×2\n[1  2]",
	} {
		if got := s.must(expr); got != want {
			t.Errorf("%s shows %s, want %s", expr, got, want)
		}
	}
	if got := s.must("Loud{}"); !strings.Contains(got, "no voice") {
		t.Errorf("a String method that panics shows %s", got)
	}
}

func TestVariablesAndReset(t *testing.T) {
	s := start(t)
	s.must("type P struct{ X int }\np := P{1}\nq := []*P{&p}\nvar f func(P) error\nOut := 3")
	s.must("x := strings.Repeat(\"long \", 100)")
	vars, err := s.c.Variables()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range vars {
		got = append(got, strings.Join([]string{v.Name, v.Type, v.Value, v.Cell}, "|"))
	}
	want := []string{"f|func(main.P) error|nil|1", "p|main.P|main.P{X:1}|1", "q|[]*main.P|[&main.P{X:1}]|1"}
	if len(got) != 4 || strings.Join(got[:3], "\n") != strings.Join(want, "\n") || len(vars[3].Value) > 75 || !strings.HasSuffix(vars[3].Value, "...") {
		t.Errorf("%q, want %q", got, want)
	}
	if err := s.c.Reset(); err != nil {
		t.Fatal(err)
	}
	if vars, err := s.c.Variables(); err != nil || len(vars) != 0 {
		t.Errorf("left are %+v, %v", vars, err)
	}
}
