package newsroom

import (
	"net/http"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

const (
	shift      = 8 * time.Hour // what a handover tells of, unless asked otherwise
	handedOver = 200           // lines of each kind
)

// handoverPage is what one shift tells the next.
type handoverPage struct {
	wirePage
	Title   string
	Since   time.Time
	Rang    []*news.Notice
	Broke   []view.Story
	Claimed []claimedLine
	Said    []view.Decision // claims, releases and notes
	Decided []view.Decision // all other
	Trouble []view.Source
}

// claimedLine is what somebody works on.
type claimedLine struct {
	Claim *news.Claim
	Event bool // all of the story's event
	view.Story
}

// handOver answers /handover?since=06:00.
func (pg pages) handover(w http.ResponseWriter, r *http.Request) error {
	p := &handoverPage{wirePage: wirePage{Now: time.Now(), Zone: time.UTC}, Title: "Handover"}
	if err := pg.Store.View(func(tx *store.Tx) error { return p.read(tx, r.URL.Query().Get("since")) }); err != nil {
		return err
	}
	return pg.showScripted(w, "handover.html", p)
}

func (p *handoverPage) read(tx *store.Tx, since string) error {
	rules, err := tx.Rules()
	if err != nil {
		return err
	}
	if rules != nil {
		p.Site, p.Zone = rules.Site.Title, zoneOf(rules)
	}
	if p.Since, err = sinceWhen(since, p.Now.In(p.Zone)); err != nil {
		return err
	}
	for _, step := range []func(*store.Tx) error{p.rang, p.stories, p.decisions, p.trouble} {
		if err := step(tx); err != nil {
			return err
		}
	}
	return nil
}

// sinceWhen reads a time of day, of today or else of yesterday, or a whole time.
func sinceWhen(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return now.Add(-shift), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return t, reply.Faultf(http.StatusBadRequest, "since is a time of day as 06:00, not %q.", s)
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
	if at.After(now) {
		at = at.AddDate(0, 0, -1)
	}
	return at, nil
}

func (p *handoverPage) rang(tx *store.Tx) error {
	list, err := view.Notices(tx)
	for _, n := range list {
		if !n.At.Before(p.Since) {
			p.Rang = append(p.Rang, n)
		}
	}
	return err
}

// stories are those that broke since, and those that somebody has, whenever.
func (p *handoverPage) stories(tx *store.Tx) error {
	list, err := tx.Stories.Latest(view.RecentStories, nil)
	if err != nil {
		return err
	}
	rm, told := view.NewSnapshot(tx), map[string]bool{}
	for _, s := range list {
		if s.MergedInto != "" {
			continue
		}
		ev := rm.Event(s.Event)
		first := !told[ev.ID]
		told[ev.ID] = true
		breaking := first && !ev.Breaking.Before(p.Since) && !ev.Breaking.IsZero()
		claimed := first && ev.Claim != nil
		if !breaking && !claimed && s.Claim == nil {
			continue
		}
		line, err := rm.Story(s)
		if err != nil {
			return err
		}
		if breaking && len(p.Broke) < handedOver {
			p.Broke = append(p.Broke, line)
		}
		for _, c := range []*news.Claim{s.Claim, ev.Claim} {
			if c != nil && (c == s.Claim || first) && len(p.Claimed) < handedOver {
				p.Claimed = append(p.Claimed, claimedLine{c, c != s.Claim, line})
			}
		}
	}
	return rm.Err
}

func (p *handoverPage) decisions(tx *store.Tx) error {
	all, err := view.Decisions(tx, 0, handedOver)
	for _, d := range all {
		switch {
		case d.At.Before(p.Since):
		case slices.Contains([]string{"claim", "release", "note"}, d.Verb):
			p.Said = append(p.Said, d)
		default:
			p.Decided = append(p.Decided, d)
		}
	}
	return err
}

func (p *handoverPage) trouble(tx *store.Tx) error {
	all, err := view.Sources(tx)
	for _, s := range all {
		if !s.Removed && s.Problem != "" {
			p.Trouble = append(p.Trouble, s)
		}
	}
	return err
}
