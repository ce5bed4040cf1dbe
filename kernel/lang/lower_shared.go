package lang

import (
	"go/ast"
	"go/token"
	"go/types"
)

// findShared finds the variables that must live apart from the function's own
// frame: those that a function literal holds on to and those whose address is
// taken.
func (f *fn) findShared(root ast.Node) map[types.Object]bool {
	shared := map[types.Object]bool{}
	info := f.src.info
	take := func(e ast.Expr) {
		if id := f.baseVariable(e); id != nil {
			if obj, ok := info.Uses[id].(*types.Var); ok {
				shared[obj] = true
			}
		}
	}
	captured := func(body ast.Node, own func(types.Object) bool) {
		ast.Inspect(body, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if v, ok := info.Uses[id].(*types.Var); ok && !v.IsField() && !own(v) {
					shared[v] = true
				}
			}
			return true
		})
	}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			captured(n.Body, func(v types.Object) bool { return n.Pos() <= v.Pos() && v.Pos() < n.End() })
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				take(n.X)
			}
		case *ast.SliceExpr:
			if t := f.typeOf(n.X); t != nil {
				if _, ok := t.Underlying().(*types.Array); ok {
					take(n.X)
				}
			}
		case *ast.SelectorExpr:
			f.sharedReceiver(n, take)
		case *ast.RangeStmt:
			if t := f.typeOf(n.X); t != nil {
				if _, ok := t.Underlying().(*types.Signature); ok {
					captured(n.Body, func(v types.Object) bool { return n.Pos() <= v.Pos() && v.Pos() < n.End() })
				}
			}
		case *ast.AssignStmt:
			f.sharedOperands(n, take)
		}
		return true
	})
	return shared
}

// sharedReceiver marks the operand of a method that wants its address.
func (f *fn) sharedReceiver(n *ast.SelectorExpr, take func(ast.Expr)) {
	sel := f.src.info.Selections[n]
	if sel == nil || sel.Kind() != types.MethodVal {
		return
	}
	if _, ok := f.typeOf(n.X).Underlying().(*types.Pointer); ok {
		return
	}
	if len(f.env) > 0 {
		take(n.X) // whether the instance's method does is not known yet
		return
	}
	if _, ok := types.Unalias(sel.Obj().(*types.Func).Signature().Recv().Type()).(*types.Pointer); ok {
		take(n.X)
	}
}

// sharedOperands marks arrays and structs that a parallel assignment may have to
// reach by address.
func (f *fn) sharedOperands(n *ast.AssignStmt, take func(ast.Expr)) {
	if n.Tok != token.ASSIGN || len(n.Lhs) < 2 {
		return
	}
	for _, lhs := range n.Lhs {
		if _, plain := ast.Unparen(lhs).(*ast.Ident); !plain {
			take(lhs)
		}
	}
}

// baseVariable is the variable that a place is part of: x of x.f[2], unless a
// pointer or slice lies in between.
func (f *fn) baseVariable(e ast.Expr) *ast.Ident {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			sel := f.src.info.Selections[x]
			if sel == nil || sel.Kind() != types.FieldVal {
				return nil
			}
			if _, ok := f.typeOf(x.X).Underlying().(*types.Pointer); ok {
				return nil
			}
			e = x.X
		case *ast.IndexExpr:
			t := f.typeOf(x.X)
			if t == nil {
				return nil
			}
			if _, ok := t.Underlying().(*types.Array); !ok {
				return nil
			}
			e = x.X
		default:
			return nil
		}
	}
}
