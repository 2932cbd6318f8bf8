package edition

import (
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// OPML returns the list of public topics.
func (p *Press) OPML() (*Edition, error) {
	public, site, err := p.publicTopics()
	if err != nil {
		return nil, err
	}
	e := &Edition{ContentType: "text/x-opml; charset=utf-8", Self: site.URL + "/topics.opml"}
	var outlines []feed.Outline
	var seq uint64
	for _, t := range public {
		at := site.URL + "/topics/" + t.Name
		outlines = append(outlines, feed.Outline{Title: t.Title, Address: at + ".rss", Site: at, Language: site.Language})
		seq = max(seq, t.Seq)
		e.Modified = news.Later(e.Modified, t.Changed)
	}
	if e.Body, err = feed.WriteOPML(site.Title, outlines); err != nil {
		return nil, err
	}
	e.ETag = etag(seq, e.Body)
	return e, nil
}

// publicTopics returns the public topics, in the order of the rules.
func (p *Press) publicTopics() (public []*news.TopicState, site news.Site, err error) {
	err = p.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil || rules == nil {
			return err
		}
		site = rules.Site
		all, err := tx.Topics.All()
		for _, t := range all {
			if !t.Keyed && !t.Removed && t.RenamedTo == "" {
				public = append(public, t)
			}
		}
		return err
	})
	return public, site, err
}
