package lang

import (
	"go/ast"
	"go/token"
	"go/types"
)

// one is the 1 of x++ in the type of x.
func (f *fn) one(t types.Type) ast.Expr {
	b := f.typ(t).Underlying().(*types.Basic)
	switch {
	case b.Info()&types.IsComplex != 0:
		return f.conversionUnless(nativeCall("Complex", floatLit("1.0"), floatLit("0.0")), t, "complex128")
	case b.Info()&types.IsFloat != 0:
		return f.conversionUnless(floatLit("1.0"), t, "float64")
	}
	return f.conversionUnless(intLit(1), t, "int")
}

func floatLit(text string) ast.Expr { return &ast.BasicLit{Kind: token.FLOAT, Value: text} }

// assignment is = and := and op=.
func (f *fn) assignment(s *ast.AssignStmt) {
	switch {
	case s.Tok != token.ASSIGN && s.Tok != token.DEFINE:
		o := map[token.Token]token.Token{
			token.ADD_ASSIGN: token.ADD, token.SUB_ASSIGN: token.SUB, token.MUL_ASSIGN: token.MUL, token.QUO_ASSIGN: token.QUO,
			token.REM_ASSIGN: token.REM, token.AND_ASSIGN: token.AND, token.OR_ASSIGN: token.OR, token.XOR_ASSIGN: token.XOR,
			token.SHL_ASSIGN: token.SHL, token.SHR_ASSIGN: token.SHR, token.AND_NOT_ASSIGN: token.AND_NOT,
		}[s.Tok]
		f.update(s.Lhs[0], o, func(t types.Type) ast.Expr {
			if o == token.SHL || o == token.SHR {
				return f.shiftCount(s.Rhs[0])
			}
			return f.divisor(o, s.Rhs[0], f.conv(s.Rhs[0], t), t)
		})
	case len(s.Rhs) == 1 && len(s.Lhs) > 1:
		f.tupleAssignment(s)
	case len(s.Lhs) == 1:
		f.assignOne(s.Lhs[0], s.Rhs[0])
	default:
		f.parallel(s)
	}
}

// defined is the variable that an identifier on the left of := makes.
func (f *fn) defined(e ast.Expr) types.Object {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	obj := f.src.info.Defs[id]
	if v, ok := obj.(*types.Var); !ok || f.l.c.lifted[v] && f.src == f.l.c.file {
		return nil
	}
	return obj
}

func (f *fn) assignOne(lhs, rhs ast.Expr) {
	if isBlank(lhs) {
		if f.src.info.Types[rhs].Value == nil && !f.src.info.Types[rhs].IsNil() {
			f.discard(f.expr(rhs), f.typeOf(rhs))
		}
		return
	}
	if obj := f.defined(lhs); obj != nil {
		f.newLocal(obj, f.conv(rhs, obj.Type()))
		return
	}
	t := f.lhsType(lhs)
	mark := len(f.out)
	to := f.place(lhs)
	x := f.conv(rhs, t)
	if len(f.out) > mark && calls(x) && !isIdent(to.lhs) {
		x = f.spill(t, x)
	}
	f.store(to, x, t)
}

func isIdent(e ast.Expr) bool {
	_, ok := e.(*ast.Ident)
	return ok
}

// discard evaluates a value for what that does.
func (f *fn) discard(x ast.Expr, t types.Type) {
	switch x := x.(type) {
	case *ast.Ident, *ast.BasicLit:
	case *ast.CallExpr:
		f.spill(t, x)
	default:
		f.spill(t, x)
	}
}

func (f *fn) lhsType(e ast.Expr) types.Type {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		obj := f.src.info.Uses[id]
		if obj == nil {
			obj = f.src.info.Defs[id]
		}
		return f.typ(obj.Type())
	}
	return f.typeOf(e)
}

// target of an assignment, with its operands evaluated.
type assignee struct {
	lhs   ast.Expr // to assign to; nil for a map entry
	m, k  ast.Expr
	blank bool
}

// place evaluates the operands of what is assigned to.
func (f *fn) place(e ast.Expr) assignee {
	e = ast.Unparen(e)
	if isBlank(e) {
		return assignee{blank: true}
	}
	if ix, ok := e.(*ast.IndexExpr); ok {
		t := f.typeOf(ix.X)
		if m, ok := t.Underlying().(*types.Map); ok {
			list := f.exprs(2, func(i int) (ast.Expr, types.Type) {
				if i == 0 {
					return f.operand(ix.X), t
				}
				return f.conv(ix.Index, m.Key()), m.Key()
			})
			for i, lt := range []types.Type{t, m.Key()} {
				if calls(list[i]) {
					list[i] = f.spill(lt, list[i])
				}
			}
			return assignee{m: list[0], k: list[1]}
		}
	}
	if id, ok := e.(*ast.Ident); ok {
		obj := f.src.info.Uses[id]
		if obj == nil {
			obj = f.src.info.Defs[id]
		}
		if v := f.local(obj); v != nil {
			return assignee{lhs: v.value()}
		}
	}
	return assignee{lhs: f.steady(f.expr(e))}
}

// steady puts aside the calls inside something that is read or assigned more
// than once.
func (f *fn) steady(x ast.Expr) ast.Expr {
	if ix, ok := x.(*ast.IndexExpr); ok && calls(ix.Index) {
		name := f.l.temp("i")
		f.declare(name, types.Typ[types.Int], ix.Index)
		return &ast.IndexExpr{X: ix.X, Index: ident(name)}
	}
	return x
}

func (f *fn) store(to assignee, x ast.Expr, t types.Type) {
	switch {
	case to.blank:
		f.discard(x, t)
	case to.lhs == nil: // the engine takes the target of a nil pointer for a deletion
		f.emit(assign(&ast.IndexExpr{X: to.m, Index: to.k}, f.copied(t, x)))
	default:
		f.set(to.lhs, x, t)
	}
}

// copied is a value that needs no more evaluation.
func (f *fn) copied(t types.Type, x ast.Expr) ast.Expr {
	switch x.(type) {
	case *ast.Ident, *ast.BasicLit, *ast.BinaryExpr:
		return x
	}
	return f.spill(t, x)
}

// update is x op= y.
func (f *fn) update(lhs ast.Expr, o token.Token, y func(types.Type) ast.Expr) {
	t := f.lhsType(lhs)
	to := f.place(lhs)
	old := to.lhs
	if to.lhs == nil {
		old = &ast.IndexExpr{X: to.m, Index: to.k}
	}
	mark := len(f.out)
	v := y(t)
	if len(f.out) > mark && o != token.SHL && o != token.SHR {
		v = f.spill(t, v)
	}
	f.store(to, arithmetic(old, o, v), t)
}

// parallel is a, b = x, y: operands on the left and all values first, then the
// assignments from left to right.
func (f *fn) parallel(s *ast.AssignStmt) {
	to := make([]assignee, len(s.Lhs))
	defs := make([]types.Object, len(s.Lhs))
	assigned := f.assignedBy(s)
	for i, lhs := range s.Lhs {
		if defs[i] = f.defined(lhs); defs[i] == nil {
			to[i] = f.place(lhs)
			f.detach(&to[i], lhs, assigned)
		}
	}
	typs := make([]types.Type, len(s.Rhs))
	temps := f.exprs(len(s.Rhs), func(i int) (ast.Expr, types.Type) {
		switch {
		case defs[i] != nil:
			typs[i] = f.typ(defs[i].Type())
		case !isBlank(s.Lhs[i]):
			typs[i] = f.lhsType(s.Lhs[i])
		case f.src.info.Types[s.Rhs[i]].IsNil():
			return nil, nil
		default:
			typs[i] = f.typeOf(s.Rhs[i])
		}
		return f.conv(s.Rhs[i], typs[i]), typs[i]
	})
	for i, x := range temps {
		if x != nil {
			temps[i] = f.spill(typs[i], x)
		}
	}
	for i := range s.Lhs {
		switch {
		case temps[i] == nil || isBlank(s.Lhs[i]):
		case defs[i] != nil:
			f.newLocal(defs[i], temps[i])
		default:
			f.store(to[i], temps[i], nil)
		}
	}
}

// assignedBy lists the variables that a statement assigns by their names.
func (f *fn) assignedBy(s *ast.AssignStmt) map[types.Object]bool {
	assigned := map[types.Object]bool{}
	for _, lhs := range s.Lhs {
		if id, ok := ast.Unparen(lhs).(*ast.Ident); ok {
			assigned[f.src.info.Uses[id]] = true
		}
	}
	return assigned
}

// detach makes the operands of an assignee independent of the variables that the
// same statement assigns.
func (f *fn) detach(to *assignee, lhs ast.Expr, assigned map[types.Object]bool) {
	uses := false
	if _, plain := ast.Unparen(lhs).(*ast.Ident); plain {
		return
	}
	ast.Inspect(lhs, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && assigned[f.src.info.Uses[id]] && f.src.info.Uses[id] != nil {
			uses = true
		}
		return !uses
	})
	if !uses {
		return
	}
	if to.lhs == nil {
		ix := ast.Unparen(lhs).(*ast.IndexExpr)
		m := f.typeOf(ix.X)
		to.m, to.k = f.spill(m, to.m), f.spill(m.Underlying().(*types.Map).Key(), to.k)
		return
	}
	p := f.l.temp("p")
	f.declare(p, types.NewPointer(f.lhsType(lhs)), f.addressOf(to.lhs))
	to.lhs = &ast.StarExpr{X: ident(p)}
}

func (f *fn) addressOf(x ast.Expr) ast.Expr {
	if star, ok := x.(*ast.StarExpr); ok {
		return star.X
	}
	return &ast.UnaryExpr{Op: token.AND, X: x}
}

// tupleAssignment assigns the results of a call, or a value and whether there
// is one.
func (f *fn) tupleAssignment(s *ast.AssignStmt) {
	var names []string
	var from []types.Type
	places := make([]assignee, len(s.Lhs))
	assigned := f.assignedBy(s)
	for i, lhs := range s.Lhs {
		if f.defined(lhs) == nil && !isBlank(lhs) {
			places[i] = f.place(lhs)
			f.detach(&places[i], lhs, assigned)
		}
	}
	switch x := ast.Unparen(s.Rhs[0]).(type) {
	case *ast.CallExpr:
		tuple := f.typ(f.src.info.TypeOf(x)).(*types.Tuple)
		names = f.resultsOf(x, tuple)
		for v := range tuple.Variables() {
			from = append(from, v.Type())
		}
	default:
		names, from = f.commaOk(x)
	}
	for i, lhs := range s.Lhs {
		if isBlank(lhs) {
			continue
		}
		if obj := f.defined(lhs); obj != nil {
			f.newLocal(obj, f.convert(ident(names[i]), from[i], obj.Type()))
			continue
		}
		f.store(places[i], f.convert(ident(names[i]), from[i], f.lhsType(lhs)), f.lhsType(lhs))
	}
}

// commaOk writes m[k], x.(T) or <-c with the second result.
func (f *fn) commaOk(e ast.Expr) (names []string, from []types.Type) {
	names = []string{f.l.temp("v"), f.l.temp("ok")}
	var x ast.Expr
	var t types.Type
	switch e := e.(type) {
	case *ast.IndexExpr:
		mt := f.typeOf(e.X)
		m := mt.Underlying().(*types.Map)
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if i == 0 {
				return f.expr(e.X), mt
			}
			return f.conv(e.Index, m.Key()), m.Key()
		})
		x, t = op(f.l.w.MapGet(f.rep(mt)), args...), m.Elem()
	case *ast.TypeAssertExpr:
		t = f.src.info.TypeOf(e.Type)
		x = op(f.l.w.Assert(f.rep(f.typeOf(e.X)), f.rep(t), true), f.expr(e.X))
	case *ast.UnaryExpr:
		ch := f.typeOf(e.X)
		x, t = op(f.l.w.Receive(f.rep(ch), true), f.expr(e.X)), ch.Underlying().(*types.Chan).Elem()
	default:
		f.l.refuse(e.Pos(), "two values from this", "")
	}
	f.define(x, names...)
	return names, []types.Type{f.typ(t), types.Typ[types.Bool]}
}
