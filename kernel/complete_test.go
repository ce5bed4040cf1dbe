package kernel_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gaspard/kernel/worker"
)

// session for questions: what earlier cells have left behind.
func questionable(t *testing.T) *session {
	t.Helper()
	s := start(t)
	s.must(`cloud := mat.NewDense(2, 2, nil)
func cloudiness() int { return 1 }
type Inner struct { Depth int; hidden bool }
func (i Inner) Dig(by int) int { return i.Depth + by }
type Point struct { *Inner; X, Y float64 }
// Norm is the distance
// from zero.
func (p Point) Norm() float64 { return math.Hypot(p.X, p.Y) }
func origin(scale float64, names ...string) *Point { return &Point{} }
points := []Point{{X: 1}}
byName := map[string]Point{}
p := ot.Points(cloud, cloud)
r := ot.Exact(p, ot.Settings{})`)
	return s
}

// completed writes what a text, in which | is the cursor, completes to.
func (s *session) completed(code string) (got string, reply worker.Reply) {
	s.t.Helper()
	before, after, _ := strings.Cut(code, "|")
	guard := time.AfterFunc(hang, s.c.Kill)
	defer guard.Stop()
	reply, err := s.c.Complete(before+after, len(before))
	if err != nil || !reply.OK {
		s.t.Fatalf("%s: %+v, %v", code, reply, err)
	}
	var texts []string
	for _, m := range reply.Matches {
		texts = append(texts, m.Text)
	}
	return strings.Join(texts, " "), reply
}

func TestCompletion(t *testing.T) {
	s := questionable(t)
	for _, c := range []struct{ code, want string }{
		// Names.
		{"clou|", "cloud cloudiness"},
		{"x := clou| + 1", "cloud cloudiness"},
		{"func f() int { local := 3; return loc|", "local"},
		{"func f(number int) { for index := range nu|", "number"},
		{"if inside := 1; ins|", "inside"},
		{"{ gone := 1 }\ngon|", ""},
		{"f := func(argument int) int { return argu|", "argument"},
		{"strin|", "string strings"},
		{"appen|", "append"},
		{"poi|", "points"},
		{"nothingLikeThis|", ""},
		{"var clou|", ""},
		// Members of packages, exact case first, any case otherwise.
		{"x := ot.Sink|", "Sinkhorn"},
		{"ot.sink|", "Sinkhorn"},
		{"strings.HasP|", "HasPrefix"},
		{"var x strings.Buil|", "Builder"},
		{"func f(x ot.Sett|", "Settings"},
		{"import str \"strings\"\nstr.HasP|", "HasPrefix"},
		{"nothing.Like|", ""},
		// Fields and methods of values, wherever they come from.
		{"cloud.Raw|", "RawMatrix RawRowView"},
		{"cloud.RawMatrix().|", "Cols Data From Rows Stride"},
		{"r.Tra|", "Transport"},
		{"ot.Exact(p, ot.Settings{}).Sha|", "Shannon"},
		{"points[0].|", "Depth Dig Inner Norm X Y hidden"},
		{"byName[\"a\"].No|", "Norm"},
		{"origin(1).D|", "Depth Dig"},
		{"Point{X: 1}.|", "Depth Dig Inner Norm X Y hidden"},
		{"(&Point{}).N|", "Norm"},
		{"points[0].Inner.|", "Depth Dig hidden"},
		{"for _, q := range points { fmt.Println(q.N|", "Norm"},
		{"for _, q := range points.|", ""},
		{"q := points[0]\nif q.No|", "Norm"},
		{"switch v := any(p).(type) { case *ot.Problem: v.C|", "Cost"},
		{"func (p Point) Twice() float64 { return 2 * p.No|", "Norm"},
		{"Point.No|", "Norm"},
		{"Point.X|", ""},
		{"strings.NewReader(\"a\").ReadB|", "ReadByte"},
		{"x := 3.|", ""},
		{"cloudiness.|", ""},
		// Fields in composite literals.
		{"ot.Settings{Eps|", "Epsilon:"},
		{"ot.Settings{Epsilon: 1, |", "Job: MaxIter: MemoryLimit: Start: TauA: TauB: Tol:"},
		{"ot.Exact(p, ot.Settings{T|", "TauA: TauB: Tol:"},
		{"[]Point{{X: 1, Y|", "Y:"},
		{"map[string]*Point{\"a\": {Y|", "Y:"},
		{"ot.Settings{Epsilon: clou|", "cloud cloudiness"},
		{"Point{nil, clou|", "cloud cloudiness"},
		{"[]int{clou|", "cloud cloudiness"},
		// Keywords where they fit.
		{"sele|", "select"},
		{"x := sele|", ""},
		{"retu|", ""},
		{"func f() { retu|", "return"},
		{"contin|", ""},
		{"for { contin|", "continue"},
		{"for { f := func() { contin|", ""},
		{"switch 1 { cas|", "case"},
		{"switch 1 {\ncase 1:\n\tfallt|", "fallthrough"},
		{"if true { } els|", "else"},
		{"for i := rang|", "range"},
		{"x := rang|", ""},
		{"impo|", "import importer"},
		{"func f() { impo|", "importer"},
		{"var x stru|", "struct structs"},
		{"type T stru|", "struct structs"},
		// Nothing in comments, numbers and runes.
		{"// clou|", ""},
		{"/* clou|", ""},
		{"x := 1 /* a */ + clou|", "cloud cloudiness"},
		{"'c|", ""},
		{"0x|", ""},
		// Import paths.
		{"import \"strc|", "strconv"},
		{"import (\n\t\"fmt\"\n\tr \"math/ran|", "math/rand math/rand/v2"},
		{"import \"distu|", "gonum.org/v1/gonum/stat/distuv"},
	} {
		got, reply := s.completed(c.code)
		before, _, _ := strings.Cut(c.code, "|")
		if got != c.want || reply.End != len(before) {
			t.Errorf("%s\ncompletes to %q up to %d, want %q", c.code, got, reply.End, c.want)
		}
	}
}

func TestMatchesSayWhatTheyAre(t *testing.T) {
	s := questionable(t)
	for _, c := range []struct{ code, kind, info string }{
		{"ot.Sinkhor|", "func", "(p *ot.Problem, s ot.Settings) *ot.Result"},
		{"r.Transp|", "field", "float64"},
		{"origi|", "func", "(scale float64, names ...string) *Point"},
		{"points[0].Nor|", "method", "() float64"},
		{"byNam|", "var", "map[string]Point"},
		{"distu|", "package", "gonum.org/v1/gonum/stat/distuv"},
		{"math.Pi|", "const", "3.14159"},
		{"ot.Setting|", "type", "struct"},
		{"swit|", "keyword", ""},
	} {
		_, reply := s.completed(c.code)
		if len(reply.Matches) != 1 || reply.Matches[0].Kind != c.kind || !strings.HasPrefix(reply.Matches[0].Info, c.info) {
			t.Errorf("%s: %+v, want kind %s, info %s", c.code, reply.Matches, c.kind, c.info)
		}
	}
}

func TestFileNamesComplete(t *testing.T) {
	s := start(t)
	dir := strings.TrimSpace(strings.Trim(s.must("dir, _ := os.Getwd()\ndir"), "\"\n"))
	if err := os.MkdirAll(filepath.Join(dir, "data", "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"data/cells.csv", "data/cells.csv.gz", "notes.txt", ".hidden", "data/with \"quote\""} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		code, want string
		start      int
	}{
		{`measure.ReadCSV("da|`, "data/", 17},
		{`measure.ReadCSV("data/|`, `cells.csv cells.csv.gz deep/ with \"quote\"`, 22},
		{"x := `data/ce|", "cells.csv cells.csv.gz", 11},
		{`f := "no|") // rest`, "notes.txt", 6},
		{`f := ".|`, ".hidden", 6},
		{`f := "absent/|`, "", 13},
		{`f := "|`, "data/ notes.txt", 6},
		{fmt.Sprintf("f := %q|", dir), "", len(fmt.Sprintf("f := %q", dir))}, // after the string
	} {
		got, reply := s.completed(c.code)
		if got != c.want || reply.Start != c.start {
			t.Errorf("%s\ncompletes to %q from %d, want %q from %d", c.code, got, reply.Start, c.want, c.start)
		}
	}
}

func TestCallsAreDescribed(t *testing.T) {
	s := questionable(t)
	for _, c := range []struct{ code, signature, parameter, text string }{
		{"ot.Sinkhorn(|", "ot.Sinkhorn(p *ot.Problem, s ot.Settings) *ot.Result", "p *ot.Problem", "solves the entropic"},
		{"ot.Sinkhorn(p, |", "ot.Sinkhorn(p *ot.Problem, s ot.Settings) *ot.Result", "s ot.Settings", ""},
		{"ot.Sinkhorn(p, ot.Settings{Eps|", "ot.Sinkhorn(p *ot.Problem, s ot.Settings) *ot.Result", "s ot.Settings", ""},
		{"origin(1, \"a\", \"b|", "origin(scale float64, names ...string) *Point", "names ...string", ""},
		{"x := points[0].Norm(|", "points[0].Norm() float64", "", ""},
		{"cloud.At(1, |", "cloud.At(i int, j int) float64", "j int", "returns the element"},
		{"f := func(a, b int) {}; f(1, |", "f(a int, b int)", "b int", ""},
		{"slices.Sort(|", "slices.Sort[S ~[]E, E cmp.Ordered](x S)", "x S", "sorts a slice"},
		{"append(|", "func append(slice []Type, elems ...Type) []Type", "", ""},
		{"fmt.Println((|", "fmt.Println(a ...any) (n int, err error)", "a ...any", ""},
		{"for range max(1, origin(|", "origin(scale float64, names ...string) *Point", "scale float64", ""},
		{"float64(|", "", "", ""},
		{"f := func() { |", "", "", ""},
		{"func f(|", "", "", ""},
		{"fmt.Println(func() { |", "", "", ""},
		{"ot.Sinkhorn(p, ot.Settings{})|", "", "", ""},
	} {
		_, reply := s.completed(c.code)
		var got worker.Call
		if reply.Call != nil {
			got = *reply.Call
		}
		if got.Signature != c.signature || got.Signature[got.Start:got.End] != c.parameter || !strings.HasPrefix(got.Text, c.text) {
			t.Errorf("%s\nis described as %+v, want %q with %q", c.code, got, c.signature, c.parameter)
		}
	}
	if got, _ := s.completed("ot.Exact(|"); got != "p" {
		t.Errorf("the first argument of ot.Exact may be %q, want p", got)
	}
	if got, _ := s.completed("math.Sqrt(cloud.At(0, |"); got != "" {
		t.Errorf("no variable is an int, but %q is offered", got)
	}
}

// TestQuestionsNeverHurt asks about every prefix of texts of all kinds.
func TestQuestionsNeverHurt(t *testing.T) {
	s := questionable(t)
	for _, code := range []string{
		"package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(points[0].Norm(), \"a\")\n}",
		"type S[T any] struct{ a []T; b map[string]func(x int) (y, z T) }; s := S[int]{a: []int{1}, b: nil}",
		"for i, q := range points { switch { case q.X > 1: break; default: goto end } }\nend:",
		"select { case v, ok := <-make(chan int): _ = v; _ = ok }; defer func() { recover() }()",
		"))) ]] }} ((( [[ {{ . .. ... := <- 'x \"\\",
		"x := `a\r\nb` + \"é\\u00e9\" /* c */ // d\ny.z.",
		"func (p *Point) Add(q ...Point) (r Point) { r.X += q[0].X; return }",
	} {
		for i := range len(code) + 1 {
			reply, err := s.c.Complete(code, i)
			if err != nil || !reply.OK || reply.Start > i {
				t.Fatalf("completing %q: %+v, %v", code[:i], reply, err)
			}
			if reply, err := s.c.Inspect(code, i); err != nil || !reply.OK {
				t.Fatalf("inspecting %q at %d: %+v, %v", code, i, reply, err)
			}
		}
	}
	if got := s.must("points[0].Norm()"); got != "1" {
		t.Errorf("afterwards the norm is %s", got)
	}
}

func TestInspection(t *testing.T) {
	s := questionable(t)
	for _, c := range []struct{ code, kind, signature, text, where string }{
		{"ot.Sinkhorn", "func", "func Sinkhorn(p *Problem, s Settings) *Result", "ε KL(P | a⊗b)", "gaspard/lib/ot"},
		{"strings.Fields", "func", "func Fields(s string) []string", "Fields", "strings"},
		{"slices.Sort", "func", "func Sort[S ~[]E, E cmp.Ordered](x S)", "ascending", "slices"},
		{"r.Transport", "field", "field Result.Transport float64", "⟨P, C⟩.", "gaspard/lib/ot"},
		{"r.String", "method", "func (r *Result) String() string", "", "gaspard/lib/ot"},
		{"ot.Result.Dual", "field", "field Result.Dual float64", "lower bound", "gaspard/lib/ot"},
		{"ot.Sinkhorn.Dual", "field", "field Result.Dual float64", "lower bound", "gaspard/lib/ot"},
		{"ot.Exact(p, ot.Settings{}).Dual", "field", "field Result.Dual float64", "lower bound", "gaspard/lib/ot"},
		{"cloud.At", "method", "func (m *Dense) At(i, j int) float64", "row i", "gonum.org/v1/gonum/mat"},
		{"points[0].Norm", "method", "func (p Point) Norm() float64 { return math.Hypot(p.X, p.Y) }", "Norm is the distance\nfrom zero.", "cell 1"},
		{"points[0].Depth", "field", "field Depth int", "", "cell 1"},
		{"origin", "func", "func origin(scale float64, names ...string) *Point { return &Point{} }", "", "cell 1"},
		{"Point", "type", "type Point struct { *Inner; X, Y float64 }", "", "cell 1"},
		{"points", "var", "var points []Point", "", "cell 1"},
		{"p", "var", "var p *ot.Problem", "", "cell 1"},
		{"ot", "package", "package ot", "", "gaspard/lib/ot"},
		{"append", "func", "func append(slice []Type, elems ...Type) []Type", "appends", "builtin"},
		{"ot.Sinkhorn(p, ", "func", "func Sinkhorn(p *Problem, s Settings) *Result", "", "gaspard/lib/ot"},
		{"local := 2.5; local", "var", "var local float64", "", "this cell"},
		{"for", "keyword", "", "", ""},
	} {
		reply, err := s.c.Inspect(c.code, len(c.code))
		if err != nil || reply.Doc == nil {
			t.Errorf("%s: %+v, %v", c.code, reply, err)
			continue
		}
		d := reply.Doc
		if d.Kind != c.kind || d.Signature != c.signature || !strings.Contains(d.Text, c.text) || d.Where != c.where {
			t.Errorf("%s is documented as %+v", c.code, d)
		}
	}
	reply, err := s.c.Inspect("x := ot.Sinkhorn(p)", 10)
	if err != nil || reply.Doc == nil || reply.Doc.Name != "ot.Sinkhorn" {
		t.Errorf("in the middle of a name: %+v, %v", reply.Doc, err)
	}
}

func TestInspectionTellsValues(t *testing.T) {
	s := questionable(t)
	s.must("text := \"four\"; empty := map[string]int{}")
	for name, want := range map[string]worker.Doc{
		"points": {Value: "[{", Size: "1 element"},
		"cloud":  {Value: "Dense 2×2\n⎡0  0⎤", Size: "2×2"},
		"text":   {Value: `"four"`, Size: "4 bytes"},
		"empty":  {Value: "map[]", Size: "0 entries"},
		"p":      {Value: "&ot.Problem{", Size: ""},
	} {
		reply, err := s.c.Inspect(name, len(name))
		if err != nil || reply.Doc == nil || !strings.Contains(reply.Doc.Value, strings.TrimPrefix(want.Value, "[{")) || reply.Doc.Size != want.Size {
			t.Errorf("%s: %+v, %v", name, reply.Doc, err)
		}
	}
}

func TestInspectionGivesOverviews(t *testing.T) {
	s := questionable(t)
	for _, c := range []struct {
		name   string
		member worker.Member
	}{
		{"ot", worker.Member{Name: "Sinkhorn", Kind: "func", Text: "solves the entropic transport problem"}},
		{"ot", worker.Member{Name: "Settings", Kind: "type", Text: "holds the parameters of the solvers."}},
		{"ot.Result", worker.Member{Name: "Sinkhorn", Kind: "func", Text: "solves"}},
		{"ot.Result", worker.Member{Name: "String", Kind: "method"}},
		{"Point", worker.Member{Name: "Norm", Kind: "method"}},
	} {
		reply, err := s.c.Inspect(c.name, len(c.name))
		if err != nil || reply.Doc == nil || !slices.ContainsFunc(reply.Doc.Members, func(m worker.Member) bool {
			return m.Name == c.member.Name && m.Kind == c.member.Kind && strings.HasPrefix(m.Text, c.member.Text)
		}) {
			t.Errorf("%s lacks %+v: %+v, %v", c.name, c.member, reply.Doc, err)
		}
	}
}

func TestInspectionGuesses(t *testing.T) {
	s := questionable(t)
	for name, want := range map[string]string{
		"ot.Sinkhron":     "ot.Sinkhorn",
		"ot.sinkhorn":     "ot.Sinkhorn",
		"Sinkhorn":        "ot.Sinkhorn",
		"cluod":           "cloud",
		"r.Transprot":     "r.Transport",
		"measrue":         "measure",
		"nothingLikeThis": "",
		"zz.Top":          "",
	} {
		reply, err := s.c.Inspect(name, len(name))
		got := ""
		if len(reply.Near) > 0 {
			got = reply.Near[0]
		}
		if err != nil || reply.Doc != nil || got != want {
			t.Errorf("for %s it guesses %q, %v; want %s", name, reply.Near, err, want)
		}
	}
}

func TestShowingWhatHoldsUnexportedSlices(t *testing.T) {
	s := questionable(t)
	if got := s.must("p"); !strings.HasPrefix(got, "&ot.Problem{") {
		t.Errorf("a problem is shown as %s", got)
	}
	if vars, err := s.c.Variables(); err != nil || len(vars) < 5 {
		t.Errorf("variables %v, %v", vars, err)
	}
}
