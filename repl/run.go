package repl

import (
	"os"
	"time"

	"gaspard/kernel/worker"
)

// patience is how long a cell may take to obey Ctrl-C before the user is told
// that it does not.
const patience = 2 * time.Second

// running executes cells on one kernel and turns Ctrl-C into interrupts.
type running struct {
	kernel  *worker.Client
	signals <-chan os.Signal
	pressed func() // called at each Ctrl-C
	// stubborn is called when the cell has ignored an interrupt for the time of
	// patience. Later signals kill the kernel; a nil stubborn means that the
	// second signal always does.
	stubborn func()
}

// outcome says how a cell ended. Err is set when the kernel itself failed.
type outcome struct {
	worker.Reply
	Err         error
	Interrupted bool // Ctrl-C was pressed while it ran
	Killed      bool // the user gave the kernel up
}

// execute runs a cell to its end.
func (r running) execute(request worker.Request, on func(worker.Event)) outcome {
	r.forgetSignals()
	ended := make(chan outcome, 1)
	go func() {
		reply, err := r.kernel.Execute(request, on)
		ended <- outcome{Reply: reply, Err: err}
	}()
	var interrupted, killed bool
	mayKill := r.stubborn == nil
	var timeout <-chan time.Time
	for {
		select {
		case o := <-ended:
			o.Interrupted, o.Killed = interrupted, killed
			return o
		case <-r.signals:
			r.pressed()
			if interrupted && mayKill {
				killed = true
				r.kernel.Kill()
				continue
			}
			interrupted = true
			_ = r.kernel.Interrupt()
			if timeout == nil {
				timeout = time.After(patience)
			}
		case <-timeout:
			if r.stubborn != nil {
				r.stubborn()
			}
			mayKill = true
		}
	}
}

// forgetSignals drops a Ctrl-C that came while no cell was running.
func (r running) forgetSignals() {
	for {
		select {
		case <-r.signals:
		default:
			return
		}
	}
}
