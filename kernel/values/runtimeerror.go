package values

import (
	"reflect"
	"strings"
)

// runtimeError is an error of the kind that Go's runtime raises.
type runtimeError string

func (e runtimeError) Error() string { return string(e) }

// RuntimeError marks it as a runtime.Error.
func (e runtimeError) RuntimeError() {}

const nilDereference = runtimeError("runtime error: invalid memory address or nil pointer dereference")

// Panicked is the value of a panic as the program would see it in Go: reflect
// has words of its own for what the runtime reports.
func Panicked(v any) any {
	switch x := v.(type) {
	case *reflect.ValueError:
		return nilDereference
	case error:
		if rest, ok := strings.CutPrefix(x.Error(), "hash of unhashable type: "); ok {
			return runtimeError("runtime error: hash of unhashable type " + rest)
		}
	case string:
		switch {
		case !strings.HasPrefix(x, "reflect"):
		case strings.Contains(x, "index out of range"):
			return runtimeError("runtime error: index out of range")
		case strings.Contains(x, "slice index out of bounds"), strings.Contains(x, "string slice index out of bounds"):
			return runtimeError("runtime error: slice bounds out of range")
		case strings.HasPrefix(x, "reflect: cannot convert slice with length "):
			return runtimeError("runtime error: " + strings.Replace(x[len("reflect: "):], " to array with", " to array or pointer to array with", 1))
		case strings.HasPrefix(x, "reflect: call of ") && strings.HasSuffix(x, "on zero Value"):
			return nilDereference
		case x == "reflect: Method on nil interface value", x == "reflect: call of nil function", strings.HasPrefix(x, "reflect: call nil"), strings.Contains(x, "call of nil func"), strings.HasPrefix(x, "reflect.Value.Call: call of nil function"):
			return nilDereference
		}
	}
	return v
}
