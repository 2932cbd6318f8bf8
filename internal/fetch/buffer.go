package fetch

import (
	"context"
	"errors"
	"io"
	"sync"
)

const (
	// maxSmall is the size of the largest body that needs no slot. A larger one waits for
	// one of the client's few slots, so that many bad sources at the same time can't use
	// up the memory.
	maxSmall = 512 << 10
	// Bodies that are being received and decoded ones have separate slots: a source that
	// sends slowly can only delay others that are being received.
	receivedSlots, decodedSlots = 2, 3
)

// smallBuffers are reused between visits.
var smallBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

// bodyPool limits the memory of bodies of up to limit bytes, either as received or as
// decoded.
type bodyPool struct {
	limit int64         // of a large body, in bytes
	slots chan struct{} // has an element for each large body
	large sync.Pool     // of *[]byte with a capacity of limit+1
}

func newBodyPool(limit int64, slots int) *bodyPool {
	p := &bodyPool{limit: limit, slots: make(chan struct{}, slots)}
	p.large.New = func() any { b := make([]byte, 0, limit+1); return &b }
	return p
}

// hugeSlot is a visit's claim to the one place for bodies beyond the limit of the pools,
// for sources that may send so much. It covers all buffers of the visit. A visit that has
// it waits for no other slot, so no two visits wait for each other.
type hugeSlot struct {
	client *Client
	users  int // buffers of the visit that are huge
}

func (h *hugeSlot) acquire(ctx context.Context) error {
	if h.users == 0 {
		select {
		case h.client.huge <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	h.users++
	return nil
}

func (h *hugeSlot) release() {
	if h.users--; h.users == 0 {
		<-h.client.huge
	}
}

// size is the class of a buffer.
type size int

const (
	small size = iota // at most maxSmall; needs no slot
	large             // at most the limit of its pool; has a slot of the pool
	huge              // at most the limit of the source; has the client's one slot
)

// buffer holds a body. It is small at first.
type buffer struct {
	b     *[]byte
	pool  *bodyPool
	limit int64 // of this body, in bytes
	rate  *rateTimer
	huge  *hugeSlot
	size  size
}

func (b *buffer) release() {
	switch b.size {
	case small:
		smallBuffers.Put(b.b)
	case large:
		b.pool.large.Put(b.b)
		<-b.pool.slots
	case huge:
		b.huge.release()
	}
	b.b = nil
}

// bytes returns what is in the buffer, until it is filled further or released.
func (b *buffer) bytes() []byte { return *b.b }

// errFull says that a body does not fit into a buffer of its present size.
var errFull = errors.New("buffer is full")

// fill reads r to its end, until the limit of the body is reached (errLarge), or until the
// buffer is full (errFull). It does not wait for a slot.
func (b *buffer) fill(r io.Reader) error {
	for {
		if len(*b.b) == cap(*b.b) && !b.extend() {
			return errFull
		}
		n, err := r.Read((*b.b)[len(*b.b):cap(*b.b)])
		*b.b = (*b.b)[:len(*b.b)+n]
		switch {
		case int64(len(*b.b)) > b.limit:
			*b.b = (*b.b)[:b.limit]
			return errLarge
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// extend makes room in a full buffer, as far as its size class allows.
func (b *buffer) extend() bool {
	n := int64(cap(*b.b))
	switch b.size {
	case small:
		if n >= maxSmall {
			return false
		}
		*b.b = append(*b.b, 0)[:n]
	case large:
		return false
	case huge:
		b.reallocate(2 * n)
	}
	return true
}

// fillAll reads r to its end or to the limit of the body. It makes the buffer larger if
// needed.
func (b *buffer) fillAll(ctx context.Context, r io.Reader) error {
	for {
		err := b.fill(r)
		if err != errFull {
			return err
		}
		if err := b.grow(ctx); err != nil {
			return err
		}
	}
}

// grow waits for a slot and puts the buffer into the next size class.
func (b *buffer) grow(ctx context.Context) error {
	b.rate.stop()
	defer b.rate.restart()
	if b.size == large || b.huge.users > 0 {
		return b.growHuge(ctx)
	}
	select {
	case b.pool.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	to := b.pool.large.Get().(*[]byte)
	*to = append((*to)[:0], *b.b...)
	smallBuffers.Put(b.b)
	b.b, b.size = to, large
	return nil
}

func (b *buffer) growHuge(ctx context.Context) error {
	if err := b.huge.acquire(ctx); err != nil {
		return err
	}
	was, before := b.size, b.b
	b.reallocate(2 * b.pool.limit)
	b.size = huge
	switch was {
	case small:
		smallBuffers.Put(before)
	case large:
		b.pool.large.Put(before)
		<-b.pool.slots
	}
	return nil
}

// reallocate gives a buffer a new array of n bytes, at most the limit of the body. Arrays of
// huge bodies are not reused, as they are rare.
func (b *buffer) reallocate(n int64) {
	to := make([]byte, len(*b.b), min(n, b.limit+1))
	copy(to, *b.b)
	b.b = &to
}
