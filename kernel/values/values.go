// Package values says how the values of a session's programs live in the
// interpreter, which knows types only as reflect does.
//
// A [World] gives every Go type of the checker a representation, a
// [reflect.Type]. Basic types and types of native packages represent
// themselves. A type that the session declares is represented by what it is
// made of: type Celsius float64 by float64, a struct by a struct whose
// unexported fields go by other names. Methods are functions apart, and an
// interface that the session declares is an any.
//
// What is lost that way, a value gets back where it becomes an interface: a
// type that mentions one of the session travels in a [Box], which knows the
// checker's type. Type switches, assertions, comparisons, method calls and
// printing go by it. Where native code wants an interface with methods, the box
// is put into an adapter that has them.
//
// A type that is declared anew and laid out as before stays the same [Type], with
// the methods of its newest version: see [World.Continue].
//
// Lowered code uses all this through symbols that the World makes on demand:
// types in the engine's package [TypesPackage], operations in [OpsPackage].
package values

import (
	"go/types"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/tools/go/types/typeutil"
)

// The packages under which lowered code finds what a World makes.
const (
	TypesPackage = "gaspard/types"
	OpsPackage   = "gaspard/ops"
)

// Natives finds what native packages export.
type Natives interface {
	// Type is a native package's exported type.
	Type(path, name string) (reflect.Type, bool)
	// Adapter is the struct that implements a native interface by functions: its
	// first field holds the value, field W+name the method.
	Adapter(path, name string) (reflect.Type, bool)
}

// World holds the types of one session. Its methods may be called from any
// goroutine: programs run while cells are compiled.
type World struct {
	natives Natives
	run     Runtime

	lock     sync.RWMutex
	types    typeutil.Map // types.Type to *Type
	depth    int          // of types being built
	structs  int          // of them that are structs
	indirect int          // pointers and the like between the struct being built and the type at hand
	pending  map[*types.Named]*pending
	patches  []patch
	tainted  bool // a type being built mentions one that is pending

	first    map[*types.TypeName]*types.TypeName // the first of the versions of a type, see Continue
	versions map[string]*Type                    // types that mention the session's, by versionKey
	next     map[*types.TypeName]*types.TypeName // what Renew makes the version in force, by the first

	count                  int
	ops                    map[string]string        // names of operations, by what they do
	typeSymbols, opSymbols map[string]reflect.Value // what the engine has not taken yet
	methods                map[methodKey]reflect.Value
	adapters               map[reflect.Type]bool
	verdicts               map[verdictKey]bool
}

// Runtime is what operations need of the engine they run in.
type Runtime interface {
	// Stopped is closed when the cell for which the calling goroutine works is
	// interrupted; nil for goroutines of earlier cells.
	Stopped() <-chan struct{}
	// Quit unwinds the calling goroutine after an interrupt.
	Quit()
}

// NewWorld returns a World without types.
func NewWorld(n Natives, r Runtime) *World {
	return &World{
		natives: n, run: r,
		pending: map[*types.Named]*pending{}, ops: map[string]string{},
		typeSymbols: map[string]reflect.Value{}, opSymbols: map[string]reflect.Value{},
		first: map[*types.TypeName]*types.TypeName{}, versions: map[string]*Type{}, next: map[*types.TypeName]*types.TypeName{},
		methods: map[methodKey]reflect.Value{}, adapters: map[reflect.Type]bool{}, verdicts: map[verdictKey]bool{},
	}
}

// Type is a type of the checker with what represents it.
type Type struct {
	Go   types.Type
	R    reflect.Type
	Own  bool   // it mentions a type of the session, so its values need a Box
	Name string // its symbol in TypesPackage

	world *World
}

// String is the type as Go prints it, main.Celsius.
func (t *Type) String() string { return types.TypeString(t.Go, (*types.Package).Name) }

// TakeSymbols returns the symbols made since it was last called.
func (w *World) TakeSymbols() (typs, ops map[string]reflect.Value) {
	w.lock.Lock()
	defer w.lock.Unlock()
	typs, ops = w.typeSymbols, w.opSymbols
	w.typeSymbols, w.opSymbols = map[string]reflect.Value{}, map[string]reflect.Value{}
	return typs, ops
}

// serial makes names that are used once.
func (w *World) serial(prefix string) string {
	w.count++
	return prefix + strconv.Itoa(w.count)
}

// Harmless begins the names of operations that have no effect and see none: it
// does not matter when they run.
const Harmless = "C"

// Op returns the symbol of the operation that key describes, which build makes
// the first time.
func (w *World) Op(key string, build func() reflect.Value) string {
	w.lock.Lock()
	name, ok := w.ops[key]
	w.lock.Unlock()
	if ok {
		return name
	}
	f := build()
	w.lock.Lock()
	defer w.lock.Unlock()
	prefix := "F"
	if strings.HasPrefix(key, "convert ") {
		prefix = Harmless
	}
	name = w.serial(prefix)
	w.ops[key], w.opSymbols[name] = name, f
	return name
}

// typeOf is the reflect.Type of a type parameter.
func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// function makes a function of given parameters and results.
func function(in, out []reflect.Type, f func(args []reflect.Value) []reflect.Value) reflect.Value {
	return reflect.MakeFunc(reflect.FuncOf(in, out, false), f)
}
