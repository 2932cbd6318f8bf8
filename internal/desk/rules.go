package desk

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/news"
)

// rulesWork puts rules in force.
type rulesWork struct {
	storyWork
	old     *ruleSet
	matched map[string]bool // ids of the known sources of which topics' rules match something else than before
}

// enforce puts rules in force. Sources and topics keep their identity through renames
// and moves, and every stored story is reviewed by each rule that changed, by this record or
// those after it. Rules that do not compile are refused.
func (w *recordWork) enforce(filed *news.Rules) error {
	if err := checkFold(filed, w.rules.Rules); err != nil {
		return err
	}
	if err := checkAfter(filed, w.rules.Rules); err != nil {
		return err
	}
	r := *filed // its sources and alerts are changed below; the caller may file it again
	r.After = ""
	r.Sources, r.Alerts = slices.Clone(filed.Sources), slices.Clone(filed.Alerts)
	next, err := compile(&r)
	if err != nil {
		return refused("%v", err)
	}
	w.backlog = true
	rw := rulesWork{w.storyWork(), w.rules, map[string]bool{}}
	if err := rw.adopt(&r); err != nil {
		return err
	}
	w.rules = next.index()
	changed := rw.changedTopics(&r)
	if err := rw.beginReview(changed); err != nil {
		return err
	}
	if len(changed) > 0 {
		sw := sweepWork{storyWork: rw.storyWork, horizon: w.nextHorizon()}
		if err := sw.moveWindows(); err != nil {
			return err
		}
	}
	return w.renewAll()
}

// adopt gives rules what depends on the ones before, and stores them.
func (w rulesWork) adopt(r *news.Rules) error {
	if err := w.adoptSources(r); err != nil {
		return err
	}
	if err := w.adoptTopics(r); err != nil {
		return err
	}
	r.Site.ID = cmp.Or(r.Site.ID, w.old.Site.ID, hostOf(r.Site.URL))
	w.adoptAlerts(r)
	return w.Tx.PutRules(r)
}

// adoptSources gives each source its id: the name that it had first. The same address under a new
// name is a rename, the same name with a new address a move; both keep the id.
func (w rulesWork) adoptSources(r *news.Rules) error {
	states, err := w.Tx.Sources.All()
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for i := range r.Sources {
		if s := knownSource(states, r, &r.Sources[i]); s != nil {
			r.Sources[i].ID = s.ID
			used[s.ID] = true
		}
	}
	for _, s := range states {
		if used[s.ID] {
			continue
		}
		used[s.ID] = true
		if err := w.removeSource(s); err != nil {
			return err
		}
	}
	for i := range r.Sources {
		if err := w.adoptSource(&r.Sources[i], states, used); err != nil {
			return err
		}
	}
	return nil
}

// knownSource returns the state of a source, found by its name, else by its address
// unless another source of the rules has the old name. nil means that the source is new.
func knownSource(states []*news.SourceState, r *news.Rules, s *news.Source) *news.SourceState {
	for _, st := range states {
		if st.Name == s.Name {
			return st
		}
	}
	for _, st := range states {
		if st.Address == s.Address && !hasSource(r, st.Name) {
			return st
		}
	}
	return nil
}

func hasSource(r *news.Rules, name string) bool {
	return slices.ContainsFunc(r.Sources, func(s news.Source) bool { return s.Name == name })
}

// removeSource stores that a source is no longer in the rules. The entries that it
// listed are no longer listed.
func (w rulesWork) removeSource(s *news.SourceState) error {
	if s.Removed {
		return nil
	}
	c := *s
	c.Removed, c.Validators = true, news.Validators{}
	for _, key := range slices.Concat(s.Listed, s.Parts) {
		if _, err := w.unlist(s.ID, key); err != nil {
			return err
		}
	}
	c.Listed, c.Parts = nil, nil
	return w.PutSource(&c)
}

// adoptSource stores the rules of a source that is known, or of a new one.
func (w rulesWork) adoptSource(s *news.Source, states []*news.SourceState, used map[string]bool) error {
	for _, st := range states {
		if st.ID == s.ID {
			c := *st
			if c.Address != s.Address || c.Removed {
				c.Validators, c.Visited = news.Validators{}, false // what it lists there is backlog
			}
			if matchedOf(&c.Source) != matchedOf(s) {
				w.matched[s.ID] = true
			}
			c.Source, c.Removed = *s, false
			return w.PutSource(&c)
		}
	}
	s.ID = s.Name
	for n := 2; used[s.ID]; n++ {
		s.ID = fmt.Sprintf("%s-%d", s.Name, n)
	}
	used[s.ID] = true
	return w.PutSource(&news.SourceState{Source: *s, Created: w.record.At})
}

// adoptTopics renames, removes and adds topics.
func (w rulesWork) adoptTopics(r *news.Rules) error {
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range r.Topics {
		if err := w.adoptTopic(&r.Topics[i]); err != nil {
			return err
		}
	}
	states, err := w.Tx.Topics.All()
	if err != nil {
		return err
	}
	for _, t := range states {
		if hasTopic(r, t.Name) || t.Removed || t.RenamedTo != "" {
			continue
		}
		c := *t
		c.Removed = true
		if err := w.Tx.Topics.Put(&c); err != nil {
			return err
		}
	}
	return w.Reload()
}

func hasTopic(r *news.Rules, name string) bool {
	return slices.ContainsFunc(r.Topics, func(t news.Topic) bool { return t.Name == name })
}

// adoptTopic stores the rule of a topic, which may have had other names.
func (w rulesWork) adoptTopic(t *news.Topic) error {
	st, err := w.Tx.Topics.Get(t.Name)
	if err != nil {
		return err
	}
	for _, name := range t.Was {
		if st, err = w.renameTopic(name, t.Name, st); err != nil {
			return err
		}
	}
	next := news.TopicState{Topic: *t}
	if st != nil {
		next = *st
		next.Topic, next.Removed, next.RenamedTo = *t, false, ""
	}
	next.Seq, next.Changed = w.record.Seq, news.Later(next.Changed, w.record.At)
	return w.Tx.Topics.Put(&next)
}

// renameTopic has an old name of a topic lead to the new one, and returns the topic's
// state: st, or that of the old name if the topic is not in use yet.
func (w rulesWork) renameTopic(from, to string, st *news.TopicState) (*news.TopicState, error) {
	was, err := w.Tx.Topics.Get(from)
	if err != nil || was != nil && was.RenamedTo != "" {
		return st, err
	}
	if was != nil && (st == nil || st.RenamedTo != "") {
		if err := w.Tx.Topics.MoveStories(from, to); err != nil {
			return nil, err
		}
		c := *was
		st = &c
	}
	return st, w.Tx.Topics.Put(&news.TopicState{Topic: news.Topic{Name: from}, RenamedTo: to, Seq: w.record.Seq, Changed: w.record.At})
}

// adoptAlerts stores since when each alert has its rule: it never rings for what matched
// before.
func (w rulesWork) adoptAlerts(r *news.Rules) {
	for i := range r.Alerts {
		a := &r.Alerts[i]
		a.Since, a.Begun = w.record.Seq, w.record.At
		for j := range w.old.Alerts {
			if o := &w.old.Alerts[j]; o.Name == a.Name && o.When == a.When && slices.Equal(o.Match, a.Match) {
				a.Since, a.Begun = o.Since, o.Begun
			}
		}
	}
}

// changedTopics returns the names of the topics whose stories the new rules may change. Sources
// that come or go change none: what rules match of the stories that are there is the same.
func (w rulesWork) changedTopics(r *news.Rules) map[string]bool {
	old := w.old.Rules
	all := len(w.matched) > 0 || !slices.Equal(old.Not, r.Not)
	if r.Fold < reviewsInSteps { // such rules reviewed all then, too
		all = all || !maps.Equal(matchedFields(old), matchedFields(r))
	}
	changed := map[string]bool{}
	for _, t := range r.Topics {
		i := slices.IndexFunc(old.Topics, func(o news.Topic) bool { return isOrWas(&t, o.Name) })
		if all || i < 0 || !haveSameRule(&old.Topics[i], &t) {
			changed[t.Name] = true
		}
	}
	return changed
}

// isOrWas tells whether a topic has a name, or had it before.
func isOrWas(t *news.Topic, name string) bool { return t.Name == name || slices.Contains(t.Was, name) }

func haveSameRule(a, b *news.Topic) bool {
	return slices.Equal(a.From, b.From) && slices.Equal(a.Not, b.Not) && slices.Equal(a.Match, b.Match) && a.Keyed == b.Keyed && a.Fold == b.Fold && slices.Equal(a.Hold, b.Hold)
}

// matchedFields returns by source what topics' rules match of it.
func matchedFields(r *news.Rules) map[string]string {
	fields := map[string]string{}
	for _, s := range r.Sources {
		fields[s.ID] = matchedOf(&s)
	}
	return fields
}

func matchedOf(s *news.Source) string {
	return strings.Join(append([]string{s.Name, s.Title, s.Owner, fmt.Sprint(s.Keyed)}, s.Tags...), "\x00")
}
