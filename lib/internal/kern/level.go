package kern

import "os"

// Level is a set of instructions for which kernels are written.
type Level int

// The levels, in rising order. A level includes those below it: a kernel that is
// not written at a level runs as the next lower one.
const (
	Portable Level = iota // Go
	AVX2                  // AVX2 with FMA and F16C
	AVX512                // AVX-512 F, BW, DQ and VL
)

var levelNames = [...]string{"portable", "avx2", "avx512"}

// String is the name that GASPARD_KERNELS takes.
func (l Level) String() string { return levelNames[l] }

// current is the level in use; best is what the processor has.
var current, best Level

// Current returns the level in use.
func Current() Level { return current }

// Best returns the highest level that this processor and build have.
func Best() Level { return best }

// Use changes the level, to at most [Best], and returns the one before. It is for
// tests and benchmarks, while no kernel runs.
func Use(l Level) (before Level) {
	before = current
	current = min(l, best)
	kernels = tableOf(current)
	return before
}

func init() {
	best = detect()
	Use(wanted(os.Getenv("GASPARD_KERNELS")))
}

// wanted is the level of that name, and the best for any other word.
func wanted(name string) Level {
	for l, n := range levelNames {
		if n == name {
			return Level(l)
		}
	}
	return best
}
