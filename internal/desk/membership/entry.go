package membership

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// HasEntryItems tells whether a topic has an item for each entry or for each page, not
// for each story.
func HasEntryItems(f news.FoldMode) bool { return f == news.FoldNone || f == news.FoldLink }

// EntryItemID returns the id of the item that begins with an entry in topics that fold
// as f says. FoldNone and FoldLink have ids of their own.
func EntryItemID(entry string, f news.FoldMode) string {
	if f == news.FoldLink {
		return news.StoryID(entry, 0) // no record has Seq 0
	}
	return entry
}

// IsEntryItem tells whether s is the item of one entry or page, not a story.
func IsEntryItem(s *news.Story) bool {
	return s.MergedInto != "" && len(s.Takes) > 0 &&
		(s.ID == EntryItemID(s.Takes[0].Entry, news.FoldNone) || s.ID == EntryItemID(s.Takes[0].Entry, news.FoldLink))
}

// ForEntry decides whether one take of a story gets an item of its own in a topic that
// has one for each entry or page. All outlets of the story count.
func ForEntry(r Rule, s *news.Story, take Take, at time.Time) Decision {
	switch {
	case take.IsWithdrawn():
		return out(Withdrawn)
	case !r.matches([]Take{take}, s.Outlets()):
		return out(NoMatch)
	}
	return in(at, Matches)
}

// ReviewEntryItem decides about the item of an entry after an order or a changed rule.
// s is the story that the entry is a take of. The item comes back to its old place.
func ReviewEntryItem(r Rule, item, s *news.Story, takes []Take) Decision {
	first := item.Takes[0].Entry
	switch {
	case !HasEntryItems(r.Fold) || item.ID != EntryItemID(first, r.Fold):
		return out(PerEntry)
	case s.IsHidden(r.Name):
		return out(Hidden)
	}
	for i := range takes {
		if takes[i].Entry == first {
			if r.matches(takes[i:i+1], s.Outlets()) {
				return in(item.Places[r.Name].At, Matches)
			}
			break
		}
	}
	return out(NoMatch)
}
