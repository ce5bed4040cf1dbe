package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"gaspard/kernel/values"
)

// Unit is a compiled cell.
type Unit struct {
	File   *ast.File    // what the engine runs; its positions name the user's lines
	Entry  string       // the function in File to call
	Serial int          // tells units apart; goroutines of a cell carry it
	Shown  []types.Type // the types of the values the cell hands to Show; nil if it shows none
	Notes  []string     // what the user should know: what was re-emitted or dropped

	imports map[string]string
	symbols map[string]*symbol
	decls   []*decl
	dropped []string

	funcs      map[funcKey]string
	origins    map[*types.Func]*origin
	ready      map[string]bool   // declared types whose methods are bound
	synthetics map[string]string // functions for methods of embedded fields
	dead       []string          // functions that earlier units have replaced
}

// Passing lists the engine's names of functions to which no later cell can refer:
// the unit's own statements and function literals, and what earlier units have
// replaced.
func (u *Unit) Passing() []string {
	names := slices.Concat(u.dead, slices.Collect(maps.Values(u.synthetics)))
	for _, d := range u.File.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && (strings.HasPrefix(f.Name.Name, u.Entry) || strings.Contains(f.Name.Name, tempMark)) {
			names = append(names, f.Name.Name)
		}
	}
	return names
}

// outName is the variable that holds the last value shown.
const outName = "Out"

// compiler works on one attempt at one cell. Attempts are repeated, with more
// known, when the check shows that a declaration of an earlier cell must be
// emitted again, or no longer fits.
type compiler struct {
	s    *Session
	src  *source
	text string

	changed map[string]bool // live names to which the cell itself gives a new meaning
	broken  map[*decl]bool  // declarations of earlier cells that no longer compile
	hidden  map[string]bool // live variables that cannot follow their type

	affected map[string]bool       // changed, and what changes with it
	again    []*decl               // declarations to emit again
	carried  []string              // live variables whose type is emitted again
	vars     map[string]*hoist     // variables of this cell, by user name
	lifted   map[types.Object]bool // the same, as local variables of the checked statements
	file     *checked              // the cell with its types
	unit     *Unit
}

// hoist is a variable lifted out of the cell's statements.
type hoist struct {
	name, engine string
	typ          types.Type
	fresh        bool // the engine has no storage for it yet
}

// Compile turns the text of a cell into a unit to run. The session is not
// changed: see [Session.Commit]. The error is an [*Error].
func (s *Session) Compile(name, text string) (unit *Unit, err error) {
	defer func() {
		if r := recover(); r != nil { // go/types has faults of its own
			err = &Error{Kind: Unsupported, Cell: name, Message: fmt.Sprintf("the cell compiler failed (%v)", r), Hint: "try a simpler form, and report it"}
		}
	}()
	src, err := split(name, text)
	if err != nil {
		return nil, err
	}
	from := s.fset.Base()
	var c *compiler
	defer func() { s.dropFiles(from, c) }()
	first, err := src.parse(s.fset, nil)
	if err != nil {
		return nil, err
	}
	c = &compiler{
		s: s, src: src, text: text,
		changed: s.redefinedBy(first),
		broken:  map[*decl]bool{},
		hidden:  map[string]bool{},
	}
	for {
		unit, err := c.attempt()
		if err != errAgain {
			return unit, err
		}
	}
}

// dropFiles removes the positions of what was parsed on the way to a unit, from
// a base on, but not of the unit itself.
func (s *Session) dropFiles(from int, c *compiler) {
	kept := map[*token.File]bool{}
	if c != nil && c.file != nil {
		for _, d := range c.file.file.Decls {
			kept[s.fset.File(d.Pos())] = true
		}
		kept[s.fset.File(c.file.body.Pos())] = true
	}
	var files []*token.File
	for at := from; at < s.fset.Base(); {
		f := s.fset.File(token.Pos(at))
		if f == nil {
			return
		}
		files = append(files, f)
		at = f.Base() + f.Size() + 1
	}
	for _, f := range files {
		if !kept[f] {
			s.fset.RemoveFile(f)
		}
	}
}

// errAgain asks for another attempt. Each adds to changed, broken or hidden,
// which are bounded by the session, so the attempts end.
var errAgain = &Error{Message: "compile again"}

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

func (c *compiler) attempt() (*Unit, error) {
	c.s.world.Discard()
	c.unit = &Unit{
		imports: map[string]string{}, symbols: map[string]*symbol{}, funcs: map[funcKey]string{},
		origins: map[*types.Func]*origin{}, ready: map[string]bool{}, synthetics: map[string]string{}, dead: c.s.dead,
	}
	c.vars = map[string]*hoist{}
	c.lifted = map[types.Object]bool{}
	here, err := c.src.parse(c.s.fset, nil)
	if err != nil {
		return nil, err
	}
	c.findDependants(here)
	p, err := c.parseWith(here)
	if err != nil {
		return nil, err
	}
	all, err := c.checkBoth(p, here)
	if err != nil {
		return nil, err
	}
	if err := c.checkCarried(all); err != nil {
		return nil, err
	}
	return c.emit(all)
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

// parseWith parses the cell together with what must be emitted again, and
// declares the variables that follow their type.
func (c *compiler) parseWith(here *parsed) (*parsed, error) {
	var chunks []chunk
	for _, d := range c.again {
		chunks = append(chunks, d.chunk)
	}
	p, err := c.src.parse(c.s.fset, chunks)
	if err != nil {
		return nil, err
	}
	p.again = len(c.again)
	defined := definedNames(here)
	for i, d := range c.again {
		blankOverridden(p.decls[i], func(name string) bool {
			sym := c.s.names[name]
			return defined[name] || sym == nil || sym.decl != d
		})
	}
	for _, name := range c.carried {
		expr, ok := p.typeExpr(c.s.names[name].obj.Type())
		if !ok {
			c.hidden[name] = true
			return nil, errAgain
		}
		decl := &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{
			&ast.ValueSpec{Names: []*ast.Ident{ast.NewIdent(name)}, Type: expr},
		}}
		p.vars = append(p.vars, decl)
		p.file.Decls = append(p.file.Decls, decl)
	}
	return p, nil
}

// blankOverridden turns the names of a re-emitted group that have a newer
// meaning into _.
func blankOverridden(d ast.Decl, overridden func(string) bool) {
	if g, ok := d.(*ast.GenDecl); ok {
		for _, id := range specNames(g) {
			if overridden(id.Name) {
				id.Name = "_"
			}
		}
	}
}

// checkBoth types the statements and the declarations. When a cell's functions
// may use variables that its own statements define, the statements go first,
// with the functions' bodies left out, to find the variables' types.
func (c *compiler) checkBoth(p, here *parsed) (*checked, error) {
	if c.src.program {
		all, err := c.check(p, nil)
		if err != nil {
			return nil, err
		}
		c.hoistProgram(all)
		return all, nil
	}
	twice := len(definedByBody(p.body)) > 0 && slices.ContainsFunc(p.decls, isFunc)
	if !twice {
		all, err := c.check(p, nil)
		if err != nil {
			return nil, err
		}
		return all, c.findHoists(all)
	}
	for _, d := range p.decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			f.Body = &ast.BlockStmt{Lbrace: f.Body.Lbrace, Rbrace: f.Body.Rbrace, List: []ast.Stmt{&ast.ForStmt{Body: &ast.BlockStmt{}}}}
		}
	}
	statements, err := c.check(p, nil)
	if err != nil {
		return nil, err
	}
	if err := c.findHoists(statements); err != nil {
		return nil, err
	}
	full, err := c.parseWith(here)
	if err != nil {
		return nil, err
	}
	liftStatements(full.body.Body)
	full.lifted = map[string]bool{}
	own := declaredNames(full)
	for name, h := range c.vars {
		expr, ok := full.typeExpr(h.typ)
		if !ok {
			return nil, c.unnameable(p.body.Pos(), h)
		}
		full.lifted[name] = true
		if !own[name] {
			full.file.Decls = append(full.file.Decls, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{
				&ast.ValueSpec{Names: []*ast.Ident{ast.NewIdent(name)}, Type: expr},
			}})
		}
	}
	all, err := c.check(full, nil)
	if err != nil {
		return nil, err
	}
	for _, h := range c.vars { // their types are those of the declarations that stay
		if obj := all.scope.Lookup(h.name); obj != nil {
			h.typ = obj.Type()
		}
	}
	return all, nil
}

func isFunc(d ast.Decl) bool {
	_, ok := d.(*ast.FuncDecl)
	return ok
}

// check types p with what is hidden left out. An error inside a declaration of
// an earlier cell is not the user's to mend now: that declaration is dropped,
// and the cell tried again.
func (c *compiler) check(p *parsed, extra map[string]types.Object) (*checked, error) {
	all := maps.Clone(extra)
	if all == nil {
		all = map[string]types.Object{}
	}
	held := map[string]*symbol{}
	for name := range c.hidden {
		held[name] = c.s.names[name]
		delete(c.s.names, name)
	}
	for _, d := range slices.Collect(maps.Keys(c.broken)) {
		for _, n := range d.names {
			if sym := c.s.names[n]; sym != nil && sym.decl == d {
				held[n] = sym
				delete(c.s.names, n)
			}
		}
	}
	defer maps.Copy(c.s.names, held)
	result, err := c.s.check(p, c.text, all)
	if err == nil {
		return result, nil
	}
	e := err.(*Error)
	if e.Cell != c.src.name {
		for _, d := range c.again {
			first, last := d.chunk.line, d.chunk.line+strings.Count(d.chunk.text, "\n")
			if d.chunk.cell == e.Cell && first <= e.Line && e.Line <= last && !c.broken[d] {
				c.broken[d] = true
				return nil, errAgain
			}
		}
		e.Source = ""
	}
	return nil, e
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
