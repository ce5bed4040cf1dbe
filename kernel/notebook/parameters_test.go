package notebook

import (
	"strings"
	"testing"
)

func TestSetKeepsTheTypeOfTheDefault(t *testing.T) {
	const source = "n, file := 500, \"\"\nvar eps float64 = 0.5\nquick := false\nshift := -1\nbig := 2 * n"
	for assignment, want := range map[string]string{
		"n=20":               "n, file := 20, \"\"",
		"n=0x10":             "n, file := 0x10, \"\"",
		`file=a "b" = c.csv`: `n, file := 500, "a \"b\" = c.csv"`,
		"file=":              `n, file := 500, ""`,
		"eps=1":              "eps float64 = 1.0",
		"eps=1e-3":           "eps float64 = 1e-3",
		"quick=true":         "quick := true",
		"shift=2":            "shift := 2",
		"big=3 * n":          "big := 3 * n",
	} {
		n := &Notebook{Cells: []Cell{{Source: "other := 1"}, {Source: source, Meta: []Attribute{{"tags", `"parameters"`}}}}}
		if err := n.Set([]string{assignment}); err != nil || !strings.Contains(n.Cells[1].Source, want) {
			t.Errorf("%s: %v\n%s", assignment, err, n.Cells[1].Source)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for assignment, want := range map[string]string{
		"m=1":    "there is no parameter m; there are n, eps, quick",
		"n":      `parameter "n" is not of the form name=value`,
		"n=2.5":  "parameter n=2.5: not a whole number; its default is 500",
		"n=":     "parameter n=: not a whole number; its default is 500",
		"eps=x":  "parameter eps=x: not a number; its default is 0.5",
		"quick=": "parameter quick=: neither true nor false; its default is false",
	} {
		n := &Notebook{Cells: []Cell{{Source: "n := 500; eps := 0.5; quick := false", Meta: []Attribute{{"tags", `"parameters"`}}}}}
		before := n.Cells[0].Source
		if err := n.Set([]string{assignment}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", assignment, err, want)
		}
		if err := n.Set([]string{"n=1", assignment}); err == nil || n.Cells[0].Source != before {
			t.Errorf("%s: a failed Set changed the notebook", assignment)
		}
	}
	none := &Notebook{Cells: []Cell{{Source: "n := 1"}}}
	if err := none.Set([]string{"n=2"}); err == nil || !strings.Contains(err.Error(), `no cell tagged "parameters"`) {
		t.Errorf("%v", err)
	}
}

func TestSetKeepsTheLines(t *testing.T) {
	const source = "list := []float64{\n\t1,\n\t2,\n} // defaults\nvar (\n\ttext = `a\nb`\n)\nlast := 1"
	for assignment, want := range map[string]string{
		"list=[]float64{3}": "list := []float64{3} // defaults\n\n\n\nvar (\n\ttext = `a\nb`\n)\nlast := 1",
		"text=short":        "list := []float64{\n\t1,\n\t2,\n} // defaults\nvar (\n\ttext = \"short\"\n\n)\nlast := 1",
	} {
		n := &Notebook{Cells: []Cell{{Source: source, Meta: []Attribute{{"tags", `"parameters"`}}}}}
		if err := n.Set([]string{assignment}); err != nil || n.Cells[0].Source != want {
			t.Errorf("%s: %v\n%s", assignment, err, n.Cells[0].Source)
		}
	}
}
