package desk

import (
	"cmp"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// batch is one visit record being applied.
type batch struct {
	*edit
	*news.Visit
	src     *news.SourceState
	first   bool            // nothing of this source was read before
	fresh   bool            // the document lists none of what it listed before
	found   map[string]bool // entries of this record, so that no two items become one
	reborn  int             // items that match a known entry but for the day
	before  []uint64        // what the document listed last time
	own     []string        // see told
	born    map[string]bool // stories born by this record
	because map[string]time.Time
	names   []string // see publishers
	voice   string   // see owner
}

// visit applies a batch. Batches of a source that is gone are dropped whole: what
// they vouch for goes with them.
func (e *edit) visit(v *news.Visit) error {
	src, err := e.source(v.Source)
	if err != nil || src == nil || src.Removed {
		return err
	}
	c := *src
	c.Days = slices.Clone(src.Days)
	b := &batch{edit: e, Visit: v, src: &c, first: !src.Visited, found: map[string]bool{}, born: map[string]bool{}, because: map[string]time.Time{}}
	e.backlog = v.Backlog || b.first
	if err := b.describe(); err != nil {
		return err
	}
	if err := b.list(); err != nil {
		return err
	}
	if err := b.file(); err != nil {
		return err
	}
	if err := b.place(); err != nil {
		return err
	}
	if err := b.ring(); err != nil {
		return err
	}
	return b.close()
}

// describe takes over what the document says of itself. A name that pages show
// makes every edition another.
func (b *batch) describe() error {
	if b.Feed == nil {
		return nil
	}
	before := b.src.Label()
	b.src.Feed = *b.Feed
	if b.src.Label() == before || b.first {
		return nil
	}
	return b.bumpAll()
}

func (e *edit) bumpAll() error {
	for _, t := range e.rules.Topics {
		if err := e.bump(t.Name, 0); err != nil {
			return err
		}
	}
	return nil
}

// list notes which entries the document no longer shows, and which are back. It
// comes before the entries: a re-issue is known by what went away.
func (b *batch) list() error {
	if b.Listed == nil || b.Partial {
		return nil
	}
	now := make(map[uint64]bool, len(b.Listed))
	for _, k := range b.Listed {
		now[k] = true
	}
	was := make(map[uint64]bool, len(b.src.Listed))
	b.fresh = len(b.src.Listed) > 0
	for _, k := range b.src.Listed {
		was[k] = true
		if now[k] {
			b.fresh = false
			continue
		}
		if err := b.unlist(k); err != nil {
			return err
		}
	}
	for _, k := range b.Listed {
		if was[k] || k == 0 {
			continue
		}
		if err := b.relist(k); err != nil {
			return err
		}
	}
	b.before, b.src.Listed = b.src.Listed, b.Listed
	return nil
}

func (b *batch) unlist(key uint64) error {
	en, err := b.tx.Entry(b.tx.ByKey(b.Source, key))
	if err != nil || en == nil || !en.Unlisted.IsZero() {
		return err
	}
	return b.tx.Unlist(en, b.rec.At)
}

func (b *batch) relist(key uint64) error {
	en, err := b.tx.Entry(b.tx.ByKey(b.Source, key))
	if err != nil || en == nil || en.Unlisted.IsZero() {
		return err
	}
	return b.tx.Relist(en)
}

// file takes the entries in the order in which their source wrote them: documents
// begin with the newest.
func (b *batch) file() error {
	for i := len(b.Entries) - 1; i >= 0; i-- {
		if err := b.take(&b.Entries[i], i); err != nil {
			return err
		}
	}
	return nil
}

// take files one entry: known, known under another key, or new.
func (b *batch) take(en *news.Entry, i int) error {
	en.Source = b.Source
	if en.Keys.GUID != 0 || en.Keys.Link != 0 {
		en.Keys.Headline = 0 // it would never be asked for
	}
	known, err := b.known(en)
	if err != nil {
		return err
	}
	if known != nil && !b.found[known.ID] {
		b.found[known.ID] = true
		return b.again(known, en)
	}
	return b.fileNew(en, i)
}

// fileNew gives an entry its identity and its story.
func (b *batch) fileNew(en *news.Entry, i int) error {
	en.ID = news.EntryID(b.Source, en.Keys.First(), b.rec.Seq, i)
	en.Seq = b.rec.Seq
	en.At = b.clamp(en.Published, i)
	b.found[en.ID] = true
	b.entries++
	b.src.Entries++
	b.src.Last = later(b.src.Last, en.At)
	b.src.Count(en.At)
	if q := b.rules.matches[b.Source]; q != nil && !q.Match(b.readDoc(en, b.src), 1) {
		en.Dropped = true
		return b.tx.PutEntry(en)
	}
	return b.fold1(en)
}

// clamp gives Entry.At. Entries that would all get the same instant keep the order
// of their document, a millisecond apart.
func (b *batch) clamp(published time.Time, i int) time.Time {
	at := news.Clamp(published, b.Prev, b.rec.At, b.Backlog || b.first, b.rules.Keep)
	step := time.Duration(i) * time.Millisecond
	switch {
	case published.IsZero() || published.After(b.rec.At):
		return later(at.Add(-step), b.Prev)
	case published.Before(at):
		step = time.Duration(len(b.Entries)-1-i) * time.Millisecond
		if t := at.Add(step); !t.After(b.rec.At) {
			return t
		}
	}
	return at
}

// fold1 lets the fold decide which story the entry joins.
func (b *batch) fold1(en *news.Entry) error {
	text, amends, told := en.Headline, story.NoAmendment, []string(nil)
	switch {
	case story.IsKill(text):
		s, err := b.recalled(en)
		if err != nil {
			return err
		}
		if s != nil {
			return b.recall(en, s)
		}
		text, amends = cmp.Or(story.KilledHeadline(text), text), story.Withdraws // it joins what it takes back
	case story.IsCorrection(text):
		var err error
		if told, err = b.told(); err != nil {
			return err
		}
		amends = story.Corrects
	}
	v := b.fold.Judge(story.Headline{
		Entry: en.ID, Seq: en.Seq, Source: b.Source, Owner: b.owner(), Language: en.Language,
		Text: text, Page: en.Keys.Page, At: en.At, Amends: amends, SourceStories: told,
		Publishers: b.publishers(), NoFold: b.src.Fold == news.FoldNone,
	})
	b.signed++
	en.Story, en.SignatureNumber = v.Story, b.signed
	if v.Level != news.LevelNew {
		s, err := b.survivor(v.Story)
		if err != nil {
			return err
		}
		if s != nil {
			en.Story = s.ID
		}
	}
	if err := b.tx.PutSignature(b.rec.Seq, b.signed, en.At, v.Signature); err != nil {
		return err
	}
	if err := b.tx.PutEntry(en); err != nil {
		return err
	}
	b.readDoc(en, b.src)
	return b.join(en, v)
}

func (b *batch) owner() string {
	if b.voice == "" {
		b.voice = b.src.Owner
	}
	if b.voice == "" {
		b.voice = cmp.Or(fetch.Domain(b.src.Feed.Site), fetch.Domain(b.src.Address))
	}
	return b.voice
}

// publishers are the names that a headline may carry before or behind it.
func (b *batch) publishers() []string {
	if b.names == nil {
		var heads []string
		for i := range b.Entries {
			heads = append(heads, b.Entries[i].Headline)
		}
		own := []string{b.src.Title, b.src.Feed.Title, b.owner(), b.src.Name}
		b.names = slices.DeleteFunc(append(own, story.OutletSuffixes(heads)...), func(s string) bool { return s == "" })
	}
	return b.names
}

// close writes the source. Validators vouch for what this transaction keeps.
func (b *batch) close() error {
	if b.Final {
		b.src.Validators = b.Validators
		b.src.Visited = true
	}
	b.src.Seq, b.src.At = b.rec.Seq, later(b.src.At, b.rec.At)
	b.keepSource(b.src)
	return b.tx.PutSource(b.src)
}
