package kernel

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gaspard/kernel/lang"
	"gaspard/kernel/symbols"
	"gaspard/kernel/worker"
)

// inspect documents the name at a byte offset of a cell: a package, what one
// exports, a method or field, a session name, a local variable. Where there is
// no name, it documents the function among whose arguments the offset is.
func (s *Session) inspect(code string, cursor int) worker.Reply {
	s.lock.Lock()
	defer s.lock.Unlock()
	cursor = endOfName(code, min(max(cursor, 0), len(code)))
	p := placeAt(code, cursor)
	reply := worker.Reply{OK: true}
	if p.kind == placeNone && p.word == "" {
		return reply
	}
	reply.Call, _ = s.callAt(&p)
	if p.word == "" || p.kind == placeString {
		if reply.Call == nil {
			return reply
		}
		name := reply.Call.Name
		p = placeAt(name, len(name))
	}
	b := s.probe(&p)
	switch {
	case b == nil:
	case p.kind == placeMember:
		reply.Doc, reply.Near = s.inspectMember(&p, b)
	case p.kind == placeImport:
		if pkg, ok := s.cells.Package(p.word[strings.LastIndexByte(p.word, '/')+1:]); ok && pkg.Path() == p.word {
			reply.Doc = packageDoc(pkg, p.word)
		}
	default:
		reply.Doc, reply.Near = s.inspectName(p.word, b)
	}
	return reply
}

// endOfName moves an offset to the end of the name that it is in.
func endOfName(code string, cursor int) int {
	for cursor < len(code) {
		r, size := utf8.DecodeRuneInString(code[cursor:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		cursor += size
	}
	return cursor
}

// inspectName documents a name that stands alone, or else lists similar ones.
func (s *Session) inspectName(name string, b *probe) (*worker.Doc, []string) {
	for _, obj := range b.locals() {
		if obj.Name() == name {
			if found, _, _, ok := s.cells.Lookup(name); ok && found == obj {
				break
			}
			if imported, ok := obj.(*types.PkgName); ok {
				return packageDoc(imported.Imported(), name), nil
			}
			doc := documented(obj, name)
			doc.Where = "this cell"
			return doc, nil
		}
	}
	if obj, text, cell, ok := s.cells.Lookup(name); ok {
		return s.inspectOwn(obj, name, text, cell), nil
	}
	if pkg, ok := s.cells.Package(name); ok {
		return packageDoc(pkg, name), nil
	}
	if obj := types.Universe.Lookup(name); obj != nil {
		return documented(obj, name), nil
	}
	if token.IsKeyword(name) {
		return &worker.Doc{Name: name, Kind: "keyword", Text: "A keyword of Go."}, nil
	}
	return nil, s.similar(name)
}

// similar lists names like one that is not known: those in reach, and what our
// own packages export.
func (s *Session) similar(name string) []string {
	var exported []string
	for _, path := range symbols.Packages() {
		if base := path[strings.LastIndexByte(path, '/')+1:]; strings.HasPrefix(path, "gaspard/") {
			pkg, ok := s.cells.Package(base)
			if !ok || pkg.Path() != path {
				continue
			}
			for _, member := range pkg.Scope().Names() {
				if strings.EqualFold(member, name) && token.IsExported(member) {
					exported = append(exported, base+"."+member)
				}
			}
		}
	}
	candidates := append(s.cells.Names(), types.Universe.Names()...)
	for _, path := range symbols.Packages() {
		candidates = append(candidates, path[strings.LastIndexByte(path, '/')+1:])
	}
	near := append(exported, lang.Nearest(name, candidates, 3)...)
	return near[:min(3, len(near))]
}

// inspectMember documents what follows a dot, or else lists similar members.
func (s *Session) inspectMember(p *place, b *probe) (*worker.Doc, []string) {
	base := strings.TrimSuffix(strings.TrimRight(p.code[:p.start], " \t\n"), ".")
	base = base[strings.LastIndexAny(base, " \t\n;:=({[,&*!<>+-/|")+1:]
	pkg, t, _ := b.selected()
	var names []string
	switch {
	case pkg != nil:
		if obj := pkg.Scope().Lookup(p.word); obj != nil && obj.Exported() {
			return documented(obj, base+"."+p.word), nil
		}
		for _, name := range pkg.Scope().Names() {
			if token.IsExported(name) {
				names = append(names, name)
			}
		}
	case t != nil:
		if sig, ok := t.(*types.Signature); ok && sig.Results().Len() == 1 {
			t = sig.Results().At(0).Type() // ?ot.Sinkhorn.Plan asks about its result
		}
		if doc := s.documentedMember(t, base, p.word); doc != nil {
			return doc, nil
		}
		for _, m := range members(t) {
			names = append(names, m.Name())
		}
	}
	near := lang.Nearest(p.word, names, 3)
	for i, name := range near {
		near[i] = base + "." + name
	}
	return nil, near
}

// documentedMember documents a field or method of a type, promoted ones too.
func (s *Session) documentedMember(t types.Type, base, name string) *worker.Doc {
	obj, index, _ := types.LookupFieldOrMethod(t, true, ownPackage, name)
	if obj == nil {
		return nil
	}
	owner := t
	for _, i := range index[:len(index)-1] {
		if p, ok := owner.Underlying().(*types.Pointer); ok {
			owner = p.Elem()
		}
		owner = owner.Underlying().(*types.Struct).Field(i).Type()
	}
	if fn, ok := obj.(*types.Func); ok && fn.Signature().Recv() != nil {
		owner = fn.Signature().Recv().Type()
	}
	doc := &worker.Doc{Name: base + "." + name, Kind: match(obj, name).Kind, Signature: types.ObjectString(obj, qualifyShort)}
	named := namedOf(owner)
	if named == nil || named.Obj().Pkg() == nil {
		return doc
	}
	typeName := named.Obj().Name()
	if named.Obj().Pkg().Path() == ownPackage.Path() {
		if text, cell, ok := s.cells.Method(typeName, name); ok {
			doc.Signature, doc.Where, doc.Text = text, "cell "+cell, commentAbove(s.texts[cell], text)
		} else if _, _, cell, ok := s.cells.Lookup(typeName); ok {
			doc.Where = "cell " + cell
		}
		return doc
	}
	doc.Where = named.Obj().Pkg().Path()
	if signature, text, ok := symbols.Doc(doc.Where, typeName+"."+name); ok {
		doc.Text = text
		if doc.Kind == "field" {
			signature = "field " + typeName + "." + signature
		}
		doc.Signature = signature
	}
	return doc
}

// inspectOwn documents a session name by the text that declared it and the
// comment above, or by its type, value and size.
func (s *Session) inspectOwn(obj types.Object, name, text, cell string) *worker.Doc {
	doc := &worker.Doc{Name: name, Kind: match(obj, name).Kind, Signature: strings.TrimSpace(text), Where: "cell " + cell}
	doc.Text = commentAbove(s.texts[cell], text)
	switch o := obj.(type) {
	case *types.TypeName:
		doc.Members = typeMembers(o)
	case *types.Var:
		doc.Signature = "var " + name + " " + types.TypeString(o.Type(), qualifyShort)
		for _, live := range s.cells.Vars() {
			if value, ok := s.engine.Value(live.Engine); ok && live.Name == name {
				doc.Value, doc.Size = s.valueText(live.Type, value), sizeText(value)
			}
		}
		if named := namedOf(o.Type()); named != nil && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() != ownPackage.Path() {
			_, comment, _ := symbols.Doc(named.Obj().Pkg().Path(), named.Obj().Name())
			if sentence := firstSentence("", comment); sentence != "" {
				doc.Text = sentence
			}
		}
	}
	return doc
}

// valueText is a value as it is shown, on one line if it takes too many.
func (s *Session) valueText(t types.Type, v reflect.Value) string {
	const maxLines, maxBytes = 14, 1000
	text := Format(s.world, t, v)
	if strings.Count(text, "\n") >= maxLines || len(text) > maxBytes {
		return summary(s.world, t, v)
	}
	return text
}

// sizeText says how many elements a value has, and their bytes where that is
// certain.
func sizeText(v reflect.Value) string {
	if m, ok := asMatrix(v); ok && (v.Kind() != reflect.Pointer || !v.IsNil()) {
		rows, cols := m.Dims()
		return fmt.Sprintf("%d×%d", rows, cols)
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		return count(v.Len(), "element")
	case reflect.Map:
		return count(v.Len(), "entry")
	case reflect.String:
		return count(v.Len(), "byte")
	}
	return ""
}

func count(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "y"):
		what = strings.TrimSuffix(what, "y") + "ie"
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// commentAbove is the text of the comment lines that end right above a
// declaration.
func commentAbove(cell, declaration string) string {
	at := strings.Index(cell, declaration)
	if at < 1 || declaration == "" {
		return ""
	}
	lines := strings.Split(strings.TrimSuffix(cell[:at], "\n"), "\n")
	first := len(lines)
	for first > 0 && strings.HasPrefix(lines[first-1], "//") {
		first--
	}
	var b strings.Builder
	for _, line := range lines[first:] {
		b.WriteString(strings.TrimPrefix(strings.TrimPrefix(line, "//"), " ") + "\n")
	}
	return strings.TrimSpace(b.String())
}

// documented looks an object up in the embedded documentation.
func documented(obj types.Object, name string) *worker.Doc {
	doc := &worker.Doc{Name: name, Kind: match(obj, name).Kind, Signature: types.ObjectString(obj, qualifyShort)}
	if obj.Pkg() == nil {
		if sig, text, ok := symbols.Doc("builtin", obj.Name()); ok {
			doc.Signature, doc.Text = sig, text
		}
		doc.Where = "builtin"
		return doc
	}
	doc.Where = obj.Pkg().Path()
	if sig, text, ok := symbols.Doc(doc.Where, docKey(obj)); ok {
		doc.Text = text
		if sig != "" {
			doc.Signature = sig
		}
	}
	if t, ok := obj.(*types.TypeName); ok {
		doc.Members = typeMembers(t)
	}
	return doc
}

// docKey is a name as the documentation of its package has it, "Dense.At" for a
// method.
func docKey(obj types.Object) string {
	if fn, ok := obj.(*types.Func); ok && fn.Signature().Recv() != nil {
		if named := namedOf(fn.Signature().Recv().Type()); named != nil {
			return named.Obj().Name() + "." + fn.Name()
		}
	}
	return obj.Name()
}

// packageDoc documents a package with an overview of what it exports.
func packageDoc(pkg *types.Package, name string) *worker.Doc {
	doc := &worker.Doc{Name: name, Kind: "package", Signature: "package " + pkg.Name(), Where: pkg.Path()}
	_, doc.Text, _ = symbols.Doc(pkg.Path(), "")
	for _, member := range pkg.Scope().Names() {
		if obj := pkg.Scope().Lookup(member); obj.Exported() {
			_, text, _ := symbols.Doc(pkg.Path(), member)
			doc.Members = append(doc.Members, worker.Member{Name: member, Kind: match(obj, member).Kind, Text: firstSentence(member, text)})
		}
	}
	return doc
}

// typeMembers is an overview of a type's methods, and of the functions of its
// package that make one.
func typeMembers(o *types.TypeName) []worker.Member {
	if types.IsInterface(o.Type()) {
		return nil // its declaration lists them
	}
	var list []worker.Member
	add := func(fn *types.Func, key, kind string) {
		_, text, _ := symbols.Doc(fn.Pkg().Path(), key)
		list = append(list, worker.Member{Name: fn.Name(), Kind: kind, Text: firstSentence(fn.Name(), text)})
	}
	if own := o.Pkg(); own != nil && own.Path() != ownPackage.Path() {
		for _, name := range own.Scope().Names() {
			fn, ok := own.Scope().Lookup(name).(*types.Func)
			if ok && fn.Exported() && fn.Signature().Results().Len() > 0 {
				if made := namedOf(fn.Signature().Results().At(0).Type()); made != nil && made.Obj() == o {
					add(fn, name, "func")
				}
			}
		}
	}
	var methods []*types.Func
	for _, m := range members(o.Type()) {
		if fn, ok := m.(*types.Func); ok && fn.Pkg() != nil {
			methods = append(methods, fn)
		}
	}
	slices.SortFunc(methods, func(a, b *types.Func) int { return strings.Compare(a.Name(), b.Name()) })
	for _, fn := range methods {
		add(fn, docKey(fn), "method")
	}
	return list
}
