package kernel_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gaspard/kernel/worker"
)

// panicSetup is the first cell of the tests of panics.
const panicSetup = `func at(i int) int {
	s := []int{0, 1, 2}
	return s[i]
}
type T struct{ next *T; n int }
func (t *T) Next() *T { return t.next }
func (t T) String() string { return fmt.Sprint("T", at(t.n)) }
type Base struct{}
func (Base) Do(f func()) { f() }
type Derived struct{ Base }
func safe(i int) (n int) {
	defer func() {
		if recover() != nil { n = -1 }
	}()
	return at(i)
}
func again(i int) {
	defer func() {
		r := recover()
		panic(fmt.Sprint("again: ", r))
	}()
	at(i)
}
func tidy(i int) {
	defer safe(9)
	at(i)
}
func deep(n int) int {
	if n == 0 {
		return at(99)
	}
	return deep(n-1) + 1
}
func seq(yield func(int) bool) {
	yield(at(2))
	at(5)
}
func get[E any](s []E, i int) E {
	return s[i]
}
var s []int
var m map[string]int
var e any = []int{1}
var kept = func(i int) int {
	return 6 / at(i)
}
func zero() int { return at(0) }`

// TestPanicsNameTheirStatement runs cells that panic at their mark, or at a line
// of the first cell, and compares the place and the trace.
func TestPanicsNameTheirStatement(t *testing.T) {
	s := start(t)
	s.must(panicSetup)
	for _, k := range []struct {
		code, message string
		inSetup       string   // the line of the first cell that panics
		stack         []string // the functions passed; "" is the cell, a number the first cell's
	}{
		{code: "x := 1\n‸s[3] = x", message: "runtime error: index out of range"},
		{code: "x := 1\nfmt.Println(x)\n‸s[x]", message: "index out of range"},
		{code: "at(0)\nat(7)", message: "index out of range", inSetup: "\treturn s[i]", stack: []string{"at, 1", ""}},
		{code: "‸at(0) + s[9]", message: "index out of range"},
		{code: "x := 5\nif at(0) > 5 {\n} else if ‸s[x] > 1 {\n}", message: "index out of range"},
		{code: "if x := at(1); ‸s[x] > 0 {\n}", message: "index out of range"},
		{code: "for i := 0; ‸i < 3/(2-i); i++ {\n\tat(0)\n}", message: "integer divide by zero"},
		{code: "for i := 0; i < 3; ‸i += s[i] {\n\tat(0)\n}", message: "index out of range"},
		{code: "for i := range 3 {\n\tif i == 2 {\n\t\tat(0)\n\t\t‸s[i]++\n\t}\n}", message: "index out of range"},
		{code: "switch at(0) {\ncase 7:\ncase ‸s[1]:\n}", message: "index out of range"},
		{code: "switch {\ncase at(0) == 1:\ncase at(1) == 1:\n\tat(2)\n\t‸s[at(1)] = at(0)\n}", message: "index out of range"},
		{code: "switch ‸x := e.(int); x {\n}", message: "interface conversion: interface {} is []int, not int"},
		{code: "switch v := e.(type) {\ncase []int:\n\t‸v[at(1)] = 1\n}", message: "index out of range"},
		{code: "r := kept(1) /\n\tat(0)", message: "integer divide by zero"},
		{code: "kept(0)", message: "integer divide by zero", inSetup: "\treturn 6 / at(i)", stack: []string{"func literal, 1", ""}},
		{code: "f := func() int {\n\tx := at(0)\n\t‸return 4 / x\n}\nf()", message: "integer divide by zero"},
		{code: "sort.Slice([]int{3, 1, 2}, func(i, j int) bool {\n\t‸return s[i] < 1\n})", message: "index out of range", stack: []string{"func literal", ""}},
		{code: "slices.SortFunc([]int{9, 8}, func(i, j int) int { return at(i) })", message: "index out of range", inSetup: "\treturn s[i]", stack: []string{"at, 1", "func literal", ""}},
		{code: "‸m[\"a\"]++", message: "panic: assignment to entry in nil map"},
		{code: "for range 3 {\n\tdefer at(0)\n}\n‸m[\"q\"] = 5", message: "assignment to entry in nil map"},
		{code: "defer func() {\n\t‸m[\"q\"] = 5\n}()\nat(0)", message: "assignment to entry in nil map"},
		{code: "safe(8)\n‸s[0] = safe(9)", message: "index out of range"},
		{code: "for range 100 { safe(7) }\nat(8)", message: "index out of range", inSetup: "\treturn s[i]", stack: []string{"at, 1", ""}},
		{code: "fmt.Sprint(T{n: 9})\n‸s[0]", message: "index out of range"},
		{code: "again(6)", message: "panic: again: runtime error: index out of range", inSetup: "\t\tpanic(fmt.Sprint(\"again: \", r))", stack: []string{"func literal, 1", ""}},
		{code: "tidy(6)", message: "index out of range", inSetup: "\treturn s[i]", stack: []string{"at, 1", "tidy, 1", ""}},
		{code: "deep(2)", message: "index out of range", inSetup: "\treturn s[i]", stack: []string{"at, 1", "deep, 1", "deep, 1", "deep, 1", ""}},
		{code: "var d interface{ Do(func()) } = Derived{}\nd.Do(func() { at(4) })", message: "index out of range", inSetup: "\treturn s[i]", stack: []string{"at, 1", "func literal", "Base.Do, 1", ""}},
		{code: "for v := range seq {\n\tat(v)\n}", message: "index out of range", inSetup: "\treturn s[i]", stack: []string{"at, 1", "seq, 1", ""}},
		{code: "for v := range seq {\n\tat(0)\n\t‸s[v] = 1\n}", message: "index out of range", stack: []string{"", "seq, 1", ""}},
		{code: "get([]string{\"a\"}, 3)", message: "index out of range [3] with length 1", inSetup: "\treturn s[i]\n}\nvar s", stack: []string{"get, 1", ""}},
		{code: "var t *T\nt.Next()", message: "invalid memory address or nil pointer dereference", inSetup: "func (t *T) Next() *T { return t.next }", stack: []string{"T.Next, 1", ""}},
		{code: "t := &T{}\n‸t.Next().n = at(0)", message: "nil pointer dereference"},
		{code: "var p *T\n‸*p = T{}", message: "nil pointer dereference"},
		{code: "var p *[3]int\n‸for _, v := range p { _ = v }", message: "nil pointer dereference"},
		{code: "var f func()\nat(0)\n‸f()", message: "nil pointer dereference"},
		{code: "var st fmt.Stringer\n‸st.String()", message: "panic: runtime error: invalid memory address or nil pointer dereference"},
		{code: "var sh interface{ Area() int }\n‸sh.Area()", message: "nil pointer dereference"},
		{code: "c := make(chan int)\nclose(c)\n‸close(c)", message: "panic: close of closed channel"},
		{code: "c := make(chan int, 1)\nclose(c)\n‸c <- at(0)", message: "panic: send on closed channel"},
		{code: "c := make(chan int, 1)\nclose(c)\nat(0)\n‸select {\ncase c <- 1:\n}", message: "panic: send on closed channel"},
		{code: "n := -1\n‸make([]int, n)", message: "makeslice: len out of range"},
		{code: "‸[4]int(s)", message: "cannot convert slice with length 0"},
		{code: "n := -1\n‸1 << n", message: "negative shift amount"},
		{code: "‸e == e", message: "comparing uncomparable type []int"},
		{code: "k := map[any]int{}\n‸delete(k, e)", message: "hash of unhashable type []int"},
		{code: "at(0)\n‸e.(fmt.Stringer)", message: "interface conversion: []int is not fmt.Stringer: missing method String"},
		{code: "‸panic(\"boom\")", message: "panic: boom"},
		{code: "‸panic(fmt.Errorf(\"w %w\", io.EOF))", message: "panic: w EOF"},
		{code: "a := 3; b := 4; ‸fmt.Println(a / (b - 4))", message: "integer divide by zero"},
		{code: "日本 := 0\n\tfmt.Println(\"世界\"); ‸fmt.Println(1 / 日本)", message: "integer divide by zero"},
		{code: "package main\n\nvar x = zero()\n\nfunc zero() int { return 0 }\n\nfunc main() {\n\t‸println(1 / x)\n}", message: "integer divide by zero"},

		{code: "optimize.Minimize(optimize.Problem{Func: func(x []float64) float64 {\n\t‸return float64(at(len(x)) / at(0))\n}}, []float64{1}, nil, nil)", message: "integer divide by zero", stack: []string{"func literal", ""}},
		{code: "fd.Derivative(func(x float64) float64 {\n\treturn float64(at(9))\n}, 1, nil)", message: "index out of range", inSetup: "\treturn s[i]", stack: []string{"at, 1", "func literal", ""}},

		{code: "‸strings.Repeat(\"a\", -1)", message: "strings: negative Repeat count"},
		{code: "x := mat.NewDense(2, 2, nil)\n‸mat.NewDense(2, 2, []float64{1})", message: "mat: dimension mismatch"},
		{code: "‸ot.Points(mat.NewDense(2, 2, nil), mat.NewDense(2, 3, nil))", message: "ot: x has 2 columns, y has 3"},
	} {
		code := k.code
		if !strings.Contains(code, "‸") && k.inSetup == "" {
			code = "‸" + code
		}
		before, after, _ := strings.Cut(code, "‸")
		line, column := 1+strings.Count(before, "\n"), len(before)-strings.LastIndexByte(before, '\n')
		e := s.fails(before + after)
		cell := fmt.Sprint(s.cells)
		source := strings.Split(before+after, "\n")[line-1]
		wantCell := cell
		if k.inSetup != "" {
			head, _, ok := strings.Cut(panicSetup, k.inSetup)
			if !ok {
				t.Fatalf("no line %q", k.inSetup)
			}
			wantCell, line, source = "1", 1+strings.Count(head, "\n"), strings.Split(k.inSetup, "\n")[0]
			column = 0
		}
		if e.Kind != worker.ErrPanic || !strings.Contains(e.Message, k.message) || strings.Contains(e.Message, "reflect") || strings.Contains(e.Message, "\n") {
			t.Errorf("%s\nfails with %q (%s), want %q", k.code, e.Message, e.Kind, k.message)
		}
		if e.Cell != wantCell || e.Line != line || e.Source != source || column > 0 && e.Column != column {
			t.Errorf("%s\nfails at %s:%d:%d %q, want %s:%d:%d %q", k.code, e.Cell, e.Line, e.Column, e.Source, wantCell, line, column, source)
		}
		want := traceOf(k.stack, cell)
		if passed := functionsOf(e.Stack); k.stack != nil && !slices.Equal(passed, want) {
			t.Errorf("%s\npasses %q, want %q", k.code, passed, want)
		}
		s.must("m = nil")
	}
}

// functionsOf leaves the lines out of a trace and writes repeated calls out.
func functionsOf(stack []string) (passed []string) {
	for _, line := range stack {
		m := regexp.MustCompile(`^(.*cell \w+):\d+(?: \((\d+) times\))?$`).FindStringSubmatch(line)
		if m == nil {
			return append(passed, line)
		}
		times, _ := strconv.Atoi(m[2])
		for range max(times, 1) {
			passed = append(passed, m[1])
		}
	}
	return passed
}

// traceOf writes a trace as the kernel sends it.
func traceOf(stack []string, cell string) (want []string) {
	for _, f := range stack {
		name, number, _ := strings.Cut(f, ", ")
		if number == "" {
			number = cell
		}
		if name != "" {
			name += ", "
		}
		want = append(want, name+"cell "+number)
	}
	return want
}

// TestPanicsOfGoroutines holds that a panic names the function of its own goroutine
// whatever runs beside, if not always the statement: all goroutines note theirs in
// one place.
func TestPanicsOfGoroutines(t *testing.T) {
	s := start(t)
	s.must(panicSetup)
	s.must("go func() {\n\tfor {\n\t\tsafe(5)\n\t\ttime.Sleep(time.Microsecond)\n\t}\n}()")
	for range 5 {
		if e := s.fails("for i := range 500 { _ = i * i }\nm[\"a\"] = 1"); e.Cell != fmt.Sprint(s.cells) || e.Line > 2 || e.Stack != nil {
			t.Errorf("fails at %s:%d, passing %q", e.Cell, e.Line, e.Stack)
		}
	}
	e := s.fails("done := make(chan bool)\ngo func() {\n\tdefer close(done)\n\tat(0)\n\tat(9)\n}()\n<-done\ntime.Sleep(20 * time.Millisecond)")
	if !strings.HasPrefix(e.Message, "in a goroutine: panic: runtime error: index out of range") || e.Cell != "1" || e.Line < 1 || e.Line > 4 {
		t.Errorf("fails with %+v", e)
	}
	if want := traceOf([]string{"at, 1", "func literal"}, fmt.Sprint(s.cells)); !slices.Equal(functionsOf(e.Stack), want) {
		t.Errorf("passes %q, want %q", e.Stack, want)
	}
}

// TestPanicsAfterRedefinition holds that places stay those of the cell that holds
// the text.
func TestPanicsAfterRedefinition(t *testing.T) {
	s := start(t)
	s.must("var s []int\n\n\tfunc f(i int) int {\n\t\treturn s[i]\n\t}\nfunc g() int { return f(1) }")
	s.must("s := []int{1}") // re-emits nothing: the type is the same
	s.must("var s = [1]int{}")
	e := s.fails("g()")
	if e.Cell != "1" || e.Line != 4 || e.Column != 3 || e.Source != "\t\treturn s[i]" {
		t.Errorf("%+v", e)
	}
	if want := []string{"f, cell 1", "g, cell 1", "cell 4"}; !slices.Equal(functionsOf(e.Stack), want) {
		t.Errorf("passes %q, want %q", e.Stack, want)
	}
	e = s.fails("func f(i int) int { return i / (i - 1) }\n\ng()")
	if want := []string{"f, cell 5", "g, cell 1", "cell 5"}; e.Line != 1 || !slices.Equal(functionsOf(e.Stack), want) {
		t.Errorf("%+v", e)
	}
	s.must("func f(i int) int {\n\tx := 0\n\treturn i / x\n}")
	if e := s.fails("g()"); e.Cell != "6" || e.Line != 3 || !slices.Equal(functionsOf(e.Stack), []string{"f, cell 6", "g, cell 1", "cell 7"}) {
		t.Errorf("%+v", e)
	}
}
