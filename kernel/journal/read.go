package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Session is a journal read back.
type Session struct {
	Path  string
	Title string
	State State // as far as the file knows: an open one may have crashed
	Cells []Cell
}

// Cell is one cell of a journal. A notebook that is no journal has no statuses.
type Cell struct {
	Name   string
	Code   string
	Status Status
}

// Read reads a journal, or any percent script. Only a file that cannot be read
// is an error: whatever its content, what is there is returned.
func Read(path string) (*Session, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := Parse(text)
	s.Path = path
	return s, nil
}

// Parse reads the text of a journal. It never fails: a marker without a status
// gives a cell without one, a text cut off gives its last cell as far as it was
// written, and what precedes the first marker is passed over.
func Parse(text []byte) *Session {
	s := &Session{}
	lines := strings.SplitAfter(string(text), "\n")
	at := s.parseHead(lines)
	if s.State != "" && strings.HasPrefix(markerStart, lines[len(lines)-1]) {
		lines = lines[:len(lines)-1] // nothing, or the beginning of a marker that was cut off
	}
	for at < len(lines) {
		attributes, markdown, ok := marker(lines[at])
		at++
		if !ok {
			continue
		}
		end := at
		if n, err := strconv.Atoi(attributes["lines"]); err == nil && n > 0 {
			end = at + min(n, len(lines)-at)
		}
		exact := end > at
		for !exact && end < len(lines) {
			if _, _, next := marker(lines[end]); next {
				break
			}
			end++
		}
		code := strings.Join(lines[at:end], "")
		if exact {
			code = strings.TrimSuffix(code, "\n")
		} else {
			code = strings.Trim(code, "\n")
		}
		at = end
		if !markdown {
			s.Cells = append(s.Cells, Cell{Name: attributes["id"], Code: code, Status: Status(attributes["status"])})
		}
	}
	return s
}

// parseHead reads title and state, and returns where the head ends.
func (s *Session) parseHead(lines []string) int {
	if strings.TrimSpace(lines[0]) != "// ---" {
		return 0
	}
	for i, line := range lines[1:] {
		line = strings.TrimSpace(line)
		if line == "// ---" {
			return i + 2
		}
		if _, _, isMarker := marker(line); isMarker {
			return i + 1
		}
		key, value, _ := strings.Cut(strings.TrimPrefix(line, "// "), ": ")
		if quoted, err := strconv.Unquote(value); err == nil {
			value = quoted
		}
		switch key {
		case "title":
			s.Title = value
		case "session":
			s.State = State(value)
		}
	}
	return len(lines)
}

// markerStart begins the line before each cell.
const markerStart = "// %%"

// attribute is one key="value" of a marker, with the escapes of a Go string.
var attribute = regexp.MustCompile(`([\pL_][\pL\pN_-]*)=("(?:[^"\\]|\\.)*")`)

// marker takes apart the line that starts a cell, as "// %% id="1" status="ok"".
func marker(line string) (attributes map[string]string, markdown, ok bool) {
	rest, ok := strings.CutPrefix(line, markerStart)
	if !ok {
		return nil, false, false
	}
	attributes = map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(rest, -1) {
		if value, err := strconv.Unquote(m[2]); err == nil {
			attributes[m[1]] = value
		}
	}
	markdown = strings.HasPrefix(strings.TrimSpace(rest), "[markdown]")
	return attributes, markdown, true
}

// plain reports whether a cell's code can be read back without its number of
// lines: no line of it looks like a marker and no empty line is at its ends.
func plain(code string) bool {
	return code == strings.Trim(code, "\n") && !strings.HasPrefix(code, markerStart) && !strings.Contains(code, "\n"+markerStart)
}

// Unclosed lists the sessions of a folder that ended without being closed and
// are not running, the latest first. Sessions without cells are left out, and
// so are files that cannot be read.
func Unclosed(dir string) []*Session {
	var sessions []*Session
	for _, path := range journals(dir) {
		if s := unclosed(path); s != nil {
			sessions = append(sessions, s)
		}
	}
	return sessions
}

// LastUnclosed is the latest session of a folder that is not running, if it
// ended without being closed; nil otherwise.
func LastUnclosed(dir string) *Session {
	for _, path := range journals(dir) {
		if !held(path) {
			return unclosed(path)
		}
	}
	return nil
}

// journals lists the files of a folder, the latest first.
func journals(dir string) []string {
	paths, err := filepath.Glob(filepath.Join(dir, "*.gnb"))
	if err != nil {
		return nil // a folder whose name is a broken pattern has no journals of ours
	}
	slices.SortFunc(paths, func(a, b string) int {
		return strings.Compare(strings.TrimSuffix(b, ".gnb"), strings.TrimSuffix(a, ".gnb"))
	})
	return paths
}

// headSize is more than a journal's head takes.
const headSize = 512

func unclosed(path string) *Session {
	if !opened(path) || held(path) {
		return nil
	}
	s, err := Read(path)
	if err != nil || s.State != Open || len(s.Cells) == 0 {
		return nil
	}
	return s
}

// opened reads just the head, so that a folder of many sessions is looked
// through quickly.
func opened(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	buf := make([]byte, headSize)
	n, _ := f.Read(buf)
	return Parse(buf[:n]).State == Open || bytes.IndexByte(buf[:n], '\n') < 0
}

// MarkRecovered notes in a journal that another session has its cells now. The
// journal of a running session and a file that is no journal are left as they are.
func MarkRecovered(path string) error {
	if held(path) {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	buf := make([]byte, headSize)
	n, _ := f.Read(buf)
	mark := "\n// session: " + field(string(Open), stateWidth)
	at := bytes.Index(buf[:n], []byte(mark))
	if at < 0 {
		return nil
	}
	end := int64(at + len(mark) - stateWidth)
	if _, err := f.WriteAt([]byte(field(string(Recovered), stateWidth)), end); err != nil {
		return err
	}
	return f.Sync()
}
