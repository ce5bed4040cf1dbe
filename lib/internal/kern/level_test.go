package kern

import (
	"os"
	"testing"
)

// eachLevel runs a test at every level that this processor has.
func eachLevel(t *testing.T, f func(t *testing.T)) {
	for l := Portable; l <= Best(); l++ {
		t.Run(l.String(), func(t *testing.T) {
			defer Use(Use(l))
			f(t)
		})
	}
}

func TestUseNeverExceedsTheProcessor(t *testing.T) {
	defer Use(Use(AVX512))
	if Current() != Best() {
		t.Errorf("asked for the highest level: %v, the best is %v", Current(), Best())
	}
	Use(Portable)
	if Current() != Portable {
		t.Errorf("asked for portable kernels: %v", Current())
	}
}

func TestEnvironmentLowersTheLevel(t *testing.T) {
	for word, want := range map[string]Level{"portable": Portable, "avx2": AVX2, "avx512": AVX512, "": Best(), "fast": Best()} {
		if got := wanted(word); got != want {
			t.Errorf("GASPARD_KERNELS=%q: level %v, want %v", word, got, want)
		}
	}
	if want := min(wanted(os.Getenv("GASPARD_KERNELS")), Best()); Current() != want {
		t.Errorf("the program started at level %v, want %v", Current(), want)
	}
}
