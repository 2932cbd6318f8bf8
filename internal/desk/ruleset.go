package desk

import (
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/desk/alerting"
	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

// ruleSet is the rules in force with their queries compiled. It is replaced as a whole
// and never changed.
type ruleSet struct {
	*news.Rules
	topics        []membership.Rule // as Rules.Topics
	alerts        []alerting.Rule   // as Rules.Alerts
	matches       []*topic.Query    // each source's own match, as Rules.Sources; nil where it has none
	zone          *time.Location    // of the site
	hasEntryItems bool              // a topic has an item for each entry or page

	byID map[string]int // index of a source in Rules.Sources, by its id
}

// compile compiles rules. nil means that there are none yet. The rules must not change
// afterwards, except that sources get their ids before index is called.
func compile(r *news.Rules) (*ruleSet, error) {
	if r == nil {
		r = &news.Rules{}
	}
	c := &ruleSet{Rules: r}
	var err error
	if c.zone, err = time.LoadLocation(r.Site.Zone); err != nil {
		return nil, fmt.Errorf("site.zone: %w", err)
	}
	if err := c.compileSources(); err != nil {
		return nil, err
	}
	if err := c.compileTopics(); err != nil {
		return nil, err
	}
	c.alerts, err = alerting.Compile(r.Alerts, c.zone)
	return c, err
}

// scope is where the queries of sources and topics are used.
func (c *ruleSet) scope() topic.Scope { return topic.Scope{Zone: c.zone} }

func (c *ruleSet) compileSources() error {
	c.matches = make([]*topic.Query, len(c.Sources))
	for i := range c.Sources {
		s := &c.Sources[i]
		if s.Match == "" {
			continue
		}
		q, err := c.scope().Parse(s.Match)
		if err != nil {
			return fmt.Errorf("match of source %s: %w", s.Name, err)
		}
		c.matches[i] = q
	}
	return nil
}

func (c *ruleSet) compileTopics() error {
	for i := range c.Topics {
		t := &c.Topics[i]
		q, err := c.scope().Compile(*t, c.Not...)
		if err != nil {
			return fmt.Errorf("match of topic %s: %w", t.Name, err)
		}
		hold, err := c.scope().CompileHold(*t)
		if err != nil {
			return fmt.Errorf("hold of topic %s: %w", t.Name, err)
		}
		c.topics = append(c.topics, membership.Rule{Topic: t, Query: q, Hold: hold})
		c.hasEntryItems = c.hasEntryItems || membership.HasEntryItems(t.Fold)
	}
	return nil
}

// index makes the sources findable by the ids that they have now.
func (c *ruleSet) index() *ruleSet {
	c.byID = make(map[string]int, len(c.Sources))
	for i := range c.Sources {
		c.byID[c.Sources[i].ID] = i
	}
	return c
}

// rank returns a source's rank; 0 when there is no such source.
func (c *ruleSet) rank(source string) int {
	if i, ok := c.byID[source]; ok {
		return c.Sources[i].Rank
	}
	return 0
}

// isPaywalled tells whether the pages of a source are not open to everybody.
func (c *ruleSet) isPaywalled(source string) bool {
	i, ok := c.byID[source]
	return ok && c.Sources[i].Paywall
}

// isKeyed tells whether a source is read with credentials.
func (c *ruleSet) isKeyed(source string) bool {
	i, ok := c.byID[source]
	return ok && c.Sources[i].Keyed
}

// drops tells whether a source's own match rejects an entry.
func (c *ruleSet) drops(source string, doc func() *topic.Doc) bool {
	i, ok := c.byID[source]
	return ok && c.matches[i] != nil && !c.matches[i].Match(doc(), 1)
}
