package poll

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/weburl"
)

// source is one source, and what this node knows of it. Poller.mu guards it.
type source struct {
	news.SourceConfig
	state         news.VisitState // Due and the rest, as stored
	secrets       secrets
	document      *lastDocument // not yet saved; nil: the store has the latest
	documentCount int           // counts the documents that were set

	nextVisit   time.Time // its time in the queue: state.Due, or later if its host is busy
	index       int       // in the queue; -1: not in it
	visiting    bool      // a visit is under way
	again       string    // why the source is to be visited soon after the visit under way; empty: it is not
	unfiled     bool      // its last visit could not be filed, and Resume is to repeat it
	resumed     bool      // Resume repeated its last visit that could not be filed
	noNetwork   bool      // its last visit failed as on a machine without a network
	unlogged    bool      // its problem was not logged, see logProblem
	deskPaused  bool
	removed     bool // no longer in feeds.yaml
	elsewhere   bool // another node visits it
	pushChanged bool // PushChanged was called while another node visited it
	withheld    bool // the rules in force have it otherwise than this node's feeds.yaml
	cancel      context.CancelCauseFunc
	landed      chan struct{} // closed at the end of the visit under way, if somebody waits for it
	turn        hostTurn
}

// adoptState begins a new state if the source has a new address, and applies the shared
// validators if they are newer than those of this node: from a visit, not from a push that this
// node knows of.
func (s *source) adoptState(st *news.SourceState) {
	if s.state.Address != s.Address {
		known := s.state.Source != ""
		s.state = news.VisitState{Source: s.ID, Address: s.Address}
		s.setDocument(&lastDocument{})
		if known {
			s.state.LastSuccess = st.At // the shared validators are those of the old address
		}
	}
	if s.state.LastSuccess.Before(st.At) && s.state.LastPush.Before(st.At) {
		s.state.LastSuccess, s.state.Validators, s.state.BodyHash = st.At, st.Validators, 0
	}
}

// compareID orders sources, so that the same chance makes the same schedule.
func compareID(a, b *source) int { return cmp.Compare(a.ID, b.ID) }

func (s *source) setDocument(d *lastDocument) {
	s.document = d
	s.documentCount++
}

// visitable reports whether a visit can ever be due.
func (s *source) visitable() bool { return !s.Paused && !s.deskPaused && !s.state.Gone && !s.removed }

// isOurs reports whether a visit by this node can ever be due.
func (s *source) isOurs() bool { return s.visitable() && !s.elsewhere && !s.withheld }

// isDue reports whether the source may be visited now. If all is true, its pace, the
// floors and back-off do not count; what its server asked for still does.
func (s *source) isDue(all bool, now time.Time) bool {
	return !s.state.Due.After(now) || all && s.whyServerForbids(now) == ""
}

// idle reports whether the source is neither visited nor waiting for its host.
func (s *source) idle() bool { return !s.visiting && !s.turn.waiting }

// address returns the address to visit: where the source moved to, once that is confirmed,
// or the feed that its page names. A source with headers or a password is always visited at
// the address in feeds.yaml, because these go to no other host.
func (s *source) address(now time.Time) string {
	if to := s.state.MovedTo(now); to != "" && len(s.Header) == 0 && !hasCredentials(s.URL) {
		return to
	}
	return cmp.Or(s.state.Found, s.URL)
}

// setMoved applies where a visit says that its source has moved to; empty: it has not.
func setMoved(s *news.VisitState, to string, now time.Time) {
	switch to {
	case "":
		s.Moved, s.Moves, s.MovedSince = "", 0, time.Time{}
	case s.Moved:
		s.Moves++
	default:
		s.Moved, s.Moves, s.MovedSince = to, 1, news.Instant(now)
	}
}

func hasCredentials(rawURL string) bool { return credentials(rawURL) != nil }

// credentials returns the user and password in an address, or nil.
func credentials(rawURL string) *url.Userinfo {
	if !strings.Contains(rawURL, "@") {
		return nil
	}
	u, err := weburl.Parse(rawURL)
	if err != nil {
		return nil
	}
	return u.User
}
