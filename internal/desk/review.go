package desk

import (
	"maps"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// reviewAtOnce is how many stories one record reviews, beside those that each brings in. So neither
// memory nor the time for which other records wait grows with the database. All nodes must have
// the same; only tests change it.
var reviewAtOnce = 1000

// reviewsInSteps is the first fold whose rules are reviewed by several records. Those of earlier
// ones review all stories in their own.
const reviewsInSteps = 10

// beginReview begins the review of all stories by the rules of the topics that changed. A review
// that is not done yet begins again with the topics of both, or goes on if none changed now.
func (w rulesWork) beginReview(changed map[string]bool) error {
	before, err := w.underReview()
	if err != nil {
		return err
	}
	next := &news.Reviewed{
		Since: w.record.Seq, Topics: w.topicsToReview(changed, before),
		Items: w.old.hasEntryItems || w.rules.hasEntryItems || before != nil && before.Items,
	}
	switch {
	case len(next.Topics) == 0:
		return w.putReviewed(nil)
	case len(changed) == 0 && slices.Equal(next.Topics, before.Topics):
		*next = *before
	}
	w.transaction.reviewed = next
	if w.rules.Fold >= reviewsInSteps {
		return w.reviewStories()
	}
	for !next.Done {
		if err := w.reviewStories(); err != nil {
			return err
		}
	}
	return w.putReviewed(nil)
}

// topicsToReview returns the names of the topics that changed, and of those that a review that is
// not done yet, before, is about.
func (w rulesWork) topicsToReview(changed map[string]bool, before *news.Reviewed) []string {
	names := maps.Clone(changed)
	for i := range w.rules.Topics {
		t := &w.rules.Topics[i]
		if before != nil && slices.ContainsFunc(before.Topics, func(name string) bool { return isOrWas(t, name) }) {
			names[t.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// continueReview reviews the next stories, if the record names how far the review is: of two
// nodes that go on with it at the same time, one changes nothing.
func (w *recordWork) continueReview(r *news.Review) error {
	now, err := w.underReview()
	if err != nil || now == nil || *r != *now.Next() {
		return err
	}
	w.backlog = true
	return w.storyWork().reviewStories()
}

// underReview returns how far all stories are reviewed, nil when that is done.
func (t *transaction) underReview() (*news.Reviewed, error) {
	if !t.hasRead {
		r, err := t.Tx.Reviewed()
		if err != nil {
			return nil, err
		}
		t.reviewed, t.hasRead = r, true
	}
	if t.reviewed == nil || t.reviewed.Done {
		return nil, nil
	}
	return t.reviewed, nil
}

func (t *transaction) isUnderReview() (bool, error) {
	r, err := t.underReview()
	return r != nil, err
}

func (t *transaction) putReviewed(r *news.Reviewed) error {
	t.reviewed, t.hasRead = r, true
	return t.Tx.PutReviewed(r)
}

// reviewStories reviews the next stories. Those that came after the rules count too: what they
// share an item with was there before them.
func (w storyWork) reviewStories() error {
	if err := w.Release(); err != nil {
		return err
	}
	now := w.transaction.reviewed
	page, err := w.Tx.Stories.After(now.Seq, now.Last, reviewAtOnce)
	if err != nil {
		return err
	}
	for _, s := range page {
		if s.MergedInto != "" {
			continue
		}
		if err := w.reviewStory(w.CopyOf(s), now); err != nil {
			return err
		}
		now.Count++
	}
	if now.Done = len(page) < reviewAtOnce; len(page) > 0 {
		last := page[len(page)-1]
		now.Seq, now.Last = last.Seq, last.ID
	}
	return w.putReviewed(now)
}

// reviewEarly reviews a story that something happens to before its turn has come.
func (w memberWork) reviewEarly(s *news.Story) error {
	now, err := w.underReview()
	if now == nil || err != nil || w.reviews || s.MergedInto != "" || !isDue(s, now) {
		return err
	}
	if err := (storyWork{w}).reviewStory(s, now); err != nil {
		return err
	}
	return w.putReviewed(now)
}

// isDue tells whether the turn of a story that was there before the rules has not come yet.
func isDue(s *news.Story, r *news.Reviewed) bool {
	return s.Seq < r.Since && (r.Last == "" || s.Seq > r.Seq || s.Seq == r.Seq && s.ID > r.Last)
}

func (w storyWork) reviewStory(s *news.Story, now *news.Reviewed) error {
	w.reviews = true
	defer func() { w.reviews = false }()
	changed := make(map[string]bool, len(now.Topics))
	for _, name := range now.Topics {
		changed[name] = true
	}
	if err := w.holdAgain(s, changed); err != nil {
		return err
	}
	takes, err := w.takes(s)
	if err != nil {
		return err
	}
	for _, rule := range w.rules.topics {
		if !changed[rule.Name] {
			continue
		}
		if now.Items {
			if err := w.reviewEntryItems(rule, s, takes); err != nil {
				return err
			}
		}
		if err := w.review(rule, s, takes, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// countReviewed counts a story that a topic gained or lost in a review: 1, -1, or 0 if neither.
func (w *recordWork) countReviewed(topic string, gained int) {
	now := w.transaction.reviewed
	switch {
	case gained > 0:
		now.Gained = count(now.Gained, topic)
	case gained < 0:
		now.Lost = count(now.Lost, topic)
	}
}

func count(n map[string]int, name string) map[string]int {
	if n == nil {
		n = map[string]int{}
	}
	n[name]++
	return n
}
