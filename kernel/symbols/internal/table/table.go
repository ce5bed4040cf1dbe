// Package table is the form in which generated code lists what a native
// package exports. It is all static data: nothing is computed when the program
// starts, and turning it into what the interpreter wants waits for Exports.
package table

import (
	"go/constant"
	"go/token"
	"reflect"
)

// Package is what one package exports, or the part of it that is the same on
// some platforms only.
type Package struct {
	Path, Name string
	Values     []Symbol  // functions, typed constants, and types and interface wrappers as nil pointers
	Vars       []Symbol  // variables, as pointers
	Untyped    []Untyped // untyped constants
	Generic    []string  // names the interpreter cannot have: generic functions, generic types and constraints
}

// Symbol is an exported name with its value.
type Symbol struct {
	Name  string
	Value any
}

// Kind is the default kind of an untyped constant.
type Kind byte

// The kinds of untyped constants.
const (
	Int Kind = iota
	Rune
	Float
	String
	Bool
)

// Untyped is an untyped constant: Text is a literal of it.
type Untyped struct {
	Name string
	Kind Kind
	Text string
}

var packages []*Package

// Add makes a package known. Generated files call it when the program starts.
func Add(p *Package) { packages = append(packages, p) }

// All lists what was added.
func All() []*Package { return packages }

// Fill puts the symbols of p into m as the interpreter expects them.
func (p *Package) Fill(m map[string]reflect.Value) {
	for _, s := range p.Values {
		m[s.Name] = reflect.ValueOf(s.Value)
	}
	for _, s := range p.Vars {
		m[s.Name] = reflect.ValueOf(s.Value).Elem()
	}
	for _, c := range p.Untyped {
		m[c.Name] = c.value()
	}
}

// value is a constant.Value, from which the interpreter knows that the
// constant has no type; only booleans it takes as they are.
func (c *Untyped) value() reflect.Value {
	switch c.Kind {
	case Bool:
		return reflect.ValueOf(c.Text == "true")
	case String:
		return reflect.ValueOf(constant.MakeString(c.Text))
	case Float:
		return reflect.ValueOf(constant.MakeFromLiteral(c.Text, token.FLOAT, 0))
	default:
		return reflect.ValueOf(constant.MakeFromLiteral(c.Text, token.INT, 0))
	}
}
