package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

// readIndex reads the newest documents that an index of sitemaps names, as a part of this
// visit and with slots at their hosts, and takes their items for those of the index.
func (v *visit) readIndex(ctx context.Context, st *news.SourceState) error {
	v.res.Release()                                 // a visit must not wait for a slot while it holds memory for a body
	v.res.Validators, v.body = news.Validators{}, 0 // they don't vouch for the documents, which change while the index stays
	var parts []*feed.Document
	var failed error
	for i, s := range v.doc.Sitemaps {
		if i > 0 && v.hasRead(s) {
			v.partial = true
			continue
		}
		doc, err := v.furtherDocument(ctx, s.URL)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil && len(doc.Sitemaps) > 0 {
			err = &feed.Problem{Text: "it is an index as well"}
		}
		if err == nil {
			parts = append(parts, doc)
			continue
		}
		failed = cmp.Or(failed, fmt.Errorf("%s can't be read: %w", s.URL, err))
		var unreadable *feed.Problem
		v.partial = v.partial || !errors.As(err, &unreadable) // it may be read again next time
	}
	if len(parts) == 0 {
		return &feed.Problem{Text: fmt.Sprintf("it is an index of sitemaps, and %s", failed)}
	}
	if failed != nil {
		v.doc.Cut = failed.Error()
		v.secrets.redact(&v.doc.Cut)
	}
	v.doc.AddSitemaps(parts)
	return v.compareEntries(st, nil)
}

// unchangedAfter is how long before the last visit a sitemap must have changed to be left
// out. Many indexes name only the day, in any time zone.
const unchangedAfter = 48 * time.Hour

// hasRead reports whether an earlier visit has read a sitemap as it is now.
func (v *visit) hasRead(s feed.Sitemap) bool {
	return !s.Updated.IsZero() && !v.before.LastDocument.IsZero() && v.before.LastSuccess.Sub(s.Updated) > unchangedAfter
}
