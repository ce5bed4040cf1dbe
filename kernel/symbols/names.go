package symbols

import (
	"slices"
	"strings"
)

// chosen decides what a bare package name stands for where several packages of
// equal standing have it.
var chosen = map[string]string{
	"debug":    "runtime/debug",
	"draw":     "gonum.org/v1/plot/vg/draw", // shapes and styles of a figure's points and lines
	"palette":  "gonum.org/v1/plot/palette",
	"pprof":    "runtime/pprof",
	"rand":     "math/rand/v2",
	"scanner":  "text/scanner",
	"template": "text/template",
}

// rank orders the packages of one name: the chosen one, our own, the standard
// library, the others.
func rank(name, path string) int {
	switch {
	case chosen[name] == path:
		return 0
	case isOwn(path):
		return 1
	case isStd(path):
		return 2
	default:
		return 3
	}
}

// Preloaded is the package that a bare name stands for in a cell that neither
// declares nor imports the name.
func Preloaded(name string) (path string, ok bool) {
	paths := packages().byName[name]
	if len(paths) == 0 {
		return "", false
	}
	return paths[0], true
}

// Candidates lists the packages of a name, the preloaded one first.
func Candidates(name string) []string { return slices.Clone(packages().byName[name]) }

// reasons say why a package that exists is not there for cells, and what to use
// instead.
var reasons = map[string]string{
	"C":                     "cells cannot use cgo",
	"expvar":                "expvar serves the program's state over HTTP as soon as it is linked in, so it is left out",
	"golang.org/x/exp/rand": "use math/rand/v2, whose generators gonum takes",
	"net/http/pprof":        "net/http/pprof serves profiles over HTTP as soon as it is linked in; use runtime/pprof",
	"plugin":                "cells cannot load plugins",
	"runtime/cgo":           "cells cannot use cgo",
	"syscall":               "syscall differs on every system and is left out; use os, os/exec or os/signal (os.Interrupt, os.Kill)",
	"testing/slogtest":      "testing/slogtest runs only under go test",
	"testing/synctest":      "testing/synctest runs only under go test",
	"time/tzdata":           "time/tzdata has nothing to call",
	"unsafe":                "cells cannot use unsafe: the interpreter lays values out in its own way",
}

// Unavailable says why a cell cannot import a path, and what comes closest.
func Unavailable(path string) string {
	if reason, ok := reasons[path]; ok {
		return reason
	}
	if slices.Contains(strings.Split(path, "/"), "internal") {
		return path + " is internal to its module"
	}
	if near := nearPaths(path); len(near) > 0 {
		return "did you mean " + alternatives(near) + "?"
	}
	const gonum = "gonum.org/v1/gonum/"
	return "a cell can import the standard library, gonum (" + below(gonum, len(gonum)) + "), gonum.org/v1/plot, and " +
		below("gaspard/", 0) + "; anything else needs a Go program of its own"
}

// below lists the packages whose path begins with a prefix, from a place in it.
func below(prefix string, from int) string {
	var names []string
	for _, p := range packages().paths {
		if strings.HasPrefix(p, prefix) {
			names = append(names, p[from:])
		}
	}
	return strings.Join(names, ", ")
}

// nearPaths lists up to three packages whose path may have been meant.
func nearPaths(path string) []string {
	base := path[strings.LastIndexByte(path, '/')+1:]
	if same := Candidates(base); len(same) > 0 {
		return same[:min(3, len(same))]
	}
	var best []string
	bestDistance, bestWhole := len(base)/3, len(path) // by the last element, then by all of it
	for _, p := range packages().paths {
		if strings.HasSuffix(p, "/"+path) {
			return []string{p}
		}
		whole := distance(path, p)
		d := min(whole, distance(base, packages().names[p]))
		if d > bestDistance || d == bestDistance && whole > bestWhole {
			continue
		}
		if d < bestDistance || whole < bestWhole {
			best = nil
		}
		best, bestDistance, bestWhole = append(best, p), d, whole
	}
	return best[:min(3, len(best))]
}

// alternatives joins paths as a question does.
func alternatives(paths []string) string {
	last := len(paths) - 1
	if last == 0 {
		return paths[0]
	}
	return strings.Join(paths[:last], ", ") + " or " + paths[last]
}

// distance counts the letters to insert, delete or replace to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // distances of a's beginning from all beginnings of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
