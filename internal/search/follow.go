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
		x.setProblem(err)
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
		x.setProgress(time.Time{})
		x.setHandle(s)
		err = x.build(ctx, s, &st)
		x.setHandle(nil)
		if err = errors.Join(err, s.close()); err != nil {
			return false, err
		}
		if s, err = openHandle(x.Dir, true); err != nil {
			return false, err
		}
	}
	x.setHandle(s)
	worked, err = x.follow(ctx, s, &st)
	x.setHandle(nil)
	return worked, errors.Join(err, s.close())
}

// follow takes in what is committed until the index fails or ctx ends.
func (x *Index) follow(ctx context.Context, s *handle, st *indexState) (worked bool, err error) {
	for {
		for more := true; more; {
			if more, err = x.catchUp(ctx, s, st); err != nil {
				return worked, err
			}
		}
		worked = true
		x.setCaughtUp(st.Seq)
		if err := x.wait(ctx, s, st.Seq); err != nil {
			return worked, err
		}
	}
}

// wait returns when there is more than seq.
func (x *Index) wait(ctx context.Context, s *handle, seq uint64) error {
	tick := time.NewTicker(cmp.Or(x.Every, time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.broken:
			return s.cause
		case <-tick.C:
			if x.Store.Seq() != seq {
				return nil
			}
		}
	}
}

// open opens the index that is there, if it is this store's, else an empty one.
func (x *Index) open() (*handle, indexState, error) {
	s, err := openHandle(x.Dir, true)
	if err != nil {
		x.log("search index is made anew", err)
		x.clear()
		s, err = openHandle(x.Dir, true)
	}
	if err != nil {
		return nil, indexState{}, err
	}
	st, err := s.state()
	if err != nil {
		return nil, st, errors.Join(err, s.close())
	}
	var fits bool
	var fresh indexState
	err = x.Store.View(func(tx *store.Tx) error {
		fits = belongsTo(tx, st)
		fresh = initialState(tx)
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
	s, err = openHandle(x.Dir, false) // it is written as fast as it goes
	return s, st, err
}

func (s *handle) state() (st indexState, err error) {
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

// initialState is the state of an index that is to be made of the store as it stands.
func initialState(tx *store.Tx) indexState {
	st := indexState{Version: version, StoreCreated: tx.Made().UnixMilli()}
	st.advanceTo(tx, tx.Seq())
	return st
}

func (st *indexState) advanceTo(tx *store.Tx, seq uint64) { st.Seq, st.Record = seq, tx.Filed(seq) }

// belongsTo says whether an index was made of this store, in this version, and whether
// all that changed since is still known.
func belongsTo(tx *store.Tx, st indexState) bool {
	if st.Version != version || st.StoreCreated != tx.Made().UnixMilli() || st.Seq > tx.Seq() || st.Record != tx.Filed(st.Seq) {
		return false
	}
	oldest := tx.OldestChange()
	return st.Seq == tx.Seq() || oldest != 0 && oldest <= st.Seq+1
}

// update is a story on its way into the index; without takes it leaves it.
type update struct {
	id    string
	story *news.Story
	takes []take
}

func (r *storyReader) updateOf(s *news.Story) (update, error) {
	takes, err := r.takes(s)
	return update{s.ID, s, takes}, err
}

// build looks at every story once, the newest first, and goes on where it stopped.
func (x *Index) build(ctx context.Context, s *handle, st *indexState) error {
	x.log("search index is being made", nil, "dir", x.Dir)
	for b, n := index.NewBatch(), 0; ; {
		jobs, last, err := x.nextStories(st.Cursor)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if len(j.takes) > 0 {
				b.Update(newDocument(j.story, j.takes))
			}
		}
		st.Built = last == nil
		if last != nil {
			st.Cursor = []byte(keyOf(last))
			x.setProgress(last.First)
		}
		if n += len(jobs); n < cmp.Or(x.limit, writeAtOnce) && !st.Built && ctx.Err() == nil {
			continue
		}
		if st.Built {
			st.Cursor = nil
		}
		if err := setState(b, *st); err != nil {
			return err
		}
		if err := s.write(ctx, b, true); err != nil || st.Built {
			return err
		}
		b, n = index.NewBatch(), 0
		if x.afterStep != nil {
			x.afterStep()
		}
	}
}

// nextStories reads the next stories below a key, and says which was the last; nil at the end.
func (x *Index) nextStories(cursor []byte) (jobs []update, last *news.Story, err error) {
	err = x.Store.View(func(tx *store.Tx) error {
		list, err := tx.Latest(min(readAtOnce, cmp.Or(x.limit, readAtOnce)), storyAt(cursor))
		if err != nil {
			return err
		}
		r := newStoryReader(tx)
		for _, s := range list {
			last = s
			if !shown(s) {
				continue
			}
			j, err := r.updateOf(s)
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
func (x *Index) catchUp(ctx context.Context, s *handle, st *indexState) (more bool, err error) {
	if x.Store.Seq() == st.Seq {
		return false, nil
	}
	next := *st
	var ids []string
	var langs map[string]string
	err = x.Store.View(func(tx *store.Tx) error {
		changes, err := tx.Changes(st.Seq, changesAtOnce)
		if err != nil {
			return err
		}
		ids = changedStories(changes)
		if more = len(changes) == changesAtOnce; more {
			next.advanceTo(tx, changes[len(changes)-1].Seq)
		} else {
			next.advanceTo(tx, tx.Seq())
		}
		rules, err := tx.Rules()
		if err != nil || rules == nil || rules.Hash == st.RulesHash {
			return err
		}
		next.RulesHash = rules.Hash
		langs, err = languages(tx)
		return err
	})
	if err != nil {
		return false, err
	}
	if langs != nil {
		turned, err := s.storiesInNewLanguage(langs)
		if err != nil {
			return false, err
		}
		ids = append(ids, turned...)
	}
	if err := x.indexStories(ctx, s, ids, next, langs); err != nil {
		return false, err
	}
	*st = next
	return more, nil
}

// changedStories are the stories that changes name, each once.
func changedStories(changes []news.Change) []string {
	var ids []string
	for _, c := range changes {
		ids = append(append(ids, c.Stories...), c.TextChanged...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// indexStories reads stories again, a few at a time, and writes how far that gets the index
// with the last of them.
func (x *Index) indexStories(ctx context.Context, s *handle, ids []string, next indexState, langs map[string]string) error {
	for {
		some := ids[:min(len(ids), readAtOnce)]
		ids = ids[len(some):]
		b, err := x.batchOf(s, some)
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
		if err := s.write(ctx, b, false); err != nil || len(ids) == 0 {
			return err
		}
	}
}

// batchOf makes a batch of stories as they stand now.
func (x *Index) batchOf(s *handle, ids []string) (*index.Batch, error) {
	var jobs []update
	err := x.Store.View(func(tx *store.Tx) error {
		r := newStoryReader(tx)
		for _, id := range ids {
			st, err := tx.Story(id)
			if err != nil {
				return err
			}
			j := update{id: id}
			if shown(st) {
				if j, err = r.updateOf(st); err != nil {
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
	return b, guard(func() error { return s.replaceDocuments(b, jobs) })
}

// replaceDocuments puts each story's paper in the place of what the index has of it.
func (s *handle) replaceDocuments(b *index.Batch, jobs []update) error {
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
			b.Update(newDocument(j.story, j.takes))
		}
	}
	return nil
}

// languages are those that the rules give to sources.
func languages(tx *store.Tx) (map[string]string, error) {
	all, err := tx.Outlines()
	langs := make(map[string]string, len(all))
	for _, s := range all {
		if s.Language != "" {
			langs[s.ID] = s.Language
		}
	}
	return langs, err
}

// storiesInNewLanguage are the stories of the sources whose language is another than when the
// index took it in: they are stemmed by it.
func (s *handle) storiesInNewLanguage(langs map[string]string) (ids []string, err error) {
	err = guard(func() error {
		r, err := s.Reader()
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		changed, err := sourcesInNewLanguage(r, langs)
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

// sourcesInNewLanguage are the sources whose language is another than the index has.
func sourcesInNewLanguage(r index.IndexReader, langs map[string]string) (ids []string, err error) {
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
	for id := range union(was, langs) {
		if was[id] != langs[id] {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func union(a, b map[string]string) map[string]bool {
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
