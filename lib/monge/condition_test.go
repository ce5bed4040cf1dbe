package monge

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

// Two conditions of unequal size that go opposite ways: one map for both would stay.
func TestConditionsHaveMapsOfTheirOwn(t *testing.T) {
	const n = 90
	x, y := mat.NewDense(n, 2, normals(1, 2*n)), mat.NewDense(n, 2, normals(2, 2*n))
	labels := make([]int, n)
	for i := range n {
		labels[i] = 7
		shift := 3.0
		if i%3 == 0 {
			labels[i], shift = -2, -3.0
		}
		y.Set(i, 0, y.At(i, 0)+shift)
	}
	s := Settings{Lambda: 0.5, Hidden: []int{16, 16}, Steps: 250, LearningRate: 1e-2, Validation: Validation{Every: 50}}
	m := FitConditional(x, y, labels, labels, s)
	if !slices.Equal(m.Conditions, []int{-2, 7}) || m.Status != Done {
		t.Fatalf("%v", m)
	}
	for k, label := range m.Conditions {
		tx := m.Under(label).Push(x)
		mean := 0.0
		for i := range n {
			mean += (tx.At(i, 0) - x.At(i, 0)) / n
		}
		// Means of 24 and 48 points are off by 0.2 or so.
		if want := float64(6*k - 3); math.Abs(mean-want) > 0.6 {
			t.Errorf("condition %d moves by %g on average, want %g", label, mean, want)
		}
	}
	again := NewConditionalTrainer(x, y, labels, labels, s)
	again.Run(100)
	same(t, "conditional", m, again.Run(0))
	func() {
		defer func() {
			if r := recover(); r != "monge: the map depends on the condition; take Under(-2) or another of [-2 7]" {
				t.Errorf("panic %v", r)
			}
		}()
		m.Push(x)
	}()
	if text := m.String(); !strings.Contains(text, "each of 2 conditions") {
		t.Errorf("%s", text)
	}
}

func TestConditionsOfOneSide(t *testing.T) {
	x, y := clouds(4, 4)
	err := job.Catch(func() { FitConditional(x, y, []int{1, 1, 2, 2}, []int{1, 1, 1, 1}, Settings{}) })
	if err == nil || err.Error() != "monge: condition 2 has source points and no target points" {
		t.Errorf("error %v", err)
	}
	err = job.Catch(func() { FitConditional(x, y, []int{1, 1, 1, 2}, []int{1, 1, 2, 2}, Settings{}) })
	if err == nil || !strings.Contains(err.Error(), "no gap and no divergence") {
		t.Errorf("error %v", err)
	}
}
