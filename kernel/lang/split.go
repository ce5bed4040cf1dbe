package lang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// Completeness says whether the text of a cell can be run as it stands.
type Completeness int

const (
	Whole   Completeness = iota // it parses
	Partial                     // it parses so far, and more must follow
	Invalid                     // no continuation can make it parse
)

// CompletenessOf asks the parser. A cell is Partial when the first thing the
// parser misses lies beyond the cell's end.
func CompletenessOf(src string) Completeness {
	s, err := split("", src)
	if err == nil {
		_, err = s.parse(token.NewFileSet(), nil)
	}
	switch {
	case err == nil:
		return Whole
	case err.(*Error).Incomplete:
		return Partial
	}
	return Invalid
}

// kind sorts the top-level items of a cell.
type kind int

const (
	importItem kind = iota
	declItem        // func, method, type or const: order does not matter
	stmtItem        // a statement, or a var declaration: runs in order
)

// item is one top-level import, declaration or statement of a cell, by the byte
// range of its text.
type item struct {
	kind       kind
	start, end int
}

// source is a cell cut into items.
type source struct {
	name  string
	text  string
	items []item
	// program is set when the text is a whole file with a package clause: its
	// vars are initialised in dependency order and its main is run.
	program bool
	quiet   bool // the text ends in a semicolon: do not show the last value
}

// split cuts a cell at its top-level semicolons, written or implied, by tokens
// alone: whether the pieces make sense is for the parser to say.
func split(name, text string) (*source, error) {
	s := &source{name: name, text: text}
	var scan scanner.Scanner
	var scanErr *Error
	fset := token.NewFileSet()
	file := fset.AddFile(s.name, -1, len(text))
	scan.Init(file, []byte(text), func(pos token.Position, msg string) {
		if scanErr == nil {
			scanErr = &Error{
				Kind: Syntax, Cell: name, Line: pos.Line, Column: pos.Column, Message: msg,
				Incomplete: msg == "raw string literal not terminated" || msg == "comment not terminated",
			}
		}
	}, scanner.ScanComments)
	depth, start, comment, last := 0, -1, -1, token.ILLEGAL
	var head []token.Token // the item's first tokens, enough to sort it
	// header is set between a keyword that takes simple statements, which
	// semicolons part, and the block that follows.
	header := false
	for {
		pos, tok, lit := scan.Scan()
		if tok == token.EOF || scanErr != nil {
			break
		}
		offset := file.Offset(pos)
		if tok == token.IDENT && strings.Contains(lit, "ˑ") {
			at := file.Position(pos)
			e := &Error{
				Kind: Unsupported, Cell: name, Line: at.Line, Column: at.Column,
				Message: "the letter ˑ is kept for names that the cell compiler makes", Hint: "use another letter in " + lit,
			}
			e.locate(text)
			return nil, e
		}
		if tok == token.COMMENT {
			if comment < 0 {
				comment = offset
			}
			continue
		}
		implied := tok == token.SEMICOLON && lit == "\n"
		end := offset
		if comment >= 0 {
			end = comment // a line end inside a comment ends the item before it
		}
		comment = -1
		switch {
		case depth > 0:
		case tok == token.FOR || tok == token.IF || tok == token.SWITCH:
			header = true
		case tok == token.LBRACE:
			header = false
		}
		if tok == token.SEMICOLON && depth <= 0 && !(header && !implied) {
			if start >= 0 {
				s.items = append(s.items, item{itemKind(head), start, end})
			}
			if !implied {
				last = tok
			}
			start, head, header = -1, nil, false
			continue
		}
		if start < 0 {
			start = offset
		}
		head = append(head, tok)
		if !implied {
			last = tok
		}
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if depth--; depth < 0 {
				at := file.Position(pos)
				scanErr = &Error{Kind: Syntax, Cell: name, Line: at.Line, Column: at.Column, Message: "unexpected " + tok.String()}
			}
		}
	}
	if scanErr != nil {
		scanErr.locate(text)
		return nil, scanErr
	}
	if start >= 0 {
		s.items = append(s.items, item{itemKind(head), start, len(text)})
	}
	s.quiet = last == token.SEMICOLON
	s.program = len(s.items) > 0 && strings.HasPrefix(text[s.items[0].start:], "package ")
	return s, nil
}

// itemKind sorts an item by its first tokens. A func followed by a name, or by a
// receiver, a name and an opening parenthesis, is a declaration; any other func
// begins an expression.
func itemKind(head []token.Token) kind {
	switch head[0] {
	case token.IMPORT:
		return importItem
	case token.TYPE, token.CONST:
		return declItem
	case token.FUNC:
		if len(head) > 1 && head[1] == token.IDENT {
			return declItem
		}
		depth := 0
		for i, tok := range head[1:] {
			switch tok {
			case token.LPAREN:
				depth++
			case token.RPAREN:
				depth--
			}
			if depth == 0 {
				rest := head[1+i+1:]
				if len(rest) > 1 && rest[0] == token.IDENT && rest[1] == token.LPAREN {
					return declItem
				}
				return stmtItem
			}
		}
	}
	return stmtItem
}

// chunk is a declaration's text with the place it came from.
type chunk struct {
	cell         string
	line, column int
	text         string
}

func (s *source) chunk(it item) chunk {
	line := 1 + strings.Count(s.text[:it.start], "\n")
	column := it.start - strings.LastIndexByte(s.text[:it.start], '\n')
	return chunk{s.name, line, column, s.text[it.start:it.end]}
}

// parsed is a cell's syntax. Every position in it names the cell, line and
// column the user typed.
type parsed struct {
	file    *ast.File
	imports []*ast.ImportSpec
	decls   []ast.Decl      // func, type and const declarations
	vars    []*ast.GenDecl  // package-level vars of a program, in source order
	body    *ast.FuncDecl   // holds the statements; nil in a program
	lifted  map[string]bool // variables of the statements that are declared apart
	again   int             // how many of decls, at the front, are re-emitted ones
}

// bodyName is the function that holds a cell's statements while it is checked.
// It contains a letter nobody types, so it cannot meet a user's name.
const bodyName = "Cellˑ"

// parse turns the cell, preceded by the declarations to re-emit, into syntax.
func (s *source) parse(fset *token.FileSet, again []chunk) (*parsed, error) {
	var text strings.Builder
	if s.program {
		return s.parseProgram(fset, again)
	}
	text.WriteString("package main\n")
	write := func(c chunk) {
		fmt.Fprintf(&text, "/*line cell %s:%d:%d*/%s\n", c.cell, c.line, c.column, c.text)
	}
	for _, it := range s.items {
		if it.kind == importItem {
			write(s.chunk(it))
		}
	}
	for _, c := range again {
		write(c)
	}
	for _, it := range s.items {
		if it.kind == declItem {
			write(s.chunk(it))
		}
	}
	text.WriteString("func " + bodyName + "() {\n")
	for _, it := range s.items {
		if it.kind == stmtItem {
			write(s.chunk(it))
		}
	}
	text.WriteString("/*line end of cell:1:1*/}\n")
	file, err := parser.ParseFile(fset, "cell "+s.name, text.String(), parser.SkipObjectResolution)
	if err != nil {
		return nil, s.syntaxError(err)
	}
	return sortDecls(file), nil
}

// parseProgram parses a text with a package clause of its own, and the
// declarations to re-emit in a file beside it.
func (s *source) parseProgram(fset *token.FileSet, again []chunk) (*parsed, error) {
	file, err := parser.ParseFile(fset, "", "/*line cell "+s.name+":1:1*/"+s.text, parser.SkipObjectResolution)
	if err != nil {
		return nil, s.syntaxError(err)
	}
	if len(again) > 0 {
		var text strings.Builder
		text.WriteString("package main\n")
		for _, c := range again {
			fmt.Fprintf(&text, "/*line cell %s:%d:%d*/%s\n", c.cell, c.line, c.column, c.text)
		}
		old, err := parser.ParseFile(fset, "", text.String(), parser.SkipObjectResolution)
		if err != nil {
			return nil, s.syntaxError(err)
		}
		file.Decls = append(old.Decls, file.Decls...)
	}
	return sortDecls(file), nil
}

// sortDecls deals a file's declarations out by what becomes of them.
func sortDecls(file *ast.File) *parsed {
	p := &parsed{file: file, imports: file.Imports}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == bodyName {
				p.body = d
				continue
			}
			p.decls = append(p.decls, d)
		case *ast.GenDecl:
			switch d.Tok {
			case token.IMPORT:
			case token.VAR:
				p.vars = append(p.vars, d)
			default:
				p.decls = append(p.decls, d)
			}
		}
	}
	return p
}

// syntaxError reports the parser's first error in the cell's own terms.
func (s *source) syntaxError(err error) *Error {
	list, ok := err.(scanner.ErrorList)
	if !ok || len(list) == 0 {
		return &Error{Kind: Syntax, Cell: s.name, Message: err.Error()}
	}
	first := list[0]
	e := &Error{Kind: Syntax, Message: strings.TrimPrefix(first.Msg, "syntax error: ")}
	cell, placed := strings.CutPrefix(first.Pos.Filename, "cell ")
	if placed {
		e.Cell, e.Line, e.Column = cell, first.Pos.Line, first.Pos.Column
	}
	end := token.Position{Line: 1 + strings.Count(s.text, "\n"), Column: len(s.text) - strings.LastIndexByte(s.text, '\n')}
	pastEnd := e.Cell == s.name && (e.Line > end.Line || e.Line == end.Line && e.Column >= end.Column)
	if !placed || pastEnd {
		e.Cell, e.Line, e.Column = s.name, end.Line, end.Column
		e.Incomplete = true
		if before, _, ok := strings.Cut(e.Message, ", found "); ok { // a piece of what surrounds the cell
			e.Message = before + ", found the end of the cell"
		}
	}
	e.locate(s.text)
	return e
}
