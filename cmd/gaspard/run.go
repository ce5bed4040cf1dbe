package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

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
			return repl.Replay(*o, args[0], parameters, os.Stdout, os.Stderr)
		},
	}
	command.Flags().StringArrayVarP(&parameters, "parameter", "p", nil, "set a parameter, as `name=value`; may be repeated")
	return command
}
