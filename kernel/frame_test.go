package kernel

import (
	"io"
	"reflect"
	"testing"

	"github.com/traefik/yaegi/interp"
)

// TestFrameOfTheEngine holds the private fields of the engine that globalFrame
// reaches: their types, and that a variable made after the table was lengthened
// lives in it without a new table.
func TestFrameOfTheEngine(t *testing.T) {
	v := reflect.TypeFor[interp.Interpreter]()
	for _, k := range []struct {
		outer, inner string
		want         reflect.Type
	}{
		{"frame", "data", reflect.TypeFor[[]reflect.Value]()},
		{"universe", "types", reflect.TypeFor[[]reflect.Type]()},
	} {
		outer, ok := v.FieldByName(k.outer)
		if !ok || outer.Type.Kind() != reflect.Pointer {
			t.Fatalf("interp.Interpreter.%s is a %v", k.outer, outer.Type)
		}
		inner, ok := outer.Type.Elem().FieldByName(k.inner)
		if !ok || inner.Type != k.want {
			t.Fatalf("interp.Interpreter.%s.%s is a %v, want %v", k.outer, k.inner, inner.Type, k.want)
		}
	}

	i := interp.New(interp.Options{Stdout: io.Discard, Stderr: io.Discard})
	g := newGlobalFrame(i)
	g.reserve()
	table := *g.data
	program, err := i.Compile("var a, b = 3, \"s\"")
	if err != nil {
		t.Fatal(err)
	}
	g.fill()
	if _, err := i.Execute(program); err != nil {
		t.Fatal(err)
	}
	if len(*g.data) != reserved || &table[0] != &(*g.data)[0] {
		t.Error("the table was exchanged")
	}
	program, err = i.Compile("a")
	if err != nil {
		t.Fatal(err)
	}
	g.fill()
	if a, err := i.Execute(program); err != nil || a.Int() != 3 {
		t.Errorf("a is %v, %v", a, err)
	}
	found := false
	for _, v := range table[:g.filled] {
		found = found || v.IsValid() && v.Kind() == reflect.Int && v.Int() == 3
	}
	if !found {
		t.Error("a is not in the table")
	}
}
