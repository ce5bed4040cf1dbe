package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peak writes loops of independent multiply-adds: 12 chains of YMM registers, 24
// of ZMM ones, so that their latency is hidden.
func peak(f *family) {
	for _, wide := range []bool{false, true} {
		name, chains := "YMM", 12
		if wide {
			name, chains = "ZMM", 24
		}
		vector := func() reg.Register {
			if wide {
				return f.ZMM()
			}
			return f.YMM()
		}
		for _, bits := range []string{"32", "64"} {
			f.function("peak"+name+bits, "func(n int)")
			n := f.Load(f.Param("n"), f.GP64())
			acc := make([]reg.Register, chains)
			for i := range acc {
				acc[i] = vector()
				f.VXORPS(acc[i], acc[i], acc[i])
			}
			x := vector()
			f.VXORPS(x, x, x)
			f.Label("round")
			for _, a := range acc {
				if bits == "32" {
					f.VFMADD231PS(x, x, a)
				} else {
					f.VFMADD231PD(x, x, a)
				}
			}
			f.DECQ(n)
			f.JNZ(operand.LabelRef("round"))
			f.VZEROUPPER()
			f.RET()
		}
	}
}
