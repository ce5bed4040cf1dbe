package picture

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"io"

	"github.com/mattn/go-sixel"
	"golang.org/x/image/draw"
)

// Terminals seldom say how many pixels a character cell has. Sizes are chosen for
// a common small one, so that no image is wider than the screen.
const (
	cellWidth  = 8
	cellHeight = 16
)

// maxPixels bounds what is decoded: a few bytes of PNG can claim any size.
const maxPixels = 64 << 20

// Show writes an image, encoded as PNG, in at most the given columns and rows of
// character cells and no larger than it is; the cursor ends at the start of the
// line below it. Time and memory are proportional to the pixels. Broken or huge
// images are errors, and then nothing has been written; so is a protocol that
// shows nothing.
func Show(w io.Writer, data []byte, columns, rows int, protocol Protocol) error {
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("cannot show the image: %w", err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height {
		return fmt.Errorf("cannot show an image of %d by %d pixels", config.Width, config.Height)
	}
	columns, _ = fit(config.Width, config.Height, columns, rows)
	var out bytes.Buffer
	switch protocol {
	case Kitty:
		kitty(&out, data, columns)
	case ITerm:
		iterm(&out, data, columns)
	case Sixel, Blocks, Blocks256:
		source, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("cannot show the image: %w", err)
		}
		if protocol == Sixel {
			width := min(columns*cellWidth, config.Width)
			height := max(width*config.Height/config.Width, 1)
			if err := sixel.NewEncoder(&out).Encode(scale(source, width, height)); err != nil {
				return err
			}
			out.WriteString("\n")
			break
		}
		halfBlocks(&out, scale(source, columns, rowsOf(columns, config.Width, config.Height, 1)), protocol == Blocks)
	default:
		return fmt.Errorf("images cannot be shown with protocol %q", protocol)
	}
	_, err = w.Write(out.Bytes())
	return err
}

// fit is the size in cells of an image within columns and rows, in proportion.
func fit(width, height, columns, rows int) (int, int) {
	columns = max(min(columns, (width+cellWidth-1)/cellWidth), 1)
	rows = max(rows, 1)
	if rowsOf(columns, width, height, 2) > rows {
		columns = max(rows*2*width/height, 1)
	}
	return columns, min(rowsOf(columns, width, height, 2), rows)
}

// rowsOf is the height of an image as wide as the columns, in units that are
// tall times as high as a column is wide, rounded up.
func rowsOf(columns, width, height, tall int) int {
	return max((columns*height+tall*width-1)/(tall*width), 1)
}

// scale resamples an image onto white, the paper of figures.
func scale(source image.Image, width, height int) *image.RGBA {
	target := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(target, target.Bounds(), image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(target, target.Bounds(), source, source.Bounds(), draw.Over, nil)
	return target
}

// chunk is the most base64 that kitty takes in one sequence.
const chunk = 4096

// kitty transmits the PNG itself and displays it (a=T, f=100), quietly (q=2): an
// answer would arrive as typed input.
// Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/
func kitty(out *bytes.Buffer, data []byte, columns int) {
	text := base64.StdEncoding.EncodeToString(data)
	keys := fmt.Sprintf("a=T,f=100,q=2,c=%d,", columns)
	for first := true; first || text != ""; first = false {
		part := text[:min(chunk, len(text))]
		text = text[len(part):]
		more := 0
		if text != "" {
			more = 1
		}
		fmt.Fprintf(out, "\x1b_G%sm=%d;%s\x1b\\", keys, more, part)
		keys = "q=2,"
	}
	out.WriteString("\n")
}

// iterm sends the PNG as an inline file.
// Source: https://iterm2.com/documentation-images.html
func iterm(out *bytes.Buffer, data []byte, columns int) {
	fmt.Fprintf(out, "\x1b]1337;File=inline=1;size=%d;width=%d;preserveAspectRatio=1:%s\a\n",
		len(data), columns, base64.StdEncoding.EncodeToString(data))
}
