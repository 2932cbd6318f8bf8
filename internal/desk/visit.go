package desk

import (
	"cmp"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/topic"
)

// visitWork applies a visit: one batch of entries of one source.
type visitWork struct {
	storyWork
	*news.Visit
	src   *news.SourceState // changed, and written at the end
	first bool              // nothing of this source was read before

	listedBefore []uint64 // what the document listed last time
	allNew       bool     // the document lists none of what it listed before
	reissues     int      // items with a headline that was known; counted by isReissued
	gone         []string // ids of the entries that the document no longer lists, since its first batch
	versions     *versions
	shared       map[uint64]bool // link keys under which this source has several entries
	failed       error           // of isApart, which cannot return it
	ownStories   int             // stories that isApart found apart from the entry that is judged

	found   map[string]bool      // ids of the entries that items of this record are, so that no two are one
	begun   map[string]bool      // ids of the stories that begin with this record
	changed map[string]time.Time // by story: when it came to be what it is by this record
	told    map[string]bool      // ids of the stories of entries that were published before a restore
	untold  map[string]bool      // ids of the stories of other new entries

	ahead, past  bool // it brought entries dated ahead as by a wrong time zone, others that are not
	hadZoneHabit bool // the source was known for such dates before

	names []string // see publishers
	own   []string // see earlierStories

	earlier   []*news.Entry // see earlierEntries
	reworders int           // corrections that were compared with them
}

// visit applies a batch. If the source was removed, the whole batch is dropped with its
// validators.
func (w *recordWork) visit(v *news.Visit) error {
	src, err := w.Source(v.Source)
	if err != nil || src == nil || src.Removed {
		return err
	}
	b := w.newVisit(v, src)
	w.backlog = v.Backlog || b.first
	for _, step := range []func() error{b.describe, b.list, b.accept, b.judgeDates, b.placeStories, b.ring, b.close} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// newVisit copies what applying the visit changes: the caller may file the record again.
func (w *recordWork) newVisit(v *news.Visit, src *news.SourceState) *visitWork {
	visit, state := *v, *src
	visit.Entries = slices.Clone(v.Entries)
	state.Days = slices.Clone(src.Days)
	if visit.Prev.After(w.record.At) { // it was made by a clock that was ahead
		visit.Prev = src.At
	}
	return &visitWork{
		storyWork: w.storyWork(), Visit: &visit, src: &state, first: !src.Visited, hadZoneHabit: src.Ahead >= zoneHabit,
		shared: map[uint64]bool{}, found: map[string]bool{}, begun: map[string]bool{}, changed: map[string]time.Time{},
		told: map[string]bool{}, untold: map[string]bool{},
	}
}

// describe stores what the document says of itself. A name or a notice of rights that
// feeds show makes every edition new.
func (w *visitWork) describe() error {
	if w.Feed == nil {
		return nil
	}
	label, rights := w.src.Label(), w.src.Feed.Rights
	w.src.Feed = *w.Feed
	if w.src.Label() == label && w.src.Feed.Rights == rights || w.first {
		return nil
	}
	return w.renewAll()
}

// list stores which entries the document no longer lists, and which are back. It comes
// before the entries: a re-issue is recognized by what is no longer listed.
func (w *visitWork) list() error {
	if w.Partial {
		w.allNew = w.Reissued
		return nil
	}
	w.resume()
	if w.Listed == nil {
		w.listedBefore = w.src.Listed
		return nil
	}
	w.listedBefore = slices.Concat(w.src.Listed, w.src.Parts)
	before, now := asSet(w.listedBefore), asSet(w.Listed)
	allNew := len(before) > 0
	for _, key := range w.listedBefore {
		if now[key] {
			allNew = false
			continue
		}
		id, err := w.unlist(w.Visit.Source, key)
		if err != nil {
			return err
		}
		if id != "" {
			w.gone = append(w.gone, id)
		}
	}
	for _, key := range w.Listed {
		if before[key] || key == 0 {
			continue
		}
		if err := w.relist(key); err != nil {
			return err
		}
	}
	w.src.Listed, w.src.Parts = w.Listed, nil
	w.allNew = w.allNew || allNew
	return nil
}

// resume takes up what earlier batches of the document told: the first lists it. If they
// are of a visit that broke off, the next visit goes on with it.
func (w *visitWork) resume() {
	doc := w.src.Unfinished
	if doc == nil {
		return
	}
	w.gone = slices.Clone(doc.Gone)
	if doc.Reissued {
		w.allNew, w.reissues = true, minReissues
	}
}

// keep stores for the next batch of the document what this one needed.
func (w *visitWork) keep() {
	switch {
	case w.Partial:
	case w.Final:
		w.src.Unfinished = nil
	case len(w.gone) > 0:
		w.src.Unfinished = &news.Document{Gone: w.gone, Reissued: w.isReissued()}
	}
}

func asSet(keys []uint64) map[uint64]bool {
	set := make(map[uint64]bool, len(keys))
	for _, key := range keys {
		set[key] = true
	}
	return set
}

// unlist stores that a source no longer lists an entry, and returns the entry's id; none
// if that was stored before.
func (w *recordWork) unlist(source string, key uint64) (string, error) {
	en, err := w.Tx.Entries.Get(w.Tx.Entries.ByKey(source, key))
	if err != nil || en == nil || !en.Unlisted.IsZero() {
		return "", err
	}
	return en.ID, w.Tx.Entries.Unlist(en, w.record.At)
}

func (w *visitWork) relist(key uint64) error {
	en, err := w.Tx.Entries.Get(w.Tx.Entries.ByKey(w.Visit.Source, key))
	if err != nil || en == nil || en.Unlisted.IsZero() {
		return err
	}
	return w.Tx.Entries.Relist(en)
}

// accept accepts the entries in the order in which their source wrote them: documents
// begin with the newest.
func (w *visitWork) accept() error {
	if err := w.dropPlaces(); err != nil {
		return err
	}
	for i := len(w.Entries) - 1; i >= 0; i-- {
		if err := w.acceptEntry(&w.Entries[i], i); err != nil {
			return err
		}
	}
	return nil
}

// acceptEntry stores an entry that is new, or the new state of one that is known.
func (w *visitWork) acceptEntry(en *news.Entry, i int) error {
	en.Source = w.Visit.Source
	if en.Keys.GUID != 0 || en.Keys.Link != 0 {
		en.Keys.Headline = 0 // not looked up when there is a guid or a link
	}
	known, err := w.known(en)
	if err != nil {
		return err
	}
	if known != nil && !w.found[known.ID] {
		w.found[known.ID] = true
		return w.update(known, en)
	}
	if w.shared[en.Keys.Link] {
		en.Keys.Page = "" // a page that many items share says nothing of what they report
	}
	return w.add(en, i)
}

// add gives a new entry its identity and its story.
func (w *visitWork) add(en *news.Entry, i int) error {
	en.ID = news.EntryID(w.Visit.Source, en.Keys.First(), w.record.Seq, i)
	en.Seq = w.record.Seq
	en.At = w.clamp(en.Published, i)
	known, err := w.adopted(en, false)
	if err != nil {
		return err
	}
	if known != nil {
		if err := w.takeIdentity(en, known); err != nil {
			return err
		}
	}
	w.found[en.ID] = true
	w.entries++
	w.src.Entries++
	w.src.Last = news.Later(w.src.Last, en.At)
	w.src.Count(en.At)
	w.noteDate(en)
	switch {
	case w.rules.drops(w.Visit.Source, func() *topic.Doc { return w.Doc(en, w.src) }):
		en.Dropped = true
		err = w.Tx.Entries.Put(en)
	case known == nil:
		err = w.judge(en, "")
	default:
		err = w.judgeAdopted(en, known)
	}
	if err == nil && !en.Dropped {
		err = w.noteTold(en, known)
	}
	if err != nil {
		return err
	}
	if w.Partial && (w.Backlog || known != nil) { // from an archive, or from before
		return w.Tx.Entries.Unlist(en, w.record.At) // until its source's document lists it
	}
	return w.notePart(en)
}

// notePart remembers an entry that came without a whole document. Until the next one it counts
// as listed.
func (w *visitWork) notePart(en *news.Entry) error {
	if !w.Partial {
		return nil
	}
	w.src.Parts = append(slices.Clip(w.src.Parts), en.Keys.First())
	if len(w.src.Parts) <= news.MaxParts {
		return nil
	}
	_, err := w.unlist(w.Visit.Source, w.src.Parts[0])
	w.src.Parts = w.src.Parts[1:]
	return err
}

// clamp returns Entry.At. Entries that would all get the same time are put a
// millisecond apart, in the order of their document.
func (w *visitWork) clamp(published time.Time, i int) time.Time {
	at := news.Clamp(published, w.Prev, w.record.At, w.Backlog || w.first, w.rules.Keep)
	step := time.Duration(i) * time.Millisecond
	switch {
	case published.IsZero() || published.After(w.record.At):
		return news.Later(at.Add(-step), w.Prev)
	case published.Before(at):
		step = time.Duration(len(w.Entries)-1-i) * time.Millisecond
		if t := at.Add(step); !t.After(w.record.At) {
			return t
		}
	}
	return at
}

// judge lets the fold decide which story a new entry joins. id is that of the story that
// begins with it; empty: a new one.
func (w *visitWork) judge(en *news.Entry, id string) error {
	h := story.Headline{
		Story: id, Entry: en.ID, Seq: en.Seq, Source: w.Visit.Source, Owner: ownerOf(w.src), Language: en.Language,
		Text: en.Headline, Summary: en.Summary, Page: en.Keys.Page, At: en.At, Amends: story.NoAmendment,
		Publishers: w.publishers(), NoFold: w.src.Fold == news.FoldNone,
		Undated: en.Published.IsZero() && (w.Backlog || w.first), Fold: w.rules.Fold,
	}
	h.IsApart = func(story string, l news.Level) bool { return w.isApart(en, story, l) }
	switch {
	case story.IsKill(en.Headline):
		s, err := w.withdrawnBy(en)
		if err != nil {
			return err
		}
		if s != nil {
			return w.joinAsKill(en, s)
		}
		h.Text, h.Amends, h.IsApart = cmp.Or(story.KilledHeadline(h.Text), h.Text), story.Withdraws, nil // it joins what it withdraws
	case story.IsCorrection(en.Headline):
		s, err := w.correctedBy(en)
		if err != nil {
			return err
		}
		if s != nil {
			return w.joinUnjudged(en, s)
		}
		if h.SourceStories, err = w.earlierStories(); err != nil {
			return err
		}
		h.Amends, h.IsApart = story.Corrects, nil
	}
	w.ownStories = 0
	v := w.fold.Judge(h)
	if w.failed != nil {
		return w.failed
	}
	return w.storeVerdict(en, v)
}

// storeVerdict stores a new entry with what the fold decided, and joins its story.
func (w *visitWork) storeVerdict(en *news.Entry, v story.Verdict) error {
	w.signatures++
	en.Story, en.SignatureNumber = v.Story, w.signatures
	if v.Level != news.LevelNew {
		s, err := w.Survivor(v.Story)
		if err != nil {
			return err
		}
		if s != nil {
			en.Story = s.ID
		}
	}
	if err := w.Tx.Fold.PutSignature(w.record.Seq, w.signatures, en.At, v.Signature); err != nil {
		return err
	}
	if err := w.Tx.Entries.Put(en); err != nil {
		return err
	}
	w.Doc(en, w.src)
	return w.join(en, v)
}

// publishers returns the names that this document's headlines may begin or end with.
func (w *visitWork) publishers() []string {
	if w.names == nil {
		var headlines []string
		for i := range w.Entries {
			headlines = append(headlines, w.Entries[i].Headline)
		}
		w.names = publishersOf(w.src, headlines)
	}
	return w.names
}

// placeStories brings the stories that the batch touched into the topics whose rules
// they satisfy now.
func (w *visitWork) placeStories() error {
	for _, id := range w.touched {
		s, err := w.Story(id)
		if err != nil {
			return err
		}
		if err := w.placeAfterNews(s, w.changedAt(s)); err != nil {
			return err
		}
	}
	return nil
}

// changedAt returns when a story came to be what it is: the time of its first entry if
// it begins with this record, else that of what this record added.
func (w *visitWork) changedAt(s *news.Story) time.Time {
	if w.begun[s.ID] {
		return s.First
	}
	return news.Later(s.First, w.changed[s.ID])
}

// close writes the source. Its validators vouch for what this transaction stores.
func (w *visitWork) close() error {
	w.keep()
	if w.Final {
		w.src.Validators = w.Validators
		w.src.Visited = true
	}
	w.src.Seq, w.src.At = w.record.Seq, news.Later(w.src.At, w.record.At)
	return w.PutSource(w.src)
}
