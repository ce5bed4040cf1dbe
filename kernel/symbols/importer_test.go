package symbols

import (
	"bytes"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/tools/go/gcexportdata"
)

func TestImporterServesAChecker(t *testing.T) {
	const source = `package main

import (
	"fmt"
	"math"
	"os"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/plotter"

	"gaspard/lib/job"
)

type square struct{}

func (square) Dims() (r, c int)    { return 2, 2 }
func (square) At(i, j int) float64 { return math.Pi }
func (square) T() mat.Matrix       { return square{} }

var m mat.Matrix = square{}
var xys plotter.XYer = plotter.XYs{{X: 1, Y: 2}}
var w fmt.Stringer
var f *os.File
var monitor *job.Monitor

func main() { xs := []int{2, 1}; slices.Sort(xs); fmt.Fprintln(f, m, xys, w, xs, monitor) }
`
	if err := check(source); err != nil {
		t.Error(err)
	}
	if err := check(strings.Replace(source, "slices.Sort(xs)", "slices.Sort(m)", 1)); err == nil {
		t.Error("slices.Sort of a matrix passed the check")
	}
}

func check(source string) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "cell", source, 0)
	if err != nil {
		return err
	}
	conf := types.Config{Importer: NewImporter(fset)}
	_, err = conf.Check("main", fset, []*ast.File{f}, nil)
	return err
}

// TestTypesAreShared: a type reached through one package is the type found by
// importing its own, whichever came first.
func TestTypesAreShared(t *testing.T) {
	for _, order := range [][]string{{"os", "os/exec"}, {"os/exec", "os"}} {
		im := NewImporter(token.NewFileSet())
		packages := map[string]*types.Package{}
		for _, path := range order {
			pkg, err := im.Import(path)
			if err != nil {
				t.Fatal(err)
			}
			packages[path] = pkg
		}
		st := packages["os/exec"].Scope().Lookup("Cmd").Type().Underlying().(*types.Struct)
		var process types.Type
		for field := range st.Fields() {
			if field.Name() == "Process" {
				process = field.Type()
			}
		}
		want := types.NewPointer(packages["os"].Scope().Lookup("Process").Type())
		if process == nil || !types.Identical(process, want) {
			t.Errorf("after %v, the field exec.Cmd.Process has type %v, want %v", order, process, want)
		}
		if again, err := im.Import("os"); err != nil || again != packages["os"] || !again.Complete() {
			t.Errorf("a second import of os gave %v, %v", again, err)
		}
	}
}

func TestImporterRefusesTheUnknown(t *testing.T) {
	im := NewImporter(token.NewFileSet())
	for _, path := range []string{"syscall", "internal/abi", "github.com/x/y", ""} {
		if pkg, err := im.Import(path); err == nil {
			t.Errorf("%q gave %v", path, pkg)
		}
	}
	if pkg, err := im.Import("unsafe"); err != nil || pkg != types.Unsafe {
		t.Errorf("unsafe gave %v, %v", pkg, err)
	}
}

// TestVariantsAreOfTheirPlatform reads what is embedded for other platforms,
// too: a folded runtime.GOOS must be the user's.
func TestVariantsAreOfTheirPlatform(t *testing.T) {
	variants := 0
	for _, r := range exportData() {
		for _, name := range r.Names() {
			path, platform, ok := strings.Cut(name, "@")
			if !ok {
				continue
			}
			variants++
			blob, _, err := r.Blob(name)
			if err != nil {
				t.Fatal(err)
			}
			pkg, err := gcexportdata.Read(bytes.NewReader(blob), token.NewFileSet(), map[string]*types.Package{}, path)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if path != "runtime" {
				continue
			}
			goos := constant.StringVal(pkg.Scope().Lookup("GOOS").(*types.Const).Val())
			goarch := constant.StringVal(pkg.Scope().Lookup("GOARCH").(*types.Const).Val())
			if goos+"/"+goarch != platform {
				t.Errorf("%s says it is of %s/%s", name, goos, goarch)
			}
		}
	}
	if variants == 0 {
		t.Error("no package differs between platforms")
	}
	pkg, err := NewImporter(token.NewFileSet()).Import("runtime")
	if err != nil {
		t.Fatal(err)
	}
	if goos := constant.StringVal(pkg.Scope().Lookup("GOOS").(*types.Const).Val()); goos != runtime.GOOS {
		t.Errorf("runtime.GOOS is %q to the checker, %q to the program", goos, runtime.GOOS)
	}
}

// BenchmarkImport is what a first cell with figures pays.
func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		im := NewImporter(token.NewFileSet())
		for _, path := range []string{"fmt", "math", "gonum.org/v1/gonum/mat", "gonum.org/v1/plot/plotter"} {
			if _, err := im.Import(path); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkOpen is the cost of opening all archives.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		openExportData()
	}
}
