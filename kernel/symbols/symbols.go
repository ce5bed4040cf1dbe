// Package symbols knows the native packages a cell may import: the standard
// library, parts of gonum and gonum/plot, and every package of lib and plots.
// For each it has the table the interpreter runs on, the export data the type
// checker reads, and the documentation.
//
// All of that is generated. After a change to what lib or plots export, run in
// this folder
//
//	go run ./internal/gen -own
//
// and after a change of toolchain or of gonum, go generate, which does
// everything. The same sources and toolchain give the same bytes on any
// machine. Nothing is unpacked before it is asked for.
package symbols

//go:generate go run ./internal/gen

import (
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/traefik/yaegi/interp"

	_ "gaspard/kernel/symbols/internal/gonum" // its tables
	_ "gaspard/kernel/symbols/internal/own"   // its tables
	_ "gaspard/kernel/symbols/internal/std"   // its tables
	"gaspard/kernel/symbols/internal/table"
)

// catalog is what the tables say of packages, gathered once.
type catalog struct {
	paths   []string            // sorted
	names   map[string]string   // package names, by path
	byName  map[string][]string // paths, best first, by package name
	generic map[string][]string // by path
}

var packages = sync.OnceValue(func() *catalog {
	c := &catalog{names: map[string]string{}, byName: map[string][]string{}, generic: map[string][]string{}}
	for _, p := range table.All() { // a package may come in parts
		if _, ok := c.names[p.Path]; !ok {
			c.paths = append(c.paths, p.Path)
			c.names[p.Path] = p.Name
		}
		c.generic[p.Path] = append(c.generic[p.Path], p.Generic...)
	}
	slices.Sort(c.paths)
	for _, path := range c.paths {
		name := c.names[path]
		c.byName[name] = append(c.byName[name], path)
	}
	for name, paths := range c.byName {
		slices.SortStableFunc(paths, func(a, b string) int { return rank(name, a) - rank(name, b) })
	}
	return c
})

// Packages lists the import paths a cell may use, in order.
func Packages() []string { return slices.Clone(packages().paths) }

// Generic lists the names of a package that its table lacks because the
// interpreter cannot hold them: generic functions, generic types, and
// interfaces that are constraints.
func Generic(path string) []string { return slices.Clone(packages().generic[path]) }

// Exports is the interpreter's form of all tables, by "import/path/name". An
// entry named _T is the struct that makes interpreted values implement the
// interface T. The key "." holds which of their methods interpreted values keep
// when they are handed to functions that look for them, such as fmt.Println.
// The maps are shared: whoever changes one must copy it first.
//
// Building them takes about a millisecond, the first time.
var Exports = sync.OnceValue(func() interp.Exports {
	sizes := map[string]int{}
	for _, p := range table.All() {
		sizes[p.Path] += len(p.Values) + len(p.Vars) + len(p.Untyped)
	}
	exports := make(interp.Exports, len(sizes)+1)
	for _, p := range table.All() {
		key := path.Join(p.Path, p.Name)
		if exports[key] == nil {
			exports[key] = make(map[string]reflect.Value, sizes[p.Path])
		}
		p.Fill(exports[key])
	}
	exports["."] = map[string]reflect.Value{"MapTypes": reflect.ValueOf(keptMethods(exports))}
	return exports
})

// isOwn reports whether a path is one of this module's packages.
func isOwn(path string) bool { return strings.HasPrefix(path, "gaspard/") }

// isStd reports whether a path is of the standard library.
func isStd(path string) bool { return !isOwn(path) && !strings.Contains(path, ".") }
