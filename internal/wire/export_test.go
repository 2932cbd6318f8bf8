package wire

import "context"

// WarmUp has the compressor make its channels, which a synctest bubble that comes first would
// keep for itself.
func WarmUp() { encoder.EncodeAll(nil, nil) }

var (
	Encode = encode
	Decode = decode
)

// OnDigest has fn called when a digest has begun and before it is made. Unless hasRoom is nil,
// it says whether records may be applied meanwhile.
func (j *Journal) OnDigest(fn func(seq uint64), hasRoom func(size int64) bool) {
	j.digestBegan, j.hasRoom = fn, hasRoom
}

// Prover is a prover.
type Prover struct{ *prover }

// NewProver returns one of servers whose monitoring is at addresses.
func NewProver(addresses ...string) Prover { return Prover{newProver(addresses, nil)} }

// Look asks all servers.
func (p Prover) Look(ctx context.Context) error { return p.look(ctx) }

// CheckConnected refuses a connection to other servers than the monitoring is of.
func (p Prover) CheckConnected(name, id, cluster string) error {
	return p.checkConnected(name, id, cluster)
}

// IsUnfit reports whether servers can't keep the log until somebody changes them.
var IsUnfit = isUnfit

// ErrSilent is the error of a watch that does not tell what was written.
var ErrSilent = errSilent

// Newest is newest.
func (b *Bucket) Newest(ctx context.Context, prefix string) (uint64, error) {
	return b.newest(ctx, prefix)
}

// DeleteConsumers deletes what sends the changes of a bucket to its watchers.
func (w *Wire) DeleteConsumers(ctx context.Context, b *Bucket) error {
	t, err := w.door.wait(ctx)
	if err != nil {
		return err
	}
	s, err := t.js.Stream(ctx, "KV_"+b.name)
	if err != nil {
		return err
	}
	var names []string
	list := s.ConsumerNames(ctx)
	for name := range list.Name() {
		names = append(names, name)
	}
	if err := list.Err(); err != nil {
		return err
	}
	for _, name := range names {
		if err := s.DeleteConsumer(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
