package kernel

import (
	"sync"

	"gaspard/kernel/worker"
)

// queue holds the cells that wait for their turn. It takes any number, so that
// whoever fills it never waits.
type queue struct {
	lock   sync.Mutex
	filled *sync.Cond
	cells  []worker.Request
}

func newQueue() *queue {
	q := &queue{}
	q.filled = sync.NewCond(&q.lock)
	return q
}

func (q *queue) add(r worker.Request) {
	q.lock.Lock()
	q.cells = append(q.cells, r)
	q.lock.Unlock()
	q.filled.Signal()
}

// next waits for a cell and takes it. It calls taken before anybody can see that
// the cell is no longer in the queue.
func (q *queue) next(taken func()) worker.Request {
	q.lock.Lock()
	defer q.lock.Unlock()
	for len(q.cells) == 0 {
		q.filled.Wait()
	}
	taken()
	r := q.cells[0]
	q.cells = q.cells[1:]
	return r
}

// drop empties the queue.
func (q *queue) drop() []worker.Request {
	q.lock.Lock()
	defer q.lock.Unlock()
	dropped := q.cells
	q.cells = nil
	return dropped
}
