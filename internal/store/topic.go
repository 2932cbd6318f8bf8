package store

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Topics is the table of topics, and of the Updated times that their stories have claimed.
type Topics struct{ *rows }

// Get returns the topic with a name.
func (t Topics) Get(name string) (*news.TopicState, error) {
	return getJSON[news.TopicState](t.rows, topics, []byte(name))
}

// Put stores a topic under its Name.
func (t Topics) Put(s *news.TopicState) error { return t.putJSON(topics, []byte(s.Name), s) }

// All returns all topics in the order of the rules, then the removed and renamed ones.
func (t Topics) All() ([]*news.TopicState, error) {
	all, err := allJSON[news.TopicState](t.rows, topics, nil)
	if err != nil {
		return nil, err
	}
	rules, err := t.rules()
	if err != nil || rules == nil {
		return all, err
	}
	order := make(map[string]int, len(rules.Topics))
	for i := range rules.Topics {
		order[rules.Topics[i].Name] = i
	}
	sortByName(all, order, func(s *news.TopicState) (string, bool) { return s.Name, s.Removed || s.RenamedTo != "" })
	return all, nil
}

// sortByName sorts by the order of names. Those that are gone or have no name in order
// come last, in the order they had.
func sortByName[T any](all []*T, order map[string]int, name func(*T) (name string, gone bool)) {
	rank := func(v *T) int {
		name, gone := name(v)
		if i, ok := order[name]; ok && !gone {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(all, func(a, b *T) int { return rank(a) - rank(b) })
}

// claim is a millisecond of a topic.
type claim struct {
	topic string
	ms    int64
}

// ClaimUpdated gives a story the first free millisecond at or after want as its Updated in
// a topic, so that no two stories of a topic have the same. It frees the story's old one,
// unless old is zero.
func (t Topics) ClaimUpdated(topic string, want time.Time, story string, old time.Time) time.Time {
	if !old.IsZero() {
		t.setErr(t.deleteClaim(topic, old, story))
	}
	at := news.Instant(want)
	wanted := claim{topic, at.UnixMilli()}
	if claimed, ok := t.claimed[wanted]; ok {
		at = claimed // all before it are taken
	}
	prefix := namePrefix(topic)
	t.setErr(t.ascend(claims, prefix, claimKey(topic, at), func(k, _ []byte) (bool, error) {
		if !readTime(k[len(prefix):]).Equal(at) {
			return false, nil
		}
		at = at.Add(time.Millisecond)
		return true, nil
	}))
	t.setErr(t.put(claims, claimKey(topic, at), []byte(story)))
	if t.claimed == nil {
		t.claimed = map[claim]time.Time{}
	}
	t.claimed[wanted] = at
	return at
}

// deleteClaim frees a millisecond if it is the story's.
func (t Topics) deleteClaim(topic string, at time.Time, story string) error {
	key := claimKey(topic, at)
	p, err := t.get(claims, key)
	if err != nil || string(p) != story {
		return err
	}
	t.claimed = nil // its times may now have a free one before them
	return t.delete(claims, key)
}

// MoveStories moves the content of topic from to topic to: places, claims, the stories'
// own Places, and the archive. A story that has a place in to stays there, and an archive
// of to stays. The rows of the topics themselves are the caller's.
func (t Topics) MoveStories(from, to string) error {
	ids, err := Stories(t).IDsInTopic(from)
	if err != nil {
		return err
	}
	// A story that is Out has no row in places, but has a claim.
	if err := t.deleteClaims(from, ids); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if err := t.movePlace(id, from, to); err != nil {
			return err
		}
	}
	return Archives(t).movePages(from, to)
}

// deleteClaims deletes all claims of a topic and adds their stories to ids.
func (t Topics) deleteClaims(topic string, ids map[string]bool) error {
	var claimed [][]byte
	err := t.ascend(claims, namePrefix(topic), nil, func(k, p []byte) (bool, error) {
		claimed, ids[string(p)] = append(claimed, bytes.Clone(k)), true
		return true, nil
	})
	for i := 0; err == nil && i < len(claimed); i++ {
		err = t.delete(claims, claimed[i])
	}
	t.claimed = nil
	return err
}

func (t Topics) movePlace(id, from, to string) error {
	s, err := Stories(t).Get(id)
	if s == nil || err != nil {
		return err
	}
	p, ok := s.Places[from]
	if !ok {
		return nil
	}
	delete(s.Places, from)
	if _, exists := s.Places[to]; !exists {
		p.Updated = t.ClaimUpdated(to, p.Updated, id, time.Time{})
		s.Places[to] = p
	}
	return Stories(t).Put(s)
}
