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
func (c *compiler) emit(all *checked) (u *Unit, err error) {
	u = c.unit
	c.file = all
	c.recordImports(all)
	c.recordSymbols(all)
	u.Notes = c.notes()
	u.Entry = c.s.engineName("Cell")
	u.Serial = c.s.serial
	l := &lowerer{c: c, w: c.s.world, globals: map[string]bool{}, defers: map[types.Object]bool{}}
	defer l.rescue(&err)
	bindings := len(c.s.bindings)
	defer func() {
		if err != nil {
			c.s.bindings = c.s.bindings[:bindings]
		}
	}()
	c.s.recovers = c.s.recovers || usesRecover(all.file)
	for _, d := range all.decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		fn, ok := all.info.Defs[f.Name].(*types.Func)
		if !ok {
			continue // func _
		}
		u.origins[fn] = &origin{f, all}
	}
	for _, d := range all.decls {
		l.declare(all, d)
	}
	l.writeBody(all)
	for len(l.queue) > 0 {
		next := l.queue[0]
		l.queue = l.queue[1:]
		next()
	}
	file := &ast.File{Name: ast.NewIdent("main"), Package: all.body.Pos()}
	storage := c.storage(l)
	for len(l.queue) > 0 { // types of storage may have methods of their own
		next := l.queue[0]
		l.queue = l.queue[1:]
		next()
	}
	file.Decls = slices.Concat(storage, l.funcs, []ast.Decl{l.entry(u.Entry, all)})
	u.File = file
	return u, nil
}

// declare has a declaration of the cell written: functions that are not generic,
// and the methods of types.
func (l *lowerer) declare(all *checked, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		fn, ok := all.info.Defs[d.Name].(*types.Func)
		if !ok || fn.Signature().TypeParams().Len() > 0 || fn.Signature().RecvTypeParams().Len() > 0 {
			return
		}
		l.pos = d.Pos()
		if d.Recv == nil && d.Name.Name != "init" && d.Name.Name != "_" {
			if sym := l.c.unit.symbols[d.Name.Name]; sym != nil {
				l.c.unit.funcs[funcKey{fn: fn}] = sym.engine
				l.writeFunc(sym.engine, l.c.unit.origins[fn], nil, fn)
				return
			}
		}
		l.instance(fn, nil)
	case *ast.GenDecl:
		if d.Tok != token.TYPE {
			return
		}
		for _, spec := range d.Specs {
			ts := spec.(*ast.TypeSpec)
			l.declareInstances(all, ts)
			if obj, ok := all.info.Defs[ts.Name].(*types.TypeName); ok && !obj.IsAlias() && ts.TypeParams == nil {
				l.pos = ts.Pos()
				if !types.IsInterface(obj.Type()) || obj.Type().Underlying().(*types.Interface).IsMethodSet() {
					l.rep(obj.Type())
				}
			}
		}
	}
}

// declareInstances has the methods of a generic type written for the instances
// there are values of.
func (l *lowerer) declareInstances(all *checked, ts *ast.TypeSpec) {
	obj, ok := all.info.Defs[ts.Name].(*types.TypeName)
	if !ok || obj.IsAlias() || ts.TypeParams == nil {
		return
	}
	for _, args := range l.w.Instances(obj) {
		if inst, err := types.Instantiate(nil, obj.Type(), args, true); err == nil {
			l.pos = ts.Pos()
			l.rep(inst)
		}
	}
}

// writeBody writes the cell's statements as the function bodyOf(entry).
func (l *lowerer) writeBody(all *checked) {
	body := all.body.Body
	f := l.newFn(all, nil, body)
	f.sig = types.NewSignatureType(nil, nil, nil, nil, nil, false)
	f.show = !l.c.src.program
	pos := all.body.Pos()
	if len(body.List) > 0 && !l.c.src.program {
		pos = body.List[0].Pos()
	}
	f.write(l.c.unit.Entry+"body", nil, &ast.FuncType{Params: &ast.FieldList{}}, body, pos)
}

// entry binds methods and then runs the statements.
func (l *lowerer) entry(name string, all *checked) ast.Decl {
	list := append(l.binds, &ast.ExprStmt{X: &ast.CallExpr{Fun: ident(name + "body")}})
	return &ast.FuncDecl{
		Name: &ast.Ident{Name: name, NamePos: all.body.Pos()},
		Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: block(list),
	}
}

func usesRecover(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "recover" {
			found = true
		}
		return !found
	})
	return found
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
	scope := decls.scope
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
	holds := c.heldFunctions(decls)
	for name, h := range c.vars {
		c.unit.symbols[name] = &symbol{
			obj: types.NewVar(token.NoPos, decls.pkg, name, h.typ), engine: h.engine, cell: c.src.name, holds: holds[name],
		}
	}
	for _, name := range c.carried {
		old := c.s.names[name]
		c.unit.symbols[name] = &symbol{obj: scope.Lookup(name), engine: old.engine, cell: old.cell, holds: old.holds}
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

// heldFunctions lists, for each variable of the cell, the session's functions that
// its definition takes as values or calls in literals.
func (c *compiler) heldFunctions(all *checked) map[string]map[string]bool {
	holds := map[string]map[string]bool{}
	if all.body == nil {
		return holds
	}
	for _, stmt := range all.body.Body.List {
		var names []string
		switch st := stmt.(type) {
		case *ast.AssignStmt:
			for _, lhs := range st.Lhs {
				if id, ok := lhs.(*ast.Ident); ok {
					names = append(names, id.Name)
				}
			}
		case *ast.DeclStmt:
			for _, id := range specNames(st.Decl.(*ast.GenDecl)) {
				names = append(names, id.Name)
			}
		}
		held := map[string]bool{}
		if len(names) > 0 {
			c.collectHeld(all, stmt, false, held)
		}
		for _, name := range names {
			if len(held) > 0 {
				holds[name] = held
			}
		}
	}
	return holds
}

func (c *compiler) collectHeld(all *checked, root ast.Node, literal bool, held map[string]bool) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if !literal {
				c.collectHeld(all, n.Body, true, held)
				return false
			}
		case *ast.CallExpr:
			if id := funcIdent(n.Fun); id != nil && !literal { // called now, not kept
				for _, arg := range n.Args {
					c.collectHeld(all, arg, false, held)
				}
				return false
			}
		case *ast.Ident:
			if fn, ok := all.info.Uses[n].(*types.Func); ok && fn.Signature().Recv() == nil {
				if name, ok := c.sessionName(all, fn); ok {
					held[name] = true
				}
			}
		}
		return true
	})
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
	if f.scope.Lookup(name) == obj {
		return name, true
	}
	return name, c.lifted[obj]
}

// storage declares the variables that are new to the engine.
func (c *compiler) storage(l *lowerer) []ast.Decl {
	var out []ast.Decl
	add := func(engine string, t types.Type) {
		spec := &ast.ValueSpec{Names: []*ast.Ident{ident(engine)}, Type: l.typeName(t)}
		out = append(out, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{spec}})
	}
	for _, name := range slices.Sorted(maps.Keys(c.vars)) {
		if h := c.vars[name]; h.fresh {
			add(h.engine, h.typ)
		}
	}
	return out
}

// isHoisted reports whether an object is this cell's variable rather than an
// older meaning of its name.
func (c *compiler) isHoisted(obj types.Object) bool {
	old := c.s.names[obj.Name()]
	return old == nil || old.obj != obj
}

// currentName is the engine name of a session object: the new one where this
// cell declares it, the old one where the object is an earlier cell's.
func (c *compiler) currentName(obj types.Object) string {
	if old := c.s.names[obj.Name()]; old != nil && old.obj == obj {
		return old.engine
	}
	if sym := c.unit.symbols[obj.Name()]; sym != nil {
		return sym.engine
	}
	if sym := c.s.names[obj.Name()]; sym != nil {
		return sym.engine
	}
	return obj.Name()
}
