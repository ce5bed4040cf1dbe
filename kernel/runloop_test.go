package kernel_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gaspard/kernel/worker"
)

// Places that the interpreter itself does not know: they hold what the loop reads
// of its nodes.
func TestPanicsNameTheirPlaceAndCalls(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		name, code   string
		line, column int
		stack        []string // "N" stands for the cell
	}{
		{"after the turn of a loop", "s := []int{1}\nfor i := 0; i < 3; i++ {\n\ts[0] = i\n\t_ = s[i]\n}", 4, 2, nil},
		{"at the head of a loop", "z := 2\nfor 1/z >= 0 {\n\tz--\n}", 2, 5, nil},
		{"in a branch", "var m map[int]int\nif len(m) == 0 {\n\tx := 1\n\tm[x] = 1\n}", 4, 2, nil},
		{"in a switch", "var p *int\nswitch 3 {\ncase 2:\ncase 3:\n\t*p = 1\n}", 5, 2, nil},
		{"in functions", "func f(n int) int {\n\tvar s []int\n\treturn s[n]\n}\nfunc g() int {\n\tx := 1\n\treturn x + f(3)\n}\nx := 1\ng()",
			3, 2, []string{"f, cell N:3", "g, cell N:7", "cell N:10"}},
		{"in a literal", "half := func(n int) int { return 4 / n }\nhalf(2)\nhalf(0)", 1, 27, []string{"func literal, cell N:1", "cell N:3"}},
		{"in a callback", "slices.SortFunc([]int{2, 1}, func(a, b int) int {\n\tpanic(\"no\")\n})", 2, 2, []string{"func literal, cell N:2", "cell N:1"}},
		{"in a solver's callback", "optimize.Minimize(optimize.Problem{Func: func(x []float64) float64 {\n\tvar s []int\n\treturn float64(s[3])\n}}, []float64{1}, nil, nil)",
			3, 2, []string{"func literal, cell N:3", "cell N:1"}},
		{"after deferred calls", "func quiet() {\n\tdefer func() { recover() }()\n\tpanic(1)\n}\nfunc h() {\n\tdefer quiet()\n\tvar m map[int]int\n\tm[1] = 1\n}\nh()",
			8, 2, []string{"h, cell N:8", "cell N:10"}},
		{"in a deferred call", "func d() {\n\tdefer func() {\n\t\tpanic(\"second\")\n\t}()\n\tpanic(\"first\")\n}\nd()", 3, 3, nil},
		{"after a recovered panic", "func r() {\n\tdefer func() { recover() }()\n\tpanic(1)\n}\nr()\nvar q *int\n*q = 1", 7, 1, nil},
		{"after a panic that a library caught", "type bad struct{}\nfunc (bad) String() string {\n\tpanic(1)\n}\nfmt.Println(bad{})\nvar u *int\n*u = 1", 7, 1, nil},
		{"in a goroutine", "go func() {\n\tvar w *int\n\t*w = 1\n}()\ntime.Sleep(20 * time.Millisecond)", 3, 2, nil},
		{"deep down", "func deep(n int) int {\n\tif n == 0 {\n\t\tpanic(n)\n\t}\n\treturn deep(n-1) + 1\n}\ndeep(100000)",
			3, 3, []string{"deep, cell N:3", "deep, cell N:5 (100000 times)", "cell N:7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := s.fails(c.code)
			cell := fmt.Sprint(s.cells)
			if e.Kind != worker.ErrPanic || e.Cell != cell || e.Line != c.line || e.Column != c.column {
				t.Errorf("%s\nfails at cell %s:%d:%d (%s %s), want cell %s:%d:%d", c.code, e.Cell, e.Line, e.Column, e.Kind, e.Message, cell, c.line, c.column)
			}
			var want []string
			for _, line := range c.stack {
				want = append(want, strings.Replace(line, "cell N", "cell "+cell, 1))
			}
			if want != nil && !slices.Equal(e.Stack, want) {
				t.Errorf("%s\nhas the stack %q, want %q", c.code, e.Stack, want)
			}
		})
	}
}

// A panic in a function of an earlier cell has its place there.
func TestPanicsNameTheCellOfTheFunction(t *testing.T) {
	s := start(t)
	s.must("func f(s []int) int {\n\treturn s[0]\n}")
	first := fmt.Sprint(s.cells)
	e := s.fails("\n\nf(nil)")
	want := []string{"f, cell " + first + ":2", fmt.Sprintf("cell %d:3", s.cells)}
	if e.Cell != first || e.Line != 2 || !slices.Equal(e.Stack, want) {
		t.Errorf("the panic is at cell %s:%d with the stack %q, want %q", e.Cell, e.Line, e.Stack, want)
	}
}

func TestDeepRecursionWorks(t *testing.T) {
	s := start(t)
	s.must("func depth(n int) int { if n == 0 { return 0 }; return depth(n-1) + 1 }")
	if got := s.must("depth(100000)"); got != "100000" {
		t.Errorf("depth(100000) is %s", got)
	}
}

func TestEndlessRecursionIsNoDeath(t *testing.T) {
	s := start(t)
	s.must("ran := false\nfunc down(n int) int {\n\treturn up(n) + 1\n}\nfunc up(n int) int { return down(n + 1) }")
	e := s.fails("defer func() { ran = recover() == nil }()\ndown(0)")
	if !strings.Contains(e.Message, "endless recursion") || len(e.Stack) == 0 || !strings.Contains(strings.Join(e.Stack, " "), "down, cell") {
		t.Errorf("endless recursion is told as %q, %q", e.Message, e.Stack)
	}
	if got := s.must("ran"); got != "true" {
		t.Errorf("deferred code has run: %s", got)
	}
}
