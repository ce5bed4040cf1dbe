// Package std holds the generated tables of the standard library, with their export data and
// documentation.
package std

import _ "embed"

// Types is the archive of export data.
//
//go:embed types.bin
var Types string

// Docs is the archive of documentation.
//
//go:embed docs.bin
var Docs string
