package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// ready makes the methods of the declared types in a type callable through
// interfaces.
func (l *lowerer) ready(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if t.Obj().Pkg() == nil || t.Obj().Pkg().Path() != "main" {
			return
		}
		name := fmt.Sprintf("%s %p", l.w.Type(t).Name, t.Obj()) // versions have methods of their own
		if l.c.s.ready[name] || l.c.unit.ready[name] {
			return
		}
		l.c.unit.ready[name] = true
		l.readyMethods(t)
		l.ready(t.Underlying())
	case *types.Map:
		l.ready(t.Key())
		l.ready(t.Elem())
	case interface{ Elem() types.Type }:
		l.ready(t.Elem())
	case *types.Struct:
		for v := range t.Fields() {
			l.ready(v.Type())
		}
	}
}

// readyMethods binds the methods of a declared type, also those of embedded
// fields.
func (l *lowerer) readyMethods(t *types.Named) {
	if types.IsInterface(t) {
		return
	}
	set := types.NewMethodSet(t)
	all := types.NewMethodSet(types.NewPointer(t))
	for sel := range all.Methods() {
		m := sel.Obj().(*types.Func)
		if !m.Exported() && m.Pkg() != nil && m.Pkg().Path() != "main" {
			continue
		}
		var name string
		if len(sel.Index()) == 1 {
			name = l.method(m, t)
		} else {
			recv := types.Type(types.NewPointer(t))
			if set.Lookup(m.Pkg(), m.Name()) != nil {
				recv = t
			}
			sig := sel.Type().(*types.Signature)
			name = l.synthetic(recv, m, sel.Index(), plainSignature(sig))
		}
		l.c.s.bindings = append(l.c.s.bindings, Binding{t, m.Name()})
		l.binds = append(l.binds, &ast.ExprStmt{X: nativeCall("Bind", intLit(int64(len(l.c.s.bindings)-1)), ident(name))})
	}
}

// synthetic is a function that calls the method at the end of a path of embedded
// fields: the receiver first, then the method's parameters.
func (l *lowerer) synthetic(recv types.Type, m *types.Func, index []int, sig *types.Signature) string {
	key := fmt.Sprint(l.rep(recv).Name, ".", m.Name())
	if name := l.c.unit.synthetics[key]; name != "" {
		return name
	}
	name := l.c.s.engineName(m.Name())
	l.c.unit.synthetics[key] = name
	l.queue = append(l.queue, func() { l.writeSynthetic(name, recv, m, index, sig) })
	return name
}

func (l *lowerer) writeSynthetic(name string, recv types.Type, m *types.Func, index []int, sig *types.Signature) {
	f := &fn{l: l, src: l.c.file, vars: map[types.Object]*local{}, shared: map[types.Object]bool{}, sig: sig}
	params := []*ast.Field{f.param("recv", recv)}
	var args []ast.Expr
	for i := range sig.Params().Len() {
		p := f.param(fmt.Sprint("a", i), sig.Params().At(i).Type())
		params, args = append(params, p), append(args, p.Names[0])
	}
	t, x := recv, ast.Expr(ident("recv"))
	for _, i := range index[:len(index)-1] {
		st := t
		if p, ok := st.Underlying().(*types.Pointer); ok {
			st = p.Elem()
		}
		v := st.Underlying().(*types.Struct).Field(i)
		x, t = f.fieldPath(x, st, []int{i}), v.Type()
	}
	at := place{x, false}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		at, t = place{x, true}, p.Elem()
	}
	want := types.Unalias(m.Signature().Recv().Type())
	form := &callForm{}
	switch {
	case types.IsInterface(want) && f.rep(t).R.NumMethod() == 0:
		form.fun = op(l.w.Dispatch(f.rep(t), m.Name(), sig)).Fun
		form.args = []ast.Expr{f.fieldValue(at, t)}
	case m.Pkg() != nil && m.Pkg().Path() == "main" && !types.IsInterface(want):
		value, _ := f.receiver(at, t, want)
		form.fun, form.args = ident(l.method(m, t)), []ast.Expr{value}
	default:
		value := f.fieldValue(at, t)
		if !types.IsInterface(want) {
			value, _ = f.receiver(at, t, want)
		}
		form.recv, form.method, form.spread = true, m.Name(), sig.Variadic()
		form.args = []ast.Expr{value}
	}
	form.args = append(form.args, args...)
	if sig.Results().Len() == 0 {
		f.emit(&ast.ExprStmt{X: form.expr()})
	} else {
		names := make([]string, sig.Results().Len())
		out := make([]ast.Expr, len(names))
		for i := range names {
			names[i] = l.temp("r")
			out[i] = ident(names[i])
		}
		f.define(form.expr(), names...)
		f.emit(&ast.ReturnStmt{Results: out})
	}
	f.add(name, params, sig.Results(), f.out, token.NoPos)
}

// Binding is a method that a unit binds: the engine hands it to package values.
type Binding struct {
	Recv *types.Named
	Name string
}
