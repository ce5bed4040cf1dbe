package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Read reads a notebook file.
func Read(path string) (*Notebook, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the notebook cannot be read: %w", err)
	}
	return Parse(path, text)
}

// Parse reads the text of a notebook. Path stands in errors, which are of type
// [*Error].
func Parse(path string, text []byte) (*Notebook, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if err := checkText(path, text); err != nil {
		return nil, err
	}
	n := &Notebook{Path: path}
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	next, err := n.readHead(lines)
	if err != nil {
		return nil, err
	}
	if err := n.readCells(lines, next); err != nil {
		return nil, err
	}
	if len(n.Cells) == 0 {
		return nil, &Error{Path: path, Message: "the notebook has no cells; each starts with a line // %%"}
	}
	return n, nil
}

// checkText refuses what no editor would show as text.
func checkText(path string, text []byte) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return &Error{Path: path, Message: "the notebook is empty"}
	}
	line := 1
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			return &Error{Path: path, Line: line, Message: fmt.Sprintf("the byte %#x is not UTF-8; save the notebook as UTF-8", text[0])}
		case r == 0:
			return &Error{Path: path, Line: line, Message: "a zero byte: this is no text file"}
		case r == '\n':
			line++
		}
		text = text[size:]
	}
	return nil
}

// readCells cuts lines into cells, from the index first on.
func (n *Notebook) readCells(lines []string, first int) error {
	cell := Cell{Line: first + 1}
	marked := false // an unmarked text before the first mark is a cell if it is not blank
	start := first
	for i := first; i <= len(lines); i++ {
		if i < len(lines) && !isMark(lines[i]) {
			continue
		}
		n.addCell(cell, lines[start:i], marked)
		if i == len(lines) {
			break
		}
		var err error
		if cell, err = parseMark(lines[i]); err != nil {
			return &Error{Path: n.Path, Line: i + 1, Message: err.Error()}
		}
		marked, start = true, i+1
		cell.Line = start + 1
	}
	if !marked {
		return &Error{Path: n.Path, Line: first + 1,
			Message: "no line // %% starts a cell here; a plain Go file is for gaspard eval"}
	}
	return nil
}

// addCell appends a cell made of lines. Blank lines around a cell are layout.
func (n *Notebook) addCell(cell Cell, lines []string, marked bool) {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
		cell.Line++
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	if !marked && len(lines) == 0 {
		return
	}
	if cell.Markdown {
		plain := make([]string, len(lines))
		for i, line := range lines {
			plain[i] = uncomment(line)
		}
		lines = plain
	} else {
		cell.Number = 1 + len(n.Code())
	}
	cell.Source = strings.Join(lines, "\n")
	n.Cells = append(n.Cells, cell)
}

// uncomment takes the comment mark and one space from the front of a line.
func uncomment(line string) string {
	if text, ok := strings.CutPrefix(line, "//"); ok {
		return strings.TrimPrefix(text, " ")
	}
	return line
}

func isMark(line string) bool {
	rest, ok := strings.CutPrefix(line, "//")
	if !ok {
		return false
	}
	rest, ok = strings.CutPrefix(strings.TrimPrefix(rest, " "), "%%")
	return ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

var (
	markdownMark = regexp.MustCompile(`(^|\s)\[(markdown|md)\](\s|$)`)
	metadataKey  = regexp.MustCompile(`(^|\s)[\pL_][\pL\pN_.-]*=`)
)

// parseMark reads the line that starts a cell.
func parseMark(line string) (Cell, error) {
	_, rest, _ := strings.Cut(line, "%%")
	cell := Cell{Metadata: map[string]any{}}
	title := rest
	if at := metadataKey.FindStringIndex(rest); at != nil {
		title, rest = rest[:at[0]], rest[at[0]:]
	} else {
		rest = ""
	}
	if at := markdownMark.FindStringIndex(title); at != nil {
		cell.Markdown = true
		title = title[:at[0]] + " " + title[at[1]:]
	}
	cell.Title = strings.TrimSpace(title)
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		key, after, ok := strings.Cut(rest, "=")
		if !ok || strings.ContainsAny(key, " \t\"") {
			return cell, fmt.Errorf("the cell's metadata is not key=\"value\": %s", rest)
		}
		values := json.NewDecoder(strings.NewReader(after))
		var value any
		switch err := values.Decode(&value); {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return cell, fmt.Errorf("the value of %s is not finished: %s", key, after)
		case err != nil:
			return cell, fmt.Errorf("the value of %s is neither a quoted text nor other JSON: %s", key, after)
		}
		cell.Metadata[key] = value
		rest = after[values.InputOffset():]
	}
	cell.ID, _ = cell.Metadata["id"].(string)
	cell.Tags = tags(cell.Metadata["tags"])
	return cell, nil
}

// tags reads a list, or a text in which spaces or commas separate them.
func tags(value any) []string {
	switch value := value.(type) {
	case string:
		return strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' })
	case []any:
		var list []string
		for _, v := range value {
			if tag, ok := v.(string); ok {
				list = append(list, tag)
			}
		}
		return list
	}
	return nil
}
