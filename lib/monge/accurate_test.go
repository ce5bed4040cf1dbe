package monge

import (
	"testing"

	"gaspard/lib/measure"
)

// In a few steps the error on a pair with a known map is below half of that of the
// linear map that training begins with.
func TestAccurateBeatsItsStart(t *testing.T) {
	pair := measure.W2Pair(4)
	x, y := pair.Source.Draw(4096, 1), pair.Target.Draw(4096, 2)
	s := Accurate(x, y)
	s.Batch, s.Steps = 256, 200
	z, images := pair.Source.Draw(1024, 3), pair.Target.Draw(1024, 4)
	judge := ScoreSettings{Truth: pair.Push, Points: 64, GapPoints: 64}
	before, after := Score(s.Start, z, images, judge).UVP, Score(Fit(x, y, s), z, images, judge).UVP
	if !(after < before/2) {
		t.Errorf("error %.2f %% after training, %.2f %% of the linear map", after, before)
	}
	small := Accurate(pair.Source.Draw(30, 1), pair.Target.Draw(20, 2))
	if small.Batch != 20 {
		t.Errorf("a batch of %d from clouds of 30 and 20 points", small.Batch)
	}
}
