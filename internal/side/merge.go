package side

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// merge returns what becomes of a row that this node and another one have changed at once; nil
// means that it is deleted. Unless the comment at its bucket says otherwise, theirs wins, which is
// in the table.
func merge(tx *store.Tx, bucket string, ours, theirs []byte) []byte {
	switch bucket {
	case "recipients", "tokens": // who unsubscribed, and a token that was revoked, do not come back
		if ours == nil {
			return nil
		}
	case "mails": // nor does a mail; and one that was sent is not sent again
		if ours == nil {
			return nil
		}
		return both(ours, theirs, func(a, b *news.Mail) *news.Mail {
			if b.Sent.IsZero() && !a.Sent.IsZero() {
				return a
			}
			return b
		})
	case "bells": // nor is a notice
		return both(ours, theirs, func(a, b *news.Notice) *news.Notice {
			if b.Sent.IsZero() && !a.Sent.IsZero() {
				return a
			}
			return b
		})
	case "seats": // what was read on either node is read
		return both(ours, theirs, mergeReadStates)
	case "subscriptions":
		return mergeSubscriptions(ours, theirs)
	case "starred": // the names of those whose stars are known here
		return both(ours, theirs, func(a, b *news.StarredStory) *news.StarredStory { return mergeStarred(tx, a, b) })
	}
	return theirs
}

// both merges two rows that are JSON. If one is missing or can't be read, theirs wins.
func both[T any](ours, theirs []byte, fn func(a, b *T) *T) []byte {
	a, b := new(T), new(T)
	if ours == nil || theirs == nil || json.Unmarshal(ours, a) != nil || json.Unmarshal(theirs, b) != nil {
		return theirs
	}
	switch v := fn(a, b); v {
	case a:
		return ours
	case b:
		return theirs
	default:
		return encodeJSON(v)
	}
}

// encodeJSON encodes a row as package store does.
func encodeJSON(v any) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil // these types can be encoded
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// mergeReadStates joins what was read. What the newer one has marked as unread is; mutes and
// views are those of the newer one.
func mergeReadStates(a, b *news.ReadState) *news.ReadState {
	older, newer := a, b
	if a.At.After(b.At) {
		older, newer = b, a
	}
	m := *newer
	m.ReadUpTo = max(older.ReadUpTo, newer.ReadUpTo)
	m.Read = union(newer.Read, older.Read, newer.Unread)
	m.Read = m.Read[max(0, len(m.Read)-news.MaxRead):]
	if older.ReadUpTo >= newer.ReadUpTo { // else the newer one has read all of these
		m.Unread = union(newer.Unread, older.Unread, newer.Read)
	}
	return &m
}

// union returns what is in newer or older, without except, and the newest last.
func union(newer, older, except []string) (all []string) {
	for _, s := range older {
		if !slices.Contains(newer, s) && !slices.Contains(except, s) {
			all = append(all, s)
		}
	}
	return append(all, newer...)
}

// mergeSubscriptions keeps a request that one node took while another one delivered, and of two
// states of deliveries the one that is further.
func mergeSubscriptions(ours, theirs []byte) []byte {
	var a, b *news.Subscription
	if ours != nil && json.Unmarshal(ours, &a) != nil || theirs != nil && json.Unmarshal(theirs, &b) != nil {
		return theirs
	}
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil: // it ended here while another node took a request
		return onlyRequest(b)
	case b == nil:
		return onlyRequest(a)
	}
	m := *b
	if a.Seq > b.Seq || a.Seq == b.Seq && a.Until.After(b.Until) {
		m = *a
	}
	if m.Request = b.Request; a.Request != nil {
		m.Request = a.Request
	}
	return encodeJSON(&m)
}

func onlyRequest(s *news.Subscription) []byte {
	if s.Request == nil {
		return nil
	}
	return encodeJSON(&news.Subscription{Feed: s.Feed, Callback: s.Callback, Request: s.Request})
}

// mergeStarred returns the newer copy of a story, for all who have starred it.
func mergeStarred(tx *store.Tx, a, b *news.StarredStory) *news.StarredStory {
	m := *b
	if a.Revised.After(b.Revised) {
		m = *a
	}
	m.Tokens = nil
	for _, name := range union(b.Tokens, a.Tokens, nil) {
		if star, err := tx.Stars.Get(name, b.ID); err != nil || star != nil || slices.Contains(b.Tokens, name) {
			m.Tokens = append(m.Tokens, name)
		}
	}
	return &m
}
