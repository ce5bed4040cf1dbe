package optim

import "gaspard/lib/internal/kern"

// chunkSize is how many parameters one call works on: a few arrays of that length
// fit in a first-level cache, and fewer parameters are not worth sharing.
const chunkSize = 4096

// chunks shares the work on flat arrays out over the cores, in pieces that depend
// on the length alone.
type chunks struct {
	n   int
	run func(worker, i int)
}

// begun reports whether begin has been called.
func (c *chunks) begun() bool { return c.run != nil }

// begin says what to do with entries from to to-1 of the arrays. It is called once:
// functions made at every step would be allocated at every step.
func (c *chunks) begin(do func(from, to int)) {
	c.run = func(_, i int) { do(i*chunkSize, min((i+1)*chunkSize, c.n)) }
}

// each does it with all of n entries.
func (c *chunks) each(n int) {
	c.n = n
	kern.Run(0, (n+chunkSize-1)/chunkSize, c.run)
}
