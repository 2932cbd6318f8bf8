package desk

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// Two items of one source with the same headline are one report if their text is the same
// and they are at most sameReportTime apart, or if one of them is a stub and they are less
// than stubTime apart.
const (
	sameReportTime = 15 * time.Minute
	stubTime       = time.Hour
)

// A new entry is compared with the maxOwnTakes newest takes of its source in a story, and in
// maxOwnStories stories: a source may give all its reports one headline. The other stories
// are apart from it, too.
const (
	maxOwnStories = 16
	maxOwnTakes   = 4
)

// isApart tells whether a new entry must not join a story because its source has another
// report in it. An outlet does not list its own light edit beside the original.
func (w *visitWork) isApart(en *news.Entry, id string, l news.Level) bool {
	s, err := w.Survivor(id)
	if w.failed = cmp.Or(w.failed, err); err != nil || s == nil {
		return false
	}
	if l == news.LevelEdited && w.listsOriginal(en, s) {
		return true
	}
	compared := 0
	for _, t := range slices.Backward(s.Takes) {
		if t.Source != en.Source || t.IsWithdrawn() {
			continue
		}
		switch compared++; {
		case w.ownStories == maxOwnStories:
			return true
		case compared > maxOwnTakes:
			return false
		}
		old, err := w.Tx.Entries.Get(t.Entry)
		if err != nil {
			w.failed = err
			return false
		}
		if old != nil && areTwoReports(old, en, l) {
			w.ownStories++
			return true
		}
	}
	return false
}

// listsOriginal tells whether the document has an item with the headline of a story of which
// a new entry is a light edit. The item may be accepted later, and joins the story then.
func (w *visitWork) listsOriginal(en *news.Entry, s *news.Story) bool {
	key := canon.TextKey(s.Headline)
	for i := range w.Entries {
		if e := &w.Entries[i]; e != en && key != 0 && e.Keys.Text == key && !isSameArticle(e, en) {
			return true
		}
	}
	return false
}

// areTwoReports tells whether a known entry and a new one of its source, which the fold
// found equal at a level, report two things.
func areTwoReports(old, en *news.Entry, l news.Level) bool {
	switch {
	case haveOwnMedia(old, en):
		return true
	case !old.Unlisted.IsZero():
		return hasAdvanced(old, en) && (isAnotherState(old, en) || haveOwnTexts(old, en) || story.SwapOf(old.Headline, en.Headline) == story.PartSwap)
	case isSameArticle(old, en):
		return false
	case l == news.LevelEdited:
		return true
	case textKey(old) != textKey(en):
		return false // a tag before the headline ("Update 1", "Video") says that it is a further take
	}
	return !areOneReport(old, en)
}

// isAnotherState tells whether both report on one page that is no article, with other
// words.
func isAnotherState(old, en *news.Entry) bool {
	return en.Keys.Page == "" && old.Summary != en.Summary && canon.IsSamePage(old.Link, en.Link)
}

// haveOwnTexts tells whether the texts of two entries have little in common: the headline
// is one that its source uses for all it reports.
func haveOwnTexts(a, b *news.Entry) bool {
	if isStub(a) || isStub(b) {
		return false
	}
	x, y := stems(a.Summary, a.Language), stems(b.Summary, b.Language)
	return 3*countShared(x, y) <= min(len(x), len(y))
}

// isSameArticle tells whether both lead to the page of one article.
func isSameArticle(old, en *news.Entry) bool {
	return old.Keys.Page != "" && old.Keys.Page == en.Keys.Page
}

// textKey is the key of an entry's headline, also when a document has it twice.
func textKey(en *news.Entry) uint64 { return canon.TextKey(en.Headline) }

// areOneReport tells whether entries with the same headline are one report.
func areOneReport(a, b *news.Entry) bool {
	apart := published(a).Sub(published(b)).Abs()
	if haveOwnPictures(a, b) {
		return false
	}
	if isStub(a) != isStub(b) {
		return apart < stubTime
	}
	return apart <= sameReportTime && (isStub(a) || beginsWith(a.Summary, b.Summary) || beginsWith(b.Summary, a.Summary))
}

// beginsWith tells whether a text begins with another one, which may end in an ellipsis.
func beginsWith(text, start string) bool {
	return strings.HasPrefix(text, strings.TrimRight(start, ".… "))
}

// published is when an entry was published, as far as that is known.
func published(en *news.Entry) time.Time {
	if en.Published.IsZero() {
		return en.At
	}
	return en.Published
}

// isStub tells whether an entry has no text beside its headline.
func isStub(en *news.Entry) bool {
	return en.Summary == "" || canon.TextKey(en.Summary) == textKey(en)
}

// haveOwnMedia tells whether each of two entries has sound or film of its own, which
// proves that they are two.
func haveOwnMedia(a, b *news.Entry) bool { return haveOwn(a, b, isRecording) }

func haveOwnPictures(a, b *news.Entry) bool {
	return haveOwn(a, b, func(m *news.Media) bool { return m.Picture })
}

// haveOwn tells whether two entries have media of a kind, and none in common.
func haveOwn(a, b *news.Entry, is func(*news.Media) bool) bool {
	found := false
	for i := range a.Media {
		if !is(&a.Media[i]) {
			continue
		}
		for k := range b.Media {
			if !is(&b.Media[k]) {
				continue
			}
			if isSameFile(a.Media[i].URL, b.Media[k].URL) {
				return false
			}
			found = true
		}
	}
	return found
}

// isRecording tells whether an enclosure is sound or film.
func isRecording(m *news.Media) bool {
	return !m.Picture && (strings.HasPrefix(m.Type, "audio/") || strings.HasPrefix(m.Type, "video/") || m.Type == "" && m.Duration > 0)
}

// isSameFile tells whether two addresses lead to one file. A query behind the name of a
// file may be a signature of the day.
func isSameFile(a, b string) bool {
	if canon.IsSamePage(a, b) {
		return true
	}
	file, query, _ := strings.Cut(a, "?")
	other, further, _ := strings.Cut(b, "?")
	return file == other && (query != "" || further != "") && strings.Contains(file[strings.LastIndexByte(file, '/')+1:], ".") && !strings.HasSuffix(file, ".php")
}
