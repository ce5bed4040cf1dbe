package lang

import (
	"go/token"
	"go/types"
	"reflect"
	"strings"
	"testing"

	"gaspard/kernel/symbols"
	"gaspard/kernel/values"
)

// cells compiles cells without an engine.
type cells struct {
	t *testing.T
	s *Session
	n int
}

func newCells(t *testing.T) *cells {
	fset, packages := token.NewFileSet(), symbols.Set{}
	return &cells{t: t, s: NewSession(fset, Resolver{
		Importer: packages.NewImporter(fset), Preloaded: symbols.Preloaded,
		Unavailable: packages.Unavailable, Variable: symbols.Natives{}.Variable,
	}, values.NewWorld(symbols.Natives{}, nil))}
}

// compile compiles a cell under the next number and keeps its names.
func (c *cells) compile(text string) (*Unit, error) {
	c.n++
	u, err := c.s.Compile(string(rune('0'+c.n)), text)
	if err == nil {
		c.s.Commit(u)
	}
	return u, err
}

func (c *cells) must(text string) *Unit {
	c.t.Helper()
	u, err := c.compile(text)
	if err != nil {
		c.t.Fatalf("%s\n%v", text, err)
	}
	return u
}

// mark stands in test programs before the place where an error is expected.
const mark = "‸"

// unmark takes the mark out of a text and gives its line and column, in bytes, and
// the line it stands in.
func unmark(t *testing.T, marked string) (text string, line, column int, source string) {
	t.Helper()
	before, after, ok := strings.Cut(marked, mark)
	if !ok || strings.Contains(after, mark) {
		t.Fatalf("%s\nneeds one mark", marked)
	}
	text = before + after
	line = 1 + strings.Count(before, "\n")
	column = len(before) - strings.LastIndexByte(before, '\n')
	return text, line, column, strings.Split(text, "\n")[line-1]
}

// TestScopeOfGoTypes holds the private field that clearScope reaches.
func TestScopeOfGoTypes(t *testing.T) {
	f, ok := reflect.TypeFor[types.Scope]().FieldByName("elems")
	if !ok || f.Type != reflect.TypeFor[map[string]types.Object]() {
		t.Fatalf("types.Scope.elems is a %v", f.Type)
	}
	s := newCells(t).s
	s.pkg.Scope().Insert(types.NewVar(token.NoPos, s.pkg, "x", types.Typ[types.Int]))
	if s.pkg.Scope().Lookup("x") == nil {
		t.Error("x is not found")
	}
	s.clearScope()
	if s.pkg.Scope().Len() != 0 || s.pkg.Scope().Lookup("x") != nil {
		t.Errorf("a cleared scope has %v", s.pkg.Scope().Names())
	}
}

// TestLoweredNamesAreForeign holds that no user's cell can meet a name that the
// compiler makes.
func TestLoweredNamesAreForeign(t *testing.T) {
	c := newCells(t)
	for _, text := range []string{"‸xˑ := 1", "func ‸ˑ() {}", "type T struct{ ‸aˑ1 int }", "‸" + StopName + " = true"} {
		text, line, column, _ := unmark(t, text)
		_, err := c.compile(text)
		e, ok := err.(*Error)
		if !ok || e.Kind != Unsupported || e.Line != line || e.Column != column || !strings.Contains(e.Message, "ˑ") {
			t.Errorf("%q: %v, want a refusal at %d:%d", text, err, line, column)
		}
	}
	c.must("s := \"ˑ\" // ˑ in strings and comments is the user's\nfmt.Println(s)")
}

// TestCompilingChangesNothing holds that a unit takes effect when it is committed,
// and a refused cell never.
func TestCompilingChangesNothing(t *testing.T) {
	c := newCells(t)
	c.must("type P struct{ X int }\nfunc (p P) M() int { return p.X }\nfunc f(p P) int { return p.M() }\nx := f(P{1})")
	before := strings.Join(c.s.Names(), " ")
	for _, text := range []string{"type P struct{ X, Y int }", "x := \"s\"", "func f() {}", "y := 1", "import f \"os\""} {
		if _, err := c.s.Compile("9", text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"type P struct{ X undefined }", "func (p P) N() int { return nope }", "x := nope", "func f() { reflect.ValueOf(P{}) }", "z := 1; )"} {
		if _, err := c.compile(text); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
	if after := strings.Join(c.s.Names(), " "); after != before {
		t.Errorf("names %s became %s", before, after)
	}
	if u := c.must("f(P{2}) + x"); len(u.Notes) > 0 {
		t.Errorf("notes %q", u.Notes)
	}
}

func TestLayout(t *testing.T) {
	c := newCells(t)
	c.must(`type P struct{ X int; y []string }
type Q struct{ X int; y []string }
type R struct { next *R; m map[string]R }
type C float64
type I interface{ M() }
type G[A, B any] struct { a A; b B }
type H[B, A any] struct { a A; b B }
type Tagged struct { X int ` + "`json:\"x\"`" + ` }
type Embeds struct { P }
type Names struct { P P }`)
	typ := func(expr string) types.Type {
		tv, err := types.Eval(c.s.fset, c.s.pkg, token.NoPos, expr)
		if err != nil {
			t.Fatal(err)
		}
		return tv.Type
	}
	for _, name := range c.s.Names() {
		if obj, _, _, ok := c.s.Lookup(name); ok && c.s.pkg.Scope().Lookup(name) == nil {
			c.s.pkg.Scope().Insert(obj)
		}
	}
	for _, k := range []struct {
		a, b string
		same bool
	}{
		{"P", "P", true},
		{"R", "R", true},
		{"[]map[string]*R", "[]map[string]*R", true},
		{"func(P, ...C) chan R", "func(P, ...C) chan R", true},
		{"I", "I", true},
		{"P", "Q", false},
		{"C", "float64", false},
		{"[]P", "[2]P", false},
		{"[2]P", "[3]P", false},
		{"chan C", "<-chan C", false},
		{"func([]C)", "func(...C)", false},
		{"func(C) C", "func(C, C)", false},
		{"G[int, string]", "G[string, int]", false},
		{"G[int, P]", "G[int, Q]", false},
		{"struct{ X int }", "struct{ X int `a:\"b\"` }", false},
		{"struct{ P }", "struct{ P P }", false},
		{"struct{ X, Y int }", "struct{ Y, X int }", false},
	} {
		if got := sameLayout(typ(k.a), typ(k.b)); got != k.same {
			t.Errorf("%s and %s are laid out alike: %v", k.a, k.b, got)
		}
	}
}
