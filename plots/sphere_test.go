package plots

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg/recorder"
)

func onSphere(n int, seed uint64) *mat.Dense {
	x := gaussian(n, 3, seed)
	for i := range n {
		row := x.RawRowView(i)
		r := length3(row)
		for k := range row {
			row[k] /= r
		}
	}
	return x
}

// Every source point is drawn, where the eye sees it, and those behind paler.
func TestSphereSides(t *testing.T) {
	x := mat.NewDense(4, 3, []float64{1, 0, 0, -1, 0, 0, 0, 1, 0, 0, 0, 1})
	f := Sphere(x, mat.NewDense(1, 3, []float64{0, 0, -1}), nil, SphereSettings{View: []float64{2, 0, 0}})
	_, opacity := pointLook(4)
	near := alpha(blue, opacity)
	far := alpha(blue, farShare*float64(near.A)/255)
	drawn := map[color.Color]int{}
	for _, a := range record(t, f) {
		if set, ok := a.(*recorder.SetColor); ok {
			drawn[set.Color]++
		}
	}
	// The legend shows one of the near ones.
	if drawn[near] != 3+1 || drawn[far] != 1 {
		t.Errorf("%d points on the near side and %d on the far side, want 4 and 1", drawn[near], drawn[far])
	}
	if !strings.Contains(f.Caption, "4 source points, 1 target point") {
		t.Error(f.Caption)
	}
}

// The eye is an orthonormal frame, for any view, the poles included.
func TestSphereEye(t *testing.T) {
	for _, view := range [][]float64{nil, {0, 0, 1}, {0, 0, -3}, {1, 2, 3}, {1e-9, 0, 1}} {
		e := lookFrom(view, []*mat.Dense{onSphere(20, 1)})
		for i := range e {
			for j := range e {
				dot := e[i][0]*e[j][0] + e[i][1]*e[j][1] + e[i][2]*e[j][2]
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(dot-want) > 1e-12 {
					t.Errorf("view %v: rows %d and %d have product %g", view, i, j, dot)
				}
			}
		}
	}
}

// A path is on the sphere, ends where it should, and is the shorter arc.
func TestGreatCircle(t *testing.T) {
	x, y := onSphere(30, 2), onSphere(30, 3)
	x.SetRow(0, []float64{0, 0, 1})
	y.SetRow(0, []float64{0, 0, -1})
	x.SetRow(1, y.RawRowView(1))
	for i := range 30 {
		path := greatCircle(x.RawRowView(i), y.RawRowView(i))
		length := 0.0
		for k, p := range path {
			if math.Abs(length3(p)-1) > 1e-12 {
				t.Fatalf("pair %d: a point of length %g", i, length3(p))
			}
			if k > 0 {
				q := path[k-1]
				length += math.Acos(min(1, p[0]*q[0]+p[1]*q[1]+p[2]*q[2]))
			}
		}
		end := path[len(path)-1]
		for k, v := range y.RawRowView(i) {
			if math.Abs(end[k]-v) > 1e-9 {
				t.Errorf("pair %d ends at %v, not %v", i, end, y.RawRowView(i))
				break
			}
		}
		a, b := x.RawRowView(i), y.RawRowView(i)
		// acos loses half of the digits near 1.
		if want := math.Acos(min(1, max(-1, a[0]*b[0]+a[1]*b[1]+a[2]*b[2]))); math.Abs(length-want) > 1e-6 {
			t.Errorf("pair %d: length %g, angle %g", i, length, want)
		}
	}
}

func TestSphereDrawsMaps(t *testing.T) {
	x := onSphere(50, 1)
	same := Sphere(x, x, x, SphereSettings{Arrows: 10})
	decode(t, same)
	decode(t, Sphere(x, onSphere(9, 2), onSphere(50, 3), SphereSettings{Title: "A map"}))
	mustPanic(t, "length 2", func() { Sphere(mat.NewDense(1, 3, []float64{0, 0, 2}), x, nil, SphereSettings{}) })
	mustPanic(t, "2 columns", func() { Sphere(gaussian(3, 2, 1), x, nil, SphereSettings{}) })
	mustPanic(t, "View", func() { Sphere(x, x, nil, SphereSettings{View: []float64{0, 0, 0}}) })
	mustPanic(t, "the pushed cloud has 9 points", func() { Sphere(x, x, onSphere(9, 1), SphereSettings{}) })
}

// mustPanic checks that f panics with a text that holds want.
func mustPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		r := recover()
		if err, ok := r.(error); ok {
			r = err.Error()
		}
		if s, _ := r.(string); !strings.Contains(s, want) {
			t.Errorf("got %v, should say %q", r, want)
		}
	}()
	f()
}
