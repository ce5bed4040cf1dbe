package monge

import (
	"errors"
	"fmt"
)

// History holds the losses of a training run, entry i those of the batch of
// step i+1, before that step was taken.
type History struct {
	Step []float64 // 1, 2, ...
	// Fit is Settings.Loss, or UserLoss, between pushed source and target.
	Fit []float64
	// Gap is the entropic Monge gap in the Shannon convention, as in the paper;
	// it cannot fall below ε log n for a batch of n; debiased with DebiasGap. Zero where
	// Lambda is 0.
	Gap []float64
	// Asymmetry is E |J v - Jᵀv|²; zero where Conservativity is 0.
	Asymmetry []float64
	// Total is what is minimised: Fit + λ Gap + Conservativity × Asymmetry.
	Total []float64

	// Held holds the validations, in order.
	Held Held
}

// Held holds the losses on held-out points, each after a number of steps.
type Held struct {
	Step  []float64
	Fit   []float64 // Settings.Loss of whole held-out clouds.
	Gap   []float64 // The exact Monge gap, without floor or bias of ε; 0 where Lambda is 0.
	Total []float64 // Fit + λ Gap, with λ as it is at the end: what chooses the best step.
	Best  int       // Index of the least Total.
}

func (h *History) add(fit, gap, asymmetry, total float64) {
	h.Step = append(h.Step, float64(len(h.Step)+1))
	h.Fit = append(h.Fit, fit)
	h.Gap = append(h.Gap, gap)
	h.Asymmetry = append(h.Asymmetry, asymmetry)
	h.Total = append(h.Total, total)
}

// add records a validation and reports whether it is the best so far.
func (h *Held) add(step int, fit, gap, total float64) (best bool) {
	h.Step = append(h.Step, float64(step))
	h.Fit = append(h.Fit, fit)
	h.Gap = append(h.Gap, gap)
	h.Total = append(h.Total, total)
	last := len(h.Total) - 1
	if best = last == 0 || total < h.Total[h.Best]; best {
		h.Best = last
	}
	return best
}

// clone returns a copy that training does not go on to write.
func (h *History) clone() History {
	list := func(v []float64) []float64 { return append([]float64(nil), v...) }
	e := &h.Held
	return History{
		Step: list(h.Step), Fit: list(h.Fit), Gap: list(h.Gap), Asymmetry: list(h.Asymmetry), Total: list(h.Total),
		Held: Held{Step: list(e.Step), Fit: list(e.Fit), Gap: list(e.Gap), Total: list(e.Total), Best: e.Best},
	}
}

// recentSteps is over how many steps Recent averages: a single batch is noisy.
const recentSteps = 50

// Recent returns the means of Fit and Gap over the last 50 steps, 0 if there
// are none.
func (h *History) Recent() (fit, gap float64) {
	from := max(0, len(h.Fit)-recentSteps)
	n := len(h.Fit) - from
	if n == 0 {
		return 0, 0
	}
	for i := from; i < len(h.Fit); i++ {
		fit += h.Fit[i]
		gap += h.Gap[i]
	}
	return fit / float64(n), gap / float64(n)
}

// Status says how a training run ended.
type Status int

// The outcomes. Training has no notion of convergence: it is done when its
// steps are.
const (
	Done      Status = iota // All steps were taken.
	NotFinite               // A loss was not finite; the map is the best one before.
	Early                   // Validations had stopped to improve; the map is that of the best.
	Underway                // Of [Trainer.Map] before the last step.
)

// String returns the status in words.
func (s Status) String() string {
	switch s {
	case Done:
		return "done"
	case NotFinite:
		return "stopped by a loss that is not finite"
	case Early:
		return "stopped early"
	case Underway:
		return "under way"
	}
	return fmt.Sprintf("Status(%d)", int(s))
}

// Err returns nil if training ended as it should or is under way, and otherwise says
// what to try.
func (s Status) Err() error {
	if s == NotFinite {
		return errors.New("monge: training stopped because the loss was not finite, and kept the best parameters before; " +
			"lower LearningRate or Lambda, or set Clip")
	}
	return nil
}

// Unconverged counts the Sinkhorn solves that were cut off at the iteration
// limit, with a marginal error above Settings.Tol.
type Unconverged struct {
	Fit, Gap int
}

// String says what the counts mean.
func (u Unconverged) String() string {
	return fmt.Sprintf("%d solves of the fit and %d of the gap reached the iteration limit above Tol: raise MaxIter or the ε", u.Fit, u.Gap)
}

// Iterations is how many Sinkhorn iterations a step took on average: those between
// pushed source and target, within the pushed source, and of the gap.
type Iterations struct {
	Fit, Self, Gap float64
}

// per returns the sums by a number of steps.
func (i Iterations) per(steps int) Iterations {
	n := float64(max(steps, 1))
	return Iterations{i.Fit / n, i.Self / n, i.Gap / n}
}
