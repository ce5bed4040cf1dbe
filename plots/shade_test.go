package plots

import (
	"image/color"
	"testing"
)

func TestShadesDarkenEvenly(t *testing.T) {
	if white := (color.NRGBA{255, 255, 255, 255}); shade(0) != white || shade(-1) != white {
		t.Errorf("nothing is %v", shade(0))
	}
	const steps = 50
	grey := func(i int) int { return int(color.GrayModel.Convert(shade(float64(i) / steps)).(color.Gray).Y) }
	for i := 1; i <= steps; i++ {
		// 8 of 255 levels is well above the mean step of (255-35)/50.
		if step := grey(i-1) - grey(i); step < 1 || step > 8 {
			t.Errorf("from %d/%d to %d/%d grey falls by %d", i-1, steps, i, steps, step)
		}
	}
	if shade(2) != shade(1) {
		t.Error("a mass above the scale is not as dark as its end")
	}
}

func TestOklchOfGreysAndARed(t *testing.T) {
	if got := oklch(1, 0, 0); got != (color.NRGBA{255, 255, 255, 255}) {
		t.Errorf("lightness 1 is %v", got)
	}
	// sRGB red is lightness 0.62796, chroma 0.25768, hue 29.234 degrees.
	if got := oklch(0.62796, 0.25768, 0.51023); abs(int(got.R)-255) > 1 || got.G > 2 || got.B > 2 {
		t.Errorf("red is %v", got)
	}
}
