package site

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	walkedStories = 20_000 // the newest stories, of which the outlets are read
	walkAtOnce    = 500    // of these in one transaction
	outletStories = 200    // known of each outlet
	maxCatchUp    = 2_000  // changes that are read one by one; with more, everything is read again
)

// recentStories are the newest stories of each source, which no table of the store has. It
// reads them when they are first needed and follows the changes of the store after that.
// What a reader may see of them is for the caller to ask.
type recentStories struct {
	limit int // how many to read; 0 means walkedStories

	mu       sync.Mutex // guards the fields below
	seq      uint64     // of the last record that it has; 0: it was never read
	complete bool       // there are no older stories
	bySource map[string]*sourceStories
	changed  map[string]time.Time // by day in UTC: when stories with a place in it last changed
}

// sourceStories are the newest stories of a source.
type sourceStories struct {
	owner     string    // of its newest take
	ownerAt   time.Time // of that take
	completed bool      // older stories were added
	failed    time.Time // when the last search of older ones failed
	languages []string  // of its takes
	stories   []sourceStory
}

// sourceStory is a story with the time of the source's first take.
type sourceStory struct {
	id string
	at time.Time
}

// of returns the newest stories of a source, newest first, as of the last update.
func (r *recentStories) of(source string) sourceStories {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.bySource[source]
	if s == nil {
		return sourceStories{}
	}
	return sourceStories{owner: s.owner, languages: slices.Clone(s.languages), stories: slices.Clone(s.stories)}
}

// ofOwner returns the sources of an owner, sorted.
func (r *recentStories) ofOwner(owner string) (sources []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, s := range r.bySource {
		if s.owner == owner && owner != "" {
			sources = append(sources, id)
		}
	}
	slices.Sort(sources)
	return sources
}

// sources returns all sources that have stories, sorted.
func (r *recentStories) sources() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.bySource))
}

// changedIn returns when stories with a place from one time on and before another last
// changed, the zero time if that is not known. It knows whole days in UTC.
func (r *recentStories) changedIn(from, to time.Time) (last time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for at := from.UTC().Truncate(24 * time.Hour); at.Before(to); at = at.Add(24 * time.Hour) {
		last = news.Later(last, r.changed[at.Format(time.DateOnly)])
	}
	return last
}

// searchAgain is when older stories are searched again after a search that failed.
const searchAgain = time.Minute

// lacks tells whether older stories of a source may be stored than it knows, too few are
// known for a page, and no search of them has failed lately.
func (r *recentStories) lacks(source string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.bySource[source]
	return !r.complete && (s == nil || !s.completed && len(s.stories) < outletPage && now.Sub(s.failed) >= searchAgain)
}

// searchFailed notes that the older stories of a source could not be searched.
func (r *recentStories) searchFailed(source string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.source(source).failed = now
}

// complement adds older stories of a source.
func (r *recentStories) complement(source string, list []*news.Story) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range list {
		r.add(s, time.Time{})
	}
	r.source(source).completed = true
}

// source returns what is known of a source. The caller holds mu.
func (r *recentStories) source(id string) *sourceStories {
	if r.bySource[id] == nil {
		r.bySource[id] = &sourceStories{}
	}
	return r.bySource[id]
}

// update reads what changed since the last update. It opens transactions, so the caller has
// none.
func (r *recentStories) update(st *store.Store) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seq == st.Seq() && r.seq > 0 {
		return nil
	}
	known, err := r.catchUp(st)
	if err != nil || known {
		return err
	}
	return r.readAll(st)
}

// catchUp reads the stories that changed. It returns false if too much has changed, or the
// changes are no longer stored.
func (r *recentStories) catchUp(st *store.Store) (known bool, err error) {
	if r.seq == 0 {
		return false, nil
	}
	err = st.View(func(tx *store.Tx) error {
		changes, err := tx.Changes.After(r.seq, maxCatchUp)
		if err != nil || len(changes) == maxCatchUp {
			return err
		}
		if oldest := tx.Changes.Oldest(); tx.Seq() > r.seq && (oldest == 0 || oldest > r.seq+1) {
			return nil
		}
		for _, c := range changes {
			if err := r.addChanged(tx, c); err != nil {
				return err
			}
		}
		r.seq, known = tx.Seq(), true
		return nil
	})
	return known, err
}

func (r *recentStories) addChanged(tx *store.Tx, c news.Change) error {
	for _, id := range c.Stories {
		s, err := tx.Stories.Get(id)
		if err != nil {
			return err
		}
		if s != nil {
			r.add(s, c.At)
		}
	}
	return nil
}

// readAll reads the newest stories again, in short transactions.
func (r *recentStories) readAll(st *store.Store) error {
	r.seq, r.bySource, r.changed = 0, map[string]*sourceStories{}, map[string]time.Time{}
	seq, last := st.Seq(), (*news.Story)(nil)
	r.complete = false
	for left := cmp.Or(r.limit, walkedStories); left > 0; left -= walkAtOnce {
		var some []*news.Story
		size := min(left, walkAtOnce)
		err := st.View(func(tx *store.Tx) (err error) {
			some, err = tx.Stories.Latest(size, last)
			return err
		})
		if err != nil {
			return err
		}
		for _, s := range some {
			r.add(s, s.Last)
			last = s
		}
		if len(some) < size {
			r.complete = true
			break
		}
	}
	r.seq = max(seq, 1)
	return nil
}

// add adds a story to those of its sources. at is when it changed.
func (r *recentStories) add(s *news.Story, at time.Time) {
	for _, p := range s.Places {
		if day := p.At.UTC().Format(time.DateOnly); r.changed[day].Before(at) {
			r.changed[day] = at
		}
	}
	for i := range s.Takes {
		t := &s.Takes[i]
		r.source(t.Source).add(s.ID, t)
	}
}

func (s *sourceStories) add(story string, t *news.Take) {
	if !t.At.Before(s.ownerAt) {
		s.owner, s.ownerAt = t.Owner, t.At
	}
	if t.Language != "" && !slices.Contains(s.languages, t.Language) && len(s.languages) < 8 {
		s.languages = append(s.languages, t.Language)
	}
	if slices.ContainsFunc(s.stories, func(o sourceStory) bool { return o.id == story }) {
		return
	}
	if n := len(s.stories); n == outletStories && !t.At.After(s.stories[n-1].at) {
		return
	}
	i, _ := slices.BinarySearchFunc(s.stories, t.At, func(o sourceStory, at time.Time) int { return cmp.Or(at.Compare(o.at), -1) })
	s.stories = slices.Insert(s.stories, i, sourceStory{story, t.At})
	s.stories = s.stories[:min(len(s.stories), outletStories)]
}
