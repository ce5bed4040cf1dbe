package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"gaspard/kernel/notebook"
	"gaspard/repl"
)

func newRunCommand(o *repl.Options) *cobra.Command {
	var parameters []string
	command := &cobra.Command{
		Use:   "run FILE.gnb [-p name=value]...",
		Short: "Replay a notebook",
		Long: `Run replays the cells of a notebook in order on a fresh kernel. What they print
and show goes to standard output; a line for each cell, and errors, to standard
error.

-p gives a variable that a cell tagged "parameters" declares another value. The
exit status is 1 at the first cell that fails, after its place in the file has
been said, and 130 after Ctrl-C.

The tags raises-exception (the cell must fail), skip-execution (it is not run)
and quiet (its last value is not shown) are obeyed.`,
		Example: `  gaspard run notebooks/first-transport.gnb
  gaspard run cells.gnb -p file=cells.csv.gz --figures out`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("run takes one notebook file, not %d", len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			open := func() (*notebook.Notebook, error) { return openNotebook(args[0], parameters) }
			return repl.Replay(*o, open, os.Stdout, os.Stderr)
		},
	}
	command.Flags().StringArrayVarP(&parameters, "parameter", "p", nil, "set a parameter, as `name=value`; may be repeated")
	return command
}

// openNotebook reads a notebook and sets its parameters.
func openNotebook(path string, parameters []string) (*notebook.Notebook, error) {
	n, err := notebook.Read(path)
	if err != nil {
		return nil, err
	}
	for _, p := range parameters {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("-p takes name=value, not %q", p)
		}
		if err := n.Set(name, value); err != nil {
			return nil, err
		}
	}
	return n, nil
}
