package repl

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"gaspard/kernel/worker"
)

const (
	barWidth   = 20
	shortWidth = 8 // of a bar that makes room for the curves of metrics
)

// progressText is one line about a running loop, never wider than width: the
// task, a bar, how far it is, its rate, the time left and the metrics. A loop
// of unknown length shows the time it has taken instead of bar and time left.
// Where there is room, with a shorter bar if need be, metrics have the curve of their
// course so far.
func progressText(p worker.Progress, curves *trails, width int) string {
	room := width - 1
	for _, bar := range []int{barWidth, shortWidth} {
		parts, drawn := progressParts(p, bar), 0
		left := room - ansi.StringWidth(strings.Join(parts, "  "))
		for i, m := range p.Metrics {
			part := &parts[len(parts)-len(p.Metrics)+i]
			// Room for the longest, as the line should not jump while a curve grows.
			if curve := curves.of(m.Name); curve != "" && left > trailLength {
				*part = m.Name + " " + curve + " " + m.Value
				left -= trailLength + 1
				drawn++
			}
		}
		if drawn > 0 {
			return strings.Join(parts, "  ")
		}
	}
	return ansi.Truncate(strings.Join(progressParts(p, barWidth), "  "), max(room, 1), "…")
}

// progressParts are what the line is made of, at last the metrics.
func progressParts(p worker.Progress, bar int) (parts []string) {
	if p.Task != "" {
		parts = append(parts, p.Task)
	}
	if p.Total > 0 {
		done := min(max(p.Done, 0), p.Total)
		full := done * bar / p.Total
		parts = append(parts,
			strings.Repeat("█", full)+strings.Repeat("░", bar-full),
			fmt.Sprintf("%d/%d", p.Done, p.Total))
	} else {
		parts = append(parts, fmt.Sprint(p.Done))
	}
	if p.Seconds > 0 && p.Done > 0 {
		parts = append(parts, rateText(float64(p.Done)/p.Seconds))
	}
	switch {
	case p.Total > 0 && p.Done > 0 && p.Done < p.Total:
		left := p.Seconds * float64(p.Total-p.Done) / float64(p.Done)
		parts = append(parts, durationText(left)+" left")
	case p.Total <= 0:
		parts = append(parts, durationText(p.Seconds))
	}
	for _, m := range p.Metrics {
		parts = append(parts, m.Name+" "+m.Value)
	}
	return parts
}

// rateText writes steps per second, or seconds per step where that is clearer.
func rateText(perSecond float64) string {
	switch {
	case perSecond >= 9999.5:
		return fmt.Sprintf("%.0fk/s", perSecond/1000)
	case perSecond >= 10:
		return fmt.Sprintf("%.0f/s", perSecond)
	case perSecond >= 1:
		return fmt.Sprintf("%.1f/s", perSecond)
	default:
		return fmt.Sprintf("%.1fs each", 1/perSecond)
	}
}

// durationText writes seconds the way one reads a clock: 0.4s, 12s, 3:05, 2:03:05.
func durationText(seconds float64) string {
	if seconds < 0 || math.IsNaN(seconds) || seconds > 1e8 {
		return "?"
	}
	if seconds < 10 {
		return fmt.Sprintf("%.1fs", seconds)
	}
	d := time.Duration(math.Round(seconds)) * time.Second
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d:%02d:%02d", h, m, s)
	case m > 0:
		return fmt.Sprintf("%d:%02d", m, s)
	default:
		return fmt.Sprintf("%ds", s)
	}
}
