package conformance

// statement writes a random statement, nested at most depth deep.
func (g *generator) statement(depth int) {
	if depth <= 0 {
		g.assignment()
		return
	}
	forms := []func(int){
		g.declaration, g.declaration, g.declaration, g.print, g.print,
		func(int) { g.assignment() }, func(int) { g.assignment() }, func(int) { g.assignment() },
		g.branch, g.loop, g.loop, g.rangeLoop, g.rangeLoop, g.choice, g.update, g.swap, g.block,
	}
	for _, special := range []struct {
		feature
		form func(int)
	}{{interfaces, g.typeChoice}, {literals, g.closures}, {panics, g.recovered}, {goroutines, g.channel}} {
		if g.has[special.feature] {
			forms = append(forms, special.form)
		}
	}
	pick(g, forms...)(depth)
}

func (g *generator) declaration(depth int) {
	t := pick(g, g.types...)
	name := g.fresh("v")
	switch {
	case g.one(4):
		g.line("var %s %s = %s", name, t.name, g.expr(t, depth))
	case g.one(4) && isBasic(t):
		other := g.fresh("v")
		g.line("%s, %s := %s, %s", name, other, g.expr(t, depth), g.expr(g.strings, depth))
		g.line("_ = %s", other)
		g.add(variable{name: other, t: g.strings})
	case t.sort == shapeSort:
		g.line("var %s shape = %s", name, g.expr(t, depth))
	default:
		g.line("%s := %s", name, g.expr(t, depth))
	}
	g.line("_ = %s", name)
	g.add(variable{name: name, t: t})
}

func (g *generator) print(depth int) {
	g.line("fmt.Println(%q, %s, %s)", g.fresh("p"), g.printed(depth), g.printed(depth-1))
}

// target picks a variable that may be assigned.
func (g *generator) target() variable {
	for {
		if list := g.visible(pick(g, g.types...), true); len(list) > 0 {
			return pick(g, list...)
		}
	}
}

func (g *generator) assignment() {
	v := g.target()
	switch v.t.sort {
	case intSort:
		switch g.rng.IntN(4) {
		case 0:
			g.line("%s%s", v.name, pick(g, "++", "--"))
		case 1:
			g.line("%s %s= %s", v.name, pick(g, "+", "-", "*", "^", "|", "&", "&^"), g.expr(v.t, 1))
		case 2:
			g.line("%s %s= %d", v.name, pick(g, "<<", ">>"), g.rng.IntN(5))
		default:
			g.line("%s = %s", v.name, g.expr(v.t, 2))
		}
	case stringSort:
		g.line("%s = cut(%s)", v.name, g.expr(v.t, 2))
	case sliceSort:
		switch g.rng.IntN(3) {
		case 0:
			g.line("if len(%s) < 9 {\n\t%s = append(%s, %s)\n}", v.name, v.name, v.name, g.expr(v.t.elem, 1))
		case 1:
			g.line("%s[at(%s, len(%s))] = %s", v.name, g.intVar(), v.name, g.expr(v.t.elem, 1))
		default:
			g.line("%s = %s[:1+at(%s, len(%s))]", v.name, v.name, g.intVar(), v.name)
		}
	case arraySort:
		g.line("%s[at(%s, %d)] = %s", v.name, g.intVar(), v.t.size, g.expr(v.t.elem, 1))
	case mapSort:
		g.line("%s[%q] = %s", v.name, pick(g, "p", "q", "z"), g.expr(v.t.elem, 1))
	case structSort, pointerSort:
		s := v.t
		if s.elem != nil {
			s = s.elem
		}
		f := pick(g, s.fields...)
		value := g.expr(f.t, 1)
		if f.t.sort == stringSort {
			value = f.t.name + "(cut(string(" + value + ")))"
		}
		g.line("%s.%s = %s", v.name, f.name, value)
	default:
		g.line("%s = %s", v.name, g.expr(v.t, 1))
	}
}

// update changes something through a pointer method, an element or a deletion.
func (g *generator) update(depth int) {
	for _, t := range g.types {
		for _, v := range g.visible(t, true) {
			switch {
			case t.name == "N0" && g.one(2), t.name == "N1" && g.one(2):
				g.line("%s.bump()", v.name)
				return
			case t.sort == structSort && g.one(2):
				g.line("fmt.Println(%q, %s.name(), %s.area(), %s.K)", g.fresh("u"), v.name, v.name, v.name)
				return
			case t.sort == mapSort && g.one(2):
				g.line("delete(%s, %q)", v.name, pick(g, "p", "q", "z"))
				return
			}
		}
	}
	g.print(depth)
}

func (g *generator) swap(int) {
	v := g.target()
	if v.t == g.strings || v.t.sort == funcSort {
		g.assignment()
		return
	}
	w := pick(g, g.visible(v.t, true)...)
	g.line("%s, %s = %s, %s", v.name, w.name, w.name, g.expr(v.t, 1))
}

// body writes a nested scope of a few statements.
func (g *generator) body(n, depth int, names ...variable) {
	g.open()
	for _, v := range names {
		g.line("_ = %s", v.name)
		g.add(v)
	}
	for range n {
		g.statement(depth - 1)
	}
	g.closeScope()
}

func (g *generator) block(depth int) {
	g.line("{")
	g.body(2, depth)
	g.line("}")
}

func (g *generator) branch(depth int) {
	if g.one(3) {
		name := g.fresh("v")
		t := pick(g, g.basics[:10]...)
		g.line("if %s := %s; %s > %s {", name, g.expr(t, depth), name, g.expr(t, 1))
		g.body(2, depth, variable{name: name, t: t})
	} else {
		g.line("if %s {", g.dyn(g.bools, depth))
		g.body(2, depth)
	}
	if g.one(2) {
		g.line("} else if %s {", g.dyn(g.bools, depth))
		g.body(1, depth)
	}
	g.line("} else {")
	g.body(1, depth)
	g.line("}")
}

// loop writes a three-clause loop, labelled at times, that may be left early.
func (g *generator) loop(depth int) {
	i, label := g.fresh("i"), ""
	if g.has[labels] && g.one(3) {
		label = g.fresh("l")
		g.line("%s:", label)
	}
	g.line("for %s := 0; %s < %d; %s++ {", i, i, 2+g.rng.IntN(3), i)
	g.open()
	g.add(variable{name: i, t: g.ints, fixed: true})
	g.statement(depth - 1)
	if label != "" {
		j := g.fresh("i")
		g.line("for %s := range %d {", j, 2+g.rng.IntN(3))
		g.open()
		g.add(variable{name: j, t: g.ints, fixed: true})
		g.line("if %s == %d && %s {\n\t%s %s\n}", j, g.rng.IntN(3), g.dyn(g.bools, 1), pick(g, "break", "continue"), label)
		g.statement(depth - 2)
		g.closeScope()
		g.line("}")
	} else if g.one(2) {
		g.line("if %s {\n\t%s\n}", g.dyn(g.bools, 2), pick(g, "break", "continue"))
	}
	g.statement(depth - 1)
	g.closeScope()
	g.line("}")
}

func (g *generator) rangeLoop(depth int) {
	k, e := g.fresh("k"), g.fresh("e")
	for _, t := range g.types {
		for _, v := range g.visible(t, false) {
			if !g.one(3) {
				continue
			}
			switch t.sort {
			case sliceSort, arraySort:
				g.line("for %s, %s := range %s {", k, e, v.name)
				g.body(2, depth, variable{name: k, t: g.ints}, variable{name: e, t: t.elem})
				g.line("}")
				return
			case mapSort:
				g.line("for _, %s := range keys(%s) {\n\t%s := %s[%s]", k, v.name, e, v.name, k)
				g.body(2, depth, variable{name: k, t: g.strings}, variable{name: e, t: t.elem})
				g.line("}")
				return
			}
		}
	}
	g.line("for %s, %s := range sub(%s, 0, 5) {", k, e, g.dyn(g.strings, 1))
	g.line("\tfmt.Print(%s, string(%s), \" \")", k, e)
	g.body(1, depth, variable{name: k, t: g.ints})
	g.line("}")
}

func (g *generator) choice(depth int) {
	t := pick(g, g.basics[:10]...)
	g.line("switch x := %s; {", g.dyn(t, depth))
	for i := range 2 + g.rng.IntN(2) {
		g.line("case x %s %s:", pick(g, "<", ">", "=="), g.expr(t, 1))
		g.body(1, depth)
		if i == 0 && g.one(2) {
			g.line("\tfallthrough")
		}
	}
	g.line("default:")
	g.body(1, depth)
	g.line("}")
}

func (g *generator) typeChoice(depth int) {
	g.line("for _, x := range []any{%s, %s, %s, errOdd, nil} {", g.printed(1), g.printed(1), g.expr(g.shape, 1))
	g.line("\tswitch x := x.(type) {")
	seen := map[string]bool{}
	for range 4 {
		t := pick(g, g.types...)
		if seen[t.name] || t.sort == shapeSort {
			continue
		}
		seen[t.name] = true
		g.line("\tcase %s:", t.name)
		g.line("\t\tfmt.Println(%q, %s)", "is "+t.name, g.show("x", t))
	}
	g.line("\tcase shape:\n\t\tfmt.Println(x.name(), x.area())")
	g.line("\tcase error:\n\t\tfmt.Println(x.Error(), errors.Is(fmt.Errorf(\"w: %%w\", x), errOdd))")
	g.line("\tdefault:\n\t\tfmt.Printf(\"%s\\n\", x)", g.ifHas(typeNames, "%T", "%v"))
	g.line("\t}\n}")
}

// closures makes functions in a loop that share some variables and not others.
func (g *generator) closures(int) {
	fs, acc := g.fresh("v"), g.fresh("v")
	g.line("var %s []func(int) int\n%s := %s", fs, acc, g.expr(g.ints, 1))
	i := g.fresh("i")
	g.line("for %s := 0; %s < 3; %s++ {", i, i, i)
	g.line("\tw := %s", g.expr(g.ints, 1))
	g.line("\t%s = append(%s, func(n int) int { %s += n; w++; return %s*7 + w + %s })", fs, fs, acc, i, acc)
	if g.one(2) {
		g.line("\tif %s == 1 {\n\t\t%s++\n\t}", i, i)
	}
	g.line("}\nfor _, f := range %s {\n\tfmt.Print(f(1), f(2), \" \")\n}\nfmt.Println(%s)", fs, acc)
	g.add(variable{name: acc, t: g.ints})
}

// recovered runs something that panics.
func (g *generator) recovered(depth int) {
	name := g.fresh("r")
	g.line("func() {")
	g.line("\tdefer func() {\n\t\tfmt.Println(%q, recover())\n\t}()", name)
	g.body(1, depth)
	switch g.rng.IntN(5) {
	case 0:
		g.line("\tpanic(fmt.Sprint(%s))", g.printed(1))
	case 1:
		g.line("\txs := []int{1, 2}\n\tfmt.Println(xs[2+at(%s, 3)])", g.intVar())
	case 2:
		g.line("\tz := 0\n\tfmt.Println(%s / z)", g.intVar())
	case 3:
		g.line("\tvar x any = %s\n\tfmt.Println(x.(error))", g.printed(1))
	case 4:
		g.line("\tvar p *S0\n\tfmt.Println(p.K)")
	}
	g.line("}()")
}

// channel sends values from a goroutine and adds them up.
func (g *generator) channel(int) {
	ch, sum := g.fresh("v"), g.fresh("v")
	g.line("%s, %s := make(chan int, %d), 0", ch, sum, g.rng.IntN(3))
	g.line("go func(base int) {\n\tdefer close(%s)\n\tfor i := range 4 {\n\t\t%s <- base ^ i\n\t}\n}(%s)", ch, ch, g.expr(g.ints, 1))
	if g.one(2) || !g.has[labels] {
		g.line("for x := range %s {\n\t%s += x\n}", ch, sum)
	} else {
		label := g.fresh("l")
		g.line("%s:\nfor {\n\tselect {\n\tcase x, ok := <-%s:\n\t\tif !ok {\n\t\t\tbreak %s\n\t\t}\n\t\t%s -= x\n\t}\n}", label, ch, label, sum)
	}
	g.line("fmt.Println(%q, %s)", sum, sum)
	g.add(variable{name: sum, t: g.ints})
}
