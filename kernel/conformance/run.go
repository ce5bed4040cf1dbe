package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gaspard/kernel/worker"
)

// Verdict says how a kernel's run of a program compares with go run.
type Verdict string

// The verdicts, from good to bad.
const (
	Equal   Verdict = "equal"
	Excused Verdict = "excused" // the mode cannot hold the program
	Refused Verdict = "refused" // the cell compiler said, before running, that it cannot
	Failed  Verdict = "failed"  // an error or a panic where go run has none
	Hang    Verdict = "hang"
	Crash   Verdict = "crash" // the kernel process died
	Wrong   Verdict = "wrong" // another output, without any error
)

// Verdicts lists the verdicts from good to bad.
var Verdicts = []Verdict{Equal, Excused, Refused, Failed, Hang, Crash, Wrong}

// Worse reports whether v is worse than w.
func (v Verdict) Worse(w Verdict) bool { return slices.Index(Verdicts, v) > slices.Index(Verdicts, w) }

// Outcome is what became of a program in one mode.
type Outcome struct {
	Program *Program
	Mode    Mode
	Verdict Verdict
	Detail  string // one line: the first difference, or what the kernel said
	Cells   []string
	Stdout  string
	Stderr  string
	Err     *worker.CellError
}

// Runner runs programs on fresh kernels.
type Runner struct {
	Kernel  worker.Options
	Timeout time.Duration // for a whole program; 0 means a minute
}

// Run gives a program to a fresh kernel and judges what comes out.
func (r Runner) Run(p *Program, m Mode) (out Outcome) {
	out = Outcome{Program: p, Mode: m}
	cells, excuse, err := p.Cells(m)
	if err != nil {
		out.Verdict, out.Detail = Failed, "not a program for cells: "+err.Error()
		return out
	}
	if excuse != "" {
		out.Verdict, out.Detail = Excused, excuse
		return out
	}
	out.Cells = cells
	r.execute(&out)
	return out
}

// execute runs the cells until one fails.
func (r Runner) execute(out *Outcome) {
	options := r.Kernel
	if out.Program.Dir != "" {
		options.Dir = out.Program.Dir
	}
	kernel, err := worker.Start(options)
	if err != nil {
		out.Verdict, out.Detail = Crash, err.Error()
		return
	}
	timeout := r.Timeout
	if timeout == 0 {
		timeout = 60 * time.Second
	}
	killed := make(chan struct{})
	timer := time.AfterFunc(timeout, func() {
		close(killed)
		kernel.Kill()
	})
	defer kernel.Close()
	defer timer.Stop()
	var stdout, stderr strings.Builder
	var lock sync.Mutex
	on := func(e worker.Event) {
		lock.Lock()
		defer lock.Unlock()
		switch {
		case e.Type == worker.EventStream && e.Name == "stdout":
			stdout.WriteString(e.Text)
		case e.Type == worker.EventStream:
			stderr.WriteString(e.Text)
		case e.Type == worker.EventError && out.Err == nil:
			out.Err = e.Error
		}
	}
	at := ""
	for i, cell := range out.Cells {
		if len(out.Cells) > 1 {
			at = fmt.Sprintf("cell %d: ", i+1)
		}
		reply, execErr := kernel.Execute(worker.Request{Cell: fmt.Sprint(i + 1), Code: cell, Quiet: true}, on)
		if err = execErr; err != nil || !reply.OK {
			break
		}
	}
	lock.Lock()
	defer lock.Unlock()
	out.Stdout, out.Stderr = stdout.String(), stderr.String()
	select {
	case <-killed:
		out.Verdict, out.Detail = Hang, fmt.Sprintf("%sno end after %v", at, timeout)
		return
	default:
	}
	out.judge(err, at)
}

// judge sets the verdict of a run that came to an end, with the error of the
// kernel itself, if any.
func (out *Outcome) judge(err error, at string) {
	difference := out.Program.difference(out.Stdout)
	switch {
	case errors.Is(err, worker.ErrDead):
		out.Verdict, out.Detail = Crash, at+err.Error()
	case err != nil:
		out.Verdict, out.Detail = Crash, at+err.Error()
	case out.Err != nil:
		out.Verdict = Failed
		if out.Err.Kind == worker.ErrUnsupported {
			out.Verdict = Refused
		}
		out.Detail = fmt.Sprintf("%s%s: %s", at, out.Err.Kind, oneLine(out.Err.Message))
		if out.Err.Line > 0 {
			out.Detail += fmt.Sprintf(" (%d:%d: %s)", out.Err.Line, out.Err.Column, oneLine(out.Err.Source))
		}
		if !out.Program.begins(out.Stdout) {
			out.Verdict = Wrong
			out.Detail = difference + "; then " + out.Detail
		}
	case difference != "":
		out.Verdict, out.Detail = Wrong, difference
	default:
		out.Verdict = Equal
	}
}

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 160 {
		s = string(r[:160]) + "…"
	}
	return s
}

// lines takes an output apart. Line ends at the very end, and blanks before a
// line end, do not count; bytes that are not text are as the protocol has them.
func (p *Program) lines(s string) []string {
	if coded, err := json.Marshal(s); err == nil {
		_ = json.Unmarshal(coded, &s)
	}
	if p.Trimmed {
		s = strings.TrimSpace(s)
	}
	list := strings.Split(strings.TrimRight(s, " \t\n"), "\n")
	for i, line := range list {
		list[i] = strings.TrimRight(line, " \t\r")
	}
	return list
}

// begins reports whether the program's output may begin with what came out.
func (p *Program) begins(got string) bool {
	if p.Unordered {
		return true
	}
	g, w := p.lines(got), p.lines(p.Want)
	for i, line := range g {
		if i >= len(w) || line != w[i] && !(i == len(g)-1 && strings.HasPrefix(w[i], line)) {
			return false
		}
	}
	return true
}

// difference describes the first line in which an output is not the program's,
// and is empty where there is none.
func (p *Program) difference(got string) string {
	g, w := p.lines(got), p.lines(p.Want)
	if p.Unordered {
		slices.Sort(g)
		slices.Sort(w)
	}
	for i := range max(len(g), len(w)) {
		switch {
		case i >= len(g):
			return fmt.Sprintf("line %d is missing: %q", i+1, oneLine(w[i]))
		case i >= len(w):
			return fmt.Sprintf("line %d is too much: %q", i+1, oneLine(g[i]))
		case g[i] != w[i]:
			return fmt.Sprintf("line %d: got %q, want %q", i+1, oneLine(g[i]), oneLine(w[i]))
		}
	}
	return ""
}
