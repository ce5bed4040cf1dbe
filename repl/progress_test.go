package repl

import (
	"math"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"gaspard/kernel/worker"
)

func TestProgressText(t *testing.T) {
	tests := []struct {
		name string
		p    worker.Progress
		want string
	}{
		{"half", worker.Progress{Task: "fit", Done: 50, Total: 100, Seconds: 2, Metrics: []worker.Metric{{Name: "loss", Value: "0.5"}}},
			"fit  ██████████░░░░░░░░░░  50/100  25/s  2.0s left  loss 0.5"},
		{"not begun", worker.Progress{Total: 4}, "░░░░░░░░░░░░░░░░░░░░  0/4"},
		{"done", worker.Progress{Done: 4, Total: 4, Seconds: 8}, "████████████████████  4/4  2.0s each"},
		{"beyond its total", worker.Progress{Done: 6, Total: 4, Seconds: 1}, "████████████████████  6/4  6.0/s"},
		{"no total", worker.Progress{Task: "draw", Done: 120000, Seconds: 4}, "draw  120000  30k/s  4.0s"},
		{"long", worker.Progress{Done: 1, Total: 101, Seconds: 100}, "░░░░░░░░░░░░░░░░░░░░  1/101  100.0s each  2:46:40 left"},
	}
	for _, test := range tests {
		if got := progressText(test.p, new(trails), 100); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// A bar that reached the last column would wrap, and \r could not erase it.
func TestProgressTextFits(t *testing.T) {
	p := worker.Progress{Task: "entropie 本", Done: 3, Total: 7, Seconds: 1, Metrics: []worker.Metric{{Name: "gap", Value: "1e-3"}, {Name: "fit", Value: "2"}}}
	var curves trails
	for range 30 {
		curves.see(p)
	}
	for width := 2; width < 120; width++ {
		if got := ansi.StringWidth(progressText(p, &curves, width)); got >= width {
			t.Errorf("%d columns on a screen of %d", got, width)
		}
	}
}

// The curves of a training appear on a screen of 80 columns, the first metric's before the
// second's.
func TestProgressTextHasCurves(t *testing.T) {
	p := worker.Progress{Task: "monge", Done: 2300, Total: 5000, Seconds: 3.2, Metrics: []worker.Metric{{Name: "fit", Value: "0.0168"}, {Name: "gap", Value: "0.4521"}}}
	var curves trails
	for _, v := range []string{"8", "4", "2", "1"} {
		p.Metrics[0].Value, p.Metrics[1].Value = v, v
		curves.see(p)
	}
	for width, want := range map[int]string{
		70:  "monge  ███░░░░░  2300/5000  719/s  3.8s left  fit █▄▂▁ 1  gap 1",
		82:  "monge  █████████░░░░░░░░░░░  2300/5000  719/s  3.8s left  fit █▄▂▁ 1  gap 1",
		100: "monge  █████████░░░░░░░░░░░  2300/5000  719/s  3.8s left  fit █▄▂▁ 1  gap █▄▂▁ 1",
		81:  "monge  ███░░░░░  2300/5000  719/s  3.8s left  fit █▄▂▁ 1  gap █▄▂▁ 1",
	} {
		if got := progressText(p, &curves, width); got != want {
			t.Errorf("%d columns:\n%s, want\n%s", width, got, want)
		}
	}
}

func TestDurationText(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0.0s", 9.94: "9.9s", 10: "10s", 59.4: "59s", 59.6: "1:00", 185: "3:05", 7385: "2:03:05",
		-1: "?", math.Inf(1): "?", 1e9: "?",
	} {
		if got := durationText(seconds); got != want {
			t.Errorf("%g: %q, want %q", seconds, got, want)
		}
	}
	if got := durationText(math.NaN()); got != "?" {
		t.Errorf("NaN: %q", got)
	}
}
