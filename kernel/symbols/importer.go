package symbols

import (
	"bytes"
	"fmt"
	"go/token"
	"go/types"
	"runtime"
	"sync"

	"golang.org/x/tools/go/gcexportdata"

	"gaspard/kernel/symbols/internal/archive"
	"gaspard/kernel/symbols/internal/gonum"
	"gaspard/kernel/symbols/internal/own"
	"gaspard/kernel/symbols/internal/std"
)

// archives opens the embedded archives of one kind. Their bytes are part of the
// program, so one that does not open is a mistake of the build.
func archives(files ...string) []*archive.Reader {
	readers := make([]*archive.Reader, len(files))
	for i, file := range files {
		r, err := archive.Open(file)
		if err != nil {
			panic("symbols: " + err.Error())
		}
		readers[i] = r
	}
	return readers
}

var exportData = sync.OnceValue(openExportData)

func openExportData() []*archive.Reader { return archives(own.Types, gonum.Types, std.Types) }

// unpack finds a blob in one of the archives.
func unpack(readers []*archive.Reader, name string) ([]byte, bool) {
	for _, r := range readers {
		blob, ok, err := r.Blob(name)
		if err != nil {
			panic("symbols: " + err.Error())
		}
		if ok {
			return blob, true
		}
	}
	return nil, false
}

// platforms names the variants of export data that serve the user, best first.
// A platform for which nothing is generated has its system's, or else Linux's.
func platforms() []string {
	return []string{runtime.GOOS + "/" + runtime.GOARCH, runtime.GOOS + "/amd64", "linux/amd64"}
}

// NewImporter gives the type checker the packages that cells may import, read
// from the embedded export data when first asked for. Its packages have no
// positions. It must not be used while a type check with the same importer runs
// in another goroutine, since reading a package may complete another one.
func NewImporter(fset *token.FileSet) types.Importer {
	return &importer{fset: fset, loaded: map[string]*types.Package{}}
}

type importer struct {
	fset   *token.FileSet
	lock   sync.Mutex
	loaded map[string]*types.Package // incomplete ones are mentioned by others
}

// Import returns a package by its path.
func (im *importer) Import(path string) (*types.Package, error) {
	im.lock.Lock()
	defer im.lock.Unlock()
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := im.loaded[path]; p != nil && p.Complete() {
		return p, nil
	}
	blob, ok := exported(path)
	if !ok {
		return nil, fmt.Errorf("no package %q", path)
	}
	return gcexportdata.Read(bytes.NewReader(blob), im.fset, im.loaded, path)
}

// exported is the export data of a package for this platform.
func exported(path string) ([]byte, bool) {
	if blob, ok := unpack(exportData(), path); ok {
		return blob, true
	}
	if _, ok := packages().names[path]; !ok {
		return nil, false // a package of other platforms
	}
	for _, platform := range platforms() {
		if blob, ok := unpack(exportData(), path+"@"+platform); ok {
			return blob, true
		}
	}
	return nil, false
}
