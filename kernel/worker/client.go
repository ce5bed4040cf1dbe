package worker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Options says how to start a kernel. The zero value is the default.
type Options struct {
	Path    string   // the gaspard binary; "" means the running one
	Args    []string // its arguments; nil means the kernel subcommand
	Figures string   // where figures go; "" means ./figures
	Dir     string   // working directory of the cells; "" means the current one
	Env     []string // additional environment, "NAME=value"
	Limits  Limits   // what cells may use
}

// Client is one running kernel. Requests may be sent from any goroutine;
// Execute is one at a time, and the kernel answers the others while a cell runs.
type Client struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	send   sync.Mutex
	lock   sync.Mutex
	nextID int
	calls  map[int]*call
	died   chan struct{} // closed once the child has gone and its output is read
	death  *Death
	stderr head
}

type call struct {
	events func(Event)
	done   chan Event
}

// Start runs a kernel and returns once the process exists; a failure to come up
// shows at the first request.
func Start(o Options) (*Client, error) {
	path := o.Path
	if path == "" {
		var err error
		if path, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("cannot find the gaspard binary to start its kernel: %w", err)
		}
	}
	args := o.Args
	if args == nil {
		args = []string{"kernel"}
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = o.Dir
	cmd.Env = append(os.Environ(), "GODEBUG="+showLabels(os.Getenv("GODEBUG")), o.Limits.environment())
	cmd.Env = append(cmd.Env, o.Env...)
	if o.Figures != "" {
		cmd.Env = append(cmd.Env, "GASPARD_FIGURES="+o.Figures)
	}
	cmd.SysProcAttr = ownProcessGroup()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c := &Client{cmd: cmd, in: in, calls: map[int]*call{}, died: make(chan struct{})}
	cmd.Stderr = &c.stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the kernel: %w", err)
	}
	go c.receive(out)
	return c, nil
}

// ErrDead is wrapped by the error of a request whose kernel has died, a [*Death].
var ErrDead = errors.New("the kernel has died")

// Execute runs a cell and hands its events, in order, to on. It returns when the
// cell has ended. An error of the cell is an event and Reply.OK false; the
// returned error says that the kernel itself failed.
func (c *Client) Execute(r Request, on func(Event)) (Reply, error) {
	r.Type = Execute
	return c.request(r, on)
}

// Interrupt asks the running cell to stop. It returns at once.
func (c *Client) Interrupt() error {
	return c.write(Request{Type: Interrupt})
}

// Complete lists what may stand at a byte offset of a cell's text.
func (c *Client) Complete(code string, cursor int) (Reply, error) {
	return c.request(Request{Type: Complete, Code: code, Cursor: cursor}, nil)
}

// Inspect documents the name at a byte offset of a cell's text, or else the
// function called there.
func (c *Client) Inspect(code string, cursor int) (Reply, error) {
	return c.request(Request{Type: Inspect, Code: code, Cursor: cursor}, nil)
}

// IsComplete says whether a cell's text is complete, incomplete or invalid.
func (c *Client) IsComplete(code string) (string, error) {
	reply, err := c.request(Request{Type: IsComplete, Code: code}, nil)
	return reply.Status, err
}

// Variables lists the session's variables.
func (c *Client) Variables() ([]Variable, error) {
	reply, err := c.request(Request{Type: Variables}, nil)
	return reply.Vars, err
}

// Reset forgets every variable, function and type of the session.
func (c *Client) Reset() error {
	_, err := c.request(Request{Type: Reset}, nil)
	return err
}

// Close ends the kernel: politely first, then by killing it.
func (c *Client) Close() error {
	_ = c.write(Request{Type: Shutdown})
	_ = c.in.Close()
	select {
	case <-c.died:
	case <-time.After(500 * time.Millisecond):
		c.Kill()
	}
	return nil
}

// Kill ends the kernel at once.
func (c *Client) Kill() {
	_ = c.cmd.Process.Kill()
	<-c.died
}

// Pid is the process id of the kernel.
func (c *Client) Pid() int { return c.cmd.Process.Pid }

// Death says why the kernel ended; nil while it runs.
func (c *Client) Death() *Death {
	select {
	case <-c.died:
		return c.death
	default:
		return nil
	}
}

// Died is closed when the kernel process has gone.
func (c *Client) Died() <-chan struct{} { return c.died }

func (c *Client) request(r Request, on func(Event)) (Reply, error) {
	waiting := &call{events: on, done: make(chan Event, 1)}
	c.lock.Lock()
	c.nextID++
	r.ID = c.nextID
	c.calls[r.ID] = waiting
	c.lock.Unlock()
	defer func() {
		c.lock.Lock()
		delete(c.calls, r.ID)
		c.lock.Unlock()
	}()
	if err := c.write(r); err != nil {
		<-c.died
		return Reply{}, c.death
	}
	select {
	case event := <-waiting.done:
		return *event.Reply, nil
	case <-c.died:
		select {
		case event := <-waiting.done:
			return *event.Reply, nil
		default:
			return Reply{}, c.death
		}
	}
}

func (c *Client) write(r Request) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	c.send.Lock()
	defer c.send.Unlock()
	_, err = c.in.Write(append(line, '\n'))
	return err
}

// receive hands events to their calls until the child's output ends.
func (c *Client) receive(out io.Reader) {
	r := bufio.NewReaderSize(out, 1<<16)
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			break
		}
		var event Event
		if json.Unmarshal(line, &event) != nil {
			c.stderr.Write(line) // not ours: native code wrote to the raw descriptor
			continue
		}
		c.lock.Lock()
		waiting := c.calls[event.ID]
		c.lock.Unlock()
		switch {
		case waiting == nil:
		case event.Type == EventReply && event.Reply != nil:
			waiting.done <- event
		case waiting.events != nil:
			waiting.events(event)
		}
	}
	err := c.cmd.Wait()
	c.death = readDeath(err, c.stderr.String())
	close(c.died)
}

// head keeps the first bytes written to it: the cause of a crash opens the
// runtime's report, which may be very long.
type head struct {
	lock  sync.Mutex
	bytes []byte
}

const headLimit = 64 << 10

func (h *head) Write(p []byte) (int, error) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if room := headLimit - len(h.bytes); room > 0 {
		h.bytes = append(h.bytes, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

func (h *head) String() string {
	h.lock.Lock()
	defer h.lock.Unlock()
	return string(h.bytes)
}
