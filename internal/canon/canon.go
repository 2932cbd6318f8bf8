// Package canon turns feed items into entries.
//
// It gives each entry its keys: guid, link without scheme and tracking, headline
// with day. Which entry a key belongs to is not its business; desk looks that up.
// The same item gives the same keys on any machine, at any time. A headline and a
// summary leave it as plain text; a body leaves it as it came and reaches a page
// through Safe only.
package canon

import (
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// Entries makes the entries of a document, in its order. Keys are made over the
// whole document: one that stands twice is 0. An item that is the same as an
// earlier one in guid, link, headline and text is left out, and so is one that
// holds nothing.
func Entries(doc *feed.Document, source news.Source) []news.Entry {
	entries, _, _ := EntriesReusing(doc, source, nil)
	return entries
}

// Feed is what a document says of itself, as plain text and addresses.
func Feed(doc *feed.Document) news.Feed {
	return news.Feed{
		Title: plainText(doc.Title, maxAuthor), Site: address(doc.Site), Description: plainText(doc.Description, maxSummary),
		Language: languageTag(doc.Language), Icon: address(doc.Icon), Hub: address(doc.Hub), Self: address(doc.Self),
	}
}

// Owner is the outlet that a source belongs to when nobody says: the registrable
// domain of the feed's site, else of its address.
func Owner(site, address string) string {
	if o := fetch.Domain(site); o != "" {
		return o
	}
	return fetch.Domain(address)
}

type entryMaker struct {
	source           news.Source
	language, author string
}

func (m *entryMaker) entry(it *feed.Item) news.Entry {
	e := news.Entry{
		Source: m.source.ID, GUID: guid(it.ID), Link: address(it.Link), Headline: Headline(it.Title),
		Summary: summary(it), Base: it.Base, Body: body(it),
		Author: first(plainText(it.Author, maxAuthor), m.author), Categories: categories(it.Categories),
		Language: first(languageTag(it.Language), m.language), Published: it.Published, Media: media(it),
	}
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

// guid is the item's id as it stands there; one that no system would make is none.
func guid(id string) string {
	if len(id) > 4096 {
		return ""
	}
	return id
}

// plainText is plain text on one line.
func plainText(s string, n int) string {
	if s == "" {
		return ""
	}
	return truncate(cleanLine(unescapeAgain(htmlText(s, 16*n))), n)
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// summary is the beginning of what the item says, as plain text.
func summary(it *feed.Item) string {
	s := summaryText(it.Summary)
	if s == "" {
		s = summaryText(it.Content)
	}
	return s
}

func summaryText(markup string) string {
	const room = maxSummary + maxSummary/4
	s := htmlText(markup, room)
	if len(s) >= room && !plainASCII(s) {
		s = htmlText(markup, 4*room) // characters of several bytes
	}
	return truncateSummary(cleanLine(s))
}

// truncateSummary is cut, quicker where each character is one rune.
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

// body is the item's HTML, not made safe: its content, else its summary where that
// is more than the plain text of it.
func body(it *feed.Item) string {
	s := it.Content
	if s == "" && (len(it.Summary) > maxSummary || strings.ContainsAny(it.Summary, "<&")) {
		s = it.Summary
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

func containsFold(all []string, s string) bool {
	for _, a := range all {
		if strings.EqualFold(a, s) {
			return true
		}
	}
	return false
}

// keys makes an entry's keys; unkey takes back those that tell nothing.
func keys(e *news.Entry) news.Keys {
	var k news.Keys
	if e.GUID != "" {
		k.GUID = news.Key('g', e.GUID)
	}
	folded := words.Fold(e.Headline)
	if e.Link != "" {
		p := canonicalize(e.Link)
		switch {
		case p.key == "":
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

// TextKey is Keys.Text of an entry with this headline.
func TextKey(headline string) uint64 { return textKey(words.Fold(headline)) }

func textKey(folded string) uint64 { return news.Key('t', folded) }

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// contentHash is of all that a reader would see. Times are no part of it: some feeds
// stamp every item with the time of the visit.
func contentHash(e *news.Entry) uint64 {
	var d xxhash.Digest
	d.Reset()
	put := func(s string) {
		_, _ = d.WriteString(s)
		_, _ = d.Write([]byte{0})
	}
	for _, s := range []string{e.Headline, e.Summary, e.Body, e.Link, e.Author, e.Language} {
		put(s)
	}
	for _, c := range e.Categories {
		put(c)
	}
	for i := range e.Media {
		m := &e.Media[i]
		put(m.URL)
		put(m.Type)
		put(m.Title)
		put(m.Alt)
	}
	return d.Sum64()
}
