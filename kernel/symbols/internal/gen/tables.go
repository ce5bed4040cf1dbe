package main

import (
	"bytes"
	"fmt"
	"go/constant"
	"go/format"
	"go/types"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// section is the field of table.Package that a line belongs to.
type section string

const (
	values  section = "Values"
	vars    section = "Vars"
	untyped section = "Untyped"
	generic section = "Generic"
)

// line is one element of a generated table, with the interface wrapper it needs.
type line struct {
	section section
	name    string
	text    string // the element's other fields
	wrapper string
}

// tableFiles writes the Go files of a group: one per package, and one more for
// each set of platforms that share lines others do not have.
func tableFiles(g group, loaded map[target]map[string]*types.Package, files map[string][]byte) error {
	for _, path := range g.paths {
		where := map[line][]target{}
		imports := newImports()
		var name string
		for _, t := range targets {
			pkg := loaded[t][path]
			if pkg == nil {
				continue // not a package of this platform
			}
			name = pkg.Name()
			imports.name(pkg)
			for _, l := range tableLines(pkg, imports) {
				where[l] = append(where[l], t)
			}
		}
		sets := map[string][]line{}
		for l, ts := range where {
			key := constraint(ts)
			sets[key] = append(sets[key], l)
		}
		for key, lines := range sets {
			source, err := tableSource(g.dir, path, name, key, lines, imports)
			if err != nil {
				return fmt.Errorf("table of %s: %w", path, err)
			}
			files[fileName(path, key)] = source
		}
	}
	return nil
}

// constraint is the build constraint that selects the platforms, empty for all.
func constraint(ts []target) string {
	if len(ts) == len(targets) {
		return ""
	}
	arches := map[string][]string{}
	for _, t := range ts {
		arches[t.os] = append(arches[t.os], t.arch)
	}
	var terms []string
	for _, os := range slices.Sorted(maps.Keys(arches)) {
		if len(arches[os]) == 2 {
			terms = append(terms, os)
		} else {
			terms = append(terms, "("+os+" && "+arches[os][0]+")")
		}
	}
	return strings.Join(terms, " || ")
}

// fileName avoids underscores, after which the go command looks for platforms.
func fileName(path, constraint string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "gonum.org/v1/"), "gaspard/")
	name := strings.ReplaceAll(path, "/", "-")
	if constraint != "" {
		name += "." + strings.ReplaceAll(platforms(constraint), "_", ".")
	}
	return name + ".go"
}

// platforms is a constraint as the part of an identifier.
func platforms(constraint string) string {
	return strings.NewReplacer(" || ", "_", " && ", "_", "(", "", ")", "").Replace(constraint)
}

// tableLines lists what a package exports.
func tableLines(pkg *types.Package, imports *imports) []line {
	var lines []line
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		obj := scope.Lookup(name)
		if !obj.Exported() {
			continue
		}
		l := line{section: values, name: name}
		qualified := imports.name(pkg) + "." + name
		switch o := obj.(type) {
		case *types.Const:
			l.text = "Value: " + qualified
			if b, ok := o.Type().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
				l.section, l.text = untyped, untypedText(b, o.Val())
			}
		case *types.Var:
			l.section, l.text = vars, "Value: &"+qualified
		case *types.Func:
			l.text = "Value: " + qualified
			if o.Signature().TypeParams().Len() > 0 {
				l.section, l.text = generic, ""
			}
		case *types.TypeName:
			l.text = "Value: (*" + qualified + ")(nil)"
			if isGeneric(o) {
				l.section, l.text = generic, ""
			} else if !o.IsAlias() {
				l.wrapper = wrapperSource(o, imports)
			}
		}
		lines = append(lines, l)
	}
	return lines
}

// isGeneric reports whether a type has no reflect.Type of its own: generic
// types, and interfaces that only constrain type parameters.
func isGeneric(o *types.TypeName) bool {
	switch t := o.Type().(type) {
	case *types.Named:
		if t.TypeParams().Len() > 0 {
			return true
		}
	case *types.Alias:
		if t.TypeParams().Len() > 0 {
			return true
		}
	}
	iface, ok := o.Type().Underlying().(*types.Interface)
	return ok && !iface.IsMethodSet()
}

// untypedText is an untyped constant as the fields of a table element.
func untypedText(b *types.Basic, v constant.Value) string {
	switch b.Kind() {
	case types.UntypedBool:
		return fmt.Sprintf("Kind: table.Bool, Text: %q", v.String())
	case types.UntypedString:
		return fmt.Sprintf("Kind: table.String, Text: %q", constant.StringVal(v))
	case types.UntypedInt:
		return fmt.Sprintf("Kind: table.Int, Text: %q", constant.ToInt(v).ExactString())
	case types.UntypedRune:
		return fmt.Sprintf("Kind: table.Rune, Text: %q", constant.ToInt(v).ExactString())
	case types.UntypedFloat:
		return fmt.Sprintf("Kind: table.Float, Text: %q", floatText(v))
	default:
		panic("no table element for a constant of type " + b.Name())
	}
}

// floatPrec is the precision to which go/constant computes.
const floatPrec = 512

// floatText is the shortest decimal that gives the constant back.
func floatText(v constant.Value) string {
	f := new(big.Float).SetPrec(floatPrec)
	switch x := constant.Val(constant.ToFloat(v)).(type) {
	case *big.Float:
		f.Set(x)
	case *big.Rat:
		f.SetRat(x)
	case *big.Int:
		f.SetInt(x)
	case int64:
		f.SetInt64(x)
	}
	return f.Text('g', -1)
}

// tableSource writes one generated file.
func tableSource(dir, path, name, constraint string, lines []line, imports *imports) ([]byte, error) {
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.name, b.name) })
	stem := identifier(path)
	var body, wrappers bytes.Buffer
	variable := stem + "_table"
	if constraint != "" {
		variable = stem + "_" + platforms(constraint) + "_table"
	}
	fmt.Fprintf(&body, "var %s = table.Package{\n\tPath: %q,\n\tName: %q,\n", variable, path, name)
	for _, s := range []section{values, vars, untyped, generic} {
		writeSection(&body, stem, s, lines)
	}
	fmt.Fprintf(&body, "}\n\nfunc init() { table.Add(&%s) }\n", variable)
	for _, l := range lines {
		wrappers.WriteString(l.wrapper)
	}
	var out bytes.Buffer
	out.WriteString(generated)
	if constraint != "" {
		fmt.Fprintf(&out, "\n//go:build %s\n", constraint)
	}
	out.WriteString(deprecated)
	fmt.Fprintf(&out, "\npackage %s\n\nimport (\n", dir)
	code := body.String() + wrappers.String()
	for _, spec := range imports.used(code) {
		fmt.Fprintf(&out, "\t%s\n", spec)
	}
	out.WriteString("\n\t\"gaspard/kernel/symbols/internal/table\"\n)\n\n")
	out.WriteString(code)
	return format.Source(out.Bytes())
}

func writeSection(out *bytes.Buffer, stem string, s section, lines []line) {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l line) bool { return l.section != s })
	if len(lines) == 0 {
		return
	}
	switch s {
	case generic:
		fmt.Fprintf(out, "\tGeneric: []string{")
		for i, l := range lines {
			if i > 0 {
				out.WriteString(", ")
			}
			out.WriteString(strconv.Quote(l.name))
		}
		out.WriteString("},\n")
		return
	case untyped:
		fmt.Fprintf(out, "\t%s: []table.Untyped{\n", s)
	default:
		fmt.Fprintf(out, "\t%s: []table.Symbol{\n", s)
	}
	for _, l := range lines {
		fmt.Fprintf(out, "\t\t{Name: %q, %s},\n", l.name, l.text)
		if l.wrapper != "" {
			fmt.Fprintf(out, "\t\t{Name: %q, Value: (*%s_%s)(nil)},\n", "_"+l.name, stem, l.name)
		}
	}
	out.WriteString("\t},\n")
}
