package main

import (
	"os"

	"github.com/spf13/cobra"

	"gaspard/repl"
)

func newEvalCommand(o *repl.Options) *cobra.Command {
	var texts []string
	command := &cobra.Command{
		Use:   "eval [-e CODE]... [FILE]...",
		Short: "Run cells and print what they print and show",
		Long: `Eval runs each -e text and then each file as one cell, in one session, and
prints what the cells print and show: their output, the value of a last
expression, and the paths of figures. With neither it runs standard input.
A file with "package main" and a main function is run as a program.

Errors go to standard error. The exit status is 1 at the first cell that fails
and 130 after Ctrl-C.`,
		Example: `  gaspard eval -e 'x := ot.Points(a, b)' -e 'x'
  gaspard eval experiment.go`,
		RunE: func(_ *cobra.Command, files []string) error {
			return eval(*o, texts, files)
		},
	}
	command.Flags().StringArrayVarP(&texts, "expression", "e", nil, "run `CODE` as a cell; may be repeated")
	return command
}

func eval(o repl.Options, texts, files []string) error {
	cells := func() ([]repl.Cell, error) { return repl.ReadCells(texts, files, os.Stdin) }
	return repl.Eval(o, cells, os.Stdout, os.Stderr)
}
