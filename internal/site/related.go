package site

import (
	"cmp"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

const (
	relatedStories = 50  // related stories on a story's page
	relatedShown   = 10  // of these, those shown before the reader opens the rest
	relatedDepth   = 100 // stories of each topic among which related ones are searched
)

// candidate is a story that may be related to the story of a page.
type candidate struct {
	topicStory
	lead         news.Take
	sameEvent    bool // it is of the same event
	sharedWords  int  // telling words that both headlines have, rare ones twice
	sameLanguage bool // it is in the same language
}

// related returns lines for the stories related to s, whose lead is given: the other
// stories of its event, then stories of its topics whose headlines share words with it,
// then the latest in its language, then the latest. No headline occurs twice, and the
// story's own does not occur.
func (d *publicReader) related(s *news.Story, lead news.Take) ([]line, error) {
	all, err := d.candidates(s, lead)
	if err != nil {
		return nil, err
	}
	countShared(all, lead)
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(trueFirst(a.sameEvent, b.sameEvent), cmp.Compare(b.sharedWords, a.sharedWords), trueFirst(a.sameLanguage, b.sameLanguage), b.at.Compare(a.at))
	})
	out := make([]line, 0, min(len(all), relatedStories))
	for _, p := range all[:min(len(all), relatedStories)] {
		out = append(out, d.line(p.topicStory))
	}
	return out, nil
}

// trueFirst compares so that true sorts before false.
func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// candidates returns the latest stories of the topics of s and of its event. Of several
// with the same headline it returns the one of the event or the latest.
func (d *publicReader) candidates(s *news.Story, lead news.Take) ([]candidate, error) {
	siblings, err := d.siblings(s)
	if err != nil {
		return nil, err
	}
	var all []candidate
	for _, t := range d.set.topics {
		if _, ok := s.Places[t.Name]; !ok || t.Removed || t.RenamedTo != "" || !d.mayRead(t) {
			continue
		}
		list, err := d.topicStories(t, relatedDepth)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			f, _ := edition.TopicLeadTake(p.Story, t.Name, d.visibleTakes(p.Story))
			all = append(all, candidate{topicStory: p, lead: f, sameEvent: siblings[p.ID] != nil, sameLanguage: f.Language == lead.Language})
			delete(siblings, p.ID)
		}
	}
	all = append(all, d.moreCandidates(siblings, lead)...)
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Or(trueFirst(a.sameEvent, b.sameEvent), b.at.Compare(a.at)) })
	seen := map[string]bool{"id " + s.ID: true, words.Key(lead.Headline): true}
	return slices.DeleteFunc(all, func(p candidate) bool {
		id, key := "id "+p.ID, words.Key(p.lead.Headline)
		isDouble := seen[id] || key != "" && seen[key] || p.MergedInto == s.ID // its own item in a topic that folds less
		seen[id], seen[key] = true, true
		return isDouble
	}), nil
}

// siblings returns the newest other stories of the event of s, by id.
func (d *publicReader) siblings(s *news.Story) (map[string]*news.Story, error) {
	ev, err := d.Tx.Events.Get(s.Event)
	if err != nil || ev == nil {
		return nil, err
	}
	out := map[string]*news.Story{}
	for _, id := range ev.Stories[max(0, len(ev.Stories)-relatedDepth):] {
		other, err := d.Tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		if other != nil && id != s.ID && other.MergedInto == "" && !other.IsWithdrawn() {
			out[id] = other
		}
	}
	return out, nil
}

// moreCandidates returns the siblings that are too old in their topics for relatedDepth, or
// in other topics.
func (d *publicReader) moreCandidates(siblings map[string]*news.Story, lead news.Take) []candidate {
	var out []candidate
	for _, id := range slices.Sorted(maps.Keys(siblings)) {
		s := siblings[id]
		t := d.readableTopic(s)
		if t == nil {
			continue
		}
		place, isIn := s.Standing(t.Name)
		if !isIn {
			continue
		}
		f, ok := edition.LeadTake(s, d.visibleTakes(s))
		if ok {
			out = append(out, candidate{topicStory: topicStory{s, place.At, t}, lead: f, sameEvent: true, sameLanguage: f.Language == lead.Language})
		}
	}
	return out
}

// countShared counts the significant words that each candidate's headline shares with the
// lead's. A rare word counts twice. A count below 2 is no evidence and becomes 0.
func countShared(all []candidate, lead news.Take) {
	own := significantStems(lead)
	shared, frequency := make([][]string, len(all)), map[string]int{}
	for i := range all {
		for stem := range significantStems(all[i].lead) {
			if _, ok := own[stem]; ok {
				shared[i] = append(shared[i], stem)
				frequency[stem]++
			}
		}
	}
	for i, list := range shared {
		n := 0
		for _, stem := range list {
			switch {
			case own[stem] && len(all) >= 20 && frequency[stem] <= 1+len(all)/50:
				n += 2
			case frequency[stem] <= 2+len(all)/10:
				n++
			}
		}
		if n >= 2 {
			all[i].sharedWords = n
		}
	}
}

// significantStems returns the stems of a headline's words that are long enough to be
// significant. The value is true when the word alone is evidence if it is rare.
func significantStems(t news.Take) map[string]bool {
	out := map[string]bool{}
	for _, w := range words.Words(t.Headline, t.Language) {
		letter, _ := utf8.DecodeRuneInString(w.Text)
		switch dense := words.Unspaced(w.Text); {
		case dense:
			out[w.Stem] = false
		case utf8.RuneCountInString(w.Text) >= 4:
			out[w.Stem] = unicode.IsLetter(letter)
		}
	}
	return out
}
