package lang

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"gaspard/kernel/values"
)

// redefinedBy lists the live names that a cell declares anew, and the live types
// it gives methods to.
func (s *Session) redefinedBy(p *parsed) map[string]bool {
	names := map[string]bool{}
	add := func(name string) {
		if s.names[name] != nil {
			names[name] = true
		}
	}
	for name := range declaredNames(p) {
		add(name)
	}
	for _, d := range p.decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			seen := map[string]bool{}
			for recv := receiverName(f); recv != "" && !seen[recv]; recv = s.aliased(p, recv) {
				seen[recv] = true
				add(recv)
			}
		}
	}
	return names
}

// aliased is the name of the type that an alias of the cell or the session stands
// for, "" if the name is no alias.
func (s *Session) aliased(p *parsed, name string) string {
	for _, d := range p.decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, spec := range g.Specs {
				if ts := spec.(*ast.TypeSpec); ts.Name.Name == name && ts.Assign.IsValid() {
					return baseName(ts.Type)
				}
			}
		}
	}
	sym := s.names[name]
	if sym == nil {
		return ""
	}
	obj, ok := sym.obj.(*types.TypeName)
	if !ok || !obj.IsAlias() {
		return ""
	}
	t := types.Unalias(obj.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

// receiverName is the base type name of a method's receiver, "" for a function.
func receiverName(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) != 1 {
		return ""
	}
	return baseName(f.Recv.List[0].Type)
}

// baseName is the name in T, *T or T[A].
func baseName(t ast.Expr) string {
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// findDependants collects what must be emitted again because something it uses
// has a new meaning, and the variables whose types are among it.
func (c *compiler) findDependants(here *parsed) {
	declared, defined := declaredNames(here), definedNames(here)
	methods := map[[2]string]bool{}
	for _, d := range here.decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
			methods[[2]string{receiverName(f), f.Name.Name}] = true
		}
	}
	overridden := func(d *decl) bool {
		if d.recv != "" {
			return methods[[2]string{d.recv, d.names[0]}]
		}
		return !slices.ContainsFunc(d.names, func(n string) bool { return !defined[n] })
	}
	chosen := map[*decl]bool{}
	c.affected = maps.Clone(c.changed)
	for d := range c.broken {
		for _, n := range d.affects() {
			c.affected[n] = true
		}
	}
	c.carried = nil
	for changed := true; changed; {
		changed = false
		for _, d := range c.s.decls {
			if chosen[d] || c.broken[d] || overridden(d) || !c.concerns(d) {
				continue
			}
			chosen[d], changed = true, true
			for _, n := range d.affects() {
				c.affected[n] = true
			}
		}
		for name, sym := range c.s.names {
			v, ok := sym.obj.(*types.Var)
			if !ok || c.affected[name] || !mentions(v.Type(), c.affected) {
				continue
			}
			c.affected[name], changed = true, true
			if name == outName || declared[name] {
				c.hidden[name] = true
			}
			if !c.hidden[name] {
				c.carried = append(c.carried, name)
			}
		}
	}
	slices.Sort(c.carried)
	c.again = nil
	for _, d := range c.s.decls {
		if chosen[d] {
			c.again = append(c.again, d)
		}
	}
}

// concerns reports whether a live declaration depends on a name with a new
// meaning.
func (c *compiler) concerns(d *decl) bool {
	for _, n := range d.affects() {
		if c.affected[n] {
			return true
		}
	}
	for n := range d.uses {
		if c.affected[n] {
			return true
		}
	}
	return false
}

// affects lists the session names that change when d is emitted again: a method
// changes its type.
func (d *decl) affects() []string {
	if d.recv != "" {
		return []string{d.recv}
	}
	return d.names
}

// label names a declaration to the user.
func (d *decl) label() string {
	if d.recv != "" {
		return d.recv + "." + d.names[0]
	}
	return strings.Join(d.names, ", ")
}

// labelAgain names what of a re-emitted declaration the cell does not declare
// itself.
func (c *compiler) labelAgain(d *decl) string {
	if d.recv != "" {
		return d.label()
	}
	var names []string
	for _, n := range d.names {
		if sym := c.unit.symbols[n]; n != "_" && sym != nil && sym.decl != nil && sym.decl.chunk == d.chunk {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}

// checkCarried drops the variables whose new type is laid out otherwise. The
// others stay where they are, so that pointers and closures of earlier cells go
// on meaning them.
func (c *compiler) checkCarried(decls *checked) error {
	c.continueTypes(decls)
	for _, name := range c.carried {
		obj := decls.scope.Lookup(name)
		if obj == nil || !sameLayout(c.s.names[name].obj.Type(), obj.Type()) || !c.sameRepresentation(c.s.names[name].obj.Type(), obj.Type()) {
			c.hidden[name] = true
			return errAgain
		}
	}
	return nil
}

// continueTypes has new versions of types represented as the old ones are, where
// they are laid out alike.
func (c *compiler) continueTypes(decls *checked) {
	for _, d := range decls.decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		for _, id := range specNames(g) {
			old := c.s.names[id.Name]
			if old == nil {
				continue
			}
			before, ok := old.obj.(*types.TypeName)
			after, isType := decls.scope.Lookup(id.Name).(*types.TypeName)
			if ok && isType && !before.IsAlias() && !after.IsAlias() && sameLayout(before.Type(), after.Type()) {
				c.s.world.Continue(before, after)
			}
		}
	}
}

// sameRepresentation reports whether a variable of one type can become one of
// another as it stands.
func (c *compiler) sameRepresentation(before, after types.Type) (same bool) {
	defer func() {
		if _, ok := recover().(*values.Unrepresentable); ok {
			same = false
		}
	}()
	return c.s.world.Type(before).R == c.s.world.Type(after).R
}

// notes tells what a redefinition did to earlier cells.
func (c *compiler) notes() []string {
	var again, lost, old []string
	for _, d := range c.again {
		if label := c.labelAgain(d); label != "" {
			again = append(again, label)
		}
	}
	for d := range c.broken {
		lost = append(lost, d.label())
	}
	for name := range c.hidden {
		if name != outName && c.vars[name] == nil {
			lost = append(lost, name)
		}
	}
	slices.Sort(lost)
	for name, sym := range c.s.names {
		if c.unit.symbols[name] != nil && c.unit.symbols[name].holds == nil || c.hidden[name] || c.vars[name] != nil {
			continue
		}
		for f := range sym.holds {
			if c.affected[f] && c.s.names[f] != nil {
				old = append(old, name)
				break
			}
		}
	}
	slices.Sort(old)
	var notes []string
	if len(again) > 0 {
		notes = append(notes, "also redefined, because they use what changed: "+strings.Join(again, ", "))
	}
	if len(lost) > 0 {
		notes = append(notes, "gone, because they no longer fit what changed: "+strings.Join(lost, ", "))
	}
	if len(old) > 0 {
		notes = append(notes, "still with the functions they were made with, until their cells run again: "+strings.Join(old, ", "))
	}
	return notes
}
