package conformance

import (
	"flag"
	"strings"
	"testing"
)

var (
	seeds = flag.Int("seeds", 40, "how many generated programs to run")
	from  = flag.Uint64("from", 1, "the first seed")
)

// TestGenerated runs random programs on kernels and with go run. What differs
// is listed by seed; a longer run, -seeds 2000 -from 1000, may find more.
func TestGenerated(t *testing.T) {
	var programs []*Program
	for i := range *seeds {
		p := Generate(*from + uint64(i))
		if strings.Contains(p.Name, *only) {
			programs = append(programs, p)
		}
	}
	for i, out := range goRun(t, programs) {
		programs[i].Want = out
	}
	judge(t, "generated", programs, false)
}

func TestGeneratedProgramsAreValid(t *testing.T) {
	for seed := range uint64(300) {
		p := Generate(seed)
		if _, _, _, err := check(p.Source); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if p.Source != Generate(seed).Source {
			t.Fatalf("seed %d gives two programs", seed)
		}
	}
}
