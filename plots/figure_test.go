package plots

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

func line(t *testing.T) *Figure {
	t.Helper()
	p := plot.New()
	l, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 2}})
	if err != nil {
		t.Fatal(err)
	}
	p.Add(l)
	return From(p, "a line")
}

func TestPNGHasTheStatedSizeAndTheSameBytesEachTime(t *testing.T) {
	fig := line(t).Resize(321, 123)
	first, err := fig.PNG()
	if err != nil {
		t.Fatal(err)
	}
	second, _ := fig.PNG()
	if !bytes.Equal(first, second) {
		t.Error("two drawings of one figure differ")
	}
	img, err := png.Decode(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	w, h := fig.Size()
	if got := img.Bounds().Size(); got.X != w || got.Y != h || w != 321 || h != 123 {
		t.Errorf("%v pixels, Size says %d x %d", got, w, h)
	}
}

func TestSaveChoosesTheFormatByTheName(t *testing.T) {
	fig := line(t)
	for name, head := range map[string]string{"a.png": "\x89PNG", "a.SVG": "<?xml"} {
		path := filepath.Join(t.TempDir(), name)
		if err := fig.Save(path); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), head) {
			t.Errorf("%s starts with %.8q, %v", name, data, err)
		}
	}
	if err := fig.Save("a.pdf"); err == nil || !strings.Contains(err.Error(), ".png or .svg") {
		t.Errorf("saving a PDF: %v", err)
	}
}

func TestShowUsesTheDisplayOrSavesToTheWorkingDirectory(t *testing.T) {
	fig := line(t)
	var got *Figure
	SetDisplay(func(f *Figure) { got = f })
	fig.Show()
	SetDisplay(nil)
	if got != fig {
		t.Fatal("the display did not get the figure")
	}
	t.Chdir(t.TempDir())
	before := shown.Load()
	fig.Show()
	fig.Show()
	found, _ := filepath.Glob("figure-*.png")
	if len(found) != 2 || shown.Load() != before+2 {
		t.Errorf("saved %v", found)
	}
}

func TestALogAxisThroughZeroIsAnError(t *testing.T) {
	fig := line(t)
	fig.Plot().X.Scale = plot.LogScale{}
	if _, err := fig.PNG(); err == nil || !strings.Contains(err.Error(), "log scale") {
		t.Errorf("error %v", err)
	}
}
