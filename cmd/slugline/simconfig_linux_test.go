package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// simConfig is the feeds.yaml of a simulation.
type simConfig struct {
	world   *simWorld
	out     map[string]bool   // ids of sources that are not in it now
	names   map[string]string // of sources that were renamed
	moved   map[string]int    // versions of addresses
	match   []string          // words of topic theme
	keep    string
	stories int
	fold    string // of topic folded
}

func (c *simConfig) init(s *simulation) {
	*c = simConfig{world: s.world, out: map[string]bool{}, names: map[string]string{}, moved: map[string]int{}, keep: "3d", stories: 60, fold: "event"}
	c.match = slices.Clone(s.world.words[:simTheme/2])
	for _, src := range s.world.sources {
		if s.rng.IntN(20) == 0 {
			c.out[src.id] = true
		}
	}
}

// text is feeds.yaml.
func (c *simConfig) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "site: {title: Simulation, url: https://press.example, zone: UTC, language: en}\n")
	fmt.Fprintf(&b, "keep: %s\nfetch: {floor: %v, budget: %d}\nsources:\n", c.keep, simFloor, c.budget())
	for _, src := range c.world.sources {
		if c.out[src.id] {
			continue
		}
		name := src.id
		if c.names[src.id] != "" {
			name = c.names[src.id]
		}
		fmt.Fprintf(&b, "  - {feed: \"https://feeds.%s/%s/%d\", name: %s, tags: [%s], owner: o-%s}\n", src.host, src.id, c.moved[src.id], name, src.tag, src.id)
	}
	fmt.Fprintf(&b, "topics:\n  - {name: all, stories: %d}\n  - {name: tech, from: [tech], stories: 30}\n", c.stories)
	fmt.Fprintf(&b, "  - {name: theme, match: '%s', stories: 20, window: 48h}\n", strings.Join(c.match, " OR "))
	fmt.Fprintf(&b, "  - {name: folded, fold: %s, stories: 40}\n", c.fold)
	fmt.Fprintf(&b, "  - {name: entries, fold: none, from: [world], stories: 40}\n")
	b.WriteString(c.alerts())
	return b.String()
}

func (c *simConfig) budget() int { return 60 * len(c.world.sources) }

var simTopics = []string{"all", "tech", "theme", "folded", "entries"}

// apply has the program read feeds.yaml.
func (c *simConfig) apply(d *daemon) error {
	if err := os.WriteFile(d.path, []byte(c.text()), 0o600); err != nil {
		return err
	}
	cfg, err := config.Read(d.path, os.LookupEnv)
	if err != nil {
		return err
	}
	d.cfg.Store(cfg)
	return d.applyConfig(context.Background(), cfg)
}

// reload changes feeds.yaml and has the program read it.
func (c *simConfig) reload(s *simulation) {
	src := c.world.sources[s.rng.IntN(len(c.world.sources))]
	s.world.mu.Lock()
	s.world.filed(time.Now())
	guest := s.world.guests.source(src)
	switch n := s.rng.IntN(8); n {
	case 0, 1:
		c.out[src.id] = !c.out[src.id]
		guest.reset, guest.gone, guest.inSince, src.inOrOut = true, nil, time.Now(), time.Now()
		s.world.lost(src)
	case 2:
		if c.out[src.id] { // with another address it would be another source
			break
		}
		c.names[src.id] = fmt.Sprintf("%s-r%d", src.id, s.rng.IntN(1000))
	case 3:
		if c.out[src.id] {
			break
		}
		c.moved[src.id] = src.version
		guest.reset, guest.gone, src.inOrOut = true, nil, time.Now()
		s.world.lost(src)
	case 4:
		c.match = slices.Clone(s.world.words[:1+s.rng.IntN(simTheme)])
	case 5:
		c.keep = []string{"2d", "3d", "5d"}[s.rng.IntN(3)]
	case 6:
		c.stories = 40 + s.rng.IntN(60)
	case 7:
		c.fold = []string{"event", "link", "none", "story"}[s.rng.IntN(4)]
		s.readers["folded"] = nil // its items are others
	}
	for _, r := range s.readers {
		if r != nil {
			r.reloaded = true
		}
	}
	s.world.mu.Unlock()
	s.did("reload")
	if err := c.apply(s.node.daemon); err != nil && !s.node.dead.Load() {
		s.fault("reload: %v", err)
	}
}

// drawOrder draws an order about stories that are published.
func (c *simConfig) drawOrder(s *simulation) *news.Order {
	topic := simTopics[s.rng.IntN(3)]
	var stories []*news.Story
	var decisions []news.Record
	err := s.node.store.View(func(tx *store.Tx) (err error) {
		if decisions, err = tx.Orders.All(); err != nil {
			return err
		}
		stories, err = tx.Stories.Latest(200, nil)
		return err
	})
	s.must(err)
	if len(stories) < 10 {
		return nil
	}
	story := func() string { return stories[s.rng.IntN(len(stories))].ID }
	one := stories[s.rng.IntN(len(stories))]
	o := &news.Order{Who: "editor", Why: "because"}
	switch s.rng.IntN(11) {
	case 0:
		o.Verb, o.Args = "split", []string{one.Takes[s.rng.IntN(len(one.Takes))].Entry}
	case 1:
		o.Verb, o.Args = "merge", []string{story(), story()}
	case 2:
		o.Verb, o.Args = "merge", []string{story(), story(), "event"}
	case 3:
		o.Verb, o.Args = "split", []string{story(), "event"}
	case 4:
		o.Verb, o.Args = "hide", []string{story()}
	case 5:
		o.Verb, o.Args = "hide", []string{story(), topic}
	case 6:
		o.Verb, o.Args = "unhide", []string{story()}
	case 7:
		o.Verb, o.Args, o.Until = "pin", []string{story(), topic}, time.Now().Add(time.Duration(1+s.rng.IntN(10))*time.Hour)
	case 8:
		o.Verb, o.Args = "claim", []string{story()}
	case 9:
		o.Verb, o.Args = "release", []string{story()}
	case 10:
		if len(decisions) == 0 {
			return nil
		}
		d := decisions[s.rng.IntN(len(decisions))]
		o.Verb, o.Args = "undo", []string{fmt.Sprint(d.Seq)}
		for _, id := range d.Order.Args {
			s.world.mu.Lock()
			s.taintStory(id, "undo")
			s.world.mu.Unlock()
		}
	}
	return o
}
