package kern

import "math"

// AdamStep holds the numbers of one step of Adam that are the same for all
// parameters. Step and Epsilon contain the corrections of the moments' bias; Keep is
// 1 less what weight decay takes.
type AdamStep struct{ Beta1, Beta2, Step, Epsilon, Keep float32 }

// adamTable has the update of Adam.
type adamTable struct {
	adam32 func(p, m, v, grad []float32, s AdamStep)
}

// Adam32 moves the parameters p against the gradient g by Adam's rule,
//
//	m ← β₁ m + (1-β₁) g,  v ← β₂ v + (1-β₂) g²
//	p ← Keep p - Step m / (√v + Epsilon)
//
// The slices have one length. 1-β is formed in float32, so that the weights of a
// mean add up to one. Everything is rounded as written, or fused where the processor
// can, so that levels differ by a few ulp of m, v and the step.
func Adam32(p, m, v, g []float32, s AdamStep) {
	equalLengths("Adam32", len(p), len(m), len(v), len(g))
	kernels.adam32(p, m, v, g, s)
}

func (t *table) adamPortable() {
	t.adam32 = adamPortable
}

func adamPortable(p, m, v, grad []float32, s AdamStep) {
	m, v, grad = m[:len(p)], v[:len(p)], grad[:len(p)]
	b1, b2, c1, c2 := s.Beta1, s.Beta2, 1-s.Beta1, 1-s.Beta2
	for i, x := range grad {
		m[i] = b1*m[i] + c1*x
		v[i] = b2*v[i] + c2*(x*x)
		p[i] = s.Keep*p[i] - s.Step*(m[i]/(float32(math.Sqrt(float64(v[i])))+s.Epsilon))
	}
}
