package scaling

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gaspard/lib/job"
)

// counter trains on a spectrum and counts how often; it may be slow.
type counter struct {
	Spectrum
	made  *atomic.Int32
	sleep time.Duration
}

func (c counter) String() string { return "a spectrum that counts" }

func (c counter) TrainTrial(t Trial, m *job.Monitor) Run {
	time.Sleep(c.sleep)
	c.made.Add(1)
	return c.Spectrum.TrainTrial(t, m)
}

func newCounter() counter { return counter{made: new(atomic.Int32)} }

func sweepGrid() []Trial {
	return Grid([]Recipe{
		{Name: "fixed", Rate: Constant(0.05)},
		{Name: "falling", Rate: Rule{Rate: 0.1, Anchor: 16, Power: 1}},
	}, []int{8, 16, 32}, 0, 1)
}

func mustSweep(t *testing.T, s Sweep, by Trainer) *SweepResult {
	t.Helper()
	r, err := s.Run(by)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSweepAgreesWithLadders(t *testing.T) {
	lab := Spectrum{Noise: 0.25}
	r := mustSweep(t, Sweep{Trials: sweepGrid()}, lab)
	if len(r.Ladders) != 2 || r.Made != 12 || r.Kept != 0 {
		t.Fatalf("%d ladders, %d made, %d kept; want 2, 12, 0", len(r.Ladders), r.Made, r.Kept)
	}
	direct := lab.Ladder(sweepGrid()[0].Recipe, []int{8, 8, 16, 16, 32, 32}, nil)
	for i, run := range r.Ladders[0].Runs {
		if run.Loss != direct.Runs[i].Loss || run.FLOPs != direct.Runs[i].FLOPs || run.Seed != uint64(i%2) {
			t.Errorf("run %d is %+v, want %+v with seed %d", i, run, direct.Runs[i], i%2)
		}
	}
}

// Whatever a row held, the runs of the file are the runs that were made: losses to
// the last bit, with those that diverged.
func TestSweepKeepsRuns(t *testing.T) {
	trials := append(sweepGrid(), Trial{Recipe: Recipe{Name: "a, \"b\"\nc", Rate: Constant(50)}, Params: 8})
	s := Sweep{Trials: trials, File: filepath.Join(t.TempDir(), "runs.csv")}
	by := newCounter()
	first := mustSweep(t, s, by)
	if got := first.Ladders[2].Runs[0]; !got.Diverged || !math.IsInf(got.Loss, 1) {
		t.Errorf("at rate 50: %+v, want a diverged run", got)
	}
	again := mustSweep(t, s, by)
	if by.made.Load() != 13 || again.Made != 0 || again.Kept != 13 {
		t.Errorf("%d trainings, then %d made and %d kept; want 13, 0, 13", by.made.Load(), again.Made, again.Kept)
	}
	if !reflect.DeepEqual(first.Ladders, again.Ladders) {
		t.Errorf("read back:\n%+v\nmade:\n%+v", again.Ladders, first.Ladders)
	}
	if data, _ := os.ReadFile(s.File); strings.Count(string(data), "\n") != 14 {
		t.Errorf("a row is not a line:\n%s", data)
	}
	ladders, err := ReadRuns(s.File, Columns{Params: "params", Tokens: "tokens", FLOPs: "flops", Loss: "loss", Recipe: "recipe", Seed: "seed", Diverged: "diverged"})
	if err != nil || len(ladders) != 3 {
		t.Fatalf("ReadRuns: %d ladders, %v", len(ladders), err)
	}
}

// Another recipe under the same name, or another problem, is another trial.
func TestSweepKnowsWhatItMade(t *testing.T) {
	s := Sweep{Trials: Grid([]Recipe{{Name: "r", Rate: Constant(0.05)}}, []int{8}), File: filepath.Join(t.TempDir(), "runs.csv")}
	mustSweep(t, s, Spectrum{Noise: 0.25})
	if r := mustSweep(t, s, Spectrum{Noise: 0.25, Data: 1.5, Target: 2}); r.Kept != 1 {
		t.Error("the defaults, written out, are taken for another problem")
	}
	if r := mustSweep(t, s, Spectrum{Noise: 1}); r.Kept != 0 {
		t.Error("another noise is taken for the same problem")
	}
	s.Trials[0].Recipe.L2 = 0.1
	if r := mustSweep(t, s, Spectrum{Noise: 0.25}); r.Kept != 0 {
		t.Error("another L2 is taken for the same recipe")
	}
}

func TestSweepMakesATrialOnce(t *testing.T) {
	by := newCounter()
	trial := Trial{Recipe: Recipe{Rate: Constant(0.05)}, Params: 8}
	r := mustSweep(t, Sweep{Trials: []Trial{trial, trial}}, by)
	if by.made.Load() != 1 || len(r.Ladders[0].Runs) != 1 {
		t.Errorf("%d trainings and %d runs of a trial that stands twice", by.made.Load(), len(r.Ladders[0].Runs))
	}
}

const sweepVictim = "GASPARD_TEST_SWEEP_FILE"

// TestMain is also the process that TestSweepResumesAfterKill kills.
func TestMain(m *testing.M) {
	if file := os.Getenv(sweepVictim); file != "" {
		slow := newCounter()
		slow.sleep = 100 * time.Millisecond
		if _, err := (Sweep{Trials: sweepGrid(), File: file}).Run(slow); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func TestSweepResumesAfterKill(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs.csv")
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), sweepVictim+"="+file, "GOMAXPROCS=2")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	rows := func() int {
		data, _ := os.ReadFile(file)
		return strings.Count(string(data), "\n") - 1
	}
	for deadline := time.Now().Add(30 * time.Second); rows() < 3; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the victim writes no rows")
		}
	}
	victim.Process.Kill()
	victim.Wait()
	kept := rows()
	if kept >= 12 {
		t.Fatal("the victim had ended already")
	}
	by := newCounter()
	r := mustSweep(t, Sweep{Trials: sweepGrid(), File: file}, by)
	if int(by.made.Load()) != 12-kept || r.Kept != kept || rows() != 12 {
		t.Errorf("after %d rows: %d trainings, %d kept, %d rows in the end", kept, by.made.Load(), r.Kept, rows())
	}
	if want := mustSweep(t, Sweep{Trials: sweepGrid()}, newCounter()); !reflect.DeepEqual(r.Ladders, want.Ladders) {
		t.Error("the resumed sweep has other runs than one that was not interrupted")
	}
}

// A machine that stops may leave any part of the file.
func TestSweepResumesAfterAnyCut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs.csv")
	s := Sweep{Trials: sweepGrid()[:4], File: file}
	want := mustSweep(t, s, Spectrum{})
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut <= len(whole); cut += 7 {
		if err := os.WriteFile(file, whole[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := s.Run(Spectrum{})
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if kept := max(0, strings.Count(string(whole[:cut]), "\n")-1); r.Kept != kept || !reflect.DeepEqual(r.Ladders, want.Ladders) {
			t.Fatalf("cut at %d: %d kept, want %d", cut, r.Kept, kept)
		}
	}
}

func TestSweepLeavesOtherFilesAlone(t *testing.T) {
	for name, content := range map[string]string{
		"notes":    "dear diary",
		"table":    "a,b\n1,2\n",
		"bad seed": strings.Join(sweepColumns, ",") + "\np,r,s,8,x,1,1,1,false,0\n",
		"bad loss": strings.Join(sweepColumns, ",") + "\np,r,s,8,0,1,1,low,false,0\n",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "file.csv")
			if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := (Sweep{Trials: sweepGrid(), File: file}).Run(Spectrum{}); err == nil {
				t.Error("no error")
			}
			if after, _ := os.ReadFile(file); string(after) != content {
				t.Errorf("the file is now %q", after)
			}
		})
	}
	if _, err := (Sweep{}).Run(Spectrum{}); err == nil {
		t.Error("no error for no trials")
	}
}

// Ctrl-C keeps what was made.
func TestSweepCancelled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs.csv")
	m := job.New(nil)
	made := 0
	err := job.Catch(func() {
		Sweep{Trials: sweepGrid(), File: file, Job: m}.RunEach("mine", func(t Trial) Run {
			if made++; made == 5 {
				m.Cancel()
			}
			return Run{Loss: float64(t.Params)}
		})
	})
	if !errors.Is(err, job.ErrCancelled) || made != 5 {
		t.Fatalf("err = %v after %d runs", err, made)
	}
	m.Reset()
	r, err := Sweep{Trials: sweepGrid(), File: file, Job: m}.RunEach("mine", func(t Trial) Run { return Run{Loss: float64(t.Params)} })
	if err != nil || r.Kept != 5 || r.Made != 7 {
		t.Fatalf("%+v, %v; want 5 kept and 7 made", r, err)
	}
}
