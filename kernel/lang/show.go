package lang

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"math"
)

// silent are the functions whose results nobody wants to see.
var silent = map[string]bool{
	"fmt.Print": true, "fmt.Printf": true, "fmt.Println": true,
	"fmt.Fprint": true, "fmt.Fprintf": true, "fmt.Fprintln": true,
}

// cellStmts writes a cell's statements and has the value of a last expression
// shown and kept in Out.
func (f *fn) cellStmts(list []ast.Stmt) {
	last := len(list) - 1
	if last >= 0 && f.showable(list[last]) {
		f.stmts(list[:last])
		f.at(list[last].Pos(), func() { f.showValue(list[last].(*ast.ExprStmt)) })
		return
	}
	f.stmts(list)
}

func (f *fn) showable(s ast.Stmt) bool {
	stmt, ok := s.(*ast.ExprStmt)
	if !ok || f.l.c.src.quiet {
		return false
	}
	tv := f.src.info.Types[stmt.X]
	if call, ok := ast.Unparen(stmt.X).(*ast.CallExpr); ok {
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			if fn, ok := f.src.info.Uses[sel.Sel].(*types.Func); ok && silent[fn.FullName()] {
				return false
			}
		}
	}
	if tuple, ok := tv.Type.(*types.Tuple); ok {
		return tuple.Len() > 0
	}
	return tv.IsNil() || tv.IsValue()
}

func (f *fn) showValue(s *ast.ExprStmt) {
	f.l.pos = s.Pos()
	c, tv := f.l.c, f.src.info.Types[s.X]
	if tv.IsNil() {
		f.l.refuse(s.Pos(), "nil has no type, so there is nothing to show", "")
	}
	if tuple, ok := tv.Type.(*types.Tuple); ok {
		names := f.resultsOf(ast.Unparen(s.X).(*ast.CallExpr), tuple)
		var args []ast.Expr
		for i, name := range names {
			t := tuple.At(i).Type()
			c.unit.Shown = append(c.unit.Shown, t)
			args = append(args, f.convert(ident(name), t, anyType))
		}
		f.emit(&ast.ExprStmt{X: nativeCall("Show", args...)})
		return
	}
	t := types.Default(tv.Type)
	if overflows(tv.Value, t) {
		e := f.l.c.s.refuse(s.Pos(), c.text, fmt.Sprintf("%s (%v constant %s) overflows %v", types.ExprString(s.X), tv.Type, tv.Value, t), "")
		e.Kind = Type
		panic(e)
	}
	c.unit.Shown = []types.Type{t}
	out := c.hoist(outName, t)
	c.unit.symbols[outName] = &symbol{obj: types.NewVar(0, f.src.pkg, outName, t), engine: out.engine, cell: c.src.name}
	f.set(ident(out.engine), f.conv(s.X, t), t)
	f.emit(&ast.ExprStmt{X: nativeCall("Show", f.convert(ident(out.engine), t, anyType))})
}

// overflows reports whether an untyped constant does not fit its default type.
func overflows(v constant.Value, t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	if v == nil || !ok {
		return false
	}
	switch b.Kind() {
	case types.Int, types.Int32:
		n, exact := constant.Int64Val(constant.ToInt(v))
		return !exact || b.Kind() == types.Int32 && n != int64(int32(n))
	case types.Float64:
		x, _ := constant.Float64Val(v)
		return math.IsInf(x, 0)
	}
	return false
}
