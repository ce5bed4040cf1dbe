package ot

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// slicedProblems are clouds in several dimensions, with and without weights.
func slicedProblems(d int) map[string]*Problem {
	weighted := Points(cloud(3, 30, d, 0), cloud(4, 21, d, 1))
	weighted.A, weighted.B = randomWeights(5, 30), randomWeights(6, 21)
	half := Points(cloud(3, 30, d, 0), cloud(4, 21, d, 1))
	half.A = randomWeights(7, 30)
	return map[string]*Problem{
		"matched":  Points(cloud(1, 40, d, 0), cloud(2, 40, d, 1)),
		"uniform":  Points(cloud(1, 40, d, 0), cloud(2, 28, d, 1)),
		"weighted": weighted,
		"half":     half,
		"one":      Points(cloud(1, 1, d, 0), cloud(2, 9, d, 1)),
	}
}

// On the line slicing is exact; so is its maximum.
func TestSlicedOnTheLineIsExact(t *testing.T) {
	for name, p := range slicedProblems(1) {
		for _, order := range orders {
			x, y := mat.Col(nil, 0, p.x), mat.Col(nil, 0, p.y)
			want := Line(x, y, LineSettings{Order: order, A: p.A, B: p.B}).Value
			s := Sliced(p, SlicedSettings{Order: order})
			if math.Abs(s.WassersteinPow-want) > 1e-14*(1+want) || s.StdErr != 0 || s.Directions != 1 {
				t.Errorf("%s, p = %g: %v, want %g", name, order, s, want)
			}
			if m := MaxSliced(p, MaxSlicedSettings{Order: order}); math.Abs(m.WassersteinPow-want) > 1e-14*(1+want) || m.Status != Converged {
				t.Errorf("%s, p = %g: %v, want %g", name, order, m, want)
			}
		}
	}
}

// Value, gradient and laws in several dimensions, with the directions that were drawn.
func TestSliced(t *testing.T) {
	for _, d := range []int{2, 5} {
		for name, p := range slicedProblems(d) {
			for _, order := range orders {
				set := SlicedSettings{Order: order, Directions: 50}
				r := Sliced(p, set)
				theta := drawDirections(50, d, 0)
				want := 0.0
				for k := range 50 {
					v := mat.NewVecDense(d, theta[k*d:(k+1)*d])
					var px, py mat.VecDense
					px.MulVec(p.x, v)
					py.MulVec(p.y, v)
					want += Line(px.RawVector().Data, py.RawVector().Data, LineSettings{Order: order, A: p.A, B: p.B}).Value / 50
				}
				if math.Abs(r.WassersteinPow-want) > 1e-13*(1+want) {
					t.Errorf("%s, d %d, p %g: %.15g, want %.15g", name, d, order, r.WassersteinPow, want)
				}
				if same := Sliced(&Problem{A: p.A, B: p.A, x: p.x, y: p.x}, set); same.Wasserstein > 1e-15 || mat.Norm(same.DX, 2) > 1e-15 {
					t.Errorf("%s, d %d, p %g: a cloud is %g from itself", name, d, order, same.Wasserstein)
				}
				exact := Points(p.x, p.y)
				exact.A, exact.B = p.A, p.B
				if w := Exact(exact, Settings{}).Value; order == 2 && r.WassersteinPow > w {
					t.Errorf("%s, d %d: sliced %g exceeds %g", name, d, r.WassersteinPow, w)
				}
			}
		}
	}
}

// The gradient is that of differences, whose error is h² and rounding / h.
func TestSlicedGradient(t *testing.T) {
	for name, p := range slicedProblems(3) {
		for _, order := range []float64{1.5, 2, 3} {
			set := SlicedSettings{Order: order, Directions: 20, Seed: 4}
			r := Sliced(p, set)
			n, _ := p.Dims()
			for _, i := range []int{0, n / 2, n - 1} {
				for k := range 3 {
					const h = 1e-5
					moved := func(by float64) float64 {
						x := mat.DenseCopyOf(p.x)
						x.Set(i, k, x.At(i, k)+by)
						return Sliced(&Problem{A: p.A, B: p.B, x: x, y: p.y}, set).WassersteinPow
					}
					want := (moved(h) - moved(-h)) / (2 * h)
					if got := r.DX.At(i, k); math.Abs(got-want) > 1e-6 {
						t.Errorf("%s, p %g: derivative by x[%d,%d] is %g, differences give %g", name, order, i, k, got, want)
					}
				}
			}
		}
	}
}

// A shift by v has E⟨θ, v⟩² = |v|²/d; turning both clouds changes the distance within
// the error that it states.
func TestSlicedWithinItsError(t *testing.T) {
	const d = 4
	x := cloud(1, 50, d, 0)
	y := mat.DenseCopyOf(x)
	y.Apply(func(_, j int, v float64) float64 { return v + float64(j) }, y)
	r := Sliced(Points(x, y), SlicedSettings{Directions: 4000})
	if want := math.Sqrt(14.0 / d); math.Abs(r.Wasserstein-want) > 4*r.StdErr || r.StdErr > 0.05*want {
		t.Errorf("%v, want %g", r, want)
	}
	y = cloud(2, 50, d, 1)
	var q mat.QR
	q.Factorize(cloud(3, d, d, 0))
	var turn, tx, ty mat.Dense
	q.QTo(&turn)
	tx.Mul(x, &turn)
	ty.Mul(y, &turn)
	a, b := Sliced(Points(x, y), SlicedSettings{Seed: 1}), Sliced(Points(&tx, &ty), SlicedSettings{Seed: 2})
	if off := math.Abs(a.Wasserstein - b.Wasserstein); off > 4*math.Hypot(a.StdErr, b.StdErr) {
		t.Errorf("turned clouds are %g apart, not %g ± %g", b.Wasserstein, a.Wasserstein, a.StdErr)
	}
}

// One processor gives the numbers of many, and views of matrices those of copies.
func TestSlicedIsReproducible(t *testing.T) {
	p := slicedProblems(6)["weighted"]
	r, top := Sliced(p, SlicedSettings{Seed: 9}), MaxSliced(p, MaxSlicedSettings{Seed: 9})
	before := runtime.GOMAXPROCS(1)
	one, oneTop := Sliced(p, SlicedSettings{Seed: 9}), MaxSliced(p, MaxSlicedSettings{Seed: 9})
	runtime.GOMAXPROCS(before)
	if r.Wasserstein != one.Wasserstein || r.StdErr != one.StdErr || !mat.Equal(r.DX, one.DX) {
		t.Errorf("%.17g on many processors, %.17g on one", r.Wasserstein, one.Wasserstein)
	}
	if top.Wasserstein != oneTop.Wasserstein || !slices.Equal(top.Direction, oneTop.Direction) {
		t.Errorf("maximum %.17g on many processors, %.17g on one", top.Wasserstein, oneTop.Wasserstein)
	}
	wide := mat.NewDense(30, 9, nil)
	wide.Slice(0, 30, 2, 8).(*mat.Dense).Copy(p.x)
	view := &Problem{A: p.A, B: p.B, x: wide.Slice(0, 30, 2, 8).(*mat.Dense), y: p.y}
	if v := Sliced(view, SlicedSettings{Seed: 9}); v.Wasserstein != r.Wasserstein {
		t.Errorf("a view is %g apart, its copy %g", v.Wasserstein, r.Wasserstein)
	}
}

// In the plane the best direction can be looked for on a grid, whose error is below
// its spacing times the reach of the clouds.
func TestMaxSlicedInThePlane(t *testing.T) {
	for name, p := range slicedProblems(2) {
		for _, order := range orders {
			r := MaxSliced(p, MaxSlicedSettings{Order: order})
			sl := newSlicer("test", p, order)
			a, grid := sl.newAscender(), 0.0
			for k := range 2000 {
				sin, cos := math.Sincos(math.Pi * float64(k) / 2000)
				grid = max(grid, a.at([]float64{cos, sin}, nil))
			}
			at := a.at(r.Direction, nil)
			if grid > r.WassersteinPow*(1+1e-3) || math.Abs(at-r.WassersteinPow) > 1e-13*at {
				t.Errorf("%s, p %g: %v; on a grid %g, along the direction %g", name, order, r, grid, at)
			}
			if sliced := Sliced(p, SlicedSettings{Order: order}); sliced.Wasserstein > r.Wasserstein {
				t.Errorf("%s, p %g: the mean %g exceeds the largest %g", name, order, sliced.Wasserstein, r.Wasserstein)
			}
		}
	}
}

// Known directions: of a shift, and of the one coordinate that is stretched.
func TestMaxSlicedFindsTheDirection(t *testing.T) {
	const d = 10
	x := cloud(1, 300, d, 0)
	y := mat.DenseCopyOf(x)
	y.Apply(func(_, j int, v float64) float64 { return v + float64(j%2) }, y)
	r := MaxSliced(Points(x, y), MaxSlicedSettings{})
	if math.Abs(r.Wasserstein-math.Sqrt(5)) > 1e-12 || math.Abs(r.Direction[1]-1/math.Sqrt(5)) > 1e-6 || r.Agreed == 0 {
		t.Errorf("a shift: %v", r)
	}
	y = mat.DenseCopyOf(x)
	y.Apply(func(_, j int, v float64) float64 {
		if j == 3 {
			return 4 * v
		}
		return v
	}, y)
	if r = MaxSliced(Points(x, y), MaxSlicedSettings{}); math.Abs(r.Direction[3]) < 0.99 {
		t.Errorf("a stretch by 4: %v along %.3f", r, r.Direction)
	}
	if r = MaxSliced(slicedProblems(6)["weighted"], MaxSlicedSettings{MaxIter: 1}); r.Status != IterationLimit {
		t.Errorf("one step: %v", r)
	}
}

func TestSlicedSaysWhatIsWrong(t *testing.T) {
	bad := Points(mat.NewDense(1, 2, []float64{1, math.NaN()}), mat.NewDense(1, 2, nil))
	good := Points(cloud(1, 2000, 3, 0), cloud(2, 2000, 3, 0))
	monitor := job.New(nil)
	monitor.Cancel()
	for name, f := range map[string]func(){
		"NaN":           func() { Sliced(bad, SlicedSettings{}) },
		"NaN, max":      func() { MaxSliced(bad, MaxSlicedSettings{}) },
		"cancelled":     func() { Sliced(good, SlicedSettings{Job: monitor}) },
		"max cancelled": func() { MaxSliced(good, MaxSlicedSettings{Job: monitor}) },
	} {
		if err := job.Catch(f); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, f := range map[string]func(){
		"matrix":     func() { Sliced(Matrix(mat.NewDense(1, 1, nil)), SlicedSettings{}) },
		"order":      func() { Sliced(good, SlicedSettings{Order: 0.5}) },
		"directions": func() { Sliced(good, SlicedSettings{Directions: -1}) },
		"starts":     func() { MaxSliced(good, MaxSlicedSettings{Starts: -1}) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(string); !ok {
					t.Errorf("%s: no sentence", name)
				}
			}()
			f()
		}()
	}
}

// BenchmarkSliced takes 1,000 directions and the gradient.
func BenchmarkSliced(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		for _, d := range []int{2, 50} {
			p := Points(cloud(1, n, d, 0), cloud(2, n, d, 1))
			b.Run(fmt.Sprintf("n=%d/d=%d", n, d), func(b *testing.B) {
				var r *SlicedResult
				for b.Loop() {
					r = Sliced(p, SlicedSettings{})
				}
				b.ReportMetric(r.StdErr/r.Wasserstein, "stderr")
			})
		}
	}
}

// BenchmarkMaxSliced makes ten ascents.
func BenchmarkMaxSliced(b *testing.B) {
	for _, d := range []int{2, 50} {
		p := Points(cloud(1, 1000, d, 0), cloud(2, 1000, d, 1))
		b.Run(fmt.Sprintf("n=1000/d=%d", d), func(b *testing.B) {
			var r *MaxSlicedResult
			for b.Loop() {
				r = MaxSliced(p, MaxSlicedSettings{})
			}
			b.ReportMetric(float64(r.Agreed), "agreed")
			b.ReportMetric(float64(r.Iterations), "steps")
		})
	}
}
