package scaling

import (
	"math"
	"strings"
	"testing"
)

const runsFile = `model,size,toks,pf,val loss,seed,note,bad
a,1e6,2e7,0.12,3.5,0,x,
a,1e6,2e7,0.12,NaN,1,,no
b,2e6,,0.48,inf,2,,
a,2e6,4e7,0.48,,0,,yes
b,,4e7,0.48,diverged,3,,
`

func TestReadRunsWithColumnsOfTheUser(t *testing.T) {
	ladders, err := ParseRuns("runs.csv", strings.NewReader(runsFile), Columns{
		Params: "size", Tokens: "toks", FLOPs: "pf", FLOPsUnit: 1e15, Loss: "val loss", Recipe: "model", Seed: "seed", Diverged: "bad"})
	if err != nil {
		t.Fatal(err)
	}
	if len(ladders) != 2 || ladders[0].Recipe != "a" || ladders[1].Recipe != "b" || len(ladders[0].Runs) != 3 {
		t.Fatalf("ladders %v", ladders)
	}
	a, b := ladders[0].Runs, ladders[1].Runs
	if a[0] != (Run{Params: 1e6, Tokens: 2e7, FLOPs: 0.12 * 1e15, Loss: 3.5}) {
		t.Errorf("first run %+v", a[0])
	}
	if !math.IsNaN(a[1].Loss) || a[1].Seed != 1 || !a[2].Diverged || !math.IsInf(b[0].Loss, 1) || !math.IsInf(b[1].Loss, 1) {
		t.Errorf("losses that are none: %+v %+v", a, b)
	}
	within(t, "tokens from C = 6ND", b[0].Tokens, 4e7, 1)
	within(t, "params from C = 6ND", b[1].Params, 2e6, 1)
	if _, out := ladders[0].Scales(ByFLOPs); out != (Excluded{Missing: 1, Diverged: 1}) {
		t.Errorf("left out %+v", out)
	}
	if _, out := ladders[1].Scales(ByFLOPs); out != (Excluded{Infinite: 2}) {
		t.Errorf("left out %+v", out)
	}
}

func TestReadRunsRefusesWithAPlace(t *testing.T) {
	for _, c := range []struct {
		columns Columns
		want    string
	}{
		{Columns{Loss: "val loss"}, "runs.csv: name the column of the loss and at least one of Params, Tokens and FLOPs"},
		{Columns{Loss: "loss", Params: "size"}, `runs.csv: there is no column "loss" for Loss; there are model, size, toks, pf, val loss, seed, note, bad`},
		{Columns{Loss: "model", Params: "size"}, `runs.csv, row 1 (model): "a" is not a number`},
		{Columns{Loss: "val loss", Params: "size", Seed: "toks"}, `runs.csv, row 1 (toks): the seed "2e7" is not a whole number of at least 0`},
		{Columns{Loss: "val loss", FLOPs: "pf", FLOPsUnit: -1}, "runs.csv: FLOPsUnit is -1"},
	} {
		_, err := ParseRuns("runs.csv", strings.NewReader(runsFile), c.columns)
		if err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// Whatever the file, a ladder either has only losses and sizes that [Excluded]
// understands, or there is an error.
func FuzzParseRuns(f *testing.F) {
	f.Add(runsFile)
	f.Add("model,size,toks,pf,val loss,seed,note,bad\na,-1,1e400,nan,0x1p3,18446744073709551615,,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		ladders, err := ParseRuns("f.csv", strings.NewReader(text), Columns{
			Params: "size", Tokens: "toks", FLOPs: "pf", Loss: "val loss", Recipe: "model", Seed: "seed", Diverged: "bad"})
		if (err == nil) != (len(ladders) > 0) {
			t.Fatalf("%d ladders, error %v", len(ladders), err)
		}
		for _, l := range ladders {
			usable, out := l.Usable()
			if len(usable)+out.Total() != len(l.Runs) {
				t.Fatalf("%d usable and %d left out of %d", len(usable), out.Total(), len(l.Runs))
			}
			for _, r := range l.Runs {
				for _, size := range []float64{r.Params, r.Tokens, r.FLOPs} {
					if !(size >= 0 && size <= math.MaxFloat64) {
						t.Fatalf("sizes of %+v", r)
					}
				}
			}
		}
	})
}
