package store

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/slugline/slugline/internal/store/pagecheck"
)

// Check reads the whole file as it is at this moment, pages and sums of rows, and returns
// the first fault. It reads up to perSecond bytes a second, so that it takes little from
// others; 0 is no bound. A View transaction is open until it returns, so that the file
// grows by what is written meanwhile.
func (s *Store) Check(ctx context.Context, perSecond int64) error {
	err := s.ViewContext(ctx, func(tx *Tx) error {
		r := &pacedReader{tx: tx, ctx: ctx, r: s.file, perSecond: perSecond, since: time.Now()}
		root := uint64(tx.b.Cursor().Bucket().Root())
		size := int64(s.db.Info().PageSize)
		if err := pagecheck.At(r, size, root, uint64(tx.b.Size()/size)).Check(layout); err != nil {
			return err
		}
		return tx.checkSums()
	})
	if err != nil {
		return fmt.Errorf("check %s: %w", s.path, err)
	}
	return nil
}

// pacedReader reads no more than perSecond bytes a second, and fails when its transaction
// must end.
type pacedReader struct {
	tx        *Tx
	ctx       context.Context
	r         io.ReaderAt
	perSecond int64
	since     time.Time
	read      int64
}

// ReadAt implements io.ReaderAt.
func (p *pacedReader) ReadAt(b []byte, off int64) (int, error) {
	if err := p.tx.hasEnded(); err != nil {
		return 0, err
	}
	p.read += int64(len(b))
	if p.perSecond > 0 {
		p.wait(time.Duration(float64(p.read)/float64(p.perSecond)*float64(time.Second)) - time.Since(p.since))
	}
	return p.r.ReadAt(b, off)
}

// wait waits for d, if that is worth a timer.
func (p *pacedReader) wait(d time.Duration) {
	if d < 10*time.Millisecond {
		return
	}
	select {
	case <-time.After(d):
	case <-p.ctx.Done():
	}
}
