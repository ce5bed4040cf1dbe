package main

import (
	"fmt"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// imports gives each package a name under which generated code of one file can
// speak of it.
type imports struct {
	names map[string]string // by path
	taken map[string]bool
	specs map[string]string // import specs, by name
}

func newImports() *imports {
	return &imports{names: map[string]string{}, taken: map[string]bool{"table": true}, specs: map[string]string{}}
}

func (im *imports) name(pkg *types.Package) string {
	if name, ok := im.names[pkg.Path()]; ok {
		return name
	}
	name := pkg.Name()
	for i := 2; im.taken[name]; i++ {
		name = pkg.Name() + strconv.Itoa(i)
	}
	im.taken[name] = true
	im.names[pkg.Path()] = name
	im.specs[name] = name + " " + strconv.Quote(pkg.Path())
	if pkg.Path() == name || strings.HasSuffix(pkg.Path(), "/"+name) {
		im.specs[name] = strconv.Quote(pkg.Path())
	}
	return name
}

// used are the import specs that code needs, in order of their paths.
func (im *imports) used(code string) []string {
	var specs []string
	for name, spec := range im.specs {
		if mentions(code, name) {
			specs = append(specs, spec)
		}
	}
	slices.SortFunc(specs, func(a, b string) int {
		return strings.Compare(a[strings.IndexByte(a, '"'):], b[strings.IndexByte(b, '"'):])
	})
	return specs
}

// mentions reports whether code has name as a qualifier. Generated code has one
// only after one of a few characters, and none of them ends an identifier.
func mentions(code, name string) bool {
	for rest := code; ; {
		at := strings.Index(rest, name+".")
		if at < 0 {
			return false
		}
		if at > 0 && strings.IndexByte(" (*&[].,{", rest[at-1]) >= 0 {
			return true
		}
		rest = rest[at+len(name):]
	}
}

// identifier turns an import path into an identifier with an underscore.
func identifier(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "gonum.org/v1/"), "gaspard/")
	return strings.NewReplacer("/", "_", ".", "_", "-", "_").Replace(path)
}

// wrapperSource writes the struct that stands for interpreted values where
// native code wants the interface o: the interpreter fills its fields with
// functions. It is empty when no such struct can be written: o is no interface,
// or has methods that only its own package can define or name.
func wrapperSource(o *types.TypeName, im *imports) string {
	iface, ok := o.Type().Underlying().(*types.Interface)
	if !ok {
		return ""
	}
	for m := range iface.Methods() {
		if !m.Exported() || !nameable(m.Type(), map[types.Type]bool{}) {
			return ""
		}
	}
	name := identifier(o.Pkg().Path()) + "_" + o.Name()
	var fields, methods strings.Builder
	for m := range iface.Methods() {
		params, args := parameters(m.Signature(), im)
		results := resultList(m.Signature(), im)
		fmt.Fprintf(&fields, "\tW%s func(%s) %s\n", m.Name(), params, results)
		fmt.Fprintf(&methods, "\nfunc (W %s) %s(%s) %s {\n", name, m.Name(), params, results)
		if m.Name() == "String" && results == "string" {
			methods.WriteString("\tif W.WString == nil {\n\t\treturn \"\"\n\t}\n")
		}
		if results != "" {
			methods.WriteString("\treturn ")
		}
		fmt.Fprintf(&methods, "W.W%s(%s)\n}\n", m.Name(), args)
	}
	return fmt.Sprintf("\n// %s makes interpreted values a %s.%s.\ntype %s struct {\n\tIValue any\n%s}\n%s",
		name, o.Pkg().Name(), o.Name(), name, fields.String(), methods.String())
}

// parameters writes a parameter list and the arguments that pass it on. The
// source's own names are not used: they may hide a package.
func parameters(sig *types.Signature, im *imports) (params, args string) {
	var ps, as []string
	for i := range sig.Params().Len() {
		name := "a" + strconv.Itoa(i)
		t := sig.Params().At(i).Type()
		if sig.Variadic() && i == sig.Params().Len()-1 {
			ps = append(ps, name+" ..."+types.TypeString(t.(*types.Slice).Elem(), im.name))
			as = append(as, name+"...")
			continue
		}
		ps = append(ps, name+" "+types.TypeString(t, im.name))
		as = append(as, name)
	}
	return strings.Join(ps, ", "), strings.Join(as, ", ")
}

func resultList(sig *types.Signature, im *imports) string {
	var rs []string
	for r := range sig.Results().Variables() {
		rs = append(rs, types.TypeString(r.Type(), im.name))
	}
	if len(rs) > 1 {
		return "(" + strings.Join(rs, ", ") + ")"
	}
	return strings.Join(rs, "")
}

// nameable reports whether generated code can write the type.
func nameable(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return true
	}
	seen[t] = true
	named := func(o *types.TypeName, args *types.TypeList) bool {
		if o.Pkg() != nil && (!o.Exported() || internal(o.Pkg().Path()) || strings.HasPrefix(o.Pkg().Path(), "vendor/")) {
			return false
		}
		for arg := range args.Types() {
			if !nameable(arg, seen) {
				return false
			}
		}
		return true
	}
	tuple := func(vs *types.Tuple) bool {
		for v := range vs.Variables() {
			if !nameable(v.Type(), seen) {
				return false
			}
		}
		return true
	}
	switch t := t.(type) {
	case *types.Named:
		return named(t.Obj(), t.TypeArgs())
	case *types.Alias:
		return named(t.Obj(), t.TypeArgs())
	case *types.Signature:
		return tuple(t.Params()) && tuple(t.Results())
	case *types.Map:
		return nameable(t.Key(), seen) && nameable(t.Elem(), seen)
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		return nameable(t.Elem(), seen)
	case *types.Struct:
		for f := range t.Fields() {
			if !f.Exported() || !nameable(f.Type(), seen) {
				return false
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			if !m.Exported() || !nameable(m.Type(), seen) {
				return false
			}
		}
	}
	return true
}
