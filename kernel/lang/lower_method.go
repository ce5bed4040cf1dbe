package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// methodCall calls a method: the session's as a function, a native one on its
// receiver, that of an interface by the dynamic value.
func (f *fn) methodCall(e *ast.CallExpr, x *ast.SelectorExpr, sel selection, sig *types.Signature) *callForm {
	m := sel.Obj().(*types.Func)
	form := &callForm{results: sig.Results()}
	recv := types.Unalias(m.Signature().Recv().Type())
	path := sel.Index()[:len(sel.Index())-1]
	at, t := f.receiverPlace(x.X, path)
	switch {
	case types.IsInterface(recv):
		r := f.rep(t)
		value := f.fieldValue(at, t)
		if r.R.NumMethod() > 0 {
			form.recv, form.method = true, m.Name()
			form.args, form.argTypes = []ast.Expr{f.stable(t, value)}, []types.Type{t}
			f.nativeArguments(form, sig, e, pathOf(m))
			return form
		}
		form.fun = op(f.l.w.Dispatch(r, m.Name(), sig)).Fun
		form.args, form.argTypes = []ast.Expr{value}, []types.Type{t}
		f.arguments(form, sig, e, nil, false)
		return form
	case m.Pkg() != nil && m.Pkg().Path() == "main":
		value, rt := f.receiver(at, t, recv)
		form.fun = ident(f.l.method(m, t))
		form.args, form.argTypes = []ast.Expr{value}, []types.Type{rt}
		f.arguments(form, sig, e, nil, false)
		return form
	}
	value, rt := f.receiver(at, t, recv)
	if helper := contained[types.TypeString(t, nil)+"."+m.Name()]; helper != "" {
		form.fun = nativeCall(helper).Fun
		form.args, form.argTypes = []ast.Expr{value}, []types.Type{rt}
		f.arguments(form, sig, e, nil, false)
		return form
	}
	if named := declaredType(t); named != nil && named.TypeArgs().Len() == 1 {
		name, ok := f.l.w.AtomicMethod(m.Name(), f.rep(named.TypeArgs().At(0)))
		if !ok {
			f.l.refuse(e.Pos(), fmt.Sprintf("the method %s of the generic type %s.%s", m.Name(), named.Obj().Pkg().Name(), named.Obj().Name()), "")
		}
		form.fun = op(name).Fun
		form.args, form.argTypes = []ast.Expr{value}, []types.Type{rt}
		f.arguments(form, sig, e, nil, false)
		return form
	}
	form.recv, form.method = true, m.Name()
	form.args, form.argTypes = []ast.Expr{f.stable(rt, value)}, []types.Type{rt}
	f.nativeArguments(form, sig, e, pathOf(m))
	return form
}

func pathOf(m *types.Func) string {
	if m.Pkg() == nil {
		return ""
	}
	return m.Pkg().Path()
}

// place is where a method finds its receiver: a value, or with pointer set the
// address of one.
type place struct {
	x       ast.Expr
	pointer bool // x is a pointer to the value wanted, whose type is t
}

// receiverPlace follows the embedded fields that lead to a method. The type is
// that of the value, behind the pointer if there is one.
func (f *fn) receiverPlace(e ast.Expr, path []int) (place, types.Type) {
	t := f.typeOf(e)
	x := f.expr(e)
	if len(path) > 0 {
		_, isStruct := t.Underlying().(*types.Struct)
		switch s := x.(type) {
		case *ast.StarExpr:
			if x = ast.Expr(&ast.ParenExpr{X: s}); isStruct {
				x = s.X
			}
		case *ast.CallExpr, *ast.CompositeLit:
			x = f.spill(t, x)
		}
		for _, i := range path {
			st := t
			if p, ok := st.Underlying().(*types.Pointer); ok {
				st = p.Elem()
			}
			v := st.Underlying().(*types.Struct).Field(i)
			x = f.fieldPath(x, st, []int{i})
			t = f.typ(v.Type())
		}
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return place{x, true}, p.Elem()
	}
	if star, ok := x.(*ast.StarExpr); ok {
		return place{star.X, true}, t
	}
	return place{x, false}, t
}

func (f *fn) fieldValue(at place, t types.Type) ast.Expr {
	if at.pointer {
		return f.deref(at.x)
	}
	return at.x
}

// receiver is the receiver as a method takes it.
func (f *fn) receiver(at place, t, recv types.Type) (ast.Expr, types.Type) {
	_, wantsPointer := recv.(*types.Pointer)
	switch {
	case wantsPointer && at.pointer:
		return at.x, types.NewPointer(t)
	case wantsPointer:
		name := f.l.temp("p")
		f.declare(name, types.NewPointer(t), &ast.UnaryExpr{Op: token.AND, X: at.x})
		return ident(name), types.NewPointer(t)
	case at.pointer:
		return f.deref(at.x), t
	}
	return at.x, t
}

// methodValue is x.M without a call: the receiver is evaluated now.
func (f *fn) methodValue(e *ast.SelectorExpr, sel selection) ast.Expr {
	m := sel.Obj().(*types.Func)
	sig := f.rep(plainSignature(f.typ(f.src.info.TypeOf(e)).(*types.Signature)))
	recv := types.Unalias(m.Signature().Recv().Type())
	at, t := f.receiverPlace(e.X, sel.Index()[:len(sel.Index())-1])
	if types.IsInterface(recv) {
		return op(f.l.w.MethodValue(f.rep(t), m.Name(), sig), f.fieldValue(at, t))
	}
	value, rt := f.receiver(at, t, recv)
	if m.Pkg() != nil && m.Pkg().Path() == "main" {
		r := f.rep(rt)
		return op(f.l.w.Closure([]reflectType{r.R}, sig), ident(f.l.method(m, t)), value)
	}
	return op(f.l.w.MethodValue(f.rep(rt), m.Name(), sig), value)
}

// methodExpr is T.M: the method as a function of its receiver.
func (f *fn) methodExpr(e *ast.SelectorExpr, sel selection) ast.Expr {
	sig := f.typ(f.src.info.TypeOf(e)).(*types.Signature)
	recv := sig.Params().At(0)
	var params []*types.Var
	for i := 1; i < sig.Params().Len(); i++ {
		params = append(params, sig.Params().At(i))
	}
	inner := types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), sig.Results(), sig.Variadic())
	name := f.l.synthetic(recv.Type(), sel.Obj().(*types.Func), sel.Index(), inner)
	return op(f.l.w.Closure(nil, f.rep(plainSignature(sig))), ident(name))
}
