package site

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
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

	updating sync.Mutex // held during an update, which begins transactions
	mu       sync.Mutex // guards the field below; no transaction begins while it is held
	recentData
}

// recentData is what recentStories knows.
type recentData struct {
	seq      uint64      // of the last record that it has; 0: it was never read
	rules    *news.Rules // in force then
	complete bool        // there are no older stories
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
	id       string
	at       time.Time
	isPublic bool // anybody could see the take when the story last changed
}

// publicCount returns how many of the stories were public, and the newest of these.
func (s *sourceStories) publicCount() (n int, newest sourceStory) {
	for _, story := range s.stories {
		if !story.isPublic {
			continue
		}
		if n++; n == 1 {
			newest = story
		}
	}
	return n, newest
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

// publicSource is a source with public stories.
type publicSource struct {
	id      string
	stories int // that are known
	newest  sourceStory
}

// public returns all sources with public stories, sorted by id.
func (r *recentStories) public() (all []publicSource) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(r.bySource)) {
		if n, newest := r.bySource[id].publicCount(); n > 0 {
			all = append(all, publicSource{id, n, newest})
		}
	}
	return all
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
func (r *recentStories) complement(d *publicReader, source string, list []*news.Story) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range list {
		r.add(d, s, time.Time{})
	}
	r.source(source).completed = true
}

// current tells whether it has a record, by these rules.
func (r *recentStories) current(seq uint64, rules *news.Rules) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seq == seq && seq > 0 && r.rules == rules
}

// source returns what is known of a source.
func (r *recentData) source(id string) *sourceStories {
	if r.bySource[id] == nil {
		r.bySource[id] = &sourceStories{}
	}
	return r.bySource[id]
}

// update reads what changed since the last update. It opens transactions, so the caller has
// none.
func (r *recentStories) update(st *store.Store, set *settings) error {
	r.updating.Lock()
	defer r.updating.Unlock()
	if r.current(st.Seq(), set.rules) {
		return nil
	}
	known, err := r.catchUp(st, set)
	if err != nil || known {
		return err
	}
	return r.readAll(st, set)
}

// catchUp reads the stories that changed. It returns false if too much has changed, or the
// changes are no longer stored, or the rules have changed.
func (r *recentStories) catchUp(st *store.Store, set *settings) (known bool, err error) {
	err = st.View(func(tx *store.Tx) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		rules, err := tx.Rules()
		if known = r.seq > 0 && !set.has(rules, tx.Seq()); known { // a request that began before a reload changes nothing
			return err
		}
		if err != nil || r.seq == 0 || rules != r.rules {
			return err
		}
		changes, err := tx.Changes.After(r.seq, maxCatchUp)
		if err != nil || len(changes) == maxCatchUp {
			return err
		}
		d := &publicReader{Snapshot: view.NewSnapshot(tx), set: set}
		if oldest := tx.Changes.Oldest(); tx.Seq() > r.seq && (oldest == 0 || oldest > r.seq+1) {
			return nil
		}
		for _, c := range changes {
			if err := r.addChanged(d, c); err != nil {
				return err
			}
		}
		r.seq, known = tx.Seq(), true
		return d.Err
	})
	return known, err
}

func (r *recentData) addChanged(d *publicReader, c news.Change) error {
	for _, id := range c.Stories {
		s, err := d.Tx.Stories.Get(id)
		if err != nil {
			return err
		}
		if s != nil {
			r.add(d, s, c.At)
		}
	}
	return nil
}

// readAll reads the newest stories again, in short transactions.
func (r *recentStories) readAll(st *store.Store, set *settings) error {
	all := recentData{seq: max(st.Seq(), 1), bySource: map[string]*sourceStories{}, changed: map[string]time.Time{}, rules: set.rules}
	var last *news.Story
	for left := cmp.Or(r.limit, walkedStories); left > 0; left -= walkAtOnce {
		size, read := min(left, walkAtOnce), 0
		err := st.View(func(tx *store.Tx) error {
			d := &publicReader{Snapshot: view.NewSnapshot(tx), set: set}
			some, err := tx.Stories.Latest(size, last)
			for _, s := range some {
				all.add(d, s, s.Last)
				last = s
			}
			read = len(some)
			return cmp.Or(err, d.Err)
		})
		if err != nil {
			return err
		}
		if read < size {
			all.complete = true
			break
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recentData = all
	return nil
}

// add adds a story to those of its sources. at is when it changed.
func (r *recentData) add(d *publicReader, s *news.Story, at time.Time) {
	public := d.publicTakes(s)
	for _, p := range s.Places {
		if day := p.At.UTC().Format(time.DateOnly); r.changed[day].Before(at) {
			r.changed[day] = at
		}
	}
	for i := range s.Takes {
		t := &s.Takes[i]
		r.source(t.Source).add(s.ID, t, slices.ContainsFunc(public, func(p news.Take) bool { return p.Source == t.Source }))
	}
}

func (s *sourceStories) add(story string, t *news.Take, isPublic bool) {
	if !t.At.Before(s.ownerAt) {
		s.owner, s.ownerAt = t.Owner, t.At
	}
	if t.Language != "" && !slices.Contains(s.languages, t.Language) && len(s.languages) < 8 {
		s.languages = append(s.languages, t.Language)
	}
	if i := slices.IndexFunc(s.stories, func(o sourceStory) bool { return o.id == story }); i >= 0 {
		s.stories[i].isPublic = isPublic
		return
	}
	if n := len(s.stories); n == outletStories && !t.At.After(s.stories[n-1].at) {
		return
	}
	i, _ := slices.BinarySearchFunc(s.stories, t.At, func(o sourceStory, at time.Time) int { return cmp.Or(at.Compare(o.at), -1) })
	s.stories = slices.Insert(s.stories, i, sourceStory{story, t.At, isPublic})
	s.stories = s.stories[:min(len(s.stories), outletStories)]
}
