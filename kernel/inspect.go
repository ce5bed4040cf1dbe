package kernel

import (
	"go/types"
	"strings"
	"unicode"
	"unicode/utf8"

	"gaspard/kernel/symbols"
	"gaspard/kernel/worker"
)

// inspect documents the name at a byte offset: a package, something exported
// from one, a method or field, or a session name.
func (s *Session) inspect(code string, cursor int) *worker.Doc {
	s.lock.Lock()
	defer s.lock.Unlock()
	cursor = min(max(cursor, 0), len(code))
	for cursor < len(code) { // to the end of the name the cursor is in
		r, size := utf8.DecodeRuneInString(code[cursor:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		cursor += size
	}
	chain := dottedBefore(code, cursor)
	obj, pkg := s.resolve(chain)
	switch {
	case pkg != nil:
		_, text, _ := symbols.Doc(pkg.Path(), "")
		return &worker.Doc{Name: chain[0], Signature: "package " + pkg.Name(), Text: text, Where: pkg.Path()}
	case obj == nil:
		return nil
	}
	if _, text, cell, ok := s.cells.Lookup(chain[0]); ok && len(chain) == 1 {
		return s.inspectOwn(obj, chain[0], text, cell)
	}
	return documented(obj, strings.Join(chain, "."))
}

// inspectOwn documents a session name by the text that declared it, or by its
// type and value.
func (s *Session) inspectOwn(obj types.Object, name, text, cell string) *worker.Doc {
	doc := &worker.Doc{Name: name, Signature: strings.TrimSpace(text), Where: "cell " + cell}
	if v, ok := obj.(*types.Var); ok {
		doc.Signature = "var " + name + " " + types.TypeString(v.Type(), qualifyShort)
		for _, live := range s.cells.Vars() {
			if value, ok := s.engine.Value(live.Engine); ok && live.Name == name {
				doc.Value = summary(s.world, live.Type, value)
			}
		}
		if named := namedOf(v.Type()); named != nil && named.Obj().Pkg() != nil {
			_, doc.Text, _ = symbols.Doc(named.Obj().Pkg().Path(), named.Obj().Name())
		}
	}
	return doc
}

// documented looks an object up in the embedded documentation.
func documented(obj types.Object, name string) *worker.Doc {
	doc := &worker.Doc{Name: name, Signature: types.ObjectString(obj, qualifyShort)}
	if obj.Pkg() == nil {
		if sig, text, ok := symbols.Doc("builtin", obj.Name()); ok {
			doc.Signature, doc.Text = sig, text
		}
		doc.Where = "builtin"
		return doc
	}
	doc.Where = obj.Pkg().Path()
	key := obj.Name()
	if fn, ok := obj.(*types.Func); ok && fn.Signature().Recv() != nil {
		if named := namedOf(fn.Signature().Recv().Type()); named != nil {
			key = named.Obj().Name() + "." + key
		}
	}
	if sig, text, ok := symbols.Doc(doc.Where, key); ok {
		doc.Text = text
		if sig != "" {
			doc.Signature = sig
		}
	}
	return doc
}

// namedOf is the defined type behind a type or a pointer to it.
func namedOf(t types.Type) *types.Named {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, _ := types.Unalias(t).(*types.Named)
	return named
}
