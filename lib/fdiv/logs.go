package fdiv

import "math"

// softplus is log(1 + e^l).
func softplus(l float64) float64 {
	return math.Max(l, 0) + math.Log1p(math.Exp(-math.Abs(l)))
}

// logMean is log((1 + e^l)/2), to full relative precision near 0.
func logMean(l float64) float64 {
	if l > 1 {
		return l + logMean(-l)
	}
	return math.Log1p(math.Expm1(l) / 2)
}

// excess is e^l - 1 - l ≥ 0, to full relative precision near 0.
func excess(l float64) float64 {
	if math.Abs(l) > 0.1 {
		return math.Expm1(l) - l
	}
	sum, t := 0.0, l*l/2
	for k := 3.0; k < 12; k++ {
		sum += t
		t *= l / k
	}
	return sum
}

// klTerm is b log(b/a) + a - b, the pointwise KL(b‖a), from the logarithms.
func klTerm(lb, la float64) float64 {
	l := la - lb
	if l < 1 {
		return math.Exp(lb) * excess(l)
	}
	// b e^l is a, which does not overflow where e^l does.
	return math.Exp(la) - math.Exp(lb)*(1+l)
}

// overLarge is e^l log(1 + e^-l), which tends to 1.
func overLarge(l float64) float64 {
	if l > 36 {
		return 1
	}
	return math.Exp(l) * math.Log1p(math.Exp(-l))
}

// times is x e^l, and 0 for x = 0.
func times(x, l float64) float64 {
	if x == 0 {
		return 0
	}
	return x * math.Exp(l)
}

func logSumExp(v []float64) float64 {
	top := math.Inf(-1)
	for _, x := range v {
		top = math.Max(top, x)
	}
	if math.IsInf(top, 0) {
		return top
	}
	sum := 0.0
	for _, x := range v {
		sum += math.Exp(x - top)
	}
	return top + math.Log(sum)
}

// lambert0 is the principal branch of the Lambert function at e^t: the s > 0
// with s e^s = e^t, that is s + log s = t.
func lambert0(t float64) float64 {
	s := math.Exp(t)
	if t > 1 {
		s = t - math.Log(t)
	} else if t < -30 {
		return s * (1 - s)
	}
	for range 50 {
		step := (s + math.Log(s) - t) / (1 + 1/s)
		next := s - step
		if next <= 0 {
			next = s / 2
		}
		if math.Abs(next-s) <= 1e-16*next {
			return next
		}
		s = next
	}
	return s
}

// lambertMinus is the y ≥ 1 with y - log y = 1 + t, t ≥ 0: minus the lower branch
// of the Lambert function at -e^-(1+t).
func lambertMinus(t float64) float64 {
	// With y = 1 + v: v - log(1+v) = t, which starts as v²/2.
	v := math.Sqrt(2*t) + 2*t/3
	if t > 1 {
		v = t + math.Log(1+t+math.Log1p(t))
	}
	for range 50 {
		if v == 0 {
			return 1
		}
		step := (v - math.Log1p(v) - t) * (1 + v) / v
		next := math.Max(v-step, v/4)
		if math.Abs(next-v) <= 1e-16*next {
			v = next
			break
		}
		v = next
	}
	return 1 + v
}
