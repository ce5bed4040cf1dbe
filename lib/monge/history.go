package monge

import (
	"errors"
	"fmt"
)

// History holds the losses of a training run, entry i those of the batch of
// step i+1, before that step was taken.
type History struct {
	Step []float64 // 1, 2, ...
	// Fit is the Sinkhorn divergence between pushed source and target.
	Fit []float64
	// Gap is the entropic Monge gap in the Shannon convention, as in the paper;
	// it cannot fall below ε log n for a batch of n. Zero where Lambda is 0.
	Gap []float64
	// Total is what is minimised: Fit + λ Gap.
	Total []float64
}

func (h *History) add(fit, gap, total float64) {
	h.Step = append(h.Step, float64(len(h.Step)+1))
	h.Fit = append(h.Fit, fit)
	h.Gap = append(h.Gap, gap)
	h.Total = append(h.Total, total)
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
)

// String returns the status in words.
func (s Status) String() string {
	switch s {
	case Done:
		return "done"
	case NotFinite:
		return "stopped by a loss that is not finite"
	}
	return fmt.Sprintf("Status(%d)", int(s))
}

// Err returns nil if all steps were taken, and otherwise says what to try.
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
