package repl

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"gaspard/kernel/worker"
)

func TestTrail(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"nothing", nil, ""},
		{"one number", []float64{3}, ""},
		{"a straight line", []float64{8, 7, 6, 5, 4, 3, 2, 1}, "█▇▆▅▄▃▂▁"},
		{"decades", []float64{1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 10, 1}, "█▇▆▅▄▃▂▁"},
		{"below 0", []float64{1e7, -1e7}, "█▁"},
		{"no change", []float64{2, 2, 2}, "▁▁▁"},
		{"not finite", []float64{1, math.NaN(), 2, math.Inf(1)}, "▁ █ "},
	} {
		var c trail
		for _, v := range test.values {
			c.add(v)
		}
		if got := c.String(); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// However long a course is, its curve is all of it, and falls where it falls.
func TestTrailOfAnyLength(t *testing.T) {
	var c trail
	for k := range 3000 {
		c.add(-float64(k))
		s := c.String()
		if n := utf8.RuneCountInString(s); n > trailLength || k > 2 && n < 3 {
			t.Fatalf("%d numbers: a curve of %d", k+1, n)
		}
		if k > 0 && (!strings.HasPrefix(s, "█") || !strings.HasSuffix(s, "▁")) {
			t.Fatalf("%d numbers that fall: %q", k+1, s)
		}
		if total := len(c.means)*c.each + c.seen; total != k+1 {
			t.Fatalf("%d numbers: %d in the course", k+1, total)
		}
	}
}

func TestTrailsBeginAnew(t *testing.T) {
	report := func(task string, done int, value string) worker.Progress {
		return worker.Progress{Task: task, Done: done, Metrics: []worker.Metric{{Name: "loss", Value: value}}}
	}
	var c trails
	for k, test := range []struct {
		p    worker.Progress
		want string
	}{
		{report("fit", 1, "2"), ""},
		{report("fit", 2, "1"), "█▁"},
		{report("fit", 3, "NaN"), "█▁ "},
		{report("fit", 1, "1"), ""},
		{report("fit", 2, "2"), "▁█"},
		{report("other", 3, "3"), ""},
		{report("other", 4, "soon"), ""},
	} {
		if c.see(test.p); c.of("loss") != test.want {
			t.Errorf("report %d: %q, want %q", k+1, c.of("loss"), test.want)
		}
	}
	if c.of("gap") != "" {
		t.Error("a curve of what was never reported")
	}
}
