package repl

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"gaspard/kernel/journal"
)

// vars lists the session's variables.
func (p *prompt) vars(string) {
	list, err := p.current().Variables()
	if err != nil {
		p.sayFailure(err)
		return
	}
	if len(list) == 0 {
		p.say("There are no variables yet.")
		return
	}
	var nameWidth, typeWidth int
	for _, v := range list {
		nameWidth = max(nameWidth, ansi.StringWidth(v.Name))
		typeWidth = max(typeWidth, min(ansi.StringWidth(v.Type), 30))
	}
	var b strings.Builder
	for _, v := range list {
		line := padded(v.Name, nameWidth) + "  " + padded(ansi.Truncate(v.Type, 30, "…"), typeWidth) + "  " + v.Value
		b.WriteString(ansi.Truncate(line, max(p.out.width()-1, 20), "…") + "\n")
	}
	p.say(b.String())
}

func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(width-ansi.StringWidth(text), 0))
}

// time runs code as a cell and says how long it took.
func (p *prompt) time(code string) {
	if code == "" {
		p.say("Say what to time: :time CODE")
		return
	}
	end := p.enter(Cell{Name: fmt.Sprint(len(p.cells) + 1), Code: code})
	if end.Err == nil {
		p.say(p.out.paint(styleDim, fmt.Sprintf("%.3g s", end.Seconds)))
	}
}

// listHistory shows the session's cells with their numbers, or the last n
// entries of all sessions.
func (p *prompt) listHistory(arg string) {
	var b strings.Builder
	if arg == "" {
		for _, c := range p.cells {
			label := "[" + c.Name + "] "
			b.WriteString(p.out.paint(stylePrompt, label))
			indent := "\n" + strings.Repeat(" ", len(label))
			b.WriteString(strings.ReplaceAll(p.out.highlight(c.Code), "\n", indent) + "\n")
		}
		if len(p.cells) == 0 {
			b.WriteString("No cells yet; :history N shows the last N of earlier sessions.\n")
		}
		p.say(b.String())
		return
	}
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 {
		p.say(":history takes a number of entries, not " + arg + ".")
		return
	}
	entries := p.history.entries
	for _, text := range entries[max(len(entries)-n, 0):] {
		b.WriteString(p.out.highlight(text) + "\n")
	}
	p.say(b.String())
}

// editCell opens a cell in the user's editor and runs what comes back.
func (p *prompt) editCell(arg string) {
	n := len(p.cells)
	if arg != "" {
		var err error
		if n, err = strconv.Atoi(arg); err != nil || n < 1 || n > len(p.cells) {
			p.say("There is no cell " + arg + ".")
			return
		}
	}
	var code string
	if n > 0 {
		code = p.cells[n-1].Code
	}
	changed, err := editText(code)
	if err != nil {
		p.say("gaspard: " + err.Error())
		return
	}
	if strings.TrimSpace(changed) == "" {
		p.say("Nothing to run.")
		return
	}
	first, more := p.prompts()
	for i, line := range strings.Split(p.out.highlight(changed), "\n") {
		if i > 0 {
			first = more
		}
		fmt.Fprintln(p.out, first+strings.ReplaceAll(line, "\t", "    "))
	}
	p.runCell(changed)
}

// editText lets $VISUAL or $EDITOR change a text.
func editText(text string) (string, error) {
	editor := os.Getenv("VISUAL")
	if editor == "" {
		editor = os.Getenv("EDITOR")
	}
	if editor == "" {
		editor = "vi"
		if runtime.GOOS == "windows" {
			editor = "notepad"
		}
	}
	dir, err := os.MkdirTemp("", "gaspard-edit-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "cell.go")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		return "", err
	}
	words := strings.Fields(editor) // "code --wait"
	command := exec.Command(words[0], append(words[1:], path)...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s: %w", editor, err)
	}
	changed, err := os.ReadFile(path)
	return strings.TrimRight(string(changed), " \t\r\n"), err
}

func firstLine(text string) string {
	line, _, more := strings.Cut(text, "\n")
	if more {
		line += " …"
	}
	return line
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// notebookHead opens a percent script.
func notebookHead(title string) string {
	return "// ---\n// title: " + title + "\n// ---\n"
}

// notebookCell is one cell of a percent script.
func notebookCell(code string) string {
	return "\n// %%\n" + strings.TrimRight(code, "\n") + "\n"
}

// save writes the cells that succeeded as a notebook.
func (p *prompt) save(path string) {
	if path == "" {
		p.say("Say where: :save FILE.gnb")
		return
	}
	if filepath.Ext(path) == "" {
		path += ".gnb"
	}
	var b strings.Builder
	b.WriteString(notebookHead(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))))
	saved := 0
	for _, c := range p.cells {
		if c.status == journal.OK {
			b.WriteString(notebookCell(c.Code))
			saved++
		}
	}
	if saved == 0 {
		p.say("There is nothing to save yet.")
		return
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if os.IsExist(err) {
		p.say(path + " exists already; choose another name.")
		return
	}
	if err == nil {
		_, err = f.WriteString(b.String())
		if closing := f.Close(); err == nil {
			err = closing
		}
	}
	if err != nil {
		p.say("gaspard: " + err.Error())
		return
	}
	text := plural(saved, "cell") + " saved to " + path
	if left := len(p.cells) - saved; left > 0 {
		text += "; " + plural(left, "cell") + " that failed left out"
	}
	p.say(text + ".")
}

// listFigures shows the session's figures and their folder.
func (p *prompt) listFigures(string) {
	folder := p.options.Figures
	if folder == "" {
		folder = "figures"
	}
	if len(p.figures) == 0 {
		p.say("No figures yet; they will be saved in " + folder + ".")
		return
	}
	var b strings.Builder
	for _, f := range p.figures {
		fmt.Fprintf(&b, "figure %d: %s  %s\n", f.Number, shortPath(f.Path), f.Caption)
	}
	p.say(b.String())
}

// reset forgets the session's names.
func (p *prompt) reset(string) {
	if err := p.current().Reset(); err != nil {
		p.sayFailure(err)
		return
	}
	p.live = len(p.cells)
	p.say("Variables, functions and types are gone.")
}
