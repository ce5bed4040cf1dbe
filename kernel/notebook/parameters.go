package notebook

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// parameter is a variable that a parameters cell declares, and where the
// literal of its default stands in the cell.
type parameter struct {
	name     string
	from, to int // of the default, bytes of the cell
	end      int // of the declaration
	value    ast.Expr
}

// Set gives parameters other values, as "name=value" says. A parameter is a
// variable declared in a cell tagged "parameters", as in
//
//	n, file := 500, ""
//
// The value takes the place of the default and keeps its type: text for a string,
// a number for a number; for defaults that are no literals it is a Go expression.
// Set fails, and changes nothing, if no parameter has the name or the value does
// not fit.
func (n *Notebook) Set(assignments []string) error {
	changed := slices.Clone(n.Cells)
	for _, assignment := range assignments {
		name, value, ok := strings.Cut(assignment, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return fmt.Errorf("parameter %q is not of the form name=value", assignment)
		}
		if err := set(changed, name, value); err != nil {
			return err
		}
	}
	n.Cells = changed
	return nil
}

func set(cells []Cell, name, value string) error {
	var known []string
	for i := range cells {
		c := &cells[i]
		if c.Kind != Code || !c.Has(TagParameters) {
			continue
		}
		list, err := parameters(c.Source)
		if err != nil {
			return fmt.Errorf("the parameters cell in line %d: %w", c.Line, err)
		}
		for _, p := range list {
			if p.name != name {
				known = append(known, p.name)
				continue
			}
			text, err := literal(p.value, value)
			if err != nil {
				return fmt.Errorf("parameter %s=%s: %w; its default is %s", name, value, err, c.Source[p.from:p.to])
			}
			c.Source = c.Source[:p.from] + text + p.padded(c.Source)
			return nil
		}
	}
	if len(known) == 0 {
		return fmt.Errorf("there is no parameter %s: the notebook has no cell tagged %q with variables", name, TagParameters)
	}
	return fmt.Errorf("there is no parameter %s; there are %s", name, strings.Join(known, ", "))
}

// padded is what follows a parameter's default in its cell, with an empty line
// for each line break of the default, so that the places of errors further down
// stay those of the file.
func (p parameter) padded(source string) string {
	rest := source[p.to:]
	line, _, more := strings.Cut(source[p.end:], "\n")
	line = strings.TrimSpace(line)
	if !more || line != "" && !strings.HasPrefix(line, "//") {
		return rest
	}
	at := p.end - p.to + strings.IndexByte(source[p.end:], '\n')
	return rest[:at] + strings.Repeat("\n", strings.Count(source[p.from:p.to], "\n")) + rest[at:]
}

// parameters lists the variables that a cell declares with := or var.
func parameters(source string) ([]parameter, error) {
	const head = "package p; func _() {\n"
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", head+source+"\n}", 0)
	if err != nil {
		return nil, err
	}
	at := func(p token.Pos) int { return files.Position(p).Offset - len(head) }
	var list []parameter
	add := func(name, value ast.Expr, declaration ast.Node) {
		if id, ok := name.(*ast.Ident); ok {
			list = append(list, parameter{id.Name, at(value.Pos()), at(value.End()), at(declaration.End()), value})
		}
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		for _, s := range f.Body.List {
			switch s := s.(type) {
			case *ast.AssignStmt:
				if s.Tok == token.DEFINE && len(s.Lhs) == len(s.Rhs) {
					for i, name := range s.Lhs {
						add(name, s.Rhs[i], s)
					}
				}
			case *ast.DeclStmt:
				g, ok := s.Decl.(*ast.GenDecl)
				if !ok || g.Tok != token.VAR {
					continue
				}
				for _, spec := range g.Specs {
					v := spec.(*ast.ValueSpec)
					for i, name := range v.Names {
						if len(v.Values) == len(v.Names) {
							add(name, v.Values[i], v)
						}
					}
				}
			}
		}
	}
	return list, nil
}

// literal writes a value in Go so that it has the type of the default.
func literal(def ast.Expr, value string) (string, error) {
	if minus, ok := def.(*ast.UnaryExpr); ok && minus.Op == token.SUB {
		def = minus.X
	}
	trimmed := strings.TrimSpace(value)
	switch d := def.(type) {
	case *ast.BasicLit:
		switch d.Kind {
		case token.STRING:
			return strconv.Quote(value), nil
		case token.INT:
			if _, err := strconv.ParseInt(trimmed, 0, 64); err != nil {
				return "", fmt.Errorf("not a whole number")
			}
			return trimmed, nil
		case token.FLOAT:
			v, err := strconv.ParseFloat(trimmed, 64)
			if err != nil || v != v || v-v != 0 {
				return "", fmt.Errorf("not a number")
			}
			if !strings.ContainsAny(trimmed, ".eExXpP") {
				trimmed += ".0"
			}
			return trimmed, nil
		}
	case *ast.Ident:
		if d.Name == "true" || d.Name == "false" {
			v, err := strconv.ParseBool(trimmed)
			if err != nil {
				return "", fmt.Errorf("neither true nor false")
			}
			return strconv.FormatBool(v), nil
		}
	}
	if _, err := parser.ParseExpr(value); err != nil {
		return "", fmt.Errorf("not a Go expression")
	}
	return value, nil
}
