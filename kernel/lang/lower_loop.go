package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// forStmt is a loop with up to three clauses. Variables that closures or pointers
// hold are a new one each time, as Go has it.
func (f *fn) forStmt(s *ast.ForStmt, user string) {
	if s.Init != nil {
		f.stmt(s.Init)
	}
	f.loop(func() { f.forLoop(s, user) })
}

func (f *fn) forLoop(s *ast.ForStmt, user string) {
	copies := f.in(func() { f.freshLoopVars(s.Init) })
	post := f.in(func() {
		if s.Post != nil {
			f.stmt(s.Post)
		}
	})
	var cond ast.Expr
	before := f.in(func() {
		if s.Cond != nil {
			cond = f.exprAt(s.Cond)
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
	t := f.typeOf(s.X)
	u := t.Underlying()
	if p, ok := u.(*types.Pointer); ok {
		u = p.Elem().Underlying()
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

// bothAssigned gives two variables that are not the loop's own their values: what
// they are part of is evaluated before either is set.
func (f *fn) bothAssigned(s *ast.RangeStmt, key ast.Expr, kt types.Type, value ast.Expr, vt types.Type) bool {
	if s.Tok != token.ASSIGN || !wanted(s.Key) || !wanted(s.Value) {
		return false
	}
	assigned := f.assignedBy(&ast.AssignStmt{Lhs: []ast.Expr{s.Key, s.Value}})
	k, v := f.place(s.Key), f.place(s.Value)
	f.detach(&k, s.Key, assigned)
	f.detach(&v, s.Value, assigned)
	f.store(k, f.convert(key, kt, f.lhsType(s.Key)), f.lhsType(s.Key))
	f.store(v, f.convert(value, vt, f.lhsType(s.Value)), f.lhsType(s.Value))
	return true
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

// counting writes for i := 0; i < n; i++ with a counter of its own, which is the
// variable of the loop where the body does not change it or hold on to it.
func (f *fn) counting(t types.Type, n ast.Expr, user string, body func(i ast.Expr)) {
	i := f.l.temp("i")
	f.declare(i, t, f.conversionUnless(intLit(0), t, "int"))
	f.loop(func() {
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
	})
}

// isCounter makes a counter the variable of its loop if it can be.
func (f *fn) isCounter(s *ast.RangeStmt, i ast.Expr, t types.Type) bool {
	id, ok := s.Key.(*ast.Ident)
	if !ok || s.Tok != token.DEFINE {
		return false
	}
	obj := f.src.info.Defs[id]
	if obj == nil || f.shared[obj] || f.rep(obj.Type()).R != f.rep(t).R || f.assigns(s.Body, obj) {
		return false
	}
	f.vars[obj] = &local{name: i.(*ast.Ident).Name, typ: f.typ(obj.Type())}
	return true
}

// assigns reports whether statements change a variable.
func (f *fn) assigns(body ast.Node, obj types.Object) bool {
	found := false
	is := func(e ast.Expr) {
		if id, ok := ast.Unparen(e).(*ast.Ident); ok && f.src.info.Uses[id] == obj {
			found = true
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				is(lhs)
			}
		case *ast.IncDecStmt:
			is(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				is(n.Key)
				if n.Value != nil {
					is(n.Value)
				}
			}
		}
		return !found
	})
	return found
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
		if !f.isCounter(s, i, t) {
			f.iteration(s, s.Key, i, t)
		}
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
		if f.bothAssigned(s, i, intType, &ast.IndexExpr{X: x, Index: i}, elem) {
			f.stmts(s.Body.List)
			return
		}
		if !f.isCounter(s, i, intType) {
			f.iteration(s, s.Key, i, intType)
		}
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
		k, r := &ast.IndexExpr{X: ident(at), Index: i}, &ast.IndexExpr{X: ident(runes), Index: i}
		if !f.bothAssigned(s, k, intType, r, types.Typ[types.Int32]) {
			f.iteration(s, s.Key, k, intType)
			f.iteration(s, s.Value, r, types.Typ[types.Int32])
		}
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
			if !f.bothAssigned(s, k, m.Key(), ident(v), m.Elem()) {
				f.iteration(s, s.Key, k, m.Key())
				f.iteration(s, s.Value, ident(v), m.Elem())
			}
			f.stmts(s.Body.List)
		})
		f.emit(&ast.IfStmt{Cond: ident(ok), Body: block(list)})
	})
}

func (f *fn) rangeChan(s *ast.RangeStmt, ch *types.Chan, user string) {
	t := f.typeOf(s.X)
	x := f.spill(t, f.expr(s.X))
	f.loop(func() { f.receiveLoop(s, ch, t, x, user) })
}

func (f *fn) receiveLoop(s *ast.RangeStmt, ch *types.Chan, t types.Type, x ast.Expr, user string) {
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
