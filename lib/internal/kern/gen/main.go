// Command gen writes the assembly of lib/internal/kern, a file per family. It is a
// module of its own so that users of Gaspard never download its dependencies.
package main

import (
	"bytes"
	"flag"
	"log"
	"os"
	"path/filepath"
	"regexp"

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
	{"gemm_tiles", gemmTiles},
	{"gemm_narrow", gemmNarrow},
	{"pause", pause},
	{"peak", peak},
	{"exp", expArrays},
	{"log", logArrays},
	{"matvec", matvec},
	{"rescale", rescale},
	{"distance", distance},
	{"rowmin", rowmin},
	{"elementwise", elementwise},
	{"reduce", reduce},
	{"columns", columns},
	{"adam", adam},
	{"layernorm", layerNorm},
	{"activation", activations},
	{"softmax", softmax},
	{"gibbs", gibbs},
	{"angle", angle},
	{"transpose", transpose},
	{"sweep", sweep},
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
		if bad := avx512Register(text); bad != "" {
			log.Fatalf("%s: %s uses a register that AVX2 has not", entry.stem, bad)
		}
		text = bytes.TrimRight(text, "\n")
		path := filepath.Join(*out, entry.stem+"_amd64.s")
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// avx512Register returns the name of a function for AVX2, which has YMM in its name,
// that uses a register above 15; avo hands them out where 16 do not suffice.
func avx512Register(text []byte) (name string) {
	beyond := regexp.MustCompile(`\b[XY](1[6-9]|2\d|3[01])\b`)
	for _, function := range bytes.Split(text, []byte("\nTEXT "))[1:] {
		head, body, _ := bytes.Cut(function, []byte("\n"))
		if bytes.Contains(head, []byte("YMM")) && beyond.Match(body) {
			return string(head)
		}
	}
	return ""
}
