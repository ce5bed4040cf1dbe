package symbols

import (
	"go/build"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gaspard/kernel/symbols/internal/apidoc"
	"gaspard/kernel/symbols/internal/own"
)

func TestDoc(t *testing.T) {
	for _, c := range []struct{ path, name, signature, text string }{
		{"fmt", "", "package fmt", "formatted I/O"},
		{"fmt", "Println", "func Println(a ...any) (n int, err error)", "default formats"},
		{"fmt", "Stringer.String", "String() string", ""},
		{"math", "Pi", "const Pi = ", "oeis.org"},
		{"time", "Tuesday", "const Tuesday Weekday", ""},
		{"io", "EOF", "var EOF = errors.New(\"EOF\")", "no more input"},
		{"net/http", "Request.Host", "Host string", "For server requests"},
		{"builtin", "append", "func append(slice []Type, elems ...Type) []Type", "resliced"},
		{"gonum.org/v1/gonum/mat", "Dense.Mul", "func (m *Dense) Mul(a, b Matrix)", "matrix product"},
		{"gonum.org/v1/gonum/mat", "Dense", "type Dense struct {", "Dense is a dense matrix"},
		{"gaspard/lib/job", "", "package job", ""},
		{"gaspard/lib/job", "Monitor", "type Monitor struct {", "Monitor"},
		{"gaspard/lib/job", "BadData", "func BadData(", ""},
	} {
		signature, text, ok := Doc(c.path, c.name)
		if !ok || !strings.HasPrefix(signature, c.signature) || !strings.Contains(text, c.text) {
			t.Errorf("%s %s: %q, %q, %v", c.path, c.name, signature, text, ok)
		}
	}
	for _, c := range [][2]string{{"fmt", "Nothing"}, {"nothing", ""}, {"fmt", "pp"}} {
		if _, _, ok := Doc(c[0], c[1]); ok {
			t.Errorf("%s has documentation for %q", c[0], c[1])
		}
	}
}

// TestEverythingIsDocumented: what tables have on the platform that
// documentation is taken from, documentation has.
func TestEverythingIsDocumented(t *testing.T) {
	for p, pkg := range imported(t) {
		if _, _, ok := Doc(p, ""); !ok && (runtime.GOOS == "linux" || isOwn(p)) {
			t.Errorf("%s has no documentation", p)
		}
		if runtime.GOOS != "linux" && !isOwn(p) {
			continue
		}
		for _, name := range pkg.Scope().Names() {
			if _, _, ok := Doc(p, name); !ok && token.IsExported(name) {
				t.Errorf("%s.%s has no documentation", p, name)
			}
		}
	}
}

// TestOwnDataIsFresh compares what was generated for lib and plots with their
// source, by declarations and comments.
func TestOwnDataIsFresh(t *testing.T) {
	root := filepath.Join("..", "..")
	found := map[string]bool{}
	for _, top := range []string{"lib", "plots"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(dir string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(root, dir)
			if err != nil {
				return err
			}
			p := path.Join("gaspard", filepath.ToSlash(rel))
			if files := sources(dir); len(files) > 0 && apidoc.ForCells(p) {
				found[p] = true
				checkFresh(t, p, files)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	for _, r := range archives(own.Docs) {
		for _, name := range r.Names() {
			if !found[name] {
				t.Errorf("%s is gone: %s", name, regenerate)
			}
		}
	}
}

const regenerate = "run go run ./internal/gen -own in kernel/symbols"

// sources are the files of the package in dir on the platform whose
// documentation is taken.
func sources(dir string) []string {
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled = "linux", "amd64", false
	pkg, err := ctx.ImportDir(dir, 0)
	if err != nil || pkg.Name == "main" {
		return nil
	}
	var files []string
	for _, name := range slices.Concat(pkg.GoFiles, pkg.TestGoFiles, pkg.XTestGoFiles) {
		files = append(files, filepath.Join(dir, name))
	}
	return files
}

func checkFresh(t *testing.T, p string, files []string) {
	t.Helper()
	docs, err := apidoc.Read(p, files)
	if err != nil {
		t.Error(err)
		return
	}
	blob, ok := unpack(docArchives(), p)
	if !ok {
		t.Errorf("%s is new: %s", p, regenerate)
		return
	}
	generated := apidoc.Decode(blob)
	for name, entry := range docs {
		if generated[name] != entry {
			t.Errorf("%s.%s has changed: %s", p, name, regenerate)
		}
	}
	for name := range generated {
		if _, ok := docs[name]; !ok {
			t.Errorf("%s.%s is gone: %s", p, name, regenerate)
		}
	}
}

// TestNoMachinePaths looks for folders of the machine that generated the data.
func TestNoMachinePaths(t *testing.T) {
	out, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE", "GOCACHE", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for folder := range strings.Lines(string(out)) {
		folder = strings.TrimSuffix(strings.TrimSpace(folder), "go.mod")
		if strings.Count(filepath.ToSlash(filepath.Clean(folder)), "/") > 1 { // anything may mention /src
			folders = append(folders, folder)
		}
	}
	clean := func(where, text string) {
		for _, folder := range folders {
			if strings.Contains(text, folder+"/src/") || folder != folders[0] && strings.Contains(text, folder) {
				t.Errorf("%s mentions %s", where, folder)
			}
		}
	}
	for _, r := range slices.Concat(exportData(), docArchives()) {
		for _, name := range r.Names() {
			blob, _, err := r.Blob(name)
			if err != nil {
				t.Fatal(err)
			}
			clean(name, string(blob))
		}
	}
	files, err := filepath.Glob(filepath.Join("internal", "*", "*.go"))
	if err != nil || len(files) < len(Packages()) {
		t.Fatalf("%d generated files, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		clean(name, string(text))
	}
}
