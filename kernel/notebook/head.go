package notebook

import "strings"

const headMark = "---"

// readHead reads the commented YAML that may open a notebook, and returns the
// index of the line after it. Of YAML it knows what heads are made of: a key and
// its text a line, the text plain or quoted, and lines indented below a key that
// go on with its text. The lines themselves are kept, whatever they say.
func (n *Notebook) readHead(lines []string) (next int, err error) {
	first := 0
	for first < len(lines) && strings.TrimSpace(lines[first]) == "" {
		first++
	}
	if first == len(lines) || !isHeadMark(lines[first]) {
		return 0, nil
	}
	values := map[string]string{}
	key := ""
	for i := first + 1; i < len(lines); i++ {
		if isHeadMark(lines[i]) {
			n.Title, n.Format = values["title"], values["format"]
			n.Seed, n.Summary = values["seed"], values["summary"]
			return i + 1, nil
		}
		if !strings.HasPrefix(lines[i], "//") {
			break
		}
		line := uncomment(lines[i])
		n.Head = append(n.Head, line)
		name, text, isKey := strings.Cut(line, ":")
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case line[0] == ' ' || line[0] == '\t':
			values[key] = strings.TrimSpace(values[key] + " " + strings.TrimSpace(line))
		case isKey:
			key = strings.TrimSpace(name)
			values[key] = scalar(strings.TrimSpace(text))
		}
	}
	return 0, &Error{Path: n.Path, Line: first + 1,
		Message: "the notebook is unfinished: the head that opens here is not closed by a line // ---"}
}

func isHeadMark(line string) bool {
	return strings.HasPrefix(line, "//") && strings.TrimSpace(uncomment(line)) == headMark
}

// scalar takes the quotes off a text. The signs of a text that starts on the next
// line stand for nothing.
func scalar(text string) string {
	switch text {
	case ">", "|", ">-", "|-":
		return ""
	}
	for _, quote := range []string{`"`, "'"} {
		if len(text) >= 2 && strings.HasPrefix(text, quote) && strings.HasSuffix(text, quote) {
			return text[1 : len(text)-1]
		}
	}
	return text
}
