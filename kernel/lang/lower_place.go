package lang

import (
	"go/ast"
	"go/token"
)

// at runs write, which writes a statement, and gives what it emits the
// statement's place: a panic in the engine has the place of the syntax that it
// runs. Statements inside have places of their own by then.
func (f *fn) at(pos token.Pos, write func()) {
	from := len(f.out)
	write()
	if !pos.IsValid() {
		return
	}
	for _, s := range f.out[from:] {
		setPlace(s, pos)
	}
}

// exprAt writes an expression that has a place of its own within its statement.
func (f *fn) exprAt(e ast.Expr) (x ast.Expr) {
	f.at(e.Pos(), func() { x = f.expr(e) })
	setPlace(x, e.Pos())
	return x
}

// setPlace gives syntax that has no place yet one. A block that has one was
// inside a statement of its own.
func setPlace(root ast.Node, pos token.Pos) {
	set := func(p *token.Pos) {
		if !p.IsValid() {
			*p = pos
		}
	}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			set(&n.NamePos)
		case *ast.BasicLit:
			set(&n.ValuePos)
		case *ast.StarExpr:
			set(&n.Star)
		case *ast.UnaryExpr:
			set(&n.OpPos)
		case *ast.ParenExpr:
			set(&n.Lparen)
		case *ast.CompositeLit:
			set(&n.Lbrace)
		case *ast.ArrayType:
			set(&n.Lbrack)
		case *ast.FuncType:
			set(&n.Func)
		case *ast.GenDecl:
			set(&n.TokPos)
		case *ast.BlockStmt:
			if n.Lbrace.IsValid() {
				return false
			}
			n.Lbrace = pos
		case *ast.IfStmt:
			set(&n.If)
		case *ast.ForStmt:
			set(&n.For)
		case *ast.RangeStmt:
			set(&n.For)
		case *ast.ReturnStmt:
			set(&n.Return)
		case *ast.BranchStmt:
			set(&n.TokPos)
		}
		return true
	})
}
