package lang

import (
	"go/ast"
	"go/token"
	"go/types"
)

func (f *fn) stmts(list []ast.Stmt) {
	for _, s := range list {
		f.stmt(s)
	}
}

// stmt writes a statement.
func (f *fn) stmt(s ast.Stmt) {
	if s.Pos().IsValid() {
		f.l.pos = s.Pos()
	}
	f.at(s.Pos(), func() { f.stmtOf(s) })
}

func (f *fn) stmtOf(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.EmptyStmt:
	case *ast.BlockStmt:
		f.stmts(s.List)
	case *ast.ExprStmt:
		f.exprStmt(s)
	case *ast.AssignStmt:
		f.assignment(s)
	case *ast.IncDecStmt:
		o := token.ADD
		if s.Tok == token.DEC {
			o = token.SUB
		}
		f.update(s.X, o, func(t types.Type) ast.Expr { return f.one(t) })
	case *ast.DeclStmt:
		f.declStmt(s.Decl.(*ast.GenDecl))
	case *ast.IfStmt:
		f.ifStmt(s)
	case *ast.ForStmt:
		f.forStmt(s, "")
	case *ast.RangeStmt:
		f.rangeStmt(s, "")
	case *ast.SwitchStmt:
		f.switchStmt(s, "")
	case *ast.TypeSwitchStmt:
		f.typeSwitch(s, "")
	case *ast.SelectStmt:
		f.selectStmt(s, "")
	case *ast.LabeledStmt:
		f.labeled(s)
	case *ast.BranchStmt:
		f.branch(s)
	case *ast.ReturnStmt:
		f.returnStmt(s)
	case *ast.SendStmt:
		ch := f.typeOf(s.Chan)
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if i == 0 {
				return f.expr(s.Chan), ch
			}
			t := ch.Underlying().(*types.Chan).Elem()
			return f.conv(s.Value, t), t
		})
		f.emit(&ast.ExprStmt{X: op(f.l.w.Send(f.rep(ch)), args...)})
	case *ast.GoStmt:
		f.emit(&ast.ExprStmt{X: nativeCall("Go", f.thunk(s.Call))})
	case *ast.DeferStmt:
		f.deferStmt(s)
	default:
		f.l.refuse(s.Pos(), "this kind of statement is not supported", "")
	}
}

func (f *fn) exprStmt(s *ast.ExprStmt) {
	x := f.expr(s.X)
	if call, ok := x.(*ast.CallExpr); ok {
		f.emit(&ast.ExprStmt{X: call})
		return
	}
	if _, ok := x.(*ast.Ident); !ok {
		f.emit(assign(ident("_"), x))
	}
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

func (f *fn) declStmt(d *ast.GenDecl) {
	if d.Tok != token.VAR {
		return // constants are folded, types have their representation
	}
	for _, spec := range d.Specs {
		sp := spec.(*ast.ValueSpec)
		if len(sp.Values) > 0 {
			f.assignment(initialisation(sp, token.DEFINE))
			continue
		}
		for _, e := range sp.Names {
			if isBlank(e) {
				continue
			}
			if obj := f.defined(e); obj != nil {
				f.newLocal(obj, nil)
				continue
			}
			f.store(f.place(e), f.zero(f.lhsType(e)), f.lhsType(e))
		}
	}
}

func (f *fn) ifStmt(s *ast.IfStmt) {
	if s.Init != nil {
		f.stmt(s.Init)
	}
	out := &ast.IfStmt{Cond: f.exprAt(s.Cond)}
	out.Body = block(f.in(func() { f.stmts(s.Body.List) }))
	if s.Else != nil {
		out.Else = block(f.in(func() { f.stmt(s.Else) }))
	}
	f.emit(out)
}

func (f *fn) returnStmt(s *ast.ReturnStmt) {
	if f.rangeBody != nil {
		f.returnThrough(s)
		return
	}
	results := f.returned(s)
	if f.guarded {
		if results != nil {
			f.storeResults(f.results, results)
		}
		f.emit(&ast.ReturnStmt{})
		return
	}
	for _, r := range f.results {
		if r.cell && results != nil { // closures see the results
			f.storeResults(f.results, results)
			results = nil
		}
	}
	if results == nil {
		for _, r := range f.results {
			results = append(results, r.value())
		}
	}
	f.emit(&ast.ReturnStmt{Results: results})
}

func (f *fn) storeResults(to []*local, results []ast.Expr) {
	if len(results) > 1 {
		for i, x := range results {
			if _, ok := x.(*ast.BasicLit); !ok {
				results[i] = f.spill(to[i].typ, x)
			}
		}
	}
	for i, x := range results {
		f.set(to[i].value(), x, to[i].typ)
	}
}

// returned writes the operands of a return in the types of the results, nil if
// there are none.
func (f *fn) returned(s *ast.ReturnStmt) []ast.Expr {
	want := f.function().sig.Results()
	switch {
	case len(s.Results) == 0:
		return nil
	case len(s.Results) == 1 && want.Len() > 1:
		call := ast.Unparen(s.Results[0]).(*ast.CallExpr)
		tuple := f.typ(f.src.info.TypeOf(call)).(*types.Tuple)
		names := f.resultsOf(call, tuple)
		list := make([]ast.Expr, len(names))
		for i, name := range names {
			list[i] = f.convert(ident(name), tuple.At(i).Type(), want.At(i).Type())
		}
		return list
	}
	list := f.exprs(len(s.Results), func(i int) (ast.Expr, types.Type) {
		return f.conv(s.Results[i], want.At(i).Type()), want.At(i).Type()
	})
	if len(list) > 1 { // the engine confuses the results of builtins among several
		for i, x := range list {
			if hasCall(x) {
				list[i] = f.spill(want.At(i).Type(), x)
			}
		}
	}
	return list
}

// function is the function that a return leaves: the one around the body of a
// range over a function.
func (f *fn) function() *fn {
	for f.rangeBody != nil {
		f = f.outer
	}
	return f
}
