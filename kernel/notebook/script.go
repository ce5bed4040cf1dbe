package notebook

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// maxSize bounds the files that are read: a notebook is text that a person wrote.
const maxSize = 32 << 20

// ParseError says where a notebook cannot be read.
type ParseError struct {
	Name    string
	Line    int
	Message string
}

// Error gives the place and the cause in one line.
func (e *ParseError) Error() string {
	return fmt.Sprintf("%s:%d: %s", e.Name, e.Line, e.Message)
}

// Read reads a notebook file.
func Read(path string) (*Notebook, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSize {
		return nil, fmt.Errorf("%s has %d MB; a notebook has at most %d", path, info.Size()>>20, maxSize>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(filepath.Base(path), data)
}

// Parse reads a notebook from the text of a file; the name stands in errors. Text
// before the first marker is a cell of Go, so that any Go file is a notebook. It
// fails, with a [*ParseError], on text that is not UTF-8, a head without end, and
// metadata or Markdown that is broken, as where a file was cut off.
func Parse(name string, data []byte) (*Notebook, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	r := &reader{name: name, lines: strings.Split(string(data), "\n")}
	for i, line := range r.lines {
		if !utf8.ValidString(line) || strings.ContainsRune(line, 0) {
			return nil, &ParseError{name, i + 1, "this is not text in UTF-8"}
		}
	}
	n := &Notebook{}
	var err error
	if n.Head, err = r.head(); err != nil {
		return nil, err
	}
	for r.at < len(r.lines) {
		cell, err := r.cell()
		if err != nil {
			return nil, err
		}
		if cell != nil {
			n.Cells = append(n.Cells, *cell)
		}
	}
	return n, nil
}

// reader walks over the lines of a file.
type reader struct {
	name  string
	lines []string
	at    int
}

func (r *reader) fail(line int, format string, args ...any) error {
	return &ParseError{r.name, line + 1, fmt.Sprintf(format, args...)}
}

// head reads the YAML between "// ---" lines, if the file starts with it.
func (r *reader) head() ([]string, error) {
	if r.lines[0] != "// ---" {
		return nil, nil
	}
	head := []string{}
	for i, line := range r.lines[1:] {
		if line == "// ---" {
			r.at = i + 2
			return head, nil
		}
		text, ok := uncomment(line)
		if !ok {
			return nil, r.fail(i+1, "the head that starts in line 1 is not closed by // ---")
		}
		head = append(head, text)
	}
	return nil, r.fail(len(r.lines)-1, "the head that starts in line 1 is not closed by // ---")
}

// cell reads one cell; nil stands for empty lines before the first marker.
func (r *reader) cell() (*Cell, error) {
	var c Cell
	marked := isMarker(r.lines[r.at])
	if marked {
		if err := r.marker(&c); err != nil {
			return nil, err
		}
		r.at++
	}
	first := r.at
	for r.at < len(r.lines) && !isMarker(r.lines[r.at]) {
		r.at++
	}
	body := make([]string, r.at-first)
	for i := range body {
		line := unescape(r.lines[first+i])
		if c.Kind == Markdown {
			text, ok := uncomment(line)
			if !ok {
				return nil, r.fail(first+i, "this line of a Markdown cell does not start with //")
			}
			line = text
		}
		body[i] = line
	}
	from, to := 0, len(body)
	for from < to && strings.TrimSpace(body[from]) == "" {
		from++
	}
	for to > from && strings.TrimSpace(body[to-1]) == "" {
		to--
	}
	if !marked && from == to {
		return nil, nil
	}
	c.Line = first + from + 1
	c.Source = strings.Join(body[from:to], "\n")
	return &c, nil
}

const mark = "// %%"

// isMarker tells the line that opens a cell.
func isMarker(line string) bool {
	rest, ok := strings.CutPrefix(line, mark)
	return ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// escape keeps a line of a cell that looks like a marker from being one: a
// backslash goes before the %%.
func escape(line string) string {
	rest, ok := strings.CutPrefix(line, "// ")
	if ok && strings.HasPrefix(strings.TrimLeft(rest, `\`), "%%") {
		return `// \` + rest
	}
	return line
}

func unescape(line string) string {
	rest, ok := strings.CutPrefix(line, `// \`)
	if ok && strings.HasPrefix(strings.TrimLeft(rest, `\`), "%%") {
		return "// " + rest
	}
	return line
}

// uncomment removes the mark of a line comment and one space.
func uncomment(line string) (string, bool) {
	if strings.TrimSpace(line) == "" {
		return "", true
	}
	text, ok := strings.CutPrefix(line, "//")
	return strings.TrimPrefix(text, " "), ok
}

// marker reads "// %% name [markdown] key=value ...".
func (r *reader) marker(c *Cell) error {
	rest := strings.TrimSpace(strings.TrimPrefix(r.lines[r.at], mark))
	var name []string
	for rest != "" {
		word := rest
		if i := strings.IndexAny(rest, " \t"); i >= 0 {
			word = rest[:i]
		}
		key, _, isAttribute := strings.Cut(word, "=")
		switch {
		case word == "[markdown]" || word == "[md]":
			c.Kind = Markdown
		case isAttribute && isKey(key):
			value, err := attributeValue(rest[len(key)+1:])
			if err != "" {
				return r.fail(r.at, "the cell's metadata %s: %s", key, err)
			}
			c.Meta = append(c.Meta, Attribute{key, value})
			word = rest[:len(key)+1+len(value)]
		case len(c.Meta) > 0:
			return r.fail(r.at, "%q in the cell's metadata is not of the form key=\"value\"", word)
		default:
			name = append(name, word)
		}
		rest = strings.TrimSpace(rest[len(word):])
	}
	c.Name = strings.Join(name, " ")
	return nil
}

func isKey(text string) bool {
	for _, r := range text {
		if r != '-' && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return text != ""
}

// attributeValue takes a value from the start of text: a quoted string, a JSON
// list or object, or a word.
func attributeValue(text string) (value, problem string) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '[' || b == '{':
			depth++
		case b == ']' || b == '}':
			depth--
		case (b == ' ' || b == '\t') && depth <= 0:
			return text[:i], ""
		}
	}
	if quoted {
		return "", "a quote is not closed"
	}
	if depth > 0 {
		return "", "a bracket is not closed"
	}
	return text, ""
}

// Format writes a notebook as the text of a file.
func (n *Notebook) Format() []byte {
	var b bytes.Buffer
	if n.Head != nil {
		b.WriteString("// ---\n")
		for _, line := range n.Head {
			b.WriteString(comment(line) + "\n")
		}
		b.WriteString("// ---\n")
	}
	for i := range n.Cells {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(n.Cells[i].Format())
	}
	return b.Bytes()
}

// Format writes a cell as it stands in a file.
func (c *Cell) Format() string {
	var b strings.Builder
	b.WriteString(mark)
	if c.Name != "" {
		b.WriteString(" " + c.Name)
	}
	if c.Kind == Markdown {
		b.WriteString(" [markdown]")
	}
	for _, a := range c.Meta {
		b.WriteString(" " + a.Key + "=" + a.Value)
	}
	b.WriteByte('\n')
	source := strings.Trim(c.Source, "\n")
	if source == "" {
		return b.String()
	}
	for line := range strings.SplitSeq(source, "\n") {
		if c.Kind == Markdown {
			line = comment(line)
		}
		b.WriteString(escape(line) + "\n")
	}
	return b.String()
}

func comment(line string) string {
	if line == "" {
		return "//"
	}
	return "// " + line
}
