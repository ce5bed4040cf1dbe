package kernel

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"sync"
	"time"

	"gaspard/kernel/lang"
	"gaspard/kernel/worker"
)

// Serve runs a kernel that reads requests from in and writes events to out, one
// JSON object a line, until in ends or a shutdown arrives. It is the body of
// the child process: it takes over the process's standard output and error.
//
// Cells run one after the other; interrupts, completion and questions are
// answered while one runs.
func Serve(in io.Reader, out io.Writer) error {
	sender := &sender{out: out}
	figures := os.Getenv("GASPARD_FIGURES")
	if figures == "" {
		figures = "figures"
	}
	session, err := NewSession(figures, sender.current)
	if err != nil {
		return err
	}
	cells := make(chan worker.Request, 64)
	var done sync.WaitGroup
	done.Go(func() {
		for r := range cells {
			sender.setID(r.ID)
			start := time.Now()
			ok := session.Execute(r)
			sender.reply(r.ID, worker.Reply{OK: ok, Seconds: elapsed(start)})
		}
	})
	lines := bufio.NewReaderSize(in, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break // the front end has gone
		}
		var r worker.Request
		if json.Unmarshal(line, &r) != nil {
			continue
		}
		if r.Type == worker.Shutdown {
			break
		}
		if r.Type == worker.Execute {
			cells <- r
			continue
		}
		session.answer(r, sender)
	}
	return nil
}

// answer replies to a request that does not run a cell.
func (s *Session) answer(r worker.Request, to *sender) {
	reply := worker.Reply{OK: true}
	switch r.Type {
	case worker.Interrupt:
		s.Interrupt()
		return
	case worker.IsComplete:
		reply.Status = map[lang.Completeness]string{
			lang.Whole: worker.IsWhole, lang.Partial: worker.IsPartial, lang.Invalid: worker.IsInvalid,
		}[lang.CompletenessOf(r.Code)]
	case worker.Complete:
		reply.Start, reply.End, reply.Matches = s.complete(r.Code, r.Cursor)
	case worker.Inspect:
		reply.Doc = s.inspect(r.Code, r.Cursor)
	case worker.Variables:
		reply.Vars = s.Variables()
	case worker.Reset:
		s.Reset()
	default:
		reply.OK = false
	}
	to.reply(r.ID, reply)
}

// sender writes events, a line each, under one lock.
type sender struct {
	lock sync.Mutex
	out  io.Writer
	id   int // of the cell being executed
}

func (s *sender) setID(id int) {
	s.lock.Lock()
	s.id = id
	s.lock.Unlock()
}

// current sends an event of the cell being executed.
func (s *sender) current(e worker.Event) {
	s.lock.Lock()
	defer s.lock.Unlock()
	e.ID = s.id
	s.write(e)
}

func (s *sender) reply(id int, r worker.Reply) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.write(worker.Event{ID: id, Type: worker.EventReply, Reply: &r})
}

// write sends one line. If the front end has gone, reading its requests ends
// too, and with it the kernel.
func (s *sender) write(e worker.Event) {
	line, err := json.Marshal(e)
	if err != nil {
		panic("kernel: an event cannot be written: " + err.Error())
	}
	_, _ = s.out.Write(append(line, '\n'))
}
