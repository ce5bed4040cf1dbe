package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/mattn/go-sixel"
)

var (
	red  = color.NRGBA{R: 255, A: 255}
	blue = color.NRGBA{B: 255, A: 255}
)

// halves is red above and blue below.
func halves(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			if y < height/2 {
				m.Set(x, y, red)
			} else {
				m.Set(x, y, blue)
			}
		}
	}
	return m
}

func encode(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func show(t *testing.T, data []byte, columns, rows int, p Protocol) string {
	t.Helper()
	var b bytes.Buffer
	if err := Show(&b, data, columns, rows, p); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(b.String(), "\n") {
		t.Error("the cursor is not on a new line")
	}
	return b.String()
}

func TestKittyChunksHoldThePNG(t *testing.T) {
	noise := image.NewGray(image.Rect(0, 0, 120, 100))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(random.Uint32())
	}
	data := encode(t, noise) // incompressible: several chunks
	out := show(t, data, 80, 24, Kitty)
	parts := regexp.MustCompile(`\x1b_G([^;]*);([^\x1b]*)\x1b\\`).FindAllStringSubmatch(out, -1)
	if len(parts) < 3 {
		t.Fatalf("%d chunks", len(parts))
	}
	var text string
	for i, part := range parts {
		keys := part[1]
		if len(part[2]) > 4096 || !strings.Contains(keys, "q=2") {
			t.Errorf("chunk %d: %d bytes, keys %s", i, len(part[2]), keys)
		}
		if last := i == len(parts)-1; strings.HasSuffix(keys, "m=0") != last {
			t.Errorf("chunk %d of %d: keys %s", i, len(parts), keys)
		}
		if strings.Contains(keys, "a=T,f=100") != (i == 0) {
			t.Errorf("chunk %d: keys %s", i, keys)
		}
		text += part[2]
	}
	if got, err := base64.StdEncoding.DecodeString(text); err != nil || !bytes.Equal(got, data) {
		t.Errorf("the chunks do not hold the image: %v", err)
	}
	if !strings.Contains(parts[0][1], "c=15,") {
		t.Errorf("120 pixels take 15 columns, not as in %s", parts[0][1])
	}
}

func TestITermHoldsThePNG(t *testing.T) {
	data := encode(t, halves(64, 32))
	out := show(t, data, 80, 24, ITerm)
	part := regexp.MustCompile(`^\x1b]1337;File=inline=1;size=(\d+);width=8;preserveAspectRatio=1:(.*)\a\n$`).FindStringSubmatch(out)
	if part == nil {
		t.Fatalf("got %q", out)
	}
	if got, err := base64.StdEncoding.DecodeString(part[2]); err != nil || !bytes.Equal(got, data) {
		t.Errorf("the sequence does not hold the image: %v", err)
	}
}

func TestSixelDecodesToTheImage(t *testing.T) {
	out := show(t, encode(t, halves(400, 200)), 20, 24, Sixel)
	var got image.Image
	if err := sixel.NewDecoder(strings.NewReader(out)).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if size := got.Bounds().Size(); size.X != 160 || size.Y < 80 || size.Y > 84 {
		t.Errorf("size %v, want 20 cells wide and in proportion", size)
	}
	sameColor(t, got.At(80, 10), red)
	sameColor(t, got.At(80, 70), blue)
}

func sameColor(t *testing.T, got, want color.Color) {
	t.Helper()
	r, g, b, _ := got.RGBA()
	wr, wg, wb, _ := want.RGBA()
	for _, pair := range [][2]uint32{{r, wr}, {g, wg}, {b, wb}} {
		if difference := int(pair[0]) - int(pair[1]); abs(difference) > 0x500 {
			t.Errorf("colour %v, want %v", got, want)
			return
		}
	}
}

func TestHalfBlocks(t *testing.T) {
	out := show(t, encode(t, halves(80, 80)), 80, 24, Blocks)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 5 {
		t.Fatalf("80 pixels are 10 columns and 5 rows, not %d rows", len(lines))
	}
	for i, line := range lines {
		if n := strings.Count(line, "▀"); n != 10 || !strings.HasSuffix(line, "\x1b[0m") {
			t.Errorf("row %d: %d cells in %q", i, n, line)
		}
	}
	cells := strings.Repeat("▀", 10) + "\x1b[0m"
	if want := "\x1b[38;2;255;0;0m\x1b[48;2;255;0;0m" + cells; lines[0] != want {
		t.Errorf("first row %q, want %q", lines[0], want)
	}
	if want := "\x1b[38;2;0;0;255m\x1b[48;2;0;0;255m" + cells; lines[4] != want {
		t.Errorf("last row %q, want %q", lines[4], want)
	}
}

func TestOddHeightLeavesTheLastBackground(t *testing.T) {
	out := show(t, encode(t, halves(8, 4)), 80, 24, Blocks)
	if strings.Contains(out, "\x1b[48") || strings.Count(out, "▀") != 1 {
		t.Errorf("one pixel became %q", out)
	}
}

func TestProportionsAndLimits(t *testing.T) {
	tests := []struct{ width, height, columns, rows, wantColumns, wantRows int }{
		{800, 600, 80, 40, 80, 30},
		{800, 600, 80, 15, 40, 15},
		{80, 60, 80, 24, 10, 4},
		{1, 1, 80, 24, 1, 1},
		{5000, 1, 80, 24, 80, 1},
		{1, 5000, 80, 24, 1, 24},
		{800, 600, 0, 0, 1, 1},
	}
	for _, test := range tests {
		columns, rows := fit(test.width, test.height, test.columns, test.rows)
		if columns != test.wantColumns || rows != test.wantRows {
			t.Errorf("%+v: got %d by %d", test, columns, rows)
		}
	}
}

func TestNearest256(t *testing.T) {
	for i := 16; i < 256; i++ {
		if c := palette256(i); palette256(nearest256(c)) != c {
			t.Errorf("entry %d %v became entry %d", i, c, nearest256(c))
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		c := color.RGBA{uint8(random.Uint32()), uint8(random.Uint32()), uint8(random.Uint32()), 255}
		best := 1 << 30
		for i := 16; i < 256; i++ {
			p := palette256(i)
			best = min(best, distance(c, int(p.R), int(p.G), int(p.B)))
		}
		p := palette256(nearest256(c))
		if got := distance(c, int(p.R), int(p.G), int(p.B)); got != best {
			t.Fatalf("%v: entry %d is at %d, the nearest at %d", c, nearest256(c), got, best)
		}
	}
}

// palette256 is entry i of xterm's palette, for the entries that do not vary.
func palette256(i int) color.RGBA {
	if i >= 232 {
		v := uint8(8 + 10*(i-232))
		return color.RGBA{v, v, v, 255}
	}
	i -= 16
	return color.RGBA{uint8(levels[i/36]), uint8(levels[i/6%6]), uint8(levels[i%6]), 255}
}

func TestTransparentPixelsAreWhite(t *testing.T) {
	out := show(t, encode(t, image.NewNRGBA(image.Rect(0, 0, 8, 16))), 80, 24, Blocks256)
	if out != "\x1b[38;5;231m\x1b[48;5;231m▀\x1b[0m\n" {
		t.Errorf("got %q", out)
	}
}

func TestBadImagesWriteNothing(t *testing.T) {
	good := encode(t, halves(40, 40))
	huge := bytes.Clone(good)
	binary.BigEndian.PutUint32(huge[16:], 1<<30) // the width, and the checksum of the header
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	if _, err := png.DecodeConfig(bytes.NewReader(huge)); err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{"empty": nil, "not a PNG": []byte("GIF89a"), "torn": good[:len(good)-20], "huge": huge}
	for name, data := range bad {
		for _, p := range []Protocol{Sixel, Blocks, Blocks256} {
			var b bytes.Buffer
			if err := Show(&b, data, 80, 24, p); err == nil || b.Len() > 0 {
				t.Errorf("%s, %s: error %v, %d bytes written", name, p, err, b.Len())
			}
		}
	}
	var b bytes.Buffer
	if err := Show(&b, good, 80, 24, None); err == nil || b.Len() > 0 {
		t.Errorf("protocol none: error %v, %d bytes written", err, b.Len())
	}
}
