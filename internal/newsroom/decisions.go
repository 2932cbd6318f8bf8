package newsroom

import (
	"bytes"
	"html/template"
	"net/http"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// decisionsPage is the data of decisions.html: decisions, or entries that were merged
// automatically.
type decisionsPage struct {
	wirePage
	Title      string
	Decisions  []view.Decision
	Merged     []view.MergedEntry
	ShowMerged bool
	More       string // the query of the next page; empty on the last one
}

// Reason says why an entry joined its story.
func (p *decisionsPage) Reason(level news.Level) string {
	switch level {
	case news.LevelLink:
		return p.loc().T("same page")
	case news.LevelKey:
		return p.loc().T("same headline")
	case news.LevelEdited:
		return p.loc().T("edited headline")
	case news.LevelOrder:
		return p.loc().T("by an editor")
	}
	return string(level)
}

// decisions answers GET /decisions.
func (pg pages) decisions(w http.ResponseWriter, r *http.Request) error {
	p := &decisionsPage{wirePage: pg.newPage(), Title: pg.locale().T("Decisions"), ShowMerged: r.URL.Query().Get("show") == "folded"}
	before, err := uint64(0), error(nil)
	if !p.ShowMerged {
		if before, err = readBefore(r); err != nil {
			return err
		}
	}
	err = pg.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		if err := p.readSite(tx); err != nil {
			return err
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
	p.Decisions, err = view.Decisions(tx, p.loc(), before, perPage)
	if n := len(p.Decisions); n == perPage {
		p.More = "?before=" + template.URLQueryEscaper(p.Decisions[n-1].Decision)
	}
	return err
}

func (p *decisionsPage) readMerged(tx *store.Tx, before string) (err error) {
	p.Title = p.loc().T("Merged automatically")
	p.Merged, before, err = view.Audit(tx, before, perPage)
	if before != "" {
		p.More = "?show=folded&before=" + before
	}
	return err
}

// renderAs writes a page with a status.
func (pg pages) renderAs(w http.ResponseWriter, status int, name string, v any) error {
	var b bytes.Buffer
	loc := pg.locale()
	if p, ok := v.(interface{ prepare(*locale.Locale, bool) }); ok {
		p.prepare(loc, pg.Cluster != nil)
	}
	if err := pageTemplates(loc).ExecuteTemplate(&b, name, v); err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", policyOf(name))
	w.Header().Set("Referrer-Policy", "same-origin") // pictures and players tell outlets nothing of the desk
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
	return nil
}
