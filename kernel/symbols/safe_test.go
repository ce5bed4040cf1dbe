package symbols

import (
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestSafeSetHasNoWayOut(t *testing.T) {
	safe := Set{Safe: true}
	importer := safe.NewImporter(token.NewFileSet())
	paths := safe.Packages()
	for _, p := range []string{"os/exec", "net", "net/http", "net/http/httptest", "net/rpc", "net/smtp", "syscall", "unsafe", "os/signal", "plugin", "runtime/debug"} {
		if slices.Contains(paths, p) {
			t.Errorf("%s is listed", p)
		}
		if _, err := importer.Import(p); err == nil {
			t.Errorf("%s can be imported", p)
		}
		if got, want := safe.Unavailable(p), p+" is not available with --safe"; got != want {
			t.Errorf("Unavailable(%s) = %q, want %q", p, got, want)
		}
	}
	for _, p := range []string{"os", "fmt", "net/url", "gaspard/lib/ot", "gonum.org/v1/gonum/mat"} {
		if _, err := importer.Import(p); err != nil || !slices.Contains(paths, p) {
			t.Errorf("%s is missing: %v", p, err)
		}
	}
	exports := safe.Exports()
	for key := range exports {
		if key != "." && !slices.Contains(paths, path.Dir(key)) {
			t.Errorf("the tables hold %s", key)
		}
	}
	if len(exports) != len(paths)+1 {
		t.Errorf("%d tables for %d packages", len(exports), len(paths))
	}
	for p, names := range withheldNames {
		for _, name := range names {
			function := exports[path.Join(p, path.Base(p))][name]
			if original := Exports()[path.Join(p, path.Base(p))][name]; function.Type() != original.Type() || function.Pointer() == original.Pointer() {
				t.Errorf("%s.%s is not replaced by a function of its type", p, name)
			}
		}
	}
	if got := safe.Unavailable("os/exce"); strings.Contains(got, "--safe") {
		t.Errorf("a misspelt path: %q", got)
	}
}

func TestFullSetIsEverything(t *testing.T) {
	all := Set{}
	if !slices.Equal(all.Packages(), Packages()) || len(all.Exports()) != len(Exports()) {
		t.Error("the full set lacks something")
	}
	if got := all.Unavailable("plugin"); got != Unavailable("plugin") {
		t.Errorf("Unavailable(plugin) = %q", got)
	}
}
