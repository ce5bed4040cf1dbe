package symbols

import (
	"errors"
	"go/token"
	"go/types"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/traefik/yaegi/interp"
)

// Set is the packages that the cells of a session may use: all of them, or those
// that neither start processes nor reach the network.
type Set struct {
	Safe bool
}

// withheld are the packages that a safe set lacks, beside those under net that
// are not in harmless.
var withheld = []string{
	"crypto/tls",  // dials and listens
	"go/build",    // asks the go command
	"go/importer", // asks the go command
	"log/syslog",  // dials
	"net",
	"os/exec",
	"os/signal", // takes the kernel's own signals
	"plugin",
	"runtime/cgo",
	"runtime/debug", // changes the kernel's limits
	"syscall",
	"unsafe",
}

// harmless are packages under net that only take text apart.
var harmless = []string{"net/mail", "net/netip", "net/url"}

// withheldNames are names that a safe set lacks of packages that it has. Their
// functions are there for the type checker, and say so when they are called.
var withheldNames = map[string][]string{
	"os": {"FindProcess", "NewFile", "StartProcess"},
}

// Has reports whether the set may hold a path. That the path exists is another
// matter.
func (s Set) Has(importPath string) bool {
	if !s.Safe {
		return true
	}
	if strings.HasPrefix(importPath, "net/") {
		return slices.Contains(harmless, importPath)
	}
	return !slices.Contains(withheld, importPath)
}

// Packages lists the import paths of the set, in order.
func (s Set) Packages() []string {
	return slices.DeleteFunc(Packages(), func(p string) bool { return !s.Has(p) })
}

// Exports is [Exports] of the set's packages.
func (s Set) Exports() interp.Exports {
	if !s.Safe {
		return Exports()
	}
	return safeExports()
}

var safeExports = sync.OnceValue(func() interp.Exports {
	set := Set{Safe: true}
	exports := maps.Clone(Exports())
	for key, table := range exports {
		importPath := path.Dir(key)
		if key == "." {
			continue
		}
		if !set.Has(importPath) {
			delete(exports, key)
			continue
		}
		if names := withheldNames[importPath]; names != nil {
			table = maps.Clone(table)
			for _, name := range names {
				table[name] = refusing(path.Base(importPath)+"."+name, table[name])
			}
			exports[key] = table
		}
	}
	return exports
})

// refusing is a function of the same type that panics with a sentence.
func refusing(name string, function reflect.Value) reflect.Value {
	return reflect.MakeFunc(function.Type(), func([]reflect.Value) []reflect.Value {
		panic(notSafe(name))
	})
}

func notSafe(name string) string { return name + " is not available with --safe" }

// NewImporter is [NewImporter] for the set.
func (s Set) NewImporter(fset *token.FileSet) types.Importer {
	all := NewImporter(fset)
	if !s.Safe {
		return all
	}
	return safeImporter{s, all}
}

var errNotSafe = errors.New("not one of the safe packages")

type safeImporter struct {
	set Set
	all types.Importer
}

func (im safeImporter) Import(path string) (*types.Package, error) {
	if !im.set.Has(path) {
		return nil, errNotSafe // the sentence is Unavailable's
	}
	return im.all.Import(path)
}

// Unavailable is [Unavailable] for the set.
func (s Set) Unavailable(path string) string {
	if !s.Has(path) {
		return notSafe(path)
	}
	return Unavailable(path)
}
