package measure_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/measure"
	"gaspard/lib/monge"
)

// The errors of the identity and of the best linear map are known from samples of 2^17
// points and more, to the digits given; the paper's own linear row is 14.1, 14.9 and 27.3
// (korotin:21, table 2). Here 2^15 points estimate them.
func TestW2PairPublishedRows(t *testing.T) {
	for _, want := range []struct {
		dim              int
		identity, linear float64
	}{{2, 32.7, 14.1}, {4, 42.4, 14.9}, {8, 58.8, 27.1}} {
		p := measure.W2Pair(want.dim)
		x := p.Source.Draw(1<<15, 1)
		y := p.Push(x)
		check := func(name string, image *mat.Dense, uvp float64) {
			got, se := unexplained(image, y)
			if math.Abs(got-uvp) > 4*se+0.05 {
				t.Errorf("d = %d: %s has L2-UVP %.2f ± %.2f %%, should be %g", want.dim, name, got, se, uvp)
			}
		}
		check("identity", x, want.identity)
		check("linear map", monge.Linear(x, y).Push(x), want.linear)
	}
}

// unexplained is 100 E|z-y|² / Var(y) with the standard error of the numerator's mean; the
// variance has a smaller relative error, as its integrand has shorter tails.
func unexplained(z, y *mat.Dense) (uvp, se float64) {
	n, d := y.Dims()
	mean := make([]float64, d)
	for i := range n {
		for k, v := range y.RawRowView(i) {
			mean[k] += v / float64(n)
		}
	}
	var sum, squares, variance float64
	for i := range n {
		e := 0.0
		for k, v := range y.RawRowView(i) {
			e += (z.At(i, k) - v) * (z.At(i, k) - v)
			variance += (v - mean[k]) * (v - mean[k])
		}
		sum, squares = sum+e, squares+e*e
	}
	m := sum / float64(n)
	return 100 * sum / variance, 100 * math.Sqrt(squares/float64(n)-m*m) / math.Sqrt(float64(n)) / (variance / float64(n))
}

// Both laws have mean 0 and total variance near d by construction.
func TestW2PairMoments(t *testing.T) {
	for _, d := range []int{2, 4, 8} {
		p := measure.W2Pair(d)
		for _, s := range []*measure.Sampler{p.Source, p.Target} {
			const n = 1 << 14
			x := s.Draw(n, 3)
			variance := 0.0
			for k := range d {
				var m, v float64
				for i := range n {
					m += x.At(i, k) / n
					v += x.At(i, k) * x.At(i, k) / n
				}
				// Coordinates of variance near 1: the means have a standard error near 1/√n.
				if math.Abs(m) > 6*math.Sqrt(v/n) {
					t.Errorf("%v: the mean of coordinate %d is %g", s, k+1, m)
				}
				variance += v
			}
			// The scale was estimated from 2^14 points in the original too.
			if math.Abs(variance/float64(d)-1) > 0.05 {
				t.Errorf("%v: total variance %g", s, variance)
			}
		}
	}
}

// The map is the gradient of a convex function: on any cloud the pairing that it gives is
// the best one, up to rounding, and its Jacobian is symmetric and not negative.
func TestW2PairIsOptimal(t *testing.T) {
	for _, d := range []int{2, 4, 8} {
		p := measure.W2Pair(d)
		x := p.Source.Draw(200, 5)
		gap := monge.Gap(x, p.Push(x), monge.GapSettings{Tol: 1e-3})
		if gap.Exact > 1e-12*gap.Displacement {
			t.Errorf("d = %d: the exact gap is %g", d, gap.Exact)
		}
		jacobian := mat.NewDense(d, d, nil)
		const h = 1e-5 // central differences err by h² and 1e-16/h
		for k := range d {
			z := mat.NewDense(2, d, nil)
			z.SetRow(0, x.RawRowView(0))
			z.SetRow(1, x.RawRowView(0))
			z.Set(0, k, z.At(0, k)+h)
			z.Set(1, k, z.At(1, k)-h)
			image := p.Push(z)
			for l := range d {
				jacobian.Set(l, k, (image.At(0, l)-image.At(1, l))/(2*h))
			}
		}
		symmetric := mat.NewSymDense(d, nil)
		for k := range d {
			for l := range d {
				if math.Abs(jacobian.At(k, l)-jacobian.At(l, k)) > 1e-7 {
					t.Errorf("d = %d: J[%d][%d] is %g, J[%d][%d] is %g", d, k, l, jacobian.At(k, l), l, k, jacobian.At(l, k))
				}
				symmetric.SetSym(k, l, jacobian.At(k, l))
			}
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(symmetric, false) || eigen.Values(nil)[0] < 0 {
			t.Errorf("d = %d: the Jacobian has eigenvalues %v", d, eigen.Values(nil))
		}
	}
}

// Rows do not depend on their neighbours, on the cloud's size, or on its being a view.
func TestW2PairRowByRow(t *testing.T) {
	p := measure.W2Pair(4)
	x := p.Source.Draw(150, 2)
	wide := mat.NewDense(150, 6, nil)
	wide.Slice(0, 150, 1, 5).(*mat.Dense).Copy(x)
	all, view := p.Push(x), p.Push(wide.Slice(0, 150, 1, 5).(*mat.Dense))
	if !mat.Equal(all, view) {
		t.Error("a view of the cloud has other images")
	}
	for _, i := range []int{0, 63, 64, 149} {
		one := p.Push(x.Slice(i, i+1, 0, 4).(*mat.Dense))
		for k := range 4 {
			// Products may be summed in another order for another number of rows.
			if math.Abs(one.At(0, k)-all.At(i, k)) > 1e-12 {
				t.Errorf("row %d alone goes to %v, among others to %v", i, one.RawRowView(0), all.RawRowView(i))
			}
		}
	}
	if !mat.Equal(p.Target.Draw(70, 9), p.Target.Draw(70, 9)) || mat.Equal(p.Target.Draw(70, 9), p.Push(p.Source.Draw(70, 9))) {
		t.Error("targets should depend on the seed alone, and be independent of the sources of that seed")
	}
}

func TestReadW2Pair(t *testing.T) {
	p, err := measure.ReadW2Pair("data/w2-benchmark/d2.json")
	if err != nil {
		t.Fatal(err)
	}
	embedded := measure.W2Pair(2)
	if !mat.Equal(p.Target.Draw(50, 1), embedded.Target.Draw(50, 1)) {
		t.Error("the file differs from the embedded pair")
	}
	if p.Notice() != "" || !strings.Contains(embedded.Notice(), "MIT License") {
		t.Error("the embedded pair should carry its licence")
	}

	head, _ := os.ReadFile("data/w2-benchmark/d2.json")
	numbers, _ := os.ReadFile("data/w2-benchmark/d2.f32")
	negative := append([]byte(nil), numbers...)
	negative[4*13940+3] |= 0x80 // The sign of the first of psi2.final.w.
	nan := append([]byte(nil), numbers...)
	copy(nan[4*18:], "\xff\xff\xff\xff")
	edit := func(old, new string) string { return strings.Replace(string(head), old, new, 1) }
	for _, bad := range []struct{ head, numbers, want string }{
		{string(head), string(numbers[:1000]), "psi1.quad0.b ends after the 250 numbers"},
		{string(head), string(negative), "psi2.final.w holds -"},
		{string(head), string(nan), "shift holds NaN"},
		{edit(`"dim": 2`, `"dim": 3`), string(numbers), "centers has shape [3 2]"},
		{edit(`"dim": 2`, `"dim": 0`), string(numbers), "must be above 0"},
		{edit(`[3, 2, 2]`, `[4611686018427387904, 2, 2]`), string(numbers), "maps has shape"},
		{edit(`"offset": 6`, `"offset": -1`), string(numbers), "maps ends after"},
		{edit(`"offset": 18}`, `"offset": 9223372036854775807}`), string(numbers), "shift ends after"},
		{edit(`"centers"`, `"centres"`), string(numbers), "no tensor centers"},
		{"{", string(numbers), "unexpected end of JSON"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "bad")
		if err := os.WriteFile(path+".json", []byte(bad.head), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".f32", []byte(bad.numbers), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := measure.ReadW2Pair(path); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("got %v, should say %q", err, bad.want)
		}
	}
	if _, err := measure.ReadW2Pair("data/none"); !os.IsNotExist(err) {
		t.Errorf("a missing file gives %v", err)
	}
}

func BenchmarkW2PairPush(b *testing.B) {
	for _, d := range []int{2, 8} {
		b.Run(fmt.Sprintf("d=%d", d), func(b *testing.B) {
			p := measure.W2Pair(d)
			x := p.Source.Sample(rand.New(rand.NewPCG(1, 1)), 1024)
			for b.Loop() {
				p.Push(x)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1024, "µs/row")
		})
	}
}
