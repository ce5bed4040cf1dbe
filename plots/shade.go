package plots

import (
	"image/color"
	"math"
	"sync"
)

// shade is the colour of a share t in [0, 1] of the largest value: white for
// nothing, through light blue, to navy. Lightness falls evenly
// with t, so that equal steps look equal, also in grey.
func shade(t float64) color.NRGBA {
	table := shades()
	return table[int(math.Round(min(max(t, 0), 1)*float64(len(table)-1)))]
}

// shades tabulates the scale, finer than a screen's own steps.
var shades = sync.OnceValue(func() []color.NRGBA {
	table := make([]color.NRGBA, 1024)
	for i := range table {
		table[i] = computeShade(float64(i) / float64(len(table)-1))
	}
	return table
})

func computeShade(t float64) color.NRGBA {
	const (
		darkest = 0.25 // lightness at t = 1
		vivid   = 0.15 // largest chroma
	)
	lightness := 1 - (1-darkest)*t
	chroma := vivid * math.Sin(0.85*math.Pi*t)
	hue := (240 + 20*t) * math.Pi / 180
	return oklch(lightness, chroma, hue)
}

// oklch converts a colour of the OKLab space (ottosson:20), given by lightness,
// chroma and hue in radians, to sRGB, clipped to what a screen has.
func oklch(lightness, chroma, hue float64) color.NRGBA {
	a, b := chroma*math.Cos(hue), chroma*math.Sin(hue)
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	return color.NRGBA{
		R: encoded(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		G: encoded(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		B: encoded(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		A: 255,
	}
}

func cube(v float64) float64 { return v * v * v }

// encoded turns a linear intensity into the byte of sRGB.
func encoded(v float64) uint8 {
	if v <= 0.0031308 {
		v *= 12.92
	} else {
		v = 1.055*math.Pow(v, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * min(max(v, 0), 1)))
}
