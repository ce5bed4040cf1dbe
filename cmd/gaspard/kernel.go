package main

import (
	"os"

	"github.com/spf13/cobra"

	"gaspard/kernel"
)

func newKernelCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "kernel",
		Short:  "Run cells for a front end that speaks the kernel's protocol on standard input and output",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(*cobra.Command, []string) error { return kernel.Serve(os.Stdin, os.Stdout) },
	}
}
