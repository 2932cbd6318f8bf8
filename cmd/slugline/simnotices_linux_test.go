package main

import (
	"slices"
	"strings"
	"time"
)

// simKilled is why the identity of a fact is not checked after an outlet withdrew it.
const simKilled = "withdrawn"

// The words with which outlets withdraw and correct.
const (
	simKillTag    = "KILL: "
	simCorrectTag = "CORRECTION: "
)

// announce adds an item to a source that says something about another one of it. It is not
// dated ahead: a correction that is held takes the story that it corrects out of sight with it.
func (w *simWorld) announce(it *simItem, tag string) *simItem {
	s := it.src
	w.notices++
	n := &simItem{fact: it.fact, src: s, n: 500000 + w.notices, title: tag + it.title, summary: w.sentence(12), at: w.now, about: it, scheme: s.scheme}
	if n.dated = w.date(s); n.dated.After(w.now) {
		n.dated = w.now
	}
	w.titled[n.title] = it.fact
	s.items = append([]*simItem{n}, s.items...)
	s.items = s.items[:min(len(s.items), s.window)]
	w.changed(s)
	return n
}

// withdraw publishes a notice by which an outlet withdraws what it published, as agencies do.
// known says that the program has what it names under this headline.
func (w *simWorld) withdraw(it *simItem) {
	if it.src.gone || it.src.noLink || it.withdrawn || w.titled[simKillTag+it.title] != nil {
		return
	}
	n := w.announce(it, simKillTag)
	n.known = it.cited == it.title
	it.withdrawn = true
	if it.fact.tainted == "" {
		it.fact.tainted = simKilled
	}
	w.kills = append(w.kills, n)
}

// correct publishes a correction beside the report that it corrects.
func (w *simWorld) correct(it *simItem) {
	if it.src.gone || it.src.noLink || it.withdrawn || w.titled[simCorrectTag+it.title] != nil {
		return
	}
	w.announce(it, simCorrectTag)
}

// checkKills checks that what its only outlet withdrew is no longer published, and that no
// notice is published as news.
func (s *simulation) checkKills(published []simEntry) {
	shown := map[*simFact]string{}
	for _, e := range published {
		if strings.HasPrefix(e.Title, simKillTag) {
			s.fault("the notice %q is published as news", e.Title)
		}
		if f := s.world.titled[e.Title]; f != nil {
			shown[f] = e.ID
		}
	}
	for _, n := range s.world.kills {
		if id := shown[n.fact]; id != "" && n.mustHold() {
			s.fault("%q was read, and %s is still published; %s", n.title, id, s.describe(n.fact, s.storiesOf(n.fact)...))
		}
	}
	s.world.kills = slices.DeleteFunc(s.world.kills, func(n *simItem) bool { return time.Since(n.at) > 4*24*time.Hour })
}

// mustHold tells whether a notice must have withdrawn its fact: it was read after what it
// names, no other outlet reports that, and no editor had a say.
func (n *simItem) mustHold() bool {
	return n.known && n.cited != "" && n.scheme == n.src.scheme && len(n.fact.items) == 1 && n.fact.tainted == simKilled
}
