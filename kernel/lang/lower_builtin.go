package lang

import (
	"go/ast"
	"go/types"

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
	arg := func(i int) ast.Expr { return f.expr(e.Args[i]) }
	call := func(args ...ast.Expr) ast.Expr { return &ast.CallExpr{Fun: ident(name), Args: args} }
	switch name {
	case "append":
		return f.appendCall(e)
	case "len", "cap":
		t := f.typeOf(e.Args[0])
		if p, ok := t.Underlying().(*types.Pointer); ok {
			if a, ok := p.Elem().Underlying().(*types.Array); ok {
				f.emit(assign(ident("_"), arg(0)))
				return intLit(a.Len())
			}
		}
		x := arg(0)
		if calls(x) {
			x = f.spill(t, x)
		}
		if _, ok := t.Underlying().(*types.Chan); ok {
			return f.spill(types.Typ[types.Int], call(x)) // in its turn among calls
		}
		return call(x)
	case "copy":
		to, from := f.typeOf(e.Args[0]), f.typeOf(e.Args[1])
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) { return arg(i), f.typeOf(e.Args[i]) })
		return op(f.l.w.Copy(f.rep(to), f.rep(from)), args...)
	case "delete":
		m := f.typeOf(e.Args[0]).Underlying().(*types.Map)
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if i == 0 {
				return arg(0), f.typeOf(e.Args[0])
			}
			return f.conv(e.Args[1], m.Key()), m.Key()
		})
		return nativeCall("Delete", args...)
	case "clear":
		return nativeCall("Clear", arg(0))
	case "close":
		return nativeCall("Close", arg(0))
	case "make":
		args := []ast.Expr{f.typeName(f.src.info.TypeOf(e))}
		for _, size := range e.Args[1:] {
			args = append(args, f.stable(types.Typ[types.Int], f.indexValue(size)))
		}
		return f.makeCall(f.typ(f.src.info.TypeOf(e)), args)
	case "new":
		if tv := f.src.info.Types[e.Args[0]]; !tv.IsType() {
			t := f.typeOf(e.Args[0])
			x := f.conv(e.Args[0], t)
			name := f.l.temp("p")
			f.define(&ast.CallExpr{Fun: ident("new"), Args: []ast.Expr{f.typeName(t)}}, name)
			f.set(&ast.StarExpr{X: ident(name)}, x, t)
			return ident(name)
		}
		return call(f.typeName(f.src.info.TypeOf(e.Args[0])))
	case "panic":
		return nativeCall("Panic", f.conv(e.Args[0], anyType))
	case "recover":
		return f.recoverCall()
	case "print", "println":
		args := f.exprs(len(e.Args), func(i int) (ast.Expr, types.Type) { return f.conv(e.Args[i], anyType), anyType })
		return nativeCall("P"+name[1:], args...)
	case "min", "max":
		t := f.typeOf(e)
		args := f.exprs(len(e.Args), func(i int) (ast.Expr, types.Type) { return f.conv(e.Args[i], t), t })
		return op(f.l.w.Extreme(name, f.rep(t), len(args)), args...)
	case "complex":
		t := f.typeOf(e)
		part := types.Typ[types.Float64]
		if f.rep(t).R.Kind().String() == "complex64" {
			part = types.Typ[types.Float32]
		}
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			return &ast.CallExpr{Fun: ident("float64"), Args: []ast.Expr{f.conv(e.Args[i], part)}}, types.Typ[types.Float64]
		})
		return f.conversionUnless(nativeCall("Complex", args...), t, "complex128")
	case "real", "imag":
		t := f.typeOf(e)
		x := &ast.CallExpr{Fun: ident("complex128"), Args: []ast.Expr{arg(0)}}
		return f.conversionUnless(nativeCall(map[string]string{"real": "Real", "imag": "Imag"}[name], x), t, "float64")
	}
	f.l.refuse(e.Pos(), "the builtin "+name+" is not supported", "")
	return nil
}

// makeCall is make(T, sizes...).
func (f *fn) makeCall(t types.Type, args []ast.Expr) ast.Expr {
	if _, ok := t.Underlying().(*types.Slice); ok {
		sizes := append(args[1:len(args):len(args)], intLit(values.Absent))[:2]
		return op(f.l.w.MakeSlice(f.rep(t)), sizes...)
	}
	if _, ok := t.Underlying().(*types.Chan); ok {
		return op(f.l.w.MakeChan(f.rep(t)), append(args[1:len(args):len(args)], intLit(0))[0])
	}
	return &ast.CallExpr{Fun: ident("make"), Args: args}
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
	return nativeCall("Recover")
}
