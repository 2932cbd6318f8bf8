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

// decisionsPage is what /decisions shows: decisions, or what was folded.
type decisionsPage struct {
	Title     string
	Site      string
	Decisions []view.Decision
	Folded    []view.MergedEntry
	Audit     bool
	More      string // query of the next page; empty at the end
	zone      *time.Location
}

// Clock is a time in the site's zone.
func (j *decisionsPage) Clock(t time.Time) string {
	return t.In(j.zone).Format("2 Jan 2006, 15:04 MST")
}

// judge answers /decisions.
func (pg pages) decisions(w http.ResponseWriter, r *http.Request) error {
	j := &decisionsPage{Title: "Decisions", Audit: r.URL.Query().Get("show") == "folded"}
	before, err := uint64(0), error(nil)
	if !j.Audit {
		if before, err = page(r); err != nil {
			return err
		}
	}
	err = pg.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil {
			return err
		}
		j.zone = time.UTC
		if rules != nil {
			j.Site = rules.Site.Title
			if z, err := time.LoadLocation(rules.Site.Zone); err == nil {
				j.zone = z
			}
		}
		if j.Audit {
			return j.audit(tx, r.URL.Query().Get("before"))
		}
		return j.read(tx, before)
	})
	if err != nil {
		return err
	}
	return pg.showScripted(w, "decisions.html", j)
}

func (j *decisionsPage) read(tx *store.Tx, before uint64) (err error) {
	j.Decisions, err = view.Decisions(tx, before, perPage)
	if n := len(j.Decisions); n == perPage {
		j.More = "?before=" + template.URLQueryEscaper(j.Decisions[n-1].Decision)
	}
	return err
}

func (j *decisionsPage) audit(tx *store.Tx, before string) (err error) {
	j.Title = "What was folded"
	j.Folded, before, err = view.Audit(tx, before, perPage)
	if before != "" {
		j.More = "?show=folded&before=" + before
	}
	return err
}

// render sends one of the desk's pages.
func (pg pages) render(w http.ResponseWriter, pages *template.Template, name, policy string, v any) error {
	return pg.renderAs(w, http.StatusOK, pages, name, policy, v)
}

func (pg pages) renderAs(w http.ResponseWriter, status int, pages *template.Template, name, policy string, v any) error {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, v); err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", policy)
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
