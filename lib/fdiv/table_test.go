package fdiv

import (
	"strings"
	"testing"
)

// TestProperties is table 1 of xu:25.
func TestProperties(t *testing.T) {
	for _, c := range []struct {
		d                           *Divergence
		mode, saturation, variation string
	}{
		{RKL, "yes", "no", "none"}, {SoftRKL, "yes", "no", "low"}, {JS, "medium", "yes", "low"},
		{Hellinger, "medium", "yes", "low"}, {FKL, "no", "no", "high"}, {Jeffreys, "no", "no", "high"},
	} {
		p := c.d.Properties()
		if p.ModeSeeking != c.mode || p.Saturation != c.saturation || p.Variance != c.variation {
			t.Errorf("%s: %+v", c.d.Name, p)
		}
	}
	if rows := strings.Count(Table().String(), "\n"); rows != len(All())+1 {
		t.Errorf("a table of %d lines", rows)
	}
}
