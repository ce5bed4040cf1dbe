package scaling

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gaspard/lib/job"
)

// Trial is a run that is to be made.
type Trial struct {
	Recipe Recipe
	Params int
	Seed   uint64
}

// Grid returns a trial for each recipe, size and seed, in this order. Without seeds
// there is one, 0.
func Grid(recipes []Recipe, params []int, seeds ...uint64) []Trial {
	if len(seeds) == 0 {
		seeds = []uint64{0}
	}
	trials := make([]Trial, 0, len(recipes)*len(params)*len(seeds))
	for _, r := range recipes {
		for _, n := range params {
			for _, seed := range seeds {
				trials = append(trials, Trial{Recipe: r, Params: n, Seed: seed})
			}
		}
	}
	return trials
}

// Trainer makes runs, several at a time. Its [fmt.Stringer] or its fields tell one
// problem from another in the file of a sweep.
type Trainer interface {
	TrainTrial(t Trial, m *job.Monitor) Run
}

// TrainTrial makes [Spectrum] a [Trainer]. Its losses are exact, so the seed changes
// nothing.
func (p Spectrum) TrainTrial(t Trial, m *job.Monitor) Run {
	run := p.Train(t.Params, t.Recipe, m).run()
	run.Seed = t.Seed
	return run
}

// Sweep is a list of runs to be made, and the file that keeps those made.
type Sweep struct {
	Trials  []Trial
	File    string // CSV with a row per finished run; "" keeps none.
	Compute string // How the trainer counts FLOPs, for [Ladder]; "" means "ND", as the laboratories here.
	Job     *job.Monitor
}

// SweepResult is what a sweep gave.
type SweepResult struct {
	Ladders []*Ladder // One per recipe, in the order of the trials.
	File    string
	Made    int // Runs made now,
	Kept    int // and runs found in the file.
}

// String says how many runs there are, and of what.
func (r *SweepResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d runs made", r.Made)
	if r.File != "" {
		fmt.Fprintf(&b, ", %d found in %s", r.Kept, r.File)
	}
	for _, l := range r.Ladders {
		fmt.Fprintf(&b, "\n%v", l)
	}
	return b.String()
}

// Run makes the runs that the file does not hold yet, one per core, and returns all
// of them. Each run is written as it ends, so that a sweep that was stopped, by
// Ctrl-C or by the end of the process, goes on where it was when it is called again.
//
// A row counts for a trial if problem, recipe, size and seed are the same; rows of
// other trials may be in the file and stay there. A row that was cut off in the
// middle is dropped. The file can be read by [ReadRuns] with the columns params,
// tokens, flops, loss, recipe, seed and diverged.
//
// Run fails on files that cannot be written or hold something else. A trial that
// occurs twice is made once.
func (s Sweep) Run(t Trainer) (*SweepResult, error) {
	b, err := s.open(problemOf(t))
	if err != nil {
		return nil, err
	}
	defer b.file.Close()
	todo := b.todo()
	// The largest takes longest, so it comes first.
	slices.SortStableFunc(todo, func(a, b Trial) int { return b.Params - a.Params })
	if len(todo) > 0 {
		job.Parallel(s.Job.Named("sweep"), len(todo), 0, func(inner *job.Monitor, _ func()) func(int) {
			return func(k int) {
				if b.failed() == nil {
					began := time.Now()
					b.put(todo[k], t.TrainTrial(todo[k], inner), time.Since(began))
				}
			}
		})
	}
	return b.result(s, len(todo))
}

// RunEach is Run with a function of the user, which is called on the caller's
// goroutine, one run after the other. The problem is a name for what is trained, by
// which the rows of the file are known.
func (s Sweep) RunEach(problem string, train func(t Trial) Run) (*SweepResult, error) {
	b, err := s.open(problem)
	if err != nil {
		return nil, err
	}
	defer b.file.Close()
	todo := b.todo()
	monitor := s.Job.Named("sweep")
	for k, t := range todo {
		monitor.Step(k, len(todo))
		began := time.Now()
		run := train(t)
		run.Seed = t.Seed
		b.put(t, run, time.Since(began))
		if b.failed() != nil {
			break
		}
	}
	return b.result(s, len(todo))
}

// problemOf describes what a trainer trains, with its defaults.
func problemOf(t Trainer) string {
	if s, ok := t.(Spectrum); ok {
		t = s.withDefaults()
	}
	return fmt.Sprintf("%T%+v", t, t)
}

// sweepColumns is the head of the file. settings says all of the recipe, whose name
// may be given to another.
var sweepColumns = []string{"problem", "recipe", "settings", "params", "seed", "tokens", "flops", "loss", "diverged", "seconds"}

// trialKey tells trials from each other.
type trialKey struct {
	problem, recipe, settings string
	params                    int
	seed                      uint64
}

// sweepBook holds the runs that are made, and writes each to the file.
type sweepBook struct {
	problem string
	trials  []Trial
	file    *os.File // nil if no file is kept

	mu   sync.Mutex
	runs map[trialKey]Run
	err  error
}

func (s Sweep) open(problem string) (*sweepBook, error) {
	if len(s.Trials) == 0 {
		return nil, errors.New("scaling: the sweep has no trials")
	}
	for _, t := range s.Trials {
		t.Recipe.withDefaults()
		checkParams(t.Params)
	}
	b := &sweepBook{problem: problem, trials: s.Trials, runs: map[trialKey]Run{}}
	if s.File == "" {
		return b, nil
	}
	file, err := os.OpenFile(s.File, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	b.file = file
	if err := b.load(); err != nil {
		file.Close()
		return nil, err
	}
	return b, nil
}

func (b *sweepBook) key(t Trial) trialKey {
	r := t.Recipe.withDefaults()
	settings := fmt.Sprintf("rate %v batch %d l2 %v decay %v cosine %v tokens/param %v",
		r.Rate, r.Batch, r.L2, r.Decay, r.Cosine, r.TokensPerParam)
	// A row is one line, so that a cut-off one can be told.
	line := strings.NewReplacer("\n", " ", "\r", " ")
	return trialKey{line.Replace(b.problem), line.Replace(t.Recipe.String()), settings, t.Params, t.Seed}
}

// load reads the finished runs, cuts an unfinished last row off, and starts an empty
// file with its head.
func (b *sweepBook) load() error {
	name := filepath.Base(b.file.Name())
	data, err := io.ReadAll(b.file)
	if err != nil {
		return err
	}
	whole := strings.LastIndexByte(string(data), '\n') + 1
	head := strings.Join(sweepColumns, ",") + "\n"
	if whole == 0 && !strings.HasPrefix(head, string(data)) {
		return fmt.Errorf("%s is not the file of a sweep, and is left as it is", name)
	}
	rows, err := csv.NewReader(strings.NewReader(string(data[:whole]))).ReadAll()
	if err != nil || whole > 0 && !slices.Equal(rows[0], sweepColumns) {
		return fmt.Errorf("%s is not the file of a sweep, and is left as it is: it should start with %s", name, strings.TrimSpace(head))
	}
	if whole < len(data) {
		if err := os.Truncate(b.file.Name(), int64(whole)); err != nil {
			return err
		}
	}
	if whole == 0 {
		_, err := b.file.WriteString(head)
		return err
	}
	for i, row := range rows[1:] {
		key, run, err := parseRow(row)
		if err != nil {
			return fmt.Errorf("%s, row %d: %w", name, i+1, err)
		}
		b.runs[key] = run
	}
	return nil
}

func parseRow(row []string) (trialKey, Run, error) {
	var numbers [4]float64
	for k, at := range []int{3, 5, 6, 7} {
		v, err := strconv.ParseFloat(row[at], 64)
		if err != nil && !math.IsInf(v, 0) {
			return trialKey{}, Run{}, fmt.Errorf("%s is %.40q, not a number", sweepColumns[at], row[at])
		}
		numbers[k] = v
	}
	seed, err := strconv.ParseUint(row[4], 10, 64)
	if err != nil {
		return trialKey{}, Run{}, fmt.Errorf("the seed is %.40q, not a whole number", row[4])
	}
	key := trialKey{row[0], row[1], row[2], int(numbers[0]), seed}
	return key, Run{
		Params: numbers[0], Tokens: numbers[1], FLOPs: numbers[2], Loss: numbers[3],
		Seed: seed, Diverged: row[8] == "true",
	}, nil
}

// todo lists the trials without a run.
func (b *sweepBook) todo() []Trial {
	seen := map[trialKey]bool{}
	var todo []Trial
	for _, t := range b.trials {
		k := b.key(t)
		if _, made := b.runs[k]; !made && !seen[k] {
			todo = append(todo, t)
		}
		seen[k] = true
	}
	return todo
}

func (b *sweepBook) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// put keeps a run: in one write, so that the file ends within a row only if the
// machine stops, and on the disk before the run counts as made.
func (b *sweepBook) put(t Trial, r Run, took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.key(t)
	r.Params = float64(t.Params)
	b.runs[k] = r
	if b.file == nil || b.err != nil {
		return
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	var line strings.Builder
	w := csv.NewWriter(&line)
	w.Write([]string{k.problem, k.recipe, k.settings, strconv.Itoa(k.params), strconv.FormatUint(k.seed, 10),
		number(r.Tokens), number(r.FLOPs), number(r.Loss), strconv.FormatBool(r.Diverged), fmt.Sprintf("%.3f", took.Seconds())})
	w.Flush()
	if _, b.err = b.file.WriteString(line.String()); b.err == nil {
		b.err = b.file.Sync()
	}
}

func (b *sweepBook) result(s Sweep, made int) (*SweepResult, error) {
	if b.err != nil {
		return nil, b.err
	}
	out := &SweepResult{File: s.File, Made: made}
	ladders := map[string]*Ladder{}
	seen := map[trialKey]bool{}
	for _, t := range b.trials {
		k := b.key(t)
		if seen[k] {
			continue
		}
		seen[k] = true
		l := ladders[k.recipe+"\n"+k.settings]
		if l == nil {
			l = &Ladder{Recipe: k.recipe, Compute: s.Compute}
			if l.Compute == "" {
				l.Compute = "ND"
			}
			ladders[k.recipe+"\n"+k.settings] = l
			out.Ladders = append(out.Ladders, l)
		}
		l.Runs = append(l.Runs, b.runs[k])
	}
	out.Kept = len(seen) - made
	return out, nil
}
