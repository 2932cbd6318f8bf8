package poll

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
)

// backlogAfter is how long a source must have gone unread for what is then found to be
// backlog: longer than the longest pace.
const backlogAfter = 48 * time.Hour

// maxBatch is the most bytes of entries in one batch, unless a single one is larger.
const maxBatch = 512 << 10

// makeBatch is what is to be filed, nil when the visit changed nothing.
func (v *visit) makeBatch(st *news.SourceState) *news.Visit {
	b := &news.Visit{Source: v.conf.ID, Partial: v.partial, Entries: v.changes.changed}
	b.Prev = v.before.LastSuccess // a push in between is no visit
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

// validators is the validators that hold once the batch is kept: those of the answer,
// none when the document was cut off, and after a push those from before.
func (v *visit) validators(st *news.SourceState) news.Validators {
	switch {
	case v.res == nil:
		return st.Validators
	case v.doc.Truncated:
		return news.Validators{}
	}
	return v.res.Validators
}

// isWhole says whether the document came with the feed's own description: a pushed
// one or a difference may not.
func (v *visit) isWhole() bool { return v.res != nil && !v.res.Delta }

// feedInfo is what the document says of itself, with what came in HTTP's header: of
// two hubs that one counts (WebSub section 4). The hub that a page names counts for
// a feed that has none.
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

// file files the batch in parts of bounded size. The last carries the validators:
// they vouch for all of them.
func (v *visit) file(ctx context.Context, b *news.Visit) error {
	parts := splitBatch(b)
	for i := range parts {
		r := news.Record{At: v.recordTime(), Visit: &parts[i]}
		if err := v.Sink.File(ctx, r); err != nil {
			return &filingError{fmt.Errorf("file %s: %w", v.conf.Name, err)}
		}
		v.at = r.At
	}
	v.filed = len(b.Entries)
	return nil
}

// filingError is an error of the sink.
type filingError struct{ error }

func (e *filingError) Unwrap() error { return e.error }

// splitBatch gives the parts of a batch.
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

// fitBatch says how many of the entries go into one batch.
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

// entrySize is about how long an entry is in a record.
func entrySize(e *news.Entry) int {
	n := 400 + len(e.GUID) + len(e.Link) + len(e.Headline) + len(e.Summary) + len(e.Body) + len(e.Base) + len(e.Author)
	for _, c := range e.Categories {
		n += len(c) + 3
	}
	for i := range e.Media {
		n += 100 + len(e.Media[i].URL) + len(e.Media[i].Title) + len(e.Media[i].Alt)
	}
	return n + n/8
}

// recordTime gives a record its time: now, and never before one given earlier or stored.
func (p *Poller) recordTime() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastRecord = later(p.lastRecord, news.Instant(time.Now()))
	return p.lastRecord
}
