package poll

import (
	"cmp"
	"container/heap"
)

// queue holds the sources that wait for their time, the next one first.
type queue struct{ heap sourceHeap }

// add puts a source in its place, which depends on nextVisit. A source that is in the
// queue already moves.
func (q *queue) add(src *source) {
	if src.index >= 0 {
		heap.Fix(&q.heap, src.index)
		return
	}
	heap.Push(&q.heap, src)
}

// remove removes a source, if it is in the queue.
func (q *queue) remove(src *source) {
	if src.index >= 0 {
		heap.Remove(&q.heap, src.index)
	}
}

// first returns the source whose time comes first, or nil.
func (q *queue) first() *source {
	if len(q.heap) == 0 {
		return nil
	}
	return q.heap[0]
}

// sourceHeap orders sources by nextVisit and id, as container/heap asks for.
type sourceHeap []*source

func (h sourceHeap) Len() int { return len(h) }
func (h sourceHeap) Less(i, j int) bool {
	return cmp.Or(h[i].nextVisit.Compare(h[j].nextVisit), compareID(h[i], h[j])) < 0
}
func (h sourceHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push adds a source at the end.
func (h *sourceHeap) Push(x any) {
	s := x.(*source)
	s.index = len(*h)
	*h = append(*h, s)
}

// Pop removes the source at the end.
func (h *sourceHeap) Pop() any {
	n := len(*h) - 1
	s := (*h)[n]
	(*h)[n] = nil
	*h = (*h)[:n]
	s.index = -1
	return s
}
