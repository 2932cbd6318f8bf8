package newsroom

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// order answers POST /api/orders. Programs send JSON, pages send a form.
func (a api) order(w http.ResponseWriter, r *http.Request) error {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return a.orderByForm(w, r)
	}
	var want view.OrderRequest
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&want); err != nil {
		return reply.BodyFault(err, `Send JSON such as {"verb": "hide", "args": ["STORY"], "why": "..."}.`)
	}
	done, err := a.carryOut(r.Context(), &want)
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, done)
}

func (a api) orderByForm(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return reply.BodyFault(err, "The form can't be read.")
	}
	f := r.PostForm
	want := view.OrderRequest{Verb: f.Get("verb"), Args: f["args"], Why: f.Get("why"), For: f.Get("for"), Due: f.Get("due"), Free: f.Get("free") != ""}
	if _, err := a.carryOut(r.Context(), &want); err != nil {
		return err
	}
	back := "/decisions"
	if to := localPath(f.Get("to")); f.Get("to") != "" {
		back = to
	}
	if verb := f.Get("verb"); verb == "pause" || verb == "resume" {
		back = "/sources#s-" + url.PathEscape(f.Get("args"))
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

// carryOut gives an order in the name of the caller. A caller without a name may state one.
func (d *Desk) carryOut(ctx context.Context, a *view.OrderRequest) (*view.OrderResult, error) {
	if d.Order == nil {
		return nil, errNoAddress
	}
	if err := d.Store.ViewContext(ctx, func(tx *store.Tx) error { return view.ResolveOrder(tx, a) }); err != nil {
		return nil, err
	}
	now := d.now()
	o := news.Order{Verb: a.Verb, Args: a.Args, Who: cmp.Or(callerOf(ctx).name, a.Who), Why: a.Why, Free: a.Free}
	if o.Verb == "claim" {
		o.Who = cmp.Or(o.Who, "local user")
	}
	if a.For != "" {
		span, ok := config.ParseDuration(a.For)
		if !ok || span == 0 || a.Verb != "pin" {
			return nil, reply.Faultf(http.StatusBadRequest, "for must be how long the pin lasts, such as 6h or 2d, not %q.", a.For)
		}
		o.Until = news.Instant(now.Add(span))
	}
	if err := d.completeAssignment(ctx, &o, a.Due, now); err != nil {
		return nil, err
	}
	n, err := d.Order(ctx, o, now)
	if errors.Is(err, journal.ErrRefused) && o.Verb == "send" {
		n, err = d.sentBefore(ctx, &o, now, err)
	}
	if errors.Is(err, journal.ErrRefused) {
		return nil, reply.Faultf(http.StatusConflict, "%s", view.Sentence(refusal(err)))
	}
	if err != nil {
		return nil, err
	}
	out := &view.OrderResult{Decision: n}
	err = d.Store.ViewContext(ctx, func(tx *store.Tx) error {
		decision, err := view.DecisionByNumber(tx, d.localeOf(ctx), n)
		if err == nil {
			out.Text = decision.Text
		}
		return err
	})
	return out, err
}

// refusal is the reason why an order was refused, without the sentinel's own text.
func refusal(err error) string {
	return strings.TrimPrefix(err.Error(), journal.ErrRefused.Error()+": ")
}

func (a api) decisions(w http.ResponseWriter, r *http.Request) error {
	before, err := readBefore(r)
	if err != nil {
		return err
	}
	return readJSON(a.Desk, w, r, func(tx *store.Tx) ([]view.Decision, error) {
		return view.Decisions(tx, a.localeOf(r.Context()), before, perPage)
	})
}

const perPage = 100 // decisions or stories on a page

// readBefore reads ?before=N. It is 0 if there is none.
func readBefore(r *http.Request) (uint64, error) {
	s := r.URL.Query().Get("before")
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, reply.Faultf(http.StatusBadRequest, "before must be the number of a decision, not %q.", s)
	}
	return n, nil
}

func (a api) audit(w http.ResponseWriter, r *http.Request) error {
	return readJSON(a.Desk, w, r, func(tx *store.Tx) (view.MergedEntries, error) {
		list, next, err := view.Audit(tx, r.URL.Query().Get("before"), perPage)
		return view.MergedEntries{Entries: list, Before: next}, err
	})
}

func (a api) event(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	var ev *view.Event
	err := a.Store.ViewContext(r.Context(), func(tx *store.Tx) (err error) {
		ev, err = view.EventByID(tx, id)
		return err
	})
	if err != nil {
		return err
	}
	if ev.ID != id {
		http.Redirect(w, r, "/api/events/"+ev.ID, http.StatusMovedPermanently)
		return nil
	}
	return reply.JSON(w, http.StatusOK, ev)
}
