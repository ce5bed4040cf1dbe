package lang

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"gaspard/kernel/values"
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
				early = append(early, f.l.declaration(name, typs[j], list[j]))
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

// index is x[i].
func (f *fn) index(e *ast.IndexExpr) ast.Expr {
	t := f.typeOf(e.X)
	if m, ok := t.Underlying().(*types.Map); ok {
		list := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if i == 0 {
				return f.operand(e.X), t
			}
			return f.conv(e.Index, m.Key()), m.Key()
		})
		return &ast.IndexExpr{X: list[0], Index: list[1]}
	}
	list := f.exprs(2, func(i int) (ast.Expr, types.Type) {
		if i == 0 {
			return f.arrayOperand(e.X), t
		}
		return f.indexValue(e.Index), types.Typ[types.Int]
	})
	return f.checkedIndex(list[0], list[1])
}

// indexValue is an index as an int.
func (f *fn) indexValue(e ast.Expr) ast.Expr {
	if v := f.src.info.Types[e].Value; v != nil {
		return intLit(constInt(v))
	}
	x := f.expr(e)
	if r := f.rep(f.typeOf(e)).R; r.Kind().String() != "int" || r.PkgPath() != "" {
		return &ast.CallExpr{Fun: ident("int"), Args: []ast.Expr{x}}
	}
	return x
}

// checkedIndex guards x[i] where the program may see the panic: the engine's own
// does not say the index.
func (f *fn) checkedIndex(x, i ast.Expr) ast.Expr {
	if f.l.c.s.recovers {
		if calls(i) {
			name := f.l.temp("i")
			f.declare(name, types.Typ[types.Int], i)
			i = ident(name)
		}
		if !calls(x) {
			length := &ast.CallExpr{Fun: ident("len"), Args: []ast.Expr{x}}
			if star, ok := x.(*ast.StarExpr); ok {
				length.Args[0] = &ast.ParenExpr{X: star}
			}
			outside := &ast.BinaryExpr{
				X:  &ast.BinaryExpr{X: i, Op: token.LSS, Y: intLit(0)},
				Op: token.LOR,
				Y:  &ast.BinaryExpr{X: i, Op: token.GEQ, Y: length},
			}
			f.emit(&ast.IfStmt{Cond: outside, Body: block([]ast.Stmt{&ast.ExprStmt{X: nativeCall("OutOfRange", i, length)}})})
		}
	}
	if _, ok := x.(*ast.StarExpr); ok {
		x = &ast.ParenExpr{X: x}
	}
	return &ast.IndexExpr{X: x, Index: i}
}

// operand is an expression to select, index or call on; what needs parentheses
// gets them.
func (f *fn) operand(e ast.Expr) ast.Expr {
	x := f.expr(e)
	switch x.(type) {
	case *ast.StarExpr, *ast.BinaryExpr, *ast.UnaryExpr:
		return &ast.ParenExpr{X: x}
	}
	return x
}

// arrayOperand is an array, slice or string to index. An array goes by its
// address where it has one, so that it is not copied.
func (f *fn) arrayOperand(e ast.Expr) ast.Expr {
	if _, ok := f.typeOf(e).Underlying().(*types.Pointer); ok {
		return f.deref(f.expr(e))
	}
	x := f.operand(e)
	if calls(x) { // the result of a call cannot be indexed in place
		return f.spill(f.typeOf(e), x)
	}
	return x
}

// slice is x[a:b:c].
func (f *fn) slice(e *ast.SliceExpr) ast.Expr {
	t := f.typeOf(e.X)
	bounds := []ast.Expr{e.Low, e.High, e.Max}
	list := f.exprs(4, func(i int) (ast.Expr, types.Type) {
		switch {
		case i > 0 && bounds[i-1] == nil:
			return nil, nil
		case i > 0:
			return f.indexValue(bounds[i-1]), types.Typ[types.Int]
		}
		if _, ok := t.Underlying().(*types.Array); ok {
			return f.address(e.X), types.NewPointer(t)
		}
		return f.expr(e.X), t
	})
	or := func(x ast.Expr) ast.Expr {
		if x == nil {
			return intLit(values.Absent)
		}
		return x
	}
	from := f.rep(t)
	if _, ok := t.Underlying().(*types.Array); ok {
		from = f.l.rep(types.NewPointer(t))
	}
	return op(f.l.w.Slice(from, f.rep(f.typeOf(e))), list[0], or(list[1]), or(list[2]), or(list[3]))
}

func (f *fn) unary(e *ast.UnaryExpr) ast.Expr {
	switch e.Op {
	case token.AND:
		if lit, ok := ast.Unparen(e.X).(*ast.CompositeLit); ok {
			return f.addressOfLiteral(lit, f.typeOf(lit))
		}
		return f.address(e.X)
	case token.ARROW:
		return op(f.l.w.Receive(f.rep(f.typeOf(e.X)), false), f.expr(e.X))
	}
	x := f.operand(e.X)
	if _, ok := x.(*ast.UnaryExpr); ok {
		x = &ast.ParenExpr{X: x}
	}
	return &ast.UnaryExpr{Op: e.Op, X: x}
}

// address is &x for something addressable.
func (f *fn) address(e ast.Expr) ast.Expr {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		obj := f.src.info.Uses[e]
		if v := f.local(obj); v != nil {
			if !v.cell {
				panic("lang: the address of " + v.name + " is taken, but it is not shared")
			}
			return ident(v.name)
		}
		if obj.Pkg().Path() != "main" {
			return f.nativeVar(obj.(*types.Var)).(*ast.StarExpr).X
		}
		return &ast.UnaryExpr{Op: token.AND, X: ident(f.global(obj))}
	case *ast.StarExpr:
		return f.expr(e.X)
	case *ast.CompositeLit: // a method call on a literal
		return f.addressOfLiteral(e, f.typeOf(e))
	case *ast.IndexExpr, *ast.SelectorExpr:
		x := f.expr(e)
		if star, ok := x.(*ast.StarExpr); ok {
			return star.X
		}
		name := f.l.temp("p")
		f.declare(name, types.NewPointer(f.typeOf(e)), &ast.UnaryExpr{Op: token.AND, X: x})
		return ident(name)
	}
	// A value without a place: a copy has one.
	t := f.typeOf(e)
	name := f.l.temp("p")
	x := f.expr(e)
	f.define(&ast.CallExpr{Fun: ident("new"), Args: []ast.Expr{f.typeName(t)}}, name)
	f.set(&ast.StarExpr{X: ident(name)}, x, t)
	return ident(name)
}

func (f *fn) binary(e *ast.BinaryExpr) ast.Expr {
	switch e.Op {
	case token.LAND, token.LOR:
		return f.logical(e)
	case token.EQL, token.NEQ:
		return f.comparison(e)
	case token.SHL, token.SHR:
		list := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if i > 0 {
				return f.shiftCount(e.Y), f.typeOf(e.Y)
			}
			x := f.conv(e.X, f.typeOf(e))
			if f.src.info.Types[e.X].Value != nil { // the engine would want both operands of one type
				x = f.spill(f.typeOf(e), x)
			}
			return x, f.typeOf(e)
		})
		return arithmetic(list[0], e.Op, list[1])
	}
	t := f.typeOf(e)
	switch e.Op {
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		t = f.commonType(e.X, e.Y)
	}
	list := f.exprs(2, func(i int) (ast.Expr, types.Type) {
		if i == 0 {
			return f.conv(e.X, t), t
		}
		return f.divisor(e.Op, e.Y, f.conv(e.Y, t), t), t
	})
	return arithmetic(list[0], e.Op, list[1])
}

// divisor hides a constant zero from the engine, which takes x / 0.0 for a
// mistake.
func (f *fn) divisor(o token.Token, e, x ast.Expr, t types.Type) ast.Expr {
	if v := f.src.info.Types[e].Value; o == token.QUO && v != nil && constant.Sign(v) == 0 {
		return f.spill(t, x)
	}
	return x
}

// shiftCount is the right side of a shift. It stands by itself, since the engine
// would give an expression the type of the result, and panics if it is negative.
func (f *fn) shiftCount(e ast.Expr) ast.Expr {
	if v := f.src.info.Types[e].Value; v != nil {
		return intLit(constInt(v))
	}
	t := f.typeOf(e)
	x := f.stable(t, f.expr(e))
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsUnsigned == 0 {
		f.emit(&ast.IfStmt{
			Cond: &ast.BinaryExpr{X: x, Op: token.LSS, Y: f.literal(constant.MakeInt64(0), t)},
			Body: block([]ast.Stmt{&ast.ExprStmt{X: nativeCall("NegativeShift")}}),
		})
	}
	return x
}

func arithmetic(x ast.Expr, o token.Token, y ast.Expr) ast.Expr {
	wrap := func(e ast.Expr) ast.Expr {
		switch e.(type) {
		case *ast.BinaryExpr, *ast.UnaryExpr, *ast.StarExpr:
			return &ast.ParenExpr{X: e}
		}
		return e
	}
	return &ast.BinaryExpr{X: wrap(x), Op: o, Y: wrap(y)}
}

// commonType is the type in which two operands are compared.
func (f *fn) commonType(x, y ast.Expr) types.Type {
	if b, ok := f.src.info.TypeOf(x).(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		return f.typeOf(y)
	}
	return f.typeOf(x)
}

// logical is && and ||. A right side that needs statements must not run when
// the left decides.
func (f *fn) logical(e *ast.BinaryExpr) ast.Expr {
	x := f.expr(e.X)
	var y ast.Expr
	before := f.in(func() { y = f.expr(e.Y) })
	if len(before) == 0 {
		return arithmetic(x, e.Op, y)
	}
	name := f.l.temp("b")
	f.declare(name, types.Typ[types.Bool], x)
	cond := ast.Expr(ident(name))
	if e.Op == token.LOR {
		cond = not(cond)
	}
	f.emit(&ast.IfStmt{Cond: cond, Body: block(append(before, assign(ident(name), y)))})
	return ident(name)
}

// comparison is == and !=.
func (f *fn) comparison(e *ast.BinaryExpr) ast.Expr {
	info := f.src.info
	for _, pair := range [][2]ast.Expr{{e.X, e.Y}, {e.Y, e.X}} {
		if info.Types[pair[1]].IsNil() {
			if info.Types[pair[0]].IsNil() {
				break
			}
			x := f.expr(pair[0])
			if calls(x) {
				x = f.spill(f.typeOf(pair[0]), x)
			}
			return &ast.BinaryExpr{X: paren(x), Op: e.Op, Y: ident("nil")}
		}
	}
	tx, ty := f.typeOf(e.X), f.typeOf(e.Y)
	if types.IsInterface(tx) || types.IsInterface(ty) {
		both := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			return f.conv([]ast.Expr{e.X, e.Y}[i], anyType), anyType
		})
		return f.equal(e.Op, both)
	}
	t := f.commonType(e.X, e.Y)
	both := f.exprs(2, func(i int) (ast.Expr, types.Type) { return f.conv([]ast.Expr{e.X, e.Y}[i], t), t })
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsConstType != 0 {
		return arithmetic(both[0], e.Op, both[1])
	}
	return f.equal(e.Op, both)
}

func (f *fn) equal(o token.Token, both []ast.Expr) ast.Expr {
	call := nativeCall("Equal", both...)
	if o == token.NEQ {
		return &ast.UnaryExpr{Op: token.NOT, X: call}
	}
	return call
}

func paren(x ast.Expr) ast.Expr {
	switch x.(type) {
	case *ast.StarExpr, *ast.BinaryExpr:
		return &ast.ParenExpr{X: x}
	}
	return x
}

var anyType = types.Universe.Lookup("any").Type()

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
