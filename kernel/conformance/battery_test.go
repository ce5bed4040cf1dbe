package conformance

import (
	"path/filepath"
	"testing"
)

// TestBattery runs the programs in which interpreters have differed from Go, or
// those of the directory given by -programs, which have no list of known
// differences.
func TestBattery(t *testing.T) {
	if *programDir != "" {
		programs, err := ReadDir(*programDir)
		if err != nil {
			t.Fatal(err)
		}
		outcomes := run(t, programs)
		t.Log("\n" + table(outcomes) + "\n" + details(outcomes))
		return
	}
	programs, err := ReadDir(filepath.Join("testdata", "battery"))
	if err != nil {
		t.Fatal(err)
	}
	judge(t, "battery", programs, true)
}
