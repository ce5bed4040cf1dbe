package apidoc

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const source = `// Package sample is small.
package sample

import "fmt"

// Sizes of things.
const (
	Small Size = iota
	Large // the other one
)

// Size says how much.
type Size int

// String is for people.
func (s Size) String() string { return fmt.Sprint(int(s)) }

// Box holds things.
type Box struct {
	// Width is in metres.
	Width, Height float64
	Name string // as written on it
	secret int
}

// New makes a Box.
func New(name string) *Box { return &Box{Name: name} }

// Opener opens.
type Opener interface {
	// Open opens.
	Open(name string) error
	// Hook is no method.
	fmt.Stringer
}

// Default is used when
// nothing is said.
var Default, other = New("default"), 1

func hidden() {}
`

func read(t *testing.T) Docs {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sample.go")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	docs, err := Read("gaspard/sample", []string{file})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

func TestRead(t *testing.T) {
	docs := read(t)
	for name, want := range map[string]Entry{
		"":            {"package sample", "Package sample is small."},
		"Small":       {"const Small Size = iota", "Sizes of things."},
		"Large":       {"const Large Size", "the other one"},
		"Size":        {"type Size int", "Size says how much."},
		"Size.String": {"func (s Size) String() string", "String is for people."},
		"Box.Width":   {"Width float64", "Width is in metres."},
		"Box.Height":  {"Height float64", "Width is in metres."},
		"Box.Name":    {"Name string", "as written on it"},
		"New":         {"func New(name string) *Box", "New makes a Box."},
		"Opener.Open": {"Open(name string) error", "Open opens."},
		"Default":     {`var Default = New("default")`, "Default is used when\nnothing is said."},
	} {
		if docs[name] != want {
			t.Errorf("%q: %q, want %q", name, docs[name], want)
		}
	}
	for _, name := range []string{"hidden", "Box.secret", "other", "secret"} {
		if entry, ok := docs[name]; ok {
			t.Errorf("%s is documented: %q", name, entry)
		}
	}
	if box := docs["Box"].Signature; strings.Contains(box, "secret") || !strings.Contains(box, "Width") || !strings.Contains(box, "in metres") {
		t.Errorf("Box is declared as %s", box)
	}
}

func TestEncode(t *testing.T) {
	docs := read(t)
	encoded := Encode(docs)
	if got := Decode(encoded); !maps.Equal(got, docs) {
		t.Errorf("decoded %q, want %q", got, docs)
	}
	if string(Encode(Decode(encoded))) != string(encoded) {
		t.Error("the same docs gave different bytes")
	}
	if got := Decode(nil); len(got) != 0 {
		t.Errorf("nothing decoded to %q", got)
	}
}

func TestForCells(t *testing.T) {
	for path, want := range map[string]bool{
		"gaspard/lib/ot":                true,
		"gaspard/lib/ottest":            true,
		"gaspard/lib/bench":             false,
		"gaspard/lib/bench/peers":       false,
		"gaspard/lib/benchmark":         true,
		"gaspard/lib/internal/kern":     false,
		"gaspard/lib":                   false,
		"gaspard/plots":                 true,
		"gaspard/plots/internal/colour": false,
		"gaspard/kernel":                false,
		"other/lib/ot":                  false,
	} {
		if got := ForCells(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestExamplesFollowTheComment(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"sample.go": source, "example_test.go": `package sample_test

import (
	"fmt"

	"gaspard/sample"
)

func ExampleNew() {
	b := sample.New("a")
	if b != nil { // it never is nil
		fmt.Println(b.Name)
		fmt.Println("second")
	}
	// Output:
	// a
	// second
}

func ExampleNew_other() { fmt.Println(2) }

func ExampleSize_String() { _ = sample.Small.String() }

func Example() {
` + strings.Repeat("\tfmt.Println()\n", maxExample+2) + `}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	docs, err := Read("gaspard/sample", []string{filepath.Join(dir, "sample.go"), filepath.Join(dir, "example_test.go")})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"New":         "New makes a Box.\n\nExample:\n\n\tb := sample.New(\"a\")\n\tif b != nil { // it never is nil\n\t\tfmt.Println(b.Name)\n\t\tfmt.Println(\"second\")\n\t}\n\nprints\n\n\ta\n\tsecond",
		"Size.String": "String is for people.\n\nExample:\n\n\t_ = sample.Small.String()",
		"":            "Package sample is small.", // its example is too long
		"Box":         "Box holds things.",
	} {
		if got := docs[name].Text; got != want {
			t.Errorf("%q: %q\nwant %q", name, got, want)
		}
	}
}
