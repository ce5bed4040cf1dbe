package symbols

import (
	"go/token"
	"path"
	"reflect"
)

// Natives finds single symbols in the tables.
type Natives struct{}

func find(importPath, name string) (reflect.Value, bool) {
	base, ok := packages().names[importPath]
	if !ok {
		return reflect.Value{}, false
	}
	v, ok := Exports()[path.Join(importPath, base)][name]
	return v, ok
}

// Type is an exported type of a package.
func (Natives) Type(importPath, name string) (reflect.Type, bool) {
	v, ok := find(importPath, name)
	if !ok {
		return unexported(importPath, name)
	}
	if v.Kind() != reflect.Pointer || !v.IsNil() {
		return nil, false
	}
	return v.Type().Elem(), true
}

// unexported finds a type that a package does not export by what it does: a
// variable of that type, or a function that returns it.
func unexported(importPath, name string) (reflect.Type, bool) {
	base, ok := packages().names[importPath]
	if !ok || token.IsExported(name) {
		return nil, false
	}
	is := func(t reflect.Type) (reflect.Type, bool) {
		if t.Kind() == reflect.Pointer && t.Name() == "" {
			t = t.Elem()
		}
		return t, t.Name() == name && t.PkgPath() == importPath
	}
	for _, v := range Exports()[path.Join(importPath, base)] {
		if !v.IsValid() {
			continue
		}
		if t, ok := is(v.Type()); ok {
			return t, true
		}
		if v.Kind() == reflect.Func {
			for i := range v.Type().NumOut() {
				if t, ok := is(v.Type().Out(i)); ok {
					return t, true
				}
			}
		}
	}
	return nil, false
}

// Adapter is the struct that implements an interface of a package by functions.
func (n Natives) Adapter(importPath, name string) (reflect.Type, bool) {
	return n.Type(importPath, "_"+name)
}

// Variable is an exported variable of a package.
func (Natives) Variable(importPath, name string) (reflect.Value, bool) {
	v, ok := find(importPath, name)
	return v, ok && v.CanAddr()
}
