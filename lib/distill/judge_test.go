package distill

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestJudge sees the teacher's own points at the floor and others above.
func TestJudge(t *testing.T) {
	teacher := Ring(8, 2, 0.15, nil)
	own := Judge(teacher.Draw(300, 77), teacher, JudgeSettings{})
	other := Judge(Ring(8, 2, 1.2, nil).Draw(300, 5), teacher, JudgeSettings{})
	for _, name := range []string{"energy distance", "MMD²", "sliced W2"} {
		o, w := own.Get(name), other.Get(name)
		if math.Abs(o.Value-o.Floor) > 6*(o.Sd+o.FloorSd+1e-3) {
			t.Errorf("the teacher's points: %+v", o)
		}
		if !(w.Value > w.Floor+3*w.FloorSd) {
			t.Errorf("blurred points at the floor: %+v", w)
		}
	}
	if !strings.Contains(own.String(), "teacher itself") || own.Get("modes covered").Value != 8 {
		t.Error(own)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	line := OnLine(nil, []float64{0}, []float64{1})
	if v := Judge(line.Sample(rng, 100), line, JudgeSettings{Repeats: 1}).Get("W1").Value; !(v > 0 && v < 0.5) {
		t.Errorf("W1 on the line is %g", v)
	}
}
