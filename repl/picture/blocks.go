package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
)

// halfBlocks draws two pixels per cell: the upper one is the colour of the glyph,
// the lower one its background.
func halfBlocks(out *bytes.Buffer, picture *image.RGBA, trueColor bool) {
	sequence := sequence256
	if trueColor {
		sequence = sequence24
	}
	size := picture.Bounds().Size()
	for y := 0; y < size.Y; y += 2 {
		var front, back string // as set so far in this line
		for x := range size.X {
			if now := sequence(38, picture.RGBAAt(x, y)); now != front {
				out.WriteString(now)
				front = now
			}
			if y+1 < size.Y {
				if now := sequence(48, picture.RGBAAt(x, y+1)); now != back {
					out.WriteString(now)
					back = now
				}
			}
			out.WriteRune('▀')
		}
		out.WriteString("\x1b[0m\n")
	}
}

// sequence24 sets a colour; ground is 38 for the glyph and 48 for its background.
func sequence24(ground int, c color.RGBA) string {
	return fmt.Sprintf("\x1b[%d;2;%d;%d;%dm", ground, c.R, c.G, c.B)
}

func sequence256(ground int, c color.RGBA) string {
	return fmt.Sprintf("\x1b[%d;5;%dm", ground, nearest256(c))
}

// levels are the intensities of xterm's colour cube, entries 16 to 231.
var levels = [6]int{0, 95, 135, 175, 215, 255}

// nearest256 is the entry of xterm's palette nearest to a colour, among the cube
// and the grey ramp: users change the first sixteen.
func nearest256(c color.RGBA) int {
	r, g, b := nearestLevel(c.R), nearestLevel(c.G), nearestLevel(c.B)
	cube := distance(c, levels[r], levels[g], levels[b])
	step := min(max((int(c.R)+int(c.G)+int(c.B)-24+15)/30, 0), 23) // of 8, 18, ..., 238
	grey := 8 + 10*step
	if distance(c, grey, grey, grey) < cube {
		return 232 + step
	}
	return 16 + 36*r + 6*g + b
}

func nearestLevel(value uint8) int {
	best := 0
	for i, level := range levels {
		if abs(int(value)-level) < abs(int(value)-levels[best]) {
			best = i
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

func distance(c color.RGBA, r, g, b int) int {
	r, g, b = r-int(c.R), g-int(c.G), b-int(c.B)
	return r*r + g*g + b*b
}
