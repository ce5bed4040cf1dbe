package lang

import (
	"go/ast"
	"go/token"
)

// target is a statement that break or continue may leave.
type target struct {
	label string // in lowered code
	user  string // the label in the program
	loop  bool
	used  bool // the label is needed
	// across is set for the statements outside the body of a range over a
	// function: they are left through it.
	across *rangeBody
	self   bool // it is the range over the function itself
}

func (f *fn) push(user string, loop bool) *target {
	t := &target{label: f.l.temp("L"), user: user, loop: loop}
	f.targets = append(f.targets, t)
	return t
}

func (f *fn) pop() { f.targets = f.targets[:len(f.targets)-1] }

// labelled gives a loop its label if something refers to it.
func (t *target) labelled(loop ast.Stmt) ast.Stmt {
	if !t.used {
		return loop
	}
	return &ast.LabeledStmt{Label: ident(t.label), Stmt: loop}
}

// findTarget is where a break or continue goes.
func (f *fn) findTarget(s *ast.BranchStmt) *target {
	for i := len(f.targets) - 1; i >= 0; i-- {
		t := f.targets[i]
		if s.Label != nil && t.user != s.Label.Name || s.Label == nil && s.Tok == token.CONTINUE && !t.loop {
			continue
		}
		return t
	}
	return nil
}

func (f *fn) branch(s *ast.BranchStmt) {
	switch s.Tok {
	case token.FALLTHROUGH:
		f.l.refuse(s.Pos(), "a fallthrough that is not last in its case", "")
	case token.GOTO:
		if f.rangeBody != nil {
			f.l.refuse(s.Pos(), "goto in the body of a range over a function", "use a flag")
		}
		f.emit(&ast.BranchStmt{Tok: token.GOTO, Label: ident(f.gotoLabel(s.Label.Name))})
	default:
		t := f.findTarget(s)
		if t == nil {
			f.l.refuse(s.Pos(), "a branch without a target", "")
		}
		if t.across != nil {
			f.leave(t, s.Tok)
			return
		}
		t.used = true
		f.emit(&ast.BranchStmt{Tok: s.Tok, Label: ident(t.label)})
	}
}

func (f *fn) gotoLabel(user string) string {
	if f.labels[user] == "" {
		f.labels[user] = f.l.temp("G")
	}
	return f.labels[user]
}

func (f *fn) labeled(s *ast.LabeledStmt) {
	name := s.Label.Name
	if f.gotoTargets()[name] {
		f.emit(&ast.LabeledStmt{Label: ident(f.gotoLabel(name)), Stmt: &ast.EmptyStmt{Implicit: true}})
	}
	switch st := s.Stmt.(type) {
	case *ast.ForStmt:
		f.forStmt(st, name)
	case *ast.RangeStmt:
		f.rangeStmt(st, name)
	case *ast.SwitchStmt:
		f.switchStmt(st, name)
	case *ast.TypeSwitchStmt:
		f.typeSwitch(st, name)
	case *ast.SelectStmt:
		f.selectStmt(st, name)
	case *ast.BlockStmt:
		f.breakable(name, func() { f.stmts(st.List) })
	default:
		f.stmt(st)
	}
}

// gotoTargets are the labels that a goto of the source names.
func (f *fn) gotoTargets() map[string]bool {
	if f.l.gotos == nil {
		f.l.gotos = map[*checked]map[string]bool{}
	}
	if known := f.l.gotos[f.src]; known != nil {
		return known
	}
	found := map[string]bool{}
	ast.Inspect(f.src.file, func(n ast.Node) bool {
		if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO {
			found[b.Label.Name] = true
		}
		return true
	})
	if f.src.body != nil {
		ast.Inspect(f.src.body, func(n ast.Node) bool {
			if b, ok := n.(*ast.BranchStmt); ok && b.Tok == token.GOTO {
				found[b.Label.Name] = true
			}
			return true
		})
	}
	f.l.gotos[f.src] = found
	return found
}

// breakable writes statements that a break may leave: within a loop that runs
// once, if one does.
func (f *fn) breakable(user string, write func()) {
	t := f.push(user, false)
	list := f.in(write)
	f.pop()
	if !t.used {
		f.out = append(f.out, list...)
		return
	}
	list = append(list, &ast.BranchStmt{Tok: token.BREAK})
	f.emit(t.labelled(&ast.ForStmt{Body: block(list)}))
}
