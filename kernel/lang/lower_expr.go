package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// expr writes an expression whose value has the representation of its own type.
// What cannot be said in one expression goes before, as statements.
func (f *fn) expr(e ast.Expr) ast.Expr {
	tv := f.src.info.Types[e]
	if tv.Value != nil {
		if t := f.typeOf(e); !types.IsInterface(t) {
			return f.literal(tv.Value, t)
		}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		x := f.expr(e.X)
		if _, ok := x.(*ast.BinaryExpr); ok {
			return &ast.ParenExpr{X: x}
		}
		return x
	case *ast.Ident:
		return f.ident(e)
	case *ast.BasicLit:
		return e
	case *ast.CompositeLit:
		return f.composite(e, f.typeOf(e))
	case *ast.FuncLit:
		return f.funcLit(e, false)
	case *ast.SelectorExpr:
		return f.selector(e)
	case *ast.IndexExpr:
		if tv := f.src.info.Types[e.X]; tv.IsType() || f.isGenericFunc(e.X) {
			return f.funcValue(e)
		}
		return f.index(e)
	case *ast.IndexListExpr:
		return f.funcValue(e)
	case *ast.SliceExpr:
		return f.slice(e)
	case *ast.StarExpr:
		return f.deref(f.expr(e.X))
	case *ast.UnaryExpr:
		return f.unary(e)
	case *ast.BinaryExpr:
		return f.binary(e)
	case *ast.CallExpr:
		return f.callValue(e)
	case *ast.TypeAssertExpr:
		from, to := f.rep(f.typeOf(e.X)), f.rep(f.src.info.TypeOf(e))
		return op(f.l.w.Assert(from, to, false), f.expr(e.X))
	}
	f.l.refuse(e.Pos(), fmt.Sprintf("an expression of kind %T", e), "")
	return nil
}

// deref is *p. The result of a call is put aside first.
func (f *fn) deref(p ast.Expr) ast.Expr {
	if calls(p) {
		name := f.l.temp("p")
		f.define(p, name)
		p = ident(name)
	}
	return &ast.StarExpr{X: p}
}

// exprs writes operands that Go evaluates in order: where a later one needs
// statements before it, earlier calls are put aside.
func (f *fn) exprs(n int, write func(i int) (ast.Expr, types.Type)) []ast.Expr {
	list, typs := make([]ast.Expr, n), make([]types.Type, n)
	for i := range n {
		mark := len(f.out)
		list[i], typs[i] = write(i)
		if len(f.out) == mark {
			continue
		}
		var early []ast.Stmt
		for j := range i {
			if calls(list[j]) {
				name := f.l.temp("t")
				early = append(early, f.in(func() { f.declare(name, typs[j], list[j]) })...)
				list[j] = ident(name)
			}
		}
		f.out = slices.Insert(f.out, mark, early...)
	}
	f.callsFirst(list, typs)
	return list
}

// callsFirst puts the calls and composite literals among operands aside where
// another operand reads memory before a later call: Go's compiler reads after
// all of these.
func (f *fn) callsFirst(list []ast.Expr, typs []types.Type) {
	read, mixed := false, false
	for _, x := range list {
		switch {
		case x == nil:
		case calls(x):
			mixed = mixed || read
		default:
			read = read || f.l.reads(x)
		}
	}
	if !mixed {
		return
	}
	for i, x := range list {
		if x != nil && (calls(x) || hasComposite(x)) {
			list[i] = f.spill(typs[i], x)
		}
	}
}

func hasComposite(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		_, ok := n.(*ast.CompositeLit)
		found = found || ok
		return !found
	})
	return found
}

// ident is a variable, a function or nil.
func (f *fn) ident(id *ast.Ident) ast.Expr {
	obj := f.src.info.Uses[id]
	if obj == nil {
		obj = f.src.info.Defs[id]
	}
	switch o := obj.(type) {
	case *types.Nil:
		return ident("nil")
	case *types.Func:
		return f.funcValue(id)
	case *types.Var:
		if v := f.local(o); v != nil {
			return v.value()
		}
		if o.Pkg() != nil && o.Pkg().Path() != "main" {
			return f.nativeVar(o)
		}
		name := f.global(o)
		f.l.globals[name] = true
		return ident(name)
	}
	f.l.refuse(id.Pos(), fmt.Sprintf("%s is no value here", id.Name), "")
	return nil
}

// global is the engine's name of a session variable or function.
func (f *fn) global(obj types.Object) string {
	c := f.l.c
	if v, ok := obj.(*types.Var); ok {
		if h := c.vars[v.Name()]; h != nil && (c.lifted[v] || f.src.scope.Lookup(v.Name()) == obj) && c.isHoisted(v) {
			return h.engine
		}
	}
	return c.currentName(obj)
}

// nativeVar is a variable of a native package, through its address: the engine
// reads such variables when it compiles.
func (f *fn) nativeVar(o *types.Var) ast.Expr {
	v, ok := f.l.c.s.resolver.Variable(o.Pkg().Path(), o.Name())
	if !ok {
		f.l.refuse(token.NoPos, fmt.Sprintf("%s.%s is not available to cells", o.Pkg().Name(), o.Name()), "")
	}
	return f.deref(op(f.l.w.Variable(o.Pkg().Path(), o.Name(), v)))
}

// conv writes an expression as a value of a type it is assignable to.
func (f *fn) conv(e ast.Expr, to types.Type) ast.Expr {
	to = f.typ(to)
	tv := f.src.info.Types[e]
	switch {
	case tv.IsNil():
		return f.zero(to)
	case tv.Value != nil && !types.IsInterface(to):
		return f.literal(tv.Value, to)
	case tv.Value != nil:
		from := types.Default(f.typ(tv.Type))
		if types.IsInterface(from) {
			from = to
		}
		return f.convert(f.literal(tv.Value, from), from, to)
	}
	return f.convert(f.expr(e), f.typeOf(e), to)
}

// convert turns a value of one type into one of another to which it is
// assignable.
func (f *fn) convert(x ast.Expr, from, to types.Type) ast.Expr {
	from, to = types.Default(f.typ(from)), f.typ(to)
	if b, ok := from.(*types.Basic); ok && b.Kind() == types.UntypedNil {
		return f.zero(to)
	}
	a, b := f.l.rep(from), f.l.rep(to)
	if !types.IsInterface(to) {
		if a.R == b.R {
			return x
		}
		return f.conversion(x, to)
	}
	if name := f.l.w.Convert(a, b); name != "" {
		return op(name, x)
	}
	if a.R == b.R {
		return x
	}
	return f.conversion(x, to)
}

// conversion is T(x).
func (f *fn) conversion(x ast.Expr, to types.Type) ast.Expr {
	return &ast.CallExpr{Fun: f.typeName(to), Args: []ast.Expr{x}}
}

// zero is the zero value of a type.
func (f *fn) zero(t types.Type) ast.Expr {
	t = f.typ(t)
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch info := u.Info(); {
		case info&types.IsBoolean != 0:
			return f.conversionUnless(ident("false"), t, "bool")
		case info&types.IsString != 0:
			return f.conversionUnless(&ast.BasicLit{Kind: token.STRING, Value: `""`}, t, "string")
		case info&types.IsNumeric != 0:
			return f.conversionUnless(intLit(0), t, "int")
		}
	case *types.Struct, *types.Array:
		return f.spillZero(t)
	}
	return f.conversion(ident("nil"), t)
}

func (f *fn) conversionUnless(x ast.Expr, t types.Type, name string) ast.Expr {
	if id, ok := f.typeName(t).(*ast.Ident); ok && id.Name == name {
		return x
	}
	return f.conversion(x, t)
}

func (f *fn) spillZero(t types.Type) ast.Expr {
	name := f.l.temp("z")
	f.declare(name, t, nil)
	return ident(name)
}

var anyType = types.Universe.Lookup("any").Type()
