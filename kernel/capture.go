package kernel

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// capture stands in for the process's standard output and error while cells
// run: what they print, and what native code prints, becomes stream events.
type capture struct {
	streams []*stream
}

type stream struct {
	name    string
	w       *os.File
	send    func(name, text string)
	lock    sync.Mutex
	marks   map[string]chan struct{}
	pending int
}

// newCapture replaces os.Stdout and os.Stderr. The descriptors 1 and 2 stay:
// the first carries the protocol, the second the runtime's last words.
func newCapture(send func(name, text string)) (*capture, error) {
	c := &capture{}
	for _, it := range []struct {
		name string
		file **os.File
	}{{"stdout", &os.Stdout}, {"stderr", &os.Stderr}} {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, fmt.Errorf("cannot capture the cells' output: %w", err)
		}
		*it.file = w
		s := &stream{name: it.name, w: w, send: send, marks: map[string]chan struct{}{}}
		c.streams = append(c.streams, s)
		go s.read(r)
	}
	return c, nil
}

// flush returns once everything printed so far has been sent.
func (c *capture) flush() {
	for _, s := range c.streams {
		s.flush()
	}
}

// flushWithin is flush for a stream that may be stuck.
func (c *capture) flushWithin(d time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.flush()
	}()
	select {
	case <-done:
	case <-time.After(d):
	}
}

// markStart and markEnd frame the marks that flush writes into the stream; no
// text contains these bytes.
const (
	markStart = "\x00\xff\xfe<"
	markEnd   = ">\xfe\xff\x00"
)

func (s *stream) flush() {
	s.lock.Lock()
	s.pending++
	mark := fmt.Sprintf("%s%d%s", markStart, s.pending, markEnd)
	seen := make(chan struct{})
	s.marks[mark] = seen
	s.lock.Unlock()
	if _, err := io.WriteString(s.w, mark); err == nil {
		<-seen
	}
}

// read forwards the stream as it comes. A mark, or a rune, may be cut by the
// end of a read: what could be the start of one waits for the rest.
func (s *stream) read(r io.Reader) {
	buf := make([]byte, 64<<10)
	var held []byte
	for {
		n, err := r.Read(buf)
		held = append(held, buf[:n]...)
		held = s.forward(held)
		if err != nil {
			if len(held) > 0 {
				s.send(s.name, string(held))
			}
			return
		}
	}
}

func (s *stream) forward(held []byte) []byte {
	for {
		at := bytes.Index(held, []byte(markStart))
		if at < 0 {
			break
		}
		end := bytes.Index(held[at:], []byte(markEnd))
		if end < 0 {
			break
		}
		if at > 0 {
			s.send(s.name, string(held[:at]))
		}
		s.seen(string(held[at : at+end+len(markEnd)]))
		held = held[at+end+len(markEnd):]
	}
	ready := len(held)
	if at := bytes.IndexByte(held, markStart[0]); at >= 0 && couldBeMark(held[at:]) {
		ready = at
	}
	ready = wholeRunes(held[:ready])
	if ready > 0 {
		s.send(s.name, string(held[:ready]))
	}
	return append(held[:0:0], held[ready:]...)
}

// couldBeMark reports whether text may still turn into a mark.
func couldBeMark(text []byte) bool {
	n := min(len(text), len(markStart))
	return bytes.Equal(text[:n], []byte(markStart)[:n]) && len(text) < len(markStart)+len(markEnd)+20
}

// wholeRunes is the length of text without a rune cut off at its end.
func wholeRunes(text []byte) int {
	for back := 1; back <= 3 && back <= len(text); back++ {
		b := text[len(text)-back]
		if b < 0x80 {
			break
		}
		if b >= 0xc0 { // a first byte: are its followers here?
			need := 2
			if b >= 0xe0 {
				need = 3
			}
			if b >= 0xf0 {
				need = 4
			}
			if back < need {
				return len(text) - back
			}
			break
		}
	}
	return len(text)
}

func (s *stream) seen(mark string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if ch := s.marks[mark]; ch != nil {
		close(ch)
		delete(s.marks, mark)
	}
}
