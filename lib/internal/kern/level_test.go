package kern

import (
	"os"
	"os/exec"
	"strings"
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

// TestEnvironmentLowersTheLevel starts this test binary anew for each word.
func TestEnvironmentLowersTheLevel(t *testing.T) {
	const ask = "GASPARD_TEST_SHOW_LEVEL"
	if os.Getenv(ask) != "" {
		os.Stdout.WriteString("level=" + Current().String() + "\n")
		return
	}
	for word, want := range map[string]Level{"portable": Portable, "avx2": min(AVX2, Best()), "avx512": Best(), "": Best(), "fast": Best()} {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestEnvironmentLowersTheLevel$")
		cmd.Env = append(os.Environ(), ask+"=1", "GASPARD_KERNELS="+word)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(out), "level="+want.String()+"\n") {
			t.Errorf("GASPARD_KERNELS=%q: %q, want level %v", word, out, want)
		}
	}
}
