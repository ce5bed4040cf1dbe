//go:build unix

package worker_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gaspard/kernel/journal"
	"gaspard/kernel/worker"
)

var (
	soakTime = flag.Duration("soak", 0, "how long the soak test runs; 0 means a few hundred cells")
	soakSeed = flag.Uint64("soak-seed", 0, "seed of the soak test; 0 means the time")
)

// values is what a session should hold.
type values struct {
	vars  map[string]int
	funcs map[string][2]int // x -> x*a + b
	lists map[string][]int
}

func newValues() values {
	return values{map[string]int{}, map[string][2]int{}, map[string][]int{}}
}

func (v values) clone() values {
	lists := map[string][]int{}
	for name, list := range v.lists {
		lists[name] = slices.Clone(list)
	}
	return values{maps.Clone(v.vars), maps.Clone(v.funcs), lists}
}

// report is a cell that prints all variables, and what it must print.
func (v values) report() (code, want string) {
	names := slices.Sorted(maps.Keys(v.vars))
	lists := slices.Sorted(maps.Keys(v.lists))
	code = `fmt.Print("`
	for _, name := range names {
		want += fmt.Sprint(v.vars[name], ";")
	}
	for _, name := range lists {
		want += fmt.Sprint(v.lists[name], ";")
	}
	code += `"`
	for _, name := range append(names, lists...) {
		code += ", " + name + `, ";"`
	}
	return code + ")", want
}

// soak is a session under random cells, interrupts and kills.
type soak struct {
	*lab
	rng     *rand.Rand
	dir     string
	journal *journal.Journal
	entered []journal.Cell
	// live is what the kernel holds; replayed is what the cells that succeeded
	// would make of a new one. They differ where an interrupted cell has done a
	// part of its work.
	live, replayed values
	counts         map[string]int
}

// TestSoak runs random cells and lets accidents happen: interrupts at any moment,
// kills of the kernel and of the front end, and cells that crash. Nothing that was
// entered may be missing from the journal, a replay must make the same values,
// and no cell may compute a wrong one.
func TestSoak(t *testing.T) {
	seed := *soakSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	s := &soak{rng: rand.New(rand.NewPCG(seed, 1)), dir: t.TempDir(), counts: map[string]int{}}
	s.lab = start(t, worker.Limits{})
	s.open()
	end := time.Now().Add(*soakTime)
	for n := 0; n < 400 || time.Now().Before(end); n++ {
		s.step()
		if len(s.entered) > 300 {
			s.check()
			_ = s.Client.Close()
			if err := s.journal.Close(); err != nil {
				t.Fatal(err)
			}
			s.lab = start(t, worker.Limits{})
			s.open()
		}
	}
	s.check()
	t.Logf("%v", s.counts)
}

// open starts an empty session with its journal.
func (s *soak) open() {
	s.t.Helper()
	var err error
	if s.journal, err = journal.Create(s.dir, time.Now()); err != nil {
		s.t.Fatal(err)
	}
	s.entered, s.live, s.replayed = nil, newValues(), newValues()
}

// enter runs a cell as a front end does; during is called while it runs.
func (s *soak) enter(code string, during func(*running)) ending {
	s.t.Helper()
	n, err := s.journal.Begin(fmt.Sprint(len(s.entered)+1), code)
	if err != nil {
		s.t.Fatal(err)
	}
	s.entered = append(s.entered, journal.Cell{Name: fmt.Sprint(len(s.entered) + 1), Code: code, Status: journal.Running})
	r := s.beginRequest(worker.Request{Cell: s.entered[n].Name, Code: code})
	if during != nil {
		during(r)
	}
	e := r.wait()
	status := journal.Failed
	switch {
	case e.err != nil:
		status = journal.Died
	case e.OK:
		status = journal.OK
	case e.errors[0].Kind == worker.ErrInterrupted:
		status = journal.Interrupted
	}
	s.entered[n].Status = status
	if err := s.journal.End(n, status); err != nil {
		s.t.Fatal(err)
	}
	return e
}

// fails runs a cell that has to end in a way, and whose effects do not count.
func (s *soak) fails(code string, want journal.Status, during func(*running)) {
	s.t.Helper()
	e := s.enter(code, during)
	if got := s.entered[len(s.entered)-1].Status; got != want {
		s.t.Fatalf("%s\nis %s, want %s: %s", code, got, want, e.text())
	}
}

// step is one cell or accident.
func (s *soak) step() {
	s.t.Helper()
	switch p := s.rng.IntN(200); {
	case p < 150:
		s.count("cells")
		code, apply := s.cell()
		if e := s.enter(code, nil); e.err != nil || !e.OK {
			s.t.Fatalf("%s\nfailed: %s", code, e.text())
		}
		apply(s.live)
		apply(s.replayed)
	case p < 160:
		s.check()
	case p < 170:
		s.count("failing cells")
		s.fails([]string{"undefinedName", "var none []int; none[3] = 1", "os.Exit(1)", "panic(7)", "x := ", "1 +"}[s.rng.IntN(6)], journal.Failed, nil)
	case p < 178:
		s.count("interrupts")
		s.fails([]string{"fmt.Print(`go`); for {}", "fmt.Print(`go`); time.Sleep(time.Hour)"}[s.rng.IntN(2)], journal.Interrupted, func(r *running) {
			r.untilPrinted("go")
			_ = s.Interrupt()
		})
	case p < 190:
		s.interruptAnywhere()
	case p < 194:
		s.count("kernels killed idle")
		kill(s.t, s.Pid())
		<-s.Died()
		s.recover()
	case p < 197:
		s.count("kernels killed busy")
		s.fails("fmt.Print(`go`); for {}", journal.Died, func(r *running) {
			r.untilPrinted("go")
			kill(s.t, s.Pid())
		})
		s.recover()
	case p < 198:
		s.count("crashes")
		s.fails("{ var m sync.Mutex; m.Unlock() }", journal.Died, nil)
		s.recover()
	default:
		s.count("front ends gone")
		s.Kill()
		s.takeOver()
		s.recover()
	}
}

func (s *soak) count(what string) { s.counts[what]++ }

// cell makes a random cell and says what it does.
func (s *soak) cell() (code string, apply func(values)) {
	vars := slices.Sorted(maps.Keys(s.replayed.vars))
	funcs := slices.Sorted(maps.Keys(s.replayed.funcs))
	lists := slices.Sorted(maps.Keys(s.replayed.lists))
	number := s.rng.IntN(1000)
	if len(vars) == 0 || s.rng.IntN(6) == 0 {
		name := fmt.Sprintf("v%d", s.rng.IntN(8))
		return fmt.Sprintf("%s := %d", name, number), func(v values) { v.vars[name] = number }
	}
	a, b := vars[s.rng.IntN(len(vars))], vars[s.rng.IntN(len(vars))]
	if len(funcs) == 0 || s.rng.IntN(8) == 0 {
		name, factor := fmt.Sprintf("f%d", s.rng.IntN(4)), s.rng.IntN(50)
		return fmt.Sprintf("func %s(x int) int { return x*%d + %d }", name, factor, number),
			func(v values) { v.funcs[name] = [2]int{factor, number} }
	}
	f := funcs[s.rng.IntN(len(funcs))]
	call := func(v values, x int) int { return x*v.funcs[f][0] + v.funcs[f][1] }
	if len(lists) == 0 || s.rng.IntN(8) == 0 {
		name := fmt.Sprintf("l%d", s.rng.IntN(3))
		return fmt.Sprintf("%s := []int{%d, %s}", name, number, a),
			func(v values) { v.lists[name] = []int{number, v.vars[a]} }
	}
	l := lists[s.rng.IntN(len(lists))]
	switch s.rng.IntN(5) {
	case 0:
		return fmt.Sprintf("%s = (%s*3 + %s) %% 1009", a, a, b),
			func(v values) { v.vars[a] = (v.vars[a]*3 + v.vars[b]) % 1009 }
	case 1:
		return fmt.Sprintf("%s = %s(%s) %% 10007", a, f, b),
			func(v values) { v.vars[a] = call(v, v.vars[b]) % 10007 }
	case 2:
		return fmt.Sprintf("%s = append(%s, %s)[1:]", l, l, a),
			func(v values) { v.lists[l] = append(slices.Clone(v.lists[l]), v.vars[a])[1:] }
	case 3:
		return fmt.Sprintf("for i := range 50 {\n\t%s = (%s + i*%s(i)) %% 10007\n}", a, a, f), func(v values) {
			for i := range 50 {
				v.vars[a] = (v.vars[a] + i*call(v, i)) % 10007
			}
		}
	default:
		return fmt.Sprintf("func() {\n\tdefer func() { %s++ }()\n\t%s = %s * 2 %% 1000\n}()", a, a, a),
			func(v values) { v.vars[a] = v.vars[a]*2%1000 + 1 }
	}
}

// interruptAnywhere interrupts a cell that changes one variable, at any moment.
// It has then done all of its work or none.
func (s *soak) interruptAnywhere() {
	s.t.Helper()
	names := slices.Sorted(maps.Keys(s.replayed.vars))
	if len(names) == 0 {
		return
	}
	s.count("interrupts anywhere")
	name := names[s.rng.IntN(len(names))]
	pause := time.Duration(s.rng.IntN(2000)) * time.Microsecond
	code := fmt.Sprintf("sum := 0\nfor i := range 2000 {\n\tsum += i\n}\n%s = (%s + sum) %% 1009", name, name)
	e := s.enter(code, func(*running) {
		time.Sleep(pause)
		_ = s.Interrupt()
	})
	after := (s.live.vars[name] + 1999000) % 1009
	switch s.entered[len(s.entered)-1].Status {
	case journal.OK:
		s.live.vars[name] = after
		s.replayed.vars[name] = (s.replayed.vars[name] + 1999000) % 1009
	case journal.Interrupted:
		if got := s.run(name); got.result == fmt.Sprint(after) {
			s.live.vars[name] = after
		} else if got.result != fmt.Sprint(s.live.vars[name]) {
			s.t.Fatalf("%s is %s after an interrupt, want %d or %d", name, got.text(), s.live.vars[name], after)
		}
	default:
		s.t.Fatalf("%s\nended as %s", code, e.text())
	}
}

// check compares what the kernel holds, and what the journal does, with what they
// should.
func (s *soak) check() {
	s.t.Helper()
	s.count("checks")
	code, want := s.live.report()
	if e := s.run(code); e.stdout != want || !e.OK {
		s.t.Fatalf("the kernel holds %s\nwant %s\nafter\n%v", e.text(), want, s.entered)
	}
	s.checkJournal()
}

func (s *soak) checkJournal() {
	s.t.Helper()
	kept, err := journal.Read(s.journal.Path())
	if err != nil {
		s.t.Fatal(err)
	}
	if !slices.Equal(kept.Cells, s.entered) {
		s.t.Fatalf("the journal holds %d cells, %d were entered:\n%q\n%q", len(kept.Cells), len(s.entered), kept.Cells, s.entered)
	}
}

// takeOver leaves the journal as a dead front end does, and begins another with
// its cells.
func (s *soak) takeOver() {
	s.t.Helper()
	left, err := journal.Read(s.journal.Path())
	if err != nil || left.State != journal.Open {
		s.t.Fatalf("a journal in use is %q, %v", left.State, err)
	}
	if s.journal, err = journal.Create(s.dir, time.Now()); err != nil {
		s.t.Fatal(err)
	}
	for _, c := range left.Cells {
		n, err := s.journal.Begin(c.Name, c.Code)
		if err == nil {
			err = s.journal.End(n, c.Status)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// recover starts a new kernel and runs what the journal says had succeeded.
func (s *soak) recover() {
	s.t.Helper()
	s.checkJournal()
	kept, err := journal.Read(s.journal.Path())
	if err != nil {
		s.t.Fatal(err)
	}
	s.lab = start(s.t, worker.Limits{})
	for _, c := range kept.Cells {
		if c.Status != journal.OK {
			continue
		}
		if e := s.beginRequest(worker.Request{Cell: c.Name, Code: c.Code}).wait(); e.err != nil || !e.OK {
			s.t.Fatalf("the replay of\n%s\nfailed: %s", c.Code, e.text())
		}
	}
	s.live = s.replayed.clone()
	s.check()
}
