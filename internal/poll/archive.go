package poll

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// A source that answers only 304 for longer than its publishing rhythm explains may be
// behind a stuck cache. It is then requested without validators, at most once a day (rule
// E24).
const (
	minSilence    = 24 * time.Hour
	maxSilence    = 14 * 24 * time.Hour // if the rhythm is not known
	silenceFactor = 4                   // multiplies the mean time between two entries
)

// cacheMayHang reports whether this visit is to be made without validators.
func (v *visit) cacheMayHang() bool {
	s := &v.before
	if s.Validators == (news.Validators{}) || s.LastDocument.IsZero() || v.began.Sub(s.LastDocument) < minSilence || v.began.Sub(s.LastUnconditional) < minSilence {
		return false
	}
	st, err := v.sourceState()
	return err == nil && v.began.Sub(s.LastDocument) >= silenceLimit(st, v.began)
}

// silenceLimit returns how long a source may publish nothing before its cache is doubted.
func silenceLimit(st *news.SourceState, now time.Time) time.Duration {
	if st.Entries < 2 {
		return maxSilence
	}
	since := now.Sub(st.Created) + 7*24*time.Hour // the items of the first document are older
	return min(max(silenceFactor*since/time.Duration(st.Entries), minSilence), maxSilence)
}

// hasGap reports whether a whole document shares nothing with the one before, so that items
// may have been missed in between. A document whose keys all changed is recognized by its
// headlines.
func (v *visit) hasGap(entries []news.Entry, st *news.SourceState) bool {
	if !v.isWhole() || v.partial || !st.Visited || len(st.Listed) == 0 || len(entries) == 0 || len(v.changes.newTimes) != len(entries) {
		return false
	}
	known, err := v.knownEntries(entries)
	return err == nil && len(known) == 0
}

// knownEntries returns the positions of entries that the store has, by key or by headline.
func (v *visit) knownEntries(entries []news.Entry) (map[int]bool, error) {
	out := map[int]bool{}
	err := v.p.Store.View(func(tx *store.Tx) error {
		for i := range entries {
			k := entries[i].Keys
			if k.First() != 0 && tx.Entries.ByKey(v.conf.ID, k.First()) != "" || k.Text != 0 && len(tx.Entries.ByText(v.conf.ID, k.Text)) > 0 {
				out[i] = true
			}
		}
		return nil
	})
	return out, err
}

// maxPages is how many archive pages one visit reads.
const maxPages = 10

// catchUp reads a feed's archive pages (RFC 5005, or rel=next) back to what the document
// before had. It files them before the document that links to them, because the validators
// of that document must not vouch for entries that are not stored. A page that can't be read
// ends it. If it is interrupted, the next visit begins it again and passes over the pages
// that are stored already.
func (v *visit) catchUp(ctx context.Context, st *news.SourceState) error {
	v.res.Release() // a visit must not wait for a slot while it holds memory for a body
	seen := map[string]bool{v.url: true}
	for next := v.doc.Next; len(seen) <= maxPages && next != "" && !seen[next]; {
		seen[next] = true
		doc, err := v.furtherDocument(ctx, next)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			break // a problem of the source; the pages so far are stored
		}
		entries := canon.Entries(doc, v.conf.Source)
		known, err := v.knownEntries(entries)
		if err != nil {
			return err
		}
		if err := v.fileArchivePage(ctx, entries, known, st); err != nil {
			return err
		}
		if overlaps(entries, known, st) {
			return nil
		}
		next = doc.Next
	}
	return nil
}

// overlaps reports whether an archive page goes back to what the document before had. A
// page that is known as a whole may come from an interrupted catchUp instead.
func overlaps(entries []news.Entry, known map[int]bool, st *news.SourceState) bool {
	for i := range known {
		if slices.Contains(st.Listed, entries[i].Keys.First()) {
			return true
		}
	}
	return len(known) > 0 && len(known) < len(entries)
}

// fileArchivePage files the unknown entries of an archive page, as backlog.
func (v *visit) fileArchivePage(ctx context.Context, entries []news.Entry, known map[int]bool, st *news.SourceState) error {
	b := &news.Visit{Source: v.conf.ID, Prev: v.before.LastSuccess, Backlog: true, Partial: true, Validators: st.Validators}
	for i := range entries {
		if !known[i] {
			b.Entries = append(b.Entries, entries[i])
		}
	}
	if len(b.Entries) == 0 {
		return nil
	}
	v.archived += len(b.Entries)
	return v.file(ctx, b)
}

var errElsewhere = errors.New("it is on another host")

// furtherDocument reads a document that belongs to the one of the visit, such as an archive
// page, with a slot at its host.
func (v *visit) furtherDocument(ctx context.Context, next string) (*feed.Document, error) {
	if fetch.Domain(next) != fetch.Domain(v.url) {
		return nil, errElsewhere
	}
	if err := v.turn.acquire(ctx, next); err != nil {
		return nil, err
	}
	res, err := v.turn.get(ctx, v.request(next, news.Validators{}), v.p.now())
	if err != nil {
		return nil, err
	}
	defer res.Release()
	v.secrets.cleanResult(res)
	weight := min(int64(len(res.Body)), maxParse)
	if err := v.p.parse.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	defer v.p.parse.Release(weight)
	doc, err := feed.Read(res.Body, v.secrets.cleanHints(hints(res)))
	if err != nil {
		return nil, err
	}
	v.secrets.cleanDocument(doc)
	return doc, nil
}
