package kernel

import (
	"errors"
	"fmt"
	"go/token"
	"maps"
	"os"
	"path"
	"reflect"
	"strings"

	"github.com/traefik/yaegi/interp"

	"gaspard/kernel/lang"
	"gaspard/kernel/values"
	"gaspard/lib/job"
)

// yaegi is the engine on github.com/traefik/yaegi v0.16.1.
type yaegi struct {
	interp *interp.Interpreter
	native *natives
	world  *values.World
	frame  *globalFrame
	// bindings finds the method that lowered code binds as number k.
	bindings func(k int) lang.Binding
	stop     *bool                    // the interpreted variable that poll points test
	place    *int                     // the interpreted variable that notes the statement being run
	values   map[string]reflect.Value // pointers to variables, by engine name
}

// newYaegi builds an interpreter with the given symbol tables. The interpreter
// lives in the kernel's own process: what it cannot contain ends that process.
func newYaegi(tables interp.Exports, h Hooks, lib values.Natives) (*yaegi, error) {
	e := &yaegi{values: map[string]reflect.Value{}}
	e.interp = interp.New(interp.Options{Stdout: h.Stdout, Stderr: &traceWriter{h.Stderr}, Stdin: strings.NewReader("")})
	e.native = newNatives(h, e)
	e.world = values.NewWorld(lib, e.native)
	e.native.world = e.world
	e.frame = newGlobalFrame(e.interp)
	if err := e.useTables(tables); err != nil {
		return nil, fmt.Errorf("cannot load the symbol tables: %w", err)
	}
	if _, err := e.interp.Eval("var " + lang.StopName + " bool; var " + lang.PlaceName + " int"); err != nil {
		return nil, err
	}
	stop, err := e.interp.Eval("&" + lang.StopName)
	if err != nil {
		return nil, err
	}
	place, err := e.interp.Eval("&" + lang.PlaceName)
	if err != nil {
		return nil, err
	}
	e.frame.reserve()
	e.stop, e.place = stop.Interface().(*bool), place.Interface().(*int)
	return e, nil
}

// useTables loads every package under the one name lowered code has for it, as
// a name of the universe. Under their own paths go just the interface wrappers,
// which the interpreter looks up by the path of a type. The key of fmt is
// avoided because it would have the interpreter compile its own copies of
// slices, maps and cmp.
func (e *yaegi) useTables(tables interp.Exports) error {
	named, wrappers := interp.Exports{}, interp.Exports{}
	for key, table := range tables {
		if key == "." {
			wrappers[key] = table
			continue
		}
		importPath := path.Dir(key)
		named[symbolKey(key)] = table
		own := map[string]reflect.Value{}
		for name, value := range table {
			if name[0] == '_' {
				own[name] = value
			}
		}
		wrappers[importPath+"/wrappers"] = own
	}
	helpers := e.native.exports()
	for _, more := range []map[string]map[string]reflect.Value{e.world.Printing(os.Stdout, os.Stderr), e.world.Encoding()} {
		for key, table := range more {
			if helpers[key] == nil {
				helpers[key] = map[string]reflect.Value{}
			}
			maps.Copy(helpers[key], table)
		}
	}
	for key, table := range helpers {
		if key == "." {
			continue
		}
		target := symbolKey(key)
		merged := maps.Clone(named[target])
		if merged == nil {
			merged = map[string]reflect.Value{}
		}
		maps.Copy(merged, table)
		named[target] = merged
	}
	if err := e.interp.Use(named); err != nil {
		return err
	}
	e.interp.ImportUsed()
	return e.interp.Use(wrappers)
}

// symbolKey is the key of a table under the name lowered code has for its
// package.
func symbolKey(key string) string {
	return "ˑ/" + lang.PackageName(path.Dir(key)) + "/" + path.Base(key)
}

// Load compiles the unit's file and executes its declarations.
func (e *yaegi) Load(u *lang.Unit) (err error) {
	defer func() {
		if r := recover(); r != nil { // the interpreter's compiler panics on some valid Go
			err = fmt.Errorf("the interpreter cannot compile this cell (%v)", r)
		}
		passed.take()
	}()
	typs, ops := e.world.TakeSymbols()
	if err := e.interp.Use(interp.Exports{
		symbolKey(values.TypesPackage + "/types"): typs,
		symbolKey(values.OpsPackage + "/ops"):     ops,
	}); err != nil {
		return err
	}
	program, err := e.interp.CompileAST(u.File)
	if err != nil {
		return errors.New(strings.TrimPrefix(lang.UserName(err.Error()), "-: "))
	}
	e.frame.fill()
	_, err = e.interp.Execute(program)
	return err
}

// eval evaluates an expression of the engine's.
func (e *yaegi) eval(text string) (reflect.Value, error) {
	program, err := e.interp.Compile(text)
	if err != nil {
		return reflect.Value{}, err
	}
	e.frame.fill()
	return e.interp.Execute(program)
}

// Run calls the unit's entry.
func (e *yaegi) Run(u *lang.Unit) (err error) {
	entry, err := e.eval(u.Entry)
	if err != nil {
		return err
	}
	passed.clear()
	*e.place = 0
	e.native.begin()
	defer func() {
		if r := recover(); r != nil {
			err = e.panicked(r)
		}
	}()
	entry.Interface().(func())()
	return nil
}

// panicked describes a panic caught on its way out of interpreted code.
func (e *yaegi) panicked(r any) *Panic {
	_, user := r.(values.UserPanic)
	p := &Panic{Value: unwrap(r), User: user, Place: *e.place, Stack: passed.take()}
	if err, ok := p.Value.(error); ok && errors.Is(err, job.ErrCancelled) {
		p.User = false
	}
	return p
}

// Value reads a variable through its address, which stays valid as long as
// the variable lives.
func (e *yaegi) Value(name string) (reflect.Value, bool) {
	if p, ok := e.values[name]; ok {
		return p.Elem(), true
	}
	p, err := e.eval("&" + name)
	if err != nil || p.Kind() != reflect.Pointer {
		return reflect.Value{}, false
	}
	e.values[name] = p
	return p.Elem(), true
}

// FileSet is the interpreter's own.
func (e *yaegi) FileSet() *token.FileSet { return e.interp.FileSet() }

// Stop puts the flag up that poll points test. They read it without locking,
// which is sound for one word that only tells them to look closer.
//
//go:norace
func (e *yaegi) Stop() {
	*e.stop = true
	e.native.interrupt()
}

// Resume takes the flag down.
//
//go:norace
func (e *yaegi) Resume() { *e.stop = false }

// unwrap takes a panic's value out of the interpreter's boxes.
func unwrap(r any) any {
	for {
		switch v := r.(type) {
		case interp.Panic:
			r = v.Value
		case values.UserPanic:
			r = v.Value
		case reflect.Value:
			if !v.IsValid() || !v.CanInterface() {
				return fmt.Sprint(v)
			}
			r = v.Interface()
		default:
			return values.Panicked(r)
		}
	}
}
