package poll

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
)

// backlogAfter is how long a source must have been unread for its new items to count as
// backlog. It is longer than the longest pace.
const backlogAfter = 48 * time.Hour

// maxBatch limits the bytes of entries in one batch, unless a single entry is larger.
const maxBatch = 512 << 10

// makeBatch returns what is to be filed, or nil if the visit changed nothing.
func (v *visit) makeBatch(st *news.SourceState) *news.Visit {
	b := &news.Visit{Source: v.conf.ID, Partial: v.partial, Reissued: v.reissue, Entries: v.changes.changed}
	b.Prev = v.before.LastSuccess // a push since then is no visit
	if !st.Visited {
		b.Prev = time.Time{}
	}
	v.isBacklog = !st.Visited || v.began.Sub(b.Prev) > backlogAfter
	b.Backlog = v.isBacklog
	if f := v.feedInfo(); v.isWhole() && f != st.Feed {
		b.Feed = &f
	}
	if !v.partial {
		b.Listed = v.changes.listed
	}
	b.Validators = v.validators(st)
	if st.Visited && len(b.Entries) == 0 && b.Feed == nil && (v.partial || v.changes.sameList) {
		return nil
	}
	return b
}

// validators returns the validators to store with the batch: those of the answer, none if
// the document was cut off, and after a push those from before.
func (v *visit) validators(st *news.SourceState) news.Validators {
	switch {
	case v.res == nil:
		return st.Validators
	case v.doc.Truncated:
		return news.Validators{}
	}
	return v.res.Validators
}

// isWhole reports whether the document has the feed's own description. A pushed document or
// a difference may lack it.
func (v *visit) isWhole() bool { return v.res != nil && !v.res.Delta }

// feedInfo returns what the document says about itself. A hub in the HTTP header precedes
// that of the document (WebSub, 4); the hub that a web page names counts for a feed that has
// none.
func (v *visit) feedInfo() news.Feed {
	f := canon.Feed(v.doc)
	if v.res == nil {
		return f
	}
	f.Hub, f.Self = cmp.Or(v.res.Hub, f.Hub), cmp.Or(v.res.Self, f.Self)
	if !v.followed && v.url == v.before.Found {
		v.hub = v.before.FoundHub
	}
	if f.Hub == "" && v.hub != "" {
		f.Hub, f.Self = v.hub, v.url
	}
	return f
}

// file files the batch in parts of limited size. Only the last has the validators, because
// they vouch for all parts.
func (v *visit) file(ctx context.Context, b *news.Visit) error {
	if err := v.awaitClock(ctx); err != nil {
		return err
	}
	parts := splitBatch(b)
	for i := range parts {
		r := news.Record{At: v.p.recordTime(), Visit: &parts[i]}
		r.SetID()
		if err := v.p.Sink.File(ctx, r); err != nil {
			return &filingError{fmt.Errorf("file %s: %w", v.conf.Name, err)}
		}
		v.at = r.At
	}
	v.filed = len(b.Entries)
	return nil
}

// filingError is an error of the Sink.
type filingError struct{ error }

func (e *filingError) Unwrap() error { return e.error }

// splitBatch returns the parts of a batch.
func splitBatch(b *news.Visit) []news.Visit {
	var parts []news.Visit
	rest, part := b.Entries, *b
	for {
		n := fitBatch(rest)
		part.Entries, rest = rest[:n], rest[n:]
		part.Validators = news.Validators{}
		parts = append(parts, part)
		if len(rest) == 0 {
			break
		}
		part.Listed, part.Feed = nil, nil
	}
	last := &parts[len(parts)-1]
	last.Validators, last.Final = b.Validators, true
	return parts
}

// fitBatch returns how many of the entries fit in one batch.
func fitBatch(entries []news.Entry) int {
	size := 0
	for i := range entries {
		size += entrySize(&entries[i])
		if size > maxBatch && i > 0 {
			return i
		}
	}
	return len(entries)
}

// entrySize estimates the bytes of an entry in a record.
func entrySize(e *news.Entry) int {
	n := 400 + len(e.GUID) + len(e.Link) + len(e.Headline) + len(e.Summary) + len(e.Body) + len(e.Base) + len(e.Author) +
		len(e.Rights) + len(e.License) + len(e.Origin) + len(e.OriginFeed)
	for _, c := range e.Categories {
		n += len(c) + 3
	}
	for i := range e.Media {
		n += 100 + len(e.Media[i].URL) + len(e.Media[i].Title) + len(e.Media[i].Alt) + len(e.Media[i].Credit)
	}
	return n + n/8
}
