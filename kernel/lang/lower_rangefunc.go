package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// rangeBody is the body of a range over a function while it is written: a
// function of its own, which tells by a code how it was left.
type rangeBody struct {
	code    types.Object // the cell of the code: 0 goes on, 1 returns, others branch
	results []types.Object
	exits   []rangeExit
}

type rangeExit struct {
	to  *target
	tok token.Token
}

// rangeFunc calls the function with the body as its yield.
func (f *fn) rangeFunc(s *ast.RangeStmt, sig *types.Signature, user string) {
	fun := f.spill(f.typeOf(s.X), f.expr(s.X))
	yield := sig.Params().At(0).Type().Underlying().(*types.Signature)
	rb := &rangeBody{}
	cell := func(name string, t types.Type) types.Object {
		obj := types.NewVar(token.NoPos, nil, name, t)
		f.shared[obj] = true
		f.newLocal(obj, nil)
		return obj
	}
	rb.code = cell("code", types.Typ[types.Int])
	done := cell("done", types.Typ[types.Bool])
	outer := f.function()
	for v := range outer.sig.Results().Variables() {
		rb.results = append(rb.results, cell("r", v.Type()))
	}
	g := &fn{
		l: f.l, src: f.src, env: f.env, outer: f, vars: map[types.Object]*local{}, shared: f.shared,
		labels: map[string]string{}, sig: f.env.subst(plainSignature(yield)).(*types.Signature), rangeBody: rb,
	}
	if len(f.env) == 0 {
		g.sig = plainSignature(yield)
	}
	self := &target{label: f.l.temp("L"), user: user, loop: true, across: rb, self: true}
	for _, t := range f.targets {
		g.targets = append(g.targets, &target{label: t.label, user: t.user, loop: t.loop, across: rb})
	}
	g.targets = append(g.targets, self)
	name := f.l.temp(RangeName)
	closure := f.closure(g, name, g.sig, func() {
		var params []*ast.Field
		for v := range g.sig.Params().Variables() {
			params = append(params, g.param(f.l.temp("a"), v.Type()))
		}
		g.emit(poll())
		g.emit(&ast.IfStmt{Cond: g.local(done).value(), Body: block([]ast.Stmt{&ast.ExprStmt{X: nativeCall("RangeEnded")}})})
		for i, e := range []ast.Expr{s.Key, s.Value} {
			if i < len(params) {
				g.iteration(s, e, params[i].Names[0], g.sig.Params().At(i).Type())
			}
		}
		g.stmts(s.Body.List)
		g.emit(&ast.ReturnStmt{Results: []ast.Expr{ident("true")}})
		g.add(name, params, g.sig.Results(), g.out, s.Pos())
	})
	y := f.spill(yield, closure)
	f.emit(&ast.ExprStmt{X: &ast.CallExpr{Fun: fun, Args: []ast.Expr{y}}})
	f.emit(assign(f.local(done).value(), ident("true")))
	f.afterRange(rb)
}

// afterRange does what the body wanted when it left the loop.
func (f *fn) afterRange(rb *rangeBody) {
	is := func(code int) ast.Expr {
		return &ast.BinaryExpr{X: &ast.ParenExpr{X: f.local(rb.code).value()}, Op: token.EQL, Y: intLit(int64(code))}
	}
	f.emit(&ast.IfStmt{Cond: is(1), Body: block(f.in(func() { f.returnStored(rb) }))})
	for i, exit := range rb.exits {
		f.emit(&ast.IfStmt{Cond: is(i + 2), Body: block(f.in(func() {
			for j := len(f.targets) - 1; j >= 0; j-- {
				t := f.targets[j]
				if t.label != exit.to.label {
					continue
				}
				if t.across != nil {
					f.leave(t, exit.tok)
					return
				}
				t.used = true
				f.emit(&ast.BranchStmt{Tok: exit.tok, Label: ident(t.label)})
				return
			}
		}))})
	}
}

// returnStored returns the results that a body stored.
func (f *fn) returnStored(rb *rangeBody) {
	list := make([]ast.Expr, len(rb.results))
	for i, obj := range rb.results {
		list[i] = f.local(obj).value()
	}
	switch {
	case f.rangeBody != nil:
		f.storeThrough(list)
	case f.guarded:
		f.storeResults(f.results, list)
		f.emit(&ast.ReturnStmt{})
	default:
		f.emit(&ast.ReturnStmt{Results: list})
	}
}

// returnThrough is a return in the body of a range over a function.
func (f *fn) returnThrough(s *ast.ReturnStmt) {
	list := f.returned(s)
	if list == nil {
		for _, r := range f.function().results {
			for obj, v := range f.function().vars {
				if v == r {
					list = append(list, f.local(obj).value())
				}
			}
		}
	}
	f.storeThrough(list)
}

func (f *fn) storeThrough(list []ast.Expr) {
	var to []*local
	for _, obj := range f.rangeBody.results {
		to = append(to, f.local(obj))
	}
	f.storeResults(to, list)
	f.emit(assign(f.local(f.rangeBody.code).value(), intLit(1)))
	f.emit(&ast.ReturnStmt{Results: []ast.Expr{ident("false")}})
}

// leave goes from the body of a range over a function to a statement outside, or
// on with the range itself.
func (f *fn) leave(t *target, tok token.Token) {
	if t.self {
		f.emit(&ast.ReturnStmt{Results: []ast.Expr{ident(fmt.Sprint(tok == token.CONTINUE))}})
		return
	}
	rb := f.rangeBody
	rb.exits = append(rb.exits, rangeExit{t, tok})
	f.emit(assign(f.local(rb.code).value(), intLit(int64(len(rb.exits)+1))))
	f.emit(&ast.ReturnStmt{Results: []ast.Expr{ident("false")}})
}
