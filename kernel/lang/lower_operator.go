package lang

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

func (f *fn) unary(e *ast.UnaryExpr) ast.Expr {
	switch e.Op {
	case token.AND:
		if lit, ok := ast.Unparen(e.X).(*ast.CompositeLit); ok {
			return f.addressOfLiteral(lit, f.typeOf(lit))
		}
		return f.address(e.X)
	case token.ARROW:
		return op(f.l.w.Receive(f.rep(f.typeOf(e.X)), false), f.expr(e.X))
	}
	x := f.operand(e.X)
	if _, ok := x.(*ast.UnaryExpr); ok {
		x = &ast.ParenExpr{X: x}
	}
	return &ast.UnaryExpr{Op: e.Op, X: x}
}

func (f *fn) binary(e *ast.BinaryExpr) ast.Expr {
	switch e.Op {
	case token.LAND, token.LOR:
		return f.logical(e)
	case token.EQL, token.NEQ:
		return f.comparison(e)
	case token.SHL, token.SHR:
		list := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if i > 0 {
				return f.shiftCount(e.Y), f.typeOf(e.Y)
			}
			x := f.conv(e.X, f.typeOf(e))
			if f.src.info.Types[e.X].Value != nil { // the engine would want both operands of one type
				x = f.spill(f.typeOf(e), x)
			}
			return x, f.typeOf(e)
		})
		return arithmetic(list[0], e.Op, list[1])
	}
	t := f.typeOf(e)
	switch e.Op {
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		t = f.commonType(e.X, e.Y)
	}
	list := f.exprs(2, func(i int) (ast.Expr, types.Type) {
		if i == 0 {
			return f.conv(e.X, t), t
		}
		return f.divisor(e.Op, e.Y, f.conv(e.Y, t), t), t
	})
	return arithmetic(list[0], e.Op, list[1])
}

// divisor hides a constant zero from the engine, which takes x / 0.0 for a
// mistake.
func (f *fn) divisor(o token.Token, e, x ast.Expr, t types.Type) ast.Expr {
	if v := f.src.info.Types[e].Value; o == token.QUO && v != nil && constant.Sign(v) == 0 {
		return f.spill(t, x)
	}
	return x
}

// shiftCount is the right side of a shift. It stands by itself, since the engine
// would give an expression the type of the result, and panics if it is negative.
func (f *fn) shiftCount(e ast.Expr) ast.Expr {
	if v := f.src.info.Types[e].Value; v != nil {
		n, exact := constant.Int64Val(constant.ToInt(v))
		if !exact {
			n = 1 << 16 // everything is shifted out
		}
		return intLit(min(n, 1<<16))
	}
	t := f.typeOf(e)
	x := f.stable(t, f.expr(e))
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsUnsigned == 0 {
		f.emit(&ast.IfStmt{
			Cond: &ast.BinaryExpr{X: x, Op: token.LSS, Y: f.literal(constant.MakeInt64(0), t)},
			Body: block([]ast.Stmt{&ast.ExprStmt{X: nativeCall("NegativeShift")}}),
		})
	}
	return x
}

func arithmetic(x ast.Expr, o token.Token, y ast.Expr) ast.Expr {
	wrap := func(e ast.Expr) ast.Expr {
		switch e.(type) {
		case *ast.BinaryExpr, *ast.UnaryExpr, *ast.StarExpr:
			return &ast.ParenExpr{X: e}
		}
		return e
	}
	return &ast.BinaryExpr{X: wrap(x), Op: o, Y: wrap(y)}
}

// commonType is the type in which two operands are compared.
func (f *fn) commonType(x, y ast.Expr) types.Type {
	if b, ok := f.src.info.TypeOf(x).(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		return f.typeOf(y)
	}
	return f.typeOf(x)
}

// logical is && and ||. A right side that needs statements must not run when
// the left decides.
func (f *fn) logical(e *ast.BinaryExpr) ast.Expr {
	x := f.expr(e.X)
	var y ast.Expr
	before := f.in(func() { y = f.expr(e.Y) })
	if len(before) == 0 {
		return arithmetic(x, e.Op, y)
	}
	name := f.l.temp("b")
	f.declare(name, types.Typ[types.Bool], x)
	cond := ast.Expr(ident(name))
	if e.Op == token.LOR {
		cond = not(cond)
	}
	f.emit(&ast.IfStmt{Cond: cond, Body: block(append(before, assign(ident(name), y)))})
	return ident(name)
}

// comparison is == and !=.
func (f *fn) comparison(e *ast.BinaryExpr) ast.Expr {
	info := f.src.info
	for _, pair := range [][2]ast.Expr{{e.X, e.Y}, {e.Y, e.X}} {
		if info.Types[pair[1]].IsNil() {
			if info.Types[pair[0]].IsNil() {
				break
			}
			x := f.expr(pair[0])
			if calls(x) {
				x = f.spill(f.typeOf(pair[0]), x)
			}
			return &ast.BinaryExpr{X: paren(x), Op: e.Op, Y: ident("nil")}
		}
	}
	tx, ty := f.typeOf(e.X), f.typeOf(e.Y)
	if types.IsInterface(tx) || types.IsInterface(ty) {
		both := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			return f.conv([]ast.Expr{e.X, e.Y}[i], anyType), anyType
		})
		return f.equal(e.Op, anyType, both)
	}
	t := f.commonType(e.X, e.Y)
	both := f.exprs(2, func(i int) (ast.Expr, types.Type) { return f.conv([]ast.Expr{e.X, e.Y}[i], t), t })
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsConstType != 0 {
		return arithmetic(both[0], e.Op, both[1])
	}
	return f.equal(e.Op, t, both)
}

// equal is == or != on two values of a type that the engine does not compare.
func (f *fn) equal(o token.Token, t types.Type, both []ast.Expr) ast.Expr {
	call := nativeCall("Equal", both...)
	if isStructOrArray(t) {
		call = op(f.l.w.Same(f.rep(t)), both...)
	}
	if o == token.NEQ {
		return &ast.UnaryExpr{Op: token.NOT, X: call}
	}
	return call
}

func paren(x ast.Expr) ast.Expr {
	switch x.(type) {
	case *ast.StarExpr, *ast.BinaryExpr:
		return &ast.ParenExpr{X: x}
	}
	return x
}
