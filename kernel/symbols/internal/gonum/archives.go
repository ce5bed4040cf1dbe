// Package gonum holds the generated tables of gonum and gonum/plot, with their export data and
// documentation.
package gonum

import _ "embed"

// Types is the archive of export data.
//
//go:embed types.bin
var Types string

// Docs is the archive of documentation.
//
//go:embed docs.bin
var Docs string
