package repl

import (
	"testing"

	"gaspard/kernel/worker"
)

func TestErrorText(t *testing.T) {
	tests := []struct {
		name string
		e    worker.CellError
		want string
	}{
		{"everything", worker.CellError{
			Message: "undefined: y", Cell: "3", Line: 2, Column: 6, Source: "x := y",
			Hint: "hint: did you mean x?\nor z", Stack: []string{"cell 1:4:2 main.f", "cell 3:2:6"},
		}, "cell 3:2:6: undefined: y\n    x := y\n         ^\n  hint: did you mean x?\n  or z\n    cell 1:4:2 main.f\n    cell 3:2:6\n"},
		{"message alone", worker.CellError{Message: "stopped\n"}, "stopped\n"},
		{"cell without a line", worker.CellError{Message: "stopped", Cell: "3"}, "cell 3: stopped\n"},
		{"line without a column", worker.CellError{Message: "m", Cell: "3", Line: 4, Source: "f()"}, "cell 3:4: m\n    f()\n"},
		{"file", worker.CellError{Message: "m", Cell: "a/b.go", Line: 1, Column: 1, Source: "f()"}, "a/b.go:1:1: m\n    f()\n    ^\n"},
		{"long message", worker.CellError{Message: "one\ntwo\nthree"}, "one\n  two\n  three\n"},
		{"tabs stay", worker.CellError{Message: "m", Cell: "1", Line: 1, Column: 5, Source: "\t\tx\ty"}, "cell 1:1:5: m\n    \t\tx\ty\n    \t\t \t^\n"},
		{"wide runes", worker.CellError{Message: "m", Cell: "1", Line: 1, Column: 14, Source: `s := "本é" + y`}, "cell 1:1:14: m\n    s := \"本é\" + y\n               ^\n"},
		{"column past the line", worker.CellError{Message: "m", Cell: "1", Line: 1, Column: 99, Source: "x :="}, "cell 1:1:99: m\n    x :=\n        ^\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := (screen{}).errorText(test.e); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
