package search

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	readAtOnce    = 200  // stories read in one transaction, which has to be short
	writeAtOnce   = 2000 // papers of a batch while the index is built
	changesAtOnce = 256
	firstWait     = time.Minute      // before a second attempt, twice as long before each that follows
	longestWait   = 30 * time.Minute // between two
)

// Run keeps the index until ctx ends: opens it, or makes it anew where it is missing,
// damaged or another's, and follows what is committed. It owns the folder Dir. What
// goes wrong with the index is logged and tried again, and stops nothing else.
func (x *Index) Run(ctx context.Context) error {
	for wait := time.Duration(0); ; {
		worked, err := x.serve(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if worked {
			wait = 0
		}
		x.trouble(err)
		x.log("search stops for a while", err, "again_in", wait)
		if errors.Is(err, errDamaged) {
			x.clear()
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		wait = min(max(2*wait, firstWait), longestWait)
	}
}

// clear removes the index. What can't be removed is met again when it is opened.
func (x *Index) clear() {
	if err := os.RemoveAll(x.Dir); err != nil {
		x.log("search index could not be removed", err)
	}
}

// serve keeps one index until it fails or ctx ends. worked says that it caught up.
func (x *Index) serve(ctx context.Context) (worked bool, err error) {
	if err := check(ctx, x.Dir); err != nil {
		return false, err
	}
	s, st, err := x.open()
	if err != nil {
		return false, err
	}
	if !st.Built {
		x.reached(time.Time{})
		x.set(s)
		err = x.build(ctx, s, &st)
		x.set(nil)
		if err = errors.Join(err, s.close()); err != nil {
			return false, err
		}
		if s, err = openShelf(x.Dir, true); err != nil {
			return false, err
		}
	}
	x.set(s)
	worked, err = x.follow(ctx, s, &st)
	x.set(nil)
	return worked, errors.Join(err, s.close())
}

// follow takes in what is committed until the index fails or ctx ends.
func (x *Index) follow(ctx context.Context, s *shelf, st *state) (worked bool, err error) {
	for {
		for more := true; more; {
			if more, err = x.catchUp(ctx, s, st); err != nil {
				return worked, err
			}
		}
		worked = true
		x.caughtUp(st.Seq)
		if err := x.wait(ctx, s, st.Seq); err != nil {
			return worked, err
		}
	}
}

// wait returns when there is more than seq.
func (x *Index) wait(ctx context.Context, s *shelf, seq uint64) error {
	tick := time.NewTicker(cmp.Or(x.Every, time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.broken:
			return s.why
		case <-tick.C:
			if x.Store.Seq() != seq {
				return nil
			}
		}
	}
}

// open opens the index that is there, if it is this store's, else an empty one.
func (x *Index) open() (*shelf, state, error) {
	s, err := openShelf(x.Dir, true)
	if err != nil {
		x.log("search index is made anew", err)
		x.clear()
		s, err = openShelf(x.Dir, true)
	}
	if err != nil {
		return nil, state{}, err
	}
	st, err := s.state()
	if err != nil {
		return nil, st, errors.Join(err, s.close())
	}
	var fits bool
	var fresh state
	err = x.Store.View(func(tx *store.Tx) error {
		fits = belongs(tx, st)
		fresh = startOf(tx)
		return nil
	})
	switch {
	case err != nil:
		return nil, st, errors.Join(err, s.close())
	case fits && st.Built:
		return s, st, nil
	}
	if err := s.close(); err != nil {
		return nil, st, err
	}
	if !fits {
		x.clear()
		st = fresh
	}
	s, err = openShelf(x.Dir, false) // it is written as fast as it goes
	return s, st, err
}

func (s *shelf) state() (st state, err error) {
	err = guard(func() error {
		r, err := s.Reader()
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		st, err = stateOf(r)
		return err
	})
	return st, err
}

// startOf is the state of an index that is to be made of the store as it stands.
func startOf(tx *store.Tx) state {
	st := state{Version: version, Made: tx.Created().UnixMilli()}
	st.reach(tx, tx.Seq())
	return st
}

func (st *state) reach(tx *store.Tx, seq uint64) { st.Seq, st.Record = seq, tx.Records.ID(seq) }

// belongs says whether an index was made of this store, in this version, and whether
// all that changed since is still known.
func belongs(tx *store.Tx, st state) bool {
	if st.Version != version || st.Made != tx.Created().UnixMilli() || st.Seq > tx.Seq() || st.Record != tx.Records.ID(st.Seq) {
		return false
	}
	oldest := tx.Changes.Oldest()
	return st.Seq == tx.Seq() || oldest != 0 && oldest <= st.Seq+1
}

// job is a story on its way into the index; without takes it leaves it.
type job struct {
	id    string
	story *news.Story
	takes []take
}

func (r *reading) job(s *news.Story) (job, error) {
	takes, err := r.takes(s)
	return job{s.ID, s, takes}, err
}

// build looks at every story once, the newest first, and goes on where it stopped.
func (x *Index) build(ctx context.Context, s *shelf, st *state) error {
	x.log("search index is being made", nil, "dir", x.Dir)
	for b, n := index.NewBatch(), 0; ; {
		jobs, last, err := x.below(st.Cursor)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if len(j.takes) > 0 {
				b.Update(newPaper(j.story, j.takes))
			}
		}
		st.Built = last == nil
		if last != nil {
			st.Cursor = []byte(keyOf(last))
			x.reached(last.First)
		}
		if n += len(jobs); n < cmp.Or(x.few, writeAtOnce) && !st.Built && ctx.Err() == nil {
			continue
		}
		if st.Built {
			st.Cursor = nil
		}
		if err := setState(b, *st); err != nil {
			return err
		}
		if err := s.batch(ctx, b, true); err != nil || st.Built {
			return err
		}
		b, n = index.NewBatch(), 0
		if x.between != nil {
			x.between()
		}
	}
}

// below reads the next stories below a key, and says which was the last; nil at the end.
func (x *Index) below(cursor []byte) (jobs []job, last *news.Story, err error) {
	err = x.Store.View(func(tx *store.Tx) error {
		list, err := tx.Stories.Latest(min(readAtOnce, cmp.Or(x.few, readAtOnce)), storyAt(cursor))
		if err != nil {
			return err
		}
		r := newReading(tx)
		for _, s := range list {
			last = s
			if !shown(s) {
				continue
			}
			j, err := r.job(s)
			if err != nil {
				return err
			}
			jobs = append(jobs, j)
		}
		return nil
	})
	return jobs, last, err
}

// storyAt stands for the story with a key; nil is above all.
func storyAt(key []byte) *news.Story {
	if len(key) != keySize {
		return nil
	}
	at := time.UnixMilli(int64(binary.BigEndian.Uint64(key[13:]) ^ 1<<63)).UTC()
	return &news.Story{ID: string(key[:13]), First: at, Seq: binary.BigEndian.Uint64(key[21:])}
}

// catchUp takes in the changes after st.Seq, as many as one step may have, and says
// whether there are more.
func (x *Index) catchUp(ctx context.Context, s *shelf, st *state) (more bool, err error) {
	if x.Store.Seq() == st.Seq {
		return false, nil
	}
	next := *st
	var ids []string
	var langs map[string]string
	err = x.Store.View(func(tx *store.Tx) error {
		changes, err := tx.Changes.After(st.Seq, changesAtOnce)
		if err != nil {
			return err
		}
		ids = touched(changes)
		if more = len(changes) == changesAtOnce; more {
			next.reach(tx, changes[len(changes)-1].Seq)
		} else {
			next.reach(tx, tx.Seq())
		}
		rules, err := tx.Rules()
		if err != nil || rules == nil || rules.Hash == st.Mark {
			return err
		}
		next.Mark = rules.Hash
		langs, err = languages(tx)
		return err
	})
	if err != nil {
		return false, err
	}
	if langs != nil {
		turned, err := s.turned(langs)
		if err != nil {
			return false, err
		}
		ids = append(ids, turned...)
	}
	if err := x.take(ctx, s, ids, next, langs); err != nil {
		return false, err
	}
	*st = next
	return more, nil
}

// touched are the stories that changes name, each once.
func touched(changes []news.Change) []string {
	var ids []string
	for _, c := range changes {
		ids = append(append(ids, c.Stories...), c.TextChanged...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// take reads stories again, a few at a time, and writes how far that gets the index
// with the last of them.
func (x *Index) take(ctx context.Context, s *shelf, ids []string, next state, langs map[string]string) error {
	for {
		some := ids[:min(len(ids), readAtOnce)]
		ids = ids[len(some):]
		b, err := x.reread(s, some)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			if err := setState(b, next); err != nil {
				return err
			}
			if langs != nil {
				j, err := json.Marshal(langs)
				if err != nil {
					return err
				}
				b.SetInternal(langsKey, j)
			}
		}
		if err := s.batch(ctx, b, false); err != nil || len(ids) == 0 {
			return err
		}
	}
}

// reread makes a batch of stories as they stand now.
func (x *Index) reread(s *shelf, ids []string) (*index.Batch, error) {
	var jobs []job
	err := x.Store.View(func(tx *store.Tx) error {
		r := newReading(tx)
		for _, id := range ids {
			st, err := tx.Stories.Get(id)
			if err != nil {
				return err
			}
			j := job{id: id}
			if shown(st) {
				if j, err = r.job(st); err != nil {
					return err
				}
			}
			jobs = append(jobs, j)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	b := index.NewBatch()
	return b, guard(func() error { return s.replace(b, jobs) })
}

// replace puts each story's paper in the place of what the index has of it.
func (s *shelf) replace(b *index.Batch, jobs []job) error {
	r, err := s.Reader()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	for _, j := range jobs {
		dict, err := r.FieldDictPrefix("_id", []byte(j.id))
		if err != nil {
			return err
		}
		for {
			e, err := dict.Next()
			if err != nil {
				return errors.Join(err, dict.Close())
			}
			if e == nil {
				break
			}
			b.Delete(e.Term)
		}
		if err := dict.Close(); err != nil {
			return err
		}
		if len(j.takes) > 0 {
			b.Update(newPaper(j.story, j.takes))
		}
	}
	return nil
}

// languages are those that the rules give to sources.
func languages(tx *store.Tx) (map[string]string, error) {
	all, err := tx.Sources.AllForQueries()
	langs := make(map[string]string, len(all))
	for _, s := range all {
		if s.Language != "" {
			langs[s.ID] = s.Language
		}
	}
	return langs, err
}

// turned are the stories of the sources whose language is another than when the
// index took it in: they are stemmed by it.
func (s *shelf) turned(langs map[string]string) (ids []string, err error) {
	err = guard(func() error {
		r, err := s.Reader()
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		changed, err := turnedIn(r, langs)
		if err != nil {
			return err
		}
		for _, id := range changed {
			more, err := storiesOf(r, id)
			if err != nil {
				return err
			}
			ids = append(ids, more...)
		}
		return nil
	})
	return ids, err
}

// turnedIn are the sources whose language is another than the index has.
func turnedIn(r index.IndexReader, langs map[string]string) (ids []string, err error) {
	was := map[string]string{}
	b, err := r.GetInternal(langsKey)
	if err != nil {
		return nil, err
	}
	if b != nil {
		if err := json.Unmarshal(b, &was); err != nil {
			return nil, fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
	for id := range both(was, langs) {
		if was[id] != langs[id] {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func both(a, b map[string]string) map[string]bool {
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return keys
}

// storiesOf are those that a source has a part in.
func storiesOf(r index.IndexReader, source string) (ids []string, err error) {
	tfr, err := r.TermFieldReader(context.Background(), []byte(source), fieldSource, false, false, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tfr.Close() }()
	for {
		hit, err := tfr.Next(nil)
		if err != nil || hit == nil {
			return ids, err
		}
		key, err := r.ExternalID(hit.ID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, storyOf(key))
	}
}
