package lang

import (
	"go/ast"
	"go/constant"
	"go/types"
)

// callForm is a call whose operands have been written. What is called is either
// a fixed piece of syntax or, with held set, a value.
type callForm struct {
	fun      ast.Expr
	held     types.Type // of the value called
	recv     bool       // the first argument is a native method's receiver
	method   string     // that method
	args     []ast.Expr
	argTypes []types.Type
	spread   bool // the last argument is a slice of the variadic ones
	results  *types.Tuple
}

// name is what a native function is called.
func (c *callForm) name() string {
	if sel, ok := c.fun.(*ast.SelectorExpr); ok {
		return sel.Sel.Name
	}
	return c.method
}

// expr is the call itself.
func (c *callForm) expr() *ast.CallExpr {
	fun, args := c.fun, c.args
	if c.recv {
		fun, args = &ast.SelectorExpr{X: paren(args[0]), Sel: ident(c.method)}, args[1:]
	}
	call := &ast.CallExpr{Fun: fun, Args: args}
	if c.spread {
		call.Ellipsis = 1
	}
	return call
}

// callValue writes a call for its one value, or for none.
func (f *fn) callValue(e *ast.CallExpr) ast.Expr {
	fun := ast.Unparen(e.Fun)
	if tv := f.src.info.Types[fun]; tv.IsType() {
		return f.conversionCall(e)
	}
	if id := builtinName(f, fun); id != "" {
		return f.builtin(id, e)
	}
	return f.prepare(e).expr()
}

// conversionCall is T(x).
func (f *fn) conversionCall(e *ast.CallExpr) ast.Expr {
	to, arg := f.typ(f.src.info.TypeOf(e)), e.Args[0]
	tv := f.src.info.Types[arg]
	if tv.IsNil() {
		return f.zero(to)
	}
	if types.IsInterface(to) {
		return f.conv(arg, to)
	}
	from := f.typeOf(arg)
	if tv.Value != nil {
		if b, ok := to.Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 && tv.Value.Kind() == constant.Int {
			return f.conversion(f.literal(tv.Value, types.Typ[types.Int32]), to)
		}
	}
	x := f.expr(arg)
	if f.rep(from).R == f.rep(to).R {
		return x
	}
	return f.conversion(x, to)
}

// prepare writes the operands of a call.
func (f *fn) prepare(e *ast.CallExpr) *callForm {
	sig, ok := f.typ(f.src.info.TypeOf(e.Fun)).Underlying().(*types.Signature)
	if !ok {
		f.l.refuse(e.Pos(), "a call of something that is no function", "")
	}
	fun := ast.Unparen(e.Fun)
	switch x := fun.(type) {
	case *ast.FuncLit:
		form := &callForm{held: sig, results: sig.Results(), fun: f.spill(sig, f.funcLit(x, false))}
		f.arguments(form, sig, e, nil, sig.Variadic())
		return form
	case *ast.SelectorExpr:
		if sel := f.selection(x); sel != nil && sel.Kind() == types.MethodVal {
			return f.methodCall(e, x, sel, sig)
		}
	}
	if fn, inst := f.calledFunc(fun); fn != nil {
		return f.staticCall(e, fn, inst, sig)
	}
	t := f.typeOf(fun)
	form := &callForm{held: t, results: sig.Results(), fun: f.stable(t, f.expr(fun))}
	f.arguments(form, sig, e, nil, sig.Variadic())
	return form
}

// calledFunc is the declared function that an expression names, and the type
// arguments if it is generic.
func (f *fn) calledFunc(fun ast.Expr) (*types.Func, []types.Type) {
	id := funcIdent(fun)
	if id == nil {
		return nil, nil
	}
	if sel, ok := ast.Unparen(fun).(*ast.SelectorExpr); ok && f.src.info.Selections[sel] != nil {
		return nil, nil // a method expression
	}
	fn, ok := f.src.info.Uses[id].(*types.Func)
	if !ok {
		return nil, nil
	}
	return fn, f.instance(id)
}

// funcIdent is the identifier that a possibly qualified and instantiated name
// of a function ends in.
func funcIdent(e ast.Expr) *ast.Ident {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return x.Sel
	case *ast.IndexExpr:
		return funcIdent(x.X)
	case *ast.IndexListExpr:
		return funcIdent(x.X)
	}
	return nil
}

func (f *fn) isGenericFunc(e ast.Expr) bool {
	id := funcIdent(e)
	if id == nil {
		return false
	}
	fn, ok := f.src.info.Uses[id].(*types.Func)
	return ok && fn.Signature().TypeParams().Len() > 0
}

// instance lists the type arguments of a use of a generic function.
func (f *fn) instance(id *ast.Ident) []types.Type {
	inst, ok := f.src.info.Instances[id]
	if !ok {
		return nil
	}
	args := make([]types.Type, inst.TypeArgs.Len())
	for i := range args {
		args[i] = f.typ(inst.TypeArgs.At(i))
	}
	return args
}

// staticCall calls a declared function, native or of the session.
func (f *fn) staticCall(e *ast.CallExpr, fn *types.Func, inst []types.Type, sig *types.Signature) *callForm {
	form := &callForm{results: sig.Results()}
	if fn.Pkg() != nil && fn.Pkg().Path() == "main" {
		form.fun = ident(f.l.function(fn, inst))
		f.arguments(form, sig, e, nil, false)
		return form
	}
	path := fn.Pkg().Path()
	switch path + "." + fn.Name() {
	case "errors.As":
		if call := f.errorsAs(e); call != nil {
			return call
		}
	case "runtime.Goexit":
		form.fun = nativeCall("Goexit").Fun
		return form
	}
	if inst != nil {
		form.fun = f.genericNative(e.Pos(), fn, inst, sig)
	} else {
		form.fun = &ast.SelectorExpr{X: ident(PackageName(path)), Sel: ident(fn.Name())}
	}
	f.nativeArguments(form, sig, e, path)
	return form
}

// plainSignature is a signature without receiver and type parameters.
func plainSignature(sig *types.Signature) *types.Signature {
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
}

var errorType = types.Universe.Lookup("error").Type()

// arguments writes the arguments of a call. Those of a variadic parameter become
// one slice.
func (f *fn) arguments(form *callForm, sig *types.Signature, e *ast.CallExpr, raw func(ast.Expr, types.Type) ast.Expr, spread bool) {
	params := sig.Params()
	conv := func(x ast.Expr, t types.Type) ast.Expr {
		if i, ok := t.Underlying().(*types.Interface); ok && raw != nil && i.NumMethods() == 0 {
			return raw(x, t)
		}
		return f.conv(x, t)
	}
	fixed := params.Len()
	if sig.Variadic() {
		fixed--
	}
	if tuple := f.spreadCall(e); tuple != nil {
		f.tupleArguments(form, sig, e.Args[0], tuple, fixed)
		form.spread = spread && sig.Variadic()
		return
	}
	n := len(e.Args)
	list := f.exprs(n, func(i int) (ast.Expr, types.Type) {
		t := params.At(min(i, params.Len()-1)).Type()
		if i >= fixed && sig.Variadic() && !e.Ellipsis.IsValid() {
			t = t.(*types.Slice).Elem()
		}
		if e.Ellipsis.IsValid() && i == n-1 {
			if b, ok := f.typeOf(e.Args[i]).Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
				return f.expr(e.Args[i]), f.typeOf(e.Args[i])
			}
		}
		return conv(e.Args[i], t), t
	})
	for i := range min(fixed, n) {
		form.args = append(form.args, list[i])
		form.argTypes = append(form.argTypes, params.At(i).Type())
	}
	if !sig.Variadic() {
		return
	}
	form.spread = spread
	last := params.At(fixed).Type()
	form.argTypes = append(form.argTypes, last)
	switch {
	case e.Ellipsis.IsValid():
		form.args = append(form.args, list[n-1])
	case n <= fixed:
		form.args = append(form.args, f.zero(last))
	default:
		form.args = append(form.args, &ast.CompositeLit{Type: f.typeName(last), Elts: f.elements(list[fixed:], last.(*types.Slice).Elem())})
	}
}

// spreadCall is the tuple of f(g()) where g has several results.
func (f *fn) spreadCall(e *ast.CallExpr) *types.Tuple {
	if len(e.Args) != 1 {
		return nil
	}
	tuple, _ := f.typ(f.src.info.TypeOf(e.Args[0])).(*types.Tuple)
	return tuple
}

// tupleArguments hands the results of a call on as arguments.
func (f *fn) tupleArguments(form *callForm, sig *types.Signature, arg ast.Expr, tuple *types.Tuple, fixed int) {
	names := f.resultsOf(ast.Unparen(arg).(*ast.CallExpr), tuple)
	params := sig.Params()
	var rest []ast.Expr
	for i, name := range names {
		if i < fixed {
			t := params.At(i).Type()
			form.args = append(form.args, f.convert(ident(name), tuple.At(i).Type(), t))
			form.argTypes = append(form.argTypes, t)
			continue
		}
		rest = append(rest, f.convert(ident(name), tuple.At(i).Type(), params.At(fixed).Type().(*types.Slice).Elem()))
	}
	if sig.Variadic() {
		t := params.At(fixed).Type()
		form.args = append(form.args, &ast.CompositeLit{Type: f.typeName(t), Elts: f.elements(rest, t.(*types.Slice).Elem())})
		form.argTypes = append(form.argTypes, t)
	}
}

// results puts the results of a call into variables.
func (f *fn) resultsOf(e *ast.CallExpr, tuple *types.Tuple) []string {
	names := make([]string, tuple.Len())
	for i := range names {
		names[i] = f.l.temp("r")
	}
	f.define(f.callValue(e), names...)
	return names
}

// stable puts anything but a name aside.
func (f *fn) stable(t types.Type, x ast.Expr) ast.Expr {
	if _, ok := x.(*ast.Ident); ok {
		return x
	}
	return f.spill(t, x)
}

// funcValue is a declared function as a value.
func (f *fn) funcValue(e ast.Expr) ast.Expr {
	fn, inst := f.calledFunc(e)
	sig := f.typ(f.src.info.TypeOf(e)).Underlying().(*types.Signature)
	if fn == nil {
		f.l.refuse(e.Pos(), "this is no function value", "")
	}
	if fn.Pkg() == nil || fn.Pkg().Path() != "main" {
		if inst != nil {
			return f.genericNative(e.Pos(), fn, inst, sig)
		}
		return &ast.SelectorExpr{X: ident(PackageName(fn.Pkg().Path())), Sel: ident(fn.Name())}
	}
	return op(f.l.w.Closure(nil, f.rep(plainSignature(sig))), ident(f.l.function(fn, inst)))
}
