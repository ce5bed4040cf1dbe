package lang

import (
	"go/ast"
	"go/types"
)

// thunk is a call as a function without parameters: the operands are evaluated
// now.
func (f *fn) thunk(e *ast.CallExpr) ast.Expr {
	if lit, ok := ast.Unparen(e.Fun).(*ast.FuncLit); ok && len(e.Args) == 0 && lit.Type.Results == nil {
		return f.funcLit(lit, false)
	}
	return f.bindCall(e)
}

// bindCall writes a function that makes the call with operands it is bound to.
func (f *fn) bindCall(e *ast.CallExpr) ast.Expr {
	name := f.l.temp("call")
	none := f.l.rep(types.NewSignatureType(nil, nil, nil, nil, nil, false))
	var bound []reflectType
	var params []*ast.Field
	args := []ast.Expr{ident(name)}
	param := func(x ast.Expr, t types.Type) ast.Expr {
		p := f.param(f.l.temp("b"), t)
		params, bound, args = append(params, p), append(bound, f.rep(t).R), append(args, x)
		return p.Names[0]
	}
	var body ast.Expr
	if id := builtinName(f, ast.Unparen(e.Fun)); id != "" {
		body = f.builtinThunk(id, e, param)
	} else {
		form := f.prepare(e)
		if form.held != nil {
			form.fun = param(form.fun, form.held)
		}
		for i, a := range form.args {
			form.args[i] = param(a, form.argTypes[i])
		}
		body = form.expr()
	}
	g := &fn{l: f.l, src: f.src}
	g.add(name, params, nil, []ast.Stmt{&ast.ExprStmt{X: body}}, e.Pos())
	return op(f.l.w.Closure(bound, none), args...)
}

// builtinThunk is the call of a builtin in a go or defer statement.
func (f *fn) builtinThunk(name string, e *ast.CallExpr, param func(ast.Expr, types.Type) ast.Expr) ast.Expr {
	arg := func(i int, t types.Type) ast.Expr { return param(f.conv(e.Args[i], t), t) }
	switch name {
	case "close":
		return nativeCall("Close", arg(0, f.typeOf(e.Args[0])))
	case "panic":
		return nativeCall("Panic", arg(0, anyType))
	case "delete":
		m := f.typeOf(e.Args[0])
		return nativeCall("Delete", arg(0, m), arg(1, m.Underlying().(*types.Map).Key()))
	case "clear":
		return nativeCall("Clear", arg(0, f.typeOf(e.Args[0])))
	case "print", "println":
		var args []ast.Expr
		for i := range e.Args {
			args = append(args, arg(i, anyType))
		}
		return nativeCall("P"+name[1:], args...)
	case "recover":
		return nativeCall("RecoverFrom", nativeCall("Entered"))
	}
	f.l.refuse(e.Pos(), "the builtin "+name+" in a go or defer statement", "call it in a function literal")
	return nil
}

// cannotRecover reports whether a call is of a function that is known not to
// call recover.
func (f *fn) cannotRecover(e *ast.CallExpr) bool {
	if lit, ok := ast.Unparen(e.Fun).(*ast.FuncLit); ok {
		return !recovers(lit.Body)
	}
	fn, _ := f.calledFunc(e.Fun)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "main" {
		return false
	}
	o := f.l.origin(fn.Origin())
	return o != nil && o.decl.Body != nil && !recovers(o.decl.Body)
}

func (f *fn) deferStmt(s *ast.DeferStmt) {
	d := f.outerDefers()
	lit, isLit := ast.Unparen(s.Call.Fun).(*ast.FuncLit)
	var thunk ast.Expr
	if isLit && len(s.Call.Args) == 0 && lit.Type.Results == nil {
		thunk = f.funcLit(lit, true)
	} else {
		isLit = false
		thunk = f.bindCall(s.Call)
	}
	dynamic := ident("true")
	if isLit || f.cannotRecover(s.Call) {
		dynamic = ident("false")
	}
	f.emit(&ast.ExprStmt{X: nativeCall("Defer", ident(f.local(d).name), thunk, dynamic)})
}
