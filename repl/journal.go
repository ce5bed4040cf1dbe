package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// journal is the file to which every cell of a session goes before it runs, so
// that no crash loses what was entered. It is a notebook itself.
type journal struct {
	file *os.File
	path string
}

// openJournal starts the journal of a session in a folder, which it makes.
func openJournal(dir string, now time.Time, pid int) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s-%d.gnb", now.Format("20060102-150405"), pid)
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: f, path: path}
	if _, err := f.WriteString(notebookHead("Session of " + now.Format("2 January 2006, 15:04"))); err != nil {
		return nil, err
	}
	return j, nil
}

// add writes a cell. Once it returns, the death of this process loses nothing;
// the disk follows while the cell runs.
func (j *journal) add(code string) error {
	if _, err := j.file.WriteString(notebookCell(code)); err != nil {
		return err
	}
	go func() { _ = j.file.Sync() }()
	return nil
}

// notebookHead opens a percent script.
func notebookHead(title string) string {
	return "// ---\n// title: " + title + "\n// ---\n"
}

// notebookCell is one cell of a percent script.
func notebookCell(code string) string {
	return "\n// %%\n" + strings.TrimRight(code, "\n") + "\n"
}
