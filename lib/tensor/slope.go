package tensor

import "gaspard/lib/internal/kern"

// firstSlopes32 is slopes32 for order 1, the case of a gradient that is part of a
// loss: kernels do what slopes32 does entry by entry. u, s and r are scratch as long
// as z. It reports false, with nothing done, for activations that it does not know.
func firstSlopes32(act Activation, y, d, z, u, s, r []float32) bool {
	switch act {
	case SiLU, GELU, Softplus, Tanh, CELU:
	default:
		return false
	}
	kern.Activate32(kern.Activation(act), u, y, z)
	if d == nil {
		return true
	}
	switch act {
	case Tanh: // -2 t (1 - t²)
		kern.Mul32(d, u, y)
		kern.Scale32(d, -2, d)
		return true
	case CELU:
		for i, v := range z {
			d[i] = y[i]
			if v > 0 {
				d[i] = 0
			}
		}
		return true
	}
	gates := z
	if act == GELU {
		for i, v := range z {
			// Beyond ±15 the slopes are constant in float32, and cubes might overflow.
			v = min(max(v, -15), 15)
			u[i] = geluScale * (v + geluCubic*v*v*v)
		}
		gates = u
	}
	// The logistic functions of both signs, neither with cancellation: s(1-s) = s r and
	// 1-2s = r-s.
	kern.Activate32(kern.Softplus, d, s, gates)
	kern.Scale32(u, -1, gates)
	kern.Activate32(kern.Softplus, d, r, u)
	switch act {
	case Softplus:
		kern.Mul32(d, s, r)
	case SiLU:
		for i, v := range z {
			v = min(max(v, -100), 100)
			d[i] = s[i] * r[i] * (2 + v*(r[i]-s[i]))
		}
	case GELU:
		for i, v := range z {
			v = min(max(v, -15), 15)
			w := 3 * geluCubic * v * v
			slope := geluScale * (1 + w)
			d[i] = s[i] * r[i] * (2*slope + v*(r[i]-s[i])*slope*slope + 2*geluScale*w)
		}
	}
	return true
}
