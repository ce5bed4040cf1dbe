package lang

import (
	"go/ast"
	"go/token"
	"go/types"
)

// switchStmt becomes a chain of ifs, which evaluates the cases in order and only
// as far as needed.
func (f *fn) switchStmt(s *ast.SwitchStmt, user string) {
	if s.Init != nil {
		f.stmt(s.Init)
	}
	var tag *ast.Ident
	tagType := types.Type(types.Typ[types.Bool])
	if s.Tag != nil {
		tagType = f.typeOf(s.Tag)
		tag = f.spill(tagType, f.conv(s.Tag, tagType))
	}
	matches := func(e ast.Expr) ast.Expr {
		if tag == nil && types.IsInterface(f.typeOf(e)) {
			return f.equal(token.EQL, anyType, []ast.Expr{f.convert(ident("true"), types.Typ[types.Bool], anyType), f.conv(e, anyType)})
		}
		if tag == nil {
			return f.expr(e)
		}
		return f.caseEqual(tag, tagType, e)
	}
	var clauses []clause
	for _, c := range s.Body.List {
		cc := c.(*ast.CaseClause)
		cl := clause{body: func() { f.stmts(withoutFallthrough(cc.Body)) }, fallthru: endsInFallthrough(cc.Body), isDefault: cc.List == nil}
		for _, e := range cc.List {
			cl.conds = append(cl.conds, func() (x ast.Expr) {
				f.at(e.Pos(), func() { x = matches(e) })
				setPlace(x, e.Pos())
				return x
			})
		}
		clauses = append(clauses, cl)
	}
	f.breakable(user, func() { f.clauses(clauses) })
}

// caseEqual compares the tag of a switch with a case.
func (f *fn) caseEqual(tag ast.Expr, t types.Type, e ast.Expr) ast.Expr {
	if f.src.info.Types[e].IsNil() {
		return &ast.BinaryExpr{X: tag, Op: token.EQL, Y: ident("nil")}
	}
	et := f.typeOf(e)
	if types.IsInterface(t) || types.IsInterface(et) && f.src.info.Types[e].Value == nil {
		return f.equal(token.EQL, anyType, []ast.Expr{f.convert(tag, t, anyType), f.conv(e, anyType)})
	}
	x := f.conv(e, t)
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsConstType != 0 {
		return arithmetic(tag, token.EQL, x)
	}
	return f.equal(token.EQL, t, []ast.Expr{tag, x})
}

// clause is a case of a switch: it is chosen when one of its conditions holds.
type clause struct {
	conds     []func() ast.Expr
	body      func()
	isDefault bool
	fallthru  bool
}

func endsInFallthrough(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	b, ok := body[len(body)-1].(*ast.BranchStmt)
	return ok && b.Tok == token.FALLTHROUGH
}

func withoutFallthrough(body []ast.Stmt) []ast.Stmt {
	if endsInFallthrough(body) {
		return body[:len(body)-1]
	}
	return body
}

// clauses writes the chain. With a fallthrough among them the number of the
// clause is found first, and then the bodies run that follow from it.
func (f *fn) clauses(list []clause) {
	falls := false
	for _, c := range list {
		falls = falls || c.fallthru
	}
	if !falls {
		f.chain(list, 0, func(i int) { list[i].body() })
		return
	}
	k := f.l.temp("k")
	f.declare(k, types.Typ[types.Int], intLit(-1))
	f.chain(list, 0, func(i int) { f.emit(assign(ident(k), intLit(int64(i)))) })
	for i, c := range list {
		body := f.in(func() {
			c.body()
			if c.fallthru {
				f.emit(assign(ident(k), intLit(int64(i+1))))
			}
		})
		f.emit(&ast.IfStmt{Cond: &ast.BinaryExpr{X: ident(k), Op: token.EQL, Y: intLit(int64(i))}, Body: block(body)})
	}
}

// chain writes if cond { chosen } else { the rest }, the default at the end.
func (f *fn) chain(list []clause, from int, chosen func(i int)) {
	for i := from; i < len(list); i++ {
		if list[i].isDefault {
			continue
		}
		cond := f.anyOf(list[i].conds)
		out := &ast.IfStmt{Cond: cond, Body: block(f.in(func() { chosen(i) }))}
		if rest := f.in(func() { f.chain(list, i+1, chosen) }); len(rest) > 0 {
			out.Else = block(rest)
		}
		f.emit(out)
		return
	}
	for i := range list {
		if list[i].isDefault {
			chosen(i)
		}
	}
}

// anyOf is the disjunction of conditions, evaluated from left to right.
func (f *fn) anyOf(conds []func() ast.Expr) ast.Expr {
	x := conds[0]()
	for _, next := range conds[1:] {
		var y ast.Expr
		before := f.in(func() { y = next() })
		if len(before) == 0 {
			x = arithmetic(x, token.LOR, y)
			continue
		}
		name := f.l.temp("b")
		f.declare(name, types.Typ[types.Bool], x)
		f.emit(&ast.IfStmt{Cond: not(ident(name)), Body: block(append(before, assign(ident(name), y)))})
		x = ident(name)
	}
	return x
}

// typeSwitch tries the types in order.
func (f *fn) typeSwitch(s *ast.TypeSwitchStmt, user string) {
	if s.Init != nil {
		f.stmt(s.Init)
	}
	var x ast.Expr
	switch a := s.Assign.(type) {
	case *ast.ExprStmt:
		x = a.X
	case *ast.AssignStmt:
		x = a.Rhs[0]
	}
	e := ast.Unparen(x).(*ast.TypeAssertExpr).X
	t := f.typeOf(e)
	value := f.spill(t, f.expr(e))
	from := f.rep(t)
	var clauses []clause
	for _, c := range s.Body.List {
		cc := c.(*ast.CaseClause)
		obj := f.src.info.Implicits[cc]
		cl := clause{isDefault: cc.List == nil}
		var taken ast.Expr // the value in the type of the only case
		for _, te := range cc.List {
			cl.conds = append(cl.conds, func() ast.Expr {
				if f.src.info.Types[te].IsNil() {
					return &ast.BinaryExpr{X: value, Op: token.EQL, Y: ident("nil")}
				}
				v, ok := f.l.temp("v"), f.l.temp("ok")
				f.define(op(f.l.w.Assert(from, f.rep(f.src.info.TypeOf(te)), true), value), v, ok)
				taken = ident(v)
				return ident(ok)
			})
		}
		cl.body = func() {
			if obj != nil {
				if len(cc.List) == 1 && taken != nil {
					f.newLocal(obj, taken)
				} else {
					f.newLocal(obj, value)
				}
			}
			f.stmts(cc.Body)
		}
		clauses = append(clauses, cl)
	}
	f.breakable(user, func() { f.clauses(clauses) })
}

// selectStmt gathers the cases, waits, and runs the one that was chosen.
func (f *fn) selectStmt(s *ast.SelectStmt, user string) {
	sel := f.l.temp("sel")
	f.define(nativeCall("Selection"), sel)
	hasDefault := "false"
	var clauses []clause
	k := f.l.temp("k")
	n := 0
	for _, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		if cc.Comm == nil {
			hasDefault = "true"
			clauses = append(clauses, clause{isDefault: true, body: func() { f.stmts(cc.Body) }})
			continue
		}
		at := n
		n++
		receive := f.addCase(sel, cc.Comm)
		clauses = append(clauses, clause{
			conds: []func() ast.Expr{func() ast.Expr {
				return &ast.BinaryExpr{X: ident(k), Op: token.EQL, Y: intLit(int64(at))}
			}},
			body: func() {
				receive()
				f.stmts(cc.Body)
			},
		})
	}
	f.define(nativeCall("Select", ident(sel), ident(hasDefault)), k)
	f.breakable(user, func() { f.clauses(clauses) })
}

// addCase adds a case to a selection and returns what gives its variables their
// values once it is chosen.
func (f *fn) addCase(sel string, comm ast.Stmt) (receive func()) {
	if send, ok := comm.(*ast.SendStmt); ok {
		ch := f.typeOf(send.Chan)
		elem := ch.Underlying().(*types.Chan).Elem()
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if i == 0 {
				return f.expr(send.Chan), ch
			}
			return f.conv(send.Value, elem), elem
		})
		f.emit(&ast.ExprStmt{X: op(f.l.w.Sending(f.rep(ch)), ident(sel), args[0], args[1])})
		return func() {}
	}
	var lhs []ast.Expr
	var x ast.Expr
	var tok token.Token
	switch st := comm.(type) {
	case *ast.ExprStmt:
		x = st.X
	case *ast.AssignStmt:
		lhs, x, tok = st.Lhs, st.Rhs[0], st.Tok
	}
	e := ast.Unparen(x).(*ast.UnaryExpr).X
	ch := f.typeOf(e)
	f.emit(&ast.ExprStmt{X: nativeCall("Receiving", ident(sel), f.expr(e))})
	return func() {
		if len(lhs) == 0 {
			return
		}
		v, ok := f.l.temp("v"), f.l.temp("ok")
		f.define(op(f.l.w.Selected(f.rep(ch)), ident(sel)), v, ok)
		from := []types.Type{ch.Underlying().(*types.Chan).Elem(), types.Typ[types.Bool]}
		for i, e := range lhs {
			if isBlank(e) {
				continue
			}
			val := ident([]string{v, ok}[i])
			if obj := f.defined(e); obj != nil && tok == token.DEFINE {
				f.newLocal(obj, f.convert(val, from[i], obj.Type()))
				continue
			}
			f.store(f.place(e), f.convert(val, from[i], f.lhsType(e)), f.lhsType(e))
		}
	}
}
