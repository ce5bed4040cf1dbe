package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// beGaspard makes the test binary gaspard itself, kernels and all.
const beGaspard = "GASPARD_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(beGaspard) != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"gaspard": main})
}

// TestScripts runs gaspard as a shell would: testdata/script/FEATURE.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, ".state"))
			return nil
		},
	})
}
