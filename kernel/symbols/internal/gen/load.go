package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// target is a platform the program is built for.
type target struct{ os, arch string }

func (t target) String() string { return t.os + "/" + t.arch }

// targets are the platforms for which tables and export data are right. The
// first one also decides what documentation is taken.
var targets = []target{
	{"linux", "amd64"}, {"linux", "arm64"},
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

// listed is what the go command says of a package.
type listed struct {
	ImportPath, Name, Dir string
	GoFiles               []string
	TestGoFiles           []string
	XTestGoFiles          []string
	ImportMap             map[string]string
	DepOnly               bool
}

func (l *listed) files() []string { return l.paths(l.GoFiles) }

// tests are the files that hold examples.
func (l *listed) tests() []string { return l.paths(slices.Concat(l.TestGoFiles, l.XTestGoFiles)) }

func (l *listed) paths(names []string) []string {
	files := make([]string, len(names))
	for i, name := range names {
		files[i] = filepath.Join(l.Dir, name)
	}
	return files
}

// list asks the go command for packages, with their dependencies first when
// deps is set. Packages of the patterns themselves have DepOnly false.
func list(t target, deps bool, patterns []string) ([]*listed, error) {
	args := []string{"list", "-json=ImportPath,Name,Dir,GoFiles,TestGoFiles,XTestGoFiles,ImportMap,DepOnly"}
	if deps {
		args = append(args, "-deps")
	}
	cmd := exec.Command("go", append(append(args, "--"), patterns...)...)
	cmd.Env = append(os.Environ(), "GOOS="+t.os, "GOARCH="+t.arch, "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "GOEXPERIMENT=")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list for %v: %w", t, err)
	}
	var all []*listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		l := new(listed)
		if err := dec.Decode(l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
}

// loader type-checks packages from source, without function bodies. Files are
// parsed once for all platforms.
type loader struct {
	fset  *token.FileSet
	files map[string]*ast.File
}

func newLoader() *loader {
	return &loader{fset: token.NewFileSet(), files: map[string]*ast.File{}}
}

func (ld *loader) parse(path string) (*ast.File, error) {
	if f := ld.files[path]; f != nil {
		return f, nil
	}
	f, err := parser.ParseFile(ld.fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
			fn.Body.List = nil // bodies are not checked, and take most of the memory
		}
	}
	ld.files[path] = f
	return f, nil
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// load type-checks the packages of the patterns and all they need, for one
// platform.
func (ld *loader) load(t target, patterns []string) (map[string]*types.Package, error) {
	all, err := list(t, true, patterns)
	if err != nil {
		return nil, err
	}
	loaded := map[string]*types.Package{"unsafe": types.Unsafe}
	for _, l := range all {
		if l.ImportPath == "unsafe" {
			continue
		}
		var files []*ast.File
		for _, path := range l.files() {
			f, err := ld.parse(path)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		conf := types.Config{
			IgnoreFuncBodies: true,
			Sizes:            types.SizesFor("gc", t.arch),
			Importer: importerFunc(func(path string) (*types.Package, error) {
				if mapped, ok := l.ImportMap[path]; ok {
					path = mapped
				}
				if p := loaded[path]; p != nil {
					return p, nil
				}
				return nil, fmt.Errorf("%s needs %s, which the go command did not list", l.ImportPath, path)
			}),
		}
		if loaded[l.ImportPath], err = conf.Check(l.ImportPath, ld.fset, files, nil); err != nil {
			return nil, fmt.Errorf("%s on %v: %w", l.ImportPath, t, err)
		}
	}
	return loaded, nil
}
