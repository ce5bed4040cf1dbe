package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"io"
	"maps"
	"os"
	"path"
	"reflect"
	"regexp"
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
	entry    func()                   // of the unit loaded last
	values   map[string]reflect.Value // pointers to variables, by engine name
}

// newYaegi builds an interpreter with the given symbol tables. The interpreter
// lives in the kernel's own process: what it cannot contain ends that process.
func newYaegi(tables interp.Exports, h Hooks, lib values.Natives) (*yaegi, error) {
	e := &yaegi{values: map[string]reflect.Value{}}
	e.interp = interp.New(interp.Options{Stdout: h.Stdout, Stderr: dropTraces{h.Stderr}, Stdin: strings.NewReader("")})
	e.native = newNatives(h, e)
	e.world = values.NewWorld(lib, e.native)
	e.native.world = e.world
	e.frame = newGlobalFrame(e.interp)
	if err := e.useTables(tables); err != nil {
		return nil, fmt.Errorf("cannot load the symbol tables: %w", err)
	}
	if _, err := e.interp.Eval("var " + lang.StopName + " bool"); err != nil {
		return nil, err
	}
	stop, err := e.interp.Eval("&" + lang.StopName)
	if err != nil {
		return nil, err
	}
	e.frame.reserve()
	e.stop = stop.Interface().(*bool)
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
		forgetCompilation(e.interp, u.Passing())
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
		return errors.New(enginePlace.ReplaceAllString(lang.UserName(err.Error()), ""))
	}
	hook(program)
	e.frame.fill()
	if _, err = e.interp.Execute(program); err != nil {
		return err
	}
	cut(program)
	entry, err := e.eval(ast.NewIdent(u.Entry))
	if err != nil {
		return err
	}
	e.entry = entry.Interface().(func())
	return nil
}

// enginePlace is how the engine's own errors begin.
var enginePlace = regexp.MustCompile(`^(cell .*:\d+:\d+|-): `)

// eval evaluates an expression of the engine's.
func (e *yaegi) eval(x ast.Expr) (reflect.Value, error) {
	program, err := e.interp.CompileAST(&ast.BlockStmt{List: []ast.Stmt{&ast.ExprStmt{X: x}}})
	if err != nil {
		return reflect.Value{}, err
	}
	e.frame.fill()
	return e.interp.Execute(program)
}

// Run calls the unit's entry.
func (e *yaegi) Run() (err error) {
	entry := e.entry
	e.entry = nil
	e.native.begin()
	defer func() {
		if r := recover(); r != nil {
			err = e.panicked(r)
		}
	}()
	entry()
	return nil
}

// panicked describes a panic caught on its way out of interpreted code.
func (e *yaegi) panicked(r any) *Panic {
	_, user := r.(values.UserPanic)
	p := &Panic{Value: unwrap(r), User: user}
	p.Place, p.Stack = e.stack(takeTrace())
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
	p, err := e.eval(&ast.UnaryExpr{Op: token.AND, X: ast.NewIdent(name)})
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

// stack tells of the calls that a panic has passed through: the place of the
// innermost, and a line for each.
func (e *yaegi) stack(frames []callFrame) (token.Position, []string) {
	var first token.Position
	var lines []string
	for i, c := range frames {
		at := e.FileSet().Position(c.pos)
		if i == 0 {
			first = at
		}
		line := fmt.Sprintf("%s:%d", at.Filename, at.Line)
		if name := functionName(c.f.name); name != "" {
			line = name + ", " + line
		}
		if c.times > 1 {
			line += fmt.Sprintf(" (%d times)", c.times)
		}
		lines = append(lines, line)
	}
	return first, lines
}

// functionName is a function as the user knows it. The one that holds a cell's
// statements has no name.
func functionName(engineName string) string {
	switch {
	case strings.HasPrefix(engineName, "Cellˑ"), strings.HasPrefix(engineName, lang.RangeName+"ˑ"):
		return ""
	case strings.HasPrefix(engineName, lang.LiteralName):
		return "func literal"
	}
	return strings.ReplaceAll(lang.UserName(engineName), "·", ".")
}

// dropTraces leaves out the lines that the engine writes for each call a panic
// passes through.
type dropTraces struct{ io.Writer }

func (d dropTraces) Write(p []byte) (int, error) {
	if bytes.HasSuffix(p, []byte("(...)\n")) && bytes.Contains(p, []byte(": panic: ")) {
		return len(p), nil
	}
	return d.Writer.Write(p)
}
