package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// form is how the exponent t_ij of a pair is computed.
type form int

const (
	formDirect   form = iota // row_i + col_j − Σ_k (x_ik − y_jk)²
	formExpanded             // row_i + col_j + Σ_k x_ik y_jk
	formDistance             // row_i + col_j − √Σ_k (x_ik − y_jk)²
	formStored               // row_i + col_j − x_0 y_ij
)

var formNames = [...]string{"Direct", "Expanded", "Distance", "Stored"}

// sweepRows is the rows of a tile.
const sweepRows = 4

// sweep writes the tiles: four rows against all columns, in panels of four vectors
// (AVX2: one, which is what its registers have room for).
func sweep(f *family) {
	f.vectors(func(v vector, suffix string) {
		for i, name := range formNames {
			t := v.float()
			f.function("sweep"+name+suffix, "func(p, sums, x, row, y, col, weight *"+t+", panels, d, rowStep, panelStep, mode int)")
			newSweepTile(v, form(i)).write()
		}
		f.function("columnsAdd"+suffix, "func(sums, w, p *"+v.float()+", panels, rowStep int)")
		v.overColumns(true)
		f.function("columnsMax"+suffix, "func(sums, w, p *"+v.float()+", panels, rowStep int)")
		v.overColumns(false)
		f.function("rowsDot"+suffix, "func(sums, p, y *"+v.float()+", panels, d, rowStep int)")
		v.rowsDot()
	})
}

// panel is the vectors of a panel.
func (v vector) panel() int {
	if v.zmm {
		return 4
	}
	return 1
}

// sweepTile is the function being written and its registers.
type sweepTile struct {
	vector
	form
	p, x, row, y, col, weight    reg.Register
	panels, d, rowStep, rowStep3 reg.Register
	sums                         []reg.VecVirtual
	acc                          [sweepRows][]reg.VecVirtual
	power                        exponential
	end                          func()
}

func newSweepTile(v vector, form form) *sweepTile {
	t := &sweepTile{vector: v, form: form, end: v.flushDenormals(true)}
	load := func(name string) reg.Register { return v.Load(v.Param(name), v.GP64()) }
	t.p, t.x, t.row, t.y, t.col, t.weight = load("p"), load("x"), load("row"), load("y"), load("col"), load("weight")
	t.panels, t.d, t.rowStep = load("panels"), load("d"), load("rowStep")
	return t
}

// mode compares the parameter of that name, which says what becomes of t.
func (t *sweepTile) mode(value int, otherwise string) {
	m, err := t.Param("mode").Resolve()
	if err != nil {
		panic(err)
	}
	t.CMPQ(m.Addr, operand.U8(value))
	t.JNE(operand.LabelRef(otherwise))
}

func (t *sweepTile) write() {
	size := t.size()
	t.SHLQ(operand.U8(log2(size)), t.rowStep)
	t.rowStep3 = t.GP64()
	t.LEAQ(operand.Mem{Base: t.rowStep, Index: t.rowStep, Scale: 2}, t.rowStep3)
	if t.form == formStored {
		t.SHLQ(operand.U8(log2(size)), t.d) // the distance of two rows of costs
	}
	if t.zmm {
		held := 5
		if t.bits == 64 {
			held = 3
		}
		t.power = t.vector.power(held)
	} else {
		t.power = t.vector.power(0)
	}
	t.sums = t.registers(sweepRows)
	t.clear(t.sums...)
	t.mode(modeRaw, "panel")
	for _, s := range t.sums {
		t.setTo(t.constant(math.Inf(-1)), s)
	}
	t.Label("panel")
	for r := range t.acc {
		t.acc[r] = t.registers(t.panel())
	}
	t.exponents()
	t.mode(modeRaw, "power")
	t.keepRaw()
	t.JMP(operand.LabelRef("next"))
	t.Label("power")
	if t.form == formDistance {
		t.mode(modeSlope, "plain")
		t.keepSlopes()
		t.JMP(operand.LabelRef("next"))
		t.Label("plain")
		t.addPotentials()
	}
	t.keepPowers()
	t.Label("next")
	step := t.Load(t.Param("panelStep"), t.GP64())
	t.LEAQ(operand.Mem{Base: t.p, Index: step, Scale: uint8(size)}, t.p)
	t.ADDQ(operand.U32(t.panel()*t.width()), t.col)
	t.ADDQ(operand.U32(t.panel()*t.width()), t.weight)
	t.DECQ(t.panels)
	t.JNZ(operand.LabelRef("panel"))
	t.finish()
}

// The values of mode, as in sweep.go.
const (
	modePower = iota
	modeRaw
	modeSlope
)

func log2(x int) int { return int(math.Log2(float64(x))) }

// at is element i of an array, in elements of one number.
func (t *sweepTile) at(base reg.Register, i int) operand.Mem {
	return operand.Mem{Base: base, Disp: i * t.size()}
}

// vectorAt is vector i of an array.
func (t *sweepTile) vectorAt(base reg.Register, i int) operand.Mem {
	return operand.Mem{Base: base, Disp: i * t.width()}
}

// broadcast loads one number into all lanes.
func (v vector) broadcast(m operand.Mem, dst reg.VecVirtual) {
	v.emit(instruction{s: v.VBROADCASTSS, d: v.VBROADCASTSD}, m, dst)
}

// exponents computes t_ij of a panel into acc, or for formDistance the
// distances.
func (t *sweepTile) exponents() {
	if t.form == formDistance {
		for _, a := range t.acc {
			t.clear(a...)
		}
	} else {
		t.addPotentials()
	}
	if t.form == formStored {
		t.subtractStored()
		return
	}
	x, k := t.GP64(), t.GP64()
	t.MOVQ(t.x, x)
	t.MOVQ(t.d, k)
	t.Label("coordinate")
	y, b, diff := t.registers(t.panel()), t.register(), t.register()
	for v := range y {
		t.move(t.vectorAt(t.y, v), y[v])
	}
	for r := range t.acc {
		t.broadcast(t.at(x, r), b)
		for v, a := range t.acc[r] {
			switch t.form {
			case formExpanded:
				t.fma231(y[v], b, a)
			case formDirect:
				t.sub(b, y[v], diff)
				t.fnma231(diff, diff, a)
			case formDistance:
				t.sub(b, y[v], diff)
				t.fma231(diff, diff, a)
			}
		}
	}
	t.ADDQ(operand.U32(t.panel()*t.width()), t.y)
	t.ADDQ(operand.U32(sweepRows*t.size()), x)
	t.DECQ(k)
	t.JNZ(operand.LabelRef("coordinate"))
	if t.form == formDistance {
		for _, a := range t.acc {
			for _, d := range a {
				t.emit(instruction{s: t.VSQRTPS, d: t.VSQRTPD}, d, d)
			}
		}
	}
}

// addPotentials sets acc to row_i + col_j, or for formDistance to that less the
// distance that acc holds.
func (t *sweepTile) addPotentials() {
	rows := t.registers(sweepRows)
	for r := range rows {
		t.broadcast(t.at(t.row, r), rows[r])
	}
	for v := range t.panel() {
		for r := range rows {
			a := t.acc[r][v]
			if t.form != formDistance {
				t.add(t.vectorAt(t.col, v), rows[r], a)
				continue
			}
			sum := t.register()
			t.add(t.vectorAt(t.col, v), rows[r], sum)
			t.sub(a, sum, a)
		}
	}
}

func (t *sweepTile) subtractStored() {
	factor := t.register()
	t.broadcast(t.at(t.x, 0), factor)
	line := t.GP64()
	t.MOVQ(t.y, line)
	for r := range t.acc {
		for v, a := range t.acc[r] {
			t.fnma231(t.vectorAt(line, v), factor, a)
		}
		if r < sweepRows-1 {
			t.ADDQ(t.d, line)
		}
	}
	t.ADDQ(operand.U32(t.panel()*t.width()), t.y)
}

// place is where vector v of row r of the panel goes.
func (t *sweepTile) place(r, v int) operand.Mem {
	m := operand.Mem{Base: t.p, Disp: v * t.width()}
	switch r {
	case 1, 2:
		m.Index, m.Scale = t.rowStep, uint8(r)
	case 3:
		m.Index, m.Scale = t.rowStep3, 1
	}
	return m
}

// keepPowers stores 2^t and adds its weighted sum.
func (t *sweepTile) keepPowers() {
	group := min(2, t.panel())
	if !t.zmm { // two rows instead
		for r := 0; r < sweepRows; r += 2 {
			t.power.exp2(t.acc[r][0], t.acc[r+1][0])
			t.keep(r, 0)
			t.keep(r+1, 0)
		}
		return
	}
	for r := range t.acc {
		for v := 0; v < t.panel(); v += group {
			t.power.exp2(t.acc[r][v : v+group]...)
			for u := v; u < v+group; u++ {
				t.keep(r, u)
			}
		}
	}
}

func (t *sweepTile) keep(r, v int) {
	t.fma231(t.vectorAt(t.weight, v), t.acc[r][v], t.sums[r])
	t.move(t.acc[r][v], t.place(r, v))
}

// keepRaw stores t itself and its largest value.
func (t *sweepTile) keepRaw() {
	if t.form == formDistance {
		t.addPotentials()
	}
	for r := range t.acc {
		for v, a := range t.acc[r] {
			t.max(t.sums[r], a, t.sums[r])
			t.move(a, t.place(r, v))
		}
	}
}

// keepSlopes stores 2^t divided by the distance, or 0 where that is 0, and adds its
// weighted sum.
func (t *sweepTile) keepSlopes() {
	for r := range t.acc {
		for v, a := range t.acc[r] {
			power, row := t.register(), t.register()
			t.broadcast(t.at(t.row, r), row)
			t.add(t.vectorAt(t.col, v), row, power)
			t.sub(a, power, power)
			t.power.exp2(power)
			t.div(a, power, power)
			t.zeroWhere(a, power)
			t.fma231(t.vectorAt(t.weight, v), power, t.sums[r])
			t.move(power, t.place(r, v))
		}
	}
}

// zeroWhere sets the lanes of x to 0 where a is 0.
func (t *sweepTile) zeroWhere(a, x reg.VecVirtual) {
	zero := t.register()
	t.clear(zero)
	if t.zmm {
		k := t.K()
		t.emit(instruction{s: t.VCMPPS, d: t.VCMPPD}, operand.U8(equal), zero, a, k)
		t.emit(instruction{s: t.VMOVAPS, d: t.VMOVAPD}, zero, k, x)
		return
	}
	mask := t.register()
	t.compare(equal, zero, a, mask)
	t.blend(mask, zero, x, x)
}

// finish writes the sums or the maxima.
func (t *sweepTile) finish() {
	sums := t.Load(t.Param("sums"), t.GP64())
	t.mode(modeRaw, "total")
	for r, s := range t.sums {
		t.across(t.max, s)
		t.scalar(s, t.at(sums, r))
	}
	t.end()
	t.Label("total")
	for r, s := range t.sums {
		t.across(t.add, s)
		t.scalar(s, t.at(sums, r))
	}
	t.end()
}

// across reduces the lanes of a register into its first.
func (v vector) across(op func(y, x, dst operand.Op), s reg.VecVirtual) {
	if v.zmm {
		high := v.YMM()
		v.VEXTRACTF64X4(operand.U8(1), s, high)
		op(high, s.AsY(), s.AsY())
	}
	high := v.XMM()
	v.VEXTRACTF128(operand.U8(1), s.AsY(), high)
	op(high, s.AsX(), s.AsX())
	for _, order := range map[int][]int{32: {0x4e, 0xb1}, 64: {0x1}}[v.bits] {
		v.emit(instruction{s: v.VPERMILPS, d: v.VPERMILPD}, operand.U8(order), s.AsX(), high)
		op(high, s.AsX(), s.AsX())
	}
}

// scalar stores the first lane.
func (v vector) scalar(s reg.VecVirtual, m operand.Mem) {
	if v.bits == 32 {
		v.VMOVSS(s.AsX(), m)
	} else {
		v.VMOVSD(s.AsX(), m)
	}
}

// overColumns writes sums_j += Σ_r w_r p_rj over four rows, or the largest of sums_j
// and p_rj.
func (v vector) overColumns(add bool) {
	end := v.flushDenormals(true)
	load := func(name string) reg.Register { return v.Load(v.Param(name), v.GP64()) }
	sums, w, p, panels, step := load("sums"), load("w"), load("p"), load("panels"), load("rowStep")
	v.SHLQ(operand.U8(log2(v.size())), step)
	step3 := v.GP64()
	v.LEAQ(operand.Mem{Base: step, Index: step, Scale: 2}, step3)
	weights := v.registers(sweepRows)
	for r := range weights {
		v.broadcast(operand.Mem{Base: w, Disp: r * v.size()}, weights[r])
	}
	t := &sweepTile{vector: v, p: p, rowStep: step, rowStep3: step3}
	v.Label("panel")
	for u := range v.panel() {
		s := v.register()
		v.move(t.vectorAt(sums, u), s)
		for r := range weights {
			if add {
				v.fma231(t.place(r, u), weights[r], s)
			} else {
				v.max(t.place(r, u), s, s)
			}
		}
		v.move(s, t.vectorAt(sums, u))
	}
	v.ADDQ(operand.U32(v.panel()*v.width()), sums)
	v.ADDQ(operand.U32(v.panel()*v.width()), p)
	v.DECQ(panels)
	v.JNZ(operand.LabelRef("panel"))
	end()
}

// rowsDot writes sums_r = Σ_j p_rj y_j over four rows, for one coordinate of panels
// that have d.
func (v vector) rowsDot() {
	end := v.flushDenormals(true)
	load := func(name string) reg.Register { return v.Load(v.Param(name), v.GP64()) }
	p, y, panels, d, step := load("p"), load("y"), load("panels"), load("d"), load("rowStep")
	v.SHLQ(operand.U8(log2(v.size())), step)
	v.SHLQ(operand.U8(log2(v.panel()*v.width())), d)
	step3 := v.GP64()
	v.LEAQ(operand.Mem{Base: step, Index: step, Scale: 2}, step3)
	t := &sweepTile{vector: v, p: p, rowStep: step, rowStep3: step3}
	sums := v.registers(sweepRows * min(2, v.panel()))
	v.clear(sums...)
	v.Label("panel")
	for u := range v.panel() {
		value := v.register()
		v.move(t.vectorAt(y, u), value)
		for r := range sweepRows {
			v.fma231(t.place(r, u), value, sums[(u*sweepRows+r)%len(sums)])
		}
	}
	v.ADDQ(d, y)
	v.ADDQ(operand.U32(v.panel()*v.width()), p)
	v.DECQ(panels)
	v.JNZ(operand.LabelRef("panel"))
	out := load("sums")
	for r := range sweepRows {
		if len(sums) > sweepRows {
			v.add(sums[sweepRows+r], sums[r], sums[r])
		}
		v.across(v.add, sums[r])
		v.scalar(sums[r], t.at(out, r))
	}
	end()
}
