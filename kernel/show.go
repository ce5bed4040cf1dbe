package kernel

import (
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"

	"gaspard/kernel/lang"
	"gaspard/kernel/values"
)

// Limits of what a shown value prints: enough to recognise it by, never a
// screenful.
const (
	maxElements = 60
	maxDepth    = 6
	maxText     = 6000
)

// Format writes a value the way a notebook shows it. The static type supplies
// the names that interpreted values have lost; it may be nil.
func Format(w *values.World, t types.Type, v reflect.Value) string {
	p := printer{world: w}
	p.value(t, v, 0, true)
	text := p.String()
	if len(text) > maxText {
		cut := maxText
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + " ..."
	}
	return text
}

// summary is a value on one line, shortened.
func summary(w *values.World, t types.Type, v reflect.Value) string {
	const limit = 70
	text := strings.Join(strings.Fields(Format(w, t, v)), " ")
	if utf8.RuneCountInString(text) > limit {
		text = string([]rune(text)[:limit-3]) + "..."
	}
	return text
}

type printer struct {
	strings.Builder
	world *values.World
}

// value prints v. At the top, strings are quoted and matrices laid out.
func (p *printer) value(t types.Type, v reflect.Value, depth int, top bool) {
	for v.IsValid() && v.Kind() == reflect.Interface && !v.IsNil() {
		v, t = v.Elem(), nil
	}
	if v.IsValid() && v.Type() == reflect.TypeFor[values.Box]() {
		box := v.Interface().(values.Box)
		t, v = box.T.Go, reflect.ValueOf(box.V)
	}
	if text, ok := p.ownText(t, v); ok {
		p.WriteString(text)
		return
	}
	if !v.IsValid() || v.Kind() == reflect.Interface {
		p.WriteString("nil")
		return
	}
	if text, ok := selfDescribing(v); ok {
		p.WriteString(text)
		return
	}
	if m, ok := asMatrix(v); ok {
		p.matrix(m, top)
		return
	}
	if depth > maxDepth {
		p.WriteString("...")
		return
	}
	switch v.Kind() {
	case reflect.String:
		p.named(t, v, "string", strconv.Quote(v.String()))
	case reflect.Pointer:
		p.pointer(t, v, depth)
	case reflect.Struct:
		p.structure(t, v, depth)
	case reflect.Slice, reflect.Array:
		p.list(t, v, depth)
	case reflect.Map:
		p.mapping(t, v, depth)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		if v.Kind() != reflect.UnsafePointer && v.IsNil() {
			p.WriteString("nil")
			return
		}
		p.WriteString(typeName(t, v))
	default:
		p.named(t, v, v.Kind().String(), plain(v))
	}
}

// ownText asks a value of a type that the session declares for its text.
func (p *printer) ownText(t types.Type, v reflect.Value) (text string, ok bool) {
	if t == nil || p.world == nil || !v.IsValid() || !v.CanInterface() || v.Kind() == reflect.Pointer && v.IsNil() {
		return "", false
	}
	if named := namedOf(t); named == nil || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != "main" || types.IsInterface(t) {
		return "", false
	}
	box := values.Box{T: p.world.Type(t), V: v.Interface()}
	defer func() {
		if r := recover(); r != nil { // a String method that panics must not cost the user the value
			text, ok = fmt.Sprintf("%%!v(PANIC=%v)", unwrap(r)), true
		}
	}()
	return box.Text()
}

// selfDescribing asks a value for its own text. A nil pointer is not asked.
func selfDescribing(v reflect.Value) (text string, ok bool) {
	if !v.CanInterface() || v.Kind() == reflect.Pointer && v.IsNil() {
		return "", false
	}
	defer func() {
		if r := recover(); r != nil { // a String method that panics must not cost the user the value
			text, ok = fmt.Sprintf("%%!v(PANIC=%v)", unwrap(r)), true
		}
	}()
	switch x := v.Interface().(type) {
	case error:
		return x.Error(), true
	case fmt.Stringer:
		return x.String(), true
	}
	return "", false
}

func asMatrix(v reflect.Value) (mat.Matrix, bool) {
	if !v.CanInterface() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, false
	}
	m, ok := v.Interface().(mat.Matrix)
	return m, ok
}

// matrix prints a matrix's size and its corners.
func (p *printer) matrix(m mat.Matrix, top bool) {
	rows, cols := m.Dims()
	name := strings.TrimPrefix(fmt.Sprintf("%T", m), "*")
	if rows == 0 || cols == 0 || !top {
		fmt.Fprintf(p, "%s %d×%d", name, rows, cols)
		return
	}
	const corner = 4
	if rows <= 2*corner && cols <= 2*corner {
		fmt.Fprintf(p, "%s %d×%d\n%.5g", name, rows, cols, mat.Formatted(m))
		return
	}
	_, body, _ := strings.Cut(fmt.Sprintf("%.5g", mat.Formatted(m, mat.Excerpt(corner))), "\n")
	fmt.Fprintf(p, "%s %d×%d\n%s", name, rows, cols, strings.TrimLeft(body, "\n"))
}

// named prints a basic value, with its type where that says more than the value
// does.
func (p *printer) named(t types.Type, v reflect.Value, kind, text string) {
	if name := typeName(t, v); name != kind {
		switch name {
		case "int", "float64", "bool", "complex128", "untyped nil", "byte", "rune":
		default:
			fmt.Fprintf(p, "%s(%s)", name, text)
			return
		}
	}
	p.WriteString(text)
}

func plain(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Float32:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	}
	return fmt.Sprint(v)
}

// typeName prefers the checker's name: what the interpreter calls a session
// type is an anonymous struct.
func typeName(t types.Type, v reflect.Value) string {
	if t == nil {
		return v.Type().String()
	}
	if _, ok := t.Underlying().(*types.Interface); ok {
		return v.Type().String()
	}
	return typeText(t)
}

// typeText writes a type as Go prints it at run time, main.Pair[int,string].
func typeText(t types.Type) string {
	switch u := t.(type) {
	case *types.Named:
		if u.TypeArgs().Len() == 0 {
			break
		}
		var args []string
		for arg := range u.TypeArgs().Types() {
			args = append(args, typeText(arg))
		}
		name := u.Obj().Name()
		if u.Obj().Pkg() != nil {
			name = qualify(u.Obj().Pkg()) + "." + name
		}
		return name + "[" + strings.Join(args, ",") + "]"
	case *types.Pointer:
		return "*" + typeText(u.Elem())
	case *types.Slice:
		return "[]" + typeText(u.Elem())
	case *types.Chan:
		if u.Dir() == types.SendRecv {
			return "chan " + typeText(u.Elem())
		}
	case *types.Map:
		return "map[" + typeText(u.Key()) + "]" + typeText(u.Elem())
	}
	return types.TypeString(t, qualify)
}

// qualify names session types as Go prints them, main.Point.
func qualify(pkg *types.Package) string {
	if name := lang.QualifyTypes(pkg); name != "" {
		return name
	}
	return "main"
}

func (p *printer) pointer(t types.Type, v reflect.Value, depth int) {
	if v.IsNil() {
		p.WriteString("nil")
		return
	}
	if k := v.Elem().Kind(); k == reflect.Struct || k == reflect.Slice || k == reflect.Map || k == reflect.Array {
		p.WriteString("&")
		p.value(elemType(t), v.Elem(), depth+1, false)
		return
	}
	fmt.Fprintf(p, "(%s)(%#x)", typeName(t, v), v.Pointer())
}

func (p *printer) structure(t types.Type, v reflect.Value, depth int) {
	var st *types.Struct
	if t != nil {
		st, _ = t.Underlying().(*types.Struct)
	}
	p.WriteString(typeName(t, v))
	p.WriteByte('{')
	for i := range v.NumField() {
		if i > 0 {
			p.WriteString(", ")
		}
		name, ft := v.Type().Field(i).Name, types.Type(nil)
		if st != nil && st.NumFields() == v.NumField() {
			name, ft = st.Field(i).Name(), st.Field(i).Type()
		}
		p.WriteString(lang.UserName(name) + ":")
		p.value(ft, v.Field(i), depth+1, false)
	}
	p.WriteByte('}')
}

func (p *printer) list(t types.Type, v reflect.Value, depth int) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		p.WriteString(typeName(t, v) + "(nil)")
		return
	}
	if v.CanInterface() {
		if b, ok := v.Interface().([]byte); ok && utf8.Valid(b) {
			fmt.Fprintf(p, "[]byte(%q)", b[:min(len(b), maxText)])
			return
		}
	}
	if n, ok := t.(*types.Named); ok {
		p.WriteString(typeText(n))
	}
	p.WriteByte('[')
	for i := range min(v.Len(), maxElements) {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.value(elemType(t), v.Index(i), depth+1, false)
	}
	if v.Len() > maxElements {
		fmt.Fprintf(p, " ...] (%d elements)", v.Len())
		return
	}
	p.WriteByte(']')
}

func (p *printer) mapping(t types.Type, v reflect.Value, depth int) {
	if v.IsNil() {
		p.WriteString(typeName(t, v) + "(nil)")
		return
	}
	var keyType types.Type
	if t != nil {
		if m, ok := t.Underlying().(*types.Map); ok {
			keyType = m.Key()
		}
	}
	type entry struct {
		key   reflect.Value
		text  string
		value reflect.Value
	}
	var entries []entry
	for iter := v.MapRange(); iter.Next(); {
		key := printer{world: p.world}
		key.value(keyType, iter.Key(), depth+1, false)
		entries = append(entries, entry{iter.Key(), key.String(), iter.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.key.CanInt() && b.key.CanInt() {
			return int(min(max(a.key.Int()-b.key.Int(), -1), 1))
		}
		return strings.Compare(a.text, b.text)
	})
	if n, ok := t.(*types.Named); ok {
		p.WriteString(typeText(n) + "[")
	} else {
		p.WriteString("map[")
	}
	for i, e := range entries[:min(len(entries), maxElements)] {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.WriteString(e.text + ":")
		p.value(elemType(t), e.value, depth+1, false)
	}
	if len(entries) > maxElements {
		fmt.Fprintf(p, " ...] (%d entries)", len(entries))
		return
	}
	p.WriteByte(']')
}

func elemType(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	if e, ok := t.Underlying().(interface{ Elem() types.Type }); ok {
		return e.Elem()
	}
	return nil
}

// panicText prints a panic's value as the runtime does, plain sentences plainly.
func panicText(value any) string {
	switch v := value.(type) {
	case error:
		return goWords(v.Error())
	case fmt.Stringer:
		return v.String()
	case string:
		return goWords(v)
	}
	return fmt.Sprintf("%v", value)
}

// goWords turns what reflection says of a fault in interpreted code into what
// the Go runtime says of it.
func goWords(text string) string {
	if !strings.HasPrefix(text, "reflect: ") && !strings.HasPrefix(text, "reflect.") {
		return text
	}
	for _, known := range []struct{ part, words string }{
		{"Method on nil interface value", "runtime error: invalid memory address or nil pointer dereference"},
		{"on zero Value", "runtime error: invalid memory address or nil pointer dereference"},
		{"index out of range", "runtime error: index out of range"},
		{"slice bounds out of range", "runtime error: slice bounds out of range"},
		{"call of nil function", "runtime error: invalid memory address or nil pointer dereference"},
	} {
		if strings.Contains(text, known.part) {
			return known.words
		}
	}
	return text
}
