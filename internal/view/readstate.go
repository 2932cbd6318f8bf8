package view

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// ReadState is what the monitor stores for an editor: read stories, mutes and views. It is the
// same in all browsers with the same token.
type ReadState struct {
	Who      string           `json:"who,omitempty"`   // the token's name; empty: a local user
	ReadOnly bool             `json:"reads,omitempty"` // the token may not change anything, read state included
	ReadUpTo uint64           `json:"upto"`            // stories up to this seq are read
	Read     []string         `json:"read"`            // ids of later stories that are read
	Unread   []string         `json:"again"`           // ids of stories up to upto that are unread
	Mutes    []news.Mute      `json:"mutes"`
	Views    []news.SavedView `json:"views"`
	Stars    []string         `json:"stars"` // ids of the starred stories that began last, at most 1,000
}

// ReadStateChange is a change of a ReadState.
type ReadStateChange struct {
	Read     []string     `json:"read,omitempty"`   // ids of stories to mark as read
	Unread   []string     `json:"unread,omitempty"` // ids of stories to mark as unread
	ReadUpTo uint64       `json:"upto,omitempty"`   // mark all stories up to this seq as read
	Mute     *MuteRequest `json:"mute,omitempty"`
	Unmute   *MuteRequest `json:"unmute,omitempty"`
	Save     *SaveRequest `json:"save,omitempty"` // a view to save
	Drop     string       `json:"drop,omitempty"` // the name of a view to delete
	Up       string       `json:"up,omitempty"`   // the name of a view to put before the one above it
}

// MuteRequest says what to mute and for how long.
type MuteRequest struct {
	Kind news.MuteKind `json:"kind"`
	What string        `json:"what"`
	For  string        `json:"for,omitempty"` // as 8h or 7d, at most 90d; empty: a day
}

// NewReadState returns the stored state s as the API writes it, without expired mutes.
func NewReadState(s *news.ReadState, who string, readOnly bool, now time.Time) *ReadState {
	return &ReadState{
		Who: who, ReadOnly: readOnly, ReadUpTo: s.ReadUpTo, Read: append([]string{}, s.Read...), Unread: append([]string{}, s.Unread...),
		Mutes: append([]news.Mute{}, unexpired(s.Mutes, now)...), Views: append([]news.SavedView{}, s.Views...),
		Stars: []string{},
	}
}

// maxListedStars is how many stars a ReadState lists.
const maxListedStars = 1000

// LatestStars returns the ids of those starred stories that began last: the others are on no
// page of the wire.
func LatestStars(all []*news.Star) []string {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b *news.Star) int {
		return cmp.Or(b.First.Compare(a.First), cmp.Compare(b.Story, a.Story))
	})
	ids := []string{}
	for _, s := range sorted[:min(len(sorted), maxListedStars)] {
		ids = append(ids, s.Story)
	}
	return ids
}

// unexpired returns the mutes that have not expired.
func unexpired(all []news.Mute, now time.Time) []news.Mute {
	return slices.DeleteFunc(slices.Clone(all), func(m news.Mute) bool { return !m.Until.After(now) })
}

// ApplyReadState changes s as want says. It returns an Error when what to mute does not
// exist or can't be understood.
func ApplyReadState(tx *store.Tx, s *news.ReadState, want *ReadStateChange, now time.Time) error {
	s.At, s.Mutes = news.Instant(now), unexpired(s.Mutes, now)
	if upto := min(want.ReadUpTo, tx.Seq()); upto > s.ReadUpTo {
		s.ReadUpTo, s.Read, s.Unread = upto, nil, nil
	}
	for _, id := range want.Read {
		if err := markStory(tx, s, id, true); err != nil {
			return err
		}
	}
	for _, id := range want.Unread {
		if err := markStory(tx, s, id, false); err != nil {
			return err
		}
	}
	if err := changeViews(s, want); err != nil {
		return err
	}
	if want.Unmute != nil {
		s.Mutes = slices.DeleteFunc(s.Mutes, func(m news.Mute) bool { return m.Kind == want.Unmute.Kind && m.What == want.Unmute.What })
	}
	if want.Mute != nil {
		return addMute(tx, s, want.Mute, now)
	}
	return nil
}

// markStory marks a story as read or unread. It does nothing when there is no such story.
func markStory(tx *store.Tx, s *news.ReadState, id string, read bool) error {
	st, err := tx.Stories.Get(id)
	if err != nil || st == nil {
		return err
	}
	is := func(other string) bool { return other == id }
	s.Read, s.Unread = slices.DeleteFunc(s.Read, is), slices.DeleteFunc(s.Unread, is)
	switch old := st.Seq <= s.ReadUpTo; {
	case read && !old:
		s.Read = append(s.Read, id)
	case !read && old:
		s.Unread = append(s.Unread, id)
	}
	s.Read = s.Read[max(0, len(s.Read)-news.MaxRead):]
	s.Unread = s.Unread[max(0, len(s.Unread)-news.MaxRead):]
	return nil
}

// MaxMute is how long a mute lasts at most.
const MaxMute = 90 * 24 * time.Hour

const (
	defaultMute  = 24 * time.Hour
	maxMuteQuery = 500 // bytes
)

// addMute adds a mute, or prolongs the one of the same kind and subject.
func addMute(tx *store.Tx, s *news.ReadState, want *MuteRequest, now time.Time) error {
	until, err := muteEnd(want.For, now)
	if err != nil {
		return err
	}
	m := news.Mute{Kind: want.Kind, What: strings.TrimSpace(want.What), Until: until}
	if err := resolveMute(tx, &m); err != nil {
		return err
	}
	s.Mutes = append(slices.DeleteFunc(s.Mutes, func(o news.Mute) bool { return o.Kind == m.Kind && o.What == m.What }), m)
	if len(s.Mutes) > news.MaxMutes {
		return conflict("There are already %d mutes, the maximum. Remove some first.", news.MaxMutes)
	}
	return nil
}

// muteEnd returns the end of a mute that lasts for a duration, empty for defaultMute.
func muteEnd(duration string, now time.Time) (time.Time, error) {
	if duration == "" {
		return news.Instant(now.Add(defaultMute)), nil
	}
	span, ok := config.ParseDuration(duration)
	if !ok || span <= 0 || span > MaxMute {
		return time.Time{}, invalid("for is a duration such as 8h or 7d, at most 90d, not %q.", duration)
	}
	return news.Instant(now.Add(span)), nil
}

// resolveMute checks what m mutes and adds its label. The event of a story is named by the
// id of the story or of the event.
func resolveMute(tx *store.Tx, m *news.Mute) error {
	switch m.Kind {
	case news.MuteEvent:
		st, err := CurrentStory(tx, m.What)
		if err != nil {
			return err
		}
		if st == nil {
			return notFound("There is no event %q.", m.What)
		}
		snap := NewSnapshot(tx)
		m.What, m.Label = snap.Event(st.Event).ID, st.Headline
		return snap.Err
	case news.MuteSource:
		src, err := tx.Sources.Get(m.What)
		if err != nil {
			return err
		}
		if src == nil {
			return notFound("There is no source %q.", m.What)
		}
		m.Label = src.Label()
		return nil
	case news.MuteWord:
		f, err := NewFilter(topic.Searching(time.Now(), nil), m.What, nil)
		if err != nil {
			return err
		}
		if f.rule == nil || len(m.What) > maxMuteQuery {
			return invalid("Enter a word to mute, or a query of at most %d bytes.", maxMuteQuery)
		}
		return nil
	}
	return invalid("kind is event, source or word, not %q.", m.Kind)
}

// MuteRule is a mute with its query compiled.
type MuteRule struct {
	news.Mute
	rule *topic.Rule // of a word or query; nil for other kinds
}

// CompileMutes compiles the mutes of s that have not expired. It leaves out queries that
// the query language no longer accepts.
func CompileMutes(s *news.ReadState, now time.Time) []MuteRule {
	var out []MuteRule
	for _, m := range unexpired(s.Mutes, now) {
		one := MuteRule{Mute: m}
		if m.Kind == news.MuteWord {
			f, err := NewFilter(topic.Searching(now, nil), m.What, nil)
			if err != nil {
				continue // it was valid in an older version
			}
			one.rule = f.rule
		}
		out = append(out, one)
	}
	return out
}

// matches tells whether the mute, which is not that of an event, covers a story. It checks
// the time again because streams stay open longer than mutes last.
func (m *MuteRule) matches(snap *Snapshot, s *news.Story) (bool, error) {
	if !m.Until.After(time.Now()) {
		return false, nil
	}
	if m.Kind == news.MuteSource {
		return !slices.ContainsFunc(s.Takes, func(t news.Take) bool { return t.Source != m.What }), nil
	}
	return snap.Matches(m.rule, s, true)
}

// coversEvent tells whether the mute, which is that of an event, covers another one.
func (m *MuteRule) coversEvent(snap *Snapshot, id string) bool {
	return m.Until.After(time.Now()) && snap.Event(id).ID == snap.Event(m.What).ID
}
