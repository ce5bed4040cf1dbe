package main

import (
	"slices"
	"strings"

	"gaspard/kernel/symbols/internal/apidoc"
)

// gonumPaths are the packages of gonum and gonum/plot that cells may import.
// Each one adds to the size of the program.
var gonumPaths = []string{
	"gonum.org/v1/gonum/blas",
	"gonum.org/v1/gonum/blas/blas64",
	"gonum.org/v1/gonum/diff/fd",
	"gonum.org/v1/gonum/dsp/fourier",
	"gonum.org/v1/gonum/floats",
	"gonum.org/v1/gonum/floats/scalar",
	"gonum.org/v1/gonum/graph",
	"gonum.org/v1/gonum/graph/simple",
	"gonum.org/v1/gonum/integrate",
	"gonum.org/v1/gonum/integrate/quad",
	"gonum.org/v1/gonum/interp",
	"gonum.org/v1/gonum/lapack",
	"gonum.org/v1/gonum/lapack/lapack64",
	"gonum.org/v1/gonum/mat",
	"gonum.org/v1/gonum/mathext",
	"gonum.org/v1/gonum/optimize",
	"gonum.org/v1/gonum/optimize/convex/lp",
	"gonum.org/v1/gonum/spatial/r2",
	"gonum.org/v1/gonum/spatial/r3",
	"gonum.org/v1/gonum/stat",
	"gonum.org/v1/gonum/stat/combin",
	"gonum.org/v1/gonum/stat/distmv",
	"gonum.org/v1/gonum/stat/distuv",
	"gonum.org/v1/plot",
	"gonum.org/v1/plot/font",
	"gonum.org/v1/plot/palette",
	"gonum.org/v1/plot/palette/moreland",
	"gonum.org/v1/plot/plotter",
	"gonum.org/v1/plot/plotutil",
	"gonum.org/v1/plot/text",
	"gonum.org/v1/plot/vg",
	"gonum.org/v1/plot/vg/draw",
	"gonum.org/v1/plot/vg/vgimg",
	"gonum.org/v1/plot/vg/vgpdf",
	"gonum.org/v1/plot/vg/vgsvg",
}

// stdLeftOut are the packages of the standard library that cells do without:
// those that need the compiler's or the linker's help, act when they are merely
// linked in, or serve the toolchain's own tests. Package symbols has the
// sentence for each that a user may ask for.
var stdLeftOut = map[string]bool{
	"crypto/mlkem/mlkemtest": true,
	"expvar":                 true, // serves /debug/vars once linked in
	"net/http/pprof":         true, // serves /debug/pprof once linked in
	"plugin":                 true,
	"runtime/cgo":            true,
	"runtime/coverage":       true,
	"runtime/race":           true,
	"syscall":                true, // thousands of constants, different on every platform
	"testing/cryptotest":     true,
	"testing/slogtest":       true,
	"testing/synctest":       true,
	"time/tzdata":            true, // nothing but data
	"unsafe":                 true,
}

func chooseGroups(ownOnly bool) ([]group, error) {
	own, err := listPaths([]string{"gaspard/lib/...", "gaspard/plots/..."})
	if err != nil {
		return nil, err
	}
	own = slices.DeleteFunc(own, func(path string) bool { return !apidoc.ForCells(path) })
	groups := []group{{"own", own}}
	if ownOnly {
		return groups, nil
	}
	std, err := listPaths([]string{"std"})
	if err != nil {
		return nil, err
	}
	std = slices.DeleteFunc(std, func(path string) bool {
		return stdLeftOut[path] || internal(path) || strings.HasPrefix(path, "vendor/")
	})
	return append(groups, group{"gonum", gonumPaths}, group{"std", std}), nil
}

// listPaths lists the library packages that match on any platform.
func listPaths(patterns []string) ([]string, error) {
	var paths []string
	for _, t := range targets {
		all, err := list(t, false, patterns)
		if err != nil {
			return nil, err
		}
		for _, l := range all {
			if l.Name != "main" && len(l.GoFiles) > 0 {
				paths = append(paths, l.ImportPath)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// internal reports whether the go command would refuse to let a program import
// the path.
func internal(path string) bool {
	return slices.Contains(strings.Split(path, "/"), "internal")
}
