package feed

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/weburl"
)

// newsSitemap is the Document.Format of news sitemaps.
const newsSitemap = "news sitemap"

// A Sitemap is a document that an index of sitemaps names.
type Sitemap struct {
	URL     string    // absolute
	Updated time.Time // when it last changed, as the index or its name says; zero when they don't
}

// maxSitemaps is how many documents of an index are read.
const maxSitemaps = 3

// isSitemap reports whether a root element, in lower case, is that of a sitemap or of an
// index of sitemaps (sitemaps.org).
func isSitemap(root string) bool { return root == "urlset" || root == "sitemapindex" }

// errSitemap says that a document is a sitemap, which readSitemap reads.
var errSitemap = errors.New("a sitemap")

// readSitemap reads a news sitemap (namespace sitemap-news/0.9) or an index of sitemaps.
// Prefixes and namespaces don't matter, because many sitemaps don't declare them.
func readSitemap(src []byte, h Hints) (*Document, error) {
	r := sitemapReader{lexer: lexer{src: src}, base: h.base(), doc: &Document{Format: newsSitemap}, names: map[string]int{}}
	r.read()
	if r.isIndex {
		return r.index()
	}
	return r.sitemap()
}

// sitemapReader reads a sitemap once from front to back.
type sitemapReader struct {
	lexer    lexer
	base     string
	doc      *Document
	isIndex  bool
	declared bool // the root declares the namespace of news

	entry    sitemapEntry
	inEntry  bool
	group    string // the element of the entry that is open: news, image or video; empty: none
	pages    int    // entries that are no news
	unusable int    // news without headline or address
	older    int    // news beyond maxItems

	names    map[string]int // of outlets, with the number of their entries
	language string         // of the first entry
	mixed    bool           // entries have several languages
}

// sitemapEntry is a url or sitemap element.
type sitemapEntry struct {
	Item
	isNews  bool
	outlet  string
	lastmod string // counts in an index only: an entry with a new one need not have changed
	picture news.Media
}

func (r *sitemapReader) read() {
	for {
		t := r.lexer.next()
		switch t.kind {
		case end, unterminated:
			r.doc.Truncated = true
			return
		case open, empty:
			r.start(t)
		case closing:
			if r.finish(strings.ToLower(string(local(t.name)))) {
				return
			}
		}
	}
}

// start reads a start tag and, of an element that contains text, the text.
func (r *sitemapReader) start(t token) {
	switch name := strings.ToLower(string(local(t.name))); name {
	case "urlset", "sitemapindex":
		r.isIndex = name == "sitemapindex"
		r.declared = bytes.Contains(t.attrs, []byte("sitemap-news/"))
	case "url", "sitemap":
		r.addEntry()
		r.inEntry, r.group = t.kind == open, ""
	case "news", "image", "video":
		r.entry.isNews = r.entry.isNews || r.inEntry && name == "news"
		if r.inEntry && t.kind == open {
			r.group = name
		}
	default:
		if r.inEntry && t.kind == open && isSitemapText[name] {
			r.setText(t, name)
		}
	}
}

// isSitemapText is the set of elements that contain a text that is read.
var isSitemapText = map[string]bool{
	"loc": true, "lastmod": true, "name": true, "language": true, "title": true, "publication_date": true,
	"keywords": true, "genres": true, "caption": true,
}

// finish ends an element and reports whether it is the document.
func (r *sitemapReader) finish(name string) bool {
	switch name {
	case "news", "video":
		r.group = ""
	case "image":
		r.group = ""
		r.entry.addMedia(r.entry.picture)
		r.entry.picture = news.Media{}
	case "url", "sitemap":
		r.addEntry()
	case "urlset", "sitemapindex":
		r.addEntry()
		return true
	}
	return false
}

// setText reads the text of an element of an entry.
func (r *sitemapReader) setText(t token, name string) {
	e := &r.entry
	group := r.group
	if p := string(prefix(t.name)); group == "" && (p == "news" || p == "image") {
		group = p // without its group, or behind a group in it
	}
	switch text := r.text(t); group + " " + name {
	case " loc":
		e.ID = cmp.Or(e.ID, text)
	case " lastmod":
		e.lastmod = cmp.Or(e.lastmod, text)
	case "news title":
		e.isNews = true
		e.Title = cmp.Or(e.Title, text)
	case "news name":
		e.outlet = cmp.Or(e.outlet, clip(text, 200))
	case "news language":
		e.Language = cmp.Or(e.Language, text)
	case "news publication_date":
		e.Published, _ = parseDate(text)
	case "news keywords", "news genres":
		for _, k := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(",;،、，", c) }) {
			e.addCategory(k)
		}
	case "image loc":
		e.picture.URL, e.picture.Picture = weburl.Resolve(r.base, text), true
	case "image title":
		e.picture.Title = text
	case "image caption":
		e.picture.Alt = text
	}
}

// text returns the text behind a start tag. It ends at the end tag or, if that is missing,
// at the next element of the sitemap; other elements in it are markup of the text.
func (r *sitemapReader) text(t token) string {
	l, mixed := r.lexer, false
	for {
		n := l.next()
		switch n.kind {
		case cdata, comment, loneBracket:
			mixed = true
			continue
		case open, empty, closing:
			name := strings.ToLower(string(local(n.name)))
			if !isSitemapText[name] && !isSitemapGroup(name) {
				mixed = true
				continue
			}
		}
		r.lexer = l
		r.lexer.at = n.start
		if content := l.src[t.end:n.start]; mixed {
			return decodeMixed(content, nil)
		} else {
			return decodeText(content)
		}
	}
}

func isSitemapGroup(name string) bool {
	switch name {
	case "url", "sitemap", "news", "image", "video", "publication":
		return true
	}
	return isSitemap(name)
}

// addEntry ends the current entry, if there is one.
func (r *sitemapReader) addEntry() {
	if !r.inEntry {
		return
	}
	e := &r.entry
	e.Link = weburl.Resolve(r.base, e.ID)
	switch {
	case r.isIndex:
		r.addSitemap(Sitemap{URL: e.Link, Updated: updatedSitemap(e)})
	case !e.isNews:
		r.pages++
	case e.Title == "" || e.Link == "":
		r.unusable++
	default:
		r.addNews(e)
	}
	r.entry, r.inEntry, r.group = sitemapEntry{}, false, ""
}

// maxOutlets is how many names of outlets are counted.
const maxOutlets = 100

func (r *sitemapReader) addNews(e *sitemapEntry) {
	e.Permalink = true
	if _, known := r.names[e.outlet]; known || len(r.names) < maxOutlets {
		r.names[e.outlet]++
	}
	r.mixed = r.mixed || len(r.doc.Items) > 0 && e.Language != r.language
	r.language = e.Language
	r.doc.Items = append(r.doc.Items, e.Item)
	if len(r.doc.Items) >= 2*maxItems {
		r.older += r.doc.keepNewest()
	}
}

// keepNewest keeps the newest maxItems items in their order, and returns how many it left
// out.
func (d *Document) keepNewest() (removed int) {
	if removed = len(d.Items) - maxItems; removed <= 0 {
		return 0
	}
	order := make([]int, len(d.Items))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return d.Items[b].Published.Compare(d.Items[a].Published) })
	order = order[:maxItems]
	slices.Sort(order)
	kept := make([]Item, 0, 2*maxItems)
	for _, i := range order {
		kept = append(kept, d.Items[i])
	}
	d.Items = kept
	return removed
}

// sitemap returns the Document of a sitemap.
func (r *sitemapReader) sitemap() (*Document, error) {
	d := r.doc
	r.older += d.keepNewest()
	switch {
	case len(d.Items) == 0 && r.unusable > 0:
		return nil, &Problem{Text: fmt.Sprintf("this is a news sitemap, but none of its %d entries has a headline and an address", r.unusable)}
	case len(d.Items) == 0 && (r.pages > 0 || !r.declared):
		return nil, &Problem{Text: "this is a sitemap without news: it lists pages, but no headlines; give the address of the site's news sitemap or feed instead"}
	}
	for name, n := range r.names {
		if best := r.names[d.Title]; n > best || n == best && name < d.Title {
			d.Title = name
		}
	}
	if !r.mixed {
		d.Language = r.language
	}
	if len(d.Items) > 0 {
		d.Site = siteOf(d.Items[0].Link)
	}
	if r.older > 0 {
		d.addCut(fmt.Sprintf("the document has %s items; the newest %s by date are read", grouped(r.older+maxItems), grouped(maxItems)))
	}
	if r.unusable > 0 {
		d.addCut(fmt.Sprintf("%s of its entries without a headline or an address are left out", grouped(r.unusable)))
	}
	return d, nil
}

// addCut adds to Cut.
func (d *Document) addCut(text string) {
	if d.Cut != "" {
		text = d.Cut + "; " + text
	}
	d.Cut = text
}

// siteOf returns the address of the front page of the site that an address belongs to.
func siteOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/"
}

// index returns the Document of an index, which has no items of its own.
func (r *sitemapReader) index() (*Document, error) {
	if len(r.doc.Sitemaps) == 0 {
		return nil, &Problem{Text: "this is an index of sitemaps, but it names none"}
	}
	return r.doc, nil
}

// addSitemap adds a sitemap to the newest ones of an index, the newest first.
func (r *sitemapReader) addSitemap(s Sitemap) {
	all := r.doc.Sitemaps
	at := len(all)
	for at > 0 && isNewerSitemap(s, all[at-1]) {
		at--
	}
	if s.URL == "" || at == maxSitemaps || slices.ContainsFunc(all, func(o Sitemap) bool { return o.URL == s.URL }) {
		return
	}
	all = slices.Insert(all, at, s)
	r.doc.Sitemaps = all[:min(len(all), maxSitemaps)]
}

// isNewerSitemap reports whether the news of a are probably newer than those of b.
func isNewerSitemap(a, b Sitemap) bool {
	switch newsA, newsB := saysNews(a.URL), saysNews(b.URL); {
	case a.Updated.Equal(b.Updated):
		return newsA && !newsB
	case a.Updated.IsZero():
		return newsA
	case b.Updated.IsZero():
		return !newsB
	}
	return a.Updated.After(b.Updated)
}

// saysNews reports whether an address says that a sitemap has what is new.
func saysNews(address string) bool {
	_, path, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://"), "/")
	return slices.ContainsFunc(wordsOf(path), func(w string) bool {
		return strings.HasPrefix(w, "news") || strings.HasSuffix(w, "news") || w == "latest" || w == "recent" || w == "today"
	})
}

// nameDate is a day or a month in the address of a sitemap.
var nameDate = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(20\d\d)(?:[-_/.]|&mm=)?(0[1-9]|1[0-2])(?:(?:[-_/.]|&dd=)?(0[1-9]|[12]\d|3[01]))?(?:\D|$)`)
})

// updatedSitemap returns when a sitemap changed, as the index or its name says.
func updatedSitemap(e *sitemapEntry) time.Time {
	if t, ok := parseDate(e.lastmod); ok {
		return t
	}
	m := nameDate().FindStringSubmatch(e.Link)
	if m == nil {
		return time.Time{}
	}
	t, _ := parseDate(m[1] + "-" + m[2] + "-" + cmp.Or(m[3], "28"))
	return t
}

// AddSitemaps adds the items of the sitemaps that an index names to its document.
func (d *Document) AddSitemaps(parts []*Document) {
	known := map[string]bool{}
	for n, p := range parts {
		d.Title, d.Site, d.Truncated = cmp.Or(d.Title, p.Title), cmp.Or(d.Site, p.Site), d.Truncated || p.Truncated
		if p.Cut != "" {
			d.addCut(p.Cut)
		}
		if n == 0 {
			d.Language = p.Language
		} else if d.Language != p.Language {
			d.Language = ""
		}
		for i := range p.Items {
			if it := &p.Items[i]; !known[it.ID] {
				known[it.ID] = true
				d.Items = append(d.Items, *it)
			}
		}
	}
	if older := d.keepNewest(); older > 0 {
		d.addCut(fmt.Sprintf("the documents have %s items; the newest %s by date are read", grouped(older+maxItems), grouped(maxItems)))
	}
}

// RobotsSitemaps returns the sitemaps that a robots.txt names, at most most, and those
// first that say that they have news.
func RobotsSitemaps(robots []byte, base string, most int) []string {
	var all, others []string
	base = weburl.Absolute(base)
	named := 0
	for line := range bytes.Lines(robots[:min(len(robots), maxRobots)]) {
		name, value, _ := strings.Cut(string(line), ":")
		if !strings.EqualFold(strings.TrimSpace(name), "sitemap") {
			continue
		}
		if named++; named > maxNamedSitemaps {
			break
		}
		value, _, _ = strings.Cut(value, " #")
		to := weburl.Resolve(base, strings.TrimSpace(value))
		switch {
		case to == "" || slices.Contains(all, to) || slices.Contains(others, to):
		case saysNews(to):
			all = append(all, to)
		case len(others) < most:
			others = append(others, to)
		}
		if len(all) >= most {
			break
		}
	}
	all = append(all, others...)
	return all[:min(len(all), most)]
}

const (
	maxRobots        = 500 << 10 // bytes of a robots.txt that are read (RFC 9309 section 2.5)
	maxNamedSitemaps = 500       // sitemaps in it that are looked at
)
