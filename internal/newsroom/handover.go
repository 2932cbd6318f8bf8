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
	handoverSpan  = 8 * time.Hour // the default span of a handover
	handoverLines = 200           // the most lines in each section
)

// handoverPage is the data of handover.html, a report for the next shift.
type handoverPage struct {
	wirePage
	Title      string
	Since      time.Time
	Alerts     []*news.Notice // what an editor sent by hand is among the decisions
	Breaking   []view.Story
	OpenClaims []openClaim
	Assigned   []view.Story
	Notes      []view.Decision // claims, releases and notes
	Decisions  []view.Decision // all others
	Troubled   []view.Source
}

// openClaim is a claimed story.
type openClaim struct {
	Claim *news.Claim
	Event bool // the whole event of the story is claimed
	view.Story
}

// handover answers GET /handover?since=06:00.
func (pg pages) handover(w http.ResponseWriter, r *http.Request) error {
	p := &handoverPage{wirePage: pg.newPage(), Title: pg.locale().T("Handover")}
	if err := pg.scan(r.Context(), func(tx *store.Tx) error { return p.read(tx, r.URL.Query().Get("since")) }); err != nil {
		return err
	}
	return pg.show(w, "handover.html", p)
}

func (p *handoverPage) read(tx *store.Tx, since string) error {
	err := p.readSite(tx)
	if err != nil {
		return err
	}
	if p.Since, err = parseSince(since, p.Now.In(p.Zone)); err != nil {
		return err
	}
	for _, step := range []func(*store.Tx) error{p.readAlerts, p.readStories, p.readDecisions, p.readTroubled} {
		if err := step(tx); err != nil {
			return err
		}
	}
	return nil
}

// parseSince reads a time of day, which is the most recent one, or an RFC 3339 time.
func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return now.Add(-handoverSpan), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return t, reply.Faultf(http.StatusBadRequest, "since must be a time of day such as 06:00, not %q.", s)
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
	if at.After(now) {
		at = at.AddDate(0, 0, -1)
	}
	return at, nil
}

func (p *handoverPage) readAlerts(tx *store.Tx) error {
	list, err := view.Notices(tx)
	for _, n := range list {
		if !n.At.Before(p.Since) && n.When != news.WhenSend {
			p.Alerts = append(p.Alerts, n)
		}
	}
	return err
}

// readStories reads the breaking news of the span, and all open claims, however old.
func (p *handoverPage) readStories(tx *store.Tx) error {
	list, err := tx.Stories.Latest(view.RecentStories, nil)
	if err != nil {
		return err
	}
	snap, seen := view.NewSnapshot(tx), map[string]bool{}
	for _, s := range list {
		if s.MergedInto != "" {
			continue
		}
		ev := snap.Event(s.Event)
		first := !seen[ev.ID]
		seen[ev.ID] = true
		breaking := first && !ev.Breaking.Before(p.Since) && !ev.Breaking.IsZero()
		claimed := first && ev.Claim != nil
		if !breaking && !claimed && s.Claim == nil && s.Assigned == nil {
			continue
		}
		line, err := snap.Story(s)
		if err != nil {
			return err
		}
		if breaking && len(p.Breaking) < handoverLines {
			p.Breaking = append(p.Breaking, line)
		}
		if s.Assigned != nil && len(p.Assigned) < handoverLines {
			p.Assigned = append(p.Assigned, line)
		}
		for _, c := range []*news.Claim{s.Claim, ev.Claim} {
			if c != nil && (c == s.Claim || first) && len(p.OpenClaims) < handoverLines {
				p.OpenClaims = append(p.OpenClaims, openClaim{c, c != s.Claim, line})
			}
		}
	}
	return snap.Err
}

func (p *handoverPage) readDecisions(tx *store.Tx) error {
	all, err := view.Decisions(tx, p.loc(), 0, handoverLines)
	for _, d := range all {
		switch {
		case d.At.Before(p.Since):
		case slices.Contains([]string{"claim", "release", "note", "assign", "unassign"}, d.Verb):
			p.Notes = append(p.Notes, d)
		default:
			p.Decisions = append(p.Decisions, d)
		}
	}
	return err
}

func (p *handoverPage) readTroubled(tx *store.Tx) error {
	all, err := view.Sources(tx)
	for _, s := range all {
		if !s.Removed && s.Problem != "" {
			p.Troubled = append(p.Troubled, s)
		}
	}
	return err
}
