package view

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/weburl"
)

// maxLinksSearched is how many of the newest stories are searched for a link that is no
// key: several entries of a source have it, or its entry is deleted.
const maxLinksSearched = 20_000

// isAddress reports whether a reference is an address, and not an id.
func isAddress(ref string) bool { return strings.ContainsAny(ref, "./:") }

// resolve returns the ids of the entries that a reference stands for, the newest first. It
// may be the id of an entry, a story or an event, the URI of a story in our feeds, the
// address of one of our pages of a story, or the address of an article. It returns an
// Error when there is none. An id is returned as it is.
func resolve(tx *store.Tx, ref string) (ids []string, err error) {
	ref = strings.TrimSpace(ref)
	if !isAddress(ref) {
		return []string{ref}, nil
	}
	id, err := ownStory(tx, ref)
	if err != nil || id != "" {
		return []string{id}, err
	}
	address := cmp.Or(weburl.Absolute(ref), weburl.Absolute("https://"+ref))
	key := canon.LinkKey(address)
	ids, err = entriesByKey(tx, key, canon.GUIDKey(ref))
	switch {
	case err != nil || len(ids) > 0:
		return ids, err
	case key == 0:
		return nil, notFound("%s is not the address of an article. Give one, or the id of an entry, a story or an event; `slugline stories` lists stories.", ref)
	}
	ids, err = takesByLink(tx, key)
	if err == nil && len(ids) == 0 {
		err = notFound("No stored entry links to %s. Search for words of its headline, at the desk or with `slugline preview WORDS`: its feed may link to another address. `slugline try FEED` shows what is in a feed.", address)
	}
	return ids, err
}

func noReference(id string) error {
	return notFound("There is no entry, story or event %q. `slugline stories` lists stories; the address of an article will do, too.", id)
}

// ownStory returns the id of the story that a page or a feed of ours names, empty if ref
// is none of these.
func ownStory(tx *store.Tx, ref string) (string, error) {
	id := ref[strings.LastIndexByte(ref, ':')+1:] // of a tag URI
	if u, err := url.Parse(ref); err == nil && !strings.HasPrefix(ref, "tag:") {
		if _, rest, ok := strings.Cut(u.Path, "/stories/"); ok {
			id, _, _ = strings.Cut(rest, "/")
			id = strings.TrimSuffix(id, ".atom")
		}
	}
	s, err := CurrentStory(tx, id)
	if s == nil || err != nil {
		return "", err
	}
	return s.ID, nil
}

// entriesByKey returns the entries that have one of these keys in any source, the newest
// first.
func entriesByKey(tx *store.Tx, keys ...uint64) (ids []string, err error) {
	sources, err := tx.Sources.AllForVisits()
	if err != nil {
		return nil, err
	}
	var found []*news.Entry
	for _, src := range sources {
		for _, key := range keys {
			e, err := tx.Entries.Get(tx.Entries.ByKey(src.ID, key))
			if err != nil {
				return nil, err
			}
			if e != nil && !slices.ContainsFunc(found, func(o *news.Entry) bool { return o.ID == e.ID }) {
				found = append(found, e)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b *news.Entry) int { return b.At.Compare(a.At) })
	for _, e := range found {
		ids = append(ids, e.ID)
	}
	return ids, nil
}

// takesByLink returns the entries with a link among the newest stories, the newest first.
// For an entry that is deleted it returns its story.
func takesByLink(tx *store.Tx, key uint64) (ids []string, err error) {
	const batch = 500
	var last *news.Story
	for range maxLinksSearched / batch {
		some, err := tx.Stories.Latest(batch, last)
		if err != nil || len(some) == 0 {
			return ids, err
		}
		last = some[len(some)-1]
		for _, s := range some {
			for i := range s.Takes {
				if canon.LinkKey(s.Takes[i].Link) != key {
					continue
				}
				e, err := tx.Entries.Get(s.Takes[i].Entry)
				if err != nil {
					return nil, err
				}
				id := s.ID
				if e != nil {
					id = e.ID
				}
				ids = append(ids, id)
			}
		}
	}
	return ids, nil
}

// maxReason is how many characters a reason or a note of an order may have. Notes and claims
// are on the lines of the wire, which each open page gets with every change of the story.
const maxReason = 1000

// ResolveOrder replaces the addresses in an order by the ids of what they stand for. It
// returns an Error when an address stands for nothing, or for several things, or when the
// order has too long a text.
func ResolveOrder(tx *store.Tx, o *OrderRequest) error {
	if utf8.RuneCountInString(o.Why) > maxReason || utf8.RuneCountInString(o.Who) > maxReason {
		return invalid("A reason or a note has at most %d characters. Shorten it.", maxReason)
	}
	stories := 1
	switch o.Verb {
	case "merge":
		stories = 2
	case "split", "hide", "unhide", "pin", "claim", "release", "note", "assign", "unassign", "send":
	case "pause", "resume":
		return checkSources(tx, o.Args)
	default:
		return nil
	}
	ofEntry := o.Verb == "split" && len(o.Args) == 1 // with the word event behind it, it is about a story
	for i, ref := range o.Args[:min(stories, len(o.Args))] {
		if !isAddress(ref) {
			continue
		}
		id, err := resolveOne(tx, ref, ofEntry)
		if err != nil {
			return err
		}
		o.Args[i] = id
	}
	return nil
}

// checkSources returns an Error unless feeds.yaml has each of some sources, by name or id.
func checkSources(tx *store.Tx, names []string) error {
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(rules.Sources, func(s news.Source) bool { return s.Name == name || s.ID == name }) {
			return notFound("feeds.yaml has no source %q. GET /api/sources lists all sources.", name)
		}
	}
	return nil
}

// resolveOne returns the id of the one entry, or the one story, that a reference stands for.
func resolveOne(tx *store.Tx, ref string, entry bool) (string, error) {
	ids, err := resolve(tx, ref)
	if err != nil {
		return "", err
	}
	if !entry {
		for i := range ids {
			s, err := findStory(tx, ids[i])
			if err != nil {
				return "", err
			}
			ids[i] = s.ID
		}
	}
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) > 1 {
		return "", conflict("%s stands for several: give one of the ids %s.", ref, strings.Join(ids, ", "))
	}
	return ids[0], nil
}
