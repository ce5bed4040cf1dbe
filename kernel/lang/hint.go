package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// hint guesses what was meant by a name that go/types does not know.
func (s *Session) hint(c *checked, err types.Error, text string) string {
	if path, ok := strings.CutPrefix(err.Msg, "could not import "); ok {
		path, _, _ = strings.Cut(path, " ")
		return s.resolver.Unavailable(path)
	}
	name, ok := strings.CutPrefix(err.Msg, "undefined: ")
	if !ok {
		return ""
	}
	base, member, qualified := strings.Cut(name, ".")
	var near string
	if qualified {
		if pkg, ok := s.Package(base); ok {
			if near = nearest(member, pkg.Scope().Names(), ast.IsExported); near != "" {
				near = base + "." + near
			}
		}
	} else {
		names := append(s.Names(), types.Universe.Names()...)
		for id := range c.info.Defs {
			names = append(names, id.Name)
		}
		near = nearest(name, names, func(string) bool { return true })
	}
	if near == "" {
		return ""
	}
	return "did you mean " + near + "?"
}

// nearest finds the candidate that is few edits away from a name, a change of
// case counting as none.
func nearest(name string, candidates []string, allowed func(string) bool) string {
	best, bestDistance := "", 1+len(name)/3
	for _, c := range candidates {
		if !allowed(c) || c == name || c == "_" || strings.Contains(c, "ˑ") {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < bestDistance || d == bestDistance && best != "" && len(c) > len(best) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour to turn a into b (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			d := min(replace, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// refuse is the error for valid Go that the engine would run wrongly.
func (s *Session) refuse(pos token.Pos, text, message, rewrite string) *Error {
	p := s.fset.Position(pos)
	e := &Error{Kind: Unsupported, Message: message, Hint: rewrite, Line: p.Line, Column: p.Column}
	e.Cell, _ = strings.CutPrefix(p.Filename, "cell ")
	e.locate(text)
	return e
}
