package conformance

import (
	"go/ast"
	"go/token"
	"slices"
	"testing"
	"time"
)

// shrink takes statements and declarations out of a program for as long as its
// verdict in the mode stays. What is left still compiles and runs.
func shrink(t *testing.T, r Runner, o Outcome) Outcome {
	t.Helper()
	r.Timeout = 3 * time.Second
	deadline := time.Now().Add(2 * time.Minute)
	for smaller := true; smaller; {
		smaller = false
		file, _, at, err := check(o.Program.Source)
		if err != nil {
			t.Fatal(err)
		}
		for _, cut := range cuts(file, at) {
			if time.Now().After(deadline) {
				return o
			}
			source := o.Program.Source[:cut[0]] + o.Program.Source[cut[1]:]
			if next, ok := still(t, r, o, source); ok {
				o, smaller = next, true
				break
			}
		}
	}
	return o
}

// still runs a smaller source and reports whether the verdict is the same.
func still(t *testing.T, r Runner, o Outcome, source string) (Outcome, bool) {
	source, err := withoutUnused(source)
	if err != nil {
		return o, false
	}
	if _, _, _, err, soft := checkAll(source); err != nil || soft != nil {
		return o, false
	}
	p := *o.Program
	p.Source = source
	next := r.Run(&p, o.Mode)
	if next.Verdict != o.Verdict && next.Verdict != Wrong && next.Verdict != Equal {
		return o, false
	}
	p.Want = goRun(t, []*Program{&p})[0]
	next = r.Run(&p, o.Mode)
	return next, next.Verdict == o.Verdict
}

// cuts lists the stretches of a file that may be taken out, the longest first.
// The use of a variable that only keeps it used goes with its declaration.
func cuts(file *ast.File, at *token.File) (out [][2]int) {
	stretch := func(n ast.Node, next ast.Node) {
		end := n.End()
		if s, ok := next.(*ast.AssignStmt); ok && s.Tok == token.ASSIGN {
			if id, ok := s.Lhs[0].(*ast.Ident); ok && id.Name == "_" {
				end = s.End()
			}
		}
		out = append(out, [2]int{at.Offset(n.Pos()), at.Offset(end)})
	}
	ast.Inspect(file, func(n ast.Node) bool {
		var list []ast.Stmt
		switch n := n.(type) {
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CommClause:
			list = n.Body
		}
		for i, s := range list {
			var next ast.Node
			if i+1 < len(list) {
				next = list[i+1]
			}
			stretch(s, next)
		}
		return true
	})
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); !ok || g.Tok != token.IMPORT {
			stretch(d, nil)
		}
	}
	slices.SortStableFunc(out, func(a, b [2]int) int { return (b[1] - b[0]) - (a[1] - a[0]) })
	return out
}

func TestCutsLeavePrograms(t *testing.T) {
	const source = "package main\n\nimport \"fmt\"\n\nvar x = 1\n\nfunc f() {}\n\nfunc main() {\n\tf()\n\ty := x\n\t_ = y\n\tfmt.Println(1)\n}\n"
	file, _, at, err := check(source)
	if err != nil {
		t.Fatal(err)
	}
	valid := 0
	for _, cut := range cuts(file, at) {
		shorter, err := withoutUnused(source[:cut[0]] + source[cut[1]:])
		if err != nil {
			continue
		}
		if _, _, _, err, soft := checkAll(shorter); err == nil && soft == nil {
			valid++
		}
	}
	// The call of f, y with its use, the use alone never, and the print may go;
	// f and x are needed. Without main the rest is still a package.
	if valid != 4 {
		t.Errorf("%d of the cuts leave a program, want 4", valid)
	}
}
