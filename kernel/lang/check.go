package lang

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// checked is a file with what go/types found out about it.
type checked struct {
	*parsed
	pkg   *types.Package
	scope *types.Scope // of the package, as this cell sees it
	info  *types.Info
}

func newInfo() *types.Info {
	return &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Instances:  map[*ast.Ident]types.Instance{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes:     map[ast.Node]*types.Scope{},
	}
}

// check types a parsed cell among the session's live names and the given extra
// ones, which win. Packages that the cell mentions without importing are
// imported for it.
func (s *Session) check(p *parsed, text string, extra map[string]types.Object) (*checked, error) {
	declared := declaredNames(p)
	s.clearScope()
	pkg := s.pkg
	mentioned := mentionedNames(p.file)
	explicit := explicitImports(p.imports)
	for name := range mentioned {
		if declared[name] || explicit[name] || p.lifted[name] {
			continue
		}
		if obj := extra[name]; obj != nil {
			pkg.Scope().Insert(obj)
		} else if sym := s.names[name]; sym != nil {
			pkg.Scope().Insert(sym.obj)
		}
	}
	s.addImports(p, func(name string) bool {
		return declared[name] || explicit[name] || p.lifted[name] || extra[name] != nil || s.names[name] != nil
	})
	parenthesize(p, declared)
	info := newInfo()
	var found []types.Error
	conf := types.Config{
		Importer:  s.resolver.Importer,
		GoVersion: "go1.26",
		Error:     func(err error) { found = append(found, err.(types.Error)) },
	}
	_ = types.NewChecker(&conf, s.fset, pkg, info).Files([]*ast.File{p.file}) // errors arrive through conf.Error
	c := &checked{p, pkg, pkg.Scope(), info}
	found = slices.DeleteFunc(found, c.tolerated)
	if len(found) > 0 {
		return nil, s.typeError(c, found, text)
	}
	return c, nil
}

// parenthesize puts what a type declaration names in parentheses where that is a
// type of an earlier cell: go/types follows bare names in search of cycles, and
// expects their declarations in the same package.
func parenthesize(p *parsed, declared map[string]bool) {
	for _, d := range p.decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			ts, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			if id, ok := ts.Type.(*ast.Ident); ok && !declared[id.Name] {
				ts.Type = &ast.ParenExpr{Lparen: id.Pos(), X: id, Rparen: id.End()}
			}
		}
	}
}

// addImports gives the file an import for each package it mentions and has not
// declared or imported itself.
func (s *Session) addImports(p *parsed, taken func(name string) bool) {
	seen := map[string]bool{}
	ast.Inspect(p.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := sel.X.(*ast.Ident)
		if !ok || seen[id.Name] || taken(id.Name) {
			return true
		}
		seen[id.Name] = true
		if path, ok := s.packagePath(id.Name); ok {
			p.addImport(id.Name, path, id.Pos())
		}
		return true
	})
}

// addImport imports a package for the sake of what stands at pos, which is where
// an error of the import is reported.
func (p *parsed) addImport(name, path string, pos token.Pos) {
	spec := &ast.ImportSpec{
		Name: ast.NewIdent(name),
		Path: &ast.BasicLit{ValuePos: pos, Kind: token.STRING, Value: constant.MakeString(path).ExactString()},
	}
	p.file.Imports = append(p.file.Imports, spec)
	p.file.Decls = append([]ast.Decl{&ast.GenDecl{Tok: token.IMPORT, Specs: []ast.Spec{spec}}}, p.file.Decls...)
}

// tolerated reports whether a notebook forgives an error: variables and imports
// that this cell does not use may be used by the next, and a last expression is
// used by being shown.
func (c *checked) tolerated(err types.Error) bool {
	if strings.HasSuffix(err.Msg, "imported and not used") || strings.Contains(err.Msg, "imported as") && strings.HasSuffix(err.Msg, "and not used") {
		return true
	}
	if c.body == nil {
		return false
	}
	if n := len(c.body.Body.List); n > 0 && strings.HasSuffix(err.Msg, "is not used") {
		last, ok := c.body.Body.List[n-1].(*ast.ExprStmt)
		return ok && last.Pos() <= err.Pos && err.Pos < last.End()
	}
	if !strings.HasPrefix(err.Msg, "declared and not used: ") {
		return false
	}
	for _, id := range definedByBody(c.body) {
		if id.Pos() == err.Pos {
			return true
		}
	}
	return false
}

// definedByBody lists the identifiers that a cell's outermost statements may
// define: the left sides of := and the names of var.
func definedByBody(body *ast.FuncDecl) []*ast.Ident {
	var ids []*ast.Ident
	for _, stmt := range body.Body.List {
		switch st := stmt.(type) {
		case *ast.AssignStmt:
			if st.Tok == token.DEFINE {
				for _, lhs := range st.Lhs {
					if id, ok := lhs.(*ast.Ident); ok && id.Name != "_" {
						ids = append(ids, id)
					}
				}
			}
		case *ast.DeclStmt:
			if d := st.Decl.(*ast.GenDecl); d.Tok == token.VAR {
				ids = append(ids, specNames(d)...)
			}
		}
	}
	return ids
}

func specNames(d *ast.GenDecl) []*ast.Ident {
	var ids []*ast.Ident
	for _, spec := range d.Specs {
		switch sp := spec.(type) {
		case *ast.ValueSpec:
			for _, id := range sp.Names {
				if id.Name != "_" {
					ids = append(ids, id)
				}
			}
		case *ast.TypeSpec:
			ids = append(ids, sp.Name)
		}
	}
	return ids
}

// declaredNames are the package-level names of a parsed cell, methods apart.
func declaredNames(p *parsed) map[string]bool {
	names := map[string]bool{}
	for _, decl := range p.decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names[d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, id := range specNames(d) {
				names[id.Name] = true
			}
		}
	}
	for _, d := range p.vars {
		for _, id := range specNames(d) {
			names[id.Name] = true
		}
	}
	return names
}

// definedNames are the names of a parsed cell's declarations and of the variables
// that its statements define.
func definedNames(p *parsed) map[string]bool {
	names := declaredNames(p)
	if p.body != nil {
		for _, id := range definedByBody(p.body) {
			names[id.Name] = true
		}
	}
	return names
}

// mentionedNames are all identifiers of a file: an overestimate of the session
// names it needs.
func mentionedNames(file *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names[id.Name] = true
		}
		return true
	})
	return names
}

// explicitImports are the local names of the cell's own imports. A package
// imported without a name goes by the last element of its path that is not a
// version.
func explicitImports(specs []*ast.ImportSpec) map[string]bool {
	return maps.Collect(func(yield func(string, bool) bool) {
		for _, spec := range specs {
			if !yield(importName(spec), true) {
				return
			}
		}
	})
}

func importPath(spec *ast.ImportSpec) string {
	return constant.StringVal(constant.MakeFromLiteral(spec.Path.Value, token.STRING, 0))
}

func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	elems := strings.Split(importPath(spec), "/")
	last := elems[len(elems)-1]
	if len(elems) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		last = elems[len(elems)-2]
	}
	return last
}

// typeError reports the first of the errors go/types found, by position, with a
// guess at what was meant.
func (s *Session) typeError(c *checked, found []types.Error, text string) *Error {
	slices.SortStableFunc(found, func(a, b types.Error) int { return cmp.Compare(a.Pos, b.Pos) })
	first := found[0]
	pos := s.fset.Position(first.Pos)
	e := &Error{Kind: Type, Message: first.Msg, Line: pos.Line, Column: pos.Column}
	e.Cell, _ = strings.CutPrefix(pos.Filename, "cell ")
	e.locate(text)
	e.Hint = s.hint(c, first, text)
	if more := len(found) - 1; more > 0 && e.Hint == "" {
		e.Hint = plural(more, "more error") + " in this cell"
	}
	return e
}

// typeExpr writes a type in the user's names, importing packages under names of
// their own, since the usual ones may be taken.
func (p *parsed) typeExpr(t types.Type) (ast.Expr, bool) {
	imports := map[string]bool{}
	expr, ok := typeExpr(t, func(name string) string { return name }, func(path string) string {
		imports[path] = true
		return PackageName(path)
	})
	for _, path := range slices.Sorted(maps.Keys(imports)) {
		taken := slices.ContainsFunc(p.file.Imports, func(spec *ast.ImportSpec) bool {
			return spec.Name != nil && spec.Name.Name == PackageName(path)
		})
		if !taken {
			p.addImport(PackageName(path), path, token.NoPos)
		}
	}
	return expr, ok
}
