package feed

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed/rss"
)

// readRSS has gofeed parse the digest of an RSS or RDF document.
func (d *digest) readRSS() (*Document, error) {
	f, err := (&rss.Parser{}).Parse(bytes.NewReader(d.xml))
	if err != nil {
		return nil, parserProblem(err)
	}
	doc := d.newDocument()
	x := extensions{&d.placeholders, f.Extensions}
	doc.Title = cmp.Or(d.text(f.Title), x.one("dc", "title"), x.one("atom", "title"))
	doc.Site = firstLink(d.linksOf(f.Links)...)
	doc.Description = cmp.Or(d.text(f.Description), x.one("dc", "description"), x.one("itunes", "subtitle"), x.one("itunes", "summary"))
	doc.Language = cmp.Or(d.text(f.Language), x.one("dc", "language"), d.lang)
	doc.Author = cmp.Or(x.all("dc", "creator"), x.one("itunes", "author"), x.authors(), byline(d.text(f.ManagingEditor)))
	doc.Rights, doc.License = x.rights(), x.license()
	doc.Icon = x.attr("itunes", "image", "href")
	if f.Image != nil {
		doc.Icon = cmp.Or(d.text(f.Image.URL), doc.Icon)
	}
	doc.readLinks(x)
	doc.readSchedule(d, f, x)
	items := f.Items
	for i := range d.items {
		info := &d.items[i]
		switch {
		case info.known:
			doc.Items = append(doc.Items, Item{RawHash: info.rawHash, Known: true})
		case len(items) > 0:
			doc.Items = append(doc.Items, d.rssItem(items[0], info))
			items = items[1:]
		}
	}
	return doc, nil
}

// parserProblem returns the problem of a document that gofeed refuses.
func parserProblem(err error) error {
	return &Problem{Text: "the document can't be read: " + err.Error()}
}

// newDocument returns a Document with what the digest knows without gofeed.
func (d *digest) newDocument() *Document {
	return &Document{
		Format: d.formatName(), Truncated: d.truncated, Cut: d.cut, Base: d.base,
		Items: make([]Item, 0, len(d.items)),
	}
}

// formatName returns format and version for people.
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

// rssItem converts an item of RSS or RDF.
func (d *digest) rssItem(it *rss.Item, info *itemInfo) Item {
	x := extensions{&d.placeholders, it.Extensions}
	out := Item{
		RawHash: info.rawHash, Base: info.base, Language: cmp.Or(info.lang, x.one("dc", "language")),
		Title:   cmp.Or(d.text(it.Title), x.one("dc", "title"), x.one("atom", "title"), x.one("media", "title"), x.one("itunes", "title")),
		Summary: cmp.Or(d.html(it.Description), x.one("dc", "description"), x.one("atom", "summary"), x.one("itunes", "summary"), x.one("itunes", "subtitle"), x.one("media", "description")),
		Content: cmp.Or(d.html(it.Content), x.one("xhtml", "body"), x.one("atom", "content"), x.one("xhtml", "div")),
		Author:  cmp.Or(x.all("dc", "creator"), byline(d.text(it.Author)), x.authors(), x.one("itunes", "author"), x.one("dc", "author")),
	}
	out.Rights, out.License = x.rights(), x.license()
	out.Comments = linkText(d.text(it.Comments))
	d.rssIdentity(&out, it, info, x)
	d.rssDates(&out, it, x)
	for _, c := range it.Categories {
		out.addCategory(d.text(c.Value))
	}
	for _, e := range x.ext["dc"]["subject"] {
		out.addCategory(d.text(e.Value))
	}
	for _, e := range x.ext["atom"]["category"] {
		out.addCategory(cmp.Or(e.Attrs["label"], e.Attrs["term"]))
	}
	if it.Source != nil {
		out.Source, out.SourceURL = d.text(it.Source.Title), d.text(it.Source.URL)
	}
	for _, e := range it.Enclosures {
		out.addEnclosure(d.text(e.URL), e.Type, e.Length, "")
	}
	out.addMediaExtensions(x)
	return out
}

// rssIdentity reads id and link. A guid is an address unless it says otherwise (RSS 2.0).
func (d *digest) rssIdentity(out *Item, it *rss.Item, info *itemInfo, x extensions) {
	isPermalink := false
	if it.GUID != nil {
		out.ID = d.text(it.GUID.Value)
		isPermalink = out.ID != "" && !isNo[strings.ToLower(strings.TrimSpace(it.GUID.IsPermalink))]
	}
	out.ID = cmp.Or(out.ID, info.about, x.one("atom", "id"))
	out.Permalink = isPermalink && isAddress(out.ID)
	out.Link = firstLink(d.linksOf(it.Links)...)
	if out.Link != "" && opens(out.Link) {
		return
	}
	id := ""
	if out.Permalink || isPermalink && isPath(out.ID) || info.about == out.ID && isAddress(out.ID) {
		id = out.ID
	}
	out.Link = firstLink(out.Link, x.link("alternate"), d.text(it.Custom["url"]), id)
}

// isNo are the values of isPermaLink that say no.
var isNo = map[string]bool{"false": true, "no": true, "0": true}

func (d *digest) rssDates(out *Item, it *rss.Item, x extensions) {
	out.Published = cmp.Or(orZero(it.PubDateParsed), x.time("atom", "published"), x.time("dcterms", "issued"), x.time("dcterms", "created"))
	out.Updated = cmp.Or(x.time("atom", "updated"), x.time("dcterms", "modified"), x.time("dc", "date"), x.time("dcterms", "date"))
}

// readSchedule reads how often the source asks to be visited.
func (doc *Document) readSchedule(d *digest, f *rss.Feed, x extensions) {
	doc.Updated = cmp.Or(orZero(f.LastBuildDateParsed), orZero(f.PubDateParsed))
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
	doc.UpdateInterval = x.updateInterval()
}

// readLinks reads the Atom links of an RSS channel.
func (doc *Document) readLinks(x extensions) {
	doc.Site = firstLink(doc.Site, x.link("alternate"))
	doc.Hub, doc.Self = x.link("hub"), x.link("self")
	doc.Next = cmp.Or(x.link("prev-archive"), x.link("next"))
	_, doc.Complete = x.ext["fh"]["complete"]
}

// linksOf returns the address of each link.
func (d *digest) linksOf(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = linkText(d.text(s))
		if base := d.baseOf(s); base != "" {
			out[i] = resolve(base, out[i])
		}
	}
	return out
}

// byline returns the name in "mail@example.org (Name)", "Name (mail@example.org)" and
// "Name <mail@example.org>", and s if it is none of these.
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

// maxCategories is how many categories of an item are read.
const maxCategories = 50

// addCategory adds a category, up to the limit of Item.Categories.
func (i *Item) addCategory(s string) {
	if s = strings.TrimSpace(s); s != "" && len(i.Categories) < maxCategories {
		i.Categories = append(i.Categories, s)
	}
}
