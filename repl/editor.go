package repl

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/charmbracelet/x/ansi"
	"github.com/chzyer/readline"

	"gaspard/kernel/worker"
)

// errCancelled says that Ctrl-C was pressed while a line was being edited.
var errCancelled = errors.New("cancelled")

// editor reads lines of cells. It gives the line editor below it what that
// lacks: history of whole cells, pasted blocks, colours, completion with
// signatures.
type editor struct {
	keys    *keyboard
	rl      *readline.Instance
	out     screen
	kernel  questions
	reading atomic.Bool // a line is being edited

	lock   sync.Mutex
	before string // the earlier lines of the cell being entered
	edit   *edit  // what the key being handled shall do to the line
}

// questions are what an editor asks a kernel about the text of a cell.
type questions interface {
	Complete(code string, cursor int) (worker.Reply, error)
	Inspect(code string, cursor int) (worker.Reply, error)
}

// edit replaces the line being edited.
type edit struct {
	line []rune
	pos  int
}

// newEditor reads from standard input, which must be a terminal.
func newEditor(out screen, kernel questions) (*editor, error) {
	e := &editor{keys: newKeyboard(os.Stdin), out: out, kernel: kernel}
	rl, err := readline.NewEx(&readline.Config{
		Stdin:                  e.keys,
		Stdout:                 out,
		DisableAutoSaveHistory: true,
		HistoryLimit:           maxHistory + 1,
		HistorySearchFold:      true,
		AutoComplete:           e,
		Listener:               e,
		Painter:                e,
		FuncGetWidth:           out.width,
		InterruptPrompt:        "^C",
		EOFPrompt:              "\n", // none
	})
	if err != nil {
		return nil, err
	}
	e.rl = rl
	return e, nil
}

// readLine reads what one Enter ends; a pasted block or a recalled cell has
// several lines. The text it returns with an error is of no use. The prompts
// are those of the cell's first and later lines.
//
// The line editor's way to start from a text of one's own is not for use here: it
// shows the prompt before it has taken the terminal over, which then echoes what
// is typed right away.
func (e *editor) readLine(prompt, more, before string) (string, error) {
	e.lock.Lock()
	e.before = before
	e.lock.Unlock()
	now := prompt
	if before != "" {
		now = more
	}
	e.rl.SetPrompt(now)
	_, _ = io.WriteString(e.out, pasteOn)
	e.reading.Store(true)
	line, err := e.rl.Readline()
	e.reading.Store(false)
	_, _ = io.WriteString(e.out, pasteOff)
	text := e.keys.expand(line)
	if errors.Is(err, readline.ErrInterrupt) {
		return "", errCancelled
	}
	if err != nil {
		return "", err
	}
	if strings.Contains(text, "\n") {
		e.unfold(now, more, line, before, text)
	}
	return text, nil
}

// unfold replaces the line just entered, in which line breaks and pasted blocks
// were single glyphs, by the lines it stands for.
func (e *editor) unfold(prompt, more, line, before, text string) {
	columns := ansi.StringWidth(prompt) + readline.Runes{}.WidthAll([]rune(line))
	width := e.out.width()
	rows := max((columns+width-1)/width, 1)
	fmt.Fprintf(e.out, "\x1b[%dA\r\x1b[J", rows)
	painted := e.out.highlight(before + text)
	lines := strings.Split(painted, "\n")[strings.Count(before, "\n"):]
	const head, tail = 30, 5
	for i, l := range lines {
		if i > 0 {
			prompt = more
		}
		switch hidden := len(lines) - head - tail; {
		case hidden > 1 && i == head:
			fmt.Fprintf(e.out, "%s%s\n", prompt, e.out.paint(styleDim, fmt.Sprintf("(%d more lines)", hidden)))
		case hidden > 1 && i > head && i < head+hidden:
		default:
			_, _ = io.WriteString(e.out, prompt+strings.ReplaceAll(l, "\t", "    ")+"\n")
		}
	}
}

// offerHistory makes these cells what Up and Ctrl-R find. The line editor's own
// bookkeeping mixes edited and recalled entries, so it is set anew each time.
func (e *editor) offerHistory(cells []string) {
	if len(cells) == 0 {
		cells = []string{":help"} // searching an empty history would crash
	}
	e.rl.ResetHistory()
	for _, c := range cells {
		_ = e.rl.SaveHistory(collapse(c)) // in memory: there is no history file
	}
}

// print writes above the line being edited, if one is. The line editor is not
// asked whether: it believes so after the line has ended, and would show a prompt
// that nobody reads.
func (e *editor) print(text string) {
	if !e.reading.Load() {
		_, _ = io.WriteString(e.out, text)
		return
	}
	_, _ = io.WriteString(e.rl.Stdout(), text)
}

// Paint implements readline.Painter.
func (e *editor) Paint(line []rune, _ int) []rune {
	e.lock.Lock()
	before := e.before
	e.lock.Unlock()
	return e.out.paintLine(before, line)
}

// OnChange implements readline.Listener: it is told each key after the line
// editor has handled it, and may replace the line.
func (e *editor) OnChange(line []rune, pos int, key rune) ([]rune, int, bool) {
	switch key {
	case readline.CharTab:
		e.lock.Lock()
		to := e.edit
		e.edit = nil
		e.lock.Unlock()
		if to != nil {
			return to.line, to.pos, true
		}
	case deleteKey, suspendKey, helpKey:
		if pos == 0 || line[pos-1] != key {
			return nil, 0, false // not inserted: the editor was searching
		}
		rest := line[pos:]
		if key == deleteKey && len(rest) > 0 {
			rest = rest[1:]
		}
		if key == suspendKey {
			e.suspend()
		}
		if key == helpKey {
			e.document(append(line[:pos-1:pos-1], rest...), pos-1)
		}
		return append(line[:pos-1:pos-1], rest...), pos - 1, true
	}
	return nil, 0, false
}

// suspend stops this process as Ctrl-Z does where the terminal itself sees it.
func (e *editor) suspend() {
	_, _ = io.WriteString(e.out, pasteOff)
	_ = e.rl.Terminal.ExitRawMode()
	stopProcess()
	_ = e.rl.Terminal.EnterRawMode()
	_, _ = io.WriteString(e.out, pasteOn)
}

// release gives the terminal back in its usual state.
func (e *editor) release() {
	_, _ = io.WriteString(e.out, pasteOff)
	_ = e.rl.Terminal.ExitRawMode()
}
