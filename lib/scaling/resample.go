package scaling

import (
	"gaspard/lib/job"
	"math"
	"math/rand/v2"
)

// far is how far beyond the horizon, and below the data, roots are followed: an
// interval that ends at the horizon would look better than it is.
const far = 1e4

// follow chooses the root of the laws that the bootstrap follows: the first beyond
// the data, else the last within.
func (p *pair) follow() {
	c := p.c
	c.LawRoot = math.NaN()
	for _, root := range Crossings(c.FitA.Law, c.FitB.Law, c.Differences[0].X/far, c.Horizon*far) {
		if root < c.Differences[0].X && !math.IsNaN(c.LawRoot) {
			continue
		}
		if math.IsNaN(c.LawRoot) || c.LawRoot <= p.top {
			c.LawRoot = root
		}
		if c.LawRoot > p.top {
			break
		}
	}
	// A crossing that the data show is the one to follow.
	if seen := dataCrossings(p.u, p.delta); len(seen) > 0 && p.observed() >= 0 {
		near := seen[len(seen)-1]
		best := math.Inf(1)
		for _, root := range c.Roots {
			if d := math.Abs(math.Log(root / near)); d < best {
				best, c.LawRoot = d, root
			}
		}
	}
}

// outcome is what one resample says.
type outcome struct {
	lawRoot, dataRoot, atHorizon float64
	delta, slope                 float64 // of the laws at LawRoot, by ln x
	beyond                       bool
}

// bootstrap fits both laws to resampled ladders.
func (p *pair) bootstrap() {
	c := p.c
	c.LawRange, c.Interval, c.AtHorizonRange = unknown(0.95), unknown(0.95), unknown(0.95)
	c.Crossing = math.NaN()
	if p.source == fromNothing {
		return
	}
	out := make([]outcome, p.s.Bootstrap)
	observed := p.observedRoot()
	job.Parallel(p.s.Job.Named("comparison"), len(out), 0, func(_ *job.Monitor, _ func()) func(int) {
		w := p.worker()
		return func(k int) { out[k] = w(draw(p.s.Seed, k), observed) }
	})
	law, data, at := make([]float64, len(out)), make([]float64, len(out)), make([]float64, len(out))
	for k, o := range out {
		law[k], data[k], at[k] = o.lawRoot, o.dataRoot, o.atHorizon
		if o.beyond {
			c.RootShare += 1 / float64(len(out))
		}
	}
	c.AtHorizonRange = percentiles(at, 0.95)
	if !math.IsNaN(c.LawRoot) {
		p.tangent = p.tangentOf(out)
		c.LawRange = percentiles(law, 0.95)
	}
	if !math.IsNaN(observed) {
		c.Interval = percentiles(data, 0.95)
	}
}

// tangentOf is the difference of the laws near their crossing as a line in
// ln(x/LawRoot), with the covariance of the resamples.
func (p *pair) tangentOf(out []outcome) line {
	l := line{}
	l.b0, l.b1 = p.slopeAt(p.c.FitA.Law, p.c.FitB.Law)
	var m0, m1 float64
	n := float64(len(out))
	for _, o := range out {
		m0 += o.delta / n
		m1 += o.slope / n
	}
	for _, o := range out {
		d0, d1 := o.delta-m0, o.slope-m1
		l.v00 += d0 * d0 / n
		l.v01 += d0 * d1 / n
		l.v11 += d1 * d1 / n
	}
	return l
}

// slopeAt returns the difference of two laws at LawRoot and its derivative by ln x.
func (p *pair) slopeAt(a, b Law) (delta, slope float64) {
	const h = 1e-3
	at := func(u float64) float64 {
		x := p.c.LawRoot * math.Exp(u)
		return a.At(x) - b.At(x)
	}
	return at(0), (at(h) - at(-h)) / (2 * h)
}

// worker returns what draws and judges one resample, with memory of its own.
func (p *pair) worker() func(rng *rand.Rand, observed float64) outcome {
	c := p.c
	da, db := c.FitA.data, c.FitB.data
	ba, bb := newPowerBasis(da.x), newPowerBasis(db.x)
	ya, yb := make([]float64, len(da.y)), make([]float64, len(db.y))
	wa, wb := make([]float64, len(da.y)), make([]float64, len(db.y))
	delta := make([]float64, len(c.Differences))
	resample := p.resampler()
	widen := p.quantile() / 1.96 // few seeds know their own scatter badly
	weigh := func(dst, y []float64, d *fitData) {
		for i := range dst {
			dst[i] = d.w[i]
			if !p.s.Absolute {
				dst[i] /= y[i] * y[i]
			}
		}
	}
	return func(rng *rand.Rand, observed float64) outcome {
		resample(rng, ya, yb)
		weigh(wa, ya, da)
		weigh(wb, yb, db)
		la, lb := ba.law(ba.fit(ya, wa, math.NaN())), bb.law(bb.fit(yb, wb, math.NaN()))
		o := outcome{lawRoot: math.Inf(1), dataRoot: math.Inf(1), atHorizon: la.At(c.Horizon) - lb.At(c.Horizon)}
		if !math.IsNaN(c.LawRoot) {
			o.delta, o.slope = p.slopeAt(la, lb)
		}
		for _, root := range Crossings(la, lb, c.Differences[0].X/far, c.Horizon*far) {
			o.beyond = o.beyond || root > p.top && root <= c.Horizon
			o.lawRoot = nearer(o.lawRoot, root, c.LawRoot)
		}
		// The seeds of the one or two sizes next to a crossing may agree by luck; their
		// standard errors have been told by the others what to expect.
		for k, d := range c.Differences {
			delta[k] = d.Delta + d.SE*widen*rng.NormFloat64()
		}
		for _, root := range dataCrossings(p.u, delta) {
			o.dataRoot = nearer(o.dataRoot, root, observed)
		}
		return o
	}
}

// nearer is whichever of two sizes is nearer to a third in the logarithm.
func nearer(old, new, to float64) float64 {
	if math.IsInf(old, 1) || math.Abs(math.Log(new/to)) < math.Abs(math.Log(old/to)) {
		return new
	}
	return old
}

// resampler returns what fills ya and yb with resampled mean losses.
func (p *pair) resampler() func(rng *rand.Rand, ya, yb []float64) {
	switch p.source {
	case fromUser:
		return p.noiseResampler()
	case fromSeeds:
		return p.seedResampler()
	}
	ra, fa := residuals(p.c.FitA)
	rb, fb := residuals(p.c.FitB)
	return func(rng *rand.Rand, ya, yb []float64) {
		for i := range ya {
			ya[i] = fa[i] * math.Max(1+ra[rng.IntN(len(ra))], 1e-3)
		}
		for i := range yb {
			yb[i] = fb[i] * math.Max(1+rb[rng.IntN(len(rb))], 1e-3)
		}
	}
}

// noiseResampler adds noise of the size that the user gave.
func (p *pair) noiseResampler() func(rng *rand.Rand, ya, yb []float64) {
	da, db := p.c.FitA.data, p.c.FitB.data
	noisy := func(rng *rand.Rand, y []float64, d *fitData) {
		for i := range y {
			y[i] = math.Max(d.y[i]+p.s.Noise/math.Sqrt(d.w[i])*rng.NormFloat64(), 1e-3*d.y[i])
		}
	}
	return func(rng *rand.Rand, ya, yb []float64) {
		noisy(rng, ya, da)
		noisy(rng, yb, db)
	}
}

// seedResampler draws seeds anew, the same for both ladders where they go in pairs.
func (p *pair) seedResampler() func(rng *rand.Rand, ya, yb []float64) {
	da, db := p.c.FitA.data, p.c.FitB.data
	partner := make([]int, len(da.y))
	alone := make([]bool, len(db.y))
	for i := range partner {
		partner[i] = -1
	}
	for j := range alone {
		alone[j] = true
	}
	for _, d := range p.c.Differences {
		if d.Paired {
			partner[d.ia], alone[d.ib] = d.ib, false
		}
	}
	sa, sb := make([]Scale, len(da.scales)), make([]Scale, len(db.scales))
	for i, s := range da.scales {
		sa[i] = bySeed(s)
	}
	for i, s := range db.scales {
		sb[i] = bySeed(s)
	}
	return func(rng *rand.Rand, ya, yb []float64) {
		for i, s := range sa {
			if partner[i] < 0 {
				ya[i] = resampleSeeds(rng, s)
			} else {
				ya[i], yb[partner[i]] = resamplePairs(rng, s, sb[partner[i]])
			}
		}
		for j, s := range sb {
			if alone[j] {
				yb[j] = resampleSeeds(rng, s)
			}
		}
	}
}
