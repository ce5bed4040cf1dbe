package values

import (
	"go/types"
	"strconv"
	"strings"
)

// typeString is a type as package reflect names it.
func typeString(t types.Type) string {
	var b strings.Builder
	writeType(&b, t, (*types.Package).Name)
	return b.String()
}

// writeType writes t with its packages as qualify has them: by their names, but by
// their paths within the arguments of a generic type.
func writeType(b *strings.Builder, t types.Type, qualify types.Qualifier) {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		b.WriteString(types.Typ[t.Kind()].Name()) // uint8 for byte
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil {
			b.WriteString(qualify(p) + ".")
		}
		b.WriteString(t.Obj().Name())
		for i := range t.TypeArgs().Len() {
			b.WriteByte("[,"[min(i, 1)])
			writeType(b, t.TypeArgs().At(i), (*types.Package).Path)
		}
		if t.TypeArgs().Len() > 0 {
			b.WriteByte(']')
		}
	case *types.Pointer:
		b.WriteByte('*')
		writeType(b, t.Elem(), qualify)
	case *types.Slice:
		b.WriteString("[]")
		writeType(b, t.Elem(), qualify)
	case *types.Array:
		b.WriteString("[" + strconv.FormatInt(t.Len(), 10) + "]")
		writeType(b, t.Elem(), qualify)
	case *types.Map:
		b.WriteString("map[")
		writeType(b, t.Key(), qualify)
		b.WriteByte(']')
		writeType(b, t.Elem(), qualify)
	case *types.Chan:
		writeChan(b, t, qualify)
	case *types.Signature:
		b.WriteString("func")
		writeSignature(b, t, qualify)
	case *types.Struct:
		writeStruct(b, t, qualify)
	case *types.Interface:
		writeInterface(b, t, qualify)
	default:
		b.WriteString(types.TypeString(t, qualify))
	}
}

func writeChan(b *strings.Builder, t *types.Chan, qualify types.Qualifier) {
	b.WriteString(map[types.ChanDir]string{types.SendRecv: "chan ", types.SendOnly: "chan<- ", types.RecvOnly: "<-chan "}[t.Dir()])
	inner, ok := types.Unalias(t.Elem()).(*types.Chan)
	if ok && inner.Dir() == types.RecvOnly && t.Dir() == types.SendRecv {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	writeType(b, t.Elem(), qualify)
}

func writeSignature(b *strings.Builder, t *types.Signature, qualify types.Qualifier) {
	b.WriteByte('(')
	for i := range t.Params().Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		p := t.Params().At(i).Type()
		if s, ok := p.(*types.Slice); ok && t.Variadic() && i == t.Params().Len()-1 {
			b.WriteString("...")
			p = s.Elem()
		}
		writeType(b, p, qualify)
	}
	b.WriteByte(')')
	switch n := t.Results().Len(); n {
	case 0:
	case 1:
		b.WriteByte(' ')
		writeType(b, t.Results().At(0).Type(), qualify)
	default:
		for i := range n {
			b.WriteString([]string{" (", ", "}[min(i, 1)])
			writeType(b, t.Results().At(i).Type(), qualify)
		}
		b.WriteByte(')')
	}
}

func writeStruct(b *strings.Builder, t *types.Struct, qualify types.Qualifier) {
	b.WriteString("struct {")
	for i := range t.NumFields() {
		b.WriteString([]string{" ", "; "}[min(i, 1)])
		f := t.Field(i)
		if !f.Embedded() {
			b.WriteString(f.Name() + " ")
		}
		writeType(b, f.Type(), qualify)
		if t.Tag(i) != "" {
			b.WriteString(" " + strconv.Quote(t.Tag(i)))
		}
	}
	if t.NumFields() > 0 {
		b.WriteByte(' ')
	}
	b.WriteByte('}')
}

func writeInterface(b *strings.Builder, t *types.Interface, qualify types.Qualifier) {
	b.WriteString("interface {")
	for i := range t.NumMethods() {
		b.WriteString([]string{" ", "; "}[min(i, 1)])
		m := t.Method(i)
		if !m.Exported() && m.Pkg() != nil {
			b.WriteString(m.Pkg().Name() + ".")
		}
		b.WriteString(m.Name())
		writeSignature(b, m.Signature(), qualify)
	}
	if t.NumMethods() > 0 {
		b.WriteByte(' ')
	}
	b.WriteByte('}')
}
