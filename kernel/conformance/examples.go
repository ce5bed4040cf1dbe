package conformance

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gaspard/kernel/symbols"
)

// Examples reads the documentation examples of a package from its directory:
// those with an Output comment in the package's external tests, each as a whole
// program. An example that cannot stand alone is named in bare.
func Examples(path, dir string) (programs []*Program, bare []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		if match, err := build.Default.MatchFile(dir, name); err != nil || !match {
			continue
		}
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			return nil, nil, err
		}
		if strings.HasSuffix(file.Name.Name, "_test") {
			files = append(files, file)
		}
	}
	for _, example := range doc.Examples(files...) {
		if example.Output == "" && !example.EmptyOutput {
			continue
		}
		name := path + ".Example" + example.Name
		source, err := exampleSource(fset, files, example)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		if source == "" {
			bare = append(bare, name)
			continue
		}
		want := example.Output
		if qualifier := files[0].Name.Name + "."; !strings.Contains(source, qualifier) {
			want = strings.ReplaceAll(want, qualifier, "main.") // the types are now those of main
		}
		programs = append(programs, &Program{
			Name: name, Source: source, Want: want, Unordered: example.Unordered, Trimmed: true, Dir: dir,
		})
	}
	return programs, bare, nil
}

// exampleSource is the program go/doc makes of an example, or else one made of
// the example and the declarations of all test files that it needs. What those
// do not declare is missing, and then there is no program: "".
func exampleSource(fset *token.FileSet, files []*ast.File, example *doc.Example) (string, error) {
	var out bytes.Buffer
	if example.Play != nil {
		err := format.Node(&out, fset, example.Play)
		return out.String(), err
	}
	g := &gathering{fset: fset, decls: map[string][]ast.Decl{}, file: map[ast.Decl]*ast.File{}, taken: map[ast.Decl]bool{}}
	for _, file := range files {
		for _, decl := range file.Decls {
			g.file[decl] = file
			for _, name := range declaredNames(decl) {
				g.decls[name] = append(g.decls[name], decl)
			}
		}
	}
	for _, decl := range g.decls["Example"+example.Name] {
		g.take(decl)
	}
	source, err := g.program("Example" + example.Name)
	if err != nil {
		return "", nil
	}
	return source, nil
}

// declaredNames is what a declaration declares; a method counts for its type.
func declaredNames(decl ast.Decl) (names []string) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && names == nil {
				names = []string{id.Name}
			}
			return true
		})
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			for _, id := range specNames(spec) {
				names = append(names, id.Name)
			}
		}
	}
	return names
}

// gathering collects the declarations a program needs.
type gathering struct {
	fset  *token.FileSet
	decls map[string][]ast.Decl
	file  map[ast.Decl]*ast.File
	taken map[ast.Decl]bool
	order []ast.Decl
}

// take takes a declaration and whatever its identifiers may mean.
func (g *gathering) take(decl ast.Decl) {
	if g.taken[decl] {
		return
	}
	g.taken[decl] = true
	g.order = append(g.order, decl)
	ast.Inspect(decl, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			for _, need := range g.decls[id.Name] {
				g.take(need)
			}
		}
		return true
	})
}

// program prints what was taken, with the named function as main.
func (g *gathering) program(main string) (string, error) {
	imports, packages := map[string]bool{}, symbols.Packages()
	var out bytes.Buffer
	for _, decl := range g.order {
		for _, spec := range g.file[decl].Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err != nil || !slices.Contains(packages, path) {
				continue // not for cells; if the example does use it, the check says so
			}
			var line bytes.Buffer
			if err := format.Node(&line, g.fset, spec); err != nil {
				return "", err
			}
			imports["import "+line.String()+"\n"] = true
		}
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == main {
			out.WriteString("func main() ")
			if err := format.Node(&out, g.fset, f.Body); err != nil {
				return "", err
			}
		} else if err := format.Node(&out, g.fset, decl); err != nil {
			return "", err
		}
		out.WriteString("\n\n")
	}
	return withoutUnused("package main\n\n" + strings.Join(slices.Sorted(maps.Keys(imports)), "") + "\n" + out.String())
}

// withoutUnused checks a program and drops the imports it does not use.
func withoutUnused(text string) (string, error) {
	file, info, at, err := check(text)
	if err != nil {
		return "", err
	}
	used := map[any]bool{}
	for _, obj := range info.Uses {
		used[obj] = true
	}
	var out strings.Builder
	from := 0
	for _, decl := range file.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.IMPORT {
			continue
		}
		out.WriteString(text[from:at.Offset(d.Pos())])
		from = at.Offset(d.End())
		for _, spec := range d.Specs {
			s := spec.(*ast.ImportSpec)
			obj := info.Implicits[s]
			if s.Name != nil {
				obj = info.Defs[s.Name]
			}
			if obj == nil || used[obj] {
				out.WriteString("import " + text[at.Offset(s.Pos()):at.Offset(s.End())] + "\n")
			}
		}
	}
	out.WriteString(text[from:])
	formatted, err := format.Source([]byte(out.String()))
	return string(formatted), err
}

// Sampled picks about one in n names, always the same ones.
func Sampled(name string, n uint32) bool {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()%n == 0
}
