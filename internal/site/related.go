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
	relatedStories = 50  // that a story page links
	relatedShown   = 10  // of these, before more are asked for
	relatedDepth   = 100 // how deep into each of its topics it looks for them
)

// candidate is a story that stands in a topic of the one that is told.
type candidate struct {
	topicStory
	lead         news.Take
	sameEvent    bool // it is of the same event
	sharedWords  int  // telling words that both headlines have, rare ones twice
	sameLanguage bool // it is in the same language
}

// related are the other stories of the event, then those of the story's topics
// whose headlines are about the same, then the latest in its language, then the
// latest. No headline stands twice, nor the story's own.
func (d *publicReader) related(s *news.Story, face news.Take) ([]line, error) {
	all, err := d.candidates(s, face)
	if err != nil {
		return nil, err
	}
	countShared(all, face)
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(trueFirst(a.sameEvent, b.sameEvent), cmp.Compare(b.sharedWords, a.sharedWords), trueFirst(a.sameLanguage, b.sameLanguage), b.at.Compare(a.at))
	})
	out := make([]line, 0, min(len(all), relatedStories))
	for _, p := range all[:min(len(all), relatedStories)] {
		out = append(out, d.line(p.topicStory))
	}
	return out, nil
}

// trueFirst puts what is before what is not.
func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// candidates reads the highest stories of the topics in which s stands. Of those with
// one headline it takes the one of the event, else the latest.
func (d *publicReader) candidates(s *news.Story, face news.Take) ([]candidate, error) {
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
			f, _ := edition.LeadTake(p.Story, d.visibleTakes(p.Story))
			all = append(all, candidate{topicStory: p, lead: f, sameEvent: siblings[p.ID] != nil, sameLanguage: f.Language == face.Language})
			delete(siblings, p.ID)
		}
	}
	all = append(all, d.moreCandidates(siblings, face)...)
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Or(trueFirst(a.sameEvent, b.sameEvent), b.at.Compare(a.at)) })
	seen := map[string]bool{"id " + s.ID: true, words.Key(face.Headline): true}
	return slices.DeleteFunc(all, func(p candidate) bool {
		id, key := "id "+p.ID, words.Key(p.lead.Headline)
		had := seen[id] || key != "" && seen[key] || p.MergedInto == s.ID // an item of its own, in a topic that folds less
		seen[id], seen[key] = true, true
		return had
	}), nil
}

// siblings are the other stories of an event, the newest of them, by id.
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
		if other != nil && id != s.ID && other.MergedInto == "" && other.Killed.IsZero() {
			out[id] = other
		}
	}
	return out, nil
}

// moreCandidates are stories of the event that stand too low in their topics to be met
// there, or in other topics.
func (d *publicReader) moreCandidates(siblings map[string]*news.Story, face news.Take) []candidate {
	var out []candidate
	for _, id := range slices.Sorted(maps.Keys(siblings)) {
		s := siblings[id]
		t := d.readableTopic(s)
		if t == nil || s.Places[t.Name].Out {
			continue
		}
		f, ok := edition.LeadTake(s, d.visibleTakes(s))
		if ok {
			out = append(out, candidate{topicStory: topicStory{s, s.Places[t.Name].At, t}, lead: f, sameEvent: true, sameLanguage: f.Language == face.Language})
		}
	}
	return out
}

// countShared counts the words that each headline has in common with the story's. Two
// that tell something make them about the same, or one that is rare.
func countShared(all []candidate, face news.Take) {
	mine := significantStems(face)
	has, many := make([][]string, len(all)), map[string]int{}
	for i := range all {
		for stem := range significantStems(all[i].lead) {
			if _, ok := mine[stem]; ok {
				has[i] = append(has[i], stem)
				many[stem]++
			}
		}
	}
	for i, list := range has {
		n := 0
		for _, stem := range list {
			switch {
			case mine[stem] && len(all) >= 20 && many[stem] <= 1+len(all)/50:
				n += 2
			case many[stem] <= 2+len(all)/10:
				n++
			}
		}
		if n >= 2 {
			all[i].sharedWords = n
		}
	}
}

// significantStems are those of a headline's words that are long enough to tell something;
// true for one that can do so alone.
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
