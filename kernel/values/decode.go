package values

import (
	"encoding/json"
	"fmt"
	"go/types"
	"reflect"
)

// unmarshal is json.Unmarshal.
func (w *World) unmarshal(data []byte, v any) error {
	b, ok := w.Plain(v).(Box)
	if !ok {
		return json.Unmarshal(data, v)
	}
	d := &decoder{encoder: encoder{printer: printer{world: w}}}
	o := d.held(reflect.ValueOf(b), open)
	if o.v.Kind() != reflect.Pointer || o.v.IsNil() {
		return json.Unmarshal(data, b.V) // which says what is wrong
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return err
	}
	d.decode(whole, d.at(elementType(b.T.Go), o.v.Elem(), open))
	return d.err
}

// decoder decodes level by level where values have methods of their own or
// fields that encoding/json does not find in the representation. As there, a
// value of the wrong type does not end the decoding.
type decoder struct {
	encoder
	err error // the first
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// unmarshaling is the signature of UnmarshalJSON and UnmarshalText.
const unmarshaling = "func([]uint8) error"

// plain reports whether encoding/json decodes into the representation of a type
// as it would into the type.
func (d *decoder) plain(t types.Type, seen map[types.Type]bool) bool {
	if t == nil || seen[types.Unalias(t)] || !mentionsOwn(t) {
		return true
	}
	t = types.Unalias(t)
	seen[t] = true
	if p := types.NewPointer(t); hasMethod(p, "UnmarshalJSON", unmarshaling) || hasMethod(p, "UnmarshalText", unmarshaling) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return u.NumMethods() == 0
	case *types.Map:
		return d.plain(u.Key(), seen) && d.plain(u.Elem(), seen)
	case *types.Struct:
		for f := range u.Fields() {
			if f.Embedded() || f.Exported() && !d.plain(f.Type(), seen) {
				return false
			}
		}
	case interface{ Elem() types.Type }:
		return d.plain(u.Elem(), seen)
	}
	return true
}

// decode decodes into an addressable value.
func (d *decoder) decode(data json.RawMessage, o place) {
	isNull := string(data) == "null"
	switch {
	case d.plain(o.t, map[types.Type]bool{}):
		if err := json.Unmarshal(data, o.v.Addr().Interface()); err != nil {
			d.fail(err)
		}
		return
	case o.v.Kind() == reflect.Pointer && isNull:
		o.v.SetZero()
		return
	case o.v.Kind() == reflect.Pointer:
		if o.v.IsNil() {
			o.v.Set(reflect.New(o.v.Type().Elem()))
		}
		d.decode(data, d.at(elementType(o.t), o.v.Elem(), open))
		return
	}
	p := types.NewPointer(o.t)
	switch {
	case hasMethod(p, "UnmarshalJSON", unmarshaling):
		d.call(p, o, "UnmarshalJSON", data)
		return
	case hasMethod(p, "UnmarshalText", unmarshaling):
		var text string
		switch {
		case isNull:
		case json.Unmarshal(data, &text) != nil:
			d.mismatch(data, o)
		default:
			d.call(p, o, "UnmarshalText", []byte(text))
		}
		return
	}
	switch o.v.Kind() {
	case reflect.Struct:
		d.decodeStruct(data, o)
	case reflect.Map:
		d.decodeMap(data, o)
	case reflect.Slice, reflect.Array:
		d.decodeList(data, o)
	case reflect.Interface:
		if isNull {
			o.v.SetZero()
		} else {
			d.mismatch(data, o)
		}
	}
}

func (d *decoder) call(pointer types.Type, o place, method string, data []byte) {
	out := d.world.invoke(pointer, o.v.Addr(), method, reflect.ValueOf(data))
	if err, _ := out[0].Interface().(error); err != nil {
		d.fail(err)
	}
}

// mismatch tells of a value that a type cannot hold, in the words of
// encoding/json.
func (d *decoder) mismatch(data json.RawMessage, o place) {
	kind := "number"
	switch data[0] {
	case '{':
		kind = "object"
	case '[':
		kind = "array"
	case '"':
		kind = "string"
	case 't', 'f':
		kind = "bool"
	}
	d.fail(fmt.Errorf("json: cannot unmarshal %s into Go value of type %s", kind, d.typeName(o)))
}

func (d *decoder) decodeMap(data json.RawMessage, o place) {
	m := o.t.Underlying().(*types.Map)
	key := o.v.Type().Key()
	textual := hasMethod(types.NewPointer(m.Key()), "UnmarshalText", unmarshaling)
	if textual {
		key = typeOf[string]()
	}
	raw := reflect.New(reflect.MapOf(key, typeOf[json.RawMessage]()))
	if err := json.Unmarshal(data, raw.Interface()); err != nil {
		d.fail(err)
		return
	}
	if raw.Elem().IsNil() {
		o.v.SetZero()
		return
	}
	if o.v.IsNil() {
		o.v.Set(reflect.MakeMap(o.v.Type()))
	}
	for it := raw.Elem().MapRange(); it.Next(); {
		k, v := it.Key(), reflect.New(o.v.Type().Elem()).Elem()
		if textual {
			k = reflect.New(o.v.Type().Key()).Elem()
			d.call(types.NewPointer(m.Key()), place{m.Key(), k, open}, "UnmarshalText", []byte(it.Key().String()))
		}
		d.decode(it.Value().Bytes(), d.at(m.Elem(), v, open))
		o.v.SetMapIndex(k, v)
	}
}

func (d *decoder) decodeList(data json.RawMessage, o place) {
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		d.mismatch(data, o)
		return
	}
	isSlice := o.v.Kind() == reflect.Slice
	switch {
	case raw == nil && isSlice:
		o.v.SetZero()
		return
	case raw == nil:
		return
	case isSlice && o.v.Cap() >= len(raw) && !o.v.IsNil():
		o.v.SetLen(len(raw))
	case isSlice:
		grown := reflect.MakeSlice(o.v.Type(), len(raw), len(raw))
		reflect.Copy(grown, o.v)
		o.v.Set(grown)
	}
	for i := range o.v.Len() {
		if i < len(raw) {
			d.decode(raw[i], d.at(elementType(o.t), o.v.Index(i), open))
		} else {
			o.v.Index(i).SetZero()
		}
	}
}

func (d *decoder) decodeStruct(data json.RawMessage, o place) {
	mirror, store := d.mirror(o)
	if err := json.Unmarshal(data, mirror.Addr().Interface()); err != nil {
		if string(data[:1]) != "{" {
			d.mismatch(data, o)
			return
		}
		d.fail(err)
	}
	store(mirror)
}

// mirror is a struct for encoding/json to decode into in place of o, and the
// function that stores what it then holds in o: fields that are not plain are
// decoded only there.
func (d *decoder) mirror(o place) (mirror reflect.Value, store func(mirror reflect.Value)) {
	var fields []reflect.StructField
	var values []reflect.Value
	var stores []func(reflect.Value)
	add := func(f structField, v reflect.Value, s func(reflect.Value)) {
		fields = append(fields, reflect.StructField{Name: f.name, Type: v.Type(), Tag: f.tag, Anonymous: f.embeds})
		values, stores = append(values, v), append(stores, s)
	}
	for i := range o.v.NumField() {
		f := d.structField(o, i)
		_, p := d.field(o, i)
		switch {
		case f.skipped || !p.v.CanInterface():
		case f.embeds && p.v.Kind() != reflect.Pointer:
			v, s := d.mirror(p)
			add(f, v, s)
		case f.embeds:
			d.mirrorPointer(f, p, add)
		case d.plain(p.t, map[types.Type]bool{}):
			add(f, p.v, p.v.Set)
		default:
			add(f, reflect.Zero(typeOf[json.RawMessage]()), func(raw reflect.Value) {
				if data := raw.Bytes(); data != nil {
					d.decode(data, p)
				}
			})
		}
	}
	mirror = reflect.New(reflect.StructOf(fields)).Elem()
	for i, v := range values {
		mirror.Field(i).Set(v)
	}
	return mirror, func(mirror reflect.Value) {
		for i, s := range stores {
			s(mirror.Field(i))
		}
	}
}

// mirrorPointer mirrors an embedded pointer to a struct, unless the struct is
// inside itself.
func (d *decoder) mirrorPointer(f structField, o place, add func(structField, reflect.Value, func(reflect.Value))) {
	id := step{t: o.v.Type().Elem()}
	if d.path[id] {
		return
	}
	if d.path == nil {
		d.path = map[step]bool{}
	}
	d.path[id] = true
	defer delete(d.path, id)
	target := o.v
	if target.IsNil() {
		target = reflect.New(o.v.Type().Elem())
	}
	m, store := d.mirror(d.at(elementType(o.t), target.Elem(), open))
	v := m.Addr()
	if o.v.IsNil() {
		v = reflect.Zero(v.Type())
	}
	add(f, v, func(v reflect.Value) {
		if !v.IsNil() {
			store(v.Elem())
			o.v.Set(target)
		}
	})
}
