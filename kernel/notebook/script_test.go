package notebook

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const sample = `// ---
// title: "A first transport"
// jupyter:
//   kernelspec: unknown but kept
// ---

// %% [markdown] id="question"
// # Why
//
// Because.

// %% The sizes id="sizes" tags="parameters quiet" x-vendor={"a": [1, 2]}
n := 200

m := 3

// %%
// a comment, then a line that only looks like a marker:
// \%% not a cell
f(n)
`

func TestSampleIsReadAndWrittenBack(t *testing.T) {
	n, err := Parse("sample.gnb", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if got := n.Field("title"); got != "A first transport" {
		t.Errorf("title %q", got)
	}
	if len(n.Cells) != 3 {
		t.Fatalf("%d cells", len(n.Cells))
	}
	question, sizes, last := n.Cells[0], n.Cells[1], n.Cells[2]
	if question.Kind != Markdown || question.Source != "# Why\n\nBecause." || question.ID() != "question" {
		t.Errorf("%+v", question)
	}
	if sizes.Kind != Code || sizes.Name != "The sizes" || !sizes.Has(TagParameters) || !sizes.Has(TagQuiet) || sizes.Line != 13 {
		t.Errorf("%+v", sizes)
	}
	if !strings.Contains(last.Source, "\n// %% not a cell\n") {
		t.Errorf("%q", last.Source)
	}
	if got := string(n.Format()); got != sample {
		t.Errorf("written as\n%s", got)
	}
}

func TestJupytextTagsAndPlainGo(t *testing.T) {
	n, err := Parse("x.go", []byte("package main\r\n\r\nfunc main() {}\r\n// %% tags=[\"a\", \"b\"]\r\n1+1"))
	if err != nil || len(n.Cells) != 2 {
		t.Fatalf("%v, %+v", err, n)
	}
	if got := n.Cells[0].Source; got != "package main\n\nfunc main() {}" {
		t.Errorf("%q", got)
	}
	if got := n.Cells[1].Tags(); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("tags %q", got)
	}
}

func TestBrokenNotebooksNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"// ---\n// title: x\n":          "nb:3: the head that starts in line 1 is not closed by // ---",
		"// ---\n// title: x\nx := 1\n":  "nb:3: the head that starts in line 1 is not closed by // ---",
		"// %%\nx\n// %% [markdown]\nhi": "nb:4: this line of a Markdown cell does not start with //",
		"// %% id=\"a":                   "nb:1: the cell's metadata id: a quote is not closed",
		"// %% tags=[\"a\"":              "nb:1: the cell's metadata tags: a bracket is not closed",
		"// %% id=\"a\" what":            "nb:1: \"what\" in the cell's metadata is not of the form key=\"value\"",
		"x := 1\n\xff\xfe":               "nb:2: this is not text in UTF-8",
		"x := 1\n\x00":                   "nb:2: this is not text in UTF-8",
	} {
		_, err := Parse("nb", []byte(text))
		var parse *ParseError
		if !errors.As(err, &parse) || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nb.gnb")
	if _, err := Read(path); err == nil {
		t.Error("a file that is not there was read")
	}
	if err := os.WriteFile(path, []byte("// ---\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.HasPrefix(err.Error(), "nb.gnb:2: ") {
		t.Errorf("%v", err)
	}
}

func TestQuoteIsReadBack(t *testing.T) {
	for _, text := range []string{"", "plain", `with "quotes" and \ slash`, "[1, 2"} {
		c := Cell{Meta: []Attribute{{"key", Quote(text)}}, Source: "x"}
		n, err := Parse("nb", []byte(c.Format()))
		if err != nil || n.Cells[0].Get("key") != text {
			t.Errorf("%q: %v, %+v", text, err, n)
		}
	}
}

// FuzzParse: what can be read is written so that it reads back the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("// %% [markdown]\n// \\%% x\n// %%\n//\n"))
	f.Add([]byte("// ---\n// ---\nx"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := Parse("nb", data)
		if err != nil {
			return
		}
		text := n.Format()
		again, err := Parse("nb", text)
		if err != nil {
			t.Fatalf("%q was written as %q, which fails: %v", data, text, err)
		}
		for _, b := range []*Notebook{n, again} {
			for i := range b.Cells {
				b.Cells[i].Line = 0
			}
		}
		if !reflect.DeepEqual(n, again) {
			t.Fatalf("%q: %+v, read back as %+v", data, n, again)
		}
	})
}
