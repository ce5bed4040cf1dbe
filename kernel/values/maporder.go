package values

import (
	"cmp"
	"reflect"
	"slices"
)

type entry struct{ key, value reflect.Value }

// sorted lists a map in the order of fmt.
func (w *World) sorted(m reflect.Value) []entry {
	var entries []entry
	for it := m.MapRange(); it.Next(); {
		entries = append(entries, entry{it.Key(), it.Value()})
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return w.compare(a.key, b.key) })
	return entries
}

func (w *World) compare(a, b reflect.Value) int {
	switch {
	case a.CanInt(), a.CanUint(), a.CanFloat(), a.Kind() == reflect.String:
		return compareOrdered(a, b)
	case a.CanComplex():
		x, y := a.Complex(), b.Complex()
		return cmp.Or(cmp.Compare(real(x), real(y)), cmp.Compare(imag(x), imag(y)))
	}
	switch a.Kind() {
	case reflect.Bool:
		switch x, y := a.Bool(), b.Bool(); {
		case x == y:
			return 0
		case x:
			return 1
		}
		return -1
	case reflect.Struct:
		for i := range a.NumField() {
			if c := w.compare(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
		return 0
	case reflect.Array:
		for i := range a.Len() {
			if c := w.compare(a.Index(i), b.Index(i)); c != 0 {
				return c
			}
		}
		return 0
	case reflect.Interface:
		return w.compareHeld(a, b)
	}
	return cmp.Compare(a.Pointer(), b.Pointer())
}

// compareHeld orders what two interfaces hold: by type, nil first, then by value.
func (w *World) compareHeld(a, b reflect.Value) int {
	held := func(v reflect.Value) (uintptr, reflect.Value) {
		if v.IsNil() {
			return 0, v
		}
		t, v := w.unwrap(v.Elem())
		if t != nil {
			return reflect.ValueOf(t).Pointer(), v
		}
		return reflect.ValueOf(v.Type()).Pointer(), v
	}
	s, x := held(a)
	t, y := held(b)
	if s != t || s == 0 {
		return cmp.Compare(s, t)
	}
	return w.compare(x, y)
}
