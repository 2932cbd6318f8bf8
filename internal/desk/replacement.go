package desk

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/words"
)

// maxVersions bounds how many items of one minute are compared. More have that date
// because they were published together.
const maxVersions = 8

// versions are the entries that the document listed until this record, by what a
// rewritten article keeps.
type versions struct {
	byNumber map[string][]*news.Entry // see canon.ArticleNumber
	byDate   map[int64][]*news.Entry  // Unix minutes
	numbers  map[string]int           // how many items of the document have the number; nil until they are counted
}

// replaced returns the entry that an item stands for after its outlet rewrote headline,
// address and guid of the article: one that the document listed until now, with the same
// article number, or with the same date and most of its words. An item that merely rolls
// off the end of the document has neither.
func (w *visitWork) replaced(en *news.Entry) (*news.Entry, error) {
	if len(w.gone) == 0 || en.Headline == "" {
		return nil, nil
	}
	if w.versions == nil {
		v, err := w.goneVersions()
		if err != nil {
			return nil, err
		}
		w.versions = v
	}
	if old, err := w.sameNumber(en); old != nil || err != nil {
		return old, err
	}
	return w.sameDate(en), nil
}

func (w *visitWork) goneVersions() (*versions, error) {
	v := &versions{byNumber: map[string][]*news.Entry{}, byDate: map[int64][]*news.Entry{}}
	for _, id := range w.gone {
		old, err := w.Tx.Entries.Get(id)
		if err != nil {
			return nil, err
		}
		if old == nil || old.Unlisted.IsZero() || old.Headline == "" {
			continue
		}
		if n := canon.NumberOf(old.Link, old.Headline); n.Key != "" {
			v.byNumber[n.Key] = append(v.byNumber[n.Key], old)
		}
		if !old.Published.IsZero() {
			v.byDate[minute(old)] = append(v.byDate[minute(old)], old)
		}
	}
	return v, nil
}

// countNumbers counts the article numbers of what the document lists. One that several
// items have is a section's. It reads all that the document lists, and is called only when
// an item has the number of one that is gone.
func (w *visitWork) countNumbers(v *versions) error {
	if v.numbers != nil {
		return nil
	}
	v.numbers = map[string]int{}
	count := func(en *news.Entry) {
		if n := canon.NumberOf(en.Link, en.Headline); n.Key != "" {
			v.numbers[n.Key]++
		}
	}
	for i := range w.Entries {
		count(&w.Entries[i])
	}
	for _, key := range w.listedBefore {
		old, err := w.byKey(key)
		if err != nil {
			return err
		}
		if old != nil && old.Unlisted.IsZero() {
			count(old)
		}
	}
	return nil
}

func minute(en *news.Entry) int64 { return en.Published.Unix() / 60 }

// sameNumber returns the one entry with the article number of an item and nearly its date:
// the number may be a model's or a region's. One before the last part of the path may be a
// section's, so that words or the date, unless that is a day's or an hour's, must be the same
// too.
func (w *visitWork) sameNumber(en *news.Entry) (*news.Entry, error) {
	if len(w.versions.byNumber) == 0 {
		return nil, nil
	}
	n := canon.NumberOf(en.Link, en.Headline)
	all := w.versions.byNumber[n.Key]
	if n.Key == "" || len(all) != 1 || !w.mayBeVersion(all[0], en, n) {
		return nil, nil
	}
	if err := w.countNumbers(w.versions); err != nil || w.versions.numbers[n.Key] > 1 {
		return nil, err
	}
	return all[0], nil
}

// mayBeVersion tells whether an item with the article number of an entry that is gone may be
// its new version, if no other item has that number.
func (w *visitWork) mayBeVersion(old, en *news.Entry, n canon.ArticleNumber) bool {
	if w.found[old.ID] || haveOwnMedia(old, en) || canon.IsSamePage(old.Link, en.Link) {
		return false
	}
	sameMinute := haveSameDate(old, en) && !isRoundTime(en.Published)
	return haveNearDates(old, en) && (n.IsLast || sameMinute || hasMostWords(old, en, false))
}

// sameDate returns the one entry that was published in the minute of an item and has most
// of its words, or leads to the same article.
func (w *visitWork) sameDate(en *news.Entry) *news.Entry {
	all := w.versions.byDate[minute(en)]
	if en.Published.IsZero() || len(all) > maxVersions {
		return nil
	}
	var old *news.Entry
	for _, e := range all {
		if w.found[e.ID] || haveOwnMedia(e, en) || !isVersion(e, en) {
			continue
		}
		if old != nil {
			return nil
		}
		old = e
	}
	if old == nil || w.hasOtherVersion(old, en) {
		return nil
	}
	return old
}

// hasOtherVersion tells whether another item of the record could be old too: they are
// made after one template.
func (w *visitWork) hasOtherVersion(old, en *news.Entry) bool {
	n := 0
	for i := range w.Entries {
		e := &w.Entries[i]
		if e == en || e.Published.IsZero() || minute(e) != minute(old) {
			continue
		}
		if n++; n > maxVersions || isVersion(old, e) {
			return true
		}
	}
	return false
}

// isVersion tells whether an item may be a new version of an entry of the same date. If the
// date may be a day or an hour, no word may be replaced.
func isVersion(old, en *news.Entry) bool {
	if isSameArticle(old, en) {
		return true
	}
	round := isRoundTime(en.Published)
	return hasMostWords(old, en, round) && !(round && replacesWords(old, en))
}

// replacesWords tells whether each of two headlines has a word that the other one lacks.
func replacesWords(old, en *news.Entry) bool {
	a, b := exactWords(old), exactWords(en)
	shared := countShared(a, b)
	return shared < len(a) && shared < len(b)
}

// exactWords returns the words of a headline as they stand there, each once.
func exactWords(en *news.Entry) map[string]bool {
	all := map[string]bool{}
	for _, word := range words.Tokens(nil, words.Fold(en.Headline)) {
		all[word] = true
	}
	return all
}

// isRoundTime tells whether a time may stand for a day or an hour, as that of many items
// does.
func isRoundTime(t time.Time) bool { return t.Minute()%30 == 0 && t.Second() == 0 }

// hasMostWords tells whether an item has most of the words of an entry, and is not made
// after the same template with other names. strict asks for nearly all words.
func hasMostWords(old, en *news.Entry, strict bool) bool {
	a, b := stems(old.Headline, old.Language), stems(en.Headline, en.Language)
	shared := countShared(a, b)
	more := max(len(a), len(b))
	switch {
	case shared < 2 || 2*shared <= len(a) || 5*shared < 2*len(b):
		return false
	case strict && 4*shared < 3*more:
		return false
	case shared == len(a) || shared == len(b):
		return true // words were added or left out, none replaced
	}
	swap := story.SwapOf(old.Headline, en.Headline)
	switch {
	case swap == story.PartSwap, swap == story.WordSwap && !haveSameStart(old.Headline, en.Headline):
		return false
	case !showsNames(old.Headline, old.Language) || !showsNames(en.Headline, en.Language):
		return swap == story.NoSwap && shared >= 3 && 3*shared >= 2*more
	}
	return !lacksName(old.Headline, b, old.Language) || !lacksName(en.Headline, a, en.Language)
}

// haveSameStart tells whether two headlines begin with the same word. As the subject it may
// be a name, which a capital does not show there.
func haveSameStart(a, b string) bool {
	x, _, _ := strings.Cut(a, " ")
	y, _, _ := strings.Cut(b, " ")
	return strings.EqualFold(x, y)
}

// stems returns the stems of a text, each once.
func stems(text, language string) map[string]bool {
	all := map[string]bool{}
	for _, word := range words.Words(text, language) {
		all[word.Stem] = true
	}
	return all
}

func countShared(a, b map[string]bool) int {
	n := 0
	for word := range a {
		if b[word] {
			n++
		}
	}
	return n
}

// showsNames tells whether names can be told from other words by their capitals: not in
// scripts without capitals, not in headlines that capitalize most words or none, and not
// in German.
func showsNames(headline, language string) bool {
	upper, lower := 0, 0
	for word := range strings.FieldsSeq(headline) {
		r := []rune(word)[0]
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	return upper > 0 && lower > 0 && upper <= lower+1 && !strings.HasPrefix(language, "de")
}

// lacksName tells whether a headline has a name that is not among words. Its first word
// has a capital anyway.
func lacksName(headline string, among map[string]bool, language string) bool {
	fields := strings.Fields(headline)
	return len(fields) > 1 && slices.ContainsFunc(fields[1:], func(field string) bool {
		if !unicode.IsUpper([]rune(field)[0]) {
			return false
		}
		return slices.ContainsFunc(words.Words(field, language), func(w words.Word) bool { return !among[w.Stem] })
	})
}
