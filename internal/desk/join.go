package desk

import (
	"cmp"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/desk/embargo"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// join makes a new entry a take of its story, which may begin with it.
func (w *visitWork) join(en *news.Entry, v story.Verdict) error {
	s, err := w.storyOf(v)
	if err != nil {
		return err
	}
	t := takeFrom(en, w.src, v)
	if t.Holds = w.holdsOf(en, w.src, false); len(t.Holds) == 0 {
		t.Headline = embargo.Without(t.Headline, t.Language)
	}
	if s == nil {
		s = w.beginStory(v, t)
		w.begun[s.ID] = true
		if err := w.keepIdentity(s); err != nil {
			return err
		}
	} else if err := w.addTake(s, en, t); err != nil {
		return err
	}
	if err := w.joinEvents(v); err != nil {
		return err
	}
	if err := w.chooseItem(s, v); err != nil {
		return err
	}
	if err := w.grow(s, &s.Takes[len(s.Takes)-1]); err != nil {
		return err
	}
	switch {
	case story.IsKill(en.Headline):
		if err := w.kill(s, takeOf(s, en.ID)); err != nil {
			return err
		}
	case story.IsCorrection(en.Headline):
		takeOf(s, en.ID).Corrected = w.record.At
		w.correct(s, takeOf(s, en.ID))
	default:
		if err := w.replaceLead(s, en); err != nil {
			return err
		}
	}
	w.leadOpenly(s)
	w.noteChange(s.ID, en.At)
	return w.touch(s)
}

// storyOf returns the story that an entry joins; nil when the entry begins one. The fold
// may still name a story that was merged into another one.
func (w *visitWork) storyOf(v story.Verdict) (*news.Story, error) {
	if v.Level == news.LevelNew {
		return nil, nil
	}
	w.countFolded(v.Level)
	return w.Survivor(v.Story)
}

// addTake adds a take to a story that has others. It may lead the story until that is
// published.
func (w *visitWork) addTake(s *news.Story, en *news.Entry, t news.Take) error {
	s.Takes = append(s.Takes, t)
	if en.At.Before(s.First) && w.begun[s.ID] {
		s.First = en.At
	}
	if t.IsHeld("") {
		return nil
	}
	better, err := w.leadsBetter(en, s)
	if err != nil {
		return err
	}
	if better {
		w.changeLead(s, &t)
	}
	return w.preferFree(s)
}

// changeLead lets a take lead a story, which is revised if readers see another headline.
func (w *visitWork) changeLead(s *news.Story, t *news.Take) {
	said := s.Headline
	leadWith(s, t)
	if s.Published && said != s.Headline {
		w.revised(s)
	}
}

// leadsBetter tells whether an entry is a better lead than the one that a story has. A
// published lead gives way only to a higher rank, and only within leadRound.
func (w *visitWork) leadsBetter(en *news.Entry, s *news.Story) (bool, error) {
	if s.Published && (s.Begun.IsZero() || w.record.At.Sub(s.Begun) > leadRound || story.IsKill(en.Headline) || story.IsCorrection(s.Headline)) {
		return false, nil
	}
	old, err := w.Tx.Entries.Get(s.Lead)
	if err != nil || old == nil {
		return err == nil && !s.Published, err
	}
	q, than := w.qualityOf(en, en.Source), w.qualityOf(old, old.Source)
	return q.rank > than.rank || !s.Published && q.isBetter(than), nil
}

// noteChange records the time of what may make a story satisfy a topic's rule.
func (w *visitWork) noteChange(story string, at time.Time) {
	w.changed[story] = news.Later(w.changed[story], at)
}

// revise carries the new state of an entry into its story and the items of its entries.
func (w *visitWork) revise(old, en *news.Entry) error {
	s, err := w.Survivor(en.Story)
	if err != nil || s == nil || takeOf(s, en.ID) == nil {
		return err
	}
	all, err := w.withEntryItems(s)
	if err != nil {
		return err
	}
	for _, one := range all {
		if t := takeOf(one, en.ID); t != nil {
			if err := w.reviseTake(one, t, old, en); err != nil {
				return err
			}
		}
	}
	if story.IsKill(en.Headline) && !story.IsKill(old.Headline) {
		return w.kill(s, takeOf(s, en.ID))
	}
	return nil
}

// reviseTake carries the new state of an entry into its take. The old headline is
// stored as an earlier one.
func (w *visitWork) reviseTake(s *news.Story, t *news.Take, old, en *news.Entry) error {
	if t.Headline != en.Headline && t.Headline != embargo.Without(en.Headline, en.Language) {
		addEarlier(t, news.EarlierHeadline{Headline: t.Headline, Until: w.record.At})
		t.Headline = en.Headline
		if w.isCorrected(old, en) {
			t.Corrected = w.record.At
		}
	}
	t.Link, t.Language = cmp.Or(en.Link, t.Link), en.Language
	kills := story.IsKill(en.Headline)
	if t.IsWithdrawn() && !kills && story.IsKill(old.Headline) {
		if err := w.restoreTake(s, t); err != nil {
			return err
		}
	}
	if s.Lead == en.ID && !kills && !t.IsWithdrawn() {
		w.reviseLead(s, t, old, en)
	}
	if err := w.reviseHolds(s, t, old, en); err != nil {
		return err
	}
	dropSign(s, t)
	w.noteChange(s.ID, w.record.At)
	return w.touch(s)
}

// isCorrected tells whether an outlet corrects itself by an edit.
func (w *visitWork) isCorrected(old, en *news.Entry) bool {
	return story.IsCorrection(en.Headline) || w.fold.Contradicts(old.Headline, en.Headline, en.Language)
}

// reviseLead changes what a story shows. A published link stays, unless the article came
// back under another address with another guid or headline. The story's updated time moves only if its headline
// or summary changed.
func (w *visitWork) reviseLead(s *news.Story, t *news.Take, old, en *news.Entry) {
	same := old.Headline == en.Headline && old.Summary == en.Summary || old.TextDeleted && s.Headline == t.Headline
	s.Headline, s.Language = t.Headline, en.Language
	if !s.Published || hasMoved(old, en) {
		s.Link = en.Link
	}
	if !same {
		w.revised(s)
	}
}

// hasMoved tells whether an article came back under another address with another guid or
// headline. A link alone may be made anew at each visit.
func hasMoved(old, en *news.Entry) bool {
	return en.Link != "" && !canon.IsSamePage(old.Link, en.Link) &&
		(old.GUID != en.GUID || en.GUID == "" || old.Headline != en.Headline)
}

// replaceLead lets a new entry lead its story in place of an earlier report of the same
// source: one that the source no longer lists, or a stub that it completes.
func (w *visitWork) replaceLead(s *news.Story, en *news.Entry) error {
	lead, t := takeOf(s, s.Lead), takeOf(s, en.ID)
	if lead == nil || t == nil || lead == t || lead.Source != t.Source || lead.IsWithdrawn() || w.backlog || t.At.Before(lead.At) {
		return nil
	}
	old, err := w.Tx.Entries.Get(lead.Entry)
	if err != nil || old == nil || old.Unlisted.IsZero() && (!isStub(old) || isStub(en)) {
		return err
	}
	same := lead.Headline == t.Headline && old.Summary == en.Summary
	supersede(t, lead, w.record.At)
	if w.isCorrected(old, en) {
		t.Corrected = w.record.At
	}
	leadWith(s, t)
	if !same {
		w.revised(s)
	}
	return nil
}

// withdrawnBy returns the story that a kill notice withdraws, if the same source
// published it with the same headline or at the same link, however long ago: the fold
// compares only the last days. nil means that there is none.
func (w *visitWork) withdrawnBy(notice *news.Entry) (*news.Story, error) {
	en, err := w.newestNamed(story.KilledHeadline(notice.Headline))
	if err == nil && en == nil {
		en, err = w.articleAt(notice)
	}
	if err != nil || en == nil {
		return nil, err
	}
	return w.storyWith(en)
}

// storyWith returns the story that has an entry as a take; nil when it has no longer.
func (w *visitWork) storyWith(en *news.Entry) (*news.Story, error) {
	s, err := w.Survivor(en.Story)
	if err != nil || s == nil || takeOf(s, en.ID) == nil {
		return nil, err
	}
	return s, nil
}

// newestNamed returns the newest entry of the source in a story with a headline.
func (w *visitWork) newestNamed(headline string) (newest *news.Entry, err error) {
	if headline == "" {
		return nil, nil
	}
	for _, id := range w.Tx.Entries.ByText(w.Visit.Source, canon.TextKey(headline)) {
		en, err := w.Tx.Entries.Get(id)
		if err != nil {
			return nil, err
		}
		if en != nil && en.Story != "" && (newest == nil || en.At.After(newest.At)) {
			newest = en
		}
	}
	return newest, nil
}

// articleAt returns the article to whose page a kill notice leads that does not name it.
func (w *visitWork) articleAt(notice *news.Entry) (*news.Entry, error) {
	if !story.IsSureKill(notice.Headline) {
		return nil, nil
	}
	en, err := w.byKey(notice.Keys.Link)
	if err != nil || en == nil || en.Story == "" || en.Keys.Page == "" {
		return nil, err
	}
	return en, nil
}

// joinAsKill makes a kill notice a take of the story that it withdraws. The fold is not
// asked.
func (w *visitWork) joinAsKill(notice *news.Entry, s *news.Story) error {
	return w.joinUnjudged(notice, s)
}

// joinUnjudged makes a new entry a take of a story. The fold is not asked.
func (w *visitWork) joinUnjudged(en *news.Entry, s *news.Story) error {
	en.Story = s.ID
	if err := w.Tx.Entries.Put(en); err != nil {
		return err
	}
	w.Doc(en, w.src)
	return w.join(en, story.Verdict{Story: s.ID, Level: news.LevelKey, Score: 1000, Event: s.Event})
}

// kill carries out an outlet's notice that withdraws its headline. All takes of the same
// owner in the story are withdrawn, reprints that credit it too.
func (w *visitWork) kill(s *news.Story, notice *news.Take) error {
	found := false
	for i := range s.Takes {
		t := &s.Takes[i]
		if !isWithdrawnBy(t, notice) || t.IsWithdrawn() {
			continue
		}
		found = found || t.Entry != notice.Entry || len(t.Earlier) > 0
	}
	if !found {
		return nil // it withdraws what was never here
	}
	notice.Holds = nil // it is withdrawn with what it names
	by := *notice
	if err := w.withdrawTakes(s, &by); err != nil {
		return err
	}
	items, err := w.entryItems(s)
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := w.withdrawTakes(item, &by); err != nil {
			return err
		}
	}
	return nil
}

// correct lets a correction supersede the other takes of its source in the story: their
// headlines become earlier ones of the correction, which leads the story if one of them
// did. While the correction is held, they stay.
func (w *visitWork) correct(s *news.Story, correction *news.Take) {
	led := false
	for i := range s.Takes {
		t := &s.Takes[i]
		if t == correction || t.Source != correction.Source || t.CorrectedBy != "" || t.IsWithdrawn() {
			continue
		}
		led = led || t.Entry == s.Lead
		supersede(correction, t, w.record.At)
	}
	if led && !correction.IsHeld("") {
		leadWith(s, correction)
		w.revised(s)
	}
}

// supersede lets a take stand for an earlier one of its source. The headlines of the
// earlier one become its own earlier headlines.
func supersede(by, t *news.Take, at time.Time) {
	t.CorrectedBy = by.Entry
	addEarlier(by, t.Earlier...)
	if t.Headline != by.Headline {
		addEarlier(by, news.EarlierHeadline{Headline: t.Headline, Until: at})
	}
}
