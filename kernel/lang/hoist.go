package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// findHoists decides which session variable each outermost definition of a
// cell's statements stands for. A variable that lives already with the same
// type is assigned; any other gets storage of its own, and what used an older
// meaning of its name is emitted again.
func (c *compiler) findHoists(all *checked) error {
	for _, id := range definedByBody(all.body) {
		obj, ok := all.info.Defs[id].(*types.Var)
		if !ok {
			continue // := of a variable that another statement of the cell defines
		}
		c.hoist(id.Name, obj.Type())
		c.lifted[obj] = true
	}
	for name, h := range c.vars {
		if h.fresh && c.s.names[name] != nil && !c.changed[name] && c.used(name) {
			c.changed[name] = true
			return errAgain
		}
	}
	return nil
}

// used reports whether a live declaration refers to a name.
func (c *compiler) used(name string) bool {
	for _, d := range c.s.decls {
		if d.uses[name] {
			return true
		}
	}
	return false
}

func (c *compiler) hoist(name string, t types.Type) *hoist {
	h := &hoist{name: name, typ: t}
	if sym := c.s.names[name]; sym != nil && !c.src.program {
		if v, ok := sym.obj.(*types.Var); ok && types.Identical(v.Type(), t) {
			h.engine = sym.engine
		}
	}
	if h.engine == "" {
		h.engine, h.fresh = c.s.engineName(name), true
	}
	c.vars[name] = h
	return h
}

// hoistProgram lifts the package-level variables of a whole file and gathers
// what is to run: their initialisation in the order Go prescribes, the init
// functions, main.
func (c *compiler) hoistProgram(all *checked) {
	body := &ast.FuncDecl{Name: ast.NewIdent(bodyName), Type: &ast.FuncType{Func: all.file.Package, Params: &ast.FieldList{}}, Body: &ast.BlockStmt{}}
	add := func(stmt ast.Stmt) { body.Body.List = append(body.Body.List, stmt) }
	for _, d := range all.vars {
		for _, id := range specNames(d) {
			if obj, ok := all.info.Defs[id].(*types.Var); ok {
				c.hoist(id.Name, obj.Type())
			}
		}
	}
	for _, init := range all.info.InitOrder {
		assign := &ast.AssignStmt{Tok: token.ASSIGN, TokPos: init.Rhs.Pos(), Rhs: []ast.Expr{init.Rhs}}
		for _, v := range init.Lhs {
			id := ast.NewIdent(v.Name())
			id.NamePos = init.Rhs.Pos()
			if v.Name() != "_" {
				all.info.Uses[id] = v
			}
			assign.Lhs = append(assign.Lhs, id)
		}
		add(assign)
	}
	call := func(fn types.Object) {
		id := ast.NewIdent(fn.Name())
		all.info.Uses[id] = fn
		all.info.Types[id] = types.TypeAndValue{Type: fn.Type()}
		x := &ast.CallExpr{Fun: id}
		all.info.Types[x] = types.TypeAndValue{Type: types.NewTuple()}
		add(&ast.ExprStmt{X: x})
	}
	for _, d := range all.decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			if fn := all.info.Defs[f.Name]; fn != nil {
				call(fn)
			}
		}
	}
	if main := all.scope.Lookup("main"); main != nil {
		call(main)
	}
	all.body = body
	c.src.quiet = true
}

// liftStatements turns the outermost definitions of a cell into assignments,
// for a check in which the variables are declared apart.
func liftStatements(body *ast.BlockStmt) {
	for _, stmt := range body.List {
		if st, ok := stmt.(*ast.AssignStmt); ok && st.Tok == token.DEFINE {
			st.Tok = token.ASSIGN
		}
	}
	var list []ast.Stmt
	for _, stmt := range body.List {
		if st, ok := stmt.(*ast.DeclStmt); ok {
			list = append(list, liftVar(st.Decl.(*ast.GenDecl))...)
			continue
		}
		list = append(list, stmt)
	}
	body.List = list
}

// liftVar turns a var declaration into assignments; one without values assigns
// zeros, since its storage may be a variable's of an earlier cell.
func liftVar(d *ast.GenDecl) []ast.Stmt {
	var list []ast.Stmt
	for _, spec := range d.Specs {
		sp := spec.(*ast.ValueSpec)
		if len(sp.Values) > 0 {
			list = append(list, initialisation(sp, token.ASSIGN))
			continue
		}
		for _, id := range sp.Names {
			if id.Name != "_" {
				zero := &ast.StarExpr{X: &ast.CallExpr{Fun: ast.NewIdent("new"), Args: []ast.Expr{sp.Type}}}
				list = append(list, &ast.AssignStmt{Lhs: []ast.Expr{id}, TokPos: sp.Pos(), Tok: token.ASSIGN, Rhs: []ast.Expr{zero}})
			}
		}
	}
	return list
}

// initialisation is the assignment in a declaration with values.
func initialisation(sp *ast.ValueSpec, tok token.Token) *ast.AssignStmt {
	lhs := make([]ast.Expr, len(sp.Names))
	for i, id := range sp.Names {
		lhs[i] = id
	}
	return &ast.AssignStmt{Lhs: lhs, TokPos: sp.Pos(), Tok: tok, Rhs: sp.Values}
}

// unnameable refuses a variable whose type no source can write.
func (c *compiler) unnameable(pos token.Pos, h *hoist) *Error {
	return c.s.refuse(pos, c.text,
		fmt.Sprintf("%s has type %s, which has no name outside its package, so it cannot be kept for later cells", h.name, types.TypeString(h.typ, QualifyTypes)),
		"use it inside a function or a block, or store it in an interface variable")
}
