package poll

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
)

// catchUp is how long a source must have gone unread for what is then found to be
// backlog: longer than the longest pace.
const catchUp = 48 * time.Hour

// maxBatch is the most bytes of entries in one batch, unless a single one is larger.
const maxBatch = 512 << 10

// batch is what is to be filed, nil when the visit changed nothing.
func (v *visit) batch(st *news.SourceState) *news.Visit {
	b := &news.Visit{Source: v.conf.ID, Partial: v.partial, Entries: v.found.changed}
	b.Prev = v.spot.LastSuccess // a push in between is no visit
	if !st.Visited {
		b.Prev = time.Time{}
	}
	v.backlog = !st.Visited || v.began.Sub(b.Prev) > catchUp
	b.Backlog = v.backlog
	if f := v.header(); v.whole() && f != st.Feed {
		b.Feed = &f
	}
	if !v.partial {
		b.Listed = v.found.listed
	}
	b.Validators = v.vouching(st)
	if st.Visited && len(b.Entries) == 0 && b.Feed == nil && (v.partial || v.found.same) {
		return nil
	}
	return b
}

// vouching is the validators that hold once the batch is kept: those of the answer,
// none when the document was cut off, and after a push those from before.
func (v *visit) vouching(st *news.SourceState) news.Validators {
	switch {
	case v.res == nil:
		return st.Validators
	case v.doc.Truncated:
		return news.Validators{}
	}
	return v.res.Validators
}

// whole says whether the document came with the feed's own description: a pushed
// one or a difference may not.
func (v *visit) whole() bool { return v.res != nil && !v.res.Delta }

// header is what the document says of itself, with what came in HTTP's header: of
// two hubs that one counts (WebSub section 4). The hub that a page names counts for
// a feed that has none.
func (v *visit) header() news.Feed {
	f := canon.Feed(v.doc)
	if v.res == nil {
		return f
	}
	f.Hub, f.Self = cmp.Or(v.res.Hub, f.Hub), cmp.Or(v.res.Self, f.Self)
	if !v.led && v.url == v.spot.Found {
		v.hub = v.spot.FoundHub
	}
	if f.Hub == "" && v.hub != "" {
		f.Hub, f.Self = v.hub, v.url
	}
	return f
}

// file files the batch in parts of bounded size. The last carries the validators:
// they vouch for all of them.
func (v *visit) file(ctx context.Context, b *news.Visit) error {
	parts := cut(b)
	for i := range parts {
		r := news.Record{At: v.stamp(), Visit: &parts[i]}
		r.SetID()
		if err := v.Sink.File(ctx, r); err != nil {
			return &filing{fmt.Errorf("file %s: %w", v.conf.Name, err)}
		}
		v.at = r.At
	}
	v.filed = len(b.Entries)
	return nil
}

// filing is an error of the sink.
type filing struct{ error }

func (e *filing) Unwrap() error { return e.error }

// cut gives the parts of a batch.
func cut(b *news.Visit) []news.Visit {
	var parts []news.Visit
	rest, part := b.Entries, *b
	for {
		n := fit(rest)
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

// fit says how many of the entries go into one batch.
func fit(entries []news.Entry) int {
	size := 0
	for i := range entries {
		size += weight(&entries[i])
		if size > maxBatch && i > 0 {
			return i
		}
	}
	return len(entries)
}

// weight is about how long an entry is in a record.
func weight(e *news.Entry) int {
	n := 400 + len(e.GUID) + len(e.Link) + len(e.Headline) + len(e.Summary) + len(e.Body) + len(e.Base) + len(e.Author)
	for _, c := range e.Categories {
		n += len(c) + 3
	}
	for i := range e.Media {
		n += 100 + len(e.Media[i].URL) + len(e.Media[i].Title) + len(e.Media[i].Alt)
	}
	return n + n/8
}

// stamp gives a record its time: now, and never before one given earlier or stored.
func (p *Poller) stamp() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = later(p.at, news.Instant(time.Now()))
	return p.at
}
