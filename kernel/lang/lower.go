package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/astutil"
)

// lowerer rewrites checked syntax into the part of Go that the engine runs as
// the Go specification says. It works bottom up; syntax it makes itself carries
// no type information, so each rule reads what it needs before it rewrites.
type lowerer struct {
	c    *compiler
	info *types.Info
	temp int
}

func (l *lowerer) name(base string) string {
	l.temp++
	return fmt.Sprintf("%sˑ0%d", base, l.temp)
}

// typeExpr writes a type in terms of the engine's names.
func (l *lowerer) typeExpr(t types.Type) (ast.Expr, bool) {
	return typeExpr(t, l.c.engineType, PackageName)
}

func (l *lowerer) lowerDecl(d ast.Decl) {
	if f, ok := d.(*ast.FuncDecl); ok {
		if f.Body != nil {
			l.lowerFunc(f.Body, f.Type)
		}
		return
	}
	l.apply(d)
}

// lowerFunc rewrites a function's body and guards its entry.
func (l *lowerer) lowerFunc(body *ast.BlockStmt, t *ast.FuncType) {
	l.apply(body)
	l.guardEntry(body, t)
}

// guardEntry puts a poll point at a function's entry, so that recursion can be
// interrupted, and clears named results, which the engine would leave as the
// previous call left them.
func (l *lowerer) guardEntry(body *ast.BlockStmt, t *ast.FuncType) {
	entry := []ast.Stmt{poll(body.Pos())}
	if t.Results != nil {
		for _, field := range t.Results.List {
			for _, id := range field.Names {
				if id.Name != "_" {
					entry = append(entry, assign(ast.NewIdent(id.Name), zeroOf(field.Type)))
				}
			}
		}
	}
	body.List = append(entry, body.List...)
}

// poll is the statement that lets Ctrl-C in: if stop { native.Quit() }. A plain
// interpreted variable costs a few nanoseconds to test, a native call a hundred.
func poll(pos token.Pos) ast.Stmt {
	return &ast.IfStmt{
		If:   pos,
		Cond: &ast.Ident{Name: StopName, NamePos: pos},
		Body: &ast.BlockStmt{List: []ast.Stmt{&ast.ExprStmt{X: nativeCall("Quit")}}},
	}
}

func (l *lowerer) apply(root ast.Node) {
	captured := l.capturedLoops(root)
	astutil.Apply(root, l.foldConstant, func(cur *astutil.Cursor) bool {
		switch n := cur.Node().(type) {
		case *ast.Ident:
			l.instantiate(cur, n)
		case *ast.FuncLit:
			l.guardEntry(n.Body, n.Type)
		case *ast.ForStmt:
			n.Body.List = append([]ast.Stmt{poll(n.Body.Pos())}, n.Body.List...)
			if captured[n] {
				cur.Replace(l.ownLoopVars(n))
			}
		case *ast.RangeStmt:
			l.lowerRange(cur, n, captured[n])
		case *ast.LabeledStmt:
			l.relabel(cur, n)
		case *ast.CallExpr:
			l.lowerBuiltin(cur, n)
		case *ast.AssignStmt:
			l.lowerStore(cur, n)
		case *ast.GoStmt:
			cur.Replace(l.guardGo(n))
		case *ast.DeferStmt:
			l.lowerDefer(cur, n)
		case *ast.DeclStmt:
			if g, ok := n.Decl.(*ast.GenDecl); ok && g.Tok == token.CONST {
				cur.Replace(&ast.EmptyStmt{Semicolon: n.Pos(), Implicit: true})
			}
		}
		return true
	})
}

// capturedLoops finds the loops whose variables outlive an iteration because a
// closure or a pointer holds them. Go gives each iteration its own; the engine
// does not.
func (l *lowerer) capturedLoops(root ast.Node) map[ast.Node]bool {
	owner := map[types.Object]ast.Node{}
	own := func(loop ast.Node, e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok {
			if obj := l.info.Defs[id]; obj != nil {
				owner[obj] = loop
			}
		}
	}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt:
			if init, ok := n.Init.(*ast.AssignStmt); ok && init.Tok == token.DEFINE {
				for _, lhs := range init.Lhs {
					own(n, lhs)
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				own(n, n.Key)
				own(n, n.Value)
			}
		}
		return true
	})
	captured := map[ast.Node]bool{}
	if len(owner) == 0 {
		return captured
	}
	mark := func(e ast.Node) {
		ast.Inspect(e, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && owner[l.info.Uses[id]] != nil {
				captured[owner[l.info.Uses[id]]] = true
			}
			return true
		})
	}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			mark(n.Body)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				mark(n.X)
			}
		case *ast.SliceExpr:
			mark(n.X)
		case *ast.GoStmt:
			mark(n.Call)
		case *ast.DeferStmt:
			mark(n.Call)
		case *ast.SelectorExpr: // a method with a pointer receiver takes its operand's address
			if sel := l.info.Selections[n]; sel != nil && sel.Kind() == types.MethodVal {
				mark(n.X)
			}
		case *ast.RangeStmt: // the engine must see assignments to the variable of a range over int
			if n.Tok == token.DEFINE && n.Key != nil && l.assigns(n.Body, n.Key) {
				captured[n] = true
			}
		}
		return true
	})
	return captured
}

// assigns reports whether a body changes the variable that id defines.
func (l *lowerer) assigns(body *ast.BlockStmt, id ast.Expr) bool {
	key, ok := id.(*ast.Ident)
	if !ok || l.info.Defs[key] == nil {
		return false
	}
	is := func(e ast.Expr) bool {
		other, ok := e.(*ast.Ident)
		return ok && l.info.Uses[other] == l.info.Defs[key]
	}
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			found = found || slices.ContainsFunc(n.Lhs, is)
		case *ast.IncDecStmt:
			found = found || is(n.X)
		}
		return !found
	})
	return found
}

// ownLoopVars gives each iteration of a three-clause loop variables of its own:
//
//	for i := 0; i < n; i++ { body }
//
// becomes
//
//	{
//		i := 0
//		prev, first := &i, true
//		for {
//			i := *prev
//			prev = &i
//			if first { first = false } else { i++ }
//			if !(i < n) { break }
//			body
//		}
//	}
//
// The copy is made before the post statement, as the specification has it.
func (l *lowerer) ownLoopVars(loop *ast.ForStmt) ast.Stmt {
	outer := &ast.BlockStmt{Lbrace: loop.Pos(), List: []ast.Stmt{loop.Init}}
	var head []ast.Stmt
	for _, lhs := range loop.Init.(*ast.AssignStmt).Lhs {
		id := lhs.(*ast.Ident)
		if id.Name == "_" {
			continue
		}
		prev := l.name("prev")
		outer.List = append(outer.List, define(prev, &ast.UnaryExpr{Op: token.AND, X: ast.NewIdent(id.Name)}))
		head = append(head,
			define(id.Name, &ast.StarExpr{X: ast.NewIdent(prev)}),
			assign(ast.NewIdent(prev), &ast.UnaryExpr{Op: token.AND, X: ast.NewIdent(id.Name)}))
	}
	first := l.name("first")
	outer.List = append(outer.List, define(first, ast.NewIdent("true")))
	step := &ast.IfStmt{
		Cond: ast.NewIdent(first),
		Body: &ast.BlockStmt{List: []ast.Stmt{assign(ast.NewIdent(first), ast.NewIdent("false"))}},
	}
	if loop.Post != nil {
		step.Else = &ast.BlockStmt{List: []ast.Stmt{loop.Post}}
	}
	head = append(head, step)
	if loop.Cond != nil {
		head = append(head, &ast.IfStmt{
			Cond: &ast.UnaryExpr{Op: token.NOT, X: &ast.ParenExpr{X: loop.Cond}},
			Body: &ast.BlockStmt{List: []ast.Stmt{&ast.BranchStmt{Tok: token.BREAK}}},
		})
	}
	inner := &ast.ForStmt{For: loop.For, Body: &ast.BlockStmt{Lbrace: loop.Body.Lbrace, Rbrace: loop.Body.Rbrace, List: append(head, loop.Body.List...)}}
	outer.List = append(outer.List, inner)
	return outer
}

// relabel moves a label from a rewritten loop's wrapping block to the loop.
func (l *lowerer) relabel(cur *astutil.Cursor, n *ast.LabeledStmt) {
	block, ok := n.Stmt.(*ast.BlockStmt)
	if !ok || len(block.List) == 0 {
		return
	}
	last := len(block.List) - 1
	if loop, ok := block.List[last].(*ast.ForStmt); ok {
		block.List[last] = &ast.LabeledStmt{Label: n.Label, Colon: n.Colon, Stmt: loop}
		cur.Replace(block)
	}
}

// lowerRange handles range over integers and gives the variables of other
// ranges a copy per iteration where they are captured.
func (l *lowerer) lowerRange(cur *astutil.Cursor, n *ast.RangeStmt, captured bool) {
	guard := poll(n.Body.Pos())
	if basic, ok := l.info.TypeOf(n.X).Underlying().(*types.Basic); ok && basic.Info()&types.IsInteger != 0 {
		cur.Replace(l.rangeInt(n, captured, guard))
		return
	}
	head := []ast.Stmt{guard}
	if captured && n.Tok == token.DEFINE {
		for _, v := range []*ast.Expr{&n.Key, &n.Value} {
			if id, ok := (*v).(*ast.Ident); ok && id.Name != "_" {
				each := l.name(id.Name)
				head = append(head, define(id.Name, ast.NewIdent(each)))
				*v = &ast.Ident{Name: each, NamePos: id.NamePos}
			}
		}
	}
	n.Body.List = append(head, n.Body.List...)
}

// rangeInt turns a range over an integer into a three-clause loop.
func (l *lowerer) rangeInt(n *ast.RangeStmt, captured bool, guard ast.Stmt) ast.Stmt {
	t := types.Default(l.info.TypeOf(n.X))
	if id, ok := n.Key.(*ast.Ident); ok && n.Tok == token.DEFINE && id.Name != "_" {
		if obj := l.info.Defs[id]; obj != nil {
			t = obj.Type()
		}
	} else if n.Key != nil && n.Tok == token.ASSIGN {
		t = l.info.TypeOf(n.Key)
	}
	convert := func(e ast.Expr) ast.Expr {
		if types.Identical(t, types.Typ[types.Int]) {
			return e
		}
		expr, ok := l.typeExpr(t)
		if !ok {
			return e
		}
		return &ast.CallExpr{Fun: &ast.ParenExpr{X: expr}, Args: []ast.Expr{e}}
	}
	counter, limit := l.name("i"), l.name("n")
	head := []ast.Stmt{guard}
	if id, ok := n.Key.(*ast.Ident); ok && n.Tok == token.DEFINE && id.Name != "_" {
		if captured {
			head = append(head, define(id.Name, ast.NewIdent(counter)))
		} else {
			counter = id.Name
		}
	} else if n.Key != nil && n.Tok == token.ASSIGN {
		head = append(head, assign(n.Key, ast.NewIdent(counter)))
	}
	n.Body.List = append(head, n.Body.List...)
	return &ast.ForStmt{
		For: n.For,
		Init: &ast.AssignStmt{
			Lhs: []ast.Expr{ast.NewIdent(counter), ast.NewIdent(limit)}, TokPos: n.For, Tok: token.DEFINE,
			Rhs: []ast.Expr{convert(intLit(0)), convert(n.X)},
		},
		Cond: &ast.BinaryExpr{X: ast.NewIdent(counter), Op: token.LSS, Y: ast.NewIdent(limit), OpPos: n.For},
		Post: &ast.IncDecStmt{X: ast.NewIdent(counter), Tok: token.INC, TokPos: n.For},
		Body: n.Body,
	}
}

func define(name string, value ast.Expr) ast.Stmt {
	return &ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent(name)}, TokPos: value.Pos(), Tok: token.DEFINE, Rhs: []ast.Expr{value}}
}
