package repl

import (
	"errors"
	"strings"

	"gaspard/kernel/worker"
)

// current is the kernel in use. One that has died since is replaced first.
func (p *prompt) current() *worker.Client {
	p.lock.Lock()
	defer p.lock.Unlock()
	select {
	case <-p.kernel.Died():
		p.mournLocked()
	default:
	}
	return p.kernel
}

// kernelNumber counts the kernels up to the one in use.
func (p *prompt) kernelNumber() int {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.generation
}

func (p *prompt) setBusy(busy bool) {
	p.lock.Lock()
	p.busy = busy
	p.lock.Unlock()
}

// present asks the kernel that is there, and does not wait for a new one.
type present struct{ p *prompt }

func (a present) kernel() *worker.Client {
	a.p.lock.Lock()
	defer a.p.lock.Unlock()
	return a.p.kernel
}

// Complete implements questions.
func (a present) Complete(code string, cursor int) (worker.Reply, error) {
	return a.kernel().Complete(code, cursor)
}

// Inspect implements questions.
func (a present) Inspect(code string, cursor int) (worker.Reply, error) {
	return a.kernel().Inspect(code, cursor)
}

// watch waits for a kernel's death. While a cell runs, the cell's end reports
// it; at the prompt, this does.
func (p *prompt) watch(kernel *worker.Client) {
	<-kernel.Died()
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.kernel == kernel && !p.busy {
		p.mournLocked()
	}
}

// sayFailure says why a question has no answer; the death of a kernel is reported
// by who watches it.
func (p *prompt) sayFailure(err error) {
	if !errors.Is(err, worker.ErrDead) {
		p.say(err.Error())
	}
}

// mournLocked says that the kernel died between cells, and starts another.
func (p *prompt) mournLocked() {
	death := p.kernel.Death()
	p.blameLocked(death.Cell)
	p.say(p.out.errorText(deathError(death, "")))
	p.renewLocked()
}

// replace starts a new kernel after the old one failed or was given up while a
// cell ran.
func (p *prompt) replace(old *worker.Client, cell string, end outcome) {
	p.lock.Lock()
	defer p.lock.Unlock()
	e := deathError(end.Err, cell)
	if end.Killed {
		e.Message = "the cell would not stop; its kernel was ended"
	}
	p.blameLocked(e.Cell)
	p.show.Event(worker.Event{Type: worker.EventError, Error: &e})
	if !errors.Is(end.Err, worker.ErrDead) {
		old.Kill()
	}
	p.renewLocked()
}

// blameLocked notes that a cell brought the kernel down.
func (p *prompt) blameLocked(cell string) {
	if cell != "" {
		p.blamed = append(p.blamed, cell)
	}
}

// renewLocked starts a kernel in place of the one that has gone, and says what
// that means. If none can be started, the next cell tries again.
func (p *prompt) renewLocked() {
	kernel, err := p.options.start()
	if err != nil {
		p.say("gaspard: " + err.Error())
		return
	}
	p.install(kernel)
	var b strings.Builder
	b.WriteString("  A new kernel is running. Variables, functions and types are gone; the cells are not:\n" +
		"  :recover runs again those that had succeeded, :history shows them")
	if p.journal != nil {
		b.WriteString(",\n  and " + p.journal.Path() + " keeps them")
	}
	p.say(p.out.paint(styleHint, b.String()+"."))
}

// install makes a kernel the one in use.
func (p *prompt) install(kernel *worker.Client) {
	p.kernel = kernel
	p.generation++
	go p.watch(kernel)
}

// restart gives the kernel up on the user's wish.
func (p *prompt) restart() {
	p.lock.Lock()
	defer p.lock.Unlock()
	old := p.kernel
	kernel, err := p.options.start()
	if err != nil {
		p.say("gaspard: " + err.Error())
		return
	}
	p.install(kernel)
	go func() { _ = old.Close() }()
	p.say("A new kernel is running; variables, functions and types are gone. :recover runs the session's cells again.")
}
