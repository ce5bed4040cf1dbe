package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// typeExpr writes a type as syntax. Session types are named by session, packages
// by their import paths through pkg. It fails on types that no source can name,
// such as another package's unexported ones.
func typeExpr(t types.Type, session, pkg func(string) string) (expr ast.Expr, ok bool) {
	w := &typeWriter{session: session, pkg: pkg}
	expr = w.expr(t)
	return expr, !w.failed
}

// typeWriter turns types into syntax.
type typeWriter struct {
	session, pkg func(string) string
	failed       bool
}

func (w *typeWriter) expr(t types.Type) ast.Expr {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer || t.Info()&types.IsUntyped != 0 {
			w.failed = true
		}
		return ast.NewIdent(t.Name())
	case *types.Alias:
		return w.named(t.Obj(), t.TypeArgs(), t)
	case *types.Named:
		return w.named(t.Obj(), t.TypeArgs(), t)
	case *types.TypeParam:
		return ast.NewIdent(t.Obj().Name())
	case *types.Pointer:
		return &ast.StarExpr{X: w.expr(t.Elem())}
	case *types.Slice:
		return &ast.ArrayType{Elt: w.expr(t.Elem())}
	case *types.Array:
		return &ast.ArrayType{Len: intLit(t.Len()), Elt: w.expr(t.Elem())}
	case *types.Map:
		return &ast.MapType{Key: w.expr(t.Key()), Value: w.expr(t.Elem())}
	case *types.Chan:
		dir := map[types.ChanDir]ast.ChanDir{
			types.SendRecv: ast.SEND | ast.RECV, types.SendOnly: ast.SEND, types.RecvOnly: ast.RECV,
		}[t.Dir()]
		return &ast.ChanType{Dir: dir, Value: w.expr(t.Elem())}
	case *types.Signature:
		return w.signature(t)
	case *types.Struct:
		return w.structType(t)
	case *types.Interface:
		return w.interfaceType(t)
	}
	w.failed = true
	return ast.NewIdent("int")
}

// named writes a defined type or an alias. A type declared inside a function
// has no name out here.
func (w *typeWriter) named(obj *types.TypeName, args *types.TypeList, t types.Type) ast.Expr {
	var base ast.Expr
	switch pkg := obj.Pkg(); {
	case pkg == nil:
		base = ast.NewIdent(obj.Name())
	case pkg.Path() == "main":
		if obj.Parent() != nil && !isPackageLevel(obj) {
			w.failed = true
		}
		base = ast.NewIdent(w.session(obj.Name()))
	case !obj.Exported():
		if a, ok := t.(*types.Alias); ok {
			return w.expr(types.Unalias(a))
		}
		w.failed = true
		return ast.NewIdent("int")
	default:
		base = &ast.SelectorExpr{X: ast.NewIdent(w.pkg(pkg.Path())), Sel: ast.NewIdent(obj.Name())}
	}
	switch n := args.Len(); {
	case n == 1:
		return &ast.IndexExpr{X: base, Index: w.expr(args.At(0))}
	case n > 1:
		list := &ast.IndexListExpr{X: base}
		for i := range n {
			list.Indices = append(list.Indices, w.expr(args.At(i)))
		}
		return list
	}
	return base
}

func (w *typeWriter) signature(sig *types.Signature) *ast.FuncType {
	f := &ast.FuncType{Params: &ast.FieldList{}}
	for i := range sig.Params().Len() {
		t := sig.Params().At(i).Type()
		expr := ast.Expr(nil)
		if slice, ok := t.(*types.Slice); ok && sig.Variadic() && i == sig.Params().Len()-1 {
			expr = &ast.Ellipsis{Elt: w.expr(slice.Elem())}
		} else {
			expr = w.expr(t)
		}
		f.Params.List = append(f.Params.List, &ast.Field{Type: expr})
	}
	if n := sig.Results().Len(); n > 0 {
		f.Results = &ast.FieldList{}
		for i := range n {
			f.Results.List = append(f.Results.List, &ast.Field{Type: w.expr(sig.Results().At(i).Type())})
		}
	}
	return f
}

func (w *typeWriter) structType(t *types.Struct) ast.Expr {
	fields := &ast.FieldList{}
	for i := range t.NumFields() {
		f := t.Field(i)
		field := &ast.Field{Type: w.expr(f.Type())}
		if !f.Embedded() {
			field.Names = []*ast.Ident{ast.NewIdent(f.Name())}
		}
		if tag := t.Tag(i); tag != "" {
			field.Tag = &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(tag)}
		}
		fields.List = append(fields.List, field)
	}
	return &ast.StructType{Fields: fields}
}

func (w *typeWriter) interfaceType(t *types.Interface) ast.Expr {
	methods := &ast.FieldList{}
	for i := range t.NumExplicitMethods() {
		m := t.ExplicitMethod(i)
		methods.List = append(methods.List, &ast.Field{
			Names: []*ast.Ident{ast.NewIdent(m.Name())}, Type: w.signature(m.Signature()),
		})
	}
	for i := range t.NumEmbeddeds() {
		methods.List = append(methods.List, &ast.Field{Type: w.expr(t.EmbeddedType(i))})
	}
	return &ast.InterfaceType{Methods: methods}
}

// mentions reports whether a type is made of a session type of one of the
// given names.
func mentions(t types.Type, names map[string]bool) bool {
	found := false
	visitNamed(t, map[types.Type]bool{}, func(obj *types.TypeName) {
		if obj.Pkg() != nil && obj.Pkg().Path() == "main" && names[obj.Name()] {
			found = true
		}
	})
	return found
}

// visitNamed calls f for each defined type and alias that a type is made of, as
// written: it does not look inside definitions.
func visitNamed(t types.Type, seen map[types.Type]bool, f func(*types.TypeName)) {
	if seen[t] {
		return
	}
	seen[t] = true
	visit := func(t types.Type) { visitNamed(t, seen, f) }
	tuple := func(tu *types.Tuple) {
		for i := range tu.Len() {
			visit(tu.At(i).Type())
		}
	}
	switch t := t.(type) {
	case *types.Alias:
		f(t.Obj())
		visit(types.Unalias(t))
	case *types.Named:
		f(t.Obj())
		for i := range t.TypeArgs().Len() {
			visit(t.TypeArgs().At(i))
		}
	case interface{ Elem() types.Type }: // pointer, slice, array, chan, map
		visit(t.Elem())
		if m, ok := t.(*types.Map); ok {
			visit(m.Key())
		}
	case *types.Signature:
		tuple(t.Params())
		tuple(t.Results())
	case *types.Struct:
		for i := range t.NumFields() {
			visit(t.Field(i).Type())
		}
	case *types.Interface:
		for i := range t.NumMethods() {
			visit(t.Method(i).Type())
		}
	}
}

// sameLayout reports whether values of type a are values of type b once both are
// taken for what they are made of, down to the names of session types.
func sameLayout(a, b types.Type) bool {
	return types.Identical(a, b) || layout(a, nil) == layout(b, nil)
}

// layout writes a type with the definitions of the session's types beside their
// names; a type inside itself is cut at the second meeting.
func layout(t types.Type, inside []*types.Named) string {
	switch t := t.(type) {
	case *types.Alias:
		return layout(types.Unalias(t), inside)
	case *types.TypeParam:
		return "#" + strconv.Itoa(t.Index())
	case *types.Named:
		return layoutNamed(t, inside)
	case *types.Pointer:
		return "*" + layout(t.Elem(), inside)
	case *types.Slice:
		return "[]" + layout(t.Elem(), inside)
	case *types.Array:
		return "[" + strconv.FormatInt(t.Len(), 10) + "]" + layout(t.Elem(), inside)
	case *types.Map:
		return "map[" + layout(t.Key(), inside) + "]" + layout(t.Elem(), inside)
	case *types.Chan:
		return "chan" + strconv.Itoa(int(t.Dir())) + " " + layout(t.Elem(), inside)
	case *types.Signature:
		text := "func("
		for v := range t.Params().Variables() {
			text += layout(v.Type(), inside) + ","
		}
		text += strconv.FormatBool(t.Variadic()) + ")("
		for v := range t.Results().Variables() {
			text += layout(v.Type(), inside) + ","
		}
		return text + ")"
	case *types.Struct:
		text := "struct{"
		for i := range t.NumFields() {
			f := t.Field(i)
			text += fmt.Sprintf("%s %t %s %q;", f.Name(), f.Embedded(), layout(f.Type(), inside), t.Tag(i))
		}
		return text + "}"
	case *types.Interface:
		text := "interface{"
		for m := range t.Methods() {
			text += m.Id() + " " + layout(m.Signature(), inside) + ";"
		}
		for e := range t.EmbeddedTypes() {
			if u, ok := e.Underlying().(*types.Interface); !ok || !u.IsMethodSet() {
				text += types.TypeString(e, nil) + ";"
			}
		}
		return text + "}"
	}
	return types.TypeString(t, nil)
}

func layoutNamed(t *types.Named, inside []*types.Named) string {
	name := types.TypeString(t.Origin(), nil)
	if list := t.TypeParams(); t.TypeArgs().Len() == 0 && list.Len() > 0 {
		name = t.Obj().Name()
	}
	for arg := range t.TypeArgs().Types() {
		name += "," + layout(arg, inside)
	}
	if t.Obj().Pkg() == nil || t.Obj().Pkg().Path() != "main" {
		return name
	}
	for _, outer := range inside {
		if outer.Obj() == t.Obj() {
			return name
		}
	}
	return name + "=" + layout(t.Underlying(), append(inside, t))
}
