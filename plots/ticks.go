package plots

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// wantTicks is about how many labelled ticks an axis gets.
const wantTicks = 6

// linearTicks labels multiples of 1, 2 or 5 times a power of ten, all with the
// same number of decimals. With whole set it labels whole numbers only.
type linearTicks struct{ whole bool }

func (l linearTicks) Ticks(lo, hi float64) []plot.Tick {
	step := niceStep((hi - lo) / wantTicks)
	if l.whole {
		step = max(step, 1)
	}
	reach := math.Max(math.Abs(lo), math.Abs(hi))
	if !(step > 1e-12*reach) || math.IsInf(step, 0) {
		return nil // below the resolution of its numbers a range has no round ones
	}
	var ticks []plot.Tick
	// Multiples are counted rather than summed, so that the tick at zero is zero.
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+1e-9*step; k++ {
		v := k*step + 0 // the sum turns the negative zero of Ceil into zero
		ticks = append(ticks, plot.Tick{Value: v, Label: tickLabel(v, step, reach)})
	}
	return ticks
}

// niceStep is the smallest of 1, 2, 5 times a power of ten that is at least
// raw, up to a tenth.
func niceStep(raw float64) float64 {
	if !(raw > 0) || math.IsInf(raw, 0) {
		return 0
	}
	exponent := math.Floor(math.Log10(raw))
	unit := math.Pow(10, exponent)
	switch lead := raw / unit; {
	case lead <= 1.1:
		return unit
	case lead <= 2.2:
		return 2 * unit
	case lead <= 5.5:
		return 5 * unit
	default:
		return 10 * unit
	}
}

// tickLabel writes v with the decimals that the step needs, or as a power of
// ten if the axis reaches values for which that would be long.
func tickLabel(v, step, largest float64) string {
	decimals := int(math.Max(0, math.Ceil(-math.Log10(step)-1e-9)))
	if largest >= 1e6 || largest < 1e-3 {
		return scientific(v, step)
	}
	return minus(strconv.FormatFloat(v, 'f', decimals, 64))
}

func scientific(v, step float64) string {
	if v == 0 {
		return "0"
	}
	exponent := math.Floor(math.Log10(math.Abs(v)) + 1e-9)
	digits := int(math.Max(0, math.Ceil(exponent-math.Log10(step)-1e-9)))
	mantissa, power, _ := strings.Cut(strconv.FormatFloat(v, 'e', min(digits, 8), 64), "e")
	n, _ := strconv.Atoi(power)
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	return minus(mantissa + "×10^" + strconv.Itoa(n))
}

// minus puts the sign that is as wide as a plus in place of the hyphen.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }

// logTicks labels powers of ten, thinned to about wantTicks; over less than a
// decade and a half also 2 and 5 times them, and over less still, round numbers.
type logTicks struct{}

func (logTicks) Ticks(lo, hi float64) []plot.Tick {
	if !(lo > 0) || !(hi > lo) {
		return nil
	}
	first, last := math.Floor(math.Log10(lo)+1e-9), math.Ceil(math.Log10(hi)-1e-9)
	decades := math.Log10(hi / lo)
	if decades < 0.7 {
		return linearTicks{}.Ticks(lo, hi)
	}
	every := math.Max(1, math.Ceil(decades/wantTicks))
	plain := lo > 2e-4 && hi < 2e5
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		for m := 1; m <= 9; m++ {
			v := float64(m) * math.Pow(10, e)
			if v < lo*(1-1e-9) || v > hi*(1+1e-9) {
				continue
			}
			t := plot.Tick{Value: v}
			switch {
			case m == 1 && math.Mod(e, every) == 0:
				t.Label = logLabel(1, int(e), plain)
			case decades < 1.6 && (m == 2 || m == 5):
				t.Label = logLabel(m, int(e), plain)
			case m != 1 && every > 1:
				continue // no room for minor ticks
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

func logLabel(m, e int, plain bool) string {
	switch {
	case plain:
		return strconv.FormatFloat(float64(m)*math.Pow(10, float64(e)), 'f', max(0, -e), 64)
	case m > 1:
		return minus(strconv.Itoa(m) + "×10^" + strconv.Itoa(e))
	default:
		return minus("10^" + strconv.Itoa(e))
	}
}

// raised is a text handler for single lines that sets what follows the first ^
// small and high: the font has no complete set of superscript digits. All its
// lines are as high as one with a superscript, so that labels share a baseline.
type raised struct{ plain text.Handler }

const (
	raisedSize = 0.72
	raisedBy   = 0.42 // of the font size
	raisedRoom = 0.3  // of the font size, above capitals
)

func (r raised) Cache() *font.Cache               { return r.plain.Cache() }
func (r raised) Extents(f font.Font) font.Extents { return r.plain.Extents(f) }
func (r raised) Lines(s string) []string          { return r.plain.Lines(s) }
func (r raised) Box(s string, f font.Font) (width, height, depth vg.Length) {
	base, up, _ := strings.Cut(s, "^")
	width, height, depth = r.plain.Box(base, f)
	if up != "" {
		w, _, _ := r.plain.Box(up, small(f))
		width += w
	}
	return width, height + raisedRoom*f.Size, depth
}

func (r raised) Draw(c vg.Canvas, s string, style text.Style, at vg.Point) {
	base, up, found := strings.Cut(s, "^")
	width, _, _ := r.Box(s, style.Font)
	sin, cos := math.Sincos(style.Rotation)
	move := func(along, above vg.Length) {
		at.X += along*vg.Length(cos) - above*vg.Length(sin)
		at.Y += along*vg.Length(sin) + above*vg.Length(cos)
	}
	move(vg.Length(style.XAlign)*width, vg.Length(style.YAlign)*raisedRoom*style.Font.Size)
	style.XAlign = text.XLeft
	style.Handler = r.plain
	r.plain.Draw(c, base, style, at)
	if !found {
		return
	}
	width, _, _ = r.plain.Box(base, style.Font)
	move(width, raisedBy*style.Font.Size)
	style.Font = small(style.Font)
	r.plain.Draw(c, up, style, at)
}

func small(f font.Font) font.Font {
	f.Size *= raisedSize
	return f
}
