package distill

import (
	"testing"
)

func TestPrecisionRecall(t *testing.T) {
	real := Ring(8, 2, 0.15, nil).Draw(400, 1)
	half := Ring(8, 2, 0.15, []float64{0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0}).Draw(400, 2)
	wide := Ring(8, 2, 1.5, nil).Draw(400, 3)
	same := PrecisionRecall(real, real, 0)
	if same.Precision != 1 || same.Recall != 1 {
		t.Errorf("a cloud against itself: %v", same)
	}
	if pr := PrecisionRecall(real, half, 0); pr.Precision < 0.9 || pr.Recall > 0.65 {
		t.Errorf("half of the modes: %v", pr)
	}
	if pr := PrecisionRecall(real, wide, 0); pr.Precision > 0.6 || pr.Recall < 0.8 {
		t.Errorf("a wide student: %v", pr)
	}
	// Balls to the first neighbour, by hand: real {0, 1, 3} has radii 1, 1, 2.
	pr := PrecisionRecall(cloudOf(0, 1, 3), cloudOf(-1.5, 4.5, 10), 1)
	near(t, "precision", pr.Precision, 1.0/3, 1e-15)
	near(t, "recall", pr.Recall, 1, 1e-15)
}
