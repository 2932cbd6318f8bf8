package feed

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"
)

// rss gives the digest of an RSS or RDF document to the parser.
func (d *digest) rss() (*Document, error) {
	f, err := (&rss.Parser{}).Parse(bytes.NewReader(d.out))
	if err != nil {
		return nil, parserProblem(err)
	}
	doc := d.document()
	x := extensions{d, f.Extensions}
	doc.Title = first(d.text(f.Title), x.one("dc", "title"), x.one("atom", "title"))
	doc.Site = first(d.texts(f.Links)...)
	doc.Description = first(d.text(f.Description), x.one("dc", "description"), x.one("itunes", "subtitle"), x.one("itunes", "summary"))
	doc.Language = first(d.text(f.Language), x.one("dc", "language"), d.heads[0].lang)
	doc.Author = first(x.all("dc", "creator"), x.one("itunes", "author"), x.person(), byline(d.text(f.ManagingEditor)))
	doc.Icon = x.attr("itunes", "image", "href")
	if f.Image != nil {
		doc.Icon = first(d.text(f.Image.URL), doc.Icon)
	}
	doc.links(x)
	doc.schedule(d, f, x)
	items := f.Items
	for i := range d.heads[1:] {
		h := &d.heads[i+1]
		switch {
		case h.known:
			doc.Items = append(doc.Items, Item{RawHash: h.raw, Known: true})
		case len(items) > 0:
			doc.Items = append(doc.Items, d.rssItem(items[0], h))
			items = items[1:]
		}
	}
	return doc, nil
}

func parserProblem(err error) error {
	return &Problem{Text: "the document can't be read: " + err.Error()}
}

// document begins a Document with what the digest knows.
func (d *digest) document() *Document {
	return &Document{
		Format: d.formatName(), Truncated: d.cut, Base: d.heads[0].base,
		Items: make([]Item, 0, len(d.heads)-1),
	}
}

func (d *digest) formatName() string {
	switch {
	case d.format == atomFormat && (d.version == "0.3" || strings.Contains(d.nativeURI, "purl.org")):
		return "Atom 0.3"
	case d.format == atomFormat:
		return "Atom 1.0"
	case d.root == "rdf" && strings.Contains(d.nativeURI, "netscape"):
		return "RSS 0.9"
	case d.root == "rdf":
		return "RSS 1.0"
	case d.version == "":
		return "RSS"
	}
	return "RSS " + clip(d.version, 10)
}

func (d *digest) rssItem(it *rss.Item, h *head) Item {
	x := extensions{d, it.Extensions}
	out := Item{
		RawHash: h.raw, Base: h.base, Language: first(h.lang, x.one("dc", "language")),
		Title:   first(d.text(it.Title), x.one("dc", "title"), x.one("atom", "title"), x.one("media", "title"), x.one("itunes", "title")),
		Summary: first(d.markup(it.Description), x.one("dc", "description"), x.one("atom", "summary"), x.one("itunes", "summary"), x.one("itunes", "subtitle"), x.one("media", "description")),
		Content: first(d.markup(it.Content), x.one("xhtml", "body"), x.one("atom", "content"), x.one("xhtml", "div")),
		Author:  first(x.all("dc", "creator"), byline(d.text(it.Author)), x.person(), x.one("itunes", "author"), x.one("dc", "author")),
	}
	out.Comments = d.text(it.Comments)
	d.rssIdentity(&out, it, h, x)
	d.rssDates(&out, it, x)
	for _, c := range it.Categories {
		out.category(d.text(c.Value))
	}
	for _, e := range x.ext["dc"]["subject"] {
		out.category(d.text(e.Value))
	}
	for _, e := range x.ext["atom"]["category"] {
		out.category(first(e.Attrs["label"], e.Attrs["term"]))
	}
	if it.Source != nil {
		out.Source, out.SourceURL = d.text(it.Source.Title), d.text(it.Source.URL)
	}
	for _, e := range it.Enclosures {
		out.enclosure(d.text(e.URL), e.Type, e.Length, "")
	}
	out.mediaExtensions(x)
	return out
}

// rssIdentity finds id and link. Of several links the first that is an address counts.
func (d *digest) rssIdentity(out *Item, it *rss.Item, h *head, x extensions) {
	if it.GUID != nil {
		out.ID = d.text(it.GUID.Value)
		out.Permalink = !strings.EqualFold(it.GUID.IsPermalink, "false")
	}
	out.ID = first(out.ID, h.about, x.one("atom", "id"))
	if base := d.baseOf(it.Link); base != "" {
		out.Link = resolve(base, d.text(it.Link))
	}
	out.Link = first(append([]string{out.Link}, d.texts(it.Links)...)...)
	out.Permalink = out.Permalink && isAddress(out.ID)
	if out.Link == "" {
		out.Link = x.link("alternate")
	}
	if out.Link == "" && (out.Permalink || h.about == out.ID && isAddress(out.ID)) {
		out.Link = out.ID
	}
}

func (d *digest) rssDates(out *Item, it *rss.Item, x extensions) {
	if it.PubDateParsed != nil {
		out.Published = *it.PubDateParsed
	}
	for _, at := range []time.Time{x.time("atom", "published"), x.time("dcterms", "issued"), x.time("dcterms", "created")} {
		if out.Published.IsZero() {
			out.Published = at
		}
	}
	for _, at := range []time.Time{x.time("atom", "updated"), x.time("dcterms", "modified"), x.time("dc", "date"), x.time("dcterms", "date")} {
		if out.Updated.IsZero() {
			out.Updated = at
		}
	}
}

// schedule reads how often the document wants to be visited.
func (doc *Document) schedule(d *digest, f *rss.Feed, x extensions) {
	if f.LastBuildDateParsed != nil {
		doc.Updated = *f.LastBuildDateParsed
	} else if f.PubDateParsed != nil {
		doc.Updated = *f.PubDateParsed
	}
	if n, err := strconv.Atoi(strings.TrimSpace(d.text(f.TTL))); err == nil && n > 0 && n < 1<<20 {
		doc.TTL = time.Duration(n) * time.Minute
	}
	for _, s := range f.SkipHours {
		if n, err := strconv.Atoi(s); err == nil && n >= 0 && n <= 24 {
			doc.SkipHours = append(doc.SkipHours, n%24)
		}
	}
	for _, s := range f.SkipDays {
		for w := time.Sunday; w <= time.Saturday; w++ {
			if strings.EqualFold(s, w.String()) {
				doc.SkipDays = append(doc.SkipDays, w)
			}
		}
	}
	doc.UpdateInterval = x.period()
}

// first is the first that is not empty.
func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// texts gives the texts of several values.
func (d *digest) texts(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = d.text(s)
	}
	return out
}

// byline is the name in "mail@example.org (Name)" and its like.
func byline(s string) string {
	if _, rest, ok := strings.Cut(s, "("); ok && strings.Contains(s, "@") {
		if name, _, ok := strings.Cut(rest, ")"); ok && name != "" && !strings.Contains(name, "@") {
			return strings.TrimSpace(name)
		}
	}
	if name, _, ok := strings.Cut(s, " ("); ok && strings.Contains(s, "@") && !strings.Contains(name, "@") {
		return strings.TrimSpace(name)
	}
	if name, _, ok := strings.Cut(s, " <"); ok && strings.Contains(s, "@") {
		return strings.Trim(strings.TrimSpace(name), `"`)
	}
	return s
}

func (i *Item) category(s string) {
	if s = strings.TrimSpace(s); s != "" && len(i.Categories) < 50 {
		i.Categories = append(i.Categories, s)
	}
}

// extensions are elements of other namespaces, by the names that we gave them.
type extensions struct {
	d   *digest
	ext ext.Extensions
}

func (x extensions) one(space, name string) string {
	for _, e := range x.ext[space][name] {
		if s := x.d.markup(e.Value); s != "" {
			return s
		}
	}
	return ""
}

// all joins what several elements say.
func (x extensions) all(space, name string) string {
	var out []string
	for _, e := range x.ext[space][name] {
		if s := x.d.text(e.Value); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func (x extensions) attr(space, name, attr string) string {
	for _, e := range x.ext[space][name] {
		if s := x.d.text(e.Attrs[attr]); s != "" {
			return s
		}
	}
	return ""
}

func (x extensions) time(space, name string) time.Time {
	for _, e := range x.ext[space][name] {
		if t, err := time.Parse(time.RFC3339, e.Value); err == nil {
			return t
		}
	}
	return time.Time{}
}

// link is the address of the first link of that relation.
func (x extensions) link(rel string) string {
	for _, e := range x.ext["atom"]["link"] {
		if r := e.Attrs["rel"]; strings.EqualFold(r, rel) || r == "" && rel == "alternate" {
			if s := x.d.text(e.Attrs["href"]); s != "" {
				return s
			}
		}
	}
	return ""
}

// person joins the names of Atom authors.
func (x extensions) person() string {
	var out []string
	for _, a := range x.ext["atom"]["author"] {
		for _, n := range a.Children["name"] {
			out = append(out, x.d.text(n.Value))
		}
	}
	return strings.Join(out, ", ")
}

// period is the time of one update as the syndication module counts it.
func (x extensions) period() time.Duration {
	day := 24 * time.Hour
	unit := map[string]time.Duration{"hourly": time.Hour, "daily": day, "weekly": 7 * day, "monthly": 30 * day, "yearly": 365 * day}
	n, err := strconv.Atoi(x.one("sy", "updateFrequency"))
	if err != nil || n < 1 {
		n = 1
	}
	return unit[strings.ToLower(x.one("sy", "updatePeriod"))] / time.Duration(n)
}

// links takes what an RSS channel says in Atom's links.
func (doc *Document) links(x extensions) {
	doc.Site = first(doc.Site, x.link("alternate"))
	doc.Hub, doc.Self = x.link("hub"), x.link("self")
	doc.Next = first(x.link("prev-archive"), x.link("next"))
	_, doc.Complete = x.ext["fh"]["complete"]
}
