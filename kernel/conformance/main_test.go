package conformance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"gaspard/kernel"
	"gaspard/kernel/worker"
)

var (
	update        = flag.Bool("update", false, "rewrite the lists of known differences")
	updateOutputs = flag.Bool("update-outputs", false, "run the own programs with go run and store what they print")
	verify        = flag.Bool("verify", false, "give the documentation examples to go run instead of a kernel")
	show          = flag.Bool("show", false, "print what is not equal, with what came out")
	shrinking     = flag.Int("shrink", 0, "shrink this many of the programs whose outcome is news, and print them")
	only          = flag.String("only", "", "run only the programs whose name contains this")
	modes         = flag.String("modes", "file,cell,stmts", "run only these modes")
	programDir    = flag.String("programs", "", "judge the programs of this directory instead of the stored ones")
	all           = flag.Bool("all", os.Getenv("GASPARD_CONFORMANCE") == "all", "run every documentation example, not a sample")
)

const kernelVariable = "GASPARD_CONFORMANCE_KERNEL"

func TestMain(m *testing.M) {
	if os.Getenv(kernelVariable) != "" {
		if err := kernel.Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// The tests of package time, and so its examples, run in this zone.
	os.Setenv("TZ", "America/Los_Angeles")
	os.Exit(m.Run())
}

// runner runs programs on kernels that are this test binary.
func runner(t *testing.T) Runner {
	t.Helper()
	dir := t.TempDir()
	return Runner{Kernel: worker.Options{
		Args: []string{"kernel"}, Env: []string{kernelVariable + "=1"}, Dir: dir, Figures: filepath.Join(dir, "figures"),
	}}
}

// run gives every program to the runner in every chosen mode.
func run(t *testing.T, programs []*Program) []Outcome {
	t.Helper()
	r := runner(t)
	var list []Outcome
	for _, p := range programs {
		for _, m := range Modes {
			if strings.Contains(*modes, string(m)) && strings.Contains(p.Name, *only) {
				list = append(list, Outcome{Program: p, Mode: m})
			}
		}
	}
	var wait sync.WaitGroup
	next := make(chan int)
	for range max(1, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := range next {
				list[i] = r.Run(list[i].Program, list[i].Mode)
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wait.Wait()
	return list
}

// judge runs a corpus and holds the outcomes against its list of known differences.
func judge(t *testing.T, corpus string, programs []*Program, whole bool) {
	t.Helper()
	outcomes := run(t, programs)
	t.Log("\n" + table(outcomes))
	if *show {
		t.Log("\n" + details(outcomes))
	}
	known, err := ReadKnown(filepath.Join("testdata", "known", corpus+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if whole {
			known.Keep(programs)
		}
		if err := known.Update(outcomes); err != nil {
			t.Fatal(err)
		}
		return
	}
	if n := known.Unexamined(); n > 0 {
		t.Logf("%d known differences that nobody has looked at", n)
	}
	for _, o := range outcomes {
		news := known.Compare(o)
		if news == "" {
			continue
		}
		t.Error(news)
		if *shrinking > 0 && o.Verdict != Equal && o.Verdict != Refused {
			*shrinking--
			small := shrink(t, runner(t), o)
			t.Logf("%s (%s) shrunk: %s\n%s", small.Program.Name, small.Mode, small.Detail, small.Program.Source)
		}
	}
	if whole {
		for _, entry := range known.Missing(programs) {
			t.Errorf("the list of known differences has %s, which does not exist", entry)
		}
	}
}

// table counts verdicts by mode.
func table(outcomes []Outcome) string {
	counts := map[Mode]map[Verdict]int{}
	for _, o := range outcomes {
		if counts[o.Mode] == nil {
			counts[o.Mode] = map[Verdict]int{}
		}
		counts[o.Mode][o.Verdict]++
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%-6s", "mode")
	for _, v := range Verdicts {
		fmt.Fprintf(&out, "%8s", v)
	}
	out.WriteString("\n")
	for _, m := range Modes {
		if counts[m] == nil {
			continue
		}
		fmt.Fprintf(&out, "%-6s", m)
		for _, v := range Verdicts {
			fmt.Fprintf(&out, "%8d", counts[m][v])
		}
		out.WriteString("\n")
	}
	return out.String()
}

// details is a line for each program that is not equal, worst first within a mode.
func details(outcomes []Outcome) string {
	var bad []Outcome
	for _, o := range outcomes {
		if o.Verdict != Equal && o.Verdict != Excused {
			bad = append(bad, o)
		}
	}
	slices.SortStableFunc(bad, func(a, b Outcome) int {
		if a.Mode != b.Mode {
			return slices.Index(Modes, a.Mode) - slices.Index(Modes, b.Mode)
		}
		return slices.Index(Verdicts, b.Verdict) - slices.Index(Verdicts, a.Verdict)
	})
	var out strings.Builder
	for _, o := range bad {
		fmt.Fprintf(&out, "%-5s %-7s %s: %s\n", o.Mode, o.Verdict, o.Program.Name, o.Detail)
		if *only != "" {
			fmt.Fprintf(&out, "--- cells\n%s\n--- stdout\n%s\n--- stderr\n%s\n", strings.Join(o.Cells, "\n---- next cell\n"), o.Stdout, o.Stderr)
		}
	}
	return out.String()
}
