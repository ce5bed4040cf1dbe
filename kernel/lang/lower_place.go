package lang

import (
	"go/ast"
	"go/token"
)

// PlaceName is the engine's int variable in which lowered code notes the
// statement it is about to run: the engine itself knows only the function in
// which a panic happened. Place 0 is unknown.
const PlaceName = "placeˑ"

// mark notes the place of a statement that can panic.
func (f *fn) mark(s ast.Stmt) {
	at := s.Pos()
	if at.IsValid() && f.canPanic(s) {
		f.emit(assign(ident(PlaceName), intLit(f.l.c.s.place(at))))
	}
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
func (f *fn) canPanic(stmt ast.Stmt) bool {
	if _, ok := stmt.(*ast.LabeledStmt); ok {
		return false
	}
	found := false
	ast.Inspect(stmt, func(n ast.Node) bool {
		if found {
			return false
		}
		switch n := n.(type) {
		case *ast.BlockStmt, *ast.FuncLit, *ast.CaseClause, *ast.CommClause:
			return n == ast.Node(stmt)
		case *ast.CallExpr:
			tv := f.src.info.Types[n.Fun]
			found = !tv.IsType() && !tv.IsBuiltin() || builtinName(f, ast.Unparen(n.Fun)) == "panic"
		case *ast.IndexExpr, *ast.SliceExpr, *ast.StarExpr, *ast.SelectorExpr, *ast.TypeAssertExpr, *ast.SendStmt:
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
