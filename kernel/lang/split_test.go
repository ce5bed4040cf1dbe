package lang

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"
	"testing"
)

func TestSplitCutsAtTopLevelSemicolons(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // i, d or s for the kind, and the text
	}{
		{"", nil},
		{"\n\n// nothing\n", nil},
		{"x := 1", []string{"s x := 1"}},
		{"x := 1; y := 2\nz := 3;", []string{"s x := 1", "s y := 2", "s z := 3"}},
		{"import \"os\"\nimport (\n\t\"fmt\"\n)\nx := 1", []string{"i import \"os\"", "i import (\n\t\"fmt\"\n)", "s x := 1"}},
		{"func f() { a; b }\nf()", []string{"d func f() { a; b }", "s f()"}},
		{"func (p P) M() {}; func (p P) N() {}", []string{"d func (p P) M() {}", "d func (p P) N() {}"}},
		{"func(int) int { return 1 }", []string{"s func(int) int { return 1 }"}},
		{"func() { x; y }()", []string{"s func() { x; y }()"}},
		{"func(a (int)) (b int) { return }(1)", []string{"s func(a (int)) (b int) { return }(1)"}},
		{"func f[T any](x T) T { return x }", []string{"d func f[T any](x T) T { return x }"}},
		{"func (p *P[A, B]) M() {}", []string{"d func (p *P[A, B]) M() {}"}},
		{"type T struct { a int; b string }\nconst c = 1\nvar v = 2", []string{"d type T struct { a int; b string }", "d const c = 1", "s var v = 2"}},
		{"for i := 0; i < 3; i++ { a; b }\nc", []string{"s for i := 0; i < 3; i++ { a; b }", "s c"}},
		{"if x := f(); x > 1 { a } else { b }", []string{"s if x := f(); x > 1 { a } else { b }"}},
		{"if x := f(); x {\n}\nelse_ := 1", []string{"s if x := f(); x {\n}", "s else_ := 1"}},
		{"switch x := f(); x {\ncase 1: a; b\n}", []string{"s switch x := f(); x {\ncase 1: a; b\n}"}},
		{"L:\nfor { break L }", []string{"s L:\nfor { break L }"}},
		{"x := `a;\nb`; y", []string{"s x := `a;\nb`", "s y"}},
		{"x := \";\" // a; b\ny /* ; */ ; z", []string{"s x := \";\" ", "s y ", "s z"}},
		{"x :=\n\t1 +\n\t2", []string{"s x :=\n\t1 +\n\t2"}},
		{"s := []int{\n1,\n2,\n}", []string{"s s := []int{\n1,\n2,\n}"}},
		{"x := 1 /* a\nb */\ny", []string{"s x := 1 ", "s y"}},
		{"世 := \"界;\"; ñ := 1", []string{"s 世 := \"界;\"", "s ñ := 1"}},
	} {
		s, err := split("1", c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		var got []string
		for _, it := range s.items {
			got = append(got, string("ids"[it.kind])+" "+c.text[it.start:it.end])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q splits into %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTrailingSemicolonIsQuiet(t *testing.T) {
	for text, want := range map[string]bool{
		"x": false, "x;": true, "x;\n": true, "x; // why\n\n": true, "x; y": false, "for {};": true, "": false, "x\n;": true,
	} {
		s, err := split("1", text)
		if err != nil || s.quiet != want {
			t.Errorf("%q is quiet: %v, want %v (%v)", text, s.quiet, want, err)
		}
	}
}

func TestCompleteness(t *testing.T) {
	for text, want := range map[string]Completeness{
		"":                                   Whole,
		"x := 1":                             Whole,
		"x := 1;":                            Whole,
		"func f() int { return 1 }\nf()":     Whole,
		"s := \"{([\"":                       Whole,
		"// {":                               Whole,
		"x := `{`":                           Whole,
		"import \"os\"; type T int; os.Exit": Whole,
		"package main\nfunc main() {}":       Whole,
		"x :=":                               Partial,
		"x := 1 +":                           Partial,
		"f(":                                 Partial,
		"f(1,":                               Partial,
		"f(1,\n":                             Partial,
		"f(\"a\"":                            Partial,
		"if true {":                          Partial,
		"if true":                            Partial,
		"if true {\n} else":                  Partial,
		"for i := 0; i < 3;":                 Partial,
		"for i := range 3 {\nfmt.Println(i)": Partial,
		"switch x {\ncase 1:":                Partial,
		"func f() {":                         Partial,
		"func f()\n":                         Whole, // a body is for the checker to ask for
		"type T struct {\nX int":             Partial,
		"type T":                             Partial,
		"const (\nA = iota":                  Partial,
		"import (":                           Partial,
		"import":                             Partial,
		"x := []int{1, 2":                    Partial,
		"x := map[string]int{\n\"a\": 1,":    Partial,
		"x := `raw":                          Partial,
		"/* open":                            Partial,
		"x.":                                 Partial,
		"go":                                 Partial,
		"a.b(func() {":                       Partial,
		"package main\nfunc main() {":        Partial,
		"x := )":                             Invalid,
		"x := 1 }":                           Invalid,
		"}":                                  Invalid,
		"f(]":                                Invalid,
		"\"open":                             Invalid,
		"'ab'":                               Invalid,
		"if {\nx := := 1":                    Invalid,
		"for for":                            Invalid,
		"x := 08":                            Invalid,
		"a b":                                Invalid,
	} {
		if got := CompletenessOf(text); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

// TestEveryBeginningOfACellCanGoOn cuts whole cells at line ends: what is left is
// whole itself or waits for more, never wrong.
func TestEveryBeginningOfACellCanGoOn(t *testing.T) {
	for _, text := range []string{
		"import (\n\t\"os\"\n)\n\ntype P struct {\n\tX, Y int\n}\n\nfunc (p P) Sum() (n int) {\n\tfor _, v := range []int{\n\t\tp.X,\n\t\tp.Y,\n\t} {\n\t\tn += v\n\t}\n\treturn n\n}\nP{1, 2}.Sum()",
		"switch x := f(1,\n\t2); {\ncase x > 1:\n\ta()\ndefault:\n\tb(func() {\n\t\tc()\n\t})\n}",
		"x := `one\ntwo {\n`\ny := 1 +\n\t2\n/* a\nb */ z := 3",
		"select {\ncase v, ok := <-ch:\n\tfmt.Println(v, ok)\ncase <-time.After(\n\ttime.Second):\n}",
	} {
		if CompletenessOf(text) != Whole {
			t.Fatalf("%q is not whole", text)
		}
		for i, r := range text {
			if r == '\n' && CompletenessOf(text[:i]) == Invalid {
				t.Errorf("%q cannot go on", text[:i])
			}
		}
	}
}

// FuzzSplit holds that the items of a cell lie in order, that nothing but
// separators and comments is between them, and that parsing them never panics.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		"x := 1; y := 2", "func f() {}\nf()", "for i := 0; i < 3; i++ {}", "import \"os\"\n// c\nx /* ; */ ; y", "if x := 1; x > 0 {", "\x00", "世 := `\n`;",
		"package main; func main() {}", "L: for {};;;", "func (a) b(", "}{", "'", "\"", "/*", "a\r\nb", "//line x:1:1\nx", "type T[P any] struct{}; switch {}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := split("1", text)
		if err != nil {
			e := err.(*Error)
			if e.Line < 1 || e.Column < 1 || e.Line > 1+strings.Count(text, "\n") || e.Message == "" {
				t.Errorf("%q: error at %d:%d: %q", text, e.Line, e.Column, e.Message)
			}
			return
		}
		at := 0
		for _, it := range append(slices.Clone(s.items), item{start: len(text), end: len(text)}) {
			if it.start < at || it.end < it.start {
				t.Fatalf("%q: items %v", text, s.items)
			}
			if tok := firstToken(text[at:it.start]); tok != token.EOF {
				t.Fatalf("%q: %v is in no item of %v", text, tok, s.items)
			}
			at = it.end
		}
		if parsed, err := s.parse(token.NewFileSet(), nil); err == nil && parsed.body == nil && !s.program {
			t.Errorf("%q parses without a body", text)
		}
	})
}

// firstToken is the first token of a text that is no semicolon.
func firstToken(text string) token.Token {
	var scan scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(text))
	scan.Init(file, []byte(text), nil, 0)
	for {
		if _, tok, _ := scan.Scan(); tok != token.SEMICOLON {
			return tok
		}
	}
}
