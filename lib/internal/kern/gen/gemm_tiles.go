package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tiles lists the kernels of products by registers per row and rows of a tile. The
// largest of each width hide the latency of multiply-adds and read less than two
// registers per multiply-add; the others are for the rows left over.
var tiles = []struct {
	zmm  bool
	vecs int
	rows []int
}{
	{true, 4, []int{6, 4, 2, 1}},
	{true, 2, []int{12, 8, 4, 2, 1}},
	{true, 1, []int{8, 4, 2, 1}},
	{false, 2, []int{6, 4, 2, 1}},
	{false, 1, []int{8, 4, 2, 1}},
}

// gemmTiles writes the tile kernels. YMM kernels exist with a mask and without, since
// masked stores are slow there.
func gemmTiles(f *family) {
	f.eachMasked(func(v masked) {
		for _, t := range tiles {
			if t.zmm != v.zmm {
				continue
			}
			for _, rows := range t.rows {
				tile{masked: v, rows: rows, vecs: t.vecs, cut: true}.write()
				if !v.zmm {
					tile{masked: v, rows: rows, vecs: t.vecs}.write()
				}
			}
		}
	})
}

// tile is the kernel of an output of so many rows and registers.
type tile struct {
	masked
	rows, vecs int
	cut        bool // the last register is masked

	c, ldc, rs, rs3, ks, b, ldb reg.GPVirtual
	a                           []reg.GPVirtual // every fourth row
	last                        mask
	acc                         [][]reg.VecVirtual // by set, then rows×vecs
}

// write writes c = a·b or c += a·b for a column of tiles: the tiles lie below each
// other in c, and step apart in a.
func (t tile) write() {
	name := fmt.Sprintf("gemm%s_%dx%d", t.suffix(), t.rows, t.vecs)
	if t.cut && !t.zmm {
		name += "m"
	}
	e := t.float()
	t.function(name, fmt.Sprintf("func(c *%s, ldc int, a *%s, rs, ks, step int, b *%s, ldb, k, tiles, last int, add bool)", e, e, e))
	end := t.flushDenormals(t.bits == 32)
	load := func(name string) reg.GPVirtual { return t.Load(t.Param(name), t.GP64()).(reg.GPVirtual) }
	if t.cut {
		t.last = t.firstLanes(load("last"))
	}
	t.c, t.ldc, t.rs, t.ks, t.ldb = load("c"), load("ldc"), load("rs"), load("ks"), load("ldb")
	t.b = t.GP64()
	t.rs3 = t.GP64()
	t.LEAQ(operand.Mem{Base: t.rs, Index: t.rs, Scale: 2}, t.rs3)
	start := load("a")
	count := load("tiles")
	for range (t.rows + 3) / 4 {
		t.a = append(t.a, t.GP64())
	}
	// Small tiles add the terms of neighbouring k to different registers, so that
	// eight chains are under way.
	unroll := 2
	if t.rows*t.vecs < 8 {
		unroll = 4
	}
	sets := min(unroll, (8+t.rows*t.vecs-1)/(t.rows*t.vecs))
	for range sets {
		var set []reg.VecVirtual
		for range t.rows * t.vecs {
			set = append(set, t.register())
		}
		t.acc = append(t.acc, set)
	}

	t.Label("tile")
	t.MOVQ(start, t.a[0])
	for i := 1; i < len(t.a); i++ {
		t.LEAQ(operand.Mem{Base: t.a[i-1], Index: t.rs, Scale: 4}, t.a[i])
	}
	t.Load(t.Param("b"), t.b)
	for _, set := range t.acc {
		for _, x := range set {
			t.clear(x)
		}
	}
	t.fetch()
	k := t.GP64()
	t.Load(t.Param("k"), k)
	t.SUBQ(operand.U8(unroll), k)
	t.JL(operand.LabelRef("rest"))
	t.Label("terms")
	for u := range unroll {
		t.term(t.acc[u%sets])
	}
	t.SUBQ(operand.U8(unroll), k)
	t.JGE(operand.LabelRef("terms"))
	t.Label("rest")
	t.ADDQ(operand.U8(unroll), k)
	t.JZ(operand.LabelRef("store"))
	t.Label("term")
	t.term(t.acc[0])
	t.DECQ(k)
	t.JNZ(operand.LabelRef("term"))
	t.Label("store")
	t.output()
	step, err := t.Param("step").Resolve()
	if err != nil {
		panic(err)
	}
	t.ADDQ(step.Addr, start)
	t.DECQ(count)
	t.JNZ(operand.LabelRef("tile"))
	end()
}

// fetch asks for the tile's place in c, which is next read after all terms.
func (t tile) fetch() {
	at := t.GP64()
	t.MOVQ(t.c, at)
	for i := range t.rows {
		for j := range t.vecs {
			t.PREFETCHT0(operand.Mem{Base: at, Disp: j * t.width()})
		}
		if i < t.rows-1 {
			t.ADDQ(t.ldc, at)
		}
	}
}

// term adds the products of one k.
func (t tile) term(acc []reg.VecVirtual) {
	row := make([]reg.VecVirtual, t.vecs)
	for j := range row {
		row[j] = t.register()
		t.load(operand.Mem{Base: t.b, Disp: j * t.width()}, t.maskOf(j), row[j])
	}
	t.ADDQ(t.ldb, t.b)
	for i := range t.rows {
		from := t.element4(i)
		if t.zmm && t.vecs == 1 {
			pick(t.masked, t.VFMADD231PS_BCST, t.VFMADD231PD_BCST)(from, row[0], acc[i])
		} else {
			x := t.register()
			t.broadcast(from, x)
			for j := range row {
				t.fma231(row[j], x, acc[i*t.vecs+j])
			}
		}
		if i%4 == 3 || i == t.rows-1 {
			t.ADDQ(t.ks, t.a[i/4])
		}
	}
}

// element4 is the element of a in row i of the tile.
func (t tile) element4(i int) operand.Mem {
	m := operand.Mem{Base: t.a[i/4]}
	switch i % 4 {
	case 1:
		m.Index, m.Scale = t.rs, 1
	case 2:
		m.Index, m.Scale = t.rs, 2
	case 3:
		m.Index, m.Scale = t.rs3, 1
	}
	return m
}

func (t tile) maskOf(j int) mask {
	if j == t.vecs-1 && t.cut {
		return t.last
	}
	return nil
}

// output adds the sets up and stores the tile.
func (t tile) output() {
	sum := t.acc[0]
	for _, set := range t.acc[1:] {
		for i := range sum {
			t.add(set[i], sum[i], sum[i])
		}
	}
	add, err := t.Param("add").Resolve()
	if err != nil {
		panic(err)
	}
	t.CMPB(add.Addr, operand.U8(0))
	t.JNE(operand.LabelRef("add"))
	for _, adding := range []bool{false, true} {
		if adding {
			t.Label("add")
		}
		for i := range t.rows {
			for j := range t.vecs {
				at, x := operand.Mem{Base: t.c, Disp: j * t.width()}, sum[i*t.vecs+j]
				if adding {
					old := t.register()
					t.load(at, t.maskOf(j), old)
					t.add(old, x, x)
				}
				t.store(x, t.maskOf(j), at)
			}
			t.ADDQ(t.ldc, t.c)
		}
		if !adding {
			t.JMP(operand.LabelRef("next"))
		}
	}
	t.Label("next")
}
