package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
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
