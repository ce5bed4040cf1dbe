// Command judge draws transport problems, solves them, and writes problems and answers
// as JSON, one object a line, for judge.py to solve by other libraries:
//
//	go run ./lib/bench/judge >problems.json
//	python lib/bench/judge.py problems.json
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"math/rand/v2"
	"os"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/ot"
)

// record is a problem with our answers. What a kind of problem has no use for is absent.
type record struct {
	Name string `json:"name"`
	Kind string `json:"kind"`

	X    [][]float64 `json:"x,omitempty"`
	Y    [][]float64 `json:"y,omitempty"`
	C    [][]float64 `json:"c,omitempty"`
	A    []float64   `json:"a,omitempty"` // absent for uniform weights, as B
	B    []float64   `json:"b,omitempty"`
	Cost string      `json:"cost,omitempty"` // by its name in SciPy, with power P of the result
	P    float64     `json:"p,omitempty"`
	M    [][]float64 `json:"m,omitempty"` // of the Mahalanobis cost

	Epsilon float64     `json:"epsilon,omitempty"`
	RhoA    float64     `json:"rhoA,omitempty"` // absent where a marginal holds, as RhoB
	RhoB    float64     `json:"rhoB,omitempty"`
	Extra   [][]float64 `json:"extra,omitempty"` // covariances, directions

	Status string             `json:"status"`
	Values map[string]float64 `json:"values"`
	StdErr float64            `json:"stdErr,omitempty"` // of values that are estimates
	Plan   [][]float64        `json:"plan,omitempty"`   // where it is unique
}

func main() {
	log.SetFlags(0)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for _, draw := range []func() []*record{exactProblems, entropicProblems, closedForms} {
		for _, r := range draw() {
			if err := encoder.Encode(r); err != nil {
				log.Fatalf("judge: %s: %v", r.Name, err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

// tight stops solves where rounding leaves a relative error well below 1e-6 in values and
// 1e-5 in plans.
var tight = ot.Settings{Tol: 1e-11, MaxIter: 1000000}

func rows(m mat.Matrix) [][]float64 {
	n, d := m.Dims()
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, d)
		for k := range d {
			out[i][k] = m.At(i, k)
		}
	}
	return out
}

func cloud(rng *rand.Rand, n, d int, scale, shift float64) *mat.Dense {
	x := mat.NewDense(n, d, nil)
	x.Apply(func(int, int, float64) float64 { return shift + scale*rng.NormFloat64() }, x)
	return x
}

// weighing draws weights of a kind, nil for uniform ones.
func weighing(rng *rand.Rand, n int, kind string) []float64 {
	if kind == "uniform" {
		return nil
	}
	w, sum := make([]float64, n), 0.0
	for i := range w {
		switch kind {
		case "random":
			w[i] = 0.1 + rng.Float64()
		case "skewed":
			v := rng.ExpFloat64()
			w[i] = v*v*v + 1e-3
		case "zeros":
			if i%3 != 1 {
				w[i] = 0.1 + rng.Float64()
			}
		}
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}
