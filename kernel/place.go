package kernel

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"gaspard/kernel/lang"
)

// place is what stands at a byte offset of a cell that is still being written.
type place struct {
	kind  placeKind
	start int    // where the word at the offset begins
	word  string // what of it stands before the offset; of a string, its content
	quote byte   // that opened the string
	prev  token.Token
	open  []bracket
	code  string
}

type placeKind int

const (
	placeNone   placeKind = iota // comments, numbers, runes, after a name to be declared
	placeName                    // a word that stands alone
	placeMember                  // what follows a dot
	placeImport                  // an import path
	placeString                  // any other string
)

// bracket is an open bracket, or the cell itself, with what is known of the
// statement that is being written directly in it.
type bracket struct {
	tok    token.Token // LPAREN, LBRACK or LBRACE; ILLEGAL for the cell itself
	at     int         // the bracket's offset
	before token.Token // what stands before the bracket
	opener token.Token // what a brace belongs to: FUNC, FOR, ..., LBRACE for a bare block, 0 for a literal
	commas int         // so far

	fresh   bool        // the next token begins a statement
	lead    token.Token // what began it
	header  token.Token // FOR, IF, SWITCH or SELECT whose block has not come
	pending token.Token // FUNC, STRUCT or INTERFACE whose brace has not come
	closed  token.Token // opener of the block just closed
}

// isBlock reports whether a bracket holds statements.
func (f bracket) isBlock() bool {
	switch f.opener {
	case token.FUNC, token.FOR, token.IF, token.ELSE, token.SWITCH, token.SELECT, token.LBRACE:
		return true
	}
	return f.tok == token.ILLEGAL
}

// placeAt reads a cell up to an offset.
func placeAt(code string, cursor int) place {
	code = code[:cursor]
	p := place{start: cursor, code: code}
	file := token.NewFileSet().AddFile("", -1, len(code))
	broken := -1 // offset of a literal or comment that is not closed
	var scan scanner.Scanner
	scan.Init(file, []byte(code), func(at token.Position, msg string) {
		if strings.HasSuffix(msg, "not terminated") {
			broken = at.Offset
		}
	}, scanner.ScanComments)
	p.open = []bracket{{fresh: true}}
	prev := token.ILLEGAL
	for {
		pos, tok, lit := scan.Scan()
		at := file.Offset(pos)
		if tok == token.EOF || tok == token.SEMICOLON && at >= len(code) {
			break
		}
		atEnd := at+len(lit) >= len(code)
		switch {
		case tok == token.COMMENT:
			if broken == at || atEnd && strings.HasPrefix(lit, "//") {
				return p
			}
			continue
		case broken == at && tok == token.STRING:
			p.kind, p.quote, p.start, p.word = placeString, code[at], at+1, code[at+1:]
			if p.open[0].lead == token.IMPORT {
				p.kind = placeImport
			}
			p.prev = prev
			return p
		case atEnd && lit != "" && (tok == token.IDENT || tok.IsKeyword()):
			p.start, p.word = at, lit
		case atEnd && tok.IsLiteral():
			return p
		}
		if p.word != "" {
			break
		}
		if !p.take(tok, lit, at, prev) {
			return p
		}
		prev = tok
	}
	p.prev = prev
	switch prev {
	case token.PERIOD:
		p.kind = placeMember
	case token.VAR, token.TYPE, token.CONST, token.FUNC, token.PACKAGE, token.IMPORT: // a new name comes
	default:
		p.kind = placeName
	}
	return p
}

// take notes a token; it reports false for a bracket that closes nothing.
func (p *place) take(tok token.Token, lit string, at int, prev token.Token) bool {
	f := &p.open[len(p.open)-1]
	begins := f.fresh
	if f.fresh {
		f.lead, f.fresh, f.closed = tok, false, token.ILLEGAL
	}
	switch tok {
	case token.FOR, token.IF, token.SWITCH, token.SELECT:
		f.header = tok
	case token.FUNC, token.STRUCT, token.INTERFACE:
		f.pending = tok
	case token.COMMA:
		f.commas++
	case token.COLON:
		f.fresh = f.lead == token.CASE || f.lead == token.DEFAULT
	case token.SEMICOLON:
		if f.header == token.ILLEGAL || lit == "\n" {
			f.fresh, f.header, f.pending = true, token.ILLEGAL, token.ILLEGAL
		}
	case token.LPAREN, token.LBRACK, token.LBRACE:
		inner := bracket{tok: tok, at: at, before: prev, fresh: true}
		if tok == token.LBRACE {
			switch {
			case f.pending != token.ILLEGAL:
				inner.opener, f.pending = f.pending, token.ILLEGAL
			case f.header != token.ILLEGAL:
				inner.opener, f.header = f.header, token.ILLEGAL
			case prev == token.ELSE:
				inner.opener = token.ELSE
			case begins:
				inner.opener = token.LBRACE
			}
		}
		p.open = append(p.open, inner)
	case token.RPAREN, token.RBRACK, token.RBRACE:
		if len(p.open) == 1 {
			return false
		}
		p.open = p.open[:len(p.open)-1]
		p.open[len(p.open)-1].closed = f.opener
	}
	return true
}

// top is the innermost open bracket.
func (p *place) top() bracket { return p.open[len(p.open)-1] }

// mark stands for what is being written. Nobody types its last letter.
const mark = "Hereꓸ"

// finish puts the mark at an offset and closes the first n brackets.
func (p *place) finish(at, n int) string {
	var b strings.Builder
	b.WriteString(p.code[:at] + mark)
	for _, f := range slices.Backward(p.open[:n]) {
		if f.header != token.ILLEGAL {
			b.WriteString(" {}")
		}
		switch f.tok {
		case token.LPAREN:
			b.WriteByte(')')
		case token.LBRACK:
			b.WriteByte(']')
		case token.LBRACE:
			b.WriteByte('}')
		}
	}
	return b.String()
}

// probe is the type checker's view of the mark.
type probe struct {
	info *types.Info
	path []ast.Node // from the file to the mark
}

// probe types the cell with the mark in the place of the word.
func (s *Session) probe(p *place) *probe { return s.probeText(p.finish(p.start, len(p.open))) }

func (s *Session) probeText(text string) *probe {
	loose := s.cells.Loosely(text)
	if loose == nil {
		return nil
	}
	var path, found []ast.Node
	ast.Inspect(loose.File, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return false
		}
		path = append(path, n)
		if id, ok := n.(*ast.Ident); ok && id.Name == mark {
			found = slices.Clone(path)
		}
		return found == nil
	})
	if found == nil {
		return nil
	}
	return &probe{loose.Info, found}
}

// parent is the node n levels above the mark.
func (b *probe) parent(n int) ast.Node {
	if at := len(b.path) - 1 - n; at >= 0 {
		return b.path[at]
	}
	return nil
}

// selected is what the mark is selected from: a package, a type or a value.
func (b *probe) selected() (pkg *types.Package, t types.Type, isType bool) {
	sel, ok := b.parent(1).(*ast.SelectorExpr)
	if !ok {
		return nil, nil, false
	}
	if id, ok := sel.X.(*ast.Ident); ok {
		if name, ok := b.info.Uses[id].(*types.PkgName); ok {
			return name.Imported(), nil, false
		}
	}
	tv := b.info.Types[sel.X]
	if tv.Type == nil || tv.Type == types.Typ[types.Invalid] {
		return nil, nil, false
	}
	return nil, tv.Type, tv.IsType()
}

// literal is the struct type whose composite literal the mark is an element of,
// and the elements.
func (b *probe) literal() (*types.Struct, *ast.CompositeLit) {
	up := 1
	if kv, ok := b.parent(1).(*ast.KeyValueExpr); ok {
		if kv.Key != b.parent(0) {
			return nil, nil
		}
		up = 2
	}
	lit, ok := b.parent(up).(*ast.CompositeLit)
	if !ok || lit.Type == b.parent(0) || b.info.Types[lit].Type == nil {
		return nil, nil
	}
	t := b.info.Types[lit].Type.Underlying()
	if ptr, ok := t.(*types.Pointer); ok { // elided &T in a list
		t = ptr.Elem().Underlying()
	}
	st, _ := t.(*types.Struct)
	return st, lit
}

// scope is the innermost scope of the mark.
func (b *probe) scope() *types.Scope {
	for _, n := range slices.Backward(b.path) {
		switch f := n.(type) {
		case *ast.FuncDecl:
			n = f.Type
		case *ast.FuncLit:
			n = f.Type
		}
		if scope := b.info.Scopes[n]; scope != nil {
			return scope
		}
	}
	return nil
}

// locals lists the names that the cell itself declares and that are in scope at
// the mark.
func (b *probe) locals() []types.Object {
	var list []types.Object
	inner := b.scope()
	for scope := inner; scope != nil && scope != types.Universe; scope = scope.Parent() {
		for _, name := range scope.Names() {
			if strings.ContainsAny(name, "ˑꓸ") || name == "_" {
				continue
			}
			if at, obj := inner.LookupParent(name, b.parent(0).Pos()); at == scope {
				list = append(list, obj)
			}
		}
	}
	return list
}

// members are the fields and methods, promoted ones too, that can be selected
// from a value of a type: exported ones, and a session type's own.
func members(t types.Type) []types.Object {
	found := map[string]types.Object{}
	offer := func(name string) {
		if found[name] != nil {
			return
		}
		obj, _, _ := types.LookupFieldOrMethod(t, true, ownPackage, name)
		if obj != nil && (obj.Exported() || obj.Pkg() != nil && obj.Pkg().Path() == ownPackage.Path()) {
			found[name] = obj
		}
	}
	for sel := range types.NewMethodSet(t).Methods() {
		offer(sel.Obj().Name())
	}
	if _, isPointer := types.Unalias(t).(*types.Pointer); !isPointer && !types.IsInterface(t) {
		for sel := range types.NewMethodSet(types.NewPointer(t)).Methods() {
			offer(sel.Obj().Name())
		}
	}
	fieldNames(t, offer, map[types.Type]bool{})
	var list []types.Object
	for _, obj := range found {
		list = append(list, obj)
	}
	return list
}

// ownPackage stands for the session's: unexported names belong to a package by
// its path.
var ownPackage = types.NewPackage("main", "main")

// fieldNames tells the fields of a struct and those of what it embeds.
func fieldNames(t types.Type, offer func(string), seen map[types.Type]bool) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok || seen[t] {
		return
	}
	seen[t] = true
	for field := range st.Fields() {
		offer(field.Name())
		if field.Embedded() {
			fieldNames(field.Type(), offer, seen)
		}
	}
}

// namedOf is the defined type behind a type or a pointer to it.
func namedOf(t types.Type) *types.Named {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, _ := types.Unalias(t).(*types.Named)
	return named
}

// qualifyShort names types without "main.", as the user writes them.
func qualifyShort(pkg *types.Package) string { return lang.QualifyTypes(pkg) }
