package lang

import (
	"go/ast"
	"go/token"
	"go/types"

	"gaspard/kernel/values"
)

// index is x[i].
func (f *fn) index(e *ast.IndexExpr) ast.Expr {
	t := f.typeOf(e.X)
	if m, ok := t.Underlying().(*types.Map); ok {
		list := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if i == 0 {
				return f.operand(e.X), t
			}
			return f.conv(e.Index, m.Key()), m.Key()
		})
		return &ast.IndexExpr{X: list[0], Index: list[1]}
	}
	list := f.exprs(2, func(i int) (ast.Expr, types.Type) {
		if i == 0 {
			return f.arrayOperand(e.X), t
		}
		return f.indexValue(e.Index), types.Typ[types.Int]
	})
	return f.checkedIndex(list[0], list[1])
}

// indexValue is an index as an int.
func (f *fn) indexValue(e ast.Expr) ast.Expr {
	if v := f.src.info.Types[e].Value; v != nil {
		return intLit(constInt(v))
	}
	x := f.expr(e)
	if r := f.rep(f.typeOf(e)).R; r.Kind().String() != "int" || r.PkgPath() != "" {
		return &ast.CallExpr{Fun: ident("int"), Args: []ast.Expr{x}}
	}
	return x
}

// checkedIndex guards x[i] where the program may see the panic: the engine's own
// does not say the index.
func (f *fn) checkedIndex(x, i ast.Expr) ast.Expr {
	if f.l.c.s.recovers {
		if calls(i) {
			name := f.l.temp("i")
			f.declare(name, types.Typ[types.Int], i)
			i = ident(name)
		}
		if !calls(x) {
			length := &ast.CallExpr{Fun: ident("len"), Args: []ast.Expr{x}}
			if star, ok := x.(*ast.StarExpr); ok {
				length.Args[0] = &ast.ParenExpr{X: star}
			}
			outside := &ast.BinaryExpr{
				X:  &ast.BinaryExpr{X: i, Op: token.LSS, Y: intLit(0)},
				Op: token.LOR,
				Y:  &ast.BinaryExpr{X: i, Op: token.GEQ, Y: length},
			}
			f.emit(&ast.IfStmt{Cond: outside, Body: block([]ast.Stmt{&ast.ExprStmt{X: nativeCall("OutOfRange", i, length)}})})
		}
	}
	if _, ok := x.(*ast.StarExpr); ok {
		x = &ast.ParenExpr{X: x}
	}
	return &ast.IndexExpr{X: x, Index: i}
}

// operand is an expression to select, index or call on; what needs parentheses
// gets them.
func (f *fn) operand(e ast.Expr) ast.Expr {
	x := f.expr(e)
	switch x.(type) {
	case *ast.StarExpr, *ast.BinaryExpr, *ast.UnaryExpr:
		return &ast.ParenExpr{X: x}
	}
	return x
}

// arrayOperand is an array, slice or string to index. An array goes by its
// address where it has one, so that it is not copied.
func (f *fn) arrayOperand(e ast.Expr) ast.Expr {
	if _, ok := f.typeOf(e).Underlying().(*types.Pointer); ok {
		return f.deref(f.expr(e))
	}
	x := f.operand(e)
	if calls(x) { // the result of a call cannot be indexed in place
		return f.spill(f.typeOf(e), x)
	}
	return x
}

// slice is x[a:b:c].
func (f *fn) slice(e *ast.SliceExpr) ast.Expr {
	t := f.typeOf(e.X)
	bounds := []ast.Expr{e.Low, e.High, e.Max}
	list := f.exprs(4, func(i int) (ast.Expr, types.Type) {
		switch {
		case i > 0 && bounds[i-1] == nil:
			return nil, nil
		case i > 0:
			return f.indexValue(bounds[i-1]), types.Typ[types.Int]
		}
		if _, ok := t.Underlying().(*types.Array); ok {
			return f.address(e.X), types.NewPointer(t)
		}
		return f.expr(e.X), t
	})
	or := func(x ast.Expr) ast.Expr {
		if x == nil {
			return intLit(values.Absent)
		}
		return x
	}
	from := f.rep(t)
	if _, ok := t.Underlying().(*types.Array); ok {
		from = f.l.rep(types.NewPointer(t))
	}
	return op(f.l.w.Slice(from, f.rep(f.typeOf(e))), list[0], or(list[1]), or(list[2]), or(list[3]))
}

// address is &x for something addressable.
func (f *fn) address(e ast.Expr) ast.Expr {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		obj := f.src.info.Uses[e]
		if v := f.local(obj); v != nil {
			if !v.cell {
				panic("lang: the address of " + v.name + " is taken, but it is not shared")
			}
			return ident(v.name)
		}
		if obj.Pkg().Path() != "main" {
			return f.nativeVar(obj.(*types.Var)).(*ast.StarExpr).X
		}
		return &ast.UnaryExpr{Op: token.AND, X: ident(f.global(obj))}
	case *ast.StarExpr:
		return f.expr(e.X)
	case *ast.CompositeLit: // a method call on a literal
		return f.addressOfLiteral(e, f.typeOf(e))
	case *ast.IndexExpr, *ast.SelectorExpr:
		x := f.expr(e)
		if star, ok := x.(*ast.StarExpr); ok {
			return star.X
		}
		name := f.l.temp("p")
		f.declare(name, types.NewPointer(f.typeOf(e)), &ast.UnaryExpr{Op: token.AND, X: x})
		return ident(name)
	}
	// A value without a place: a copy has one.
	t := f.typeOf(e)
	name := f.l.temp("p")
	x := f.expr(e)
	f.define(&ast.CallExpr{Fun: ident("new"), Args: []ast.Expr{f.typeName(t)}}, name)
	f.set(&ast.StarExpr{X: ident(name)}, x, t)
	return ident(name)
}
