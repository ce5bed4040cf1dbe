package symbols

import (
	"slices"
	"strings"
	"testing"
)

func TestPreloaded(t *testing.T) {
	for name, want := range map[string]string{
		"rand":     "math/rand/v2",
		"template": "text/template",
		"draw":     "gonum.org/v1/plot/vg/draw",
		"mat":      "gonum.org/v1/gonum/mat",
		"stat":     "gonum.org/v1/gonum/stat",
		"floats":   "gonum.org/v1/gonum/floats",
		"distuv":   "gonum.org/v1/gonum/stat/distuv",
		"optimize": "gonum.org/v1/gonum/optimize",
		"plot":     "gonum.org/v1/plot",
		"plotter":  "gonum.org/v1/plot/plotter",
		"path":     "path",
		"filepath": "path/filepath",
		"job":      "gaspard/lib/job",
	} {
		if got, ok := Preloaded(name); !ok || got != want {
			t.Errorf("%s stands for %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"v2", "unsafe", "syscall", "nothing"} {
		if path, ok := Preloaded(name); ok {
			t.Errorf("%s stands for %s", name, path)
		}
	}
	if got := Candidates("rand"); !slices.Equal(got, []string{"math/rand/v2", "crypto/rand", "math/rand"}) {
		t.Errorf("packages named rand: %v", got)
	}
}

// TestEveryNameIsDecided: where packages share a name, one of them comes first
// for a reason, not by the alphabet, and none of ours takes a name away from the
// standard library.
func TestEveryNameIsDecided(t *testing.T) {
	for name, paths := range packages().byName {
		if len(paths) > 1 && rank(name, paths[0]) == rank(name, paths[1]) {
			t.Errorf("%s stands for %s, but could be %s", name, paths[0], paths[1])
		}
		if isOwn(paths[0]) && len(paths) > 1 {
			t.Errorf("%s hides %s", paths[0], paths[1])
		}
	}
	for name, path := range chosen {
		if !slices.Contains(Candidates(name), path) {
			t.Errorf("%s is to stand for %s, which is not there", name, path)
		}
	}
}

func TestUnavailable(t *testing.T) {
	for path, want := range map[string]string{
		"gonum/mat":             "did you mean gonum.org/v1/gonum/mat?",
		"encoding/jsn":          "did you mean encoding/json?",
		"math/rnd":              "did you mean math/rand?",
		"lib/job":               "did you mean gaspard/lib/job?",
		"lib/tensr":             "did you mean gaspard/lib/tensor?",
		"unsafe":                "unsafe",
		"golang.org/x/exp/rand": "math/rand/v2",
		"internal/abi":          "internal to its module",
		"github.com/x/y":        "a cell can import the standard library",
		"":                      "a cell can import the standard library",
	} {
		if got := Unavailable(path); !strings.Contains(got, want) {
			t.Errorf("of %q it says %q, want %q", path, got, want)
		}
	}
	for path := range reasons {
		if slices.Contains(Packages(), path) {
			t.Errorf("there is a reason why %s is not there, but it is", path)
		}
	}
}
