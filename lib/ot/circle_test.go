package ot

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gaspard/lib/job"
)

func arcCost(period, p float64) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		d := math.Abs(math.Remainder(x-y, period))
		return math.Pow(d, p)
	}
}

// On the circle the best monotone plan is what the exact solver finds, with a proof of
// its own, for points anywhere on the line that is rolled up.
func TestCircleIsExact(t *testing.T) {
	for _, c := range lineCases() {
		for _, p := range orders {
			for _, period := range []float64{0, 1, 4} {
				length := period
				if period == 0 {
					length = 2 * math.Pi
				}
				r := Circle(c.x, c.y, CircleSettings{Order: p, Period: period, A: c.a, B: c.b})
				checkSorted(t, fmt.Sprintf("%s, p = %g, period %g", c.name, p, period), c, r,
					costsOf(c.x, c.y, arcCost(length, p)))
			}
		}
	}
}

// Many random instances, since cuts may fall anywhere: lattice points and equal weights
// put them all at once.
func TestCircleOnRandomInstances(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 0))
	for round := range 300 {
		c := lineCase{x: make([]float64, 1+rng.IntN(9)), y: make([]float64, 1+rng.IntN(9))}
		for _, side := range [][]float64{c.x, c.y} {
			for i := range side {
				if side[i] = rng.Float64(); round%3 == 0 {
					side[i] = float64(rng.IntN(8)) / 8
				}
			}
		}
		if round%2 == 0 {
			c.a, c.b = wholeWeights(rng, len(c.x)), wholeWeights(rng, len(c.y))
		}
		for _, p := range orders {
			r := Circle(c.x, c.y, CircleSettings{Order: p, Period: 1, A: c.a, B: c.b})
			checkSorted(t, fmt.Sprintf("round %d, p = %g", round, p), c, r, costsOf(c.x, c.y, arcCost(1, p)))
			if t.Failed() {
				t.Fatalf("%v", c)
			}
		}
	}
}

// wholeWeights are multiples of a fraction that has no exact value, some of them 0.
func wholeWeights(rng *rand.Rand, n int) []float64 {
	w, total := make([]float64, n), 0
	for i := range w {
		k := rng.IntN(4)
		if i == n-1 && total == 0 {
			k = 1
		}
		w[i] = float64(k)
		total += k
	}
	for i := range w {
		w[i] /= float64(total)
	}
	return w
}

// Turning both clouds, turning the circle over and exchanging the clouds change nothing;
// turning one of them by less than half its spacing costs that much; and the circle is
// never dearer than the line.
func TestCircleLaws(t *testing.T) {
	x, y := make([]float64, 40), make([]float64, 25)
	rng := rand.New(rand.NewPCG(22, 0))
	for i := range x {
		x[i] = rng.Float64()
	}
	for j := range y {
		y[j] = rng.Float64() / 2
	}
	move := func(x []float64, scale, shift float64) []float64 {
		out := make([]float64, len(x))
		for i, v := range x {
			out[i] = scale*v + shift
		}
		return out
	}
	for _, p := range orders {
		value := func(x, y []float64) float64 {
			return Circle(x, y, CircleSettings{Order: p, Period: 1}).Value
		}
		w := value(x, y)
		for name, got := range map[string]float64{
			"turned":     value(move(x, 1, 0.7), move(y, 1, 0.7)),
			"whole turn": value(move(x, 1, 3), move(y, 1, -2)),
			"reflected":  value(move(x, -1, 0), move(y, -1, 0)),
			"exchanged":  value(y, x),
		} {
			if math.Abs(got-w) > 1e-13*(1+w) {
				t.Errorf("p = %g, %s: %.15g, want %.15g", p, name, got, w)
			}
		}
		if line := WassersteinPow(x, y, p); w > line*(1+1e-14) {
			t.Errorf("p = %g: the circle costs %g, the line %g", p, w, line)
		}
		grid := make([]float64, 10)
		for i := range grid {
			grid[i] = float64(i) / 10
		}
		if got, want := value(grid, move(grid, 1, 0.03)), math.Pow(0.03, p); math.Abs(got-want) > 1e-15 {
			t.Errorf("p = %g: turning a grid by 0.03 costs %g, want %g", p, got, want)
		}
	}
	// Half a circle of mass against the opposite half: a quarter turn each at best.
	if got := Circle([]float64{0}, []float64{180}, CircleSettings{Period: 360, Order: 1}).Value; got != 180 {
		t.Errorf("opposite points are %g apart, want 180", got)
	}
}

func TestCircleSaysWhatIsWrong(t *testing.T) {
	one := []float64{1}
	if err := job.Catch(func() { Circle([]float64{math.NaN()}, one, CircleSettings{}) }); err == nil {
		t.Error("NaN: no error")
	}
	for _, s := range []CircleSettings{{Period: -1}, {Period: math.Inf(1)}, {Order: 0.5}} {
		func() {
			defer func() {
				if _, ok := recover().(string); !ok {
					t.Errorf("%+v: no sentence", s)
				}
			}()
			Circle(one, one, s)
		}()
	}
}

// BenchmarkCircle solves uniform against wrapped normal points.
func BenchmarkCircle(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		x, y := cloud(1, n, 1, 0).RawMatrix().Data, cloud(2, n, 1, 1).RawMatrix().Data
		for _, p := range []float64{1, 2} {
			b.Run(fmt.Sprintf("p=%g/n=%d", p, n), func(b *testing.B) {
				var r *Result
				for b.Loop() {
					r = Circle(x, y, CircleSettings{Order: p})
				}
				b.ReportMetric(r.Value-r.Dual, "gap")
			})
		}
	}
}
