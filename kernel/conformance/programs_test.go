package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPrograms runs programs written for this test, across what a numeric user
// writes. -update-outputs makes their outputs anew with go run.
func TestPrograms(t *testing.T) {
	dir := filepath.Join("testdata", "programs")
	programs, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if *updateOutputs {
		var chosen []*Program
		for _, p := range programs {
			if strings.Contains(p.Name, *only) {
				chosen = append(chosen, p)
			}
		}
		for i, out := range goRun(t, chosen) {
			chosen[i].Want = out
			if err := writeArchive(filepath.Join(dir, chosen[i].Name+".txtar"), chosen[i]); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	judge(t, "programs", programs, true)
}

// TestOutputsAreOfGoRun holds the stored outputs of a few programs, other ones
// each time the corpus changes, against what go run prints today.
func TestOutputsAreOfGoRun(t *testing.T) {
	if goCommand(t, "version") == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no Go command to ask")
		}
		t.Skip("there is no Go command to ask")
	}
	var chosen []*Program
	for _, dir := range []string{"battery", "programs"} {
		programs, err := ReadDir(filepath.Join("testdata", dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range programs {
			if *all || Sampled(p.Name, 16) {
				chosen = append(chosen, p)
			}
		}
	}
	for i, out := range goRun(t, chosen) {
		if difference := chosen[i].difference(out); difference != "" {
			t.Errorf("%s: %s", chosen[i].Name, difference)
		}
	}
}
