package job

import (
	"errors"
	"fmt"
)

// DataError says that data handed to the library cannot be used: a NaN,
// weights that do not sum to one, an empty cloud. Numeric functions panic with
// a *DataError; a notebook shows it as one line, and a compiled program either
// validates first or recovers it with [Catch].
type DataError struct {
	Message string
}

// Error returns the sentence.
func (e *DataError) Error() string { return e.Message }

// BadData returns a [*DataError] with a formatted sentence.
func BadData(format string, args ...any) *DataError {
	return &DataError{Message: fmt.Sprintf(format, args...)}
}

// Catch runs f and returns, as an error, the [*DataError] or [ErrCancelled] with
// which the library unwound it; nil if f returned. Other panics, which are
// mistakes of the program, pass through.
func Catch(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *DataError:
			err = r
		case error:
			if !errors.Is(r, ErrCancelled) {
				panic(r)
			}
			err = r
		default:
			panic(r)
		}
	}()
	f()
	return nil
}
