package main

import (
	"bytes"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConstraint(t *testing.T) {
	for _, c := range []struct {
		ts               []target
		constraint, file string
	}{
		{targets, "", "os-exec.go"},
		{targets[:4], "darwin || linux", "os-exec.darwin.linux.go"},
		{targets[4:], "windows", "os-exec.windows.go"},
		{targets[:1], "(linux && amd64)", "os-exec.linux.amd64.go"},
		{targets[1:3], "(darwin && amd64) || (linux && arm64)", "os-exec.darwin.amd64.linux.arm64.go"},
	} {
		if got := constraint(c.ts); got != c.constraint {
			t.Errorf("%v: constraint %q, want %q", c.ts, got, c.constraint)
		}
		if got := fileName("os/exec", c.constraint); got != c.file {
			t.Errorf("%v: file %q, want %q", c.ts, got, c.file)
		}
	}
}

func TestFloatText(t *testing.T) {
	third := constant.BinaryOp(constant.MakeInt64(1), token.QUO, constant.MakeInt64(3))
	for _, c := range []struct {
		value constant.Value
		want  string // the beginning
	}{
		{constant.MakeFromLiteral("0.1", token.FLOAT, 0), "0.1"},
		{constant.MakeFloat64(2), "2"},
		{third, "0.333"},
		{constant.MakeFromLiteral("0x1p-1074", token.FLOAT, 0), "4.94"},
	} {
		text := floatText(c.value)
		back := constant.MakeFromLiteral(text, token.FLOAT, 0)
		got, _ := constant.Float64Val(back)
		want, _ := constant.Float64Val(c.value)
		if !strings.HasPrefix(text, c.want) || got != want {
			t.Errorf("%v became %s", c.value, text)
		}
	}
	if text := floatText(constant.MakeFromLiteral("0.1", token.FLOAT, 0)); text != "0.1" {
		t.Errorf("0.1 became %s", text)
	}
}

const sample = `package sample

type Number interface{ ~int | ~float64 }

type List[T any] struct{ items []T }

func Sum[T Number](xs []T) (s T) { return }

const Huge = 1 << 100
const Letter = 'x'
const Typed int8 = 3

var Counter int

type Shape interface {
	Area(unit string, table ...int) (float64, error)
	String() string
}

type closed interface{ Shape; hidden() }
type Closed interface{ closed }
type Same = Shape

func Plain(l *List[int]) {}
`

func sampleSource(t *testing.T) string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "sample.go", sample, 0)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{IgnoreFuncBodies: true, Importer: importer.Default()}
	pkg, err := conf.Check("gaspard/lib/sample", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	loaded := map[target]map[string]*types.Package{}
	for _, p := range targets {
		loaded[p] = map[string]*types.Package{"gaspard/lib/sample": pkg}
	}
	files := map[string][]byte{}
	if err := tableFiles(group{"own", []string{"gaspard/lib/sample"}}, loaded, files); err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	return string(files["lib-sample.go"])
}

func TestTableFiles(t *testing.T) {
	source := sampleSource(t)
	for _, want := range []string{
		`"gaspard/lib/sample"`,
		`Generic: []string{"List", "Number", "Sum"}`,
		`{Name: "Plain", Value: sample.Plain},`,
		`{Name: "Typed", Value: sample.Typed},`,
		`{Name: "Counter", Value: &sample.Counter},`,
		`{Name: "Huge", Kind: table.Int, Text: "1267650600228229401496703205376"},`,
		`{Name: "Letter", Kind: table.Rune, Text: "120"},`,
		`{Name: "_Shape", Value: (*lib_sample_Shape)(nil)},`,
		`{Name: "Same", Value: (*sample.Same)(nil)},`,
		"func (W lib_sample_Shape) Area(a0 string, a1 ...int) (float64, error) {\n\treturn W.WArea(a0, a1...)\n}",
	} {
		if !strings.Contains(source, want) {
			t.Errorf("the table lacks %s", want)
		}
	}
	for _, not := range []string{`"_Closed"`, `"_Same"`, `"closed"`} {
		if strings.Contains(source, not) {
			t.Errorf("the table has %s", not)
		}
	}
	if t.Failed() {
		t.Log(source)
	}
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("gone.go", generated+"\npackage own\n")
	write("archives.go", "package own\n")
	files := map[string][]byte{"new.go": []byte(generated), "types.bin": {1}}
	if err := replace(dir, files); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"gone.go": false, "archives.go": true, "new.go": true, "types.bin": true} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if (err == nil) != want {
			t.Errorf("%s is there: %v", name, err == nil)
		}
		if files[name] != nil && !bytes.Equal(content, files[name]) {
			t.Errorf("%s holds %q", name, content)
		}
	}
}
