// Package conformance holds the kernel to Go: whole programs, whose output
// under go run is known, are given to a kernel as a file, as one cell, and
// statement by statement, and every difference is an entry of a list that says
// why. Nothing of the product imports it.
//
//	go test ./kernel/conformance                             everything, of the examples a sample
//	go test ./kernel/conformance -all -seeds 2000            the nightly run
//	go test ./kernel/conformance -run TestPrograms -v -show  a table, and a line for each difference
//	    -only NAME -modes cell                               one program: its cells and what it printed
//	    -shrink 3                                            make new differences small
//	    -update                                              rewrite the list of known differences
//	go test ./kernel/conformance -run TestBattery -v -programs DIR    programs from elsewhere
package conformance

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"sync"

	"gaspard/kernel/symbols"
)

// Program is a Go program of one file with what go run prints for it.
type Program struct {
	Name   string
	Source string
	Want   string // standard output
	// Unordered says that the lines of the output may come in any order.
	Unordered bool
	// Trimmed says that blanks and line ends around the output do not count.
	Trimmed bool
	Dir     string // where it runs; "" means an empty directory
}

// Mode is a way to give a program to a kernel.
type Mode string

const (
	File  Mode = "file"  // the file as one cell
	Cell  Mode = "cell"  // imports, declarations and the body of main as one cell
	Stmts Mode = "stmts" // a cell for each declaration and each statement of main
)

// Modes lists the modes in the order of the tables.
var Modes = []Mode{File, Cell, Stmts}

// Cells cuts a program into the cells of a mode. Where the mode cannot hold the
// program it says why instead: a defer at the end of a cell is not a defer at
// the end of main. An error says that the program is not valid, or imports what
// cells may not.
//
// A local variable of main that hides a name used elsewhere in the program is
// renamed, since in a session the two would be one; several functions named
// init become ordinary ones that are called in order.
func (p *Program) Cells(m Mode) (cells []string, excuse string, err error) {
	if m == File {
		return []string{p.Source}, "", nil
	}
	c, err := newCutter(p.Source)
	if err != nil {
		return nil, "", err
	}
	if c.main == nil {
		return nil, "", fmt.Errorf("%s has no main", p.Name)
	}
	c.renameLocals()
	c.renameInits()
	if m == Cell {
		return []string{c.oneCell()}, "", nil
	}
	for _, s := range c.main.Body.List {
		if excuse := excused(s); excuse != "" {
			return nil, excuse, nil
		}
	}
	return c.statements(), "", nil
}

// excused says what in a statement of main ties it to the rest of main.
func excused(s ast.Stmt) (reason string) {
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			reason = "defer in main"
		case *ast.ReturnStmt:
			reason = "return in main"
		case *ast.BranchStmt:
			if n.Tok == token.GOTO {
				reason = "goto in main"
			}
		}
		return true
	})
	return reason
}

// checking guards the importer, which all checks share with its file set.
var checking = struct {
	sync.Mutex
	fset     *token.FileSet
	importer types.Importer
}{}

// check type-checks a file against the packages cells may import. Errors that
// do not matter to cells, such as unused imports, are left out.
func check(text string) (*ast.File, *types.Info, *token.File, error) {
	file, info, at, err, _ := checkAll(text)
	return file, info, at, err
}

// checkAll gives the errors that do not matter to cells as well.
func checkAll(text string) (_ *ast.File, _ *types.Info, _ *token.File, err, soft error) {
	checking.Lock()
	defer checking.Unlock()
	if checking.fset == nil {
		checking.fset = token.NewFileSet()
		checking.importer = symbols.NewImporter(checking.fset)
	}
	file, err := parser.ParseFile(checking.fset, "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, nil, err, nil
	}
	info := &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Scopes: map[ast.Node]*types.Scope{}, Implicits: map[ast.Node]types.Object{},
	}
	conf := types.Config{Importer: checking.importer, GoVersion: "go1.26", Error: func(found error) {
		if e, ok := found.(types.Error); ok && e.Soft {
			soft = errors.Join(soft, found)
		} else if err == nil {
			err = found
		}
	}}
	_, _ = conf.Check("main", checking.fset, []*ast.File{file}, info)
	return file, info, checking.fset.File(file.FileStart), err, soft
}

// cutter takes a checked program apart.
type cutter struct {
	text  string
	file  *ast.File
	at    *token.File
	info  *types.Info
	main  *ast.FuncDecl
	edits map[*ast.Ident]string // new names
	inits []string              // the functions that were named init, in order
	used  map[string]bool       // every identifier of the program
}

func newCutter(text string) (*cutter, error) {
	file, info, at, err := check(text)
	if err != nil {
		return nil, err
	}
	c := &cutter{text: text, file: file, at: at, info: info, edits: map[*ast.Ident]string{}, used: map[string]bool{}}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "main" {
			c.main = f
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			c.used[id.Name] = true
		}
		return true
	})
	return c, nil
}

// fresh is a name like the given one that the program does not have.
func (c *cutter) fresh(name string) string {
	for i := 2; ; i++ {
		if s := fmt.Sprintf("%s%d", name, i); !c.used[s] {
			c.used[s] = true
			return s
		}
	}
}

func (c *cutter) renameLocals() {
	scope := c.info.Scopes[c.main.Type]
	uses := map[types.Object]bool{}
	for _, obj := range c.info.Uses {
		uses[obj] = true
	}
	for _, name := range scope.Names() {
		local := scope.Lookup(name)
		outerScope, outer := scope.Parent().LookupParent(name, token.NoPos)
		if outer == nil || outerScope.Parent() != types.Universe && !uses[outer] {
			continue
		}
		other := c.fresh(name)
		for _, ids := range []map[*ast.Ident]types.Object{c.info.Defs, c.info.Uses} {
			for id, obj := range ids {
				if obj == local {
					c.edits[id] = other
				}
			}
		}
	}
}

func (c *cutter) renameInits() {
	for _, decl := range c.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			name := c.fresh("init")
			c.edits[f.Name] = name
			c.inits = append(c.inits, name)
		}
	}
}

// source is the text of a stretch of the program with its renamings.
func (c *cutter) source(start, end token.Pos) string {
	var ids []*ast.Ident
	for id := range c.edits {
		if start <= id.Pos() && id.Pos() < end {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b *ast.Ident) int { return int(a.Pos() - b.Pos()) })
	var out strings.Builder
	from := c.at.Offset(start)
	for _, id := range ids {
		out.WriteString(c.text[from:c.at.Offset(id.Pos())])
		out.WriteString(c.edits[id])
		from = c.at.Offset(id.End())
	}
	out.WriteString(c.text[from:c.at.Offset(end)])
	return out.String()
}

func (c *cutter) node(n ast.Node) string { return c.source(n.Pos(), n.End()) }

func (c *cutter) imports() string {
	var out []string
	for _, decl := range c.file.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
			out = append(out, c.node(d))
		}
	}
	return strings.Join(out, "\n")
}

// oneCell puts the program into one cell: the declarations as they stand, the
// variables among them in the order of their initialisation, then main's body.
func (c *cutter) oneCell() string {
	pieces := []string{c.imports()}
	for _, d := range c.declarations() {
		if d.tok != token.VAR {
			pieces = append(pieces, d.text)
		}
	}
	for _, group := range c.sorted() {
		for _, d := range group {
			if d.tok == token.VAR {
				pieces = append(pieces, d.text)
			}
		}
	}
	for _, name := range c.inits {
		pieces = append(pieces, name+"()")
	}
	body := c.source(c.main.Body.Lbrace+1, c.main.Body.Rbrace)
	return strings.Join(append(pieces, strings.TrimSpace(body)), "\n") + ";\n"
}

// statements cuts the program into small cells: the imports, the declarations
// one by one so that each can be checked when it is entered, and main's
// statements.
func (c *cutter) statements() []string {
	imports := c.imports()
	var cells []string
	before, held := "", ""
	for _, group := range c.sorted() {
		for _, d := range group {
			held += d.text + "\n"
		}
		if _, _, _, err := check("package main\n" + imports + "\n" + before + held); err == nil {
			cells = append(cells, held)
			before, held = before+held, ""
		}
	}
	if held != "" {
		cells = append(cells, held)
	}
	if imports != "" {
		cells = append([]string{imports}, cells...)
	}
	for _, name := range c.inits {
		cells = append(cells, name+"()")
	}
	for _, s := range c.main.Body.List {
		if _, empty := s.(*ast.EmptyStmt); !empty {
			cells = append(cells, c.node(s)+";")
		}
	}
	return cells
}
