package values

import (
	"go/types"
	"strconv"
	"strings"
)

// typeString is a type as package reflect names it.
func typeString(t types.Type) string {
	var b strings.Builder
	writeType(&b, t)
	return b.String()
}

func writeType(b *strings.Builder, t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		b.WriteString(types.Typ[t.Kind()].Name()) // uint8 for byte
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil {
			b.WriteString(p.Name() + ".")
		}
		b.WriteString(t.Obj().Name())
		for i := range t.TypeArgs().Len() {
			b.WriteByte("[,"[min(i, 1)])
			writeArgument(b, t.TypeArgs().At(i))
		}
		if t.TypeArgs().Len() > 0 {
			b.WriteByte(']')
		}
	case *types.Pointer:
		b.WriteByte('*')
		writeType(b, t.Elem())
	case *types.Slice:
		b.WriteString("[]")
		writeType(b, t.Elem())
	case *types.Array:
		b.WriteString("[" + strconv.FormatInt(t.Len(), 10) + "]")
		writeType(b, t.Elem())
	case *types.Map:
		b.WriteString("map[")
		writeType(b, t.Key())
		b.WriteByte(']')
		writeType(b, t.Elem())
	case *types.Chan:
		writeChan(b, t)
	case *types.Signature:
		b.WriteString("func")
		writeSignature(b, t)
	case *types.Struct:
		writeStruct(b, t)
	case *types.Interface:
		writeInterface(b, t)
	default:
		b.WriteString(types.TypeString(t, (*types.Package).Name))
	}
}

// writeArgument writes a type as an argument of a generic one, where packages go
// by their paths.
func writeArgument(b *strings.Builder, t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil {
			b.WriteString(p.Path() + ".")
		}
		b.WriteString(t.Obj().Name())
		for i := range t.TypeArgs().Len() {
			b.WriteByte("[,"[min(i, 1)])
			writeArgument(b, t.TypeArgs().At(i))
		}
		if t.TypeArgs().Len() > 0 {
			b.WriteByte(']')
		}
	case *types.Pointer:
		b.WriteByte('*')
		writeArgument(b, t.Elem())
	case *types.Slice:
		b.WriteString("[]")
		writeArgument(b, t.Elem())
	case *types.Array:
		b.WriteString("[" + strconv.FormatInt(t.Len(), 10) + "]")
		writeArgument(b, t.Elem())
	case *types.Map:
		b.WriteString("map[")
		writeArgument(b, t.Key())
		b.WriteByte(']')
		writeArgument(b, t.Elem())
	case *types.Basic, *types.Interface, *types.Struct, *types.Signature, *types.Chan:
		writeType(b, t)
	default:
		b.WriteString(types.TypeString(t, (*types.Package).Path))
	}
}

func writeChan(b *strings.Builder, t *types.Chan) {
	b.WriteString(map[types.ChanDir]string{types.SendRecv: "chan ", types.SendOnly: "chan<- ", types.RecvOnly: "<-chan "}[t.Dir()])
	elem := typeString(t.Elem())
	if strings.HasPrefix(elem, "<-") && t.Dir() == types.SendRecv {
		elem = "(" + elem + ")"
	}
	b.WriteString(elem)
}

func writeSignature(b *strings.Builder, t *types.Signature) {
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
		writeType(b, p)
	}
	b.WriteByte(')')
	switch n := t.Results().Len(); n {
	case 0:
	case 1:
		b.WriteByte(' ')
		writeType(b, t.Results().At(0).Type())
	default:
		for i := range n {
			b.WriteString([]string{" (", ", "}[min(i, 1)])
			writeType(b, t.Results().At(i).Type())
		}
		b.WriteByte(')')
	}
}

func writeStruct(b *strings.Builder, t *types.Struct) {
	b.WriteString("struct {")
	for i := range t.NumFields() {
		b.WriteString([]string{" ", "; "}[min(i, 1)])
		f := t.Field(i)
		if !f.Embedded() {
			b.WriteString(f.Name() + " ")
		}
		writeType(b, f.Type())
		if t.Tag(i) != "" {
			b.WriteString(" " + strconv.Quote(t.Tag(i)))
		}
	}
	if t.NumFields() > 0 {
		b.WriteByte(' ')
	}
	b.WriteByte('}')
}

func writeInterface(b *strings.Builder, t *types.Interface) {
	b.WriteString("interface {")
	for i := range t.NumMethods() {
		b.WriteString([]string{" ", "; "}[min(i, 1)])
		m := t.Method(i)
		if !m.Exported() && m.Pkg() != nil {
			b.WriteString(m.Pkg().Name() + ".")
		}
		b.WriteString(m.Name())
		writeSignature(b, m.Signature())
	}
	if t.NumMethods() > 0 {
		b.WriteByte(' ')
	}
	b.WriteByte('}')
}
