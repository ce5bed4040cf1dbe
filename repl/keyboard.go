package repl

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// Runes of our own in the edit buffer, from the private end of Unicode. They
// stand for what the line editor cannot hold; the keyboard lets no other
// source put them there.
const (
	ownRunes   = 0x10F000
	lineBreak  = ownRunes + '\n' // a line break inside the edit buffer
	deleteKey  = ownRunes + 0x7F // the Delete key, which must not mean Ctrl-D
	suspendKey = ownRunes + 0x1A // Ctrl-Z
	helpKey    = ownRunes + 0x09 // Shift-Tab
	firstPaste = ownRunes + 0x100
	maxPastes  = 0xF00
)

// isOwnRune covers the range up to the last code point, U+10FFFF.
func isOwnRune(r rune) bool { return r >= ownRunes }

const (
	pasteOn    = "\x1b[?2004h" // the terminal marks pasted text from now on
	pasteOff   = "\x1b[?2004l"
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// keyboard stands between the terminal and the line editor, which knows neither
// bracketed paste nor edit buffers of several lines. A pasted block of several
// lines is kept aside, and the editor gets one rune and Enter in its place;
// expand puts the block back. Keys that the editor would take for the end of
// input or insert unseen are translated or dropped, and so are late answers of
// the terminal to questions about itself.
type keyboard struct {
	in     io.Reader
	buf    []byte // for reading from in
	raw    []byte // read, but the sequence it starts is not complete
	ready  []byte // translated
	err    error  // of in, reported once ready is empty
	inside bool   // between pasteStart and pasteEnd
	block  []byte // the paste so far

	lock   sync.Mutex // the line editor reads while the prompt expands
	pastes map[rune]string
	next   rune
	ended  bool
}

func newKeyboard(in io.Reader) *keyboard {
	return &keyboard{in: in, buf: make([]byte, 4096), pastes: map[rune]string{}, next: firstPaste}
}

// Read hands out translated input and waits for more only when there is none.
func (k *keyboard) Read(p []byte) (int, error) {
	for len(k.ready) == 0 {
		if k.err != nil {
			k.lock.Lock()
			k.ended = true
			k.lock.Unlock()
			return 0, k.err
		}
		n, err := k.in.Read(k.buf)
		k.raw = append(k.raw, k.buf[:n]...)
		k.translate(err != nil)
		k.err = err
	}
	n := copy(p, k.ready)
	k.ready = k.ready[n:]
	return n, nil
}

// Close does nothing: standard input stays open.
func (k *keyboard) Close() error { return nil }

// atEnd reports whether the input itself has ended, as opposed to Ctrl-D.
func (k *keyboard) atEnd() bool {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.ended
}

// expand turns a line from the editor into the text that was meant: pasted
// blocks in place of their runes and line breaks as such.
func (k *keyboard) expand(line string) string {
	k.lock.Lock()
	defer k.lock.Unlock()
	var b strings.Builder
	for _, r := range line {
		block, pasted := k.pastes[r]
		switch {
		case pasted:
			b.WriteString(block)
			delete(k.pastes, r)
		case r == lineBreak:
			b.WriteByte('\n')
		case isOwnRune(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// collapse is the way back: a text of several lines as one line of the editor.
func collapse(text string) string {
	return strings.ReplaceAll(text, "\n", string(rune(lineBreak)))
}

// translate moves what is complete from raw to ready; at the end everything is.
func (k *keyboard) translate(last bool) {
	for len(k.raw) > 0 {
		var n int
		if k.inside {
			n = k.pasted(last)
		} else {
			n = k.typed(last)
		}
		if n == 0 {
			break
		}
		k.raw = k.raw[n:]
	}
	if len(k.raw) == 0 {
		k.raw = nil // let go of the array
	}
}

// typed translates one key and returns its length, 0 if it is not complete.
func (k *keyboard) typed(last bool) int {
	b := k.raw[0]
	switch {
	case b == 0x1b:
		return k.escape(last)
	case b == 0x1a:
		k.ready = utf8.AppendRune(k.ready, suspendKey)
		return 1
	case b < 0x20 || b == 0x7f:
		if !unusedControl(b) {
			k.ready = append(k.ready, b)
		}
		return 1
	}
	if !utf8.FullRune(k.raw) && !last {
		return 0
	}
	r, n := utf8.DecodeRune(k.raw)
	if isOwnRune(r) {
		r = utf8.RuneError
	}
	k.ready = utf8.AppendRune(k.ready, r)
	return n
}

// unusedControl names the control keys that mean nothing to the line editor. It
// takes NUL (Ctrl-Space) for the end of input and inserts the others, unseen,
// into the text.
func unusedControl(b byte) bool {
	switch b {
	case 0x00, 0x0f, 0x11, 0x16, 0x18, 0x1c, 0x1d, 0x1e, 0x1f:
		return true
	}
	return false
}

// escape translates a sequence that starts with ESC. The editor itself waits
// for the byte after an ESC, so waiting here changes nothing.
func (k *keyboard) escape(last bool) int {
	if len(k.raw) < 2 {
		if last {
			return 1
		}
		return 0
	}
	switch k.raw[1] {
	case 0x1b:
		return 1
	case '\r', '\n': // Alt-Enter
		k.ready = utf8.AppendRune(k.ready, lineBreak)
		return 2
	case '[':
		return k.csi(last)
	case ']', 'P', '_', '^', 'X':
		return stringSequence(k.raw)
	}
	k.ready = append(k.ready, k.raw[0], k.raw[1])
	return 2
}

// csi translates ESC [ parameters final.
func (k *keyboard) csi(last bool) int {
	end := 2
	for end < len(k.raw) && k.raw[end] >= 0x20 && k.raw[end] < 0x40 {
		end++
	}
	if end == len(k.raw) && !last && end < 64 {
		return 0
	}
	if end == len(k.raw) || k.raw[end] < 0x40 || k.raw[end] > 0x7e {
		return end // not a sequence: the byte that broke it is read by itself
	}
	parameters, final := string(k.raw[2:end]), k.raw[end]
	end++
	switch key := parameters + string(final); {
	case key == "200~":
		k.inside, k.block = true, nil
	case key == "Z":
		k.ready = utf8.AppendRune(k.ready, helpKey)
	case key == "3~":
		k.ready = utf8.AppendRune(k.ready, deleteKey)
	case key == "1~" || key == "7~": // Home, which the editor knows only as ESC [ H
		k.ready = append(k.ready, 0x01)
	case key == "4~" || key == "8~": // End
		k.ready = append(k.ready, 0x05)
	case key == "1;5C" || key == "1;3C": // Ctrl-Right and Alt-Right
		k.ready = append(k.ready, "\x1bf"...)
	case key == "1;5D" || key == "1;3D":
		k.ready = append(k.ready, "\x1bb"...)
	case strings.IndexByte("ABCDHF", final) >= 0:
		k.ready = append(k.ready, 0x1b, '[', final)
	}
	return end // other keys, and answers of the terminal, mean nothing here
}

// stringSequence measures an answer of the terminal such as ESC ] ... BEL, so
// that it is dropped. Answers come in one piece; if this is none, a person has
// pressed Alt and that key.
func stringSequence(raw []byte) int {
	for i := 2; i < len(raw); i++ {
		switch {
		case raw[i] == 0x07:
			return i + 1
		case raw[i] == 0x1b && i+1 < len(raw) && raw[i+1] == '\\':
			return i + 2
		case raw[i] < 0x20:
			return 2
		}
	}
	return 2
}

// pasted takes what belongs to a paste and returns its length. Ctrl-C gives a
// paste up that the terminal never ended.
func (k *keyboard) pasted(last bool) int {
	if at := bytes.IndexByte(k.raw, 0x03); at >= 0 && !bytes.Contains(k.raw[:at], []byte(pasteEnd)) {
		k.inside, k.block = false, nil
		return at
	}
	if at := bytes.Index(k.raw, []byte(pasteEnd)); at >= 0 {
		k.block = append(k.block, k.raw[:at]...)
		k.inside = false
		k.deliver(cleanPaste(k.block))
		return at + len(pasteEnd)
	}
	n := len(k.raw)
	if !last {
		n -= partialSuffix(k.raw, pasteEnd)
	}
	k.block = append(k.block, k.raw[:n]...)
	return n
}

// partialSuffix is how many bytes at the end of b may start the mark.
func partialSuffix(b []byte, mark string) int {
	for n := min(len(mark)-1, len(b)); n > 0; n-- {
		if string(b[len(b)-n:]) == mark[:n] {
			return n
		}
	}
	return 0
}

// deliver hands a paste to the editor: a single line as if it had been typed,
// but with spaces for tabs, which would start completion; several lines as one
// rune and Enter.
func (k *keyboard) deliver(text string) {
	line := strings.TrimRight(text, "\n")
	if !strings.Contains(line, "\n") {
		k.ready = append(k.ready, strings.ReplaceAll(line, "\t", "    ")...)
		if len(line) < len(text) {
			k.ready = append(k.ready, '\r')
		}
		return
	}
	k.lock.Lock()
	r := k.next
	k.pastes[r] = line
	if k.next++; k.next == firstPaste+maxPastes {
		k.next = firstPaste
	}
	k.lock.Unlock()
	k.ready = utf8.AppendRune(k.ready, r)
	k.ready = append(k.ready, '\r')
}

// cleanPaste gives a paste the line ends of Go source and drops what nobody
// meant to paste: control characters, byte order marks, broken encoding.
func cleanPaste(block []byte) string {
	text := strings.ReplaceAll(string(block), "\r\n", "\n")
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\n' || r == '\t':
			return r
		case r < 0x20 || (r >= 0x7f && r < 0xa0) || r == '\uFEFF':
			return -1
		case isOwnRune(r):
			return utf8.RuneError
		}
		return r
	}, text)
}
