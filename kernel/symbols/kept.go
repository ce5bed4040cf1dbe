package symbols

import (
	"encoding"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"reflect"
	"strings"

	"github.com/traefik/yaegi/interp"
)

// printed are the interfaces that printing looks for, in its order.
var printed = []reflect.Type{reflect.TypeFor[fmt.Formatter](), reflect.TypeFor[error](), reflect.TypeFor[fmt.Stringer]()}

// keeping names functions that look for methods of their arguments, whose types
// are just any, with the interfaces they look for.
var keeping = []struct {
	functions  string
	interfaces []reflect.Type
}{
	{"fmt/fmt Append Appendf Appendln Errorf Fprint Fprintf Fprintln Print Printf Println Sprint Sprintf Sprintln", printed},
	{"log/log Fatal Fatalf Fatalln Panic Panicf Panicln Print Printf Println", printed},
	{"fmt/fmt Scan Scanf Scanln Sscan Sscanf Sscanln Fscan Fscanf Fscanln",
		[]reflect.Type{reflect.TypeFor[fmt.Scanner]()}},
	{"encoding/json/json Marshal MarshalIndent",
		[]reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()}},
	{"encoding/json/json Unmarshal",
		[]reflect.Type{reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()}},
	{"encoding/xml/xml Marshal MarshalIndent",
		[]reflect.Type{reflect.TypeFor[xml.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()}},
	{"encoding/xml/xml Unmarshal",
		[]reflect.Type{reflect.TypeFor[xml.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()}},
}

// keptMethods is the table by which the interpreter wraps arguments of those
// functions.
func keptMethods(exports interp.Exports) map[reflect.Value][]reflect.Type {
	kept := map[reflect.Value][]reflect.Type{}
	for _, k := range keeping {
		key, names, _ := strings.Cut(k.functions, " ")
		for name := range strings.FieldsSeq(names) {
			kept[exports[key][name]] = k.interfaces
		}
	}
	return kept
}
