package kernel

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strconv"
	"strings"

	"gaspard/kernel/symbols"
	"gaspard/kernel/worker"
)

// complete lists what may stand at a byte offset of a cell, and describes the
// call whose argument stands there.
func (s *Session) complete(code string, cursor int) worker.Reply {
	s.lock.Lock()
	defer s.lock.Unlock()
	cursor = min(max(cursor, 0), len(code))
	p := placeAt(code, cursor)
	reply := worker.Reply{OK: true, Start: p.start, End: cursor}
	if p.kind == placeNone {
		return reply
	}
	call, param := s.callAt(&p)
	reply.Call = call
	var list []worker.Match
	switch p.kind {
	case placeImport:
		reply.Matches = s.importPaths(p.word)
		return reply
	case placeString:
		reply.Start, reply.Matches = fileNames(&p)
		return reply
	case placeMember:
		list = s.membersAt(&p)
	case placeName:
		list = s.namesAt(&p, param)
	}
	reply.Matches = choose(list, p.word)
	return reply
}

// choose keeps what begins with a word, letter case aside only where nothing
// else does. Of equal names the first counts.
func choose(list []worker.Match, word string) []worker.Match {
	with := func(has func(text string) bool) []worker.Match {
		var kept []worker.Match
		for _, m := range list {
			if has(m.Text) {
				kept = append(kept, m)
			}
		}
		return kept
	}
	kept := with(func(text string) bool { return strings.HasPrefix(text, word) })
	if len(kept) == 0 {
		kept = with(func(text string) bool { return len(text) >= len(word) && strings.EqualFold(text[:len(word)], word) })
	}
	slices.SortStableFunc(kept, func(a, b worker.Match) int { return cmp.Compare(a.Text, b.Text) })
	return slices.CompactFunc(kept, func(a, b worker.Match) bool { return a.Text == b.Text })
}

// membersAt lists what may follow a dot: a package's exported names, the fields
// and methods of a value, the methods of a type.
func (s *Session) membersAt(p *place) []worker.Match {
	b := s.probe(p)
	if b == nil {
		return nil
	}
	pkg, t, isType := b.selected()
	var list []worker.Match
	switch {
	case pkg != nil:
		for _, name := range pkg.Scope().Names() {
			if member := pkg.Scope().Lookup(name); member.Exported() {
				list = append(list, match(member, name))
			}
		}
	case t != nil:
		for _, member := range members(t) {
			if _, isField := member.(*types.Var); !isField || !isType {
				list = append(list, match(member, member.Name()))
			}
		}
	}
	return list
}

// namesAt lists what a word can be that stands alone: a field in a composite
// literal, or a name or keyword. An empty word is answered with what a user may
// have in mind: variables that fit the parameter, or the session's own names.
func (s *Session) namesAt(p *place, param types.Type) []worker.Match {
	b := s.probe(p)
	if b != nil {
		if fields, only := fieldsAt(b, p.word); only {
			return fields
		}
	}
	var own []types.Object
	if b != nil {
		own = b.locals()
	}
	for _, name := range s.cells.Names() {
		obj, _, _, _ := s.cells.Lookup(name)
		own = append(own, obj)
	}
	var list []worker.Match
	for _, obj := range own {
		if p.word == "" && param != nil {
			if v, ok := obj.(*types.Var); !ok || !types.AssignableTo(v.Type(), param) {
				continue
			}
		}
		list = append(list, match(obj, obj.Name()))
	}
	if p.word == "" {
		return list
	}
	return append(list, s.everywhere(p)...)
}

// everywhere lists the names that need no declaration.
func (s *Session) everywhere(p *place) []worker.Match {
	var list []worker.Match
	for _, path := range (symbols.Set{Safe: s.limits.Safe}).Packages() {
		name := path[strings.LastIndexByte(path, '/')+1:]
		if chosen, ok := symbols.Preloaded(name); ok && (chosen == path || strings.HasPrefix(chosen, path+"/")) {
			list = append(list, worker.Match{Text: name, Kind: "package", Info: chosen})
		}
	}
	for _, tok := range keywords(p) {
		list = append(list, worker.Match{Text: tok.String(), Kind: "keyword"})
	}
	for _, name := range types.Universe.Names() {
		list = append(list, match(types.Universe.Lookup(name), name))
	}
	return list
}

// fieldsAt lists the fields that a composite literal has not set yet. It says
// whether nothing else can stand there.
func fieldsAt(b *probe, word string) (list []worker.Match, only bool) {
	st, lit := b.literal()
	if st == nil {
		return nil, false
	}
	set := map[string]bool{}
	for _, e := range lit.Elts {
		kv, keyed := e.(*ast.KeyValueExpr)
		if keyed {
			if id, ok := kv.Key.(*ast.Ident); ok {
				set[id.Name] = true
			}
		} else if e != b.parent(0) {
			return nil, false // by position
		}
	}
	fits := false
	for field := range st.Fields() {
		if (field.Exported() || field.Pkg().Path() == ownPackage.Path()) && !set[field.Name()] {
			m := match(field, field.Name())
			m.Text += ":"
			list = append(list, m)
			fits = fits || len(m.Text) > len(word) && strings.EqualFold(m.Text[:len(word)], word)
		}
	}
	return list, fits || len(lit.Elts) > 1
}

// keywords lists those that can begin what comes next.
func keywords(p *place) []token.Token {
	top := p.top()
	types := []token.Token{token.CHAN, token.FUNC, token.INTERFACE, token.MAP, token.STRUCT}
	switch {
	case p.prev == token.ELSE:
		return []token.Token{token.IF}
	case p.prev == token.RBRACE && !top.fresh && top.closed == token.IF:
		return []token.Token{token.ELSE}
	case top.header == token.FOR && (p.prev == token.FOR || p.prev == token.DEFINE || p.prev == token.ASSIGN):
		return append(types, token.RANGE)
	case !top.fresh || !top.isBlock():
		return types
	case (top.opener == token.SWITCH || top.opener == token.SELECT) && top.lead == token.ILLEGAL:
		return []token.Token{token.CASE, token.DEFAULT}
	}
	list := append(types, token.CONST, token.FOR, token.GO, token.GOTO, token.IF, token.SELECT, token.SWITCH, token.TYPE, token.VAR)
	within := func(openers ...token.Token) bool {
		for _, f := range slices.Backward(p.open) {
			if slices.Contains(openers, f.opener) {
				return true
			}
			if f.opener == token.FUNC {
				return false
			}
		}
		return false
	}
	if top.tok == token.ILLEGAL {
		list = append(list, token.IMPORT, token.PACKAGE)
	}
	if within(token.FUNC) {
		list = append(list, token.RETURN, token.DEFER)
	}
	if within(token.FOR) {
		list = append(list, token.CONTINUE)
	}
	if within(token.FOR, token.SWITCH, token.SELECT) {
		list = append(list, token.BREAK)
	}
	if top.opener == token.SWITCH || top.opener == token.SELECT {
		list = append(list, token.CASE, token.DEFAULT)
	}
	if top.opener == token.SWITCH {
		list = append(list, token.FALLTHROUGH)
	}
	return list
}

// importPaths lists the packages whose path, or the last element of it, begins
// like what is written.
func (s *Session) importPaths(word string) []worker.Match {
	var list []worker.Match
	for _, path := range (symbols.Set{Safe: s.limits.Safe}).Packages() {
		if strings.HasPrefix(path, word) || strings.HasPrefix(path[strings.LastIndexByte(path, '/')+1:], word) {
			list = append(list, worker.Match{Text: path, Kind: "package"})
		}
	}
	return list
}

// maxFiles bounds what is read of a folder.
const maxFiles = 2000

// fileNames lists what of the kernel's folder, or of the folder named so far, a
// string may go on with. It returns where the last element of the path starts.
func fileNames(p *place) (start int, list []worker.Match) {
	slash := strings.LastIndexByte(p.word, '/') + 1
	start = p.start + slash
	folder, base := p.word[:slash], p.word[slash:]
	if p.quote == '"' {
		if text, err := strconv.Unquote(`"` + folder + `"`); err == nil {
			folder = text
		}
	}
	if folder == "" {
		folder = "."
	}
	f, err := os.Open(folder)
	if err != nil {
		return start, nil
	}
	defer f.Close()
	entries, _ := f.ReadDir(maxFiles) // what there is, is enough
	for _, e := range entries {
		m := worker.Match{Text: e.Name(), Kind: "file"}
		if strings.HasPrefix(m.Text, ".") && !strings.HasPrefix(base, ".") {
			continue
		}
		if info, err := os.Stat(folder + "/" + e.Name()); err == nil && info.IsDir() {
			m.Text, m.Kind = m.Text+"/", "folder"
		}
		if quoted := strconv.Quote(m.Text); p.quote == '"' {
			m.Text = quoted[1 : len(quoted)-1]
		}
		if strings.HasPrefix(m.Text, base) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b worker.Match) int { return cmp.Compare(a.Text, b.Text) })
	return start, list
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
		if o.Type() == types.Typ[types.Invalid] {
			m.Info = ""
		}
		if o.IsField() {
			m.Kind = "field"
		}
	case *types.TypeName:
		m.Kind, m.Info = "type", typeInfo(o)
	case *types.Const:
		m.Kind, m.Info = "const", o.Val().String()
	case *types.Builtin:
		m.Kind = "func"
		if signature, _, ok := symbols.Doc("builtin", name); ok {
			m.Info = strings.TrimPrefix(signature, "func "+name)
		}
	case *types.PkgName:
		m.Kind, m.Info = "package", o.Imported().Path()
	default:
		m.Kind = "const"
	}
	return m
}

// typeInfo says what a type is made of, where that is short.
func typeInfo(o *types.TypeName) string {
	switch t := o.Type().Underlying().(type) {
	case *types.Struct:
		return "struct"
	case *types.Interface:
		return "interface"
	default:
		if text := types.TypeString(t, qualifyShort); text != o.Name() {
			return text
		}
	}
	return ""
}
