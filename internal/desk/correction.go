package desk

import (
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// knowsReworded is the first fold that looks for old headlines that a correction has changed.
const knowsReworded = 9

// maxReworded bounds for how many corrections of a record all that the source lists is
// compared.
const maxReworded = 16

// correctedBy returns the story that a correction repeats, if the same source published it
// so long ago, or with so old a date, that the fold no longer compares it. nil means that
// the fold decides.
func (w *visitWork) correctedBy(correction *news.Entry) (*news.Story, error) {
	en, err := w.newestNamed(story.CorrectedHeadline(correction.Headline))
	if err == nil && en == nil && w.rules.Fold >= knowsReworded {
		en, err = w.reworded(correction)
	}
	if err != nil || en == nil {
		return nil, err
	}
	s, err := w.storyWith(en)
	if err != nil || s == nil || w.record.At.Sub(s.First) <= story.Life {
		return nil, err
	}
	return s, nil
}

// reworded returns the entry whose headline a correction has changed: the one at the article
// to which it leads, or the only similar one of those that the document lists, or listed the
// last time. nil means that none surely is.
func (w *visitWork) reworded(correction *news.Entry) (*news.Entry, error) {
	en, err := w.byKey(correction.Keys.Link)
	if err != nil {
		return nil, err
	}
	if en != nil && en.Keys.Page != "" && mayBeCorrected(en) && shareWords(en, correction) {
		return en, nil
	}
	if w.reworders++; w.reworders > maxReworded {
		return nil, nil
	}
	all, err := w.earlierEntries()
	if err != nil {
		return nil, err
	}
	var found *news.Entry
	for _, en := range all {
		if !mayBeCorrected(en) || haveOwnMedia(en, correction) || !shareWords(en, correction) {
			continue
		}
		if _, ok := w.fold.Corrects(en.Headline, correction.Headline, correction.Language); !ok {
			continue
		}
		if found != nil && found.Story != en.Story {
			return nil, nil // they are made after one template
		}
		found = en
	}
	return found, nil
}

func mayBeCorrected(en *news.Entry) bool {
	return en.Story != "" && en.Headline != "" && !story.IsKill(en.Headline)
}

// shareWords tells whether a correction has half of the words of an entry.
func shareWords(en, correction *news.Entry) bool {
	a, b := stems(en.Headline, en.Language), stems(story.CorrectedHeadline(correction.Headline), correction.Language)
	shared := countShared(a, b)
	return shared >= 2 && 2*shared >= min(len(a), len(b))
}

// earlierEntries returns what the document lists, or listed the last time.
func (w *visitWork) earlierEntries() ([]*news.Entry, error) {
	if w.earlier != nil {
		return w.earlier, nil
	}
	w.earlier = []*news.Entry{}
	ids := slices.Clone(w.gone)
	for _, list := range [][]uint64{w.src.Listed, w.listedBefore} {
		for _, key := range list {
			ids = append(ids, w.Tx.Entries.ByKey(w.Visit.Source, key))
		}
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		en, err := w.Tx.Entries.Get(id)
		if err != nil {
			return nil, err
		}
		if en != nil {
			w.earlier = append(w.earlier, en)
		}
	}
	return w.earlier, nil
}

// earlierStories returns the ids of the stories of earlierEntries.
func (w *visitWork) earlierStories() ([]string, error) {
	if w.own != nil {
		return w.own, nil
	}
	all, err := w.earlierEntries()
	if err != nil {
		return nil, err
	}
	w.own = []string{}
	for _, en := range all {
		if en.Story != "" && !slices.Contains(w.own, en.Story) {
			w.own = append(w.own, en.Story)
		}
	}
	return w.own, nil
}
