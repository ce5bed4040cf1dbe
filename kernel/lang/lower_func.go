package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"strings"

	"gaspard/kernel/values"
)

type (
	repType     = values.Type
	reflectType = reflect.Type
)

// funcKey names a function of the session, a method or an instance of either.
type funcKey struct {
	fn   *types.Func // its origin
	inst string      // representations of the type arguments
}

// origin is where a function's text is, for instances yet to be written.
type origin struct {
	decl *ast.FuncDecl
	src  *checked
}

// function is the engine's name of a declared function of the session.
func (l *lowerer) function(fn *types.Func, inst []types.Type) string {
	return l.instance(fn.Origin(), inst)
}

// method is the engine's name of a method of a declared type, given the type
// that has it, possibly a pointer.
func (l *lowerer) method(m *types.Func, t types.Type) string {
	named := declaredType(t)
	var args []types.Type
	if named != nil {
		for a := range named.TypeArgs().Types() {
			args = append(args, a)
		}
	}
	return l.instance(m.Origin(), args)
}

// declaredType is the declared type behind a type or a pointer to it.
func declaredType(t types.Type) *types.Named {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, _ := types.Unalias(t).(*types.Named)
	return named
}

// instance finds the engine's name of a function and has an instance of a
// generic one written the first time.
func (l *lowerer) instance(fn *types.Func, args []types.Type) string {
	key := funcKey{fn: fn}
	if len(args) > 0 {
		var names []string
		for _, t := range args {
			names = append(names, l.rep(t).Name+versionOf(t))
		}
		key.inst = strings.Join(names, ",")
	}
	if name, ok := l.c.unit.funcs[key]; ok {
		return name
	}
	if name, ok := l.c.s.funcs[key]; ok {
		return name
	}
	src := l.origin(fn)
	if src == nil {
		l.refuse(token.NoPos, fmt.Sprintf("the function %s is gone", fn.Name()), "define it again")
	}
	name := fn.Name()
	if recv := receiverName(src.decl); recv != "" {
		name = recv + "·" + name
	}
	name = l.c.s.engineName(name)
	l.c.unit.funcs[key] = name
	env := typeEnv{}
	sig := fn.Signature()
	if sig.RecvTypeParams().Len() > 0 {
		env.bind(sig.RecvTypeParams(), args)
	} else if sig.TypeParams().Len() > 0 {
		env.bind(sig.TypeParams(), args)
	}
	if len(l.c.unit.funcs) > 3000 {
		l.refuse(src.decl.Pos(), "this generic code needs instances of itself without end", "")
	}
	l.queue = append(l.queue, func() { l.writeFunc(name, src, env, fn) })
	return name
}

// versionOf tells versions of the session's types apart, whose methods differ.
func versionOf(t types.Type) string {
	text := ""
	visitNamed(t, map[types.Type]bool{}, func(obj *types.TypeName) {
		if obj.Pkg() != nil && obj.Pkg().Path() == "main" {
			text += fmt.Sprintf(" %p", obj)
		}
	})
	return text
}

func (l *lowerer) origin(fn *types.Func) *origin {
	if o := l.c.unit.origins[fn]; o != nil {
		return o
	}
	return l.c.s.origins[fn]
}

// writeFunc writes a declared function.
func (l *lowerer) writeFunc(name string, o *origin, env typeEnv, fn *types.Func) {
	l.pos = o.decl.Pos()
	f := l.newFn(o.src, env, o.decl)
	sig := fn.Signature()
	f.sig = env.subst(plainSignature(sig)).(*types.Signature)
	if len(env) == 0 {
		f.sig = plainSignature(sig)
	}
	if recv := sig.Recv(); recv != nil {
		f.recvType = env.subst(recv.Type())
	}
	if o.decl.Body == nil {
		l.refuse(o.decl.Pos(), "a function without a body", "")
	}
	f.write(name, o.decl.Recv, o.decl.Type, o.decl.Body, o.decl.Pos())
}

// newFn starts a function; root is the syntax in which variables may be shared.
func (l *lowerer) newFn(src *checked, env typeEnv, root ast.Node) *fn {
	f := &fn{l: l, src: src, env: env, vars: map[types.Object]*local{}, labels: map[string]string{}}
	f.shared = f.findShared(root)
	return f
}

// write writes the function's parameters and body and adds it to the unit.
func (f *fn) write(name string, recv *ast.FieldList, t *ast.FuncType, body *ast.BlockStmt, pos token.Pos) {
	fields := []*ast.FieldList{recv, t.Params}
	var params []*ast.Field
	var objs []types.Object
	for _, list := range fields {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			ids := field.Names
			if len(ids) == 0 {
				ids = []*ast.Ident{nil}
			}
			for _, id := range ids {
				pt := f.typ(f.src.info.TypeOf(field.Type))
				if ell, ok := field.Type.(*ast.Ellipsis); ok {
					pt = types.NewSlice(f.typ(f.src.info.TypeOf(ell.Elt)))
				}
				var obj types.Object
				if id != nil && id.Name != "_" {
					obj = f.src.info.Defs[id]
				}
				params = append(params, f.param(f.l.temp("a"), pt))
				objs = append(objs, obj)
			}
		}
	}
	if hasDefer(body) {
		f.writeGuarded(name, params, objs, t, body, pos)
		return
	}
	f.out = nil
	f.emit(poll())
	f.noteRecovery(body)
	f.enter(params, objs)
	f.namedResults(t, false)
	f.body(body.List)
	if f.sig.Results().Len() > 0 {
		f.unreachable()
	}
	f.add(name, params, f.sig.Results(), f.out, pos)
}

// body writes the statements of a function, or of a cell.
func (f *fn) body(list []ast.Stmt) {
	if f.show {
		f.cellStmts(list)
		return
	}
	f.stmts(list)
}

func (f *fn) param(name string, t types.Type) *ast.Field {
	return &ast.Field{Names: []*ast.Ident{ident(name)}, Type: f.typeName(t)}
}

// enter makes the parameters the variables they are.
func (f *fn) enter(params []*ast.Field, objs []types.Object) {
	for i, obj := range objs {
		if obj == nil {
			continue
		}
		if name := params[i].Names[0]; f.shared[obj] {
			f.newLocal(obj, name)
		} else {
			f.vars[obj] = &local{name: name.Name, typ: f.typ(obj.Type())}
		}
	}
}

// namedResults declares the results that have names, all of them as cells if the
// function is guarded.
func (f *fn) namedResults(t *ast.FuncType, guarded bool) {
	if t.Results == nil {
		return
	}
	for _, field := range t.Results.List {
		for _, id := range field.Names {
			obj := f.src.info.Defs[id]
			if obj == nil || id.Name == "_" {
				obj = types.NewVar(id.Pos(), nil, "r", f.src.info.TypeOf(field.Type))
			}
			if guarded {
				f.shared[obj] = true
			}
			f.results = append(f.results, f.newLocal(obj, nil))
		}
	}
}

// unreachable ends a function that Go knows to return before.
func (f *fn) unreachable() {
	if n := len(f.out); n > 0 {
		if _, ok := f.out[n-1].(*ast.ReturnStmt); ok {
			return
		}
	}
	var zeros []ast.Expr
	for v := range f.sig.Results().Variables() {
		zeros = append(zeros, f.zero(v.Type()))
	}
	f.emit(&ast.ReturnStmt{Results: zeros})
}

// add puts a finished function into the unit.
func (f *fn) add(name string, params []*ast.Field, results *types.Tuple, body []ast.Stmt, pos token.Pos) {
	t := &ast.FuncType{Params: &ast.FieldList{List: params}}
	if results.Len() > 0 {
		t.Results = &ast.FieldList{}
		for v := range results.Variables() {
			t.Results.List = append(t.Results.List, &ast.Field{Type: f.typeName(v.Type())})
		}
	}
	at := &ast.Ident{Name: name, NamePos: pos}
	f.l.funcs = append(f.l.funcs, &ast.FuncDecl{Name: at, Type: t, Body: &ast.BlockStmt{Lbrace: pos, List: body, Rbrace: pos}})
}

// writeGuarded writes a function with deferred calls as two: one holds the
// results and has the other, the body, run under guard.
func (f *fn) writeGuarded(name string, params []*ast.Field, objs []types.Object, t *ast.FuncType, body *ast.BlockStmt, pos token.Pos) {
	inner := f.l.temp(strings.TrimRight(name, "ˑ0123456789"))
	d := types.NewVar(token.NoPos, nil, "d", types.Typ[types.Int])
	f.defers, f.guarded = d, true
	f.l.defers[d] = true
	dName := f.l.temp("d")
	f.vars[d] = &local{name: dName}
	head := f.in(func() {
		f.define(nativeCall("Defers"), dName)
		f.namedResults(t, true)
		if len(f.results) == 0 {
			f.plainResults()
		}
	})
	written := f.in(func() {
		f.emit(poll())
		f.noteRecovery(body)
		f.enter(params, objs)
		f.body(body.List)
	})

	bound, fields, args := f.captures()
	add := func(p *ast.Field, r reflectType) {
		bound, fields, args = append(bound, r), append(fields, p), append(args, p.Names[0])
	}
	add(&ast.Field{Names: []*ast.Ident{ident(dName)}, Type: f.defersType()}, reflect.TypeFor[*values.Defers]())
	for _, r := range f.results {
		pt := types.NewPointer(r.typ)
		add(f.param(r.name, pt), f.rep(pt).R)
	}
	i := 0
	for _, list := range []*types.Tuple{f.receiverTuple(params), f.sig.Params()} {
		for v := range list.Variables() {
			add(params[i], f.rep(v.Type()).R)
			i++
		}
	}
	f.add(inner, fields, nil, written, pos)
	none := f.l.rep(types.NewSignatureType(nil, nil, nil, nil, nil, false))
	call := nativeCall("Guard", ident(dName), op(f.l.w.Closure(bound, none), append([]ast.Expr{ident(inner)}, args...)...))
	var results []ast.Expr
	for _, r := range f.results {
		results = append(results, r.value())
	}
	f.add(name, params, f.sig.Results(), append(head, &ast.ExprStmt{X: call}, &ast.ReturnStmt{Results: results}), pos)
}

// plainResults makes cells for results without names.
func (f *fn) plainResults() {
	for v := range f.sig.Results().Variables() {
		obj := types.NewVar(token.NoPos, nil, "r", v.Type())
		f.shared[obj] = true
		f.results = append(f.results, f.newLocal(obj, nil))
	}
}

// captures describes the variables a literal takes from outside: their types,
// the parameters for them and, under the same names, the arguments.
func (f *fn) captures() (bound []reflectType, fields []*ast.Field, args []ast.Expr) {
	for _, c := range f.captured {
		v := f.vars[c.obj]
		p := &ast.Field{Names: []*ast.Ident{ident(c.param)}, Type: f.defersType()}
		r := reflect.TypeFor[*values.Defers]()
		if v.cell {
			pt := types.NewPointer(v.typ)
			p, r = f.param(c.param, pt), f.l.rep(pt).R
		}
		bound, fields, args = append(bound, r), append(fields, p), append(args, ident(c.param))
	}
	return bound, fields, args
}

// noteRecovery asks, where a function calls recover, who deferred this call of
// it: only that recover works, and only here.
func (f *fn) noteRecovery(body *ast.BlockStmt) {
	if f.deferred || !recovers(body) {
		return
	}
	f.recovery = f.l.temp("by")
	f.define(nativeCall("Entered"), f.recovery)
}

// recovers reports whether a body calls recover itself.
func recovers(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "recover" {
				found = true
			}
		}
		return !found
	})
	return found
}

// receiverTuple is the receiver as a parameter, where there are more parameters
// than the signature has: those before are receiver or captured variables.
func (f *fn) receiverTuple(params []*ast.Field) *types.Tuple {
	if len(params) == f.sig.Params().Len() {
		return nil
	}
	return types.NewTuple(types.NewParam(token.NoPos, nil, "", f.recvType))
}

func (f *fn) defersType() ast.Expr {
	return &ast.SelectorExpr{X: ident(nativeName), Sel: ident("DefersPointer")}
}

// hasDefer reports whether a body has deferred calls of its own. The body of a
// range over a function counts: its defers are the function's.
func hasDefer(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			found = true
		}
		return !found
	})
	return found
}

// funcLit writes a function literal as a function of the variables it holds on
// to and its parameters, and makes the closure.
func (f *fn) funcLit(e *ast.FuncLit, deferred bool) ast.Expr {
	sig := f.typ(f.src.info.TypeOf(e)).(*types.Signature)
	g := &fn{
		l: f.l, src: f.src, env: f.env, outer: f, vars: map[types.Object]*local{}, shared: f.shared,
		labels: map[string]string{}, sig: sig, deferred: deferred,
	}
	name := f.l.temp(LiteralName)
	return f.closure(g, name, sig, func() {
		g.write(name, nil, e.Type, e.Body, e.Pos())
	})
}

// RangeName begins the engine's names of the bodies of ranges over functions.
const RangeName = "range"

// LiteralName begins the engine's names of function literals.
const LiteralName = "cell·func"

// closure writes the function g by write and returns the value that binds it to
// what it captures.
func (f *fn) closure(g *fn, name string, sig *types.Signature, write func()) ast.Expr {
	mark := len(f.l.funcs)
	write()
	bound, fields, _ := g.captures()
	args := []ast.Expr{ident(name)}
	for _, c := range g.captured {
		args = append(args, ident(f.local(c.obj).name))
	}
	for _, d := range f.l.funcs[mark:] {
		if decl := d.(*ast.FuncDecl); decl.Name.Name == name {
			decl.Type.Params.List = append(fields, decl.Type.Params.List...)
		}
	}
	return op(f.l.w.Closure(bound, f.l.rep(plainSignature(sig))), args...)
}
