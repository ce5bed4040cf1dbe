// Package lang is the cell compiler: it turns what a user types into Go that the
// engine runs faithfully, or refuses it with the compiler's own words.
//
// A cell passes four stages. Split cuts it into imports, declarations and
// statements (split.go). Check types it with go/types against what earlier
// cells left behind (check.go); the statements become the body of a function,
// whose outermost variables are lifted out of it so that later cells see them
// (hoist.go). Lower rewrites what the engine would get wrong (lower*.go). The
// result is a [Unit] that the engine compiles and runs, after which
// [Session.Commit] makes its names known to later cells.
//
// Every version of a name the session ever had goes by a name of its own in
// the engine, so a redefinition never meets its predecessor.
package lang

import (
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gaspard/kernel/values"
)

// Resolver tells what exists outside the session.
type Resolver struct {
	Importer    types.Importer
	Preloaded   func(name string) (path string, ok bool)      // the package a bare name stands for
	Unavailable func(path string) string                      // what to say of an import that is not there
	Variable    func(path, name string) (reflect.Value, bool) // a native package's variable
}

// Session is what earlier cells have left behind. It is not safe for
// concurrent use.
type Session struct {
	resolver Resolver
	fset     *token.FileSet
	imports  map[string]string  // explicit imports: local name to path
	names    map[string]*symbol // live variables, functions, types and constants
	decls    []*decl            // live function, type, method and constant declarations, oldest first
	serial   int

	pkg      *types.Package // main, the same for all cells: unexported fields belong to it
	world    *values.World
	funcs    map[funcKey]string // engine names of functions and methods
	dead     []string           // engine names of functions that have been forgotten
	origins  map[*types.Func]*origin
	ready    map[string]bool
	bindings []Binding
	recovers bool // the session has a recover, which sees the texts of panics
}

// Binding is the method that lowered code binds as number k.
func (s *Session) Binding(k int) Binding { return s.bindings[k] }

// symbol is the current meaning of a session name.
type symbol struct {
	obj    types.Object
	engine string // its name in the engine
	cell   string
	decl   *decl // nil for a variable
	// holds are the functions that a variable was given, or literals that call them:
	// it keeps them as they were.
	holds map[string]bool
}

// decl is a live declaration with what is needed to emit it again.
type decl struct {
	chunk chunk
	names []string        // what it declares; for a method just its own name
	recv  string          // a method's receiver type
	uses  map[string]bool // session names it refers to
}

// NewSession returns an empty session whose positions live in fset.
func NewSession(fset *token.FileSet, r Resolver, w *values.World) *Session {
	s := &Session{
		resolver: r, fset: fset, world: w, pkg: types.NewPackage("main", "main"),
		funcs: map[funcKey]string{}, origins: map[*types.Func]*origin{}, ready: map[string]bool{},
	}
	s.Reset()
	return s
}

// Reset forgets everything earlier cells defined. Engine names are never used
// again, so values that goroutines still hold cannot be confused with new ones.
func (s *Session) Reset() {
	s.imports = map[string]string{}
	gone := map[types.Object]bool{}
	for _, sym := range s.names {
		gone[sym.obj] = true
	}
	s.bury(gone)
	s.names = map[string]*symbol{}
	s.decls = nil
}

// Var describes a live variable.
type Var struct {
	Name, Engine, Cell string
	Type               types.Type
}

// Vars lists the live variables by name.
func (s *Session) Vars() []Var {
	var vars []Var
	for _, name := range slices.Sorted(maps.Keys(s.names)) {
		sym := s.names[name]
		if _, ok := sym.obj.(*types.Var); ok && name != outName {
			vars = append(vars, Var{name, sym.engine, sym.cell, sym.obj.Type()})
		}
	}
	return vars
}

// Names lists all live names.
func (s *Session) Names() []string {
	return slices.Sorted(maps.Keys(s.names))
}

// Lookup finds a live name: its object, the text that declared it (empty for a
// variable) and the cell it came from.
func (s *Session) Lookup(name string) (obj types.Object, text, cell string, ok bool) {
	sym, ok := s.names[name]
	if !ok {
		return nil, "", "", false
	}
	if sym.decl != nil {
		text = sym.decl.chunk.text
	}
	return sym.obj, text, sym.cell, true
}

// Package finds the package that a name stands for in a cell: an explicit import
// of an earlier cell, or a preloaded one.
func (s *Session) Package(name string) (*types.Package, bool) {
	path, ok := s.packagePath(name)
	if !ok {
		return nil, false
	}
	pkg, err := s.resolver.Importer.Import(path)
	return pkg, err == nil
}

func (s *Session) packagePath(name string) (string, bool) {
	if path, ok := s.imports[name]; ok {
		return path, true
	}
	return s.resolver.Preloaded(name)
}

// engineName makes a name that nothing in the engine has had before.
func (s *Session) engineName(name string) string {
	s.serial++
	return fmt.Sprintf("%sˑ%d", name, s.serial)
}

// UserName undoes the renaming of [Session.engineName] wherever it occurs in a
// text, such as an engine's stack trace.
func UserName(text string) string {
	if !strings.Contains(text, "ˑ") {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "ˑ")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		text = strings.TrimLeft(after, "0123456789")
	}
}

// QualifyTypes prints types as a user knows them: session types bare, others
// with their package's name.
func QualifyTypes(pkg *types.Package) string {
	if pkg.Path() == "main" {
		return ""
	}
	return pkg.Name()
}

// Commit makes a unit's names known to later cells. Call it once the engine
// has accepted the unit.
func (s *Session) Commit(u *Unit) {
	s.world.Renew()
	s.dead = nil // the engine has had them
	gone := map[types.Object]bool{}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(u.imports)), u.dropped, slices.Collect(maps.Keys(u.symbols))) {
		if sym := s.names[name]; sym != nil {
			gone[sym.obj] = true
		}
	}
	for name, path := range u.imports {
		s.forget(name)
		s.imports[name] = path
	}
	for _, name := range u.dropped {
		s.forget(name)
	}
	for name := range u.symbols {
		s.forget(name)
		delete(s.imports, name)
	}
	s.bury(gone)
	maps.Copy(s.names, u.symbols)
	maps.Copy(s.funcs, u.funcs)
	maps.Copy(s.ready, u.ready)
	for fn, o := range u.origins {
		if sig := fn.Signature(); sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0 {
			s.origins[fn] = o
		}
	}
	s.decls = append(s.decls, u.decls...)
}

// bury finds the functions that are gone with their names, or as methods with
// their types: no later cell can refer to them.
func (s *Session) bury(gone map[types.Object]bool) {
	functions := map[*types.Func]bool{}
	for obj := range gone {
		switch obj := obj.(type) {
		case *types.Func:
			functions[obj] = true
		case *types.TypeName:
			if named, ok := obj.Type().(*types.Named); ok && !obj.IsAlias() {
				for m := range named.Methods() {
					functions[m] = true
				}
			}
		}
	}
	if len(functions) == 0 {
		return
	}
	for key, engine := range s.funcs {
		if functions[key.fn] {
			s.dead = append(s.dead, engine)
			delete(s.funcs, key)
		}
	}
	for fn := range functions {
		delete(s.origins, fn)
	}
}

// forget removes a name, and the declaration that made it once nothing of that
// is left; the methods of a type go with it.
func (s *Session) forget(name string) {
	delete(s.names, name)
	s.decls = slices.DeleteFunc(s.decls, func(d *decl) bool {
		if d.recv != "" {
			return d.recv == name
		}
		return slices.Contains(d.names, name) && !slices.ContainsFunc(d.names, func(n string) bool {
			sym := s.names[n]
			return sym != nil && sym.decl == d
		})
	})
}
