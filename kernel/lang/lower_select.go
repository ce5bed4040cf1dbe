package lang

import (
	"fmt"
	"go/ast"
	"go/types"

	"gaspard/kernel/values"
)

// selector is a field, a method value, or something from a package.
func (f *fn) selector(e *ast.SelectorExpr) ast.Expr {
	sel := f.selection(e)
	if sel == nil { // pkg.Name
		switch o := f.src.info.Uses[e.Sel].(type) {
		case *types.Var:
			return f.nativeVar(o)
		case *types.Func:
			return f.funcValue(e)
		}
		f.l.refuse(e.Pos(), e.Sel.Name+" is no value here", "")
	}
	switch sel.Kind() {
	case types.MethodVal:
		return f.methodValue(e, sel)
	case types.MethodExpr:
		return f.methodExpr(e, sel)
	}
	return f.fieldPath(f.base(e.X), f.typeOf(e.X), sel.Index())
}

// selection is what a selector means, with the instance's types in place.
func (f *fn) selection(e *ast.SelectorExpr) selection {
	sel := f.src.info.Selections[e]
	if sel == nil {
		return nil
	}
	if len(f.env) == 0 {
		return sel
	}
	recv := f.typ(sel.Recv())
	obj, index, _ := types.LookupFieldOrMethod(recv, true, sel.Obj().Pkg(), sel.Obj().Name())
	if obj == nil {
		f.l.refuse(e.Pos(), fmt.Sprintf("%v has no %s in this instance", recv, e.Sel.Name), "")
	}
	return &instSelection{sel.Kind(), recv, obj, index}
}

// selection is what go/types says of a selector.
type selection interface {
	Kind() types.SelectionKind
	Recv() types.Type
	Obj() types.Object
	Index() []int
}

type instSelection struct {
	kind  types.SelectionKind
	recv  types.Type
	obj   types.Object
	index []int
}

func (s *instSelection) Kind() types.SelectionKind { return s.kind }
func (s *instSelection) Recv() types.Type          { return s.recv }
func (s *instSelection) Obj() types.Object         { return s.obj }
func (s *instSelection) Index() []int              { return s.index }

// base is the operand of a selector. A struct variable behind a pointer is left
// behind it: the engine follows pointers to fields.
func (f *fn) base(e ast.Expr) ast.Expr {
	x := f.expr(e)
	switch s := x.(type) {
	case *ast.StarExpr:
		if _, ok := f.typeOf(e).Underlying().(*types.Struct); ok {
			return s.X
		}
		return &ast.ParenExpr{X: s}
	case *ast.CallExpr, *ast.CompositeLit, *ast.BinaryExpr:
		return f.spill(f.typeOf(e), x)
	}
	return x
}

// fieldPath selects fields one within the other, through embedded ones.
func (f *fn) fieldPath(x ast.Expr, t types.Type, index []int) ast.Expr {
	for _, i := range index {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		st := t.Underlying().(*types.Struct)
		v := st.Field(i)
		x = &ast.SelectorExpr{X: x, Sel: ident(values.FieldName(v, i))}
		t = v.Type()
	}
	return x
}
