package lang

import (
	"strings"
	"testing"
)

// TestErrorsAreTheCompilersAtTheirPlace runs cells of which the last is refused.
// The mark is where.
func TestErrorsAreTheCompilersAtTheirPlace(t *testing.T) {
	for _, k := range []struct {
		cells   []string
		kind    ErrorKind
		message string
		hint    string
	}{
		{[]string{"x := ‸nope"}, Type, "undefined: nope", ""},
		{[]string{"\tzz := ‸undefinedA + undefinedB"}, Type, "undefined: undefinedA", "1 more error in this cell"},
		{[]string{"a := ‸u1; b := u2; c := u3"}, Type, "undefined: u1", "2 more errors in this cell"},
		{[]string{"x := 1\n\n\t\tif x > 0 {\n\t\t\tx = ‸\"s\"\n\t\t}"}, Type, "cannot use \"s\" (untyped string constant) as int value in assignment", ""},
		{[]string{"é := 1\n日本 := ‸\"世界\" + é"}, Type, "invalid operation: \"世界\" + é (mismatched types untyped string and int)", ""},
		{[]string{"日本 := \"世界\"; q := ‸日本 + 1"}, Type, "invalid operation: 日本 + 1 (mismatched types string and untyped int)", ""},
		{[]string{"func f(s string) int { return len(s) }", "x := 1\n/* ü\t*/\tf(‸x)"}, Type, "cannot use x (variable of type int) as string value in argument to f", ""},
		{[]string{"func f(s string) int { return len(s) }", "func g() { f(\"a\", ‸1) }"}, Type, "too many arguments in call to f\n\thave (string, number)\n\twant (string)", ""},
		{[]string{"func f() (int, string) { return 1, \"\" }", "x := ‸f()"}, Type, "assignment mismatch: 1 variable but f returns 2 values", ""},
		{[]string{"func w() int { ‸}"}, Type, "missing return", ""},
		{[]string{"func w() {\n\t‸unused := 1\n}"}, Type, "declared and not used: unused", ""},
		{[]string{"if true { ‸un := 1 }"}, Type, "declared and not used: un", ""},
		{[]string{"a := 1\na ‸:= 2"}, Type, "no new variables on left side of :=", ""},
		{[]string{"‸5\n6"}, Type, "5 (untyped int constant) is not used", ""},
		{[]string{"‸break"}, Type, "break not in for, switch, or select statement", ""},
		{[]string{"‸L: fmt.Println(1)"}, Type, "label L declared and not used", ""},
		{[]string{"type ‸R struct { R }"}, Type, "invalid recursive type: R refers to itself", ""},
		{[]string{"func (i ‸int) M() {}"}, Type, "cannot define new methods on non-local type int", ""},
		{[]string{"func (t ‸Nope) M() {}"}, Type, "undefined: Nope", ""},
		{[]string{"type X interface { M() }\nvar q X = ‸5"}, Type, "cannot use 5 (constant of type int) as X value in variable declaration: int does not implement X (missing method M)", ""},
		{[]string{"type P struct{ X int }", "p := P{X: 1, ‸Y: 2}"}, Type, "unknown field Y in struct literal of type P", ""},
		{[]string{"p := struct{ X int }{}\np.‸x = 1"}, Type, "p.x undefined (type struct{X int} has no field or method x, but does have field X)", ""},
		{[]string{"func F[T int | string](x T) T { return x }", "‸F(1.5)"}, Type, "float64 does not satisfy int | string (float64 missing in int | string)", ""},
		{[]string{"var v = ‸v"}, Type, "undefined: v", ""},
		{[]string{"x := 1", "x = ‸\"s\""}, Type, "cannot use \"s\" (untyped string constant) as int value in assignment", ""},
		{[]string{"x := 1\n‸math.MaxInt64 + 1"}, Type, "math.MaxInt64 + 1 (untyped int constant 9223372036854775808) overflows int", ""},
		{[]string{"‸'a' << 40"}, Type, "'a' << 40 (untyped rune constant 106652627894272) overflows rune", ""},
		{[]string{"‸1e999"}, Type, "1e999 (untyped float constant 1e+999) overflows float64", ""},
		{[]string{"‸nil"}, Unsupported, "nil has no type, so there is nothing to show", ""},
		{[]string{"import ‸\"nosuch/pkg\""}, Type, "could not import nosuch/pkg (no package \"nosuch/pkg\")", "did you mean image/png?"},
		{[]string{"package main\n\nfunc main() {\n\t‸nope()\n}"}, Type, "undefined: nope", ""},
		{[]string{"‸package foo\nfunc main() {}"}, Type, "package foo; expected package main", ""},

		{[]string{"fmt.‸Printn(1)"}, Type, "undefined: fmt.Printn", "did you mean fmt.Println?"},
		{[]string{"ot.‸Sinkhron(1)"}, Type, "undefined: ot.Sinkhron", "did you mean ot.Sinkhorn?"},
		{[]string{"velocity := 1", "‸velocty + 1"}, Type, "undefined: velocty", "did you mean velocity?"},
		{[]string{"Velocity := 1", "‸velocity"}, Type, "undefined: velocity", "did you mean Velocity?"},
		{[]string{"func f() {\n\tcounter := 1\n\t_ = ‸countre\n\t_ = counter\n}"}, Type, "undefined: countre", "did you mean counter?"},
		{[]string{"‸lenn(\"a\")"}, Type, "undefined: lenn", "did you mean len?"},
		{[]string{"‸completelyDifferent"}, Type, "undefined: completelyDifferent", ""},

		{[]string{"x := 1\ny := 2 ‸3"}, Syntax, "expected ';', found 3", ""},
		{[]string{"\tfoo ‸bar\nz := 1"}, Syntax, "expected ';', found bar", ""},
		{[]string{"世 := 1\n世 ‸界"}, Syntax, "expected ';', found 界", ""},
		{[]string{"x := 1\n\t‸}"}, Syntax, "unexpected }", ""},
		{[]string{"\tx := ‸\"open\ny := 1"}, Syntax, "string literal not terminated", ""},
		{[]string{"x := ‸'ab'"}, Syntax, "illegal rune literal", ""},
		{[]string{"x := 1 +‸"}, Syntax, "expected operand, found the end of the cell", ""},
		{[]string{"type‸"}, Syntax, "expected 'IDENT', found the end of the cell", ""},
		{[]string{"x := 1\nfor i := range 3 {\n\tx +=‸"}, Syntax, "expected operand, found the end of the cell", ""},
		{[]string{"x := 0‸8"}, Syntax, "invalid digit '8' in octal literal", ""},
	} {
		c := newCells(t)
		last := len(k.cells) - 1
		for _, text := range k.cells[:last] {
			c.must(text)
		}
		text, line, column, source := unmark(t, k.cells[last])
		_, err := c.compile(text)
		e, ok := err.(*Error)
		if !ok {
			t.Errorf("%s\nis accepted", text)
			continue
		}
		if e.Kind != k.kind || e.Message != k.message || e.Hint != k.hint {
			t.Errorf("%s\nis refused with %q, %q (%v), want %q, %q (%v)", text, e.Message, e.Hint, e.Kind, k.message, k.hint, k.kind)
		}
		if e.Line != line || e.Column != column || e.Source != source || e.Cell != string(rune('0'+c.n)) {
			t.Errorf("%s\nis refused at cell %s:%d:%d %q, want %d:%d %q", text, e.Cell, e.Line, e.Column, e.Source, line, column, source)
		}
	}
}

// TestEveryImportIsExplained asks for packages that are not there.
func TestEveryImportIsExplained(t *testing.T) {
	for _, path := range []string{"net/http/pprof", "example.com/x", "strngs", "gonum.org/v1/gonum/matt"} {
		c := newCells(t)
		_, err := c.compile("import \"" + path + "\"")
		if err == nil || err.(*Error).Hint == "" {
			t.Errorf("%s: %+v", path, err)
		}
	}
}

func TestNotebookForgives(t *testing.T) {
	for _, cells := range [][]string{
		{"x := 1"},
		{"var a, b int"},
		{"import \"os\""},
		{"import m \"math\"\nx := 1", "m.Sqrt(4)"},
		{"import _ \"embed\""},
		{"x, y := 1, 2", "x, z := 3, 4", "x + y + z"},
		{"x := 1", "x := 2", "x := x + 1"},
		{"x := 1\n{ x := \"s\"; _ = x }\nx + 1"},
		{"func f() int { return y }\ny := 2\nf()"},
		{"a := b()\nfunc b() int { return c }\nconst c = 3\nvar d = a"},
		{"fmt := 3\nfmt + 1", "import \"fmt\"", "fmt.Println(1)"},
		{"strings := 5\nstrings", "func strings() int { return 7 }", "strings()"},
		{"len := 3\nlen"},
		{"type int32 string\nvar q int32 = \"z\""},
		{"outer := 1\nouter:\nfor { break outer }\nouter"},
		{"type A int", "type B A", "type C = B", "type D C", "func (d D) M() {}", "func (c C) M() {}", "D(1).M()"},
		{"type P struct{ X int }", "type A = *P", "type B = A", "func (b B) M() int { return b.X }", "(&P{}).M()"},
		{"package main\nimport \"fmt\"\nvar a = b\nvar b = f()\nfunc f() int { return 1 }\nfunc init() { fmt.Println(a) }\nfunc main() {}", "f() + a + b"},
	} {
		c := newCells(t)
		for _, text := range cells {
			if _, err := c.compile(text); err != nil {
				t.Errorf("%s\n%v", strings.Join(cells, "\n---\n"), err)
				break
			}
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"Sinkhorn", "Sinkhorns", "Exact", "x", "Φ", "aˑ1", "_"}
	for name, want := range map[string]string{
		"sinkhorn": "Sinkhorn", "Sinkhron": "Sinkhorn", "Sinkorn": "Sinkhorn", "exakt": "Exact",
		"Divergence": "", "aˑ2": "", "": "",
	} {
		if got := nearest(name, names, func(string) bool { return true }); got != want {
			t.Errorf("nearest to %q is %q, want %q", name, got, want)
		}
	}
}

func TestDistanceIsAMetricOnEdits(t *testing.T) {
	for _, k := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "", 3}, {"abc", "acb", 1}, {"abc", "abd", 1}, {"abc", "ab", 1}, {"kitten", "sitting", 3}} {
		if got, back := distance(k.a, k.b), distance(k.b, k.a); got != k.want || back != k.want {
			t.Errorf("from %q to %q it is %d, back %d, want %d", k.a, k.b, got, back, k.want)
		}
	}
}
