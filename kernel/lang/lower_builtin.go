package lang

import (
	"go/ast"
	"go/types"
	"reflect"

	"gaspard/kernel/values"
)

func builtinName(f *fn, fun ast.Expr) string {
	switch e := fun.(type) {
	case *ast.Ident:
		if b, ok := f.src.info.Uses[e].(*types.Builtin); ok {
			return b.Name()
		}
	case *ast.SelectorExpr:
		if b, ok := f.src.info.Uses[e.Sel].(*types.Builtin); ok {
			f.l.refuse(e.Pos(), "unsafe."+b.Name()+" is not available to cells", "")
		}
	}
	return ""
}

// builtin writes a call of a builtin function.
func (f *fn) builtin(name string, e *ast.CallExpr) ast.Expr {
	switch name {
	case "append":
		return f.appendCall(e)
	case "len", "cap":
		return f.lengthCall(name, e)
	case "copy":
		to, from := f.typeOf(e.Args[0]), f.typeOf(e.Args[1])
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) { return f.expr(e.Args[i]), f.typeOf(e.Args[i]) })
		return op(f.l.w.Copy(f.rep(to), f.rep(from)), args...)
	case "delete":
		m := f.typeOf(e.Args[0])
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			t := []types.Type{m, m.Underlying().(*types.Map).Key()}[i]
			return f.conv(e.Args[i], t), t
		})
		return nativeCall("Delete", args...)
	case "clear":
		return nativeCall("Clear", f.expr(e.Args[0]))
	case "close":
		return nativeCall("Close", f.expr(e.Args[0]))
	case "make":
		return f.makeCall(e)
	case "new":
		return f.newCall(e)
	case "panic":
		return nativeCall("Panic", f.conv(e.Args[0], anyType))
	case "recover":
		return f.recoverCall()
	case "print", "println":
		if tuple := f.spreadCall(e); tuple != nil {
			var args []ast.Expr
			for i, name := range f.resultsOf(ast.Unparen(e.Args[0]).(*ast.CallExpr), tuple) {
				args = append(args, f.convert(ident(name), tuple.At(i).Type(), anyType))
			}
			return nativeCall("P"+name[1:], args...)
		}
		args := f.exprs(len(e.Args), func(i int) (ast.Expr, types.Type) { return f.conv(e.Args[i], anyType), anyType })
		return nativeCall("P"+name[1:], args...)
	case "min", "max":
		t := f.typeOf(e)
		args := f.exprs(len(e.Args), func(i int) (ast.Expr, types.Type) { return f.conv(e.Args[i], t), t })
		return op(f.l.w.Extreme(name, f.rep(t), len(args)), args...)
	case "complex", "real", "imag":
		return f.complexCall(name, e)
	}
	f.l.refuse(e.Pos(), "the builtin "+name+" is not supported", "")
	return nil
}

// lengthCall is len or cap.
func (f *fn) lengthCall(name string, e *ast.CallExpr) ast.Expr {
	t := f.typeOf(e.Args[0])
	x := f.expr(e.Args[0])
	if p, ok := t.Underlying().(*types.Pointer); ok {
		f.emit(assign(ident("_"), x))
		return intLit(p.Elem().Underlying().(*types.Array).Len())
	}
	if calls(x) {
		x = f.spill(t, x)
	}
	call := &ast.CallExpr{Fun: ident(name), Args: []ast.Expr{x}}
	if _, ok := t.Underlying().(*types.Chan); ok {
		return f.spill(types.Typ[types.Int], call) // in its turn among calls
	}
	return call
}

// newCall is new(T), or new(x), which copies a value.
func (f *fn) newCall(e *ast.CallExpr) ast.Expr {
	arg := e.Args[0]
	t := f.typ(f.src.info.TypeOf(e)).Underlying().(*types.Pointer).Elem()
	call := &ast.CallExpr{Fun: ident("new"), Args: []ast.Expr{f.typeName(t)}}
	if f.src.info.Types[arg].IsType() {
		return call
	}
	x := f.conv(arg, t)
	name := f.l.temp("p")
	f.define(call, name)
	f.set(&ast.StarExpr{X: ident(name)}, x, t)
	return ident(name)
}

// complexCall is complex, real or imag.
func (f *fn) complexCall(name string, e *ast.CallExpr) ast.Expr {
	t := f.typeOf(e)
	if name != "complex" {
		x := &ast.CallExpr{Fun: ident("complex128"), Args: []ast.Expr{f.expr(e.Args[0])}}
		return f.conversionUnless(nativeCall(map[string]string{"real": "Real", "imag": "Imag"}[name], x), t, "float64")
	}
	part := types.Typ[types.Float64]
	if f.rep(t).R.Kind() == reflect.Complex64 {
		part = types.Typ[types.Float32]
	}
	args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
		return &ast.CallExpr{Fun: ident("float64"), Args: []ast.Expr{f.conv(e.Args[i], part)}}, types.Typ[types.Float64]
	})
	return f.conversionUnless(nativeCall("Complex", args...), t, "complex128")
}

// makeCall is make(T, sizes...).
func (f *fn) makeCall(e *ast.CallExpr) ast.Expr {
	t := f.typ(f.src.info.TypeOf(e))
	var sizes []ast.Expr
	for _, size := range e.Args[1:] {
		sizes = append(sizes, f.stable(types.Typ[types.Int], f.indexValue(size)))
	}
	switch t.Underlying().(type) {
	case *types.Slice:
		return op(f.l.w.MakeSlice(f.rep(t)), append(sizes, intLit(values.Absent))[:2]...)
	case *types.Chan:
		return op(f.l.w.MakeChan(f.rep(t)), append(sizes, intLit(0))[0])
	}
	return &ast.CallExpr{Fun: ident("make"), Args: append([]ast.Expr{f.typeName(t)}, sizes...)}
}

func (f *fn) appendCall(e *ast.CallExpr) ast.Expr {
	t := f.typeOf(e.Args[0])
	elem := t.Underlying().(*types.Slice).Elem()
	if e.Ellipsis.IsValid() {
		from := f.typeOf(e.Args[1])
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if f.src.info.Types[e.Args[i]].IsNil() {
				return f.zero(t), t
			}
			return f.expr(e.Args[i]), f.typeOf(e.Args[i])
		})
		if b, ok := from.(*types.Basic); ok && b.Kind() == types.UntypedNil {
			from = t
		}
		return op(f.l.w.AppendSlice(f.rep(t), f.rep(from)), args...)
	}
	args := f.exprs(len(e.Args), func(i int) (ast.Expr, types.Type) {
		if i == 0 {
			return f.conv(e.Args[0], t), t
		}
		return f.conv(e.Args[i], elem), elem
	})
	if f.rep(elem).R == f.rep(t).R { // type S []S: the engine would append the elements of the value
		list := &ast.CompositeLit{Type: f.typeName(t), Elts: f.elements(args[1:], elem)}
		return op(f.l.w.AppendSlice(f.rep(t), f.rep(t)), args[0], list)
	}
	if len(args) > 2 { // several values are read one after the other, as they are written
		f.elements(args[1:], elem)
	}
	return &ast.CallExpr{Fun: ident("append"), Args: args}
}

// recoverCall is recover: in a literal that a defer statement calls, that of the
// function around it, and elsewhere that of whoever deferred the call.
func (f *fn) recoverCall() ast.Expr {
	f.l.c.s.recovers = true
	if f.deferred {
		if d := f.outer.outerDefers(); d != nil {
			return nativeCall("RecoverFrom", ident(f.local(d).name))
		}
	}
	if f.recovery == "" {
		return nativeCall("RecoverFrom", nativeCall("Entered")) // in a body of its own, too late to matter
	}
	return nativeCall("RecoverFrom", ident(f.recovery))
}
