package lang

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ast/astutil"
)

// PlaceName is the engine's int variable in which lowered code notes the
// statement it is about to run: the engine itself knows only the function in
// which a panic happened. Place 0 is unknown.
const PlaceName = "placeˑ"

// markPlaces notes its place before every statement that can panic. It runs
// last, so that the statements it adds are not lowered.
func (l *lowerer) markPlaces(root ast.Node) {
	astutil.Apply(root, nil, func(cur *astutil.Cursor) bool {
		stmt, ok := cur.Node().(ast.Stmt)
		if !ok || cur.Index() < 0 || !stmt.Pos().IsValid() {
			return true
		}
		switch stmt.(type) {
		case *ast.CaseClause, *ast.CommClause:
			return true
		}
		at := stmt.Pos()
		if expr, ok := stmt.(*ast.ExprStmt); ok {
			at = expr.X.Pos()
		}
		if l.canPanic(stmt) && at.IsValid() {
			cur.InsertBefore(assign(&ast.Ident{Name: PlaceName, NamePos: at}, intLit(l.c.s.place(at))))
		}
		return true
	})
}

// place numbers a position.
func (s *Session) place(pos token.Pos) int64 {
	s.places = append(s.places, pos)
	return int64(len(s.places))
}

// Place is the position that lowered code noted as n.
func (s *Session) Place(n int) (token.Position, bool) {
	if n < 1 || n > len(s.places) {
		return token.Position{}, false
	}
	return s.fset.Position(s.places[n-1]), true
}

// canPanic reports whether the statement itself, not one nested in its blocks or
// in a function literal, contains an operation that may panic.
func (l *lowerer) canPanic(stmt ast.Stmt) bool {
	found := false
	ast.Inspect(stmt, func(n ast.Node) bool {
		if found {
			return false
		}
		switch n := n.(type) {
		case *ast.BlockStmt, *ast.FuncLit, *ast.CaseClause, *ast.CommClause:
			return false
		case *ast.CallExpr:
			tv := l.info.Types[n.Fun]
			found = !tv.IsType() && !tv.IsBuiltin()
		case *ast.IndexExpr, *ast.SliceExpr, *ast.StarExpr, *ast.SelectorExpr,
			*ast.TypeAssertExpr, *ast.SendStmt:
			found = true
		case *ast.BinaryExpr:
			found = n.Op == token.QUO || n.Op == token.REM || n.Op == token.SHL || n.Op == token.SHR
		case *ast.AssignStmt:
			found = n.Tok == token.QUO_ASSIGN || n.Tok == token.REM_ASSIGN
		}
		return !found
	})
	return found
}
