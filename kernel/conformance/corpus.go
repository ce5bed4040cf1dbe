package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"
)

// ReadDir reads the programs of a directory, in the order of their names. A
// program is either an archive NAME.txtar with the files main.go and stdout, or
// a file NAME.go with the output NAME.out beside it.
func ReadDir(dir string) ([]*Program, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var programs []*Program
	for _, entry := range entries {
		file := filepath.Join(dir, entry.Name())
		name, ext := strings.TrimSuffix(entry.Name(), filepath.Ext(entry.Name())), filepath.Ext(entry.Name())
		switch ext {
		case ".txtar":
			p, err := readArchive(name, file)
			if err != nil {
				return nil, err
			}
			programs = append(programs, p)
		case ".go":
			source, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			want, err := os.ReadFile(filepath.Join(dir, name+".out"))
			if err != nil {
				return nil, err
			}
			programs = append(programs, &Program{Name: name, Source: string(source), Want: string(want)})
		}
	}
	if len(programs) == 0 {
		return nil, fmt.Errorf("%s holds no programs", dir)
	}
	return programs, nil
}

func readArchive(name, file string) (*Program, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	p := &Program{Name: name}
	for _, f := range archive.Files {
		switch f.Name {
		case "main.go":
			p.Source = string(f.Data)
		case "stdout":
			p.Want = string(f.Data)
		default:
			return nil, fmt.Errorf("%s: %s is neither main.go nor stdout", file, f.Name)
		}
	}
	if p.Source == "" {
		return nil, fmt.Errorf("%s has no main.go", file)
	}
	return p, nil
}

// writeArchive writes a program with its output.
func writeArchive(file string, p *Program) error {
	return os.WriteFile(file, txtar.Format(&txtar.Archive{Files: []txtar.File{
		{Name: "main.go", Data: []byte(p.Source)}, {Name: "stdout", Data: []byte(p.Want)},
	}}), 0o666)
}
