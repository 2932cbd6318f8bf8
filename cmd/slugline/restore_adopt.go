package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// adopt brings the identities of what was published since the backup into the new database,
// from the present one, as far as it can be read, and from exports and feeds. All sources
// are due then.
func (r *restoreCommand) adopt(s *shell, c *config.Config, held *store.Held, next string, done *restored) error {
	feeds, err := r.readFeeds(s.ctx, c, done)
	if err != nil {
		return err
	}
	st, err := store.Open(next, store.Options{Temporary: true})
	if err != nil {
		return err
	}
	h, err := newWithheld(st, c, feeds)
	if err != nil {
		return errors.Join(err, st.Close())
	}
	err = onDesk(s, st, func(ctx context.Context, j *journal.Journal) error {
		a := &adopter{ctx: ctx, j: j, st: st, done: done, withheld: h, mergedInto: map[string]string{}, keyed: map[string]bool{}}
		if err := a.begin(c); err != nil {
			return err
		}
		if held.Exists() {
			if err := a.fromDatabase(held.Path()); err != nil {
				return err
			}
		}
		if !done.complete { // else the database knows what was sent
			a.adoption.Published = lastPublished(feeds, done.now())
			a.sent.published = a.adoption.Published
		}
		for _, step := range []func() error{func() error { return a.fromFeeds(feeds) }, a.flush, a.hideWithheld, a.sent.put(st, c)} {
			if err := step(); err != nil {
				return err
			}
		}
		return makeDue(st, done.now())
	})
	return errors.Join(err, st.Close())
}

// onDesk runs a desk on a store while fn files records.
func onDesk(s *shell, st *store.Store, fn func(context.Context, *journal.Journal) error) error {
	if err := checkAlone(st); err != nil {
		return err
	}
	d, err := desk.Open(st, nil, s.log, nil)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	deskCtx, stopDesk := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() {
		ended <- d.Run(deskCtx)
		stop()
	}()
	err = fn(ctx, &journal.Journal{Commit: d.File, Store: st})
	stopDesk()
	if broken := <-ended; broken != nil {
		return broken // the error of fn is a consequence
	}
	return err
}

// makeDue makes all sources due that their servers allow to be visited.
func makeDue(st *store.Store, now time.Time) error {
	return st.Update(func(tx *store.Tx) error {
		all, err := tx.Visits.All()
		if err != nil {
			return err
		}
		for _, v := range all {
			if v.Gone || v.RetryAfter.After(now) || v.Failures > 0 || !v.Due.After(now) {
				continue
			}
			v.Due, v.Reason = news.Instant(now), "the database was restored"
			if err := tx.Visits.Put(*v); err != nil {
				return err
			}
		}
		return nil
	})
}

// maxAdopted bounds the items of one record, and maxAdoptedText the text of its entries.
const (
	maxAdopted     = 500
	maxAdoptedText = 512 << 10
)

// adopter files what readers know of items that a new database does not have.
type adopter struct {
	ctx  context.Context
	j    *journal.Journal
	st   *store.Store
	done *restored

	withheld   *withheld
	sent       sentMail
	mergedInto map[string]string // of stories of the present database
	keyed      map[string]bool   // ids of the stories of which an entry is known
	adoption   news.Adoption     // to be filed next
	entries    []news.Entry      // to be filed after it, in the order in which they were found
	text       int               // their bytes
}

// begin puts the present rules in force, so that the sources are known, and notes what the
// backup has.
func (a *adopter) begin(c *config.Config) error {
	err := a.st.View(func(tx *store.Tx) error {
		a.done.seq, a.done.AsOf = tx.Seq(), tx.At()
		return nil
	})
	if err != nil {
		return err
	}
	rules := c.Rules()
	_, err = a.j.Rules(a.ctx, &rules, a.done.now())
	return err
}

// fromDatabase adopts what the present database has since the backup. Its entries are filed
// again, with their texts.
func (a *adopter) fromDatabase(path string) error {
	read, err := salvageInChild(a.ctx, path, a.done.seq, a.adoptRow)
	if err != nil {
		return err
	}
	a.done.complete = read == nil
	if read != nil {
		a.done.Partial = read.Error()
		for _, advice := range []string{"; restore the last backup", "; give another path"} { // which is being done
			a.done.Partial, _, _ = strings.Cut(a.done.Partial, advice)
		}
	}
	if len(a.done.adopted) > 0 || read == nil {
		a.done.Sources = append(a.done.Sources, path)
	}
	return nil
}

func (a *adopter) adoptRow(row store.Salvaged) error {
	switch {
	case row.Order != nil:
		a.done.Orders = append(a.done.Orders, describeOrder(row.Order))
		return nil
	case row.Withheld != nil:
		a.withheld.byDatabase(row.Withheld)
		return nil
	case row.Notice != nil:
		a.adoption.Notices = append(a.adoption.Notices, *row.Notice)
	case row.Schedule != nil || row.Mail != nil:
		a.sent.add(row)
		return nil
	case row.Story != nil:
		return a.adoptStory(row.Story)
	case row.AdoptedStory != nil:
		a.adoption.Stories = append(a.adoption.Stories, *row.AdoptedStory)
		a.done.adopted[row.AdoptedStory.ID] = true
	case row.AdoptedEntry != nil:
		a.adoption.Entries = append(a.adoption.Entries, *row.AdoptedEntry)
		a.keyed[row.AdoptedEntry.Story] = true
	case row.Entry != nil:
		a.adoptEntry(row.Entry)
	}
	return a.flushIfLarge()
}

func (a *adopter) adoptStory(s *news.Story) error {
	if has, err := a.story(s.ID); has != nil || err != nil {
		return err
	}
	if s.MergedInto != "" {
		a.mergedInto[s.ID] = s.MergedInto
	}
	a.adoption.Stories = append(a.adoption.Stories, news.AdoptStory(s))
	if s.Published {
		a.done.adopted[s.ID] = true
	}
	return a.flushIfLarge()
}

func (a *adopter) adoptEntry(en *news.Entry) {
	story := en.Story
	for n := 0; n < len(a.mergedInto) && a.mergedInto[story] != ""; n++ {
		story = a.mergedInto[story]
	}
	if story == "" {
		return // its source's match drops it
	}
	a.adoption.Entries = append(a.adoption.Entries, news.AdoptEntry(en, story))
	a.keyed[story] = true
	if en.Path != 0 {
		return // retention deleted its headline, with its story
	}
	en.ID, en.Story, en.Seq, en.SignatureNumber, en.At = "", "", 0, 0, time.Time{}
	en.Unlisted, en.TextDeleted = time.Time{}, false
	a.entries = append(a.entries, *en)
	a.text += len(en.Body) + len(en.Summary) + len(en.Headline)
}

// story returns a story that the backup has, nil if it has it not.
func (a *adopter) story(id string) (s *news.Story, err error) {
	err = a.st.View(func(tx *store.Tx) (err error) {
		s, err = tx.Stories.Get(id)
		return err
	})
	return s, err
}

func (a *adopter) flushIfLarge() error {
	if len(a.adoption.Stories)+len(a.adoption.Entries)+len(a.adoption.Notices) < maxAdopted && a.text < maxAdoptedText {
		return nil
	}
	return a.flush()
}

// flush files what was collected: first the identities, then the entries, those of one
// source together.
func (a *adopter) flush() error {
	r := news.Record{At: a.done.now(), Adoption: &a.adoption}
	if err := a.j.File(a.ctx, r); err != nil {
		return err
	}
	a.adoption = news.Adoption{}
	for len(a.entries) > 0 {
		source := a.entries[0].Source
		n := slices.IndexFunc(a.entries, func(en news.Entry) bool { return en.Source != source })
		if n < 0 {
			n = len(a.entries)
		}
		v := &news.Visit{Source: source, Backlog: true, Partial: true, Entries: slices.Clone(a.entries[:n])}
		slices.Reverse(v.Entries) // a visit begins with the newest
		if err := a.j.File(a.ctx, news.Record{At: a.done.now(), Visit: v}); err != nil {
			return err
		}
		a.entries = a.entries[n:]
	}
	a.text = 0
	return nil
}

// describeOrder says in one line what an editor ordered.
func describeOrder(r *news.Record) string {
	if r.Order == nil {
		return fmt.Sprint("decision ", r.Seq)
	}
	o := r.Order
	line := strings.Join(append([]string{o.Verb}, o.Args...), " ")
	if o.Who != "" {
		line += ", by " + o.Who
	}
	return line + ", " + r.At.Format("2006-01-02 15:04 UTC")
}
