package site

import (
	"regexp"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// Scope tells which stories a page of the archive shows. While none of them changes, and
// the rules are the same, the page is the same.
type Scope struct {
	Topic         string    // empty: all topics
	From, To      time.Time // of the places of its stories, and of those that it links to
	Source, Owner string    // of an outlet's page: its stories, and those of its owner's other sources
}

var (
	spanPath = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^/topics/([^/]+)/(\d{4}/\d\d)(/\d\d)?(?:/page/\d+)?$`)
	})
	sitemapPath = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^/sitemap-(\d{4}-\d\d-\d\d)\.xml$`) })
	outletPath  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^/outlets/([^/]+)(?:/page/\d+)?$`) })
)

// Scope returns the scope of a path, nil for a path that is not of the archive.
func (st *Static) Scope(path string) (scope *Scope, err error) {
	if outletPath().MatchString(path) {
		if err := st.site.recent.update(st.site.Store, st.set); err != nil {
			return nil, err
		}
	}
	err = st.site.Store.View(func(tx *store.Tx) error {
		d := &publicReader{Snapshot: view.NewSnapshot(tx), set: st.set}
		if m := spanPath().FindStringSubmatch(path); m != nil {
			scope, err = d.spanScope(m[1], m[2], m[3])
		} else if m := sitemapPath().FindStringSubmatch(path); m != nil {
			if sp, ok := st.set.spanFrom("2006-01-02", m[1], false); ok {
				scope = &Scope{From: sp.from, To: sp.to}
			}
		} else if m := outletPath().FindStringSubmatch(path); m != nil {
			scope, err = st.outletScope(d, m[1])
		}
		return err
	})
	return scope, err
}

// spanScope returns the scope of a day or a month of a topic: with the nearest days or
// months with stories, to which its page links.
func (d *publicReader) spanScope(topic, month, day string) (*Scope, error) {
	isMonth := day == ""
	if isMonth {
		day = "/01"
	}
	sp, ok := d.set.spanFrom("2006/01/02", month+day, isMonth)
	if !ok {
		return nil, nil
	}
	out := &Scope{Topic: topic, To: endOfTime}
	before, err := d.Tx.Stories.PlaceBefore(topic, sp.from)
	if err != nil {
		return nil, err
	}
	if !before.IsZero() {
		out.From = d.set.spanAt(before, isMonth).from
	}
	after, err := d.Tx.Stories.PlaceFrom(topic, sp.to)
	if !after.IsZero() {
		out.To = d.set.spanAt(after, isMonth).to
	}
	return out, err
}

// outletScope returns the scope of an outlet's page, nil when there is no such outlet.
func (st *Static) outletScope(d *publicReader, name string) (*Scope, error) {
	src, err := d.sourceNamed(name)
	if src == nil || src.Name != name || err != nil {
		return nil, err
	}
	return &Scope{Source: src.ID, Owner: st.site.recent.of(src.ID).owner}, nil
}
