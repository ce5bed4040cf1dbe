package notebook

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"strings"
)

// parameter is a variable that a cell tagged "parameters" declares.
type parameter struct {
	name       string
	cell       int    // index into Cells
	start, end int    // byte range of its value in the cell's source
	before     string // what must stand before a value where there is none yet
	typ        types.Type
	typeText   string // "" where only the compiler knows it
}

// Parameters lists the names of the notebook's parameters.
func (n *Notebook) Parameters() ([]string, error) {
	list, err := n.parameters()
	var names []string
	for _, p := range list {
		names = append(names, p.name)
	}
	return names, err
}

// Set gives a parameter another value: in the notebook's cells tagged
// "parameters", the value replaces the one that the variable is declared with.
//
// The value of a string parameter is the text itself; numbers and booleans are
// written as in Go, and the elements of a slice with commas between them. The
// value of any other parameter is a Go expression.
func (n *Notebook) Set(name, value string) error {
	list, err := n.parameters()
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.name != name {
			continue
		}
		text, err := p.expression(value)
		if err != nil {
			return &Error{Path: n.Path, Message: err.Error()}
		}
		source := &n.Cells[p.cell].Source
		lines := strings.Count((*source)[p.start:p.end], "\n")
		// The lines below keep their numbers.
		*source = (*source)[:p.start] + p.before + strings.Repeat("\n", lines) + text + (*source)[p.end:]
		return nil
	}
	if len(list) == 0 {
		return &Error{Path: n.Path, Message: fmt.Sprintf("there is no parameter %q: no cell tagged \"parameters\" declares any", name)}
	}
	var names []string
	for _, p := range list {
		names = append(names, p.name)
	}
	return &Error{Path: n.Path, Message: fmt.Sprintf("there is no parameter %q; the notebook has %s", name, strings.Join(names, ", "))}
}

func (n *Notebook) parameters() ([]parameter, error) {
	var list []parameter
	for i, c := range n.Cells {
		if c.Markdown || !c.Has(TagParameters) {
			continue
		}
		found, err := parametersOf(c.Source)
		if err != nil {
			var at scanner.ErrorList
			e := &Error{Path: n.Path, Line: c.Line, Message: "the parameters cannot be read: " + err.Error()}
			if errors.As(err, &at) && len(at) > 0 {
				e.Line, e.Message = c.Line+at[0].Pos.Line-1, "the parameters cannot be read: "+at[0].Msg
			}
			return nil, e
		}
		for _, p := range found {
			p.cell = i
			list = append(list, p)
		}
	}
	return list, nil
}

// parametersOf finds the declared variables and constants of a cell.
func parametersOf(source string) ([]parameter, error) {
	const open = "package p; func _() {"
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", open+source+"\n}", parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	offset := func(p token.Pos) int { return fset.Position(p).Offset - len(open) }
	var list []parameter
	add := func(name *ast.Ident, typ, value ast.Expr) {
		p := parameter{name: name.Name}
		typeEnd := name.End()
		if typ != nil {
			typeEnd = typ.End()
			p.typeText = source[offset(typ.Pos()):offset(typ.End())]
			p.typ = typeOf(p.typeText)
		}
		if value == nil {
			p.start, p.end, p.before = offset(typeEnd), offset(typeEnd), " = "
		} else {
			p.start, p.end = offset(value.Pos()), offset(value.End())
			if typ == nil {
				p.typ = typeOf(source[p.start:p.end])
			}
		}
		if p.typeText == "" && p.typ != nil {
			p.typeText = p.typ.String()
		}
		list = append(list, p)
	}
	for _, statement := range file.Decls[0].(*ast.FuncDecl).Body.List {
		switch s := statement.(type) {
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE || len(s.Lhs) != len(s.Rhs) {
				continue
			}
			for i, left := range s.Lhs {
				if name, ok := left.(*ast.Ident); ok {
					add(name, nil, s.Rhs[i])
				}
			}
		case *ast.DeclStmt:
			for _, spec := range s.Decl.(*ast.GenDecl).Specs {
				v, ok := spec.(*ast.ValueSpec)
				switch {
				case !ok:
				case len(v.Values) == len(v.Names):
					for i, name := range v.Names {
						add(name, v.Type, v.Values[i])
					}
				case len(v.Names) == 1 && len(v.Values) == 0 && v.Type != nil:
					add(v.Names[0], v.Type, nil)
				}
			}
		}
	}
	return list, nil
}

// typeOf is the type of an expression, or the type that an expression names. It
// knows Go's own types and is nil for those of packages.
func typeOf(expression string) types.Type {
	value, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expression)
	if err != nil || value.Type == nil {
		return nil
	}
	return types.Default(value.Type)
}

// expression is the Go expression that stands for a value given from outside.
func (p parameter) expression(value string) (string, error) {
	basic, _ := p.typ.(*types.Basic)
	if basic != nil && basic.Info()&types.IsString != 0 {
		return fmt.Sprintf("%q", value), nil
	}
	wrong := fmt.Errorf("the parameter %s is of type %s, and %q is no value of it", p.name, p.typeText, value)
	if p.typ == nil {
		if _, err := parser.ParseExpr(value); err != nil {
			return "", fmt.Errorf("the value %q of the parameter %s is no Go expression", value, p.name)
		}
		return value, nil
	}
	if basic == nil {
		for _, text := range []string{value, p.typeText + "{" + value + "}"} {
			if _, err := parser.ParseExpr(text); err == nil {
				if t := typeOf(text); t != nil && types.Identical(t, p.typ) {
					return text, nil
				}
			}
		}
		return "", wrong
	}
	if _, err := parser.ParseExpr(value); err != nil {
		return "", wrong
	}
	given, err := types.Eval(token.NewFileSet(), nil, token.NoPos, value)
	if err != nil || given.Value == nil || (given.Value.Kind() == constant.String) || (given.Value.Kind() == constant.Bool) != (basic.Info()&types.IsBoolean != 0) {
		return "", wrong
	}
	// A conversion says which type it is where the value alone would not, and
	// Eval refuses one that does not fit.
	if types.Identical(types.Default(given.Type), basic) {
		return value, nil
	}
	converted := p.typeText + "(" + value + ")"
	if _, err := types.Eval(token.NewFileSet(), nil, token.NoPos, converted); err != nil {
		return "", wrong
	}
	return converted, nil
}
