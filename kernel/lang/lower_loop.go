package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// target is a statement that break or continue may leave.
type target struct {
	label string // in lowered code
	user  string // the label in the program
	loop  bool
	used  bool // the label is needed
	// across is set for the statements outside the body of a range over a
	// function: they are left through it.
	across *rangeBody
	self   bool // it is the range over the function itself
}

func (f *fn) push(user string, loop bool) *target {
	t := &target{label: f.l.temp("L"), user: user, loop: loop}
	f.targets = append(f.targets, t)
	return t
}

func (f *fn) pop() { f.targets = f.targets[:len(f.targets)-1] }

// labelled gives a loop its label if something refers to it.
func (t *target) labelled(loop ast.Stmt) ast.Stmt {
	if !t.used {
		return loop
	}
	return &ast.LabeledStmt{Label: ident(t.label), Stmt: loop}
}

// findTarget is where a break or continue goes.
func (f *fn) findTarget(s *ast.BranchStmt) *target {
	for i := len(f.targets) - 1; i >= 0; i-- {
		t := f.targets[i]
		if s.Label != nil && t.user != s.Label.Name || s.Label == nil && s.Tok == token.CONTINUE && !t.loop {
			continue
		}
		return t
	}
	return nil
}

func (f *fn) branch(s *ast.BranchStmt) {
	switch s.Tok {
	case token.FALLTHROUGH:
		f.l.refuse(s.Pos(), "a fallthrough that is not last in its case", "")
	case token.GOTO:
		if f.rangeBody != nil {
			f.l.refuse(s.Pos(), "goto in the body of a range over a function", "use a flag")
		}
		f.emit(&ast.BranchStmt{Tok: token.GOTO, Label: ident(f.gotoLabel(s.Label.Name))})
	default:
		t := f.findTarget(s)
		if t == nil {
			f.l.refuse(s.Pos(), "a branch without a target", "")
		}
		if t.across != nil {
			f.leave(t, s.Tok)
			return
		}
		t.used = true
		f.emit(&ast.BranchStmt{Tok: s.Tok, Label: ident(t.label)})
	}
}

func (f *fn) gotoLabel(user string) string {
	if f.labels[user] == "" {
		f.labels[user] = f.l.temp("G")
	}
	return f.labels[user]
}

func (f *fn) labeled(s *ast.LabeledStmt) {
	name := s.Label.Name
	if f.gotoTargets()[name] {
		f.emit(&ast.LabeledStmt{Label: ident(f.gotoLabel(name)), Stmt: &ast.EmptyStmt{Implicit: true}})
	}
	switch st := s.Stmt.(type) {
	case *ast.ForStmt:
		f.forStmt(st, name)
	case *ast.RangeStmt:
		f.rangeStmt(st, name)
	case *ast.SwitchStmt:
		f.switchStmt(st, name)
	case *ast.TypeSwitchStmt:
		f.typeSwitch(st, name)
	case *ast.SelectStmt:
		f.selectStmt(st, name)
	case *ast.BlockStmt:
		f.breakable(name, func() { f.stmts(st.List) })
	default:
		f.stmt(st)
	}
}

// gotoTargets are the labels that a goto of the source names.
func (f *fn) gotoTargets() map[string]bool {
	if f.l.gotos == nil {
		f.l.gotos = map[*checked]map[string]bool{}
	}
	if known := f.l.gotos[f.src]; known != nil {
		return known
	}
	found := map[string]bool{}
	ast.Inspect(f.src.file, func(n ast.Node) bool {
		if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO {
			found[b.Label.Name] = true
		}
		return true
	})
	if f.src.body != nil {
		ast.Inspect(f.src.body, func(n ast.Node) bool {
			if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO {
				found[b.Label.Name] = true
			}
			return true
		})
	}
	f.l.gotos[f.src] = found
	return found
}

// breakable writes statements that a break may leave: within a loop that runs
// once, if one does.
func (f *fn) breakable(user string, write func()) {
	t := f.push(user, false)
	list := f.in(write)
	f.pop()
	if !t.used {
		f.out = append(f.out, list...)
		return
	}
	list = append(list, &ast.BranchStmt{Tok: token.BREAK})
	f.emit(t.labelled(&ast.ForStmt{Body: block(list)}))
}

// forStmt is a loop with up to three clauses. Variables that closures or pointers
// hold are a new one each time, as Go has it.
func (f *fn) forStmt(s *ast.ForStmt, user string) {
	if s.Init != nil {
		f.stmt(s.Init)
	}
	copies := f.in(func() { f.freshLoopVars(s.Init) })
	post := f.in(func() {
		if s.Post != nil {
			f.stmt(s.Post)
		}
	})
	var cond ast.Expr
	before := f.in(func() {
		if s.Cond != nil {
			f.mark(s.Cond.Pos(), s.Cond)
			cond = f.expr(s.Cond)
		}
	})
	t := f.push(user, true)
	body := f.in(func() {
		f.emit(poll())
		f.stmts(s.Body.List)
	})
	f.pop()
	post = append(copies, post...)
	if len(before) == 0 && (len(post) == 0 || len(post) == 1 && isSimple(post[0])) {
		loop := &ast.ForStmt{Cond: cond, Body: block(body)}
		if len(post) == 1 {
			loop.Post = post[0]
		}
		f.emit(t.labelled(loop))
		return
	}
	var head []ast.Stmt
	if len(post) > 0 {
		first := f.l.temp("first")
		f.declare(first, types.Typ[types.Bool], ident("true"))
		head = append(head, &ast.IfStmt{
			Cond: ident(first),
			Body: block([]ast.Stmt{assign(ident(first), ident("false"))}),
			Else: block(post),
		})
	}
	head = append(head, before...)
	if cond != nil {
		head = append(head, &ast.IfStmt{Cond: not(cond), Body: block([]ast.Stmt{&ast.BranchStmt{Tok: token.BREAK}})})
	}
	f.emit(t.labelled(&ast.ForStmt{Body: block(append(head, body...))}))
}

func isSimple(s ast.Stmt) bool {
	_, ok := s.(*ast.AssignStmt)
	return ok
}

// freshLoopVars copies the shared variables of a loop into new ones, as between
// two iterations.
func (f *fn) freshLoopVars(init ast.Stmt) {
	def, ok := init.(*ast.AssignStmt)
	if !ok || def.Tok != token.DEFINE {
		return
	}
	for _, lhs := range def.Lhs {
		id, ok := lhs.(*ast.Ident)
		if !ok {
			continue
		}
		v := f.vars[f.src.info.Defs[id]]
		if v == nil || !v.cell {
			continue
		}
		next := f.l.temp("next")
		f.define(&ast.CallExpr{Fun: ident("new"), Args: []ast.Expr{f.l.typeName(v.typ)}}, next)
		f.emit(assign(&ast.StarExpr{X: ident(next)}, &ast.StarExpr{X: ident(v.name)}))
		f.emit(assign(ident(v.name), ident(next)))
	}
}

// rangeStmt is a loop over something.
func (f *fn) rangeStmt(s *ast.RangeStmt, user string) {
	f.mark(s.Pos(), s.X)
	t := f.typeOf(s.X)
	u := t.Underlying()
	if p, ok := u.(*types.Pointer); ok {
		u = p.Elem().Underlying()
		f.faultAt(s.Pos())
	}
	switch u := u.(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			f.rangeString(s, user)
		} else {
			f.rangeInt(s, user)
		}
	case *types.Slice, *types.Array:
		f.rangeList(s, user)
	case *types.Map:
		f.rangeMap(s, u, user)
	case *types.Chan:
		f.rangeChan(s, u, user)
	case *types.Signature:
		f.rangeFunc(s, u, user)
	default:
		f.l.refuse(s.X.Pos(), fmt.Sprintf("a range over %v", t), "")
	}
}

// iteration gives the loop's variables their values.
func (f *fn) iteration(s *ast.RangeStmt, e ast.Expr, x ast.Expr, from types.Type) {
	if e == nil || isBlank(e) || x == nil {
		return
	}
	if s.Tok == token.DEFINE {
		if obj := f.src.info.Defs[e.(*ast.Ident)]; obj != nil {
			f.newLocal(obj, f.convert(x, from, obj.Type()))
			return
		}
	}
	f.store(f.place(e), f.convert(x, from, f.lhsType(e)), f.lhsType(e))
}

func wanted(e ast.Expr) bool { return e != nil && !isBlank(e) }

// counting writes for i := 0; i < n; i++ with a counter of its own.
func (f *fn) counting(t types.Type, n ast.Expr, user string, body func(i ast.Expr)) {
	i := f.l.temp("i")
	f.declare(i, t, f.conversionUnless(intLit(0), t, "int"))
	tg := f.push(user, true)
	list := f.in(func() {
		f.emit(poll())
		body(ident(i))
	})
	f.pop()
	f.emit(tg.labelled(&ast.ForStmt{
		Cond: &ast.BinaryExpr{X: ident(i), Op: token.LSS, Y: n},
		Post: &ast.IncDecStmt{X: ident(i), Tok: token.INC},
		Body: block(list),
	}))
}

func (f *fn) rangeInt(s *ast.RangeStmt, user string) {
	t := f.typeOf(s.X)
	if id, ok := s.Key.(*ast.Ident); ok && id.Name != "_" {
		if obj := f.src.info.Defs[id]; obj != nil && s.Tok == token.DEFINE {
			t = f.typ(obj.Type())
		} else if s.Tok == token.ASSIGN {
			t = f.lhsType(s.Key)
		}
	} else if s.Key != nil && s.Tok == token.ASSIGN && !isBlank(s.Key) {
		t = f.lhsType(s.Key)
	}
	n := f.spill(t, f.conv(s.X, t))
	f.counting(t, n, user, func(i ast.Expr) {
		f.iteration(s, s.Key, i, t)
		f.stmts(s.Body.List)
	})
}

func (f *fn) rangeList(s *ast.RangeStmt, user string) {
	t := f.typeOf(s.X)
	u := t.Underlying()
	intType := types.Typ[types.Int]
	var x, n ast.Expr
	switch p := u.(type) {
	case *types.Pointer:
		a := p.Elem().Underlying().(*types.Array)
		x, n, u = &ast.ParenExpr{X: &ast.StarExpr{X: f.spill(t, f.expr(s.X))}}, intLit(a.Len()), a
	case *types.Array:
		n = intLit(p.Len())
		if wanted(s.Value) {
			x = f.spill(t, f.expr(s.X)) // the loop goes over a copy
		} else {
			f.discard(f.expr(s.X), t)
		}
	default:
		x = f.spill(t, f.expr(s.X))
		n = f.spill(intType, &ast.CallExpr{Fun: ident("len"), Args: []ast.Expr{x}})
	}
	elem := u.(interface{ Elem() types.Type }).Elem()
	f.counting(intType, n, user, func(i ast.Expr) {
		f.iteration(s, s.Key, i, intType)
		if wanted(s.Value) {
			f.iteration(s, s.Value, &ast.IndexExpr{X: x, Index: i}, elem)
		}
		f.stmts(s.Body.List)
	})
}

func (f *fn) rangeString(s *ast.RangeStmt, user string) {
	intType := types.Typ[types.Int]
	at, runes := f.l.temp("at"), f.l.temp("runes")
	f.define(nativeCall("Runes", f.convertTo(f.expr(s.X), f.typeOf(s.X), types.Typ[types.String])), at, runes)
	n := f.spill(intType, &ast.CallExpr{Fun: ident("len"), Args: []ast.Expr{ident(at)}})
	f.counting(intType, n, user, func(i ast.Expr) {
		f.iteration(s, s.Key, &ast.IndexExpr{X: ident(at), Index: i}, intType)
		f.iteration(s, s.Value, &ast.IndexExpr{X: ident(runes), Index: i}, types.Typ[types.Int32])
		f.stmts(s.Body.List)
	})
}

func (f *fn) convertTo(x ast.Expr, from, to types.Type) ast.Expr {
	if f.rep(from).R == f.rep(to).R {
		return x
	}
	return f.conversion(x, to)
}

// rangeMap goes over the keys there are at the start and leaves out those that
// are gone when their turn comes.
func (f *fn) rangeMap(s *ast.RangeStmt, m *types.Map, user string) {
	t := f.typeOf(s.X)
	x := f.spill(t, f.expr(s.X))
	keys := f.l.temp("keys")
	f.define(op(f.l.w.MapKeys(f.rep(t)), x), keys)
	n := f.spill(types.Typ[types.Int], &ast.CallExpr{Fun: ident("len"), Args: []ast.Expr{ident(keys)}})
	f.counting(types.Typ[types.Int], n, user, func(i ast.Expr) {
		k := f.spill(m.Key(), &ast.IndexExpr{X: ident(keys), Index: i})
		v, ok := f.l.temp("v"), f.l.temp("ok")
		f.define(op(f.l.w.MapGet(f.rep(t)), x, k), v, ok)
		list := f.in(func() {
			f.iteration(s, s.Key, k, m.Key())
			f.iteration(s, s.Value, ident(v), m.Elem())
			f.stmts(s.Body.List)
		})
		f.emit(&ast.IfStmt{Cond: ident(ok), Body: block(list)})
	})
}

func (f *fn) rangeChan(s *ast.RangeStmt, ch *types.Chan, user string) {
	t := f.typeOf(s.X)
	x := f.spill(t, f.expr(s.X))
	tg := f.push(user, true)
	list := f.in(func() {
		f.emit(poll())
		v, ok := f.l.temp("v"), f.l.temp("ok")
		f.define(op(f.l.w.Receive(f.rep(t), true), x), v, ok)
		f.emit(&ast.IfStmt{Cond: not(ident(ok)), Body: block([]ast.Stmt{&ast.BranchStmt{Tok: token.BREAK}})})
		f.iteration(s, s.Key, ident(v), ch.Elem())
		f.stmts(s.Body.List)
	})
	f.pop()
	f.emit(tg.labelled(&ast.ForStmt{Body: block(list)}))
}

// rangeBody is the body of a range over a function while it is written: a
// function of its own, which tells by a code how it was left.
type rangeBody struct {
	code    types.Object // the cell of the code: 0 goes on, 1 returns, others branch
	results []types.Object
	exits   []rangeExit
}

type rangeExit struct {
	to  *target
	tok token.Token
}

// rangeFunc calls the function with the body as its yield.
func (f *fn) rangeFunc(s *ast.RangeStmt, sig *types.Signature, user string) {
	fun := f.spill(f.typeOf(s.X), f.expr(s.X))
	yield := sig.Params().At(0).Type().Underlying().(*types.Signature)
	rb := &rangeBody{}
	cell := func(name string, t types.Type) types.Object {
		obj := types.NewVar(token.NoPos, nil, name, t)
		f.shared[obj] = true
		f.newLocal(obj, nil)
		return obj
	}
	rb.code = cell("code", types.Typ[types.Int])
	done := cell("done", types.Typ[types.Bool])
	outer := f.function()
	for v := range outer.sig.Results().Variables() {
		rb.results = append(rb.results, cell("r", v.Type()))
	}
	g := &fn{
		l: f.l, src: f.src, env: f.env, outer: f, vars: map[types.Object]*local{}, shared: f.shared,
		labels: map[string]string{}, sig: f.env.subst(plainSignature(yield)).(*types.Signature), rangeBody: rb,
	}
	if len(f.env) == 0 {
		g.sig = plainSignature(yield)
	}
	self := &target{label: f.l.temp("L"), user: user, loop: true, across: rb, self: true}
	for _, t := range f.targets {
		g.targets = append(g.targets, &target{label: t.label, user: t.user, loop: t.loop, across: rb})
	}
	g.targets = append(g.targets, self)
	name := f.l.c.s.engineName("range")
	g.name, g.label = name, f.label
	f.l.c.s.functions[name] = tracedFunction{f.label, s.Pos()}
	closure := f.closure(g, name, g.sig, func() {
		var params []*ast.Field
		for v := range g.sig.Params().Variables() {
			params = append(params, g.param(f.l.temp("a"), v.Type()))
		}
		g.emit(poll())
		g.emit(&ast.IfStmt{Cond: g.local(done).value(), Body: block([]ast.Stmt{&ast.ExprStmt{X: nativeCall("RangeEnded")}})})
		for i, e := range []ast.Expr{s.Key, s.Value} {
			if i < len(params) {
				g.iteration(s, e, params[i].Names[0], g.sig.Params().At(i).Type())
			}
		}
		g.stmts(s.Body.List)
		g.emit(&ast.ReturnStmt{Results: []ast.Expr{ident("true")}})
		g.add(name, params, g.sig.Results(), g.out, s.Pos())
	})
	y := f.spill(yield, closure)
	f.emit(&ast.ExprStmt{X: &ast.CallExpr{Fun: fun, Args: []ast.Expr{y}}})
	f.emit(assign(f.local(done).value(), ident("true")))
	f.afterRange(rb)
}

// afterRange does what the body wanted when it left the loop.
func (f *fn) afterRange(rb *rangeBody) {
	is := func(code int) ast.Expr {
		return &ast.BinaryExpr{X: &ast.ParenExpr{X: f.local(rb.code).value()}, Op: token.EQL, Y: intLit(int64(code))}
	}
	f.emit(&ast.IfStmt{Cond: is(1), Body: block(f.in(func() { f.returnStored(rb) }))})
	for i, exit := range rb.exits {
		f.emit(&ast.IfStmt{Cond: is(i + 2), Body: block(f.in(func() {
			for j := len(f.targets) - 1; j >= 0; j-- {
				t := f.targets[j]
				if t.label != exit.to.label {
					continue
				}
				if t.across != nil {
					f.leave(t, exit.tok)
					return
				}
				t.used = true
				f.emit(&ast.BranchStmt{Tok: exit.tok, Label: ident(t.label)})
				return
			}
		}))})
	}
}

// returnStored returns the results that a body stored.
func (f *fn) returnStored(rb *rangeBody) {
	list := make([]ast.Expr, len(rb.results))
	for i, obj := range rb.results {
		list[i] = f.local(obj).value()
	}
	switch {
	case f.rangeBody != nil:
		f.storeThrough(list)
	case f.guarded:
		f.storeResults(f.results, list)
		f.emit(&ast.ReturnStmt{})
	default:
		f.emit(&ast.ReturnStmt{Results: list})
	}
}

// returnThrough is a return in the body of a range over a function.
func (f *fn) returnThrough(s *ast.ReturnStmt) {
	list := f.returned(s)
	if list == nil {
		for _, r := range f.function().results {
			for obj, v := range f.function().vars {
				if v == r {
					list = append(list, f.local(obj).value())
				}
			}
		}
	}
	f.storeThrough(list)
}

func (f *fn) storeThrough(list []ast.Expr) {
	var to []*local
	for _, obj := range f.rangeBody.results {
		to = append(to, f.local(obj))
	}
	f.storeResults(to, list)
	f.emit(assign(f.local(f.rangeBody.code).value(), intLit(1)))
	f.emit(&ast.ReturnStmt{Results: []ast.Expr{ident("false")}})
}

// leave goes from the body of a range over a function to a statement outside, or
// on with the range itself.
func (f *fn) leave(t *target, tok token.Token) {
	if t.self {
		f.emit(&ast.ReturnStmt{Results: []ast.Expr{ident(fmt.Sprint(tok == token.CONTINUE))}})
		return
	}
	rb := f.rangeBody
	rb.exits = append(rb.exits, rangeExit{t, tok})
	f.emit(assign(f.local(rb.code).value(), intLit(int64(len(rb.exits)+1))))
	f.emit(&ast.ReturnStmt{Results: []ast.Expr{ident("false")}})
}
