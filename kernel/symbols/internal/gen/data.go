package main

import (
	"bytes"
	"fmt"
	"go/types"
	"slices"

	"golang.org/x/tools/go/gcexportdata"

	"gaspard/kernel/symbols/internal/apidoc"
	"gaspard/kernel/symbols/internal/archive"
)

// packTypes packs the export data of a group's packages. A package whose data
// is the same everywhere is stored under its path, any other one under its path
// and platform.
func packTypes(g group, loaded map[target]map[string]*types.Package) ([]byte, error) {
	blobs := map[string][]byte{}
	for _, path := range g.paths {
		variants := map[target][]byte{}
		same := true
		for _, t := range targets {
			pkg := loaded[t][path]
			if pkg == nil {
				same = false
				continue
			}
			var b bytes.Buffer
			// Without a file set the data holds no positions, hence no paths.
			if err := gcexportdata.Write(&b, nil, pkg); err != nil {
				return nil, fmt.Errorf("export data of %s: %w", path, err)
			}
			variants[t] = b.Bytes()
			same = same && bytes.Equal(variants[t], variants[targets[0]])
		}
		if same {
			blobs[path] = variants[targets[0]]
			continue
		}
		for t, b := range variants {
			blobs[path+"@"+t.String()] = b
		}
	}
	return archive.Pack(blobs)
}

// packDocs packs the documentation of a group's packages, as the first platform
// has it. That of the predeclared names goes with the standard library.
func packDocs(g group) ([]byte, error) {
	patterns := g.paths
	if g.dir == "std" {
		patterns = append([]string{"builtin"}, patterns...)
	}
	blobs := map[string][]byte{}
	if len(patterns) > 0 {
		all, err := list(targets[0], false, patterns)
		if err != nil {
			return nil, err
		}
		for _, l := range all {
			docs, err := apidoc.Read(l.ImportPath, slices.Concat(l.files(), l.tests()))
			if err != nil {
				return nil, err
			}
			blobs[l.ImportPath] = apidoc.Encode(docs)
		}
	}
	return archive.Pack(blobs)
}
