package canon

import (
	"cmp"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

// FingerprintVersion is the version of the way in which keys and hashes are made. Raise
// it when the same item gets other ones, so that nobody uses fingerprints that were
// stored before.
const FingerprintVersion = 3

// Fingerprint stands for an item that was read at an earlier visit.
type Fingerprint struct {
	RawHash uint64    // of feed.Item
	Keys    [5]uint64 // by kind, before clearSharedKeys; the page's as a hash
	Hash    uint64    // of news.Entry
}

// The kinds of keys in Fingerprint.Keys.
const (
	guidKey = iota
	linkKey
	headlineKey
	headlineTextKey
	pageKey
)

// EntriesReusing is Entries for a document in which feed.Read skipped the known items.
// known holds their fingerprints by RawHash. It returns three slices of equal length:
// the entries, their fingerprints, and whether each item was read. The entry of an item
// that was skipped has only Source, Hash and Keys, except Keys.Page.
func EntriesReusing(doc *feed.Document, source news.Source, known map[uint64]Fingerprint) (entries []news.Entry, fingerprints []Fingerprint, read []bool) {
	m := entryMaker{source: source, language: Language(cmp.Or(source.Language, doc.Language)), author: plainText(doc.Author, maxAuthor), title: feedTitle(doc), self: address(doc.Self)}
	entries, fingerprints = make([]news.Entry, 0, len(doc.Items)), make([]Fingerprint, 0, len(doc.Items))
	seen := make(map[[2]uint64]bool, len(doc.Items))
	for i := range doc.Items {
		it := &doc.Items[i]
		e, p, ok := m.entryOrKnown(it, known)
		same := [2]uint64{e.Keys.First(), e.Hash}
		if !ok || seen[same] {
			continue
		}
		seen[same] = true
		entries, fingerprints, read = append(entries, e), append(fingerprints, p), append(read, !it.Known)
	}
	clearSharedKeys(entries, fingerprints)
	return entries, fingerprints, read
}

// entryOrKnown returns the entry of an item and its fingerprint. ok is false when the
// item is empty, or known to feed.Read but not here.
func (m *entryMaker) entryOrKnown(it *feed.Item, known map[uint64]Fingerprint) (e news.Entry, p Fingerprint, ok bool) {
	if it.Known {
		p, ok = known[it.RawHash]
		e.Source, e.Hash = m.source.ID, p.Hash
		e.Keys = news.Keys{GUID: p.Keys[guidKey], Link: p.Keys[linkKey], Headline: p.Keys[headlineKey], Text: p.Keys[headlineTextKey]}
		return e, p, ok
	}
	e = m.entry(it)
	k := &e.Keys
	p = Fingerprint{RawHash: it.RawHash, Keys: [5]uint64{guidKey: k.GUID, linkKey: k.Link, headlineKey: k.Headline, headlineTextKey: k.Text}, Hash: e.Hash}
	if k.Page != "" {
		p.Keys[pageKey] = news.Key('p', k.Page)
	}
	return e, p, e.Headline != "" || e.Link != "" || e.Body != "" || len(e.Media) > 0
}

// clearSharedKeys clears the keys that several entries have.
func clearSharedKeys(all []news.Entry, fingerprints []Fingerprint) {
	count := make(map[uint64]int, len(all))
	for kind := range len(Fingerprint{}.Keys) {
		clear(count)
		for i := range fingerprints {
			count[fingerprints[i].Keys[kind]]++
		}
		for i := range fingerprints {
			if n := fingerprints[i].Keys[kind]; n != 0 && count[n] > 1 {
				clearKey(&all[i].Keys, kind)
			}
		}
	}
}

func clearKey(k *news.Keys, kind int) {
	switch kind {
	case guidKey:
		k.GUID = 0
	case linkKey:
		k.Link = 0
	case headlineKey:
		k.Headline = 0
	case headlineTextKey:
		k.Text = 0
	case pageKey:
		k.Page = ""
	}
}
