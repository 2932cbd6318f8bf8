// Package canon turns feed items into entries.
//
// It gives each entry its keys: guid, link without scheme and tracking, headline with
// day. The same item gets the same keys on any machine, at any time. Headlines and
// summaries are plain text when they leave this package. Bodies are the HTML of the
// source, which may be dangerous: only Safe makes it fit for a page. canon does not
// know which entries exist: package desk looks up which entry a key belongs to.
//
//	canon.go                      Entries: the fields, keys and hash of an entry
//	fingerprint.go                entries of items that feed.Read skipped as known
//	link.go                       addresses, and when two name the same page
//	articlenumber.go              the number that an address keeps when the headline changes
//	headline.go, title.go         plain text from titles, which may be HTML or not
//	htmltext.go, trailer.go       plain text from HTML, without "Read more" at its end
//	tag.go, reference.go          tags and character references
//	cdata.go, wrapped.go          texts that were escaped once too often
//	language.go, media.go         languages; enclosures and pictures
//	agency.go                     the news agency that an entry is credited to
//	sanitize.go                   Safe
//	headings.go                   headings of safe HTML, below those of a page
package canon

import (
	"cmp"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// Entries returns the entries of a document, in its order. A key that two entries share
// identifies neither and is 0 in both. An item is left out if it is empty, or if it is
// equal to an earlier one in guid, link, headline and text.
func Entries(doc *feed.Document, source news.Source) []news.Entry {
	entries, _, _ := EntriesReusing(doc, source, nil)
	return entries
}

// Feed returns what a document says about itself, as plain text and addresses.
func Feed(doc *feed.Document) news.Feed {
	return news.Feed{
		Title: feedTitle(doc), Site: address(doc.Site), Description: summaryText(doc.Description),
		Language: Language(doc.Language), Rights: plainText(doc.Rights, maxRights), License: address(doc.License), Icon: address(doc.Icon), Hub: address(doc.Hub), Self: address(doc.Self),
	}
}

func feedTitle(doc *feed.Document) string {
	if doc.PlainTitle {
		return truncate(plainHeadline(doc.Title), maxAuthor)
	}
	return plainText(doc.Title, maxAuthor)
}

// Owner returns the outlet that a source belongs to if feeds.yaml does not name one: the
// registrable domain of the feed's site or, if that is no address, of the feed's
// address. An IP address or a name without dots is often a bridge with the feeds of many
// outlets: there the title of the feed tells them apart, if it has one.
func Owner(site, address, title string) string {
	owner := cmp.Or(fetch.Domain(site), fetch.Domain(address))
	if strings.Contains(owner, ":") { // host and port
		owner = strings.TrimSpace(owner + " " + words.Key(title))
	}
	return owner
}

// entryMaker makes the entries of one document.
type entryMaker struct {
	source           news.Source
	language, author string // of items that name none
	title, self      string // of the document
}

func (m *entryMaker) entry(it *feed.Item) news.Entry {
	content, summary := it.Content, it.Summary
	if !it.PlainText {
		content, summary = openMarkup(content), openMarkup(summary)
	}
	e := news.Entry{
		Source: m.source.ID, GUID: guid(it.ID), Link: address(it.Link), Headline: Title(it),
		Summary: summaryOf(summary, content), Base: it.Base, Body: body(content, summary),
		Author: cmp.Or(plainText(it.Author, maxAuthor), m.author), Categories: categories(it.Categories),
		Language: cmp.Or(Language(it.Language), m.language), Published: it.Published, Media: media(it, cmp.Or(content, summary)),
	}
	e.Rights, e.License = plainText(it.Rights, maxRights), address(it.License)
	e.Origin, e.OriginFeed = m.origin(it)
	if e.Published.IsZero() {
		e.Published = it.Updated
	}
	e.Published = news.Instant(e.Published)
	if e.Headline == "" {
		e.Headline = firstSentence(e.Summary)
	}
	e.Agency = agency(&e)
	e.Keys = keys(&e)
	e.Hash = contentHash(&e)
	return e
}

// origin returns title and address of the feed that an item comes from, if it is another
// one than the document. An address alone is no name for readers.
func (m *entryMaker) origin(it *feed.Item) (title, feed string) {
	title, feed = plainText(it.Source, maxAuthor), address(it.SourceURL)
	if title == "" || title == m.title || feed != "" && (feed == m.source.Address || feed == m.self) {
		return "", ""
	}
	return title, feed
}

// guid returns the item's id as it is, or nothing when it is longer than any real one.
func guid(id string) string {
	if len(id) > 4096 {
		return ""
	}
	return id
}

// plainText returns HTML or text as one line of plain text, of at most n characters.
func plainText(s string, n int) string {
	if s == "" {
		return ""
	}
	return truncate(cleanLine(withoutCDATA(titleText(clipTitle(s)))), n)
}

// summaryText returns the plain text of HTML, up to maxSummary, without a link to the
// article at its end.
func summaryText(markup string) string {
	markup, cut := withoutTrailer(markup)
	const limit = maxSummary + maxSummary/4
	s := htmlText(markup, limit)
	whole := len(s) < limit
	if !whole && !plainASCII(s) {
		s = htmlText(markup, 4*limit) // characters of several bytes
		whole = len(s) < 4*limit
	}
	if s = cleanLine(s); cut {
		s = strings.TrimRight(s, " ([{|•·–—-:→»›")
	}
	if whole {
		s = withoutTail(s, strings.IndexByte(markup, '<') >= 0)
	}
	return truncateSummary(s)
}

// summaryOf returns the plain text of the first of two HTML texts that has any.
func summaryOf(summary, content string) string {
	if s := summaryText(summary); s != "" {
		return s
	}
	return summaryText(content)
}

// truncateSummary is truncate for summaries. It is faster if each character is one
// rune.
func truncateSummary(s string) string {
	if len(s) <= maxSummary {
		return s
	}
	n, full, word := 0, 0, 0
	for i, r := range s {
		if n++; n > maxSummary {
			break
		}
		if r == ' ' && n < maxSummary {
			word = i
			if i > 0 && strings.IndexByte(".!?", s[i-1]) >= 0 {
				full = i
			}
		} else if !isOrdinary(r) && r != ' ' {
			return words.Cut(s, maxSummary)
		}
	}
	switch {
	case n <= maxSummary:
		return s
	case full >= word/2 && full > 0:
		return s[:full]
	case word == 0:
		return words.Cut(s, maxSummary)
	}
	return strings.TrimRight(s[:word], " ,;:-–—،؛") + "…"
}

// body returns an item's HTML as the source sent it, up to maxBody: its content or, if
// there is none, its summary if that is more than plain text.
func body(content, summary string) string {
	s := content
	if s == "" && (len(summary) > maxSummary || strings.ContainsAny(summary, "<&")) {
		s = summary
	}
	if len(s) <= maxBody {
		return s
	}
	s = s[:maxBody]
	if i := strings.LastIndexByte(s, '<'); i > maxBody-4096 {
		s = s[:i]
	}
	return strings.ToValidUTF8(s, "")
}

// IsSameText tells whether two bodies say the same, whatever their links and their markup.
func IsSameText(a, b string) bool {
	return a == b || cleanLine(htmlText(a, maxBody)) == cleanLine(htmlText(b, maxBody))
}

// categories returns distinct categories as plain text, at most maxTags.
func categories(all []string) []string {
	var out []string
	for _, c := range all {
		c = plainText(c, 100)
		if c != "" && len(out) < maxTags && !containsFold(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// containsFold reports whether s is in the list, in any case.
func containsFold(all []string, s string) bool {
	for _, a := range all {
		if strings.EqualFold(a, s) {
			return true
		}
	}
	return false
}

// keys returns an entry's keys. clearSharedKeys later clears those that identify nothing.
func keys(e *news.Entry) news.Keys {
	var k news.Keys
	if e.GUID != "" {
		k.GUID = news.Key('g', e.GUID)
	}
	folded := words.Fold(e.Headline)
	if e.Link != "" {
		p := canonicalize(e.Link)
		if e.GUID == "" {
			p.key += p.place
		}
		switch {
		case p.key == "":
		case p.front && p.place != "" && e.GUID == "":
			k.Link = news.Key('l', p.key)
		case p.front && folded == "":
		case p.front:
			k.Link = news.Key('l', p.key, folded)
		default:
			k.Link = news.Key('l', p.key)
		}
		if p.article {
			k.Page = p.key
		}
	}
	if folded != "" {
		k.Headline = news.Key('h', folded, day(e.Published))
		k.Text = textKey(folded)
	}
	return k
}

// LinkKey returns news.Keys.Link of an entry that links to an address, if its link has no
// fragment or it has a guid. It is 0 if that is no address, or a front page, which many
// entries may link to.
func LinkKey(link string) uint64 {
	p := canonicalize(link)
	if p.key == "" || p.front {
		return 0
	}
	return news.Key('l', p.key)
}

// Page returns news.Keys.Page of an entry that links to an address: what identifies the
// article, empty when the link leads to none.
func Page(link string) string {
	p, ok := canonicalizePlain(link)
	if !ok || len(link) > maxAddress {
		p = canonicalize(address(link))
	}
	if !p.article {
		return ""
	}
	return p.key
}

// Untitled returns the headline of an entry without a title: the first sentence of its
// summary, which may be HTML.
func Untitled(summary string) string {
	return firstSentence(summaryOf(openMarkup(summary), ""))
}

// GUIDKey returns news.Keys.GUID of an entry with this guid.
func GUIDKey(guid string) uint64 { return news.Key('g', guid) }

// TextKey returns news.Keys.Text of an entry with this headline.
func TextKey(headline string) uint64 { return textKey(words.Fold(headline)) }

func textKey(folded string) uint64 { return news.Key('t', folded) }

// day returns the day of t for a key, empty when t is zero.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// contentHash returns the hash of everything that a reader sees. It does not include
// times: some feeds give every item the time of the visit.
func contentHash(e *news.Entry) uint64 {
	var d xxhash.Digest
	d.Reset()
	write := func(s string) {
		_, _ = d.WriteString(s)
		_, _ = d.Write([]byte{0})
	}
	for _, s := range []string{e.Headline, e.Summary, e.Body, e.Link, e.Author, e.Language} {
		write(s)
	}
	for _, c := range e.Categories {
		write(c)
	}
	for i := range e.Media {
		m := &e.Media[i]
		write(m.URL)
		write(m.Type)
		write(m.Title)
		write(m.Alt)
	}
	for _, s := range []string{e.Rights, e.License, e.Origin, e.OriginFeed} {
		if s != "" { // entries without these have the hash that they had before there were such fields
			write("+")
			write(s)
		}
	}
	for i := range e.Media {
		if c := e.Media[i].Credit; c != "" {
			write("+")
			write(c)
		}
	}
	return d.Sum64()
}
