package anderson

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// linear is the iteration x → x + B (p - x) for a diagonal B between 0 and 1, whose fixed
// point is p.
type linear[T float32 | float64] struct{ b, point []T }

func newLinear[T float32 | float64](n, distinct int) linear[T] {
	rng := rand.New(rand.NewPCG(1, 0))
	var l linear[T]
	for i := range n {
		l.b = append(l.b, T(0.1+0.8*float64(i%distinct)/float64(distinct)))
		l.point = append(l.point, T(rng.NormFloat64()))
	}
	return l
}

func (l linear[T]) step(x []T) []T {
	next := make([]T, len(x))
	for i, v := range x {
		next[i] = v + l.b[i]*(l.point[i]-v)
	}
	return next
}

// run iterates from 0 and returns the distance to the fixed point after each iteration.
func run[T float32 | float64](l linear[T], h *History[T], iterations int) (off []float64) {
	x := make([]T, len(l.b))
	for range iterations {
		next := l.step(x)
		h.Extrapolate(x, next, 0.1)
		x = next
		worst := 0.0
		for i, v := range x {
			worst = max(worst, math.Abs(float64(l.point[i]-v)))
		}
		off = append(off, worst)
	}
	return off
}

// A linear iteration with k distinct eigenvalues ends after k+1 steps, as GMRES does, if k
// differences are remembered.
func TestLinearIterationsEnd(t *testing.T) {
	for k := 1; k <= 6; k++ {
		off := run(newLinear[float64](40, k), New[float64](40, k, nil), k+1)
		// What is added to the diagonal, 1e-10 of it, keeps the root of that of an update.
		if last := off[k]; last > 1e-5*off[0] {
			t.Errorf("%d eigenvalues in float64: off by %g in the end", k, last)
		}
		if k <= 3 { // more of them are lost in the 1e-7 of float32
			single := run(newLinear[float32](40, k), New[float32](40, k, nil), k+1)
			if last := single[k]; last > 10*math.Sqrt(1e-7)*single[0] {
				t.Errorf("%d eigenvalues in float32: off by %g in the end, by %g after one step", k, last, single[0])
			}
		}
		if k > 1 && off[k-1] < 1e-4 {
			t.Errorf("%d eigenvalues: off by %g a step early: the case tells nothing", k, off[k-1])
		}
	}
}

// Entries of weight 0 have no say in the combination: an iteration that is arbitrary there
// ends in the other entries as if it were alone.
func TestWeights(t *testing.T) {
	const k, n = 3, 30
	l, weights := newLinear[float64](n, k), make([]float64, n)
	for i := range weights {
		weights[i] = 2
		if i >= n/2 {
			l.b[i], weights[i] = 1.7*math.Sin(float64(i)), 0
		}
	}
	x, h := make([]float64, n), New(n, k, weights)
	for range k + 1 {
		next := l.step(x)
		h.Extrapolate(x, next, 0.1)
		x = next
	}
	for i := range n / 2 {
		if math.Abs(x[i]-l.point[i]) > 1e-5 {
			t.Errorf("entry %d is %.12g, want %.12g", i, x[i], l.point[i])
		}
	}
}

// Nothing is extrapolated far from the solution, at first, and after the error has risen.
func TestWhenToExtrapolate(t *testing.T) {
	h := New[float64](1, 2, nil)
	for k, c := range []struct {
		off  float64
		want bool
	}{
		{0.9, false}, {0.5, false}, {0.4, false}, {0.3, true}, {1.1, false}, {0.3, false}, {0.1, true},
		{0.39, true}, {0.41, false}, {0.2, false}, {0.1, true}, {math.NaN(), false}, {0.1, false},
	} {
		x := []float64{math.Pow(0.7, float64(k))}
		after := []float64{0.7 * x[0]}
		if got := h.Extrapolate(x, after, c.off); got != c.want || !got && after[0] != 0.7*x[0] {
			t.Errorf("call %d, error %g: extrapolated %v to %g", k, c.off, got, after[0])
		}
	}
	h.Restart()
	if h.Extrapolate([]float64{1}, []float64{0.7}, 0.1) {
		t.Error("extrapolated after a restart")
	}
}

// Updates that do not change say nothing, and do no harm.
func TestEqualUpdates(t *testing.T) {
	h := New[float64](2, 3, nil)
	for k := range 6 {
		after := []float64{float64(k) + 1, 0}
		h.Extrapolate([]float64{float64(k), 0}, after, 0.1)
		if after[0] != float64(k)+1 || after[1] != 0 {
			t.Fatalf("call %d: %v", k, after)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	l, h := newLinear[float32](100, 7), New[float32](100, Most, nil)
	x := make([]float32, 100)
	next := l.step(x)
	if n := testing.AllocsPerRun(50, func() { h.Extrapolate(x, next, 0.1) }); n != 0 {
		t.Errorf("%g allocations in a call", n)
	}
}

func BenchmarkExtrapolate(b *testing.B) {
	for _, n := range []int{256, 2048} {
		b.Run(fmt.Sprintf("type=f32/n=%d", n), func(b *testing.B) { benchmarkExtrapolate[float32](b, n) })
		b.Run(fmt.Sprintf("type=f64/n=%d", n), func(b *testing.B) { benchmarkExtrapolate[float64](b, n) })
	}
}

func benchmarkExtrapolate[T float32 | float64](b *testing.B, n int) {
	l, h := newLinear[T](n, 2*Most), New[T](n, 6, nil)
	x := make([]T, n)
	next := l.step(x)
	for b.Loop() {
		x[0]++
		next[1]++
		h.Extrapolate(x, next, 0.1)
	}
}
