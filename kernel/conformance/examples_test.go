package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gaspard/kernel/symbols"
)

const gonum = "gonum.org/v1/gonum"

// sampling is the share of the documentation examples that every test run takes.
const sampling = 7

// unfit says which examples have no output of their own as programs.
var unfit = map[string]string{
	"log.ExampleLogger":         "prints the name of its file",
	"log.ExampleLogger_Output":  "prints the name of its file",
	"log/slog.Example_wrapping": "prints the name of its file",

	"gonum.org/v1/gonum/stat/distuv.ExampleNormal": "rounds the mean of a random sample, and at times the other way",
}

// TestExamples runs the documentation examples of the standard library and of
// gonum: code nobody here wrote, with its output. A sample unless -all is set.
func TestExamples(t *testing.T) {
	for _, c := range []struct{ name, root, prefix string }{
		{"std", filepath.Join(goCommand(t, "env", "GOROOT"), "src"), ""},
		{"gonum", goCommand(t, "list", "-m", "-f", "{{.Dir}}", gonum), gonum + "/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			programs := examples(t, c.root, c.prefix)
			total := len(programs)
			if !*all {
				programs = sample(programs)
			}
			t.Logf("%d examples of %d", len(programs), total)
			if *verify {
				differInGo(t, programs)
				return
			}
			judge(t, "examples_"+c.name, programs, *all)
		})
	}
}

// differInGo names the examples that print something else under go run than
// under go test. They belong into unfit.
func differInGo(t *testing.T, programs []*Program) {
	for i, got := range goRun(t, programs) {
		p := programs[i]
		if difference := p.difference(got); difference != "" {
			t.Errorf("%s\t%s", p.Name, difference)
		}
	}
}

func sample(programs []*Program) (out []*Program) {
	for _, p := range programs {
		if Sampled(p.Name, sampling) {
			out = append(out, p)
		}
	}
	return out
}

// examples reads the examples of the packages that cells may import and whose
// sources are below root. Those that need other packages are left out.
func examples(t *testing.T, root, prefix string) (out []*Program) {
	t.Helper()
	if _, err := os.Stat(root); root == "" || err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("there are no sources at %q", root)
		}
		t.Skipf("there are no sources at %q, so their examples are not run", root)
	}
	var foreign, bare []string
	for _, path := range symbols.Packages() {
		rest, below := strings.CutPrefix(path, prefix)
		if !below || prefix == "" && strings.Contains(path, ".") || strings.HasPrefix(path, "gaspard/") {
			continue
		}
		programs, alone, err := Examples(path, filepath.Join(root, filepath.FromSlash(rest)))
		if err != nil {
			t.Fatal(err)
		}
		bare = append(bare, alone...)
		for _, p := range programs {
			if _, _, _, err := check(p.Source); err != nil {
				foreign = append(foreign, p.Name+": "+err.Error())
				continue
			}
			if unfit[p.Name] == "" {
				out = append(out, p)
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("no example below %s", root)
	}
	t.Logf("%d examples; %d that need more than their file: %s; %d that are not programs for cells:\n%s",
		len(out), len(bare), strings.Join(bare, " "), len(foreign), strings.Join(foreign, "\n"))
	return out
}

// goCommand is what a go command prints, or "" where there is no toolchain.
func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
