package kernel

import (
	"fmt"
	"go/token"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/traefik/yaegi/interp"
)

// Every interpreted function is run by the loop in this file instead of the
// engine's own. The loop knows the instruction it is at, so a panic has an exact
// place without lowered code noting any; it hands panics on from a clean stack,
// where the engine's takes time quadratic in the depth of the calls; and it ends
// endless recursion while there is stack left to tell of it.
//
// To get in, an instruction of ours goes before the first of each function's
// body. The layout of the engine's nodes is read by reflection; its version is
// fixed, and tests hold what is used here.

// instruction is the engine's type of a compiled node: it runs in a frame and
// returns its successor.
type instruction func(frame unsafe.Pointer) instruction

// nodeType describes the engine's nodes.
var nodeType = reflect.TypeFor[interp.Program]().Field(1).Type.Elem()

// The places of fields in a node.
var (
	nodeChild  = nodeField("child")
	nodeAnc    = nodeField("anc")
	nodeStart  = nodeField("start")
	nodeTnext  = nodeField("tnext")
	nodeInterp = nodeField("interp")
	nodeIndex  = nodeField("index")
	nodeKind   = nodeField("kind")
	nodePos    = nodeField("pos")
	nodeExec   = nodeField("exec")
	nodeGen    = nodeField("gen")
	nodeIdent  = nodeField("ident")
)

func nodeField(name string) uintptr {
	f, ok := nodeType.FieldByName(name)
	if !ok {
		panic("kernel: the interpreter's nodes have no " + name)
	}
	return f.Offset
}

// node is a node of the engine.
type node struct{ p unsafe.Pointer }

func field[T any](n node, offset uintptr) *T { return (*T)(unsafe.Add(n.p, offset)) }

func (n node) children() []node { return *field[[]node](n, nodeChild) }

func (n node) pos() token.Pos { return *field[token.Pos](n, nodePos) }

// isFunction tells the declaration of a function with a body.
func (n node) isFunction() bool {
	f, _ := nodeType.FieldByName("kind")
	kind := reflect.NewAt(f.Type, unsafe.Add(n.p, nodeKind)).Elem().Interface().(fmt.Stringer).String()
	return kind == "funcDecl" && len(n.children()) == 4
}

// rootOf is the node of a compiled program.
func rootOf(program *interp.Program) node {
	return node{reflect.ValueOf(program).Elem().Field(1).UnsafePointer()}
}

// cut separates the declarations of an executed program, so that one that is
// used does not keep the others.
func cut(program *interp.Program) { *field[[]node](rootOf(program), nodeChild) = nil }

// hook puts the loop before the functions of a compiled program. It must be
// called before the program is executed.
func hook(program *interp.Program) {
	root := rootOf(program)
	for _, n := range root.children() {
		if !n.isFunction() {
			continue
		}
		body := n.children()[3]
		start := field[unsafe.Pointer](body, nodeStart)
		f := &function{decl: n, name: *field[string](n.children()[1], nodeIdent)}
		entry := node{reflect.New(nodeType).UnsafePointer()}
		*field[unsafe.Pointer](entry, nodeInterp) = *field[unsafe.Pointer](n, nodeInterp)
		*field[unsafe.Pointer](entry, nodeTnext) = *start
		*field[int64](entry, nodeIndex) = -1
		first := node{*start}
		*field[func(node)](entry, nodeGen) = func(entry node) {
			f.first = *field[instruction](first, nodeExec)
			*field[instruction](entry, nodeExec) = f.call
		}
		*start = entry.p
		*field[unsafe.Pointer](n, nodeAnc) = nil // else each function would keep the whole cell
	}
}

// function is an interpreted function.
type function struct {
	decl  node
	name  string
	first instruction

	once   sync.Once
	places map[unsafe.Pointer]token.Pos // of its instructions
}

// maxStackUse is how much of a goroutine's stack calls may take, leaving some of
// maxStackBytes for what runs when they unwind.
const maxStackUse = maxStackBytes / 4 * 3

// stackOverflow is the panic of endless recursion. As in Go, no recover stops it.
type stackOverflow struct{}

func (stackOverflow) Error() string {
	return fmt.Sprintf("endless recursion: the calls have filled %d MB of stack", maxStackUse>>20)
}

// call is the instruction that runs the whole function.
func (f *function) call(frame unsafe.Pointer) instruction {
	if value := f.run(frame); value != nil {
		panic(value)
	}
	return nil
}

// run runs the function's instructions and returns the value of their panic. The
// caller panics again, once the stack above it is gone.
func (f *function) run(frame unsafe.Pointer) (value any) {
	if stackUse() > maxStackUse {
		traces.Delete(goroutineKey())
		return stackOverflow{}
	}
	next := f.first
	returned := false
	defer func() {
		if returned {
			return
		}
		if value = recover(); value != nil { // nil if the goroutine exits
			noteFrame(f, next)
		}
	}()
	for next != nil {
		next = next(frame)
	}
	returned = true
	return nil
}

// place finds where an instruction comes from.
func (f *function) place(at instruction) token.Pos {
	f.once.Do(func() {
		f.places = map[unsafe.Pointer]token.Pos{}
		for _, statement := range f.decl.children()[3].children() {
			f.addPlaces(statement, token.NoPos)
		}
	})
	closure := *(*unsafe.Pointer)(unsafe.Pointer(&at))
	if pos, ok := f.places[closure]; ok {
		return pos
	}
	// In a loop the engine comes back to a node by a closure that holds it.
	code := (*[2]unsafe.Pointer)(closure)
	if fn := runtime.FuncForPC(uintptr(code[0])); fn != nil && strings.HasPrefix(fn.Name(), jumpBack) {
		at = *field[instruction](node{code[1]}, nodeExec)
		return f.places[*(*unsafe.Pointer)(unsafe.Pointer(&at))]
	}
	return token.NoPos
}

// jumpBack begins the name of the code of such closures.
const jumpBack = interpreterPackage + "interp.setExec.func"

// addPlaces notes the places of a node and those below it. What has none is
// where the node around it is; statements that stand for nothing in the cell have
// no place.
func (f *function) addPlaces(n node, around token.Pos) {
	if n.pos().IsValid() {
		around = n.pos()
	}
	if at := *field[instruction](n, nodeExec); at != nil {
		f.places[*(*unsafe.Pointer)(unsafe.Pointer(&at))] = around
	}
	for _, child := range n.children() {
		f.addPlaces(child, around)
	}
}

// callFrame is a call that a panic passed through.
type callFrame struct {
	f     *function
	pos   token.Pos
	times int // in a row
}

// maxFrames bounds the frames that are kept: the innermost say what happened.
const maxFrames = 32

// traces holds, by goroutine, the calls that a panic has passed through so far,
// as []callFrame, innermost first.
var traces sync.Map

// noteFrame adds a call that a panic passes through, or starts anew if that is
// where the panic began.
func noteFrame(f *function, at instruction) {
	key := goroutineKey()
	var frames []callFrame
	if old, ok := traces.Load(key); ok && passesOn() {
		frames = old.([]callFrame)
	}
	pos := f.place(at)
	if !pos.IsValid() {
		traces.Store(key, frames) // code that stands for nothing in the cell
		return
	}
	if last := len(frames) - 1; last >= 0 && frames[last].f == f && frames[last].pos == pos {
		frames[last].times++
		return
	}
	if len(frames) < maxFrames {
		traces.Store(key, append(frames, callFrame{f, pos, 1}))
	}
}

// takeTrace takes what is known of the goroutine's panic.
func takeTrace() []callFrame {
	frames, ok := traces.LoadAndDelete(goroutineKey())
	if !ok {
		return nil
	}
	return frames.([]callFrame)
}

// putTrace has a panic that somebody recovered go on as the same one.
func putTrace(frames []callFrame) {
	if frames != nil {
		traces.Store(goroutineKey(), frames)
	}
}

// passers are the functions that panic with what they have recovered. Others
// begin panics.
var passers = map[string]bool{
	interpreterPackage + "interp.runCfg.func1": true,
	"gaspard/kernel.(*trap).spring":            true,
	"gaspard/kernel/values.(*Defers).finish":   true,
}

// passesOn reports whether the panic being recovered was handed on by one of
// the passers.
func passesOn() bool {
	var pcs [16]uintptr
	n := runtime.Callers(3, pcs[:])
	inPanic := false
	for _, pc := range pcs[:n] {
		name := runtime.FuncForPC(pc - 1).Name()
		if inPanic {
			return passers[name]
		}
		inPanic = name == "runtime.gopanic"
	}
	return false
}
