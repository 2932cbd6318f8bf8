package view

import (
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// ReadState is what the monitor remembers for who asks: it is the same in all browsers that
// use one token.
type ReadState struct {
	Who      string      `json:"who,omitempty"`   // the token's name; empty: somebody at this machine
	ReadOnly bool        `json:"reads,omitempty"` // the token may change nothing, marks included
	ReadUpTo uint64      `json:"upto"`            // stories whose seq is not larger were read
	Read     []string    `json:"read"`            // ids of later ones that were read
	Unread   []string    `json:"again"`           // ids of stories that are unread whatever upto says
	Mutes    []news.Mute `json:"mutes"`
}

// ReadStateChange changes a seat.
type ReadStateChange struct {
	Read     []string     `json:"read,omitempty"`   // stories that were read
	Unread   []string     `json:"unread,omitempty"` // stories to be read again
	ReadUpTo uint64       `json:"upto,omitempty"`   // all stories up to this seq were read
	Mute     *MuteRequest `json:"mute,omitempty"`
	Unmute   *MuteRequest `json:"unmute,omitempty"`
}

// MuteRequest says what to mute, and for how long, as 8h or 7d.
type MuteRequest struct {
	Kind news.MuteKind `json:"kind"`
	What string        `json:"what"`
	For  string        `json:"for,omitempty"` // empty: for a day
}

func NewReadState(s *news.ReadState, who string, reads bool, now time.Time) *ReadState {
	return &ReadState{
		Who: who, ReadOnly: reads, ReadUpTo: s.ReadUpTo, Read: append([]string{}, s.Read...), Unread: append([]string{}, s.Unread...),
		Mutes: append([]news.Mute{}, unexpired(s.Mutes, now)...),
	}
}

// unexpired are the mutes that still hold.
func unexpired(all []news.Mute, now time.Time) []news.Mute {
	return slices.DeleteFunc(slices.Clone(all), func(m news.Mute) bool { return !m.Until.After(now) })
}

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
	if want.Unmute != nil {
		s.Mutes = slices.DeleteFunc(s.Mutes, func(m news.Mute) bool { return m.Kind == want.Unmute.Kind && m.What == want.Unmute.What })
	}
	if want.Mute != nil {
		return addMute(tx, s, want.Mute, now)
	}
	return nil
}

// markStory notes that a story was read, or that it was not. One that is gone is none.
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

const (
	defaultMute = 24 * time.Hour
	maxMute     = 90 * 24 * time.Hour
)

func addMute(tx *store.Tx, s *news.ReadState, want *MuteRequest, now time.Time) error {
	m := news.Mute{Kind: want.Kind, What: strings.TrimSpace(want.What), Until: news.Instant(now.Add(defaultMute))}
	if want.For != "" {
		span, ok := config.ParseDuration(want.For)
		if !ok || span <= 0 || span > maxMute {
			return invalid("for is how long it is muted, as 8h or 7d, at most 90d, not %q.", want.For)
		}
		m.Until = news.Instant(now.Add(span))
	}
	snap := NewSnapshot(tx)
	switch m.Kind {
	case news.MuteEvent:
		st, err := CurrentStory(tx, m.What)
		if err != nil {
			return err
		}
		if st == nil {
			return notFound("There is no event %q.", m.What)
		}
		m.What, m.Label = snap.Event(st.Event).ID, st.Headline
	case news.MuteSource:
		src, err := tx.Sources.Get(m.What)
		if err != nil {
			return err
		}
		if src == nil {
			return notFound("There is no source %q.", m.What)
		}
		m.Label = src.Label()
	case news.MuteWord:
		if f, err := NewFilter(m.What, nil); err != nil {
			return err
		} else if f.rule == nil || len(m.What) > 500 {
			return invalid("What is muted is a word, or a query of up to 500 bytes.")
		}
	default:
		return invalid("What is muted is an event, a source or a word, not %q.", m.Kind)
	}
	s.Mutes = append(slices.DeleteFunc(s.Mutes, func(o news.Mute) bool { return o.Kind == m.Kind && o.What == m.What }), m)
	if len(s.Mutes) > news.MaxMutes {
		return conflict("There are %d mutes; lift some first.", news.MaxMutes)
	}
	return snap.Err
}

// MuteRule is one that is ready to be held against stories.
type MuteRule struct {
	news.Mute
	rule *topic.Rule // of a word
}

func CompileMutes(s *news.ReadState, now time.Time) []MuteRule {
	var out []MuteRule
	for _, m := range unexpired(s.Mutes, now) {
		one := MuteRule{Mute: m}
		if m.Kind == news.MuteWord {
			f, err := NewFilter(m.What, nil)
			if err != nil {
				continue // of an older query language
			}
			one.rule = f.rule
		}
		out = append(out, one)
	}
	return out
}

// matches tells whether a story is muted now: streams are open for longer than mutes hold.
func (m *MuteRule) matches(snap *Snapshot, s *news.Story) (bool, error) {
	if !m.Until.After(time.Now()) {
		return false, nil
	}
	switch m.Kind {
	case news.MuteEvent:
		return snap.Event(s.Event).ID == snap.Event(m.What).ID, snap.Err
	case news.MuteSource:
		return !slices.ContainsFunc(s.Takes, func(t news.Take) bool { return t.Source != m.What }), nil
	}
	return snap.Matches(m.rule, s, true)
}
