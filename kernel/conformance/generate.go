package conformance

import (
	"fmt"
	"go/format"
	"math/rand/v2"
	"strings"
)

// Generate makes a random program: well typed, without end-less loops, and with
// an output that depends on nothing but the seed. Its main holds no defer, goto
// or return, so that it can be cut into statements.
func Generate(seed uint64) *Program {
	g := &generator{rng: rand.New(rand.NewPCG(seed, 0x6761737061726421)), has: map[feature]bool{}}
	for _, f := range features {
		g.has[f] = g.one(2)
	}
	size := 1 + g.rng.IntN(3)
	g.declareTypes()
	g.declareGlobals()
	for range size + g.rng.IntN(3) {
		g.function()
	}
	g.line("func main() {")
	g.open()
	for range 8*size + g.rng.IntN(4) {
		g.statement(size)
	}
	g.printAll()
	g.closeScope()
	g.line("}")
	source, err := format.Source([]byte(prelude + g.out.String()))
	if err != nil {
		panic(fmt.Sprintf("seed %d: %v", seed, err))
	}
	return &Program{Name: fmt.Sprintf("seed-%d", seed), Source: string(source)}
}

// prelude keeps what a random program may do within bounds.
const prelude = `package main

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

var steps int

func at(i, n int) int { return (i%n + n) % n }

func cut(s string) string {
	if len(s) > 24 {
		return s[:24]
	}
	return s
}

func sub(s string, i, j int) string {
	i, j = at(i, len(s)+1), at(j, len(s)+1)
	return s[min(i, j):max(i, j)]
}

func whole(f float64) int {
	if f > -1e9 && f < 1e9 {
		return int(f)
	}
	return 7
}

type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

func mapped[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, 0, len(xs))
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

func total[T number](xs ...T) (t T) {
	for _, x := range xs {
		t += x
	}
	return
}

type pair[A comparable, B any] struct {
	First  A
	Second B
}

func (p pair[A, B]) swap(q pair[A, B]) pair[A, B] { return pair[A, B]{q.First, p.Second} }

func keys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

type shape interface {
	area() int
	name() string
}

var errOdd = errors.New("odd")
var _ = strings.Repeat

`

type typeSort int

const (
	intSort typeSort = iota
	floatSort
	stringSort
	boolSort
	structSort
	sliceSort
	arraySort
	mapSort
	pointerSort
	funcSort
	shapeSort
)

// gotype is a type of the generated program.
type gotype struct {
	name   string
	sort   typeSort
	bits   int // of an integer
	signed bool
	elem   *gotype // of a slice, array, pointer or map with string keys
	size   int     // of an array
	fields []variable
	basic  string // the type under a named one
}

type variable struct {
	name  string
	t     *gotype
	fixed bool // not to be assigned
}

// feature is a part of the language that a program has or not, so that one
// difference does not hide all others.
type feature string

const (
	named      feature = "named types"
	stringer   feature = "String methods"
	interfaces feature = "interfaces"
	typeNames  feature = "names of types in the output"
	generics   feature = "generic functions and types"
	literals   feature = "function literals in expressions"
	panics     feature = "panics"
	deferring  feature = "defer"
	goroutines feature = "goroutines and channels"
	labels     feature = "labels"
)

var features = []feature{named, stringer, interfaces, typeNames, generics, literals, panics, deferring, goroutines, labels}

type generator struct {
	has     map[feature]bool
	rng     *rand.Rand
	out     strings.Builder
	indent  int
	count   int
	basics  []*gotype
	structs []*gotype
	types   []*gotype // all
	ints    *gotype
	floats  *gotype
	strings *gotype
	bools   *gotype
	unary   *gotype // func(int) int
	shape   *gotype
	makers  []string // expressions of the interface type, of one integer each
	scopes  [][]variable
	funcs   []variable // named functions of (int, string) to their type
}

func (g *generator) line(format string, args ...any) {
	g.out.WriteString(strings.Repeat("\t", g.indent))
	fmt.Fprintf(&g.out, format, args...)
	g.out.WriteString("\n")
}

func (g *generator) open()       { g.indent++; g.scopes = append(g.scopes, nil) }
func (g *generator) closeScope() { g.indent--; g.scopes = g.scopes[:len(g.scopes)-1] }
func (g *generator) one(n int) bool {
	return g.rng.IntN(n) == 0
}

func pick[T any](g *generator, list ...T) T { return list[g.rng.IntN(len(list))] }

func (g *generator) fresh(prefix string) string {
	g.count++
	return fmt.Sprintf("%s%d", prefix, g.count)
}

func (g *generator) add(v variable) {
	g.scopes[len(g.scopes)-1] = append(g.scopes[len(g.scopes)-1], v)
}

// visible lists the variables of a type, those that may be assigned if asked.
func (g *generator) visible(t *gotype, assign bool) (out []variable) {
	for _, scope := range g.scopes {
		for _, v := range scope {
			if v.t == t && !(assign && v.fixed) {
				out = append(out, v)
			}
		}
	}
	return out
}

// declareTypes sets the types up and writes those the program declares.
func (g *generator) declareTypes() {
	basic := func(name string, s typeSort, bits int, signed bool) *gotype {
		t := &gotype{name: name, sort: s, bits: bits, signed: signed, basic: name}
		g.basics = append(g.basics, t)
		return t
	}
	g.ints = basic("int", intSort, 64, true)
	for _, bits := range []int{8, 16, 32, 64} {
		basic(fmt.Sprintf("int%d", bits), intSort, bits, true)
		basic(fmt.Sprintf("uint%d", bits), intSort, bits, false)
	}
	basic("uint", intSort, 64, false)
	g.floats = basic("float64", floatSort, 64, true)
	basic("float32", floatSort, 32, true)
	g.strings = basic("string", stringSort, 0, false)
	g.bools = basic("bool", boolSort, 0, false)
	for i := range 2 {
		under := pick(g, g.basics[:10]...)
		nt := *under
		nt.name = fmt.Sprintf("N%d", i)
		if g.has[named] {
			g.basics = append(g.basics, &nt)
		}
		g.line("type %s %s", nt.name, under.basic)
		if i == 0 && g.has[stringer] {
			g.line("func (n N0) String() string { return fmt.Sprintf(\"<%%d>\", %s(n)) }", under.basic)
		}
		g.line("func (n N%d) area() int { return int(n) }", i)
		g.line("func (n N%d) name() string { return \"n%d\" }", i, i)
		g.line("func (n *N%d) bump() { *n += %d }", i, 1+g.rng.IntN(9))
		g.makers = append(g.makers, fmt.Sprintf("N%d(%%s)", i))
	}
	g.types = append(g.types, g.basics...)
	g.declareStructs()
	g.composites()
}

// declareStructs writes two structs with methods, the second may hold the first.
func (g *generator) declareStructs() {
	for i := range 2 {
		s := &gotype{name: fmt.Sprintf("S%d", i), sort: structSort}
		g.line("type S%d struct {", i)
		for j := range 2 + g.rng.IntN(3) {
			f := variable{name: fmt.Sprintf("%c%d", pick(g, 'F', 'f'), j), t: pick(g, append(g.basics, g.structs...)...)}
			s.fields = append(s.fields, f)
			g.line("\t%s %s", f.name, f.t.name)
		}
		s.fields = append(s.fields, variable{name: "K", t: g.ints})
		g.line("\tK int\n}")
		g.line("func (s S%d) area() int { s.K++; return s.K * 2 }", i)
		g.line("func (s *S%d) name() string { s.K += 3; return fmt.Sprint(\"s%d:\", s.K) }", i, i)
		g.makers = append(g.makers, fmt.Sprintf("(&S%d{K: %%s})", i))
		g.structs = append(g.structs, s)
		g.types = append(g.types, s, &gotype{name: "*" + s.name, sort: pointerSort, elem: s})
	}
}

// composites adds slices, arrays and maps of what there is, and the types of
// functions and interfaces that are in use.
func (g *generator) composites() {
	for range 5 {
		elem := pick(g, append(g.basics, g.structs...)...)
		n := 1 + g.rng.IntN(4)
		for _, t := range []*gotype{
			{name: "[]" + elem.name, sort: sliceSort, elem: elem},
			{name: fmt.Sprintf("[%d]%s", n, elem.name), sort: arraySort, elem: elem, size: n},
			{name: "map[string]" + elem.name, sort: mapSort, elem: elem},
		} {
			if !g.known(t.name) {
				g.types = append(g.types, t)
			}
		}
	}
	g.unary = &gotype{name: "func(int) int", sort: funcSort}
	g.shape = &gotype{name: "shape", sort: shapeSort}
	if g.has[literals] {
		g.types = append(g.types, g.unary)
	}
	if g.has[interfaces] {
		g.types = append(g.types, g.shape)
	}
}

func (g *generator) known(name string) bool {
	for _, t := range g.types {
		if t.name == name {
			return true
		}
	}
	return false
}

// declareGlobals writes a variable of every basic type, so that an expression
// always has something that is not constant to start from, and some constants.
func (g *generator) declareGlobals() {
	g.scopes = [][]variable{nil}
	for _, t := range g.basics {
		name := g.fresh("g")
		g.line("var %s %s = %s", name, t.name, g.literal(t))
		g.add(variable{name: name, t: t})
	}
	for range 3 {
		t := pick(g, g.types...)
		name := g.fresh("g")
		g.line("var %s %s = %s", name, t.name, g.expr(t, 2))
		g.add(variable{name: name, t: t})
	}
	g.line("const (")
	for i := range 4 {
		t := pick(g, g.basics...)
		name := g.fresh("c")
		if i == 0 {
			g.line("\t%s = iota * %d + %s", name, 1+g.rng.IntN(5), g.constant(2))
			g.line("\t%sb\n\t_\n\t%sc", name, name)
			continue
		}
		g.line("\t%s %s = %s", name, t.name, g.literal(t))
		g.add(variable{name: name, t: t, fixed: true})
	}
	g.line(")")
}

// function writes a function with a named result that may defer and recover.
func (g *generator) function() {
	t := pick(g, g.types...)
	name := g.fresh("f")
	g.line("func %s(a int, b string) (r %s) {", name, t.name)
	g.open()
	g.line("if steps++; steps > 3000 {\n%s\tr = %s\n%s\treturn\n%s}", strings.Repeat("\t", g.indent), g.zero(t), strings.Repeat("\t", g.indent), strings.Repeat("\t", g.indent))
	g.line("r = %s", g.zero(t))
	g.add(variable{name: "a", t: g.ints})
	g.add(variable{name: "b", t: g.strings})
	g.add(variable{name: "r", t: t})
	if g.has[deferring] && g.one(2) {
		g.line("defer func() {")
		g.open()
		if g.one(2) {
			g.line("if e := recover(); e != nil {\n\t\t\tfmt.Println(%q, e)\n\t\t}", name+" recovered")
		}
		g.statement(1)
		g.closeScope()
		g.line("}()")
	}
	if g.has[deferring] && g.one(3) {
		g.line("defer fmt.Println(%q, %s)", name+" deferred", g.printed(2))
	}
	for range 3 + g.rng.IntN(4) {
		g.statement(2)
	}
	if g.one(3) {
		g.line("return %s", g.expr(t, 2))
	} else {
		g.line("return")
	}
	g.closeScope()
	g.line("}")
	g.funcs = append(g.funcs, variable{name: name, t: t})
}

// printAll prints the variables of the innermost scope.
func (g *generator) printAll() {
	for _, v := range g.scopes[len(g.scopes)-1] {
		if text := g.show(v.name, v.t); text != "" {
			g.line("fmt.Println(%q, %s)", v.name, text)
		}
	}
	g.line("fmt.Println(steps)")
}

// show is what to print of an expression, if anything.
func (g *generator) show(e string, t *gotype) string {
	switch t.sort {
	case pointerSort:
		return "*" + e
	case funcSort:
		return e + "(2)"
	case shapeSort:
		return e + ".area(), " + e + ".name()"
	}
	return e
}

// printed is a random expression for Println.
func (g *generator) printed(depth int) string {
	t := pick(g, g.types...)
	if t.sort == funcSort || t.sort == shapeSort || t.sort == pointerSort {
		t = g.ints
	}
	return g.expr(t, depth)
}
