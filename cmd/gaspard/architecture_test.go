package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestArchitectureNamesEveryPackage holds ARCHITECTURE.md to the tree: every
// package it names exists, and it names every package that is not internal.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`((?:cmd|repl|kernel|plots|lib)(?:/[a-z0-9]+)*)`").FindAllSubmatch(text, -1) {
		named[string(m[1])] = true
	}
	var packages []string
	for _, top := range []string{"cmd", "repl", "kernel", "plots", "lib"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "testdata" || d.Name() == "internal") {
				return filepath.SkipDir
			}
			if !d.IsDir() && strings.HasSuffix(path, ".go") {
				dir, err := filepath.Rel(root, filepath.Dir(path))
				if err != nil {
					return err
				}
				if dir = filepath.ToSlash(dir); !slices.Contains(packages, dir) {
					packages = append(packages, dir)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range packages {
		if !named[p] {
			t.Errorf("ARCHITECTURE.md does not name the package %s", p)
		}
	}
	for name := range named {
		if info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil || !info.IsDir() {
			t.Errorf("ARCHITECTURE.md names %s, which is no folder", name)
		}
	}
}
