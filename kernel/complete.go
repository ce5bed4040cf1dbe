package kernel

import (
	"cmp"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gaspard/kernel/lang"
	"gaspard/kernel/symbols"
	"gaspard/kernel/worker"
)

// complete lists what may stand at a byte offset: members after a dot, and
// otherwise session names, packages, keywords and predeclared names.
func (s *Session) complete(code string, cursor int) (start, end int, matches []worker.Match) {
	s.lock.Lock()
	defer s.lock.Unlock()
	cursor = min(max(cursor, 0), len(code))
	path := dottedBefore(code, cursor)
	prefix := path[len(path)-1]
	start = cursor - len(prefix)
	if len(path) == 1 {
		matches = s.namesFor()
	} else {
		matches = s.membersOf(path[:len(path)-1])
	}
	matches = slices.DeleteFunc(matches, func(m worker.Match) bool { return !strings.HasPrefix(m.Text, prefix) })
	slices.SortFunc(matches, func(a, b worker.Match) int { return cmp.Compare(a.Text, b.Text) })
	matches = slices.CompactFunc(matches, func(a, b worker.Match) bool { return a.Text == b.Text })
	return start, cursor, matches
}

// dottedBefore splits the chain of names that ends at the cursor, "r.Pla" into
// "r" and "Pla". Anything but names and dots ends the chain.
func dottedBefore(code string, cursor int) []string {
	start := cursor
	for start > 0 {
		r, size := utf8.DecodeLastRuneInString(code[:start])
		if r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		start -= size
	}
	return strings.Split(code[start:cursor], ".")
}

// namesFor lists everything a bare name can be.
func (s *Session) namesFor() []worker.Match {
	var list []worker.Match
	for _, name := range s.cells.Names() {
		obj, _, _, _ := s.cells.Lookup(name)
		list = append(list, match(obj, name))
	}
	for _, path := range (symbols.Set{Safe: s.limits.Safe}).Packages() {
		name := path[strings.LastIndexByte(path, '/')+1:]
		if chosen, ok := symbols.Preloaded(name); ok && (chosen == path || strings.HasPrefix(chosen, path+"/")) {
			list = append(list, worker.Match{Text: name, Kind: "package", Info: chosen})
		}
	}
	for tok := token.BREAK; tok <= token.VAR; tok++ {
		list = append(list, worker.Match{Text: tok.String(), Kind: "keyword"})
	}
	for _, name := range types.Universe.Names() {
		list = append(list, match(types.Universe.Lookup(name), name))
	}
	return list
}

// membersOf lists what may follow a chain of names: a package's exported names,
// or the fields and methods of a value.
func (s *Session) membersOf(chain []string) []worker.Match {
	obj, pkg := s.resolve(chain)
	var list []worker.Match
	switch {
	case pkg != nil:
		for _, name := range pkg.Scope().Names() {
			if member := pkg.Scope().Lookup(name); member.Exported() {
				list = append(list, match(member, name))
			}
		}
	case obj != nil:
		for _, member := range members(obj.Type()) {
			list = append(list, match(member, member.Name()))
		}
	}
	return list
}

// resolve follows a chain of names to a package or to an object.
func (s *Session) resolve(chain []string) (types.Object, *types.Package) {
	var obj types.Object
	var pkg *types.Package
	for i, name := range chain {
		switch {
		case i == 0:
			if found, _, _, ok := s.cells.Lookup(name); ok {
				obj = found
			} else if found, ok := s.cells.Package(name); ok {
				pkg = found
			} else if found := types.Universe.Lookup(name); found != nil {
				obj = found
			} else {
				return nil, nil
			}
		case pkg != nil:
			if obj, pkg = pkg.Scope().Lookup(name), nil; obj == nil || !obj.Exported() {
				return nil, nil
			}
		default:
			at := slices.IndexFunc(members(obj.Type()), func(m types.Object) bool { return m.Name() == name })
			if at < 0 {
				return nil, nil
			}
			obj = members(obj.Type())[at]
		}
	}
	return obj, pkg
}

// members are the fields and methods that can be selected from a value of a
// type: exported ones, and a session type's own.
func members(t types.Type) []types.Object {
	if sig, ok := t.(*types.Signature); ok && sig.Results().Len() == 1 {
		t = sig.Results().At(0).Type() // after f the chain goes on with its result
	}
	var list []types.Object
	visible := func(obj types.Object) bool { return obj.Exported() || obj.Pkg() != nil && obj.Pkg().Path() == "main" }
	methods := types.NewMethodSet(t)
	if _, isPointer := t.Underlying().(*types.Pointer); !isPointer && !types.IsInterface(t) {
		methods = types.NewMethodSet(types.NewPointer(t))
	}
	for sel := range methods.Methods() {
		if visible(sel.Obj()) {
			list = append(list, sel.Obj())
		}
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if st, ok := t.Underlying().(*types.Struct); ok {
		for field := range st.Fields() {
			if visible(field) {
				list = append(list, field)
			}
			if field.Embedded() {
				list = append(list, fieldsOf(field.Type(), visible)...)
			}
		}
	}
	return list
}

// fieldsOf are the fields promoted from an embedded type.
func fieldsOf(t types.Type, visible func(types.Object) bool) []types.Object {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	var list []types.Object
	if st, ok := t.Underlying().(*types.Struct); ok {
		for field := range st.Fields() {
			if visible(field) {
				list = append(list, field)
			}
		}
	}
	return list
}

// match describes an object as a completion.
func match(obj types.Object, name string) worker.Match {
	m := worker.Match{Text: name}
	switch o := obj.(type) {
	case *types.Func:
		m.Kind, m.Info = "func", strings.TrimPrefix(types.TypeString(o.Type(), qualifyShort), "func")
		if o.Signature().Recv() != nil {
			m.Kind = "method"
		}
	case *types.Var:
		m.Kind, m.Info = "var", types.TypeString(o.Type(), qualifyShort)
		if o.IsField() {
			m.Kind = "field"
		}
	case *types.TypeName:
		m.Kind = "type"
	case *types.Const:
		m.Kind, m.Info = "const", o.Val().String()
	case *types.Builtin:
		m.Kind = "func"
	default:
		m.Kind = "const"
	}
	return m
}

// qualifyShort names types without "main.", as the user writes them.
func qualifyShort(pkg *types.Package) string { return lang.QualifyTypes(pkg) }
