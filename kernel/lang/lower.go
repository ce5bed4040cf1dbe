package lang

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"gaspard/kernel/values"
)

// The packages of what lowered code calls, as it names them.
var (
	typesName  = PackageName(values.TypesPackage)
	opsName    = PackageName(values.OpsPackage)
	nativeName = PackageName(NativePackage)
)

// lowerer turns a checked cell into plain functions. What it writes uses little
// of Go: no methods, no closures, no interfaces with methods, no generic code,
// no switch, select, defer or go, each variable with a name of its own. That
// much the engine runs as the specification says; package values supplies the
// rest as operations.
type lowerer struct {
	c       *compiler
	w       *values.World
	funcs   []ast.Decl
	queue   []func() // bodies of instances and synthetic methods still to be written
	binds   []ast.Stmt
	temps   int
	globals map[string]bool       // engine names of session variables
	defers  map[types.Object]bool // the variables that hold deferred calls
	gotos   map[*checked]map[string]bool
	pos     token.Pos // of the statement being lowered, for refusals
}

// fn is a function being written.
type fn struct {
	l     *lowerer
	src   *checked
	env   typeEnv
	outer *fn // the function around a literal

	vars     map[types.Object]*local
	shared   map[types.Object]bool // variables that closures or pointers hold
	captured []capture
	sig      *types.Signature // with env substituted
	recvType types.Type       // of a method

	results []*local // named results, or the cells of a guarded function
	defers  *types.Var
	guarded bool // returns store into results
	// rangeBody is set in the body of a range over a function.
	rangeBody *rangeBody
	show      bool   // the last expression is shown: these are a cell's statements
	recovery  string // the variable with the function that deferred this one, if it calls recover
	deferred  bool   // a literal that a defer statement calls: its recover is the outer function's

	out     []ast.Stmt
	loops   int        // around the statement being written
	hoisted []ast.Stmt // declarations to go before the outermost loop
	targets []*target
	labels  map[string]string
}

// local is a variable of a function: by its name, or by the name of a pointer
// to it.
type local struct {
	name string
	cell bool
	typ  types.Type
}

// capture is a variable of an outer function that a literal takes as a parameter.
type capture struct {
	obj   types.Object
	param string
}

// tempMark is in the names that a unit uses by itself: serials do not begin with
// zero.
const tempMark = "ˑ0"

func (l *lowerer) temp(base string) string {
	l.temps++
	return base + tempMark + strconv.Itoa(l.temps)
}

// refuse gives the cell up: it is Go, but would run wrongly.
func (l *lowerer) refuse(pos token.Pos, message, rewrite string) {
	if !pos.IsValid() {
		pos = l.pos
	}
	panic(l.c.s.refuse(pos, l.c.text, message, rewrite))
}

// rescue turns a refusal into an error.
func (l *lowerer) rescue(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	case *values.Unrepresentable:
		*err = l.c.s.refuse(l.pos, l.c.text, r.Message, "use an interface or a type of your own in its place")
	default:
		*err = l.c.s.refuse(l.pos, l.c.text, fmt.Sprintf("this is Go that the cell compiler cannot translate (%v)", r), "try a simpler form, and report it")
	}
}

// typ is a type with the instance's arguments in place.
func (f *fn) typ(t types.Type) types.Type { return f.env.subst(t) }

// typeOf is the type of an expression, its default type if it is untyped.
func (f *fn) typeOf(e ast.Expr) types.Type {
	t := f.src.info.TypeOf(e)
	if t == nil {
		return nil
	}
	return types.Default(f.typ(t))
}

// rep is the representation of a type, with its methods made callable.
func (l *lowerer) rep(t types.Type) *values.Type {
	r := l.w.Type(t)
	if r.Own {
		l.ready(t)
	}
	return r
}

func (f *fn) rep(t types.Type) *values.Type { return f.l.rep(f.typ(t)) }

// typeName writes a type.
func (l *lowerer) typeName(t types.Type) ast.Expr {
	if b, ok := types.Unalias(t).(*types.Basic); ok && b.Info()&types.IsUntyped == 0 {
		if r := l.w.Type(b).R; r.PkgPath() == "" {
			return ast.NewIdent(r.Name())
		}
	}
	r := l.rep(t)
	if r.R.PkgPath() == "" && r.R.Name() != "" && r.R.Name() != "error" {
		return ast.NewIdent(r.R.Name()) // a basic type, under whatever name
	}
	return &ast.SelectorExpr{X: ast.NewIdent(typesName), Sel: ast.NewIdent(r.Name)}
}

func (f *fn) typeName(t types.Type) ast.Expr { return f.l.typeName(f.typ(t)) }

// op calls an operation of package values.
func op(name string, args ...ast.Expr) *ast.CallExpr {
	return &ast.CallExpr{Fun: &ast.SelectorExpr{X: ast.NewIdent(opsName), Sel: ast.NewIdent(name)}, Args: args}
}

func ident(name string) *ast.Ident { return ast.NewIdent(name) }

// emit adds a statement.
func (f *fn) emit(s ast.Stmt) { f.out = append(f.out, s) }

// declare adds var name T = x; x may be nil. Inside a loop the variable is
// declared before it and assigned, since the engine makes a new one for each
// declaration it comes to: nothing holds on to this one but its function.
func (f *fn) declare(name string, t types.Type, x ast.Expr) {
	if f.loops == 0 || x == nil {
		f.emit(f.l.declaration(name, t, x))
		return
	}
	f.hoisted = append(f.hoisted, f.l.declaration(name, t, nil))
	f.emit(assign(ident(name), x))
}

// loop writes a loop, and before an outermost one what is declared in it.
func (f *fn) loop(write func()) {
	mark := len(f.out)
	f.loops++
	write()
	if f.loops--; f.loops == 0 {
		f.out = slices.Insert(f.out, mark, f.hoisted...)
		f.hoisted = nil
	}
}

func (l *lowerer) declaration(name string, t types.Type, x ast.Expr) ast.Stmt {
	spec := &ast.ValueSpec{Names: []*ast.Ident{ident(name)}, Type: l.typeName(t)}
	if x != nil {
		spec.Values = []ast.Expr{x}
	}
	return &ast.DeclStmt{Decl: &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{spec}}}
}

func assign(lhs, rhs ast.Expr) ast.Stmt {
	return &ast.AssignStmt{Lhs: []ast.Expr{lhs}, Tok: token.ASSIGN, Rhs: []ast.Expr{rhs}}
}

// define adds names := x, for calls whose results have the types wanted.
func (f *fn) define(x ast.Expr, names ...string) {
	lhs := make([]ast.Expr, len(names))
	for i, n := range names {
		lhs[i] = ident(n)
	}
	f.emit(&ast.AssignStmt{Lhs: lhs, Tok: token.DEFINE, Rhs: []ast.Expr{x}})
}

// spill puts a value into a variable of its own.
func (f *fn) spill(t types.Type, x ast.Expr) *ast.Ident {
	name := f.l.temp("t")
	f.declare(name, f.typ(t), x)
	return ident(name)
}

// in runs write with its own statement list, which it returns.
func (f *fn) in(write func()) []ast.Stmt {
	saved := f.out
	f.out = nil
	write()
	list := f.out
	f.out = saved
	return list
}

func block(list []ast.Stmt) *ast.BlockStmt { return &ast.BlockStmt{List: list} }

func not(x ast.Expr) ast.Expr {
	return &ast.UnaryExpr{Op: token.NOT, X: &ast.ParenExpr{X: x}}
}

// calls reports whether lowered syntax contains a call, and so must keep its
// place among others.
func calls(e ast.Expr) bool {
	if e == nil {
		return false
	}
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !isConversion(call) {
			found = true
		}
		return !found
	})
	return found
}

// hasCall reports whether lowered syntax contains a call of any kind.
func hasCall(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		_, ok := n.(*ast.CallExpr)
		found = found || ok
		return !found
	})
	return found
}

// isConversion tells a conversion, also to an interface, from a call.
func isConversion(call *ast.CallExpr) bool {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		_, basic := types.Universe.Lookup(fun.Name).(*types.TypeName)
		return basic || fun.Name == "len" || fun.Name == "cap"
	case *ast.SelectorExpr:
		x, ok := fun.X.(*ast.Ident)
		return ok && (x.Name == typesName || x.Name == opsName && strings.HasPrefix(fun.Sel.Name, values.Harmless))
	}
	return false
}

// reads reports whether lowered syntax looks at memory that a call may change.
func (l *lowerer) reads(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StarExpr, *ast.IndexExpr:
			found = true
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok || !strings.HasSuffix(x.Name, "ˑ") {
				found = true
			}
		case *ast.Ident:
			found = found || l.globals[n.Name]
		}
		return !found
	})
	return found
}

// poll is the statement that lets Ctrl-C in: if stop { native.Quit() }. A plain
// interpreted variable costs a few nanoseconds to test, a native call two
// hundred.
func poll() ast.Stmt {
	return &ast.IfStmt{Cond: ident(StopName), Body: block([]ast.Stmt{&ast.ExprStmt{X: nativeCall("Quit")}})}
}

// nativeCall calls one of the engine's helpers.
func nativeCall(name string, args ...ast.Expr) *ast.CallExpr {
	return &ast.CallExpr{Fun: &ast.SelectorExpr{X: ident(nativeName), Sel: ident(name)}, Args: args}
}

// local finds the variable that an object is in this function, taking it in from
// an outer one if need be; nil for what is not a local variable.
func (f *fn) local(obj types.Object) *local {
	if v := f.vars[obj]; v != nil {
		return v
	}
	if f.outer == nil {
		return nil
	}
	v := f.outer.local(obj)
	if v == nil {
		return nil
	}
	if !v.cell && !f.l.defers[obj] {
		panic(fmt.Sprintf("lang: the variable %s is captured but not shared", obj.Name()))
	}
	mine := &local{name: f.l.temp(obj.Name()), cell: v.cell, typ: v.typ}
	f.vars[obj] = mine
	f.captured = append(f.captured, capture{obj, mine.name})
	return mine
}

// outerDefers is the variable of the nearest function with deferred calls.
func (f *fn) outerDefers() types.Object {
	for g := f; g != nil; g = g.outer {
		if g.defers != nil {
			return g.defers
		}
	}
	return nil
}

// newLocal makes a variable with a value; x nil stands for its zero.
func (f *fn) newLocal(obj types.Object, x ast.Expr) *local {
	v := &local{name: f.l.temp(obj.Name()), cell: f.shared[obj], typ: f.typ(obj.Type())}
	f.vars[obj] = v
	if !v.cell {
		f.declare(v.name, v.typ, x)
		return v
	}
	f.define(&ast.CallExpr{Fun: ident("new"), Args: []ast.Expr{f.l.typeName(v.typ)}}, v.name)
	if x != nil {
		f.set(&ast.StarExpr{X: ident(v.name)}, x, v.typ)
	}
	return v
}

// set is lhs = x for a place of a type. The engine lets a call store its result
// itself and may then miss the place, so that a result is put aside first.
func (f *fn) set(lhs, x ast.Expr, t types.Type) {
	if _, ok := x.(*ast.CallExpr); ok {
		x = f.spill(t, x)
	}
	f.emit(assign(lhs, x))
}

// value is the variable as an expression, also to assign to.
func (v *local) value() ast.Expr {
	if v.cell {
		return &ast.StarExpr{X: ident(v.name)}
	}
	return ident(v.name)
}

// literal writes a constant of a type that is not an interface.
func (f *fn) literal(v constant.Value, t types.Type) ast.Expr {
	t = types.Default(t)
	basic, ok := t.Underlying().(*types.Basic)
	if !ok {
		f.l.refuse(token.NoPos, fmt.Sprintf("a constant of type %v", t), "")
	}
	var lit ast.Expr
	natural := types.Invalid // the type the literal has by itself
	switch info := basic.Info(); {
	case info&types.IsBoolean != 0:
		lit, natural = ident(strconv.FormatBool(constant.BoolVal(v))), types.Bool
	case info&types.IsString != 0:
		lit, natural = &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(constant.StringVal(v))}, types.String
	case info&types.IsInteger != 0:
		lit, natural = signed(token.INT, constant.ToInt(v).ExactString()), types.Int
	case info&types.IsFloat != 0:
		lit, natural = signed(token.FLOAT, floatText(v, basic.Kind())), types.Float64
	case info&types.IsComplex != 0:
		v = constant.ToComplex(v)
		lit, natural = nativeCall("Complex",
			signed(token.FLOAT, floatText(constant.Real(v), types.Float64)),
			signed(token.FLOAT, floatText(constant.Imag(v), types.Float64))), types.Complex128
	}
	name := f.l.typeName(t)
	if id, ok := name.(*ast.Ident); ok && id.Name == types.Typ[natural].Name() {
		return lit
	}
	return &ast.CallExpr{Fun: name, Args: []ast.Expr{lit}}
}
