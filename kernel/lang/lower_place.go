package lang

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// PlaceName is the engine's int variable in which lowered code notes the
// statement it is about to run: the engine itself knows only the function in
// which a panic happened. Place 0 is unknown.
const PlaceName = "placeˑ"

// notedPlace is a statement, or a part of one, that lowered code notes.
type notedPlace struct {
	pos      token.Pos
	function string // the engine's name of the function it is in
}

// current is what is being lowered, as far as notes of its place go.
type current struct {
	place int64 // 0 if it cannot panic
	// mixed is set where something may panic after a call has returned, which has
	// left the note at statements of its own.
	mixed bool
}

// mark notes the place of parts of a statement that can panic.
func (f *fn) mark(pos token.Pos, parts ...ast.Node) {
	f.at = current{}
	var runs, faults []ast.Node
	for _, n := range parts {
		f.hazards(n, &runs, &faults)
	}
	if !pos.IsValid() || len(runs)+len(faults) == 0 {
		return
	}
	f.at = current{f.l.c.s.place(pos, f.name), outside(faults, runs)}
	f.remark()
}

// faultAt notes the place of what can panic though its syntax does not show it.
func (f *fn) faultAt(pos token.Pos) {
	f.at = current{f.l.c.s.place(pos, f.name), true}
	f.remark()
}

// remark notes the current place again.
func (f *fn) remark() {
	if f.at.place != 0 {
		f.emit(assign(ident(PlaceName), intLit(f.at.place)))
	}
}

// afterCall puts the result of a call aside and notes the place again, where that
// matters.
func (f *fn) afterCall(e *ast.CallExpr, x ast.Expr) ast.Expr {
	if !f.at.mixed || !f.runsCode(e) {
		return x
	}
	t := f.typeOf(e)
	if _, several := t.(*types.Tuple); several || t == nil {
		return x
	}
	id := f.spill(t, x)
	f.remark()
	return id
}

// place numbers a position.
func (s *Session) place(pos token.Pos, function string) int64 {
	s.places = append(s.places, notedPlace{pos, function})
	return int64(len(s.places))
}

// Frame is a function that a panic passed through.
type Frame struct {
	Function string // as the user knows it; "" for a cell's statements
	Cell     string
}

// Trace tells where a panic came from: the position that lowered code noted last
// as n, and the functions of the session among those the panic passed through,
// by engine names, innermost first. A note of some other goroutine's, which a
// function that is not among them made, gives way to the innermost function.
func (s *Session) Trace(n int, passed []string) (at token.Position, frames []Frame, ok bool) {
	var noted notedPlace
	if n >= 1 && n <= len(s.places) {
		noted = s.places[n-1]
	}
	found := false
	var innermost token.Pos
	for _, name := range passed {
		fn, ok := s.functions[name]
		if !ok {
			continue
		}
		if name == noted.function && !found { // what comes before was recovered, by native code
			found, frames = true, nil
		}
		if len(frames) == 0 {
			innermost = fn.pos
		}
		cell := strings.TrimPrefix(s.fset.Position(fn.pos).Filename, "cell ")
		frames = append(frames, Frame{fn.label, cell})
	}
	pos := noted.pos
	if !found && noted.function != "" && innermost.IsValid() {
		pos = innermost
	}
	if !pos.IsValid() {
		return token.Position{}, frames, false
	}
	return s.fset.Position(pos), frames, true
}

// tracedFunction is a function of the engine's that panics may pass through.
type tracedFunction struct {
	label string
	pos   token.Pos
}

// outside reports whether a fault can come after a call: it is neither that call
// nor part of its operands.
func outside(faults, calls []ast.Node) bool {
	for _, c := range calls {
		for _, p := range faults {
			if p != c && (p.Pos() < c.Pos() || c.End() < p.End()) {
				return true
			}
		}
	}
	return false
}

// hazards collects the calls in a piece of syntax that may run code of cells, and
// the operations that may panic other than in such code. It does not look into
// blocks and function literals.
func (f *fn) hazards(root ast.Node, runs, faults *[]ast.Node) {
	if root == nil {
		return
	}
	ast.Inspect(root, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok && f.src.info.Types[e].Value != nil {
			return false
		}
		switch n := n.(type) {
		case *ast.BlockStmt, *ast.FuncLit, *ast.CaseClause, *ast.CommClause:
			return false
		case *ast.CallExpr:
			if f.runsCode(n) {
				*runs = append(*runs, n)
			}
		}
		if f.mayPanic(n) {
			*faults = append(*faults, n)
		}
		return true
	})
}

// runsCode reports whether a call may run code of a cell.
func (f *fn) runsCode(call *ast.CallExpr) bool {
	fun := ast.Unparen(call.Fun)
	if f.src.info.Types[fun].IsType() || builtinName(f, fun) != "" {
		return false
	}
	fn := f.staticFunc(fun)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() == "main" {
		return true
	}
	sig := fn.Signature()
	if recv := sig.Recv(); recv != nil && types.IsInterface(recv.Type()) {
		return true
	}
	for v := range sig.Params().Variables() {
		if !isData(v.Type()) {
			return true
		}
	}
	return false
}

// staticFunc is the declared function or method that an expression names.
func (f *fn) staticFunc(fun ast.Expr) *types.Func {
	if id := funcIdent(fun); id != nil {
		fn, _ := f.src.info.Uses[id].(*types.Func)
		return fn
	}
	return nil
}

// isData reports whether values of a type hold no code: numbers, strings, slices
// of them.
func isData(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return true
	case *types.Slice:
		return isData(u.Elem())
	case *types.Array:
		return isData(u.Elem())
	}
	return false
}

// mayPanic reports whether an operation itself may panic. Declared functions of
// the session note places of their own.
func (f *fn) mayPanic(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		return f.callMayPanic(n)
	case *ast.IndexExpr:
		return !f.src.info.Types[n.X].IsType() && !f.isGenericFunc(n.X)
	case *ast.SliceExpr, *ast.SendStmt:
		return true
	case *ast.TypeAssertExpr:
		return n.Type != nil
	case *ast.StarExpr:
		return !f.src.info.Types[n].IsType()
	case *ast.SelectorExpr:
		sel := f.src.info.Selections[n]
		return sel != nil && (sel.Kind() == types.MethodVal || sel.Indirect())
	case *ast.BinaryExpr:
		return f.binaryMayPanic(n.Op, n.X, n.Y)
	case *ast.AssignStmt:
		op := map[token.Token]token.Token{
			token.QUO_ASSIGN: token.QUO, token.REM_ASSIGN: token.REM, token.SHL_ASSIGN: token.SHL, token.SHR_ASSIGN: token.SHR,
		}[n.Tok]
		return op != 0 && f.binaryMayPanic(op, n.Lhs[0], n.Rhs[0])
	case *ast.CompositeLit:
		t := f.typeOf(n)
		m, ok := t.Underlying().(*types.Map)
		return ok && !isData(m.Key())
	}
	return false
}

func (f *fn) callMayPanic(n *ast.CallExpr) bool {
	fun := ast.Unparen(n.Fun)
	if f.src.info.Types[fun].IsType() {
		switch f.typeOf(n).Underlying().(type) {
		case *types.Array, *types.Pointer:
			return true
		}
		return false
	}
	switch builtinName(f, fun) {
	case "panic", "close", "make", "delete":
		return true
	case "":
		fn := f.staticFunc(fun)
		return fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "main" || fn.Signature().Recv() != nil
	}
	return false
}

func (f *fn) binaryMayPanic(op token.Token, x, y ast.Expr) bool {
	t := f.typeOf(x)
	if t == nil {
		return true
	}
	value := f.src.info.Types[y].Value
	switch op {
	case token.QUO, token.REM:
		b, ok := t.Underlying().(*types.Basic)
		return !ok || b.Info()&types.IsInteger != 0 && (value == nil || constant.Sign(value) == 0)
	case token.SHL, token.SHR:
		b, ok := f.typeOf(y).Underlying().(*types.Basic)
		return value == nil && (!ok || b.Info()&types.IsUnsigned == 0)
	case token.EQL, token.NEQ:
		switch t.Underlying().(type) {
		case *types.Basic, *types.Pointer, *types.Chan, *types.Signature, *types.Slice, *types.Map:
			return types.IsInterface(f.typeOf(y))
		}
		return !f.src.info.Types[y].IsNil()
	}
	return false
}
