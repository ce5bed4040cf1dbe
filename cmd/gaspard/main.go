// Command gaspard is a notebook for optimal transport in the terminal: cells of
// Go, run as they are typed.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"gaspard/repl"
)

func main() {
	root := newRootCommand()
	if err := root.Execute(); err != nil {
		os.Exit(exitStatus(err))
	}
}

// exitStatus is 1 for a failed cell and for a wrong call, 130 after Ctrl-C as in
// a shell. Errors that have not been shown yet are shown.
func exitStatus(err error) int {
	switch {
	case errors.Is(err, repl.ErrInterrupted):
		return 130
	case errors.Is(err, repl.ErrFailed):
		return 1
	}
	fmt.Fprintln(os.Stderr, "gaspard:", err)
	return 1
}

func newRootCommand() *cobra.Command {
	var o repl.Options
	root := &cobra.Command{
		Use:   "gaspard",
		Short: "A notebook for optimal transport in the terminal: cells of Go, run as they are typed",
		Long: `Gaspard runs cells of Go as they are typed, with the optimal-transport library,
gonum and its plots ready to use.

Without a subcommand it opens the prompt; where standard input or output is not
a terminal it runs what it reads there, like gaspard eval.`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(*cobra.Command, []string) error {
			if !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(os.Stdout.Fd())) {
				return eval(o, nil, nil)
			}
			return repl.Prompt(o)
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&o.Figures, "figures", "", "save figures in this `folder` (default ./figures)")
	flags.StringVar(&o.Graphics, "graphics", "auto", "figures in the terminal: auto, kitty, iterm, sixel, blocks or none")
	addLimits(flags, &o.Kernel.Limits)
	root.AddCommand(newEvalCommand(&o), newRunCommand(&o), newKernelCommand())
	return root
}
