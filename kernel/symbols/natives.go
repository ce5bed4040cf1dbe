package symbols

import (
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
	if !ok || v.Kind() != reflect.Pointer || !v.IsNil() {
		return nil, false
	}
	return v.Type().Elem(), true
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
