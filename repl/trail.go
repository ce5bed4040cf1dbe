package repl

import (
	"math"
	"strconv"
	"strings"

	"gaspard/kernel/worker"
)

// trailLength is how many bars the curve of a metric has.
const trailLength = 10

// trail is the course of a metric so far: means over stretches of equal length, which
// double when there are too many of them.
type trail struct {
	means []float64
	each  int // reports in a whole stretch
	sum   float64
	seen  int // reports in the stretch that has begun
}

func (t *trail) add(v float64) {
	if t.each == 0 {
		t.each = 1
	}
	t.sum += v
	if t.seen++; t.seen < t.each {
		return
	}
	t.means = append(t.means, t.sum/float64(t.each))
	t.sum, t.seen = 0, 0
	if len(t.means) <= 2*trailLength {
		return
	}
	for i := range trailLength {
		t.means[i] = (t.means[2*i] + t.means[2*i+1]) / 2
	}
	t.sum, t.seen = t.means[2*trailLength]*float64(t.each), t.each
	t.means = t.means[:trailLength]
	t.each *= 2
}

// String draws the course as bars, two stretches each once there are too many, from the
// least to the most that it shows; by logarithms where these are positive and far apart. A
// number that is not finite is a gap. A course of fewer than two numbers is nothing to draw.
func (t *trail) String() string {
	shown := t.means
	if len(shown) > trailLength {
		shown = make([]float64, 0, trailLength)
		for i := len(t.means) % 2; i < len(t.means); i += 2 {
			shown = append(shown, (t.means[i]+t.means[i+1])/2)
		}
	}
	if len(shown) < 2 {
		return ""
	}
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range shown {
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			least, most = min(least, v), max(most, v)
		}
	}
	height := func(v float64) float64 { return v }
	if least > 0 && most > 10*least {
		height = math.Log
	}
	levels := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, v := range shown {
		switch {
		case math.IsInf(v, 0) || math.IsNaN(v):
			b.WriteByte(' ')
		case most == least:
			b.WriteRune(levels[0])
		default:
			share := (height(v) - height(least)) / (height(most) - height(least))
			b.WriteRune(levels[int(math.Round(share*float64(len(levels)-1)))])
		}
	}
	return b.String()
}

// trails are the courses of the metrics of a running loop.
type trails struct {
	task   string
	done   int
	course map[string]*trail
}

// see takes a report; one of another task, or of an earlier step, begins anew.
func (t *trails) see(p worker.Progress) {
	if t.course == nil || p.Task != t.task || p.Done < t.done {
		t.course = map[string]*trail{}
	}
	t.task, t.done = p.Task, p.Done
	for _, m := range p.Metrics {
		v, err := strconv.ParseFloat(m.Value, 64)
		if err != nil {
			continue
		}
		if t.course[m.Name] == nil {
			t.course[m.Name] = new(trail)
		}
		t.course[m.Name].add(v)
	}
}

// of is the curve of a metric, "" if there is none yet.
func (t *trails) of(name string) string {
	if c := t.course[name]; c != nil {
		return c.String()
	}
	return ""
}
