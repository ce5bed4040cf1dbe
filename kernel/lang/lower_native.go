package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// genericNative is a generic library function, instantiated.
func (f *fn) genericNative(pos token.Pos, fn *types.Func, inst []types.Type, sig *types.Signature) ast.Expr {
	reps := make([]*repType, len(inst))
	for i, t := range inst {
		reps[i] = f.rep(t)
	}
	name, ok := f.l.w.Generic(fn.Pkg().Path(), fn.Name(), reps, f.rep(plainSignature(sig)))
	if !ok {
		f.l.refuse(pos, fmt.Sprintf("%s.%s is a generic library function that the interpreter cannot call", fn.Pkg().Name(), fn.Name()),
			"write a small function for the type you need")
	}
	return &ast.SelectorExpr{X: ident(opsName), Sel: ident(name)}
}

// errorsAs is errors.As, which looks at the type of its target.
func (f *fn) errorsAs(e *ast.CallExpr) *callForm {
	p, ok := f.typeOf(e.Args[1]).Underlying().(*types.Pointer)
	if !ok {
		return nil
	}
	args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
		if i == 0 {
			return f.conv(e.Args[0], errorType), errorType
		}
		return f.expr(e.Args[1]), p
	})
	name := f.l.w.As(f.rep(p.Elem()))
	call := op(name, args...)
	return &callForm{fun: call.Fun, args: args, argTypes: []types.Type{errorType, p},
		results: types.NewTuple(types.NewParam(0, nil, "", types.Typ[types.Bool]))}
}

// rawPackages look at their arguments with reflect and know nothing of boxes.
// Those marked true call methods of what they find, which the representation of
// a session type does not have.
var rawPackages = map[string]bool{
	"encoding/binary": false, "runtime": false, "sort": false, "hash/maphash": false,
	"encoding/asn1": true, "encoding/gob": true, "encoding/xml": true, "text/template": true, "html/template": true,
	"testing/quick": true, "database/sql": true, "net/rpc": true, "unique": true, "log/slog": true,
}

// methodsLost refuses to hand a type to native code that would miss its methods
// or, where it writes all exported fields, see fields that are not exported.
func (f *fn) methodsLost(e ast.Expr, path string) {
	t := f.typeOf(e)
	if t == nil || types.IsInterface(t) {
		return
	}
	short := path[strings.LastIndexByte(path, '/')+1:]
	name := types.TypeString(t, QualifyTypes)
	switch reason := lostTo(t, path == "encoding/gob", map[types.Type]bool{}); reason {
	case "":
	case "methods":
		f.l.refuse(e.Pos(), fmt.Sprintf("%s would not see the methods of the types in %s", short, name), "fmt and encoding/json do see them; or hand over a copy in plain types")
	default:
		f.l.refuse(e.Pos(), fmt.Sprintf("%s would see %s of %s", short, reason, name), "export the fields, or hand over a copy in plain types")
	}
}

// lostTo says what native code would get wrong about a type.
func lostTo(t types.Type, exact bool, seen map[types.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if t.Obj().Pkg() == nil || t.Obj().Pkg().Path() != "main" {
			return ""
		}
		if types.NewMethodSet(types.NewPointer(t)).Len() > 0 {
			return "methods"
		}
		return lostTo(t.Underlying(), exact, seen)
	case *types.Map:
		if reason := lostTo(t.Key(), exact, seen); reason != "" {
			return reason
		}
		return lostTo(t.Elem(), exact, seen)
	case interface{ Elem() types.Type }:
		return lostTo(t.Elem(), exact, seen)
	case *types.Struct:
		for v := range t.Fields() {
			if exact && !v.Exported() {
				return "the unexported fields"
			}
			if exact && types.IsInterface(v.Type()) {
				return "the interfaces"
			}
			if reason := lostTo(v.Type(), exact, seen); reason != "" {
				return reason
			}
		}
	}
	return ""
}

// nativeArguments writes arguments for native code.
func (f *fn) nativeArguments(form *callForm, sig *types.Signature, e *ast.CallExpr, path string) {
	var raw func(ast.Expr, types.Type) ast.Expr
	switch {
	case path == "reflect" && !strings.HasSuffix(form.name(), "DeepEqual"):
		for _, a := range e.Args {
			if t := f.typeOf(a); t != nil && !types.IsInterface(t) && f.src.info.Types[a].Value == nil && !f.src.info.Types[a].IsNil() {
				if r := f.rep(t); r.Own {
					f.l.refuse(a.Pos(), fmt.Sprintf("reflect would see how the interpreter keeps a %s, not the type itself", types.TypeString(t, QualifyTypes)),
						"fmt's %T and %#v print the type; a type switch tells types apart")
				}
			}
		}
	case path == "encoding/json" && form.recv: // the functions have replacements that know boxes
		raw = func(x ast.Expr, t types.Type) ast.Expr { return nativeCall("ForJSON", f.conv(x, t)) }
	default:
		if misses, ok := rawPackages[path]; ok {
			raw = func(x ast.Expr, t types.Type) ast.Expr {
				if misses {
					f.methodsLost(x, path)
				}
				return f.rawValue(x, t, misses)
			}
		}
	}
	f.arguments(form, sig, e, raw, sig.Variadic())
}

// rawValue hands a value to native code as the interpreter has it.
func (f *fn) rawValue(e ast.Expr, t types.Type, misses bool) ast.Expr {
	from := f.typeOf(e)
	if tv := f.src.info.Types[e]; tv.IsNil() || tv.Value != nil {
		return f.conv(e, t)
	}
	x := f.expr(e)
	if types.IsInterface(from) {
		helper := "Raw"
		if misses {
			helper = "RawWithoutMethods"
		}
		return nativeCall(helper, f.convert(x, from, anyType))
	}
	f.rep(from) // its methods are needed all the same
	return f.conversion(x, anyType)
}

// contained are the methods that may wait for ever, start a goroutine or end the
// process, with the helpers that let an interrupt in and contain the rest.
var contained = map[string]string{
	"log.Logger.Fatal":    "LoggerFatal",
	"log.Logger.Fatalf":   "LoggerFatalf",
	"log.Logger.Fatalln":  "LoggerFatalln",
	"sync.WaitGroup.Wait": "WaitGroupWait",
	"sync.WaitGroup.Go":   "WaitGroupGo",
	"sync.Mutex.Lock":     "MutexLock",
	"sync.RWMutex.Lock":   "RWMutexLock",
	"sync.RWMutex.RLock":  "RWMutexRLock",
}
