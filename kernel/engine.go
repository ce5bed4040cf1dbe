package kernel

import (
	"go/token"
	"io"
	"reflect"
	"runtime"
	"strings"

	"gaspard/kernel/lang"
)

// Engine runs compiled cells. Nothing above it knows which interpreter does.
type Engine interface {
	// FileSet is where the positions of units must live.
	FileSet() *token.FileSet
	// Load compiles a unit and declares its names, running nothing of it. An
	// error means that the engine refuses what the cell compiler let through.
	Load(u *lang.Unit) error
	// Run calls the entry of the unit loaded last, once, and returns when the cell
	// has ended. A panic of the cell comes back as a *Panic.
	Run() error
	// Value reads a variable by its engine name.
	Value(name string) (reflect.Value, bool)
	// Stop makes the running cell unwind at its next poll point; Resume takes
	// that back. Both may be called from any goroutine.
	Stop()
	Resume()
}

// Hooks is what lowered code calls back into.
type Hooks struct {
	Stdout, Stderr io.Writer
	Show           func(values []any)
	Note           func(text string)
	GoPanic        func(p *Panic) // a goroutine of a cell panicked and was contained
	MayStop        func() bool    // whether a stop unwinds the calling goroutine, at its poll point
}

// Panic is a panic of interpreted code with the frames it passed through.
type Panic struct {
	Value any
	User  bool           // interpreted code called panic, rather than the runtime or the library
	Place token.Position // of the statement, if that is known
	Stack []string       // the calls it passed through, "f, cell 3:7", innermost first
}

// Error gives the panic's value as the runtime prints it. A sentence of the
// library stands for itself.
func (p *Panic) Error() string {
	text := panicText(p.Value)
	if _, ofRuntime := p.Value.(runtime.Error); p.User || ofRuntime || strings.HasPrefix(text, "runtime error: ") {
		return "panic: " + text
	}
	return text
}
