package lang

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

	"gaspard/kernel/values"
)

// callForm is a call whose operands have been written. What is called is either
// a fixed piece of syntax or, with held set, a value.
type callForm struct {
	fun      ast.Expr
	held     types.Type // of the value called
	recv     bool       // the first argument is a native method's receiver
	method   string     // that method
	args     []ast.Expr
	argTypes []types.Type
	spread   bool // the last argument is a slice of the variadic ones
	results  *types.Tuple
}

// name is what a native function is called.
func (c *callForm) name() string {
	if sel, ok := c.fun.(*ast.SelectorExpr); ok {
		return sel.Sel.Name
	}
	return c.method
}

// expr is the call itself.
func (c *callForm) expr() *ast.CallExpr {
	fun, args := c.fun, c.args
	if c.recv {
		fun, args = &ast.SelectorExpr{X: paren(args[0]), Sel: ident(c.method)}, args[1:]
	}
	call := &ast.CallExpr{Fun: fun, Args: args}
	if c.spread {
		call.Ellipsis = 1
	}
	return call
}

// callValue writes a call for its one value, or for none.
func (f *fn) callValue(e *ast.CallExpr) ast.Expr {
	fun := ast.Unparen(e.Fun)
	if tv := f.src.info.Types[fun]; tv.IsType() {
		return f.conversionCall(e)
	}
	if id := builtinName(f, fun); id != "" {
		return f.builtin(id, e)
	}
	return f.afterCall(e, f.prepare(e).expr())
}

func builtinName(f *fn, fun ast.Expr) string {
	switch e := fun.(type) {
	case *ast.Ident:
		if b, ok := f.src.info.Uses[e].(*types.Builtin); ok {
			return b.Name()
		}
	case *ast.SelectorExpr:
		if b, ok := f.src.info.Uses[e.Sel].(*types.Builtin); ok {
			f.l.refuse(e.Pos(), "unsafe."+b.Name()+" is not available to cells", "")
		}
	}
	return ""
}

// conversionCall is T(x).
func (f *fn) conversionCall(e *ast.CallExpr) ast.Expr {
	to, arg := f.typ(f.src.info.TypeOf(e)), e.Args[0]
	tv := f.src.info.Types[arg]
	if tv.IsNil() {
		return f.zero(to)
	}
	if types.IsInterface(to) {
		return f.conv(arg, to)
	}
	from := f.typeOf(arg)
	if tv.Value != nil {
		if b, ok := to.Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 && tv.Value.Kind() == constant.Int {
			return f.conversion(f.literal(tv.Value, types.Typ[types.Int32]), to)
		}
	}
	x := f.expr(arg)
	if f.rep(from).R == f.rep(to).R {
		return x
	}
	return f.conversion(x, to)
}

// prepare writes the operands of a call.
func (f *fn) prepare(e *ast.CallExpr) *callForm {
	sig, ok := f.typ(f.src.info.TypeOf(e.Fun)).Underlying().(*types.Signature)
	if !ok {
		f.l.refuse(e.Pos(), "a call of something that is no function", "")
	}
	fun := ast.Unparen(e.Fun)
	switch x := fun.(type) {
	case *ast.FuncLit:
		form := &callForm{held: sig, results: sig.Results(), fun: f.spill(sig, f.funcLit(x, false))}
		f.arguments(form, sig, e, nil, sig.Variadic())
		return form
	case *ast.SelectorExpr:
		if sel := f.selection(x); sel != nil && sel.Kind() == types.MethodVal {
			return f.methodCall(e, x, sel, sig)
		}
	}
	if fn, inst := f.calledFunc(fun); fn != nil {
		return f.staticCall(e, fn, inst, sig)
	}
	t := f.typeOf(fun)
	form := &callForm{held: t, results: sig.Results(), fun: f.stable(t, f.expr(fun))}
	f.arguments(form, sig, e, nil, sig.Variadic())
	return form
}

// calledFunc is the declared function that an expression names, and the type
// arguments if it is generic.
func (f *fn) calledFunc(fun ast.Expr) (*types.Func, []types.Type) {
	id := funcIdent(fun)
	if id == nil {
		return nil, nil
	}
	fn, ok := f.src.info.Uses[id].(*types.Func)
	if !ok {
		return nil, nil
	}
	return fn, f.instance(id)
}

// funcIdent is the identifier that a possibly qualified and instantiated name
// of a function ends in.
func funcIdent(e ast.Expr) *ast.Ident {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return x.Sel
	case *ast.IndexExpr:
		return funcIdent(x.X)
	case *ast.IndexListExpr:
		return funcIdent(x.X)
	}
	return nil
}

func (f *fn) isGenericFunc(e ast.Expr) bool {
	id := funcIdent(e)
	if id == nil {
		return false
	}
	fn, ok := f.src.info.Uses[id].(*types.Func)
	return ok && fn.Signature().TypeParams().Len() > 0
}

// instance lists the type arguments of a use of a generic function.
func (f *fn) instance(id *ast.Ident) []types.Type {
	inst, ok := f.src.info.Instances[id]
	if !ok {
		return nil
	}
	args := make([]types.Type, inst.TypeArgs.Len())
	for i := range args {
		args[i] = f.typ(inst.TypeArgs.At(i))
	}
	return args
}

// staticCall calls a declared function, native or of the session.
func (f *fn) staticCall(e *ast.CallExpr, fn *types.Func, inst []types.Type, sig *types.Signature) *callForm {
	form := &callForm{results: sig.Results()}
	if fn.Pkg() != nil && fn.Pkg().Path() == "main" {
		form.fun = ident(f.l.function(fn, inst))
		f.arguments(form, sig, e, nil, false)
		return form
	}
	path := fn.Pkg().Path()
	switch path + "." + fn.Name() {
	case "errors.As":
		if call := f.errorsAs(e); call != nil {
			return call
		}
	case "runtime.Goexit":
		form.fun = nativeCall("Goexit").Fun
		return form
	}
	if inst != nil {
		form.fun = f.genericNative(e.Pos(), fn, inst, sig)
	} else {
		form.fun = &ast.SelectorExpr{X: ident(PackageName(path)), Sel: ident(fn.Name())}
	}
	f.nativeArguments(form, sig, e, path)
	return form
}

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

// plainSignature is a signature without receiver and type parameters.
func plainSignature(sig *types.Signature) *types.Signature {
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
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

var errorType = types.Universe.Lookup("error").Type()

// arguments writes the arguments of a call. Those of a variadic parameter become
// one slice.
func (f *fn) arguments(form *callForm, sig *types.Signature, e *ast.CallExpr, raw func(ast.Expr, types.Type) ast.Expr, spread bool) {
	params := sig.Params()
	conv := func(x ast.Expr, t types.Type) ast.Expr {
		if i, ok := t.Underlying().(*types.Interface); ok && raw != nil && i.NumMethods() == 0 {
			return raw(x, t)
		}
		return f.conv(x, t)
	}
	fixed := params.Len()
	if sig.Variadic() {
		fixed--
	}
	if tuple := f.spreadCall(e); tuple != nil {
		f.tupleArguments(form, sig, e.Args[0], tuple, fixed)
		form.spread = spread && sig.Variadic()
		return
	}
	n := len(e.Args)
	list := f.exprs(n, func(i int) (ast.Expr, types.Type) {
		t := params.At(min(i, params.Len()-1)).Type()
		if i >= fixed && sig.Variadic() && !e.Ellipsis.IsValid() {
			t = t.(*types.Slice).Elem()
		}
		if e.Ellipsis.IsValid() && i == n-1 {
			if b, ok := f.typeOf(e.Args[i]).Underlying().(*types.Basic); ok && b.Info()&types.IsString != 0 {
				return f.expr(e.Args[i]), f.typeOf(e.Args[i])
			}
		}
		return conv(e.Args[i], t), t
	})
	for i := range min(fixed, n) {
		form.args = append(form.args, list[i])
		form.argTypes = append(form.argTypes, params.At(i).Type())
	}
	if !sig.Variadic() {
		return
	}
	form.spread = spread
	last := params.At(fixed).Type()
	form.argTypes = append(form.argTypes, last)
	switch {
	case e.Ellipsis.IsValid():
		form.args = append(form.args, list[n-1])
	case n <= fixed:
		form.args = append(form.args, f.zero(last))
	default:
		form.args = append(form.args, &ast.CompositeLit{Type: f.typeName(last), Elts: f.elements(list[fixed:], last.(*types.Slice).Elem())})
	}
}

// spreadCall is the tuple of f(g()) where g has several results.
func (f *fn) spreadCall(e *ast.CallExpr) *types.Tuple {
	if len(e.Args) != 1 {
		return nil
	}
	tuple, _ := f.typ(f.src.info.TypeOf(e.Args[0])).(*types.Tuple)
	return tuple
}

// tupleArguments hands the results of a call on as arguments.
func (f *fn) tupleArguments(form *callForm, sig *types.Signature, arg ast.Expr, tuple *types.Tuple, fixed int) {
	names := f.resultsOf(ast.Unparen(arg).(*ast.CallExpr), tuple)
	params := sig.Params()
	var rest []ast.Expr
	for i, name := range names {
		if i < fixed {
			t := params.At(i).Type()
			form.args = append(form.args, f.convert(ident(name), tuple.At(i).Type(), t))
			form.argTypes = append(form.argTypes, t)
			continue
		}
		rest = append(rest, f.convert(ident(name), tuple.At(i).Type(), params.At(fixed).Type().(*types.Slice).Elem()))
	}
	if sig.Variadic() {
		t := params.At(fixed).Type()
		form.args = append(form.args, &ast.CompositeLit{Type: f.typeName(t), Elts: f.elements(rest, t.(*types.Slice).Elem())})
		form.argTypes = append(form.argTypes, t)
	}
}

// results puts the results of a call into variables.
func (f *fn) resultsOf(e *ast.CallExpr, tuple *types.Tuple) []string {
	names := make([]string, tuple.Len())
	for i := range names {
		names[i] = f.l.temp("r")
	}
	f.define(f.callValue(e), names...)
	if f.at.mixed {
		f.remark()
	}
	return names
}

// rawPackages look at their arguments with reflect and know nothing of boxes.
// Those marked true call methods of what they find, which the representation of
// a session type does not have.
var rawPackages = map[string]bool{
	"encoding/binary": false, "sort": false, "hash/maphash": false,
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

// methodCall calls a method: the session's as a function, a native one on its
// receiver, that of an interface by the dynamic value.
func (f *fn) methodCall(e *ast.CallExpr, x *ast.SelectorExpr, sel selection, sig *types.Signature) *callForm {
	m := sel.Obj().(*types.Func)
	form := &callForm{results: sig.Results()}
	recv := types.Unalias(m.Signature().Recv().Type())
	path := sel.Index()[:len(sel.Index())-1]
	at, t := f.receiverPlace(x.X, path)
	switch {
	case types.IsInterface(recv):
		r := f.rep(t)
		value := f.fieldValue(at, t)
		if r.R.NumMethod() > 0 {
			form.recv, form.method = true, m.Name()
			form.args, form.argTypes = []ast.Expr{f.stable(t, value)}, []types.Type{t}
			f.nativeArguments(form, sig, e, pathOf(m))
			return form
		}
		form.fun = op(f.l.w.Dispatch(r, m.Name(), sig)).Fun
		form.args, form.argTypes = []ast.Expr{value}, []types.Type{t}
		f.arguments(form, sig, e, nil, false)
		return form
	case m.Pkg() != nil && m.Pkg().Path() == "main":
		value, rt := f.receiver(at, t, recv)
		form.fun = ident(f.l.method(m, t))
		form.args, form.argTypes = []ast.Expr{value}, []types.Type{rt}
		f.arguments(form, sig, e, nil, false)
		return form
	}
	value, rt := f.receiver(at, t, recv)
	if helper := waiting[types.TypeString(t, nil)+"."+m.Name()]; helper != "" {
		form.fun = nativeCall(helper).Fun
		form.args, form.argTypes = []ast.Expr{value}, []types.Type{rt}
		f.arguments(form, sig, e, nil, false)
		return form
	}
	if named := declaredType(t); named != nil && named.TypeArgs().Len() == 1 {
		name, ok := f.l.w.AtomicMethod(m.Name(), f.rep(named.TypeArgs().At(0)))
		if !ok {
			f.l.refuse(e.Pos(), fmt.Sprintf("the method %s of the generic type %s.%s", m.Name(), named.Obj().Pkg().Name(), named.Obj().Name()), "")
		}
		form.fun = op(name).Fun
		form.args, form.argTypes = []ast.Expr{value}, []types.Type{rt}
		f.arguments(form, sig, e, nil, false)
		return form
	}
	form.recv, form.method = true, m.Name()
	form.args, form.argTypes = []ast.Expr{f.stable(rt, value)}, []types.Type{rt}
	f.nativeArguments(form, sig, e, pathOf(m))
	return form
}

// waiting are the methods that may wait for ever, or start a goroutine, with the
// helpers that let an interrupt in and contain a panic.
var waiting = map[string]string{
	"sync.WaitGroup.Wait": "WaitGroupWait",
	"sync.WaitGroup.Go":   "WaitGroupGo",
	"sync.Mutex.Lock":     "MutexLock",
	"sync.RWMutex.Lock":   "RWMutexLock",
	"sync.RWMutex.RLock":  "RWMutexRLock",
}

func pathOf(m *types.Func) string {
	if m.Pkg() == nil {
		return ""
	}
	return m.Pkg().Path()
}

// stable puts anything but a name aside.
func (f *fn) stable(t types.Type, x ast.Expr) ast.Expr {
	if _, ok := x.(*ast.Ident); ok {
		return x
	}
	return f.spill(t, x)
}

// place is where a method finds its receiver: a value, or with pointer set the
// address of one.
type place struct {
	x       ast.Expr
	pointer bool // x is a pointer to the value wanted, whose type is t
}

// receiverPlace follows the embedded fields that lead to a method. The type is
// that of the value, behind the pointer if there is one.
func (f *fn) receiverPlace(e ast.Expr, path []int) (place, types.Type) {
	t := f.typeOf(e)
	x := f.expr(e)
	if len(path) > 0 {
		_, isStruct := t.Underlying().(*types.Struct)
		switch s := x.(type) {
		case *ast.StarExpr:
			if x = ast.Expr(&ast.ParenExpr{X: s}); isStruct {
				x = s.X
			}
		case *ast.CallExpr, *ast.CompositeLit:
			x = f.spill(t, x)
		}
		for _, i := range path {
			st := t
			if p, ok := st.Underlying().(*types.Pointer); ok {
				st = p.Elem()
			}
			v := st.Underlying().(*types.Struct).Field(i)
			x = f.fieldPath(x, st, []int{i})
			t = f.typ(v.Type())
		}
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return place{x, true}, p.Elem()
	}
	if star, ok := x.(*ast.StarExpr); ok {
		return place{star.X, true}, t
	}
	return place{x, false}, t
}

func (f *fn) fieldValue(at place, t types.Type) ast.Expr {
	if at.pointer {
		return f.deref(at.x)
	}
	return at.x
}

// receiver is the receiver as a method takes it.
func (f *fn) receiver(at place, t, recv types.Type) (ast.Expr, types.Type) {
	_, wantsPointer := recv.(*types.Pointer)
	switch {
	case wantsPointer && at.pointer:
		return at.x, types.NewPointer(t)
	case wantsPointer:
		name := f.l.temp("p")
		f.declare(name, types.NewPointer(t), &ast.UnaryExpr{Op: token.AND, X: at.x})
		return ident(name), types.NewPointer(t)
	case at.pointer:
		return f.deref(at.x), t
	}
	return at.x, t
}

// funcValue is a declared function as a value.
func (f *fn) funcValue(e ast.Expr) ast.Expr {
	fn, inst := f.calledFunc(e)
	sig := f.typ(f.src.info.TypeOf(e)).Underlying().(*types.Signature)
	if fn == nil {
		f.l.refuse(e.Pos(), "this is no function value", "")
	}
	if fn.Pkg() == nil || fn.Pkg().Path() != "main" {
		if inst != nil {
			return f.genericNative(e.Pos(), fn, inst, sig)
		}
		return &ast.SelectorExpr{X: ident(PackageName(fn.Pkg().Path())), Sel: ident(fn.Name())}
	}
	return op(f.l.w.Closure(nil, f.rep(plainSignature(sig))), ident(f.l.function(fn, inst)))
}

// methodValue is x.M without a call: the receiver is evaluated now.
func (f *fn) methodValue(e *ast.SelectorExpr, sel selection) ast.Expr {
	m := sel.Obj().(*types.Func)
	sig := f.rep(plainSignature(f.typ(f.src.info.TypeOf(e)).(*types.Signature)))
	recv := types.Unalias(m.Signature().Recv().Type())
	at, t := f.receiverPlace(e.X, sel.Index()[:len(sel.Index())-1])
	if types.IsInterface(recv) {
		return op(f.l.w.MethodValue(f.rep(t), m.Name(), sig), f.fieldValue(at, t))
	}
	value, rt := f.receiver(at, t, recv)
	if m.Pkg() != nil && m.Pkg().Path() == "main" {
		r := f.rep(rt)
		return op(f.l.w.Closure([]reflectType{r.R}, sig), ident(f.l.method(m, t)), value)
	}
	return op(f.l.w.MethodValue(f.rep(rt), m.Name(), sig), value)
}

// methodExpr is T.M: the method as a function of its receiver.
func (f *fn) methodExpr(e *ast.SelectorExpr, sel selection) ast.Expr {
	sig := f.typ(f.src.info.TypeOf(e)).(*types.Signature)
	recv := sig.Params().At(0)
	var params []*types.Var
	for i := 1; i < sig.Params().Len(); i++ {
		params = append(params, sig.Params().At(i))
	}
	inner := types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), sig.Results(), sig.Variadic())
	name := f.l.synthetic(recv.Type(), sel.Obj().(*types.Func), sel.Index(), inner)
	return op(f.l.w.Closure(nil, f.rep(plainSignature(sig))), ident(name))
}

// builtin writes a call of a builtin function.
func (f *fn) builtin(name string, e *ast.CallExpr) ast.Expr {
	arg := func(i int) ast.Expr { return f.expr(e.Args[i]) }
	call := func(args ...ast.Expr) ast.Expr { return &ast.CallExpr{Fun: ident(name), Args: args} }
	switch name {
	case "append":
		return f.appendCall(e)
	case "len", "cap":
		t := f.typeOf(e.Args[0])
		if p, ok := t.Underlying().(*types.Pointer); ok {
			if a, ok := p.Elem().Underlying().(*types.Array); ok {
				f.emit(assign(ident("_"), arg(0)))
				return intLit(a.Len())
			}
		}
		x := arg(0)
		if calls(x) {
			x = f.spill(t, x)
		}
		if _, ok := t.Underlying().(*types.Chan); ok {
			return f.spill(types.Typ[types.Int], call(x)) // in its turn among calls
		}
		return call(x)
	case "copy":
		to, from := f.typeOf(e.Args[0]), f.typeOf(e.Args[1])
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) { return arg(i), f.typeOf(e.Args[i]) })
		return op(f.l.w.Copy(f.rep(to), f.rep(from)), args...)
	case "delete":
		m := f.typeOf(e.Args[0]).Underlying().(*types.Map)
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if i == 0 {
				return arg(0), f.typeOf(e.Args[0])
			}
			return f.conv(e.Args[1], m.Key()), m.Key()
		})
		return nativeCall("Delete", args...)
	case "clear":
		return nativeCall("Clear", arg(0))
	case "close":
		return nativeCall("Close", arg(0))
	case "make":
		args := []ast.Expr{f.typeName(f.src.info.TypeOf(e))}
		for _, size := range e.Args[1:] {
			args = append(args, f.stable(types.Typ[types.Int], f.indexValue(size)))
		}
		return f.makeCall(f.typ(f.src.info.TypeOf(e)), args)
	case "new":
		if tv := f.src.info.Types[e.Args[0]]; !tv.IsType() {
			t := f.typeOf(e.Args[0])
			x := f.conv(e.Args[0], t)
			name := f.l.temp("p")
			f.define(&ast.CallExpr{Fun: ident("new"), Args: []ast.Expr{f.typeName(t)}}, name)
			f.set(&ast.StarExpr{X: ident(name)}, x, t)
			return ident(name)
		}
		return call(f.typeName(f.src.info.TypeOf(e.Args[0])))
	case "panic":
		return nativeCall("Panic", f.conv(e.Args[0], anyType))
	case "recover":
		return f.recoverCall()
	case "print", "println":
		args := f.exprs(len(e.Args), func(i int) (ast.Expr, types.Type) { return f.conv(e.Args[i], anyType), anyType })
		return nativeCall("P"+name[1:], args...)
	case "min", "max":
		t := f.typeOf(e)
		args := f.exprs(len(e.Args), func(i int) (ast.Expr, types.Type) { return f.conv(e.Args[i], t), t })
		return op(f.l.w.Extreme(name, f.rep(t), len(args)), args...)
	case "complex":
		t := f.typeOf(e)
		part := types.Typ[types.Float64]
		if f.rep(t).R.Kind().String() == "complex64" {
			part = types.Typ[types.Float32]
		}
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			return &ast.CallExpr{Fun: ident("float64"), Args: []ast.Expr{f.conv(e.Args[i], part)}}, types.Typ[types.Float64]
		})
		return f.conversionUnless(nativeCall("Complex", args...), t, "complex128")
	case "real", "imag":
		t := f.typeOf(e)
		x := &ast.CallExpr{Fun: ident("complex128"), Args: []ast.Expr{arg(0)}}
		return f.conversionUnless(nativeCall(map[string]string{"real": "Real", "imag": "Imag"}[name], x), t, "float64")
	}
	f.l.refuse(e.Pos(), "the builtin "+name+" is not supported", "")
	return nil
}

// makeCall is make(T, sizes...).
func (f *fn) makeCall(t types.Type, args []ast.Expr) ast.Expr {
	if _, ok := t.Underlying().(*types.Slice); ok {
		sizes := append(args[1:len(args):len(args)], intLit(values.Absent))[:2]
		return op(f.l.w.MakeSlice(f.rep(t)), sizes...)
	}
	if _, ok := t.Underlying().(*types.Chan); ok {
		return op(f.l.w.MakeChan(f.rep(t)), append(args[1:len(args):len(args)], intLit(0))[0])
	}
	return &ast.CallExpr{Fun: ident("make"), Args: args}
}

func (f *fn) appendCall(e *ast.CallExpr) ast.Expr {
	t := f.typeOf(e.Args[0])
	elem := t.Underlying().(*types.Slice).Elem()
	if e.Ellipsis.IsValid() {
		from := f.typeOf(e.Args[1])
		args := f.exprs(2, func(i int) (ast.Expr, types.Type) {
			if f.src.info.Types[e.Args[i]].IsNil() {
				return f.zero(t), t
			}
			return f.expr(e.Args[i]), f.typeOf(e.Args[i])
		})
		if b, ok := from.(*types.Basic); ok && b.Kind() == types.UntypedNil {
			from = t
		}
		return op(f.l.w.AppendSlice(f.rep(t), f.rep(from)), args...)
	}
	args := f.exprs(len(e.Args), func(i int) (ast.Expr, types.Type) {
		if i == 0 {
			return f.conv(e.Args[0], t), t
		}
		return f.conv(e.Args[i], elem), elem
	})
	return &ast.CallExpr{Fun: ident("append"), Args: args}
}

// recoverCall is recover: in a literal that a defer statement calls, that of the
// function around it, and elsewhere that of whoever deferred the call.
func (f *fn) recoverCall() ast.Expr {
	f.l.c.s.recovers = true
	if f.deferred {
		if d := f.outer.outerDefers(); d != nil {
			return nativeCall("RecoverFrom", ident(f.local(d).name))
		}
	}
	return nativeCall("Recover")
}
