package scaling

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gaspard/lib/job"
)

// LeastSquares is a problem on which the errors of the fitted model are known for
// every number of features p, below and beyond the number of samples: isotropic
// Gaussian features, a linear target with noise, and least squares on the first p
// features, of minimal norm where p exceeds the samples.
//
// With few samples it shows the U of bias and variance, and the second descent
// beyond p = n; with many, test and training error fall together.
type LeastSquares struct {
	Samples int     // n, at least 1.
	Noise   float64 // Variance s² of the label noise.
	// Features is the number D of features that the target uses, with squared
	// coefficients that sum to 1, taken in random order. 0 means infinitely many in
	// order of importance, the i-th with coefficient 1/i.
	Features int
}

// Errors are expected squared errors of a model with Features features.
type Errors struct {
	Features    int
	Test, Train float64
	Gap         float64 // Test - Train.
}

// split returns the squared norm of the target's coefficients within the first p
// features, and of the rest.
func (l LeastSquares) split(p int) (within, rest float64) {
	if l.Samples < 1 || l.Noise < 0 || math.IsNaN(l.Noise) || l.Features < 0 {
		panic(fmt.Sprintf("scaling: least squares on %d samples of %d features with noise %g", l.Samples, l.Features, l.Noise))
	}
	if p < 0 || l.Features > 0 && p > l.Features {
		panic(fmt.Sprintf("scaling: %d features of %d", p, l.Features))
	}
	if l.Features > 0 {
		within = float64(p) / float64(l.Features)
		return within, 1 - within
	}
	rest = tail(2, p)
	return math.Pi*math.Pi/6 - rest, rest
}

// At returns the exact expected errors for p features. With W and t the squared norm
// of the coefficients within the model and that of the rest plus the noise,
//
//	p ≤ n-2:  test = t (1 + p/(n-p-1)),                train = t (1 - p/n)
//	p ≥ n+2:  test = W (1 - n/p) + t (1 + n/(p-n-1)),  train = 0
//
// and in between the expected test error is infinite.
//
// Sources: xiao:24, figure 1, for the picture; hastie:22 for the case p > n.
func (l LeastSquares) At(p int) Errors {
	w, t := l.split(p)
	t += l.Noise
	n, q := float64(l.Samples), float64(p)
	e := Errors{Features: p}
	switch {
	case p <= l.Samples-2:
		e.Test, e.Train = t*(1+q/(n-q-1)), t*(1-q/n)
	case p >= l.Samples+2:
		e.Test = w*(1-n/q) + t*(1+n/(q-n-1))
	default:
		e.Test, e.Train = math.Inf(1), t*math.Max(0, 1-q/n)
	}
	e.Gap = e.Test - e.Train
	return e
}

// Best returns the errors at the p up to most with the lowest test error.
func (l LeastSquares) Best(most int) Errors {
	best := l.At(0)
	for p := 1; p <= most; p++ {
		if e := l.At(p); e.Test < best.Test {
			best = e
		}
	}
	return best
}

// Simulate draws training sets, fits to each, and returns the mean of the exact test
// error of the fits with its standard error: the check of [LeastSquares.At].
//
// Time: O(draws · n · min(n, p) · p). It panics with a sentence for fewer than 2
// draws.
func (l LeastSquares) Simulate(p, draws int, seed uint64, m *job.Monitor) Estimate {
	within, t := l.split(p)
	t += l.Noise
	if draws < 2 {
		panic(fmt.Sprintf("scaling: %d draws", draws))
	}
	w := make([]float64, p)
	for i := range w {
		w[i] = 1 / float64(i+1)
		if l.Features > 0 {
			w[i] = math.Sqrt(within / float64(p))
		}
	}
	values := make([]float64, draws)
	job.Parallel(m.Named("least squares"), draws, 0, func(_ *job.Monitor, _ func()) func(int) {
		d := newDraw(l.Samples, p)
		return func(k int) {
			d.fill(draw(seed, k), w, t)
			values[k] = t
			for i, c := range d.leastNorm() {
				values[k] += (c - w[i]) * (c - w[i])
			}
		}
	})
	return estimate(values)
}

// Estimate is a mean over draws with its standard error.
type Estimate struct {
	Mean, SE float64
	Draws    int
}

// String writes the mean with its error.
func (e Estimate) String() string { return fmt.Sprintf("%.5g ± %.2g", e.Mean, e.SE) }

func estimate(values []float64) Estimate {
	e := Estimate{Draws: len(values)}
	n := float64(len(values))
	for _, v := range values {
		e.Mean += v / n
	}
	for _, v := range values {
		e.SE += (v - e.Mean) * (v - e.Mean)
	}
	e.SE = math.Sqrt(e.SE / (n - 1) / n)
	return e
}

// trainingDraw is a random training set.
type trainingDraw struct {
	n, p int
	x    [][]float64
	y    []float64
}

func newDraw(n, p int) *trainingDraw {
	d := &trainingDraw{n: n, p: p, y: make([]float64, n)}
	for range n {
		d.x = append(d.x, make([]float64, p))
	}
	return d
}

// fill draws x and y = x·w + noise of variance t; features beyond the model are
// Gaussian too, and so are part of that noise.
func (d *trainingDraw) fill(rng *rand.Rand, w []float64, t float64) {
	for i, row := range d.x {
		d.y[i] = math.Sqrt(t) * rng.NormFloat64()
		for j := range row {
			row[j] = rng.NormFloat64()
			d.y[i] += row[j] * w[j]
		}
	}
}

// leastNorm solves least squares by the smaller of the two normal equations.
func (d *trainingDraw) leastNorm() []float64 {
	c := make([]float64, d.p)
	if d.p <= d.n {
		gram := make([]float64, d.p*d.p)
		for i, row := range d.x {
			for a, va := range row {
				c[a] += va * d.y[i]
				for b := range a + 1 {
					gram[a*d.p+b] += va * row[b]
				}
			}
		}
		solve(gram, c)
		return c
	}
	gram, z := make([]float64, d.n*d.n), append([]float64(nil), d.y...)
	for i, ri := range d.x {
		for j := range i + 1 {
			for a, v := range ri {
				gram[i*d.n+j] += v * d.x[j][a]
			}
		}
	}
	solve(gram, z)
	for i, row := range d.x {
		for a, v := range row {
			c[a] += z[i] * v
		}
	}
	return c
}

// tail is the sum of i^-b over i > n, for b > 1: directly to 200, then by Euler and
// Maclaurin, whose first terms are then exact to rounding.
func tail(b float64, n int) float64 {
	m := max(n, 200)
	x := float64(m)
	sum := math.Pow(x, 1-b)/(b-1) - math.Pow(x, -b)/2 + b*math.Pow(x, -b-1)/12 -
		b*(b+1)*(b+2)*math.Pow(x, -b-3)/720
	for i := m; i > n; i-- {
		sum += math.Pow(float64(i), -b)
	}
	return sum
}
