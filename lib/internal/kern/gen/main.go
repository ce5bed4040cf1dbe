// Command gen writes the assembly of lib/internal/kern, a file per family. It is a
// module of its own so that users of Gaspard never download its dependencies.
package main

import (
	"bytes"
	"flag"
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/buildtags"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// families has one entry per file: its stem and what writes its functions.
var families = []struct {
	stem  string
	write func(*family)
}{
	{"gemm", gemm},
	{"pause", pause},
	{"peak", peak},
	{"exp", expArrays},
	{"log", logArrays},
}

// family is the file being written.
type family struct {
	*build.Context
	data map[string]operand.Mem // the constants of the file, by name
}

// function begins a function of the given Go signature, such as
// "func(n int, x *float32)".
func (f *family) function(name, signature string) {
	f.Function(name)
	f.Attributes(attr.NOSPLIT)
	f.SignatureExpr(signature)
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	out := flag.String("to", ".", "folder of the assembly")
	flag.Parse()
	for _, entry := range families {
		f := &family{build.NewContext(), map[string]operand.Mem{}}
		f.Constraints(buildtags.And(buildtags.Term("amd64"), buildtags.Not("purego")))
		entry.write(f)
		file, err := f.Result()
		if err != nil {
			log.Fatalf("%s: %v", entry.stem, err)
		}
		if err := pass.Compile.Execute(file); err != nil {
			log.Fatalf("%s: %v", entry.stem, err)
		}
		text, err := printer.NewGoAsm(printer.Config{Name: "gen"}).Print(file)
		if err != nil {
			log.Fatalf("%s: %v", entry.stem, err)
		}
		text = bytes.TrimRight(text, "\n")
		path := filepath.Join(*out, entry.stem+"_amd64.s")
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
