package newsroom

import (
	"bytes"
	"html/template"
	"net/http"
	"time"

	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// decisionsPage is the data of decisions.html: decisions, or entries that were merged
// automatically.
type decisionsPage struct {
	Title      string
	Site       string
	Decisions  []view.Decision
	Merged     []view.MergedEntry
	ShowMerged bool
	More       string // the query of the next page; empty on the last one
	zone       *time.Location
}

// Clock formats a time in the site's zone.
func (p *decisionsPage) Clock(t time.Time) string {
	return t.In(p.zone).Format("2 Jan 2006, 15:04 MST")
}

// decisions answers GET /decisions.
func (pg pages) decisions(w http.ResponseWriter, r *http.Request) error {
	p := &decisionsPage{Title: "Decisions", ShowMerged: r.URL.Query().Get("show") == "folded"}
	before, err := uint64(0), error(nil)
	if !p.ShowMerged {
		if before, err = readBefore(r); err != nil {
			return err
		}
	}
	err = pg.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil {
			return err
		}
		p.zone = time.UTC
		if rules != nil {
			p.Site = rules.Site.Title
			if z, err := time.LoadLocation(rules.Site.Zone); err == nil {
				p.zone = z
			}
		}
		if p.ShowMerged {
			return p.readMerged(tx, r.URL.Query().Get("before"))
		}
		return p.readDecisions(tx, before)
	})
	if err != nil {
		return err
	}
	return pg.show(w, "decisions.html", p)
}

func (p *decisionsPage) readDecisions(tx *store.Tx, before uint64) (err error) {
	p.Decisions, err = view.Decisions(tx, before, perPage)
	if n := len(p.Decisions); n == perPage {
		p.More = "?before=" + template.URLQueryEscaper(p.Decisions[n-1].Decision)
	}
	return err
}

func (p *decisionsPage) readMerged(tx *store.Tx, before string) (err error) {
	p.Title = "Merged automatically"
	p.Merged, before, err = view.Audit(tx, before, perPage)
	if before != "" {
		p.More = "?show=folded&before=" + before
	}
	return err
}

// renderAs writes a page with a status.
func (pg pages) renderAs(w http.ResponseWriter, status int, name string, v any) error {
	var b bytes.Buffer
	if err := pageTemplates(pg.locale()).ExecuteTemplate(&b, name, v); err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", scriptPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
	return nil
}

func (pg pages) style(w http.ResponseWriter, r *http.Request) error {
	desk, err := deskFiles.ReadFile("assets/desk.css")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(append(append(reply.Style(), '\n'), desk...))
	return nil
}

func (pg pages) icon(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write(reply.Icon())
	return nil
}
