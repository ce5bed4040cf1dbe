// Package apidoc takes the documentation of exported names out of Go source.
package apidoc

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// ForCells reports whether a package of this module is one that cells import:
// everything in lib and plots but what serves only them, and the benchmarks.
func ForCells(path string) bool {
	parts := strings.Split(path, "/")
	return len(parts) > 1 && parts[0] == "gaspard" && (parts[1] == "lib" && len(parts) > 2 || parts[1] == "plots") &&
		!slices.Contains(parts, "internal") && !slices.Contains(parts, "testdata") && !strings.HasPrefix(path+"/", "gaspard/lib/bench/")
}

// Entry documents one name. Text ends in an example where there is one.
type Entry struct{ Signature, Text string }

// Docs are the entries of a package by name: "" for the package itself,
// "Sinkhorn" for what it declares, "Result.Plan" for methods and fields.
type Docs map[string]Entry

// Encode writes docs as text, the same for the same docs.
func Encode(docs Docs) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(docs)) {
		for _, part := range []string{name, docs[name].Signature, docs[name].Text} {
			b.WriteString(strings.ReplaceAll(part, "\x00", ""))
			b.WriteByte(0)
		}
	}
	return b.Bytes()
}

// Decode reads what Encode wrote.
func Decode(b []byte) Docs {
	docs := Docs{}
	parts := strings.Split(string(b), "\x00")
	for ; len(parts) > 3; parts = parts[3:] {
		docs[parts[0]] = Entry{parts[1], parts[2]}
	}
	return docs
}

// Read collects the docs of the package made of the given files. Those of its
// tests are looked at for examples.
func Read(path string, files []string) (Docs, error) {
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range files {
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}
	mode := doc.Mode(0)
	if path == "builtin" {
		mode = doc.AllDecls // its names begin with small letters
	}
	pkg, err := doc.NewFromFiles(fset, parsed, path, mode)
	if err != nil {
		return nil, fmt.Errorf("documentation of %s: %w", path, err)
	}
	c := &collector{fset: fset, docs: Docs{}}
	c.docs[""] = Entry{"package " + pkg.Name, strings.TrimSpace(pkg.Doc)}
	c.values(pkg.Consts)
	c.values(pkg.Vars)
	c.funcs("", pkg.Funcs)
	for _, t := range pkg.Types {
		c.typ(t)
	}
	c.examples(pkg)
	return c.docs, nil
}

// examples adds to every documented name its first example.
func (c *collector) examples(pkg *doc.Package) {
	c.example("", pkg.Examples)
	for _, f := range pkg.Funcs {
		c.example(f.Name, f.Examples)
	}
	for _, t := range pkg.Types {
		c.example(t.Name, t.Examples)
		for _, f := range t.Funcs {
			c.example(f.Name, f.Examples)
		}
		for _, f := range t.Methods {
			c.example(t.Name+"."+f.Name, f.Examples)
		}
	}
}

// maxExample is how many lines an example may have to be shown below a comment.
const maxExample = 30

func (c *collector) example(name string, list []*doc.Example) {
	entry := c.docs[name]
	for _, ex := range list { // those without a suffix come first
		body, ok := ex.Code.(*ast.BlockStmt)
		if !ok || entry.Text == "" {
			continue
		}
		code := c.print(&printer.CommentedNode{Node: body, Comments: ex.Comments})
		code = strings.TrimSuffix(strings.TrimPrefix(code, "{"), "}")
		code = strings.TrimRight(outputComment.Split(code, 2)[0], " \t\n")
		output := strings.TrimSpace(ex.Output)
		if code == "" || strings.Count(code+output, "\n") > maxExample {
			continue
		}
		entry.Text += "\n\nExample:\n" + code // indented by a tab already, hence code of the comment
		if output != "" {
			entry.Text += "\n\nprints\n\n\t" + strings.ReplaceAll(output, "\n", "\n\t")
		}
		c.docs[name] = entry
		return
	}
}

var outputComment = regexp.MustCompile(`(?mi)^\s*//\s*(unordered )?output:`)

type collector struct {
	fset *token.FileSet
	docs Docs
}

func (c *collector) funcs(prefix string, list []*doc.Func) {
	for _, f := range list {
		decl := *f.Decl
		decl.Doc, decl.Body = nil, nil
		c.docs[prefix+f.Name] = Entry{c.print(&decl), strings.TrimSpace(f.Doc)}
	}
}

// typ collects a type with everything that go/doc files under it.
func (c *collector) typ(t *doc.Type) {
	for _, spec := range t.Decl.Specs {
		ts := spec.(*ast.TypeSpec)
		if ts.Name.Name != t.Name {
			continue
		}
		bare := *ts
		bare.Doc = nil
		c.docs[t.Name] = Entry{c.print(&ast.GenDecl{Tok: token.TYPE, Specs: []ast.Spec{&bare}}), strings.TrimSpace(t.Doc)}
		switch x := ts.Type.(type) {
		case *ast.StructType:
			c.fields(t.Name, x.Fields)
		case *ast.InterfaceType:
			c.fields(t.Name, x.Methods)
		}
	}
	c.values(t.Consts)
	c.values(t.Vars)
	c.funcs("", t.Funcs)
	c.funcs(t.Name+".", t.Methods)
}

// fields collects the fields of a struct or the methods of an interface.
func (c *collector) fields(typeName string, list *ast.FieldList) {
	for _, f := range list.List {
		text := strings.TrimSpace(f.Doc.Text())
		if text == "" {
			text = strings.TrimSpace(f.Comment.Text())
		}
		for _, name := range f.Names {
			if !name.IsExported() {
				continue
			}
			signature := name.Name + " " + c.print(f.Type)
			if ft, ok := f.Type.(*ast.FuncType); ok && f.Tag == nil && ft.Func == token.NoPos {
				signature = name.Name + strings.TrimPrefix(c.print(f.Type), "func") // a method of an interface
			}
			c.docs[typeName+"."+name.Name] = Entry{signature, text}
		}
	}
}

// values collects constants or variables. A name without a comment of its own
// has the comment of its group.
func (c *collector) values(list []*doc.Value) {
	for _, v := range list {
		var last *ast.ValueSpec // the one whose type and values are repeated
		for _, spec := range v.Decl.Specs {
			vs := spec.(*ast.ValueSpec)
			if vs.Type != nil || len(vs.Values) > 0 {
				last = vs
			}
			text := strings.TrimSpace(vs.Doc.Text())
			if text == "" {
				text = strings.TrimSpace(vs.Comment.Text())
			}
			if text == "" {
				text = strings.TrimSpace(v.Doc)
			}
			for i, name := range vs.Names {
				c.docs[name.Name] = Entry{c.valueSignature(v.Decl.Tok, vs, last, i), text}
			}
		}
	}
}

func (c *collector) valueSignature(tok token.Token, vs, last *ast.ValueSpec, i int) string {
	signature := tok.String() + " " + vs.Names[i].Name
	if last != nil && last.Type != nil {
		signature += " " + c.print(last.Type)
	}
	if len(vs.Values) == len(vs.Names) {
		if text := c.print(vs.Values[i]); !strings.Contains(text, "\n") {
			signature += " = " + text
		}
	}
	return signature
}

func (c *collector) print(node any) string {
	var b bytes.Buffer
	if err := format.Node(&b, c.fset, node); err != nil {
		return ""
	}
	return b.String()
}
