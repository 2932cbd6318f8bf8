package newsroom

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// alertsPage is the data of alerts.html.
type alertsPage struct {
	wirePage
	view.Alerts
}

// noticeLine is what the template "noticecells" shows.
type noticeLine struct {
	Page   *alertsPage
	Notice view.Notice
}

// Line joins a notice with the page, for its template.
func (p *alertsPage) Line(n view.Notice) noticeLine { return noticeLine{p, n} }

// Pending lists the notices that are still to be sent.
func (p *alertsPage) Pending() (list []view.Notice) {
	for _, n := range p.Notices {
		if n.State == "due" || n.State == "late" || n.State == "waiting" {
			list = append(list, n)
		}
	}
	return list
}

// alerts answers GET /alerts.
func (pg pages) alerts(w http.ResponseWriter, r *http.Request) error {
	p := &alertsPage{wirePage: pg.newPage()}
	err := pg.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		if err := p.readSite(tx); err != nil {
			return err
		}
		all, err := view.ReadAlerts(tx, p.Now, view.MaxNotices)
		if err == nil {
			p.Alerts = *all
		}
		return err
	})
	if err != nil {
		return err
	}
	return pg.show(w, "alerts.html", p)
}

// alerts answers GET /api/alerts.
func (a api) alerts(w http.ResponseWriter, r *http.Request) error {
	n, err := limitOf(r, view.MaxNotices, view.MaxNotices)
	if err != nil {
		return err
	}
	kinds := r.URL.Query()["when"]
	for _, k := range kinds {
		if !slices.Contains(news.Whens, news.When(k)) {
			return reply.Faultf(http.StatusBadRequest, "when must be story, breaking, quiet, problem or send, not %q.", k)
		}
	}
	return readJSON(a.Desk, w, r, func(tx *store.Tx) (*view.Alerts, error) {
		out, err := view.ReadAlerts(tx, time.Now(), n, kinds...)
		if err == nil {
			out.Say(a.localeOf(r.Context()))
		}
		return out, err
	})
}

// forEachGivenUp calls do for each notice that was given up.
func (a api) forEachGivenUp(do func(notice string) error) error {
	var all []*news.Dispatch
	err := a.Store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Dispatches.All()
		return err
	})
	if err != nil {
		return err
	}
	for _, d := range all {
		if !d.Dead {
			continue
		}
		if err := do(d.Notice); err != nil && !errors.Is(err, notify.ErrNotGivenUp) {
			return err
		}
	}
	return nil
}

// changeNotice answers POST /api/alerts. Programs send JSON, the page sends a form.
func (a api) changeNotice(w http.ResponseWriter, r *http.Request) error {
	var want view.NoticeRequest
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	if form {
		if err := r.ParseForm(); err != nil {
			return reply.BodyFault(err, "The form can't be read.")
		}
		want = view.NoticeRequest{Notice: r.PostForm.Get("notice"), Do: r.PostForm.Get("do")}
	} else if err := json.NewDecoder(r.Body).Decode(&want); err != nil {
		return reply.BodyFault(err, `Send JSON such as {"notice": "ID", "do": "retry"}.`)
	}
	do := map[string]func(string) error{"retry": a.Resend, "discard": a.Discard}[want.Do]
	if do == nil {
		return reply.Faultf(http.StatusBadRequest, "do must be retry or discard, not %q.", want.Do)
	}
	var err error
	if want.Notice == "*" {
		err = a.forEachGivenUp(do)
	} else {
		err = do(want.Notice)
	}
	switch {
	case errors.Is(err, notify.ErrNotGivenUp):
		return reply.Faultf(http.StatusConflict, "This alert is not among those that could not be sent; perhaps another editor has sent or discarded it. GET /api/alerts lists them.")
	case err != nil:
		return err
	case form:
		http.Redirect(w, r, localPath(cmp.Or(r.PostForm.Get("to"), "/alerts")), http.StatusSeeOther)
		return nil
	}
	return reply.JSON(w, http.StatusOK, want)
}
