package canon

import (
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

// FingerprintVersion counts the ways in which entries got their keys and hashes. It is raised
// when the same item gets others, so that no Print of before is used beside them.
const FingerprintVersion = 1

// Fingerprint is what stands for an item that was read before.
type Fingerprint struct {
	RawHash uint64    // feed.Item's
	Keys    [5]uint64 // guid, link, headline, text and page of the item by itself
	Hash    uint64    // news.Entry's
}

// EntriesReusing is Entries of a document of which feed.Hints.Known kept the items of
// known, by Print.Raw, from being read. An entry whose read is false was not: it has
// its keys but for Page, and its hash, as though it had been, and nothing else.
// prints are those of all entries.
func EntriesReusing(doc *feed.Document, source news.Source, known map[uint64]Fingerprint) (entries []news.Entry, prints []Fingerprint, read []bool) {
	m := entryMaker{source: source, language: languageTag(first(source.Language, doc.Language)), author: plainText(doc.Author, maxAuthor)}
	entries, prints = make([]news.Entry, 0, len(doc.Items)), make([]Fingerprint, 0, len(doc.Items))
	seen := make(map[[2]uint64]bool, len(doc.Items))
	for i := range doc.Items {
		it := &doc.Items[i]
		e, p, ok := m.entryOrKnown(it, known)
		same := [2]uint64{e.Keys.First(), e.Hash}
		if !ok || seen[same] {
			continue
		}
		seen[same] = true
		entries, prints, read = append(entries, e), append(prints, p), append(read, !it.Known)
	}
	clearSharedKeys(entries, prints)
	return entries, prints, read
}

// entryOrKnown makes an item's entry. ok is false when it holds nothing.
func (m *entryMaker) entryOrKnown(it *feed.Item, known map[uint64]Fingerprint) (e news.Entry, p Fingerprint, ok bool) {
	if it.Known {
		p, ok = known[it.RawHash]
		e.Source, e.Hash = m.source.ID, p.Hash
		e.Keys = news.Keys{GUID: p.Keys[0], Link: p.Keys[1], Headline: p.Keys[2], Text: p.Keys[3]}
		return e, p, ok
	}
	e = m.entry(it)
	k := &e.Keys
	p = Fingerprint{RawHash: it.RawHash, Keys: [5]uint64{k.GUID, k.Link, k.Headline, k.Text}, Hash: e.Hash}
	if k.Page != "" {
		p.Keys[4] = news.Key('p', k.Page)
	}
	return e, p, e.Headline != "" || e.Link != "" || e.Body != "" || len(e.Media) > 0
}

// clearSharedKeys takes from all entries the keys that more than one of them has.
func clearSharedKeys(all []news.Entry, prints []Fingerprint) {
	count := make(map[uint64]int, len(all))
	for kind := range len(Fingerprint{}.Keys) {
		clear(count)
		for i := range prints {
			count[prints[i].Keys[kind]]++
		}
		for i := range prints {
			if n := prints[i].Keys[kind]; n != 0 && count[n] > 1 {
				clearKey(&all[i].Keys, kind)
			}
		}
	}
}

func clearKey(k *news.Keys, kind int) {
	switch kind {
	case 0:
		k.GUID = 0
	case 1:
		k.Link = 0
	case 2:
		k.Headline = 0
	case 3:
		k.Text = 0
	case 4:
		k.Page = ""
	}
}
