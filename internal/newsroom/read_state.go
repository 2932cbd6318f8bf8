package newsroom

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// readState answers GET /api/seat.
func (a api) readState(w http.ResponseWriter, r *http.Request) error {
	who := callerOf(r.Context())
	return readJSON(a.Desk, w, r, func(tx *store.Tx) (*view.ReadState, error) {
		s, err := tx.ReadStates.Get(who.name)
		if err != nil {
			return nil, err
		}
		return a.shownReadState(tx, s, who, a.now())
	})
}

// shownReadState returns a read state as scripts need it, with the caller's stars.
func (d *Desk) shownReadState(tx *store.Tx, s *news.ReadState, who caller, now time.Time) (*view.ReadState, error) {
	out := view.NewReadState(s, who.name, who.readOnly, now)
	if err := d.stars.load(tx, who.name); err != nil {
		return nil, err
	}
	out.Stars = d.stars.latest(who.name)
	return out, nil
}

// changeReadState answers POST /api/seat. Scripts and programs send JSON, pages send a form.
func (a api) changeReadState(w http.ResponseWriter, r *http.Request) error {
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	want, err := parseReadStateChange(r, form)
	if err != nil {
		return err
	}
	if form && r.PostForm.Get("act") == "readview" {
		found, err := a.readUnread(r.Context(), r.PostForm.Get("q"), queryTime)
		if err != nil {
			return err
		}
		want.Read = found.IDs
	}
	who, now := callerOf(r.Context()), a.now()
	var out *view.ReadState
	err = a.Store.Update(func(tx *store.Tx) (err error) {
		s, err := tx.ReadStates.Get(who.name)
		if err != nil {
			return err
		}
		if err := view.ApplyReadState(tx, s, want, now); err != nil {
			return err
		}
		if out, err = a.shownReadState(tx, s, who, now); err != nil {
			return err
		}
		return tx.ReadStates.Put(s)
	})
	switch {
	case err != nil:
		return err
	case form && want.Save != nil:
		http.Redirect(w, r, viewAddress(strings.Join(strings.Fields(want.Save.Name), " ")), http.StatusSeeOther)
		return nil
	case form:
		http.Redirect(w, r, localPath(r.PostFormValue("to")), http.StatusSeeOther)
		return nil
	}
	return reply.JSON(w, http.StatusOK, out)
}

func parseReadStateChange(r *http.Request, form bool) (*view.ReadStateChange, error) {
	want := &view.ReadStateChange{}
	if !form {
		dec := json.NewDecoder(r.Body)
		dec.DisallowUnknownFields()
		if err := dec.Decode(want); err != nil {
			return nil, reply.BodyFault(err, `Send JSON such as {"read": ["STORY"]}, {"upto": 12} or {"mute": {"kind": "word", "what": "football", "for": "8h"}}.`)
		}
		return want, nil
	}
	if err := r.ParseForm(); err != nil {
		return nil, reply.BodyFault(err, "The form can't be read.")
	}
	m := &view.MuteRequest{Kind: news.MuteKind(r.PostForm.Get("kind")), What: r.PostForm.Get("what"), For: r.PostForm.Get("for")}
	switch r.PostForm.Get("act") {
	case "mute":
		want.Mute = m
	case "unmute":
		want.Unmute = m
	case "save":
		want.Save = &view.SaveRequest{Name: r.PostForm.Get("name"), Query: r.PostForm.Get("q"), Was: r.PostForm.Get("was")}
	case "drop":
		want.Drop = r.PostForm.Get("name")
	case "up":
		want.Up = r.PostForm.Get("name")
	case "read":
		if _, err := fmt.Sscan(r.PostForm.Get("upto"), &want.ReadUpTo); err != nil {
			return nil, reply.Faultf(http.StatusBadRequest, "The form has no upto, the number up to which everything was read.")
		}
	}
	return want, nil
}
