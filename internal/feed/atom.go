package feed

import (
	"bytes"
	"strings"
	"time"

	"github.com/mmcdole/gofeed/atom"
)

// atom gives the digest of an Atom document to the parser.
func (d *digest) atom() (*Document, error) {
	f, err := (&atom.Parser{}).Parse(bytes.NewReader(d.out))
	if err != nil {
		return nil, parserProblem(err)
	}
	doc := d.document()
	x := extensions{d, f.Extensions}
	doc.Title, doc.Description = d.text(f.Title), d.text(f.Subtitle)
	doc.Language = first(d.heads[0].lang, x.one("dc", "language"))
	doc.Author = d.names(f.Authors)
	doc.Icon = first(d.text(f.Icon), d.text(f.Logo))
	if doc.Site = d.alternate(f.Links); doc.Site == "" && isAddress(d.text(f.ID)) {
		doc.Site = d.text(f.ID)
	}
	doc.Hub, doc.Self = d.rel(f.Links, "hub"), d.rel(f.Links, "self")
	doc.Next = first(d.rel(f.Links, "prev-archive"), d.rel(f.Links, "next"))
	_, doc.Complete = x.ext["fh"]["complete"]
	doc.UpdateInterval = x.period()
	doc.Updated = orZero(f.UpdatedParsed)
	entries := f.Entries
	for i := range d.heads[1:] {
		h := &d.heads[i+1]
		switch {
		case h.known:
			doc.Items = append(doc.Items, Item{RawHash: h.raw, Known: true})
		case len(entries) > 0:
			doc.Items = append(doc.Items, d.atomItem(entries[0], h))
			entries = entries[1:]
		}
	}
	return doc, nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func (d *digest) atomItem(e *atom.Entry, h *head) Item {
	x := extensions{d, e.Extensions}
	out := Item{
		RawHash: h.raw, ID: d.text(e.ID), Base: h.base, Language: h.lang,
		Title:   first(d.text(e.Title), x.one("dc", "title"), x.mediaText("title")),
		Summary: first(d.markup(e.Summary), x.mediaText("description")),
		Author:  first(d.names(e.Authors), x.all("dc", "creator"), x.one("itunes", "author")),
	}
	if e.Content != nil {
		out.Content = d.markup(e.Content.Value)
		out.Base = first(d.baseOf(e.Content.Value), d.baseOf(e.Summary), h.base)
	}
	d.atomLink(&out, e, h, x)
	d.atomDates(&out, e, x)
	for _, c := range e.Categories {
		out.category(first(c.Label, c.Term))
	}
	for _, c := range x.ext["dc"]["subject"] {
		out.category(d.text(c.Value))
	}
	if s := e.Source; s != nil {
		out.Source, out.SourceURL = d.text(s.Title), first(d.rel(s.Links, "self"), d.alternate(s.Links))
		out.Author = first(out.Author, d.names(s.Authors))
	}
	for _, l := range e.Links {
		if strings.EqualFold(l.Rel, "enclosure") {
			out.enclosure(resolve(h.base, d.text(l.Href)), l.Type, l.Length, l.Title)
		}
	}
	out.mediaExtensions(x)
	return out
}

// atomLink finds the entry's page: its alternate, else where its content is, else
// its id, if that is an address.
func (d *digest) atomLink(out *Item, e *atom.Entry, h *head, x extensions) {
	out.Link = resolve(h.base, d.alternate(e.Links))
	if out.Link == "" && e.Content != nil {
		out.Link = resolve(h.base, d.text(e.Content.Src))
	}
	if out.Link == "" && isAddress(out.ID) {
		out.Link, out.Permalink = out.ID, true
	}
	out.Comments = resolve(h.base, d.rel(e.Links, "replies"))
}

func (d *digest) atomDates(out *Item, e *atom.Entry, x extensions) {
	out.Published, out.Updated = orZero(e.PublishedParsed), orZero(e.UpdatedParsed)
	for _, at := range []time.Time{x.time("dcterms", "issued"), x.time("dcterms", "created")} {
		if out.Published.IsZero() {
			out.Published = at
		}
	}
	for _, at := range []time.Time{x.time("dcterms", "modified"), x.time("dc", "date")} {
		if out.Updated.IsZero() {
			out.Updated = at
		}
	}
}

func (d *digest) names(all []*atom.Person) string {
	var out []string
	for _, p := range all {
		if s := first(d.text(p.Name), d.text(p.Email)); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func (d *digest) rel(links []*atom.Link, rel string) string {
	for _, l := range links {
		if strings.EqualFold(l.Rel, rel) {
			if s := d.text(l.Href); s != "" {
				return s
			}
		}
	}
	return ""
}

// alternate is the link to the page: one that says it is HTML or nothing comes
// before one of another type.
func (d *digest) alternate(links []*atom.Link) string {
	for _, l := range links {
		if strings.EqualFold(l.Rel, "alternate") && (l.Type == "" || strings.Contains(l.Type, "html")) {
			if s := d.text(l.Href); s != "" {
				return s
			}
		}
	}
	return d.rel(links, "alternate")
}
