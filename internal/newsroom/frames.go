package newsroom

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/quota"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/view"
)

const (
	replayStories = view.MaxWireLines // a client that missed more stories must load the wire again
	replayRecords = 5000              // or more records
	framesAtOnce  = 500               // records read in one transaction
	chunkStories  = 25                // stories rendered in one transaction
	keptBytes     = 4 << 20           // of rendered stories
)

// frame is one record that changed stories, as the stream sends it.
type frame struct {
	seq     uint64
	backlog bool
	stories []string            // ids
	alerts  map[string][]string // by story
	chunks  [][][]byte          // the stories as JSON, chunkStories each; nil: not rendered, or no longer kept. Guarded by frames.mu.
}

func newFrame(c *news.Change) *frame {
	return &frame{
		seq: c.Seq, backlog: c.Backlog, stories: c.Stories, alerts: c.Rang,
		chunks: make([][][]byte, (len(c.Stories)+chunkStories-1)/chunkStories),
	}
}

// chunk returns the ids of the stories of a chunk.
func (f *frame) chunk(i int) []string {
	return f.stories[i*chunkStories : min((i+1)*chunkStories, len(f.stories))]
}

// frames holds the newest records for the streams: as many as have replayStories stories
// together. Each chunk of stories is rendered when a stream first needs it, and once for
// all streams.
//
// Streams take turns to render stories, and to match them: one at a time of those that catch
// up, and one at a time of those that send what was committed just now. So clients that
// catch up delay neither the others nor pages. Filters have a budget, too: see
// stream.budget.
type frames struct {
	store   *store.Store
	catchUp *turn // of streams that catch up
	live    *turn // of streams that send what is new
	costly  *turn // of those of them whose filters cost much, so that others don't wait for them

	mu       sync.Mutex // guards the fields below
	loaded   bool
	after    uint64   // all later records are here, up to last
	last     uint64   // Seq of the last record
	complete bool     // the store has no changes of records up to after
	recent   []*frame // oldest first; the slice's elements are never changed
	stories  int      // in recent
	kept     []keptChunk
	bytes    int // in kept
}

// turn is the turn of the streams that do the same. Rendering and matching have one each, so
// that a filter delays no stream without one.
type turn struct {
	render, match *semaphore.Weighted

	// The chunk whose stories were matched last, and what that takes whatever the filter
	// is: the next stream often needs the same. Whose turn it is to match may use them.
	frame *frame
	chunk int
	docs  map[string]*topic.Doc
}

func newTurn() *turn {
	return &turn{render: semaphore.NewWeighted(1), match: semaphore.NewWeighted(1)}
}

// docsOf returns the prepared entries of a chunk.
func (t *turn) docsOf(f *frame, chunk int) map[string]*topic.Doc {
	if t.frame != f || t.chunk != chunk {
		t.frame, t.chunk, t.docs = f, chunk, map[string]*topic.Doc{}
	}
	return t.docs
}

// keptChunk is a chunk that is rendered.
type keptChunk struct {
	frame        *frame
	chunk, bytes int
}

func newFrames(st *store.Store) *frames {
	return &frames{store: st, catchUp: newTurn(), live: newTurn(), costly: newTurn()}
}

// since returns the frames of the records after seq, and the Seq up to which the caller has
// everything when it has sent them. If records are missing between seq and the first
// frame, missed is the Seq of the last one that is.
func (f *frames) since(ctx context.Context, seq uint64) (list []*frame, missed, last uint64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.update(ctx); err != nil {
		return nil, 0, 0, err
	}
	switch {
	case seq >= f.after:
	case f.complete:
		missed = f.after
	default:
		return nil, f.last, f.last, nil
	}
	i := len(f.recent)
	for i > 0 && f.recent[i-1].seq > seq {
		i--
	}
	return f.recent[i:len(f.recent):len(f.recent)], missed, max(f.last, seq), nil
}

// update reads what was committed since the last call.
func (f *frames) update(ctx context.Context) error {
	for now := f.store.Seq(); !f.loaded || f.last < now; {
		if !f.loaded || now-f.last > replayRecords {
			return f.load(ctx)
		}
		if err := f.readNext(ctx); err != nil {
			return err
		}
	}
	return nil
}

// load reads the newest records, from the last one back.
func (f *frames) load(ctx context.Context) error {
	var newest []*frame
	stories, looked := 0, 0
	return f.store.ViewContext(ctx, func(tx *store.Tx) error {
		last := tx.Seq()
		after, complete := last, true
		err := tx.Changes.Newest(func(c news.Change) bool {
			if looked++; looked > replayRecords || stories+len(c.Stories) > replayStories {
				complete = false
				return false
			}
			after = c.Seq - 1
			if stories += len(c.Stories); len(c.Stories) > 0 {
				newest = append(newest, newFrame(&c))
			}
			return true
		})
		if err != nil {
			return err
		}
		f.loaded, f.after, f.last, f.complete, f.stories = true, after, last, complete, stories
		slices.Reverse(newest)
		f.recent, f.kept, f.bytes = newest, nil, 0
		return nil
	})
}

// readNext reads the next records, and drops the oldest ones beyond replayStories.
func (f *frames) readNext(ctx context.Context) error {
	return f.store.ViewContext(ctx, func(tx *store.Tx) error {
		changes, err := tx.Changes.After(f.last, framesAtOnce)
		if err != nil {
			return err
		}
		last := tx.Seq()
		if len(changes) == framesAtOnce {
			last = changes[len(changes)-1].Seq
		}
		for i := range changes {
			if c := &changes[i]; len(c.Stories) > 0 {
				f.recent, f.stories = append(f.recent, newFrame(c)), f.stories+len(c.Stories)
			}
		}
		f.last = last
		f.trim()
		return nil
	})
}

func (f *frames) trim() {
	for f.stories > replayStories || len(f.recent) > replayRecords {
		f.after, f.complete = f.recent[0].seq, false
		f.stories -= len(f.recent[0].stories)
		f.recent = f.recent[1:]
	}
}

// lines returns the stories of a chunk as JSON, without out. It renders them when turn
// allows it, unless another stream did so meanwhile.
func (f *frames) lines(ctx context.Context, turn *turn, fr *frame, chunk int) ([][]byte, error) {
	if lines := f.rendered(fr, chunk); lines != nil {
		return lines, nil
	}
	if err := turn.render.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer turn.render.Release(1)
	if lines := f.rendered(fr, chunk); lines != nil {
		return lines, nil
	}
	lines, err := f.render(ctx, fr, chunk)
	if err == nil {
		f.keep(fr, chunk, lines)
	}
	return lines, err
}

func (f *frames) rendered(fr *frame, chunk int) [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fr.chunks[chunk]
}

// keep keeps the rendered stories of a chunk for other streams. What was rendered long ago
// is dropped.
func (f *frames) keep(fr *frame, chunk int, lines [][]byte) {
	size := 0
	for _, l := range lines {
		size += len(l)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if fr.chunks[chunk] == nil {
		fr.chunks[chunk] = lines
		f.kept, f.bytes = append(f.kept, keptChunk{fr, chunk, size}), f.bytes+size
	}
	for f.bytes > keptBytes && len(f.kept) > 1 {
		oldest := f.kept[0]
		oldest.frame.chunks[oldest.chunk] = nil
		f.kept, f.bytes = f.kept[1:], f.bytes-oldest.bytes
	}
}

// render renders the stories of a chunk. A story that was deleted since has an empty line.
func (f *frames) render(ctx context.Context, fr *frame, chunk int) ([][]byte, error) {
	ids := fr.chunk(chunk)
	lines := make([][]byte, len(ids))
	err := f.store.ViewContext(ctx, func(tx *store.Tx) error {
		snap := view.NewSnapshot(tx)
		for i, id := range ids {
			st, err := tx.Stories.Get(id)
			if err != nil {
				return err
			}
			if st == nil {
				continue
			}
			line, err := snap.Story(st)
			if err != nil {
				return err
			}
			line.Backlog, line.Alerts = fr.backlog, fr.alerts[id]
			if lines[i], err = json.Marshal(line); err != nil {
				return fmt.Errorf("encode event %d: %w", fr.seq, err)
			}
		}
		return nil
	})
	return lines, err
}

// matches reports which stories of a chunk satisfy a filter. The error is quota.ErrUsedUp
// when that takes more processor time than allowed. Of streams that send what is new,
// preparing the stories does not count: it is done once for all of them.
func (f *frames) matches(ctx context.Context, turn *turn, fr *frame, chunk int, filter *view.Filter, allowed *quota.Allowance) (out []bool, err error) {
	if err := turn.match.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer turn.match.Release(1)
	err = f.store.ViewContext(ctx, func(tx *store.Tx) error {
		snap := view.NewSnapshot(tx)
		snap.Docs = turn.docsOf(fr, chunk)
		stories, err := storiesOf(tx, fr.chunk(chunk))
		if err != nil {
			return err
		}
		if turn != f.catchUp {
			prepare(snap, stories)
		}
		limited, done := allowed.Limit(ctx, time.Now())
		defer done()
		out, err = matchAll(limited, snap, filter, stories)
		return err
	})
	return out, err
}

// storiesOf reads stories. Those that were deleted are nil.
func storiesOf(tx *store.Tx, ids []string) (all []*news.Story, err error) {
	for _, id := range ids {
		st, err := tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		all = append(all, st)
	}
	return all, nil
}

func prepare(snap *view.Snapshot, stories []*news.Story) {
	for _, st := range stories {
		if st != nil {
			snap.Prepare(st)
		}
	}
}

// matchAll reports which stories satisfy a filter, unless ctx ends.
func matchAll(ctx context.Context, snap *view.Snapshot, filter *view.Filter, stories []*news.Story) (out []bool, err error) {
	out = make([]bool, len(stories))
	for i, st := range stories {
		if st == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if out[i], err = filter.Matches(snap, st); err != nil {
			return nil, err
		}
	}
	return out, ctx.Err()
}
