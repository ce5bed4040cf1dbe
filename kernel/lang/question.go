package lang

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// Loose is what can be made out of a cell that may be wrong.
type Loose struct {
	File *ast.File
	Info *types.Info
}

// Loosely types the text of a cell among the session's live names, as far as it
// goes: errors are passed over. It serves questions about a cell that is still
// being written. The text must have its brackets in pairs. The session is not
// changed; nil says that nothing could be made out.
func (s *Session) Loosely(text string) (l *Loose) {
	defer func() {
		if recover() != nil { // go/types may trip over trees that no compiler sees
			l = nil
		}
	}()
	p := looseParse(text, "")
	if p == nil {
		return nil
	}
	if again := s.receivers(p); again != "" {
		p = looseParse(text, again)
	}
	declared, explicit := declaredNames(p.parsed), explicitImports(p.imports)
	s.clearScope()
	for name := range mentionedNames(p.file) {
		if sym := s.names[name]; sym != nil && !declared[name] && !explicit[name] {
			s.pkg.Scope().Insert(sym.obj)
		}
	}
	s.addImports(p.parsed, func(name string) bool { return declared[name] || explicit[name] || s.names[name] != nil })
	info := newInfo()
	conf := types.Config{Importer: s.resolver.Importer, GoVersion: "go1.26", Error: func(error) {}}
	_ = types.NewChecker(&conf, p.fset, s.pkg, info).Files([]*ast.File{p.file})
	return &Loose{p.file, info}
}

type looseFile struct {
	*parsed
	fset *token.FileSet
}

// receivers is the text that declares the live types to which a cell gives
// methods, and the methods that they have: go/types wants types and methods in
// one place.
func (s *Session) receivers(p *looseFile) string {
	declared := declaredNames(p.parsed)
	var b strings.Builder
	for _, d := range s.decls {
		if slices.ContainsFunc(p.decls, func(decl ast.Decl) bool {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv == nil || declared[receiverName(f)] {
				return false
			}
			return d.recv == receiverName(f) || d.recv == "" && slices.Contains(d.names, receiverName(f))
		}) {
			b.WriteString(d.chunk.text + "\n")
		}
	}
	return b.String()
}

// looseParse arranges a cell as parse does, after declarations to repeat, in files
// of its own: its positions mean nothing outside.
func looseParse(text, again string) *looseFile {
	src, err := split("", text)
	if err != nil {
		return nil
	}
	if !src.program {
		var b strings.Builder
		b.WriteString("package main\n")
		for _, k := range []kind{importItem, declItem, stmtItem} {
			if k == stmtItem {
				b.WriteString("func " + bodyName + "() {\n")
			}
			for _, it := range src.items {
				if it.kind == k {
					b.WriteString(text[it.start:it.end] + "\n")
				}
			}
		}
		b.WriteString("}\n")
		text = b.String()
	}
	text += again
	fset := token.NewFileSet()
	file, _ := parser.ParseFile(fset, "", text, parser.SkipObjectResolution|parser.AllErrors)
	if file == nil {
		return nil
	}
	return &looseFile{sortDecls(file), fset}
}

// Method finds the text that declared a method of a live type and the cell it
// came from.
func (s *Session) Method(recv, name string) (text, cell string, ok bool) {
	for _, d := range slices.Backward(s.decls) {
		if d.recv == recv && d.names[0] == name {
			return d.chunk.text, d.chunk.cell, true
		}
	}
	return "", "", false
}

// Nearest lists up to n candidates that are few edits away from a name, best
// first, a change of case counting as none.
func Nearest(name string, candidates []string, n int) []string {
	limit := 1 + len(name)/3
	near := map[string]int{}
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < limit {
			near[c] = d
		}
	}
	best := slices.SortedFunc(maps.Keys(near), func(a, b string) int {
		return cmp.Or(near[a]-near[b], cmp.Compare(a, b))
	})
	return best[:min(n, len(best))]
}
