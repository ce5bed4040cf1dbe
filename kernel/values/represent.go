package values

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"strconv"
	"unsafe"
)

// Unrepresentable says why a type has no representation.
type Unrepresentable struct{ Message string }

// Error returns the sentence.
func (e *Unrepresentable) Error() string { return e.Message }

func cannot(format string, args ...any) { panic(&Unrepresentable{fmt.Sprintf(format, args...)}) }

// Type returns the representation of a type without type parameters. It panics
// with an [*Unrepresentable] where there is none.
func (w *World) Type(t types.Type) *Type {
	w.lock.Lock()
	defer w.lock.Unlock()
	defer func() {
		if r := recover(); r != nil { // leave nothing half built
			for _, p := range w.patches {
				w.types.Delete(p.named)
				key, _ := w.versionKey(p.named)
				delete(w.versions, key)
			}
			w.depth, w.structs, w.indirect, w.tainted, w.patches = 0, 0, 0, false, nil
			clear(w.pending)
			panic(r)
		}
	}()
	return w.typeLocked(t)
}

func (w *World) typeLocked(t types.Type) *Type {
	if known, ok := w.types.At(t).(*Type); ok {
		return known
	}
	if known := w.version(t); known != nil {
		return known
	}
	outer := w.tainted
	w.tainted = false
	w.depth++
	r := w.represent(t)
	w.depth--
	tainted := w.tainted
	w.tainted = tainted || outer
	if w.depth == 0 {
		w.tainted = false
		w.patch()
	}
	if known, ok := w.types.At(t).(*Type); ok { // a declared struct, or made meanwhile as part of itself
		return known
	}
	result := &Type{Go: t, R: r, Own: mentionsOwn(t), world: w}
	switch {
	case !tainted:
		w.keep(result)
	case w.depth == 0:
		cannot("the interpreter has no type like %v, made of itself without a struct in between", t)
	}
	return result
}

// keep makes a finished type known.
func (w *World) keep(t *Type) {
	t.Name = w.serial("T")
	w.types.Set(t.Go, t)
	w.typeSymbols[t.Name] = reflect.Zero(reflect.PointerTo(t.R))
	if t.Own {
		key, _ := w.versionKey(t.Go)
		w.versions[key] = t
	}
}

// isOwnPackage reports whether a package object belongs to the session.
func isOwnPackage(p *types.Package) bool { return p != nil && p.Path() == "main" }

// mentionsOwn reports whether a type is written with a type of the session.
func mentionsOwn(t types.Type) bool {
	switch t := t.(type) {
	case *types.Alias:
		return mentionsOwn(types.Unalias(t))
	case *types.Named:
		return isOwnPackage(t.Obj().Pkg()) || t.TypeArgs().Len() > 0 // generic types lose their names
	case interface{ Elem() types.Type }:
		if m, ok := t.(*types.Map); ok && mentionsOwn(m.Key()) {
			return true
		}
		return mentionsOwn(t.Elem())
	case *types.Signature:
		for v := range t.Params().Variables() {
			if mentionsOwn(v.Type()) {
				return true
			}
		}
		for v := range t.Results().Variables() {
			if mentionsOwn(v.Type()) {
				return true
			}
		}
	case *types.Struct:
		return true // its unexported fields are represented under other names
	case *types.Interface:
		for m := range t.Methods() {
			if mentionsOwn(m.Type()) {
				return true
			}
		}
		return t.NumMethods() > 0
	}
	return false
}

var basics = map[types.BasicKind]reflect.Type{
	types.Bool: typeOf[bool](), types.String: typeOf[string](),
	types.Int: typeOf[int](), types.Int8: typeOf[int8](), types.Int16: typeOf[int16](), types.Int32: typeOf[int32](), types.Int64: typeOf[int64](),
	types.Uint: typeOf[uint](), types.Uint8: typeOf[uint8](), types.Uint16: typeOf[uint16](), types.Uint32: typeOf[uint32](), types.Uint64: typeOf[uint64](),
	types.Uintptr: typeOf[uintptr](), types.Float32: typeOf[float32](), types.Float64: typeOf[float64](),
	types.Complex64: typeOf[complex64](), types.Complex128: typeOf[complex128](),
	types.UntypedBool: typeOf[bool](), types.UntypedString: typeOf[string](), types.UntypedInt: typeOf[int](),
	types.UntypedRune: typeOf[rune](), types.UntypedFloat: typeOf[float64](), types.UntypedComplex: typeOf[complex128](),
}

var (
	anyType   = typeOf[any]()
	errorType = typeOf[error]()
	boolType  = typeOf[bool]()
	intType   = typeOf[int]()
)

// represent builds the reflect.Type of a type. It is called with the lock held.
func (w *World) represent(t types.Type) reflect.Type {
	sub := func(t types.Type) reflect.Type { return w.typeLocked(t).R }
	switch t.(type) {
	case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Signature:
		w.indirect++
		defer func() { w.indirect-- }()
	}
	switch t := t.(type) {
	case *types.Basic:
		if r, ok := basics[t.Kind()]; ok {
			return r
		}
		cannot("the interpreter has no values of type %v", t)
	case *types.Alias:
		return sub(types.Unalias(t))
	case *types.Named:
		return w.representNamed(t)
	case *types.Pointer:
		return reflect.PointerTo(sub(t.Elem()))
	case *types.Slice:
		return reflect.SliceOf(sub(t.Elem()))
	case *types.Array:
		return reflect.ArrayOf(int(t.Len()), sub(t.Elem()))
	case *types.Map:
		return reflect.MapOf(sub(t.Key()), sub(t.Elem()))
	case *types.Chan:
		dir := map[types.ChanDir]reflect.ChanDir{
			types.SendRecv: reflect.BothDir, types.SendOnly: reflect.SendDir, types.RecvOnly: reflect.RecvDir,
		}[t.Dir()]
		return reflect.ChanOf(dir, sub(t.Elem()))
	case *types.Signature:
		var in, out []reflect.Type
		for v := range t.Params().Variables() {
			in = append(in, sub(v.Type()))
		}
		for v := range t.Results().Variables() {
			out = append(out, sub(v.Type()))
		}
		return reflect.FuncOf(in, out, t.Variadic())
	case *types.Struct:
		r, _ := w.representStruct(t, "")
		return r
	case *types.Interface:
		return anyType
	case *types.TypeParam:
		cannot("the interpreter has no types declared inside generic functions that mention %v", t)
	}
	cannot("the interpreter has no values of type %v", t)
	return nil
}

func (w *World) representNamed(t *types.Named) reflect.Type {
	obj := t.Obj()
	switch {
	case obj.Pkg() == nil: // error and comparable
		if obj.Name() == "error" {
			return errorType
		}
		return anyType
	case !isOwnPackage(obj.Pkg()):
		if t.TypeArgs().Len() == 0 {
			if r, ok := w.natives.Type(obj.Pkg().Path(), obj.Name()); ok {
				return r
			}
			cannot("%s.%s is not available to cells", obj.Pkg().Name(), obj.Name())
		}
		if obj.Pkg().Path() == "sync/atomic" && obj.Name() == "Pointer" {
			return typeOf[AtomicPointer]()
		}
		if _, ok := t.Underlying().(*types.Signature); ok { // iter.Seq
			return w.typeLocked(t.Underlying()).R
		}
		cannot("the generic type %s.%s is not available to cells", obj.Pkg().Name(), obj.Name())
	}
	if p := w.pending[t]; p != nil {
		w.tainted = true
		return w.placeholder(p, t.Underlying())
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return w.representOther(t)
	}
	if r := w.nativeStruct(st); r != nil {
		return r
	}
	if w.structs > 0 && w.indirect > 0 {
		// Only what is laid out inside a type must stand before it. The rest comes
		// later, since it may have the type being built inside itself.
		w.tainted = true
		return typeOf[structPlaceholder]()
	}
	w.pending[t] = &pending{}
	w.structs++
	r, again := w.representStruct(st, w.serial(obj.Name()+"·"))
	w.structs--
	delete(w.pending, t)
	if w.types.At(t) == nil {
		w.keep(&Type{Go: t, R: r, Own: true, world: w})
	}
	for _, i := range again {
		w.patches = append(w.patches, patch{t, fieldSlot(r, i), r.Field(i).Type, st.Field(i).Type()})
	}
	w.tainted = false // the struct stands; its fields are mended in place
	return r
}

// pending is a declared type while it is built.
type pending struct {
	unique reflect.Type // of its placeholder, once it has met itself
}

// placeholder stands for a type inside itself. It is of the same kind, so that a
// struct with such a field is laid out as with the true one, and unlike all
// others, so that a type made with it is not shared.
func (w *World) placeholder(p *pending, t types.Type) reflect.Type {
	if _, ok := t.(*types.Struct); ok {
		return typeOf[structPlaceholder]()
	}
	if p.unique == nil {
		tag := reflect.StructTag(w.serial("itself "))
		p.unique = reflect.StructOf([]reflect.StructField{{Name: "X", Type: intType, Tag: tag}})
	}
	switch t.(type) {
	case *types.Signature:
		return reflect.FuncOf([]reflect.Type{p.unique}, nil, false)
	case *types.Slice:
		return reflect.SliceOf(p.unique)
	case *types.Map:
		return reflect.MapOf(intType, p.unique)
	case *types.Chan:
		return reflect.ChanOf(reflect.BothDir, p.unique)
	}
	return reflect.PointerTo(p.unique)
}

// nativeStruct is the type of a native package that a struct with fields of that
// package's own is the definition of, as with type Stamp time.Time.
func (w *World) nativeStruct(st *types.Struct) reflect.Type {
	for v := range st.Fields() {
		if v.Exported() || v.Pkg() == nil || isOwnPackage(v.Pkg()) {
			continue
		}
		scope := v.Pkg().Scope()
		for _, name := range scope.Names() {
			if obj, ok := scope.Lookup(name).(*types.TypeName); ok && obj.Type().Underlying() == st {
				return w.typeLocked(obj.Type()).R
			}
		}
		cannot("the interpreter has no structs with the unexported fields of package %s", v.Pkg().Name())
	}
	return nil
}

// structPlaceholder stands for a struct type inside itself, which it can be only
// behind a pointer or the like.
type structPlaceholder struct{ _ *structPlaceholder }

// representOther represents a declared type that is no struct. One that is made
// of itself gets its parts afterwards.
func (w *World) representOther(t *types.Named) reflect.Type {
	p := &pending{}
	w.pending[t] = p
	r := w.represent(t.Underlying())
	delete(w.pending, t)
	if p.unique == nil {
		return r
	}
	if w.types.At(t) == nil {
		w.keep(&Type{Go: t, R: r, Own: true, world: w})
	}
	add := func(slot unsafe.Pointer, old reflect.Type, part types.Type) {
		w.patches = append(w.patches, patch{t, slot, old, part})
	}
	switch u := t.Underlying().(type) {
	case *types.Signature:
		for i := range u.Params().Len() {
			add(funcSlot(r, i), r.In(i), u.Params().At(i).Type())
		}
		for i := range u.Results().Len() {
			add(funcSlot(r, r.NumIn()+i), r.Out(i), u.Results().At(i).Type())
		}
	case *types.Map:
		add(elemSlot(r, 0), r.Key(), u.Key())
		add(elemSlot(r, 1), r.Elem(), u.Elem())
	case interface{ Elem() types.Type }:
		add(elemSlot(r, 0), r.Elem(), u.Elem())
	}
	w.tainted = false // the type stands; its parts are mended in place
	return r
}

// patch is a part of a type to be exchanged for the true one.
type patch struct {
	named *types.Named
	slot  unsafe.Pointer
	old   reflect.Type
	typ   types.Type
}

// patch mends the types that hold placeholders. reflect cannot make a type that
// mentions itself, so the part is exchanged inside the finished type: pointers,
// slices, maps, channels and functions are laid out alike whatever they are of.
func (w *World) patch() {
	for len(w.patches) > 0 {
		list := w.patches
		w.patches = nil
		for _, p := range list {
			exchange(p.slot, p.old, w.typeLocked(p.typ).R)
		}
	}
}

// representStruct builds a struct; a tag makes that of a declared type unlike all
// others. again lists the fields with placeholders.
func (w *World) representStruct(st *types.Struct, unique string) (r reflect.Type, again []int) {
	indirect := w.indirect
	w.indirect = 0
	defer func() { w.indirect = indirect }()
	fields := make([]reflect.StructField, st.NumFields())
	for i := range fields {
		v := st.Field(i)
		w.tainted = false
		fields[i] = reflect.StructField{Name: FieldName(v, i), Type: w.typeLocked(v.Type()).R, Tag: reflect.StructTag(st.Tag(i))}
		if w.tainted {
			again = append(again, i)
		}
		if !ast.IsExported(v.Name()) {
			fields[i].Tag = `json:"-" xml:"-"`
		}
		if i == 0 && unique != "" {
			fields[i].Tag += reflect.StructTag(` gaspard:` + strconv.Quote(unique))
		}
		if v.Embedded() && ast.IsExported(v.Name()) && fields[i].Type.Kind() == reflect.Struct && isOwnNamed(v.Type()) {
			fields[i].Anonymous = true // encoders lay it out flat
		}
	}
	w.tainted = len(again) > 0
	return reflect.StructOf(fields), again
}

func isOwnNamed(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && isOwnPackage(n.Obj().Pkg())
}

// FieldName is the name of the i-th field of a struct in its representation:
// reflect makes no unexported fields.
func FieldName(v *types.Var, i int) string {
	if v.Name() == "_" {
		return "Xˑ" + strconv.Itoa(i)
	}
	if token.IsExported(v.Name()) || !isOwnPackage(v.Pkg()) && v.Pkg() != nil {
		return v.Name()
	}
	return "Xˑ" + v.Name()
}

// structHeader is the layout of a struct type in the runtime up to its fields.
type structHeader struct {
	size, ptrBytes uintptr
	hash           uint32
	flags          [4]uint8
	equal, gcData  unsafe.Pointer
	str, ptrToThis int32
	pkgPath        unsafe.Pointer
	fields         []structHeaderField
}

type structHeaderField struct {
	_   unsafe.Pointer // the name
	typ unsafe.Pointer
	_   uintptr // the offset
}

// pointerOf is the address of a type's descriptor.
func pointerOf(t reflect.Type) unsafe.Pointer {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&t))[1]
}

// fieldSlot is where a struct that reflect.StructOf made keeps a field's type.
func fieldSlot(st reflect.Type, i int) unsafe.Pointer {
	h := (*structHeader)(pointerOf(st))
	if len(h.fields) != st.NumField() {
		cannot("the interpreter has no recursive types on this version of Go")
	}
	return unsafe.Pointer(&h.fields[i].typ)
}

// typeHeader is how long the part is that all types have.
const typeHeader = unsafe.Offsetof(structHeader{}.pkgPath)

// elemSlot is where a slice, pointer or channel keeps its element type, and a
// map its key and then its element type.
func elemSlot(t reflect.Type, i int) unsafe.Pointer {
	return unsafe.Add(pointerOf(t), typeHeader+uintptr(i)*unsafe.Sizeof(uintptr(0)))
}

// funcSlot is where a function type that reflect.FuncOf made keeps a type:
// parameters first, then results, after two counts.
func funcSlot(t reflect.Type, i int) unsafe.Pointer { return elemSlot(t, 1+i) }

// exchange puts a type in the place of another one of its kind.
func exchange(slot unsafe.Pointer, old, t reflect.Type) {
	at := (*unsafe.Pointer)(slot)
	if *at != pointerOf(old) || old.Size() != t.Size() || old.Kind() != t.Kind() {
		cannot("the interpreter has no recursive types on this version of Go")
	}
	*at = pointerOf(t)
}
