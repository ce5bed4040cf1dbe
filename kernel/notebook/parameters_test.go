package notebook

import (
	"strings"
	"testing"
)

const declared = `// %% tags="parameters"
n, half := 5, 0.5
file := "a.csv"
epsilons := []float64{
	0.1,
	0.2,
}
wait := 2 * time.Second
var name string
const on = true
var small int8 = 3

// %%
last := 1
`

func read(t *testing.T, text string) *Notebook {
	t.Helper()
	n, err := Parse("a.gnb", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestParameters(t *testing.T) {
	names, err := read(t, declared).Parameters()
	if err != nil || strings.Join(names, " ") != "n half file epsilons wait name on small" {
		t.Errorf("%q, %v", names, err)
	}
}

func TestSet(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"n", "7", "n, half := 7, 0.5"},
		{"n", "-7", "n, half := -7, 0.5"},
		{"n", "1e3", "n, half := int(1e3), 0.5"},
		{"half", "1", "n, half := 5, float64(1)"},
		{"half", "1e-3", "n, half := 5, 1e-3"},
		{"file", `b "c".csv`, `file := "b \"c\".csv"`},
		{"epsilons", "1,2", "epsilons := \n\n\n[]float64{1,2}\nwait"},
		{"epsilons", "[]float64{3}", "epsilons := \n\n\n[]float64{3}\nwait"},
		{"epsilons", "", "epsilons := \n\n\n[]float64{}\nwait"},
		{"wait", "time.Minute", "wait := time.Minute"},
		{"name", "x", `var name string = "x"`},
		{"name", "", `var name string = ""`},
		{"on", "false", "const on = false"},
		{"small", "-128", "var small int8 = int8(-128)"},
	} {
		n := read(t, declared)
		if err := n.Set(c.name, c.value); err != nil {
			t.Errorf("%s=%s: %v", c.name, c.value, err)
		} else if got := n.Cells[0].Source; !strings.Contains(got, c.want) {
			t.Errorf("%s=%s gives\n%s\nwithout %q", c.name, c.value, got, c.want)
		} else if lines := strings.Count(got, "\n"); lines != 9 {
			t.Errorf("%s=%s moves the lines below: there are %d", c.name, c.value, lines+1)
		}
	}
}

func TestSetAgain(t *testing.T) {
	n := read(t, declared)
	for _, value := range []string{"1", "1e2", "3"} {
		if err := n.Set("n", value); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := n.Cells[0].Source, "n, half := 3, 0.5"; !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSetRefuses(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"m", "1", `a.gnb: there is no parameter "m"; the notebook has n, half, file, epsilons, wait, name, on, small`},
		{"last", "1", `a.gnb: there is no parameter "last"; the notebook has n, half, file, epsilons, wait, name, on, small`},
		{"n", "a", `a.gnb: the parameter n is of type int, and "a" is no value of it`},
		{"n", "1.5", `a.gnb: the parameter n is of type int, and "1.5" is no value of it`},
		{"n", "", `a.gnb: the parameter n is of type int, and "" is no value of it`},
		{"n", `"1"`, `a.gnb: the parameter n is of type int, and "\"1\"" is no value of it`},
		{"n", "1); panic(2", `a.gnb: the parameter n is of type int, and "1); panic(2" is no value of it`},
		{"half", "NaN", `a.gnb: the parameter half is of type float64, and "NaN" is no value of it`},
		{"half", "true", `a.gnb: the parameter half is of type float64, and "true" is no value of it`},
		{"on", "1", `a.gnb: the parameter on is of type bool, and "1" is no value of it`},
		{"small", "128", `a.gnb: the parameter small is of type int8, and "128" is no value of it`},
		{"epsilons", "a", `a.gnb: the parameter epsilons is of type []float64, and "a" is no value of it`},
		{"epsilons", "[]int{1}", `a.gnb: the parameter epsilons is of type []float64, and "[]int{1}" is no value of it`},
		{"wait", "a b", `a.gnb: the value "a b" of the parameter wait is no Go expression`},
	} {
		n := read(t, declared)
		if err := n.Set(c.name, c.value); err == nil || err.Error() != c.want {
			t.Errorf("%s=%s: error %v\nwant %s", c.name, c.value, err, c.want)
		}
	}
	err := read(t, "// %%\nx := 1").Set("x", "2")
	if want := `a.gnb: there is no parameter "x": no cell tagged "parameters" declares any`; err == nil || err.Error() != want {
		t.Errorf("error %v\nwant  %s", err, want)
	}
	err = read(t, "// %%\n\n// %% tags=\"parameters\"\nx := 1\ny := := 2").Set("x", "2")
	if err == nil || !strings.HasPrefix(err.Error(), "a.gnb:5: the parameters cannot be read: ") {
		t.Errorf("broken parameters: %v", err)
	}
}
