package repl

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
)

// history is the cells entered in this and earlier sessions, oldest first. Its
// file holds one JSON string a line, so that a cell of several lines stays one
// entry; sessions side by side append to it.
type history struct {
	path    string // "" keeps the history in memory only
	entries []string
	torn    bool // the file's last line has no end
}

const (
	maxHistory     = 1000    // entries offered at the prompt
	maxHistoryRead = 1 << 20 // bytes of the file's end that are looked at
)

// openHistory reads the history. Lines that cannot be read are passed over: a
// torn or foreign line must not cost the user the others.
func openHistory(path string) (*history, error) {
	h := &history{path: path}
	data, err := readTail(path, maxHistoryRead)
	if os.IsNotExist(err) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	h.torn = len(data) > 0 && data[len(data)-1] != '\n'
	for line := range bytes.Lines(data) {
		var cell string
		if json.Unmarshal(line, &cell) == nil && cell != "" {
			h.remember(cell)
		}
	}
	return h, nil
}

// readTail reads whole lines from at most the last limit bytes of a file.
func readTail(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() <= limit {
		return io.ReadAll(f)
	}
	if _, err := f.Seek(-limit, io.SeekEnd); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	_, data, _ = bytes.Cut(data, []byte("\n"))
	return data, err
}

// remember keeps a cell in memory. A repetition of the last cell is one entry.
func (h *history) remember(cell string) bool {
	if n := len(h.entries); n > 0 && h.entries[n-1] == cell {
		return false
	}
	h.entries = append(h.entries, cell)
	if len(h.entries) > maxHistory {
		h.entries = h.entries[len(h.entries)-maxHistory:]
	}
	return true
}

// add remembers a cell and appends it to the file in one write, so that lines of
// sessions side by side do not mix.
func (h *history) add(cell string) error {
	if !h.remember(cell) || h.path == "" {
		return nil
	}
	line, err := json.Marshal(cell)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if h.torn {
		line = append([]byte{'\n'}, line...)
		h.torn = false
	}
	f, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(line); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
