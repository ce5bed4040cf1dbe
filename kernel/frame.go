package kernel

import (
	"reflect"
	"unsafe"

	"github.com/traefik/yaegi/interp"
)

// globalFrame is the engine's table of global variables. Left alone, the engine
// makes a longer one for each cell and copies: goroutines of earlier cells would
// go on with the old table, and read the new one while it is exchanged. Here the
// table is made long ahead and new entries are filled in place, which touches
// nothing that any goroutine knows of.
//
// The fields are the engine's own; its version is fixed, and a test holds them.
type globalFrame struct {
	data   *[]reflect.Value // the table
	types  *[]reflect.Type  // of its entries
	filled int
}

// reserved is how many entries the table starts with, 24 bytes each. A cell uses
// a handful.
const reserved = 1 << 16

func newGlobalFrame(i *interp.Interpreter) *globalFrame {
	v := reflect.ValueOf(i).Elem()
	field := func(outer, inner string) unsafe.Pointer {
		return v.FieldByName(outer).Elem().FieldByName(inner).Addr().UnsafePointer()
	}
	return &globalFrame{data: (*[]reflect.Value)(field("frame", "data")), types: (*[]reflect.Type)(field("universe", "types"))}
}

// reserve makes the table long. It is called before any cell runs.
func (g *globalFrame) reserve() {
	g.filled = len(*g.data)
	g.grow(reserved)
}

func (g *globalFrame) grow(n int) {
	data := make([]reflect.Value, n)
	copy(data, *g.data)
	*g.data = data
}

// fill gives the entries that a compilation added their storage.
func (g *globalFrame) fill() {
	if need := len(*g.types); need > len(*g.data) {
		g.grow(2 * need)
	}
	for ; g.filled < len(*g.types); g.filled++ {
		(*g.data)[g.filled] = reflect.New((*g.types)[g.filled]).Elem()
	}
}

// forgetCompilation drops what the engine keeps of a compilation but never uses
// again: the syntax, the scopes of blocks, and functions that no later cell names.
// What is running or reachable from variables stays.
func forgetCompilation(i *interp.Interpreter, functions []string) {
	v := reflect.ValueOf(i).Elem()
	zero := func(field reflect.Value) {
		reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().SetZero()
	}
	zero(v.FieldByName("roots"))
	zero(v.FieldByName("universe").Elem().FieldByName("child"))
	main := v.FieldByName("scopes").MapIndex(reflect.ValueOf("main"))
	if !main.IsValid() {
		return
	}
	zero(main.Elem().FieldByName("child"))
	names := main.Elem().FieldByName("sym")
	names = reflect.NewAt(names.Type(), names.Addr().UnsafePointer()).Elem()
	for _, name := range functions {
		names.SetMapIndex(reflect.ValueOf(name), reflect.Value{})
	}
}
