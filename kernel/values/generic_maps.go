package values

import "reflect"

// mapGenerics are the functions of package maps.
var mapGenerics = map[string]generic{
	"All":        mapIterator(func(it *reflect.MapIter) []reflect.Value { return []reflect.Value{it.Key(), it.Value()} }),
	"Keys":       mapIterator(func(it *reflect.MapIter) []reflect.Value { return []reflect.Value{it.Key()} }),
	"Values":     mapIterator(func(it *reflect.MapIter) []reflect.Value { return []reflect.Value{it.Value()} }),
	"Clone":      plain(mapClone),
	"Collect":    mapCollect,
	"Copy":       plain(mapCopy),
	"DeleteFunc": plain(mapDeleteFunc),
	"Equal": func(w *World, _ []*Type, sig *Type) native {
		same := w.equality(sig.R.In(0).Elem())
		return func(args []reflect.Value) []reflect.Value {
			return []reflect.Value{reflect.ValueOf(mapEqual(args[0], args[1], same))}
		}
	},
	"EqualFunc": plain(func(args []reflect.Value) []reflect.Value {
		same := func(a, b reflect.Value) bool { return holdsOf(args[2], a, b) }
		return []reflect.Value{reflect.ValueOf(mapEqual(args[0], args[1], same))}
	}),
	"Insert": plain(func(args []reflect.Value) []reflect.Value {
		mapInsert(args[0], args[1])
		return nil
	}),
}

func mapIterator(take func(it *reflect.MapIter) []reflect.Value) generic {
	return func(_ *World, _ []*Type, sig *Type) native {
		return func(args []reflect.Value) []reflect.Value {
			return iterator(sig.R.Out(0), func(yield func(...reflect.Value) bool) {
				for it := args[0].MapRange(); it.Next(); {
					if !yield(take(it)...) {
						return
					}
				}
			})
		}
	}
}

func mapClone(args []reflect.Value) []reflect.Value {
	m := args[0]
	if m.IsNil() {
		return []reflect.Value{m}
	}
	clone := reflect.MakeMapWithSize(m.Type(), m.Len())
	for it := m.MapRange(); it.Next(); {
		clone.SetMapIndex(it.Key(), it.Value())
	}
	return []reflect.Value{clone}
}

func mapCollect(_ *World, _ []*Type, sig *Type) native {
	return func(args []reflect.Value) []reflect.Value {
		m := reflect.MakeMap(sig.R.Out(0))
		mapInsert(m, args[0])
		return []reflect.Value{m}
	}
}

func mapInsert(m, seq reflect.Value) {
	for kv := range each(seq) {
		m.SetMapIndex(kv[0], kv[1])
	}
}

func mapCopy(args []reflect.Value) []reflect.Value {
	for it := args[1].MapRange(); it.Next(); {
		args[0].SetMapIndex(it.Key(), it.Value())
	}
	return nil
}

func mapDeleteFunc(args []reflect.Value) []reflect.Value {
	for it := args[0].MapRange(); it.Next(); {
		if k := it.Key(); holdsOf(args[1], k, it.Value()) {
			args[0].SetMapIndex(k, reflect.Value{})
		}
	}
	return nil
}

func mapEqual(a, b reflect.Value, same func(a, b reflect.Value) bool) bool {
	if a.Len() != b.Len() {
		return false
	}
	for it := a.MapRange(); it.Next(); {
		if v := b.MapIndex(it.Key()); !v.IsValid() || !same(it.Value(), v) {
			return false
		}
	}
	return true
}
