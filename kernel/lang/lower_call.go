package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"
)

// lowerBuiltin rewrites calls of the builtins that the engine lacks.
func (l *lowerer) lowerBuiltin(cur *astutil.Cursor, call *ast.CallExpr) {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return
	}
	builtin, ok := l.info.Uses[id].(*types.Builtin)
	if !ok {
		return
	}
	switch builtin.Name() {
	case "clear":
		cur.Replace(nativeCall("Clear", call.Args...))
	case "min", "max":
		t := types.Default(l.info.TypeOf(call))
		basic, ok := t.Underlying().(*types.Basic)
		if !ok {
			return
		}
		name := map[string]string{"min": "Min_", "max": "Max_"}[builtin.Name()] + basic.Name()
		if types.Identical(t, types.Typ[basic.Kind()]) {
			cur.Replace(nativeCall(name, call.Args...))
			return
		}
		if expr, ok := l.typeExpr(t); ok {
			args := make([]ast.Expr, len(call.Args))
			for i, arg := range call.Args {
				args[i] = &ast.CallExpr{Fun: ast.NewIdent(basic.Name()), Args: []ast.Expr{arg}}
			}
			cur.Replace(&ast.CallExpr{Fun: &ast.ParenExpr{X: expr}, Args: []ast.Expr{nativeCall(name, args...)}})
		}
	}
}

// instantiate writes out the type arguments that the engine would infer wrongly.
func (l *lowerer) instantiate(cur *astutil.Cursor, id *ast.Ident) {
	inst, ok := l.info.Instances[id]
	if !ok {
		return
	}
	if _, ok := l.info.Uses[id].(*types.Func); !ok {
		return
	}
	switch cur.Parent().(type) {
	case *ast.IndexExpr, *ast.IndexListExpr:
		if cur.Name() == "X" {
			return
		}
	}
	var args []ast.Expr
	for i := range inst.TypeArgs.Len() {
		expr, ok := l.typeExpr(inst.TypeArgs.At(i))
		if !ok {
			return
		}
		args = append(args, expr)
	}
	if len(args) == 1 {
		cur.Replace(&ast.IndexExpr{X: id, Index: args[0]})
	} else {
		cur.Replace(&ast.IndexListExpr{X: id, Indices: args})
	}
}

// lowerStore splits an assignment of several results into a map entry, a field
// or an element, which the engine would drop: the results go to temporaries
// first.
func (l *lowerer) lowerStore(cur *astutil.Cursor, n *ast.AssignStmt) {
	if n.Tok != token.ASSIGN || len(n.Lhs) < 2 || len(n.Rhs) != 1 || cur.Index() < 0 {
		return
	}
	plain := true
	for _, lhs := range n.Lhs {
		if _, ok := lhs.(*ast.Ident); !ok {
			plain = false
		}
	}
	if plain {
		return
	}
	temps := make([]ast.Expr, len(n.Lhs))
	for i, lhs := range n.Lhs {
		if id, ok := lhs.(*ast.Ident); ok && id.Name == "_" {
			temps[i] = ast.NewIdent("_")
			continue
		}
		temps[i] = ast.NewIdent(l.name("r"))
	}
	cur.InsertBefore(&ast.AssignStmt{Lhs: temps, TokPos: n.TokPos, Tok: token.DEFINE, Rhs: n.Rhs})
	for i, lhs := range n.Lhs {
		if temps[i].(*ast.Ident).Name != "_" {
			cur.InsertBefore(assign(lhs, temps[i]))
		}
	}
	cur.Replace(&ast.EmptyStmt{Semicolon: n.Pos(), Implicit: true})
}

// guardGo starts a goroutine whose panic is reported instead of ending the
// kernel, and which the engine knows to belong to its cell. The arguments are
// evaluated now, as Go says.
func (l *lowerer) guardGo(n *ast.GoStmt) ast.Stmt {
	block := &ast.BlockStmt{Lbrace: n.Pos()}
	for i, arg := range n.Call.Args {
		if _, ok := arg.(*ast.BasicLit); ok || l.isNil(arg) {
			continue
		}
		temp := l.name("arg")
		block.List = append(block.List, define(temp, arg))
		n.Call.Args[i] = ast.NewIdent(temp)
	}
	recovered := ast.NewIdent("r")
	guard := &ast.FuncLit{
		Type: &ast.FuncType{Params: &ast.FieldList{}},
		Body: &ast.BlockStmt{List: []ast.Stmt{&ast.IfStmt{
			Init: define("r", &ast.CallExpr{Fun: ast.NewIdent("recover")}),
			Cond: &ast.BinaryExpr{X: recovered, Op: token.NEQ, Y: ast.NewIdent("nil")},
			Body: &ast.BlockStmt{List: []ast.Stmt{&ast.ExprStmt{X: nativeCall("GoPanic", recovered)}}},
		}}},
	}
	body := &ast.BlockStmt{Lbrace: n.Pos(), List: []ast.Stmt{
		&ast.DeferStmt{Call: nativeCall("GoEnd")},
		&ast.DeferStmt{Call: &ast.CallExpr{Fun: guard}},
		&ast.ExprStmt{X: nativeCall("GoStart", intLit(int64(l.c.unit.Serial)))},
		&ast.ExprStmt{X: n.Call},
	}}
	start := &ast.GoStmt{Go: n.Go, Call: &ast.CallExpr{Fun: &ast.FuncLit{Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: body}}}
	block.List = append(block.List, start)
	return block
}

func (l *lowerer) isNil(e ast.Expr) bool {
	tv, ok := l.info.Types[e]
	return ok && tv.IsNil()
}

// lowerDefer has the arguments of a deferred call evaluated when it is stated,
// and keeps the engine from deadlocking on a deferred local closure.
func (l *lowerer) lowerDefer(cur *astutil.Cursor, n *ast.DeferStmt) {
	if cur.Index() < 0 {
		return
	}
	for i, arg := range n.Call.Args {
		if _, ok := arg.(*ast.BasicLit); ok || l.isNil(arg) {
			continue
		}
		temp := l.name("arg")
		cur.InsertBefore(define(temp, arg))
		n.Call.Args[i] = ast.NewIdent(temp)
	}
	if id, ok := n.Call.Fun.(*ast.Ident); ok {
		if _, local := l.info.Uses[id].(*types.Var); local {
			call := *n.Call
			n.Call = &ast.CallExpr{Fun: &ast.FuncLit{
				Type: &ast.FuncType{Params: &ast.FieldList{}},
				Body: &ast.BlockStmt{List: []ast.Stmt{&ast.ExprStmt{X: &call}}},
			}}
		}
	}
}

// refuseUnsupported looks for Go that the engine cannot run and that is not yet
// lowered.
func (l *lowerer) refuseUnsupported(body *ast.FuncDecl, decls []ast.Decl) error {
	var found *Error
	refuse := func(pos token.Pos, message, rewrite string) {
		if found == nil {
			found = l.c.s.refuse(pos, l.c.text, message, rewrite)
		}
	}
	look := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if t := l.info.TypeOf(n.X); t != nil {
				if _, ok := t.Underlying().(*types.Signature); ok {
					refuse(n.X.Pos(), "ranging over a function is not supported yet", "call the function with a func literal as its yield")
				}
			}
		case *ast.Ident:
			fn, ok := l.info.Uses[n].(*types.Func)
			if ok && fn.Pkg() != nil && fn.Pkg().Path() != "main" && fn.Signature().TypeParams().Len() > 0 {
				refuse(n.Pos(), fmt.Sprintf("%s.%s is a generic library function, which the interpreter cannot call yet", fn.Pkg().Name(), fn.Name()),
					genericRewrite(fn.Pkg().Path()))
			}
		}
		return found == nil
	}
	ast.Inspect(body.Body, look)
	for _, d := range decls {
		ast.Inspect(d, look)
	}
	if found != nil {
		return found
	}
	return nil
}

func genericRewrite(path string) string {
	if path == "slices" {
		return "package sort has Float64s, Ints, Strings and Slice; floats has Sum, Max, Min and more"
	}
	return "write a small function for the type you need"
}

// silent are the functions whose results nobody wants to see.
var silent = map[string]bool{
	"fmt.Print": true, "fmt.Printf": true, "fmt.Println": true,
	"fmt.Fprint": true, "fmt.Fprintf": true, "fmt.Fprintln": true,
}

// showLast has the value of a cell's last expression shown and kept in Out.
func (c *compiler) showLast(l *lowerer, pkg *types.Package, body *ast.BlockStmt) error {
	if c.src.quiet || len(body.List) == 0 {
		return nil
	}
	last := len(body.List) - 1
	stmt, ok := body.List[last].(*ast.ExprStmt)
	if !ok {
		return nil
	}
	tv := l.info.Types[stmt.X]
	if call, ok := ast.Unparen(stmt.X).(*ast.CallExpr); ok {
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			if fn, ok := l.info.Uses[sel.Sel].(*types.Func); ok && silent[fn.FullName()] {
				return nil
			}
		}
	}
	if tv.IsNil() {
		return c.s.refuse(stmt.Pos(), c.text, "nil has no type, so there is nothing to show", "")
	}
	if tuple, ok := tv.Type.(*types.Tuple); ok {
		body.List = append(body.List[:last], c.showTuple(l, stmt.X, tuple)...)
		return nil
	}
	if !tv.IsValue() {
		return nil
	}
	t := types.Default(tv.Type)
	c.unit.Shown = []types.Type{t}
	if _, ok := l.typeExpr(t); !ok {
		body.List[last] = &ast.ExprStmt{X: nativeCall("Show", stmt.X)}
		return nil
	}
	out := c.hoist(outName, t)
	c.unit.symbols[outName] = &symbol{obj: types.NewVar(token.NoPos, pkg, outName, t), engine: out.engine, cell: c.src.name}
	body.List = append(body.List[:last],
		assign(ast.NewIdent(out.engine), stmt.X),
		&ast.ExprStmt{X: nativeCall("Show", ast.NewIdent(out.engine))})
	return nil
}

// showTuple shows all results of a call.
func (c *compiler) showTuple(l *lowerer, call ast.Expr, tuple *types.Tuple) []ast.Stmt {
	var temps, values []ast.Expr
	for i := range tuple.Len() {
		name := l.name("r")
		temps = append(temps, ast.NewIdent(name))
		values = append(values, ast.NewIdent(name))
		c.unit.Shown = append(c.unit.Shown, tuple.At(i).Type())
	}
	if len(temps) == 0 {
		return []ast.Stmt{&ast.ExprStmt{X: call}}
	}
	return []ast.Stmt{
		&ast.AssignStmt{Lhs: temps, TokPos: call.Pos(), Tok: token.DEFINE, Rhs: []ast.Expr{call}},
		&ast.ExprStmt{X: nativeCall("Show", values...)},
	}
}
