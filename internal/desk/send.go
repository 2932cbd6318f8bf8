package desk

import (
	"slices"
	"strconv"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// maxSentSummary is how much of a summary a notice has, in characters.
const maxSentSummary = 300

// send makes a notice about a story for a target of feeds.yaml, which an editor chose. The
// stored order names the notice.
func (w orderWork) send(o *news.Order) error {
	s, err := w.storyNamed(o.Args[0])
	if err != nil {
		return err
	}
	i := slices.IndexFunc(w.rules.Targets, func(t news.NamedTarget) bool { return t.Name == o.Args[1] })
	switch {
	case i < 0:
		return refused("feeds.yaml has no target %q; add it below `targets:`", o.Args[1])
	case s.IsWithdrawn():
		return refused("story %s was withdrawn by all its outlets, so it is not sent", s.ID)
	case s.IsTakenDown():
		return refused("story %s is hidden everywhere, so it is not sent; unhide it first", s.ID)
	case s.IsHeld(""):
		return refused("story %s is held until it may be published, so it is not sent; release it first", s.ID)
	}
	o.Args = []string{s.ID, o.Args[1]}
	if err := w.refuseTwice(o); err != nil {
		return err
	}
	n, err := w.sentNotice(s, o)
	if err != nil {
		return err
	}
	target := w.rules.Targets[i].ID
	n.ID, n.Target = news.NoticeID(news.WhenSend, s.ID+" "+strconv.FormatUint(w.record.Seq, 10), target), target
	o.Args = append(o.Args, n.ID)
	if err := w.Tx.Notices.Put(n); err != nil {
		return err
	}
	return w.touch(s)
}

// refuseTwice refuses what the same person ordered a moment ago.
func (w orderWork) refuseTwice(o *news.Order) error {
	newest, err := w.Tx.Orders.Newest(100, 0)
	if err != nil {
		return err
	}
	if r := news.SameSend(newest, o, w.record.At); r != nil {
		return refused("story %s was sent to %s a moment ago, by decision %d; to send it again, wait %d seconds", o.Args[0], o.Args[1], r.Seq, news.SentTwiceWithin/time.Second)
	}
	return nil
}

// sentNotice makes the notice about a story, without its target.
func (w orderWork) sentNotice(s *news.Story, o *news.Order) (*news.Notice, error) {
	n := &news.Notice{
		Seq: w.record.Seq, At: w.record.At, When: news.WhenSend, Alerts: []string{}, Story: s.ID, Event: s.Event, Headline: s.Headline, Link: s.Link, Language: s.Language,
		Voices: s.Outlets(), Published: s.First, By: o.Who, Note: o.Why,
	}
	var err error
	if n.Outlets, err = w.outletNames([]*news.Story{s}); err != nil {
		return nil, err
	}
	src, err := w.sourceOf(s.Source)
	if err != nil || src.Show == news.ShowHeadline {
		return n, err
	}
	e, err := w.Tx.Entries.Get(s.Lead)
	if e != nil {
		n.Summary = words.Cut(e.Summary, maxSentSummary)
	}
	return n, err
}

// undoSend cancels a notice that was not sent yet.
func (w orderWork) undoSend(o *news.Order) error {
	n, err := w.Tx.Notices.Get(o.Args[2])
	switch {
	case err != nil:
		return err
	case n == nil:
		return refused("it was sent too long ago")
	case !n.Sent.IsZero():
		return refused("it was sent to %s already, and can't be taken back", o.Args[1])
	}
	n.Cancelled = true
	return w.Tx.Notices.Put(n)
}
