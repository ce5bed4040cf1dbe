// Package plots draws what transport problems are about: clouds and the maps
// between them, couplings, and curves over iterations or sizes. One call gives
// a [*Figure] with defaults fit for a slide; [Figure.Plot] gives access to the
// gonum plot underneath where a default does not suit.
//
// Point clouds are *mat.Dense with one point per row. Colours are the
// colour-blind-safe ones of Okabe and Ito, and the heat map's scale grows
// evenly in lightness, so that figures survive grey printing.
//
// Wrong shapes panic with a sentence; empty clouds and values that are not
// finite panic with a *job.DataError, except in [Curves], which leaves such
// values out and says in the caption how many.
package plots

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Size of a figure in pixels unless [Figure.Resize] says otherwise.
const (
	DefaultWidth  = 800
	DefaultHeight = 600
)

// dpi is the resolution of bitmaps; a pixel is 1/dpi inch.
const dpi = 96

// Figure is a picture that has not been drawn yet, with its caption. It may be
// drawn any number of times and gives the same bytes each time.
type Figure struct {
	// Caption says in a sentence what the picture shows and on how much data.
	// It is not drawn into the picture: front ends print it below.
	Caption string

	width, height int
	plot          *plot.Plot
	draw          func(c draw.Canvas)
}

// From makes a figure of a gonum plot, as it stands.
func From(p *plot.Plot, caption string) *Figure {
	if p == nil {
		panic("plots: From needs a plot, got nil")
	}
	return newFigure(p, caption, p.Draw)
}

func newFigure(p *plot.Plot, caption string, draw func(draw.Canvas)) *Figure {
	return &Figure{Caption: caption, width: DefaultWidth, height: DefaultHeight, plot: p, draw: draw}
}

// Plot returns the plot underneath, to change its title, axes or anything else
// before the figure is drawn. It is nil for a figure made of several plots.
func (f *Figure) Plot() *plot.Plot { return f.plot }

// Size returns the width and height in pixels.
func (f *Figure) Size() (width, height int) { return f.width, f.height }

// Resize sets the size in pixels, at most 10000 each way, and returns the
// figure. Letters and lines keep their size: a larger figure has more room.
func (f *Figure) Resize(width, height int) *Figure {
	const most = 10000
	if width < 1 || height < 1 || width > most || height > most {
		panic(fmt.Sprintf("plots: a figure of %d x %d pixels, want 1 to %d each way", width, height, most))
	}
	f.width, f.height = width, height
	return f
}

// String returns the caption.
func (f *Figure) String() string { return f.Caption }

func (f *Figure) lengths() (w, h vg.Length) {
	const pixel = vg.Inch / dpi
	return vg.Length(f.width) * pixel, vg.Length(f.height) * pixel
}

// drawOn draws the figure, turning a panic of the plotting library, which is
// how it reports such things as a log axis through zero, into an error.
func (f *Figure) drawOn(c vg.CanvasSizer) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("plots: the figure cannot be drawn: %v", r)
		}
	}()
	f.draw(draw.New(c))
	return nil
}

// PNG returns the figure as a bitmap of [Figure.Size] pixels.
func (f *Figure) PNG() ([]byte, error) {
	w, h := f.lengths()
	c := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi))
	if err := f.drawOn(c); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	// The fast level costs some kilobytes and saves most of the encoding time.
	enc := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &buffers}
	if err := enc.Encode(&out, c.Image()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// SVG returns the figure as a vector graphic whose text needs a sans-serif font.
func (f *Figure) SVG() ([]byte, error) {
	w, h := f.lengths()
	c := vgsvg.New(w, h)
	if err := f.drawOn(c); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if _, err := c.WriteTo(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Save writes the figure to a file ending in .png or .svg.
func (f *Figure) Save(path string) error {
	var (
		data []byte
		err  error
	)
	switch end := strings.ToLower(filepath.Ext(path)); end {
	case ".png":
		data, err = f.PNG()
	case ".svg":
		data, err = f.SVG()
	default:
		return fmt.Errorf("plots: cannot save %q: the name must end in .png or .svg", path)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o666)
}

var (
	display atomic.Pointer[func(*Figure)]
	shown   atomic.Int64
)

// SetDisplay installs what [Figure.Show] does; nil takes it away again. A
// kernel installs its own at start.
func SetDisplay(show func(*Figure)) {
	if show == nil {
		display.Store(nil)
		return
	}
	display.Store(&show)
}

// Show displays the figure now, without waiting for the end of the cell. In a
// program without a display it saves figure-1.png, figure-2.png, ... in the
// working directory and prints path and caption; failing to save panics.
func (f *Figure) Show() {
	if show := display.Load(); show != nil {
		(*show)(f)
		return
	}
	path := fmt.Sprintf("figure-%d.png", shown.Add(1))
	if err := f.Save(path); err != nil {
		panic(fmt.Sprintf("plots: %s could not be saved: %v", path, err))
	}
	fmt.Printf("%s: %s\n", path, f.Caption)
}

// buffers lets encoders share their working memory: about 1 MB each.
var buffers encoderPool

type encoderPool struct{ pool sync.Pool }

func (p *encoderPool) Get() *png.EncoderBuffer {
	b, _ := p.pool.Get().(*png.EncoderBuffer)
	return b
}

func (p *encoderPool) Put(b *png.EncoderBuffer) { p.pool.Put(b) }
