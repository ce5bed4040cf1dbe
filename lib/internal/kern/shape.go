package kern

import "fmt"

// equalLengths panics unless the other lengths are n, that of a function's first slice.
func equalLengths(name string, n int, others ...int) {
	for _, m := range others {
		if m != n {
			panic(fmt.Sprintf("kern: %s: slices of %d and %d elements where one length is needed", name, n, m))
		}
	}
}

// holds panics unless a slice of n elements can be rows×cols. A slice that is not
// wanted is not asked about.
func holds(name, what string, n, rows, cols int) {
	if rows < 0 || cols < 0 || n < rows*cols {
		panic(fmt.Sprintf("kern: %s: %s has %d elements, too few for %d×%d", name, what, n, rows, cols))
	}
}
