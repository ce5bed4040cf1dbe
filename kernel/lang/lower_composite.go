package lang

import (
	"fmt"
	"go/ast"
	"go/types"

	"gaspard/kernel/values"
)

// composite writes a composite literal of a type.
func (f *fn) composite(e *ast.CompositeLit, t types.Type) ast.Expr {
	if p, ok := t.Underlying().(*types.Pointer); ok { // the & is left out inside another literal
		return f.addressOfLiteral(e, p.Elem())
	}
	lit := &ast.CompositeLit{Type: f.typeName(t)}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		lit.Elts = f.structElts(e, u)
	case *types.Slice:
		lit.Elts = f.listElts(e, u.Elem(), -1)
	case *types.Array:
		lit.Elts = f.listElts(e, u.Elem(), u.Len())
	case *types.Map:
		flat := f.exprs(2*len(e.Elts), func(i int) (ast.Expr, types.Type) {
			kv := e.Elts[i/2].(*ast.KeyValueExpr)
			if i%2 == 0 {
				return f.element(kv.Key, u.Key()), u.Key()
			}
			return f.element(kv.Value, u.Elem()), u.Elem()
		})
		for i := 0; i < len(flat); i += 2 {
			// The engine takes different constants in interfaces for the same, and has
			// an order of its own.
			if types.IsInterface(f.typ(u.Key())) || calls(flat[i]) {
				flat[i] = f.spill(u.Key(), flat[i])
			}
			if calls(flat[i+1]) {
				flat[i+1] = f.spill(u.Elem(), flat[i+1])
			}
			lit.Elts = append(lit.Elts, &ast.KeyValueExpr{Key: flat[i], Value: flat[i+1]})
		}
	default:
		f.l.refuse(e.Pos(), fmt.Sprintf("a composite literal of type %v", t), "")
	}
	return lit
}

// element writes an element of a composite literal, which may leave its type out.
func (f *fn) element(e ast.Expr, t types.Type) ast.Expr {
	if lit, ok := e.(*ast.CompositeLit); ok && lit.Type == nil {
		return f.composite(lit, f.typ(t))
	}
	return f.conv(e, t)
}

func (f *fn) structElts(e *ast.CompositeLit, u *types.Struct) []ast.Expr {
	field := make([]int, len(e.Elts))
	list := f.exprs(len(e.Elts), func(i int) (ast.Expr, types.Type) {
		field[i] = i
		value := e.Elts[i]
		if kv, ok := value.(*ast.KeyValueExpr); ok {
			value = kv.Value
			name := kv.Key.(*ast.Ident).Name
			for j := range u.NumFields() {
				if u.Field(j).Name() == name {
					field[i] = j
				}
			}
		}
		t := u.Field(field[i]).Type()
		return f.element(value, t), t
	})
	for i, x := range list {
		if calls(x) && len(list) > 1 {
			x = f.spill(u.Field(field[i]).Type(), x) // in the order they are written
		}
		list[i] = &ast.KeyValueExpr{Key: ident(values.FieldName(u.Field(field[i]), field[i])), Value: x}
	}
	return list
}

// listElts lists the elements of an array or slice in their places.
func (f *fn) listElts(e *ast.CompositeLit, elem types.Type, length int64) []ast.Expr {
	keyed := false
	place, at := make([]int64, len(e.Elts)), int64(0)
	list := f.exprs(len(e.Elts), func(i int) (ast.Expr, types.Type) {
		value := e.Elts[i]
		if kv, ok := value.(*ast.KeyValueExpr); ok {
			keyed, value = true, kv.Value
			at = constInt(f.src.info.Types[kv.Key].Value)
		}
		place[i] = at
		at++
		return f.element(value, elem), elem
	})
	if !keyed {
		return f.elements(list, elem)
	}
	for i, x := range list {
		if calls(x) {
			list[i] = f.spill(elem, x) // in the order they are written
		}
	}
	size := int64(0)
	for _, p := range place {
		size = max(size, p+1)
	}
	if size > 1<<16 {
		f.l.refuse(e.Pos(), "a composite literal with so large an index", "make the slice and assign the elements")
	}
	full := make([]ast.Expr, size)
	for i, p := range place {
		full[p] = list[i]
	}
	for i := range full {
		if full[i] == nil {
			full[i] = f.zero(elem)
		}
	}
	return f.elements(full, elem)
}

// elements makes expressions fit to stand in a list without keys, where the
// engine takes only the simplest.
func (f *fn) elements(list []ast.Expr, t types.Type) []ast.Expr {
	simple := true
	for i, x := range list {
		list[i] = ast.Unparen(x)
		switch list[i].(type) {
		case *ast.Ident, *ast.BasicLit, *ast.CallExpr, *ast.CompositeLit, *ast.UnaryExpr:
		default:
			simple = false
		}
	}
	for i, x := range list {
		if _, literal := x.(*ast.BasicLit); !simple && !literal && !isIdent(x) {
			list[i] = f.spill(t, x) // all of them, to keep their order
		}
	}
	return list
}

// addressOfLiteral is &T{...}: a fresh variable each time it is evaluated.
func (f *fn) addressOfLiteral(e *ast.CompositeLit, t types.Type) ast.Expr {
	x := f.composite(e, f.typ(t))
	name := f.l.temp("p")
	f.define(&ast.CallExpr{Fun: ident("new"), Args: []ast.Expr{f.typeName(t)}}, name)
	if len(e.Elts) > 0 || !isStructOrArray(f.typ(t)) {
		f.set(&ast.StarExpr{X: ident(name)}, x, t)
	}
	return ident(name)
}

func isStructOrArray(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Struct, *types.Array:
		return true
	}
	return false
}
