// Package own holds the generated tables of the packages of lib and plots, with their export data and
// documentation.
package own

import _ "embed"

// Types is the archive of export data.
//
//go:embed types.bin
var Types string

// Docs is the archive of documentation.
//
//go:embed docs.bin
var Docs string
