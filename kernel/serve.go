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
// answered while one runs. Nothing that a cell or a question does keeps requests
// from being read: when the front end goes, however it goes, this returns at
// once.
func Serve(in io.Reader, out io.Writer) error {
	os.Args = os.Args[:1] // cells have no arguments
	sender := &sender{out: out}
	figures := os.Getenv("GASPARD_FIGURES")
	if figures == "" {
		figures = "figures"
	}
	session, err := NewSession(figures, sender.current)
	if err != nil {
		return err
	}
	cells, questions := newQueue(), newQueue()
	go func() {
		for {
			r := cells.next(session.expectCell)
			sender.setID(r.ID)
			start := time.Now()
			ok := session.Execute(r)
			sender.reply(r.ID, worker.Reply{OK: ok, Seconds: elapsed(start)})
		}
	}()
	go func() {
		for {
			session.answer(questions.next(func() {}), sender)
		}
	}()
	lines := bufio.NewReaderSize(in, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil // the front end has gone
		}
		var r worker.Request
		if json.Unmarshal(line, &r) != nil {
			continue
		}
		switch r.Type {
		case worker.Shutdown:
			return nil
		case worker.Execute:
			cells.add(r)
		case worker.Interrupt:
			dropped := cells.drop() // first, so that none of them starts
			session.Interrupt()
			for _, r := range dropped {
				sender.refuse(r)
			}
		default:
			questions.add(r)
		}
	}
}

// answer replies to a request that does not run a cell. No question may cost the
// user the session: one that cannot be answered for a mistake of ours is answered
// by saying so.
func (s *Session) answer(r worker.Request, to *sender) {
	defer func() {
		if recover() != nil {
			to.reply(r.ID, worker.Reply{})
		}
	}()
	reply := worker.Reply{OK: true}
	switch r.Type {
	case worker.IsComplete:
		reply.Status = map[lang.Completeness]string{
			lang.Whole: worker.IsWhole, lang.Partial: worker.IsPartial, lang.Invalid: worker.IsInvalid,
		}[lang.CompletenessOf(r.Code)]
	case worker.Complete:
		reply = s.complete(r.Code, r.Cursor)
	case worker.Inspect:
		reply = s.inspect(r.Code, r.Cursor)
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

// refuse answers a cell that waited when the user stopped the one before it.
func (s *sender) refuse(r worker.Request) {
	s.lock.Lock()
	s.write(worker.Event{ID: r.ID, Type: worker.EventError, Error: &worker.CellError{
		Kind: worker.ErrInterrupted, Cell: r.Cell, Message: "interrupted before it ran",
	}})
	s.lock.Unlock()
	s.reply(r.ID, worker.Reply{})
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
