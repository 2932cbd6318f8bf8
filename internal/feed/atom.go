package feed

import (
	"bytes"
	"cmp"
	"strings"
	"time"

	"github.com/mmcdole/gofeed/atom"
)

// readAtom has gofeed parse the digest of an Atom document.
func (d *digest) readAtom() (*Document, error) {
	f, err := (&atom.Parser{}).Parse(bytes.NewReader(d.xml))
	if err != nil {
		return nil, parserProblem(err)
	}
	doc := d.newDocument()
	x := extensions{&d.placeholders, f.Extensions}
	doc.Title, doc.PlainTitle, doc.Description = d.text(f.Title), d.isPlain(f.Title), d.html(f.Subtitle)
	doc.Language = cmp.Or(d.lang, x.one("dc", "language"))
	doc.Author = d.names(f.Authors)
	doc.Rights, doc.License = cmp.Or(d.html(f.Rights), x.rights()), cmp.Or(firstAddress(d.rel(f.Links, "license")), x.license())
	doc.Icon = cmp.Or(d.text(f.Icon), d.text(f.Logo))
	if doc.Site = d.alternate(f.Links); doc.Site == "" && isAddress(d.text(f.ID)) {
		doc.Site = d.text(f.ID)
	}
	doc.Hub, doc.Self = d.rel(f.Links, "hub"), d.rel(f.Links, "self")
	doc.Next = cmp.Or(d.rel(f.Links, "prev-archive"), d.rel(f.Links, "next"))
	_, doc.Complete = x.ext["fh"]["complete"]
	doc.UpdateInterval = x.updateInterval()
	doc.Updated = orZero(f.UpdatedParsed)
	entries := f.Entries
	for i := range d.items {
		info := &d.items[i]
		switch {
		case info.known:
			doc.Items = append(doc.Items, Item{RawHash: info.rawHash, Known: true})
		case len(entries) > 0:
			doc.Items = append(doc.Items, d.atomItem(entries[0], info))
			entries = entries[1:]
		}
	}
	return doc, nil
}

// orZero returns *t, or the zero time for nil.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// atomItem converts an Atom entry.
func (d *digest) atomItem(e *atom.Entry, info *itemInfo) Item {
	x := extensions{&d.placeholders, e.Extensions}
	out := Item{
		RawHash: info.rawHash, ID: d.text(e.ID), Base: info.base, Language: info.lang,
		Title:   cmp.Or(d.text(e.Title), x.one("dc", "title"), x.mediaText("title")),
		Summary: cmp.Or(d.html(e.Summary), x.mediaText("description")),
		Author:  cmp.Or(d.names(e.Authors), x.all("dc", "creator"), x.one("itunes", "author")),
	}
	out.PlainTitle = d.isPlain(e.Title)
	out.Rights, out.License = cmp.Or(d.html(e.Rights), x.rights()), cmp.Or(firstAddress(d.rel(e.Links, "license")), x.license())
	if e.Content != nil {
		out.Content = d.html(e.Content.Value)
		out.Base = cmp.Or(d.baseOf(e.Content.Value), d.baseOf(e.Summary), info.base)
	}
	d.atomLink(&out, e, info)
	d.atomDates(&out, e, x)
	for _, c := range e.Categories {
		out.addCategory(cmp.Or(c.Label, c.Term))
	}
	for _, c := range x.ext["dc"]["subject"] {
		out.addCategory(d.text(c.Value))
	}
	if s := e.Source; s != nil {
		out.Source, out.SourceURL = d.text(s.Title), cmp.Or(d.rel(s.Links, "self"), d.alternate(s.Links))
		out.Author, out.Rights = cmp.Or(out.Author, d.names(s.Authors)), cmp.Or(out.Rights, d.html(s.Rights))
	}
	for _, l := range e.Links {
		if isRel(l.Rel, "enclosure") {
			out.addEnclosure(resolve(info.base, d.text(l.Href)), l.Type, l.Length, l.Title)
		}
	}
	out.addMediaExtensions(x)
	return out
}

// atomLink reads the address of the entry's page: its alternate link, else the
// address of its content, else its id if that is an address.
func (d *digest) atomLink(out *Item, e *atom.Entry, info *itemInfo) {
	content := ""
	out.Link = d.alternate(e.Links)
	if e.Content != nil {
		content = d.text(e.Content.Src)
	}
	if out.Link = firstLink(out.Link, content); out.Link != "" {
		out.Link = resolve(info.base, out.Link)
	}
	if (out.Link == "" || !opens(out.Link)) && isAddress(out.ID) {
		out.Link, out.Permalink = out.ID, true
	}
	out.Comments = resolve(info.base, d.rel(e.Links, "replies"))
}

func (d *digest) atomDates(out *Item, e *atom.Entry, x extensions) {
	out.Published = cmp.Or(orZero(e.PublishedParsed), x.time("dcterms", "issued"), x.time("dcterms", "created"))
	out.Updated = cmp.Or(orZero(e.UpdatedParsed), x.time("dcterms", "modified"), x.time("dc", "date"))
}

// names joins the names of persons, or their mail addresses.
func (d *digest) names(all []*atom.Person) string {
	var out []string
	for _, p := range all {
		if s := cmp.Or(d.text(p.Name), d.text(p.Email)); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

// isRel reports whether a link's relation is the registered one called name, which may be
// written as an address (RFC 4287 section 4.2.7.2).
func isRel(written, name string) bool {
	if i := strings.LastIndexByte(written, '/'); i >= 0 && strings.Contains(written[:i], "iana.org/assignments/") {
		written = written[i+1:]
	}
	return strings.EqualFold(written, name)
}

// rel returns the address of the first link with that relation.
func (d *digest) rel(links []*atom.Link, rel string) string {
	for _, l := range links {
		if isRel(l.Rel, rel) {
			if s := d.text(l.Href); s != "" {
				return s
			}
		}
	}
	return ""
}

// alternate returns the address of the page, the first that a browser opens. A link to
// HTML, or without a type, is preferred to one of another type.
func (d *digest) alternate(links []*atom.Link) string {
	var typed, odd string
	for _, l := range links {
		if !isRel(l.Rel, "alternate") {
			continue
		}
		s := d.text(l.Href)
		switch {
		case s == "":
		case !opens(s):
			odd = cmp.Or(odd, s)
		case l.Type == "" || strings.Contains(l.Type, "html"):
			return s
		default:
			typed = cmp.Or(typed, s)
		}
	}
	return cmp.Or(typed, odd)
}
