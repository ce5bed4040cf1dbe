package measure

import (
	"embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/mat"
)

//go:embed data/w2-benchmark
var w2Benchmark embed.FS

// W2Pair returns an embedded pair of the continuous Wasserstein-2 benchmark, of dimension
// 2, 4 or 8. Other dimensions are read from files by [ReadW2Pair].
//
// Source: korotin:21, under the MIT licence, whose notice [Pair.Notice] returns.
func W2Pair(dim int) *Pair {
	dir, err := fs.Sub(w2Benchmark, "data/w2-benchmark")
	if err != nil {
		panic(err)
	}
	if dim != 2 && dim != 4 && dim != 8 {
		panic(fmt.Sprintf("measure: the pairs of dimensions 2, 4 and 8 are embedded; read one of dimension %d by ReadW2Pair", dim))
	}
	p, err := readPair(dir, fmt.Sprintf("d%d", dim))
	if err != nil {
		panic(err)
	}
	notice, err := fs.ReadFile(dir, "LICENSE.txt")
	if err != nil {
		panic(err)
	}
	p.notice = string(notice)
	return p
}

// ReadW2Pair reads a pair of the Wasserstein-2 benchmark from two files of one name: what
// path.json lists is in path.f32, float32 numbers with the low byte first. The path is
// given with either ending or none. The JSON object has dim (d), component_std (σ of the
// source's components), strong_convexity (of each potential), scale (s of T) and tensors,
// each with name, shape and offset, the latter in numbers. See [Pair] and the embedded
// data/w2-benchmark for the rest.
//
// ReadW2Pair fails on a file that is missing, cut short, or holds a shape that does not
// fit, a number that is not finite, or weights that make a potential not convex.
func ReadW2Pair(path string) (*Pair, error) {
	for _, ending := range []string{".json", ".f32"} {
		path = strings.TrimSuffix(path, ending)
	}
	return readPair(os.DirFS(filepath.Dir(path)), filepath.Base(path))
}

func readPair(dir fs.FS, name string) (*Pair, error) {
	head, err := fs.ReadFile(dir, name+".json")
	if err != nil {
		return nil, err
	}
	numbers, err := fs.ReadFile(dir, name+".f32")
	if err != nil {
		return nil, err
	}
	p, err := parsePair(head, numbers)
	if err != nil {
		return nil, fmt.Errorf("measure: pair %s: %w", name, err)
	}
	return p, nil
}

// pairHead is the JSON half of a pair.
type pairHead struct {
	Dim       int     `json:"dim"`
	SD        float64 `json:"component_std"`
	Convexity float64 `json:"strong_convexity"`
	Scale     float64 `json:"scale"`
	Tensors   []struct {
		Name   string `json:"name"`
		Shape  []int  `json:"shape"`
		Offset int    `json:"offset"`
	} `json:"tensors"`
}

// pairReader takes tensors out of a pair's files. After its first error it gives none.
type pairReader struct {
	head    pairHead
	numbers []byte
	err     error
}

func parsePair(head, numbers []byte) (*Pair, error) {
	r := &pairReader{numbers: numbers}
	if err := json.Unmarshal(head, &r.head); err != nil {
		return nil, err
	}
	h := &r.head
	d := h.Dim
	if d < 1 || !(h.SD > 0) || !(h.Scale > 0) || !(h.Convexity >= 0) {
		return nil, fmt.Errorf("dim %d, component_std %g and scale %g must be above 0, strong_convexity %g at least 0", d, h.SD, h.Scale, h.Convexity)
	}
	p := &Pair{Name: fmt.Sprintf("W2 benchmark, d = %d", d), Dim: d, convex: h.Convexity, scale: h.Scale}
	centres, shape := r.take("centers", -1, d)
	k := shape[0]
	maps, _ := r.take("maps", k, d, d)
	p.shift, _ = r.take("shift", d)
	p.psi = r.potentials()
	if r.err != nil {
		return nil, r.err
	}
	p.centres = mat.NewDense(k, d, centres)
	for i := range k {
		root := mat.NewDense(d, d, maps[i*d*d:(i+1)*d*d])
		root.Scale(h.SD, root)
		p.roots = append(p.roots, root)
	}
	p.samplers()
	return p, nil
}

// take returns a tensor and its shape, which must be the given one; -1 stands for any
// length above 0.
func (r *pairReader) take(name string, want ...int) (values []float64, shape []int) {
	if r.err != nil {
		return nil, make([]int, len(want))
	}
	for _, t := range r.head.Tensors {
		if t.Name != name {
			continue
		}
		if len(t.Shape) != len(want) {
			break
		}
		size, room := 1, len(r.numbers)/4
		for i, n := range t.Shape {
			if n < 1 || want[i] >= 0 && n != want[i] || n > room/size {
				r.err = fmt.Errorf("%s has shape %v of %d numbers in all, not %v", name, t.Shape, room, want)
				return nil, make([]int, len(want))
			}
			size *= n
		}
		if t.Offset < 0 || t.Offset > room-size {
			r.err = fmt.Errorf("%s ends after the %d numbers of the file", name, room)
			return nil, make([]int, len(want))
		}
		values = make([]float64, size)
		for i := range values {
			values[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(r.numbers[4*(t.Offset+i):])))
			if math.IsNaN(values[i]) || math.IsInf(values[i], 0) {
				r.err = fmt.Errorf("%s holds %g", name, values[i])
			}
		}
		return values, t.Shape
	}
	r.err = fmt.Errorf("no tensor %s of %d dimensions", name, len(want))
	return nil, make([]int, len(want))
}

// potentials reads the two networks.
func (r *pairReader) potentials() *potentials {
	p := &potentials{d: r.head.Dim}
	var columns [][]float64 // of first, each column d numbers
	for _, psi := range []string{"psi1.", "psi2."} {
		net := &convexNet{}
		for l := range net.h {
			quad := fmt.Sprintf("%squad%d.", psi, l)
			b, shape := r.take(quad+"b", -1)
			net.b[l], net.h[l] = b, shape[0]
			squared, _ := r.take(quad+"D", p.d, net.h[l])
			linear, _ := r.take(quad+"W", net.h[l], p.d)
			if r.err != nil {
				return nil
			}
			columns = append(columns, rows(transposed(squared, p.d, net.h[l]), p.d)...)
			columns = append(columns, rows(linear, p.d)...)
		}
		for l := range net.c {
			net.c[l] = r.convex(fmt.Sprintf("%sconvex%d.C", psi, l), net.h[l+1], net.h[l])
			net.ct[l] = transposed(net.c[l], net.h[l+1], net.h[l])
		}
		net.w = r.convex(psi+"final.w", net.h[2])
		p.nets = append(p.nets, net)
	}
	for _, c := range columns {
		p.back = append(p.back, c...)
	}
	p.width = len(columns)
	p.first = transposed(p.back, p.width, p.d)
	return p
}

// convex takes a tensor whose entries must not be negative.
func (r *pairReader) convex(name string, shape ...int) []float64 {
	values, _ := r.take(name, shape...)
	for _, v := range values {
		if v < 0 {
			r.err = fmt.Errorf("%s holds %g: the potential is not convex", name, v)
		}
	}
	return values
}

// transposed is the m×n transpose of row-major n×m values; none stay none.
func transposed(values []float64, n, m int) []float64 {
	t := make([]float64, len(values))
	for i := range values {
		t[i%m*n+i/m] = values[i]
	}
	return t
}

// rows cuts values into rows of d.
func rows(values []float64, d int) (list [][]float64) {
	for ; len(values) >= d; values = values[d:] {
		list = append(list, values[:d])
	}
	return list
}
