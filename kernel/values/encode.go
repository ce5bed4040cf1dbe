package values

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"go/types"
	"reflect"
	"strings"
)

// Encoding returns, by engine package, the functions of encoding/json that see
// the types of the session: their methods MarshalJSON, MarshalText,
// UnmarshalJSON and UnmarshalText, and their embedded fields.
func (w *World) Encoding() map[string]map[string]reflect.Value {
	return map[string]map[string]reflect.Value{"encoding/json/json": symbols(map[string]any{
		"Marshal": func(v any) ([]byte, error) {
			b, err := json.Marshal(w.forMarshal(v))
			return b, named(err)
		},
		"MarshalIndent": func(v any, prefix, indent string) ([]byte, error) {
			b, err := json.MarshalIndent(w.forMarshal(v), prefix, indent)
			return b, named(err)
		},
		"Unmarshal": w.unmarshal,
	})}
}

// ForJSON is what to hand to a native encoder or decoder of JSON in place of a
// value: the value itself, what is in its box, or something that encodes and
// decodes itself as the value would.
func (w *World) ForJSON(v any) any {
	v = w.Plain(v)
	r := reflect.ValueOf(v)
	b, boxed := v.(Box)
	if boxed {
		r = reflect.ValueOf(b.V)
	}
	if r.Kind() != reflect.Pointer || r.IsNil() {
		return w.forMarshal(v)
	}
	d := &decoder{encoder: encoder{printer: printer{world: w}, views: map[types.Type]bool{}}}
	o := d.held(reflect.ValueOf(v), open)
	if d.needs(o) || !d.plain(o.t, map[types.Type]bool{}) {
		return &jsonPointer{w, v}
	}
	return r.Interface()
}

// jsonPointer is a pointer to encode or to decode what it points to.
type jsonPointer struct {
	w *World
	v any
}

// MarshalJSON encodes the value; what is done about HTML is the encoder's choice.
func (p *jsonPointer) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(p.w.forMarshal(p.v))
	return out.Bytes(), named(err)
}

// UnmarshalJSON decodes into the value.
func (p *jsonPointer) UnmarshalJSON(data []byte) error { return p.w.unmarshal(data, p.v) }

// jsonMethod is a value with a method MarshalJSON, in a view.
type jsonMethod struct {
	w *World
	o place
}

// MarshalJSON calls the method.
func (m jsonMethod) MarshalJSON() ([]byte, error) {
	return m.w.marshalBy(m.o, "MarshalJSON")
}

// textMethod is a value with a method MarshalText, in a view.
type textMethod struct {
	w *World
	o place
}

// MarshalText calls the method.
func (m textMethod) MarshalText() ([]byte, error) { return m.w.marshalBy(m.o, "MarshalText") }

func (w *World) marshalBy(o place, method string) ([]byte, error) {
	out := w.invoke(o.t, o.v, method)
	if err, _ := out[1].Interface().(error); err != nil {
		return nil, &methodError{typeString(o.t), method, err}
	}
	return out[0].Bytes(), nil
}

// methodError is an error from a method of a type of the session, or, without
// names, from the making of a view. encoding/json would name the type of the
// view.
type methodError struct {
	typ, method string
	err         error
}

func (e *methodError) Error() string {
	return "json: error calling " + e.method + " for type " + e.typ + ": " + e.err.Error()
}

func (e *methodError) Unwrap() error { return e.err }

// named gives an error of encoding/json the names of the session's types.
func named(err error) error {
	var method *methodError
	if !errors.As(err, &method) {
		return err
	}
	if method.typ == "" {
		return method.err
	}
	return method
}

// failure is a view of what cannot be encoded.
type failure struct{ err error }

// MarshalJSON fails.
func (f failure) MarshalJSON() ([]byte, error) { return nil, &methodError{err: f.err} }

// forMarshal is a view of a value for json.Marshal.
func (w *World) forMarshal(v any) any {
	e := &encoder{printer: printer{world: w}, views: map[types.Type]bool{}, path: map[step]bool{}}
	o := e.held(reflect.ValueOf(v), open)
	if !o.v.IsValid() {
		return nil
	}
	return e.view(o)
}

// encoder makes views of values: values of other types, or partly so, that
// encoding/json writes as it would write the originals in compiled Go.
type encoder struct {
	printer
	views map[types.Type]bool // whether values of a type need a view
	path  map[step]bool       // pointers being followed
}

// step is a pointer, map or slice being followed; without an address, an
// embedded pointer of a type.
type step struct {
	address uintptr
	t       reflect.Type
}

// needs reports whether values of a type need a view.
func (e *encoder) needs(o place) bool {
	if o.t == nil {
		return nativeNeeds(o.v.Type(), map[reflect.Type]bool{})
	}
	if known, ok := e.views[o.t]; ok {
		return known
	}
	e.views[o.t] = true
	known := e.typeNeeds(o.t, map[types.Type]bool{})
	e.views[o.t] = known
	return known
}

var jsonMethods = []struct{ name, signature string }{
	{"MarshalJSON", "func() ([]uint8, error)"}, {"MarshalText", "func() ([]uint8, error)"},
}

func (e *encoder) typeNeeds(t types.Type, seen map[types.Type]bool) bool {
	t = types.Unalias(t)
	if seen[t] {
		return false
	}
	seen[t] = true
	if !mentionsOwn(t) {
		return nativeNeeds(e.world.Type(t).R, map[reflect.Type]bool{})
	}
	for _, m := range jsonMethods {
		if hasMethod(t, m.name, m.signature) || hasMethod(types.NewPointer(t), m.name, m.signature) {
			return true
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return true
	case *types.Map:
		return e.typeNeeds(u.Key(), seen) || e.typeNeeds(u.Elem(), seen)
	case *types.Struct:
		for i := range u.NumFields() {
			f := u.Field(i)
			if f.Embedded() || f.Exported() && (tagOption(u.Tag(i), "omitzero") || e.typeNeeds(f.Type(), seen)) {
				return true
			}
		}
	case interface{ Elem() types.Type }:
		return e.typeNeeds(u.Elem(), seen)
	}
	return false
}

// nativeNeeds reports whether encoding/json meets interfaces in a native type.
func nativeNeeds(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || t.Kind() != reflect.Interface && t.Implements(typeOf[json.Marshaler]()) {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Pointer:
		return nativeNeeds(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && nativeNeeds(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

// tagOption reports whether a field's tag gives encoding/json an option.
func tagOption(tag, option string) bool {
	_, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	for o := range strings.SplitSeq(options, ",") {
		if o == option {
			return true
		}
	}
	return false
}

// method finds the method that encodes a value, and the value or its address to
// call it on.
func (e *encoder) method(o place) any {
	if o.t == nil {
		return nil
	}
	for i, m := range jsonMethods {
		recv := o
		if !hasMethod(o.t, m.name, m.signature) {
			recv.t = types.NewPointer(o.t)
			if !o.v.CanAddr() || !hasMethod(recv.t, m.name, m.signature) {
				continue
			}
			recv.v = o.v.Addr()
		}
		if i == 0 {
			return jsonMethod{e.world, recv}
		}
		return textMethod{e.world, recv}
	}
	return nil
}

// view is what to encode in place of a value.
func (e *encoder) view(o place) any {
	v := o.v
	switch {
	case v.Kind() == reflect.Interface && v.IsNil(), v.Kind() == reflect.Pointer && v.IsNil():
		return nil
	case v.Kind() == reflect.Interface:
		return e.view(e.held(v.Elem(), open))
	}
	if m := e.method(o); m != nil {
		return m
	}
	if !e.needs(o) {
		if v.CanAddr() { // its address may have methods that it has not
			return v.Addr().Interface()
		}
		return v.Interface()
	}
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		fallthrough
	case reflect.Pointer, reflect.Map:
		via := step{v.Pointer(), v.Type()}
		if v.Pointer() != 0 && e.path[via] {
			return failure{&json.UnsupportedValueError{Value: v, Str: "encountered a cycle via " + e.typeName(o)}}
		}
		e.path[via] = true
		defer delete(e.path, via)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return e.view(e.at(elementType(o.t), v.Elem(), open))
	case reflect.Struct:
		s := e.structView(o, false)
		if v.CanAddr() {
			s = s.Addr()
		}
		return s.Interface()
	case reflect.Map:
		return e.mapView(o)
	case reflect.Slice, reflect.Array:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = e.view(e.at(elementType(o.t), v.Index(i), open))
		}
		return list
	}
	return v.Interface()
}

func (e *encoder) mapView(o place) any {
	var kt, et types.Type
	if o.t != nil {
		m := o.t.Underlying().(*types.Map)
		kt, et = m.Key(), m.Elem()
	}
	key := o.v.Type().Key()
	if k := key.Kind(); k != reflect.String && (k < reflect.Int || k > reflect.Uintptr) && !key.Implements(typeOf[encoding.TextMarshaler]()) &&
		(kt == nil || !hasMethod(kt, "MarshalText", jsonMethods[1].signature)) {
		return failure{errors.New("json: unsupported type: " + e.typeName(o))}
	}
	if o.v.IsNil() {
		return nil
	}
	textual := kt != nil && key.Kind() != reflect.String && hasMethod(kt, "MarshalText", jsonMethods[1].signature)
	if textual {
		key = typeOf[string]()
	}
	m := reflect.MakeMap(reflect.MapOf(key, anyType))
	for it := o.v.MapRange(); it.Next(); {
		k := it.Key()
		if textual {
			text, err := e.world.marshalBy(e.at(kt, k, open), "MarshalText")
			if err != nil {
				return failure{fmt.Errorf("json: encoding error for type %q: %q", e.typeName(o), errors.Unwrap(err).Error())}
			}
			k = reflect.ValueOf(string(text))
		}
		m.SetMapIndex(k, asValue(e.view(e.at(et, it.Value(), open)), anyType))
	}
	return m.Interface()
}

// structField is a field as encoding/json looks at it.
type structField struct {
	name              string
	tag               reflect.StructTag
	exported, embeds  bool // embeds: its own fields count as the struct's
	skipped, embedded bool
}

func (e *encoder) structField(o place, i int) structField {
	var f structField
	if o.t == nil {
		r := o.v.Type().Field(i)
		f = structField{name: r.Name, tag: r.Tag, exported: r.IsExported(), embedded: r.Anonymous}
	} else {
		st := o.t.Underlying().(*types.Struct)
		v := st.Field(i)
		f = structField{name: v.Name(), tag: reflect.StructTag(st.Tag(i)), exported: v.Exported(), embedded: v.Embedded()}
	}
	t := o.v.Type().Field(i).Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	tag := f.tag.Get("json")
	key, _, _ := strings.Cut(tag, ",")
	isStruct := t.Kind() == reflect.Struct
	f.skipped = tag == "-" || !f.exported && !(f.embedded && isStruct)
	f.embeds = f.embedded && isStruct && key == ""
	if !f.exported {
		f.name = "Xˑ" + f.name
	}
	return f
}

// structView is a struct with the fields of another. The values of fields that
// need a view are in interfaces. With shapeOnly set, the values do not matter.
func (e *encoder) structView(o place, shapeOnly bool) reflect.Value {
	var fields []reflect.StructField
	var values []reflect.Value
	add := func(f structField, tag reflect.StructTag, v reflect.Value) {
		fields = append(fields, reflect.StructField{Name: f.name, Type: v.Type(), Tag: tag, Anonymous: f.embeds})
		values = append(values, v)
	}
	for i := range o.v.NumField() {
		f := e.structField(o, i)
		_, p := e.field(o, i)
		switch {
		case f.skipped || !f.embeds && !p.v.CanInterface():
		case f.embeds:
			if v := e.embeddedView(p, shapeOnly); v.IsValid() {
				add(f, f.tag, v)
			}
		case !e.needs(p) && !tagOption(string(f.tag), "omitzero"):
			add(f, f.tag, p.v)
		case shapeOnly || e.omitted(p, f.tag):
			add(f, f.tag, reflect.Zero(anyType))
		default:
			name, _, _ := strings.Cut(f.tag.Get("json"), ",")
			add(f, reflect.StructTag(fmt.Sprintf("json:%q", name+",")), asValue(e.view(p), anyType))
		}
	}
	s := reflect.New(reflect.StructOf(fields)).Elem()
	for i, v := range values {
		s.Field(i).Set(v)
	}
	return s
}

// embeddedView is the view of an embedded struct, whose methods do not count.
// It is invalid for one that is inside itself.
func (e *encoder) embeddedView(o place, shapeOnly bool) reflect.Value {
	if o.v.Kind() != reflect.Pointer {
		return e.structView(o, shapeOnly)
	}
	elem := o.v.Elem()
	isNil := o.v.IsNil()
	if isNil {
		elem = reflect.Zero(o.v.Type().Elem())
	}
	id := step{t: elem.Type()}
	if e.path[id] {
		return reflect.Value{}
	}
	e.path[id] = true
	defer delete(e.path, id)
	v := e.structView(e.at(elementType(o.t), elem, open), shapeOnly || isNil).Addr()
	if isNil {
		return reflect.Zero(v.Type())
	}
	return v
}

// omitted reports whether a field's options leave it out.
func (e *encoder) omitted(o place, tag reflect.StructTag) bool {
	if tagOption(string(tag), "omitempty") {
		switch o.v.Kind() {
		case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
			if o.v.Len() == 0 {
				return true
			}
		case reflect.Struct:
		default:
			if o.v.IsZero() {
				return true
			}
		}
	}
	if !tagOption(string(tag), "omitzero") {
		return false
	}
	const signature = "func() bool"
	switch {
	case o.v.Kind() == reflect.Pointer && o.v.IsNil() || o.v.Kind() == reflect.Interface && o.v.IsNil():
		return true
	case o.t == nil:
		if z, ok := o.v.Interface().(interface{ IsZero() bool }); ok {
			return z.IsZero()
		}
	case hasMethod(o.t, "IsZero", signature):
		return e.world.invoke(o.t, o.v, "IsZero")[0].Bool()
	case o.v.CanAddr() && hasMethod(types.NewPointer(o.t), "IsZero", signature):
		return e.world.invoke(types.NewPointer(o.t), o.v.Addr(), "IsZero")[0].Bool()
	}
	return o.v.IsZero()
}
