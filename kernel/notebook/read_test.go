package notebook

import (
	"slices"
	"strings"
	"testing"
)

const sample = `// ---
// title: "Does the plan get sharper?"
// seed: 1
// summary: >
//   one line
//   and another
// ---

// %% [markdown]
// # What is asked
//
// Whether.

// %% The clouds id="clouds" tags="parameters, slow" timeout=3 tol={"abs": 1}
n := 5

x := n

// %%   tags=["quiet"]
x
`

func TestParse(t *testing.T) {
	n, err := Parse("a.gnb", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if n.Title != "Does the plan get sharper?" || n.Seed != "1" || n.Summary != "one line and another" {
		t.Errorf("head: title %q, seed %q, summary %q", n.Title, n.Seed, n.Summary)
	}
	if len(n.Cells) != 3 || len(n.Code()) != 2 {
		t.Fatalf("%d cells, %d of code", len(n.Cells), len(n.Code()))
	}
	if text := n.Cells[0]; !text.Markdown || text.Source != "# What is asked\n\nWhether." || text.Line != 10 || text.Number != 0 {
		t.Errorf("Markdown cell: %+v", text)
	}
	clouds := n.Cells[1]
	if clouds.Source != "n := 5\n\nx := n" || clouds.Line != 15 || clouds.Number != 1 || clouds.ID != "clouds" || clouds.Title != "The clouds" {
		t.Errorf("code cell: %+v", clouds)
	}
	if !slices.Equal(clouds.Tags, []string{"parameters", "slow"}) || clouds.Metadata["timeout"] != 3.0 {
		t.Errorf("metadata: tags %q, %v", clouds.Tags, clouds.Metadata)
	}
	if last := n.Cells[2]; !last.Has(TagQuiet) || last.Name() != "cell 2" || last.Line != 20 {
		t.Errorf("last cell: %+v", last)
	}
	windows, err := Parse("a.gnb", []byte("\xef\xbb\xbf"+strings.ReplaceAll(sample, "\n", "\r\n")))
	if err != nil || windows.Cells[1].Source != clouds.Source || windows.Title != n.Title {
		t.Errorf("with Windows line ends and a mark in front: %+v, %v", windows, err)
	}
}

func TestParseKeepsTextBeforeTheFirstMark(t *testing.T) {
	n, err := Parse("a.gnb", []byte("\nx := 1\n\n// %%\nx\n"))
	if err != nil || len(n.Cells) != 2 || n.Cells[0].Source != "x := 1" || n.Cells[0].Line != 2 {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestParseSaysWhatIsWrongAndWhere(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", " \n", "a.gnb: the notebook is empty"},
		{"head only", "// ---\n// title: a\n// ---\n", "a.gnb:4: no line // %% starts a cell here; a plain Go file is for gaspard eval"},
		{"plain Go", "package main\n", "a.gnb:1: no line // %% starts a cell here; a plain Go file is for gaspard eval"},
		{"head cut off", "// ---\n// title: a\n", "a.gnb:1: the notebook is unfinished: the head that opens here is not closed by a line // ---"},
		{"head not closed", "// ---\n// title: a\n\n// %%\nx\n", "a.gnb:1: the notebook is unfinished: the head that opens here is not closed by a line // ---"},
		{"mark cut off", "// %%\nx := 1\n// %% id=\"a", `a.gnb:3: the value of id is not finished: "a`},
		{"mark without value", "// %% id=", "a.gnb:1: the value of id is not finished: "},
		{"value without quotes", "// %% id=a b=1\n", "a.gnb:1: the value of id is neither a quoted text nor other JSON: a b=1"},
		{"text after metadata", "// %% id=\"a\" and so on\n", `a.gnb:1: the cell's metadata is not key="value": and so on`},
		{"Latin-1", "// %%\nx := 1 // caf\xe9\n", "a.gnb:2: the byte 0xe9 is not UTF-8; save the notebook as UTF-8"},
		{"binary", "// %%\nx := \x00\n", "a.gnb:2: a zero byte: this is no text file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Parse("a.gnb", []byte(c.text)); err == nil || err.Error() != c.want {
				t.Errorf("error %v\nwant  %s", err, c.want)
			}
		})
	}
}

// FuzzParse holds the reader to what a replay relies on: a place that is inside
// the file and points at the cell's first line.
func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("// %%\n// %% [md] a=1 \n//x")
	f.Add("//%%\n\n\nx\n//---")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse("a.gnb", []byte(text))
		if err != nil {
			return
		}
		text = strings.TrimPrefix(text, "\ufeff")
		lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
		code := 0
		for _, c := range n.Cells {
			if c.Markdown {
				continue
			}
			code++
			first, _, _ := strings.Cut(c.Source, "\n")
			if c.Number != code || (c.Source != "" && (c.Line < 1 || lines[c.Line-1] != first)) {
				t.Fatalf("cell %+v of %q", c, text)
			}
		}
		if names, err := n.Parameters(); err == nil && len(names) > 0 {
			_ = n.Set(names[0], "1")
		}
	})
}
