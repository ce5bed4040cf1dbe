package lang

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

const (
	NativePackage = "gaspard/native" // the engine's helpers for lowered code
	StopName      = "stopˑ"          // the engine's bool variable that poll points test
)

// PackageName is the name under which lowered code knows the package with an
// import path. Each is different from all others and from anything a user
// types, so lowered code needs no imports.
func PackageName(path string) string {
	return strings.NewReplacer("/", "_", ".", "_", "-", "_").Replace(path) + "ˑ"
}

// emit turns the checked cell into the unit's file.
func (c *compiler) emit(statements, decls *checked) (*Unit, error) {
	u := c.unit
	u.Notes = c.notes()
	c.recordImports(statements, decls)
	c.recordSymbols(decls)
	body := statements.body
	u.Entry = c.s.engineName("Cell")
	u.Serial = c.s.serial
	body.Name = ast.NewIdent(u.Entry)

	info := mergeInfo(statements.info, decls.info)
	l := &lowerer{c: c, info: info}
	if err := l.refuseUnsupported(statements.body, decls.decls); err != nil {
		return nil, err
	}
	c.rename(statements, statements.body)
	for _, d := range decls.decls {
		c.rename(decls, d)
	}
	if !c.src.program {
		c.liftStatements(body.Body)
		if err := c.showLast(l, decls.pkg, body.Body); err != nil {
			return nil, err
		}
	}
	c.carryOver(body.Body)

	var typeDecls, funcs []ast.Decl
	for _, d := range decls.decls {
		l.lowerDecl(d)
		switch g, ok := d.(*ast.GenDecl); {
		case !ok:
			funcs = append(funcs, d)
		case g.Tok == token.TYPE: // constants are folded wherever they are used
			typeDecls = append(typeDecls, d)
		}
	}
	l.lowerFunc(body.Body, body.Type)
	for _, f := range append(funcs, body) {
		l.markPlaces(f)
	}
	storage, err := c.storage()
	if err != nil {
		return nil, err
	}
	file := &ast.File{Name: ast.NewIdent("main"), Package: body.Pos()}
	file.Decls = append(slices.Concat(typeDecls, storage, funcs), body) // the engine wants types first
	u.File = file
	return u, nil
}

// mergeInfo joins what two checks of one cell found; they share no syntax.
func mergeInfo(a, b *types.Info) *types.Info {
	if a == b {
		return a
	}
	maps.Copy(a.Types, b.Types)
	maps.Copy(a.Instances, b.Instances)
	maps.Copy(a.Defs, b.Defs)
	maps.Copy(a.Uses, b.Uses)
	maps.Copy(a.Implicits, b.Implicits)
	maps.Copy(a.Selections, b.Selections)
	return a
}

// recordImports keeps the imports the user wrote, for later cells.
func (c *compiler) recordImports(files ...*checked) {
	for _, f := range files {
		for _, spec := range f.imports {
			if name := importName(spec); name != "_" && name != "." {
				c.unit.imports[name] = importPath(spec)
			}
		}
	}
}

// recordSymbols gives every name the cell declares its engine name and notes
// what it depends on.
func (c *compiler) recordSymbols(decls *checked) {
	scope := decls.pkg.Scope()
	for i, d := range decls.decls {
		rec := &decl{uses: map[string]bool{}}
		switch {
		case i < decls.again:
			rec.chunk = c.again[i].chunk
		default:
			rec.chunk = c.chunkOf(d)
		}
		switch d := d.(type) {
		case *ast.FuncDecl:
			rec.names, rec.recv = []string{d.Name.Name}, receiverName(d)
		case *ast.GenDecl:
			for _, id := range specNames(d) {
				rec.names = append(rec.names, id.Name)
			}
		}
		if rec.recv == "" {
			for _, name := range rec.names {
				if obj := scope.Lookup(name); obj != nil && name != "_" {
					c.unit.symbols[name] = &symbol{obj: obj, engine: c.s.engineName(name), cell: rec.chunk.cell, decl: rec}
				}
			}
		}
		c.recordUses(decls, d, rec)
		c.unit.decls = append(c.unit.decls, rec)
	}
	for name, h := range c.vars {
		c.unit.symbols[name] = &symbol{
			obj: types.NewVar(token.NoPos, decls.pkg, name, h.typ), engine: h.engine, cell: c.src.name,
		}
	}
	for _, name := range c.carried {
		c.unit.symbols[name] = &symbol{obj: scope.Lookup(name), engine: c.s.engineName(name), cell: c.s.names[name].cell}
	}
	for name := range c.hidden {
		if c.unit.symbols[name] == nil {
			c.unit.dropped = append(c.unit.dropped, name)
		}
	}
	for d := range c.broken {
		for _, n := range d.names {
			if d.recv == "" && c.unit.symbols[n] == nil {
				c.unit.dropped = append(c.unit.dropped, n)
			}
		}
	}
}

// chunkOf finds the item of the cell's text that a declaration was parsed from.
func (c *compiler) chunkOf(d ast.Decl) chunk {
	pos := c.s.fset.Position(d.Pos())
	for _, it := range c.src.items {
		if it.kind != declItem {
			continue
		}
		if ch := c.src.chunk(it); ch.line == pos.Line && ch.column == pos.Column {
			return ch
		}
	}
	return chunk{cell: c.src.name, line: pos.Line, column: pos.Column}
}

// recordUses notes the session names a declaration refers to.
func (c *compiler) recordUses(decls *checked, d ast.Decl, rec *decl) {
	ast.Inspect(d, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if name, ok := c.sessionName(decls, decls.info.Uses[id]); ok {
				rec.uses[name] = true
			}
		}
		return true
	})
	if rec.recv != "" {
		rec.uses[rec.recv] = true
	}
}

// sessionName is the session name that an object is the meaning of.
func (c *compiler) sessionName(f *checked, obj types.Object) (string, bool) {
	if obj == nil || obj.Pkg() == nil || obj.Pkg().Path() != "main" {
		return "", false
	}
	name := obj.Name()
	if f.pkg.Scope().Lookup(name) == obj {
		return name, true
	}
	return name, c.lifted[obj]
}

// storage declares the variables that are new to the engine.
func (c *compiler) storage() ([]ast.Decl, error) {
	var out []ast.Decl
	add := func(engine string, t types.Type) bool {
		expr, ok := typeExpr(t, c.engineType, PackageName)
		if ok {
			out = append(out, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{
				&ast.ValueSpec{Names: []*ast.Ident{ast.NewIdent(engine)}, Type: expr},
			}})
		}
		return ok
	}
	for _, name := range slices.Sorted(maps.Keys(c.vars)) {
		if h := c.vars[name]; h.fresh && !add(h.engine, h.typ) {
			return nil, c.unnameable(token.NoPos, h)
		}
	}
	for _, name := range c.carried {
		sym := c.unit.symbols[name]
		add(sym.engine, sym.obj.Type())
	}
	return out, nil
}

// engineType is the engine's name for a session type.
func (c *compiler) engineType(name string) string {
	if sym := c.unit.symbols[name]; sym != nil {
		return sym.engine
	}
	if sym := c.s.names[name]; sym != nil {
		return sym.engine
	}
	return name
}

// carryOver opens the cell with copying the variables whose type was emitted
// again into their new storage.
func (c *compiler) carryOver(body *ast.BlockStmt) {
	for _, name := range c.carried {
		address := func(engine string) ast.Expr {
			return &ast.UnaryExpr{Op: token.AND, X: ast.NewIdent(engine)}
		}
		call := nativeCall("Carry", address(c.unit.symbols[name].engine), address(c.s.names[name].engine))
		body.List = append([]ast.Stmt{&ast.ExprStmt{X: call}}, body.List...)
	}
}

// nativeCall calls one of the engine's helpers.
func nativeCall(name string, args ...ast.Expr) *ast.CallExpr {
	return &ast.CallExpr{
		Fun:  &ast.SelectorExpr{X: ast.NewIdent(PackageName(NativePackage)), Sel: ast.NewIdent(name)},
		Args: args,
	}
}

// rename gives session names in a piece of syntax their engine names. A field
// embedded in a struct is named after its type, so it follows the type's name.
func (c *compiler) rename(f *checked, root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := f.info.Uses[id]
		if obj == nil {
			obj = f.info.Defs[id]
		}
		if pkg, ok := obj.(*types.PkgName); ok {
			id.Name = PackageName(pkg.Imported().Path())
			return true
		}
		if v, ok := obj.(*types.Var); ok && v.IsField() {
			if v.Embedded() {
				if named := sessionType(v.Type()); named != nil {
					id.Name = c.engineType(named.Obj().Name())
				}
			}
			return true
		}
		if fn, ok := obj.(*types.Func); ok && fn.Signature().Recv() != nil {
			return true
		}
		name, ok := c.sessionName(f, obj)
		if !ok {
			return true
		}
		if h := c.vars[name]; h != nil && c.isHoisted(f, obj) {
			id.Name = h.engine
			return true
		}
		id.Name = c.currentName(f, name, obj)
		return true
	})
}

// isHoisted reports whether an object is this cell's variable rather than an
// older meaning of its name.
func (c *compiler) isHoisted(f *checked, obj types.Object) bool {
	old := c.s.names[obj.Name()]
	return old == nil || old.obj != obj
}

// currentName is the engine name of a session object: the new one where this
// cell declares it, the old one where the object is an earlier cell's.
func (c *compiler) currentName(f *checked, name string, obj types.Object) string {
	if old := c.s.names[name]; old != nil && old.obj == obj {
		return old.engine
	}
	return c.engineType(name)
}

// sessionType is the session's defined type behind a type or a pointer to it.
func sessionType(t types.Type) *types.Named {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "main" {
		return named
	}
	return nil
}
