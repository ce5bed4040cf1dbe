package conformance

import (
	"fmt"
	"strings"
)

// literal is a constant of a basic type that needs no conversion to be one.
func (g *generator) literal(t *gotype) string {
	switch t.sort {
	case intSort:
		top := uint64(1)<<(t.bits-1) - 1
		if !t.signed {
			top = 2*top + 1
		}
		v := g.rng.Uint64N(top)
		switch g.rng.IntN(3) {
		case 0:
			v = top - v%3
		case 1:
			v = v%20 + 1
		}
		if t.signed && g.one(3) {
			return fmt.Sprintf("%s(-%d)", t.name, v)
		}
		return fmt.Sprintf("%s(%d)", t.name, v)
	case floatSort:
		return fmt.Sprintf("%s(%g)", t.name, float64(g.rng.IntN(4000)-2000)/8+0.0625)
	case stringSort:
		return fmt.Sprintf("%s(%q)", t.name, pick(g, "a", "go", "xyz", "héé", "", "日本", "0", "tail\n"))
	}
	return fmt.Sprintf("%s(%t)", t.name, g.one(2))
}

// constant is an untyped constant expression of small numbers.
func (g *generator) constant(depth int) string {
	if depth == 0 || g.one(4) {
		return pick(g, "1", "2", "7", "0.5", "'a'", "3", "1.25", "10")
	}
	return fmt.Sprintf("(%s %s %s)", g.constant(depth-1), pick(g, "+", "-", "*", "/"), pick(g, "2", "3", "4.0", "7", "'b'", g.constant(0)))
}

// zero is the value a variable starts from, in the form that can be used: with
// no nil pointers, functions or interfaces, and no empty slices.
func (g *generator) zero(t *gotype) string {
	switch t.sort {
	case intSort, floatSort:
		return "0"
	case stringSort:
		return `""`
	case boolSort:
		return "false"
	case structSort, arraySort, mapSort:
		return t.name + "{}"
	case sliceSort:
		return t.name + "{" + g.zero(t.elem) + "}"
	case pointerSort:
		return "&" + t.elem.name + "{}"
	case funcSort:
		return "func(n int) int { return n }"
	}
	return fmt.Sprintf(g.makers[0], "5")
}

// expr is a random expression of a type; it may be constant.
func (g *generator) expr(t *gotype, depth int) string {
	if isBasic(t) && (depth <= 0 || g.one(5)) && g.one(2) {
		return g.literal(t)
	}
	return g.dyn(t, depth)
}

func isBasic(t *gotype) bool { return t.sort <= boolSort }

// dyn is a random expression of a type that is not constant, so that nothing
// built on it overflows or divides by zero while it is compiled.
func (g *generator) dyn(t *gotype, depth int) string {
	vars := g.visible(t, false)
	live := vars[:0:0]
	for _, v := range vars {
		if v.name[0] != 'c' {
			live = append(live, v)
		}
	}
	if len(live) > 0 && (depth <= 0 || g.one(4)) {
		return pick(g, live...).name
	}
	if e := g.through(t, depth); e != "" && g.one(3) {
		return e
	}
	switch t.sort {
	case intSort:
		return g.intExpr(t, depth)
	case floatSort:
		return g.floatExpr(t, depth)
	case stringSort:
		return g.stringExpr(t, depth)
	case boolSort:
		return g.boolExpr(t, depth)
	}
	if depth <= -2 {
		return g.zero(t)
	}
	return g.composite(t, depth)
}

// through reaches a value of the type by way of a call, an element or a field;
// it is "" where there is none.
func (g *generator) through(t *gotype, depth int) string {
	if depth <= 0 {
		return ""
	}
	var ways []func() string
	for _, f := range g.funcs {
		if f.t == t {
			ways = append(ways, func() string {
				return fmt.Sprintf("%s(%s, %s)", f.name, g.expr(g.ints, depth-1), g.expr(g.strings, depth-1))
			})
		}
	}
	for _, scope := range g.scopes {
		for _, v := range scope {
			switch v.t.sort {
			case sliceSort, arraySort:
				if v.t.elem == t {
					ways = append(ways, func() string { return fmt.Sprintf("%s[at(%s, len(%s))]", v.name, g.dyn(g.ints, depth-1), v.name) })
				}
			case mapSort:
				if v.t.elem == t {
					ways = append(ways, func() string { return fmt.Sprintf("%s[%s]", v.name, g.expr(g.strings, 0)) })
				}
			case structSort, pointerSort:
				s := v.t
				if s.elem != nil {
					s = s.elem
				}
				if v.t.sort == pointerSort && s == t {
					ways = append(ways, func() string { return "*" + v.name })
				}
				for _, f := range s.fields {
					if f.t == t {
						ways = append(ways, func() string { return v.name + "." + f.name })
					}
				}
			}
		}
	}
	if len(ways) == 0 {
		return ""
	}
	return pick(g, ways...)()
}

func (g *generator) intExpr(t *gotype, d int) string {
	if d <= 0 {
		return fmt.Sprintf("%s(%s)", t.name, pick(g, g.visible(g.ints, true)...).name)
	}
	x := func() string { return g.dyn(t, d-1) }
	switch g.rng.IntN(12) {
	case 0, 1, 2, 3:
		return fmt.Sprintf("(%s %s %s)", x(), pick(g, "+", "-", "*", "&", "|", "^", "&^"), g.expr(t, d-1))
	case 4:
		return fmt.Sprintf("(%s %s (%s | 1))", x(), pick(g, "/", "%"), x())
	case 5:
		return fmt.Sprintf("(%s %s (uint8(%s) %% %d))", x(), pick(g, "<<", ">>"), g.dyn(g.ints, d-1), 1+g.rng.IntN(80))
	case 6:
		return fmt.Sprintf("(%s %s %d)", x(), pick(g, "<<", ">>"), g.rng.IntN(t.bits+2))
	case 7:
		return fmt.Sprintf("(%s%s)", pick(g, "-", "^"), x())
	case 8:
		other := pick(g, g.basics...)
		if other.sort == intSort {
			return fmt.Sprintf("%s(%s)", t.name, g.dyn(other, d-1))
		}
		return fmt.Sprintf("%s(whole(%s))", t.name, g.dyn(g.floats, d-1))
	case 9:
		return fmt.Sprintf("%s(%s, %s)", pick(g, "min", "max", g.ifHas(generics, "total", "min")), x(), g.expr(t, d-1))
	case 10:
		return fmt.Sprintf("%s(len(%s))", t.name, g.dyn(g.strings, d-1))
	}
	return fmt.Sprintf("%s(%s)", t.name, g.special(d))
}

// special is an int by one of the less common ways.
func (g *generator) special(d int) string {
	ways := []func() string{g.intVar}
	if g.has[literals] {
		ways = append(ways,
			func() string { return fmt.Sprintf("%s(%s)", g.dyn(g.unary, d-1), g.dyn(g.ints, d-1)) },
			func() string {
				return fmt.Sprintf("func() int { if %s { return %s }; return %s }()", g.dyn(g.bools, d-1), g.expr(g.ints, d-1), g.expr(g.ints, d-1))
			})
	}
	if g.has[interfaces] {
		ways = append(ways, func() string { return fmt.Sprintf("%s.area()", g.dyn(g.shape, d-1)) })
	}
	if g.has[generics] {
		ways = append(ways,
			func() string {
				return fmt.Sprintf("pair[int, string]{%s, %s}.swap(pair[int, string]{First: %s}).First", g.expr(g.ints, d-1), g.expr(g.strings, d-1), g.expr(g.ints, d-1))
			},
			func() string {
				return fmt.Sprintf("total(mapped([]string{%s, %s}, func(s string) int { return len(s) + %s })...)", g.expr(g.strings, d-1), g.expr(g.strings, d-1), g.expr(g.ints, d-1))
			})
	}
	return pick(g, ways...)()
}

func (g *generator) floatExpr(t *gotype, d int) string {
	if d <= 0 {
		return fmt.Sprintf("%s(%s)", t.name, pick(g, g.visible(g.floats, true)...).name)
	}
	switch g.rng.IntN(6) {
	case 0, 1, 2:
		return fmt.Sprintf("(%s %s %s)", g.dyn(t, d-1), pick(g, "+", "-", "*", "/"), g.expr(t, d-1))
	case 3:
		return fmt.Sprintf("%s(%s)", t.name, g.dyn(pick(g, g.basics[:10]...), d-1))
	case 4:
		return fmt.Sprintf("%s(%s)*%s", t.name, g.constant(2), g.dyn(t, d-1))
	}
	return fmt.Sprintf("(-%s)", g.dyn(t, d-1))
}

func (g *generator) stringExpr(t *gotype, d int) string {
	if d <= 0 {
		return fmt.Sprintf("%s(%s)", t.name, pick(g, g.visible(g.strings, true)...).name)
	}
	switch g.rng.IntN(6) {
	case 0, 1:
		return fmt.Sprintf("(%s + %s)", g.dyn(t, d-1), g.expr(t, d-1))
	case 2:
		return fmt.Sprintf("sub(%s, %s, %s)", g.dyn(t, d-1), g.expr(g.ints, d-1), g.expr(g.ints, d-1))
	case 3:
		return fmt.Sprintf("fmt.Sprint(%s)", g.printed(d-1))
	case 4:
		if g.has[interfaces] {
			return fmt.Sprintf("%s.name()", g.dyn(g.shape, d-1))
		}
	}
	other := pick(g, g.types...)
	if other.sort == funcSort || other.sort == pointerSort || other.sort == shapeSort {
		other = g.strings
	}
	return fmt.Sprintf("fmt.Sprintf(%q, %s)", pick(g, "%v", g.ifHas(typeNames, "%T", "%v"), g.ifHas(typeNames, "%+v", "[%v]"), "%v|"), g.expr(other, d-1))
}

func (g *generator) boolExpr(_ *gotype, d int) string {
	if d <= 0 {
		return pick(g, g.visible(g.bools, true)...).name
	}
	switch g.rng.IntN(6) {
	case 0:
		return fmt.Sprintf("(%s %s %s)", g.dyn(g.bools, d-1), pick(g, "&&", "||", "==", "!="), g.expr(g.bools, d-1))
	case 1:
		return "!" + g.dyn(g.bools, d-1)
	case 2:
		if !g.has[interfaces] {
			break
		}
		return fmt.Sprintf("(any(%s) == any(%s))", g.expr(pick(g, g.basics...), d-1), g.expr(pick(g, g.basics...), d-1))
	}
	t := pick(g, g.basics...)
	op := pick(g, "<", "<=", ">", ">=", "==", "!=")
	if t.sort == boolSort {
		op = "!="
	}
	return fmt.Sprintf("(%s %s %s)", g.dyn(t, d-1), op, g.expr(t, d-1))
}

// composite is a fresh value of a type that is not basic.
func (g *generator) composite(t *gotype, d int) string {
	list := func(n int, item func(i int) string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = item(i)
		}
		return strings.Join(parts, ", ")
	}
	elem := func(int) string { return g.expr(t.elem, d-1) }
	switch t.sort {
	case structSort:
		return t.name + "{" + list(len(t.fields), func(i int) string { return t.fields[i].name + ": " + g.expr(t.fields[i].t, d-1) }) + "}"
	case pointerSort:
		return "&" + g.composite(t.elem, d)
	case sliceSort:
		if g.one(4) {
			return fmt.Sprintf("append(%s(nil), %s)", t.name, list(1+g.rng.IntN(3), elem))
		}
		return t.name + "{" + list(1+g.rng.IntN(3), elem) + "}"
	case arraySort:
		return t.name + "{" + list(t.size, elem) + "}"
	case mapSort:
		return t.name + "{" + list(g.rng.IntN(3), func(i int) string { return fmt.Sprintf("%q: %s", string(rune('p'+i)), elem(i)) }) + "}"
	case funcSort:
		// The body may use what is visible here, but calls no functions: they
		// would nest without bound.
		funcs := g.funcs
		g.funcs = nil
		defer func() { g.funcs = funcs }()
		return fmt.Sprintf("func(n int) int { return n %s %s }", pick(g, "+", "-", "*", "^"), g.intVar())
	}
	return fmt.Sprintf(g.makers[g.rng.IntN(len(g.makers))], g.small(d))
}

// small is an int expression that every integer type can hold once converted.
func (g *generator) small(d int) string { return fmt.Sprintf("at(%s, 100)", g.dyn(g.ints, d-1)) }

func (g *generator) intVar() string { return pick(g, g.visible(g.ints, true)...).name }

// ifHas is the first string where the program has the feature, else the second.
func (g *generator) ifHas(f feature, yes, no string) string {
	if g.has[f] {
		return yes
	}
	return no
}
