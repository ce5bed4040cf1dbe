package symbols

import (
	"sync"

	"gaspard/kernel/symbols/internal/apidoc"
	"gaspard/kernel/symbols/internal/archive"
	"gaspard/kernel/symbols/internal/gonum"
	"gaspard/kernel/symbols/internal/own"
	"gaspard/kernel/symbols/internal/std"
)

var docArchives = sync.OnceValue(func() []*archive.Reader { return archives(own.Docs, gonum.Docs, std.Docs) })

var (
	docLock sync.Mutex
	docs    = map[string]apidoc.Docs{} // of the packages asked for so far
)

// Doc is the documentation of an exported name of a package: its declaration
// without the comment, and the comment. The name is "" for the package itself,
// "Sinkhorn" for what it declares, "Result.Plan" for methods and fields. The
// path "builtin" has the predeclared names. Where platforms differ, Linux's is
// what is documented.
func Doc(path, name string) (signature, text string, ok bool) {
	docLock.Lock()
	defer docLock.Unlock()
	ofPackage, known := docs[path]
	if !known {
		blob, found := unpack(docArchives(), path)
		if !found {
			return "", "", false
		}
		ofPackage = apidoc.Decode(blob)
		docs[path] = ofPackage
	}
	entry, ok := ofPackage[name]
	return entry.Signature, entry.Text, ok
}
