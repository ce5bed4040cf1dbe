package values

import (
	"reflect"
	"strings"
	"unicode/utf8"
)

// equality is == on values of a type. Interfaces compare by what they hold for
// the session, and blank fields not at all.
func (w *World) equality(t reflect.Type) func(a, b reflect.Value) bool {
	switch t.Kind() {
	case reflect.Interface:
		return func(a, b reflect.Value) bool { return w.Equal(a.Interface(), b.Interface()) }
	case reflect.Array:
		same := w.equality(t.Elem())
		return func(a, b reflect.Value) bool {
			for i := range t.Len() {
				if !same(a.Index(i), b.Index(i)) {
					return false
				}
			}
			return true
		}
	case reflect.Struct:
		return w.structEquality(t)
	}
	return reflect.Value.Equal
}

func (w *World) structEquality(t reflect.Type) func(a, b reflect.Value) bool {
	type field struct {
		index int
		same  func(a, b reflect.Value) bool
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() { // of a native type: nothing of the session is in there
			return func(a, b reflect.Value) bool { return a.Interface() == b.Interface() }
		}
		if !isBlankField(f.Name) {
			fields = append(fields, field{i, w.equality(f.Type)})
		}
	}
	return func(a, b reflect.Value) bool {
		for _, f := range fields {
			if !f.same(a.Field(f.index), b.Field(f.index)) {
				return false
			}
		}
		return true
	}
}

// isBlankField reports whether [FieldName] made a name for a field called _.
func isBlankField(name string) bool {
	rest, ok := strings.CutPrefix(name, "Xˑ")
	first, _ := utf8.DecodeRuneInString(rest)
	return ok && '0' <= first && first <= '9'
}
