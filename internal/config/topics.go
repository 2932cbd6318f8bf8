package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
)

// topicNode is a topic with the places in the file that later checks point to.
type topicNode struct {
	Topic
	at   *yaml.Node // its name
	from []*yaml.Node
	was  []*yaml.Node
}

const defaultStories = 50

// allTopic stands in when the file has no topics.
var allTopic = news.Topic{Name: "all", Title: "All stories", Fold: news.FoldStory, Stories: defaultStories}

func (r *reader) topic(n *yaml.Node) {
	t := topicNode{Topic: Topic{Topic: news.Topic{Stories: defaultStories}}, at: r.real(n)}
	fold, link := string(news.FoldStory), "outlet"
	r.mapping(n, "a topic", fields{
		"name":        func(n *yaml.Node) { t.at = r.real(n); r.name(&t.Name)(n) },
		"was":         r.words(&t.was, &t.Was),
		"title":       r.text(&t.Title),
		"description": r.text(&t.Description),
		"from":        r.words(&t.from, &t.From),
		"match":       func(n *yaml.Node) { t.Match = r.queries(n) },
		"not":         r.texts(&t.Not),
		"fold":        r.choice(&fold, "none", "link", "story", "event"),
		"link":        r.choice(&link, "outlet", "story"),
		"stories":     r.whole(&t.Stories, 1, 5000),
		"window":      r.span(&t.Window, time.Minute),
		"key":         r.filled(&t.Key),
	})
	t.Fold, t.ToStory, t.Keyed = news.FoldMode(fold), link == "story", t.Key != ""
	switch {
	case r.real(n).Kind != yaml.MappingNode:
		return
	case !r.has(n, "name"):
		r.fail(n, "a topic needs a name")
		return
	case t.Title == "":
		t.Title = t.Name
	}
	r.topics = append(r.topics, &t)
}

// words reads a list of words and remembers where each stands.
func (r *reader) words(at *[]*yaml.Node, dst *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*at, *dst = nil, nil
		r.each(n, func(item *yaml.Node) {
			var w []string
			if r.texts(&w)(item); len(w) == 1 {
				*at, *dst = append(*at, item), append(*dst, w[0])
			}
		})
	}
}

// queries reads one query or a list of them.
func (r *reader) queries(n *yaml.Node) []string {
	n = r.real(n)
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		n = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{n}, Line: n.Line, Column: n.Column}
	}
	var all []string
	r.each(n, r.query(func(q string) { all = append(all, q) }))
	return all
}

// checkTopics looks at what the topics say together.
func (r *reader) checkTopics() {
	living := map[string]*topicNode{}
	for _, t := range r.topics {
		if first := living[t.Name]; first != nil && t.Name != "" {
			r.fail(t.at, "the topic %q is already on line %d", t.Name, first.at.Line)
			continue
		}
		living[t.Name] = t
	}
	tags, names := r.spoken()
	former := map[string]*yaml.Node{}
	for _, t := range r.topics {
		for i, name := range t.Was {
			switch at := t.was[i]; {
			case !slug.MatchString(name):
				r.fail(at, "%q is no name that a topic could have had", at.Value)
			case living[name] != nil:
				r.fail(at, "%q is the name of a topic today: line %d", name, living[name].at.Line)
			case former[name] != nil:
				r.fail(at, "%q already leads to another topic: line %d", name, former[name].Line)
			default:
				former[name] = at
			}
		}
		r.checkFrom(t, tags, names)
	}
}

// checkFrom holds the words of a topic's from against the tags and names there are.
func (r *reader) checkFrom(t *topicNode, tags, names map[string]*source) {
	for i, word := range t.From {
		at := t.from[i]
		switch {
		case tags[word] != nil && names[word] != nil:
			r.fail(at, "%q is a tag and also the name of the source on line %d: rename one", at.Value, names[word].at.Line)
		case tags[word] == nil && names[word] == nil:
			hint := ""
			if !secret(at) && len(r.errs) < maxErrors {
				hint = near(word, slices.Concat(slices.Sorted(maps.Keys(tags)), slices.Sorted(maps.Keys(names))))
			}
			r.fail(at, "%q is neither a tag nor the name of a source%s", at.Value, hint)
		}
	}
}

// spoken are the words by which a topic can ask for sources.
func (r *reader) spoken() (tags, names map[string]*source) {
	tags, names = map[string]*source{}, map[string]*source{}
	for _, s := range r.sources {
		names[s.Name] = s
		for _, tag := range s.Tags {
			tags[tag] = s
		}
	}
	return tags, names
}

// checkKeys keeps what was fetched with credentials from being published to
// everybody.
func (r *reader) checkKeys() {
	for _, s := range r.sources {
		if !s.Keyed {
			continue
		}
		if len(r.topics) == 0 {
			r.fail(s.keyed, "what is fetched with headers or a password feeds only a topic with a `key`, and there are no topics")
		}
		for _, t := range r.topics {
			if !t.Keyed && t.Carries(&s.Source) {
				r.fail(t.at, "the topic %q needs a `key`: it carries %q, which is fetched with headers or a password (or leave it out with `not`)", t.Name, s.Name)
			}
		}
	}
}

// checkAddresses finds what would be visited twice.
func (r *reader) checkAddresses() {
	seen := map[string]*source{}
	for _, s := range r.sources {
		key := visitKey(s.URL)
		if first := seen[key]; first != nil {
			r.fail(s.at, "the same address as on line %d", first.at.Line)
			continue
		}
		seen[key] = s
	}
}

func (r *reader) check(root *yaml.Node) {
	c := r.cfg
	if len(r.sources) == 0 && len(r.errs) == 0 {
		r.fail(root, "there are no sources: list addresses below `sources:`, or try `slugline import FILE.opml`")
	}
	r.names()
	r.checkAddresses()
	r.checkTopics()
	r.checkKeys()
	r.checkLetters()
	for _, s := range r.sources {
		c.Sources = append(c.Sources, s.Source)
	}
	for _, t := range r.topics {
		c.Topics = append(c.Topics, t.Topic)
	}
	if len(c.Topics) == 0 {
		c.Topics = []Topic{{Topic: allTopic}}
	}
	if c.Listen == c.Desk && !strings.HasSuffix(c.Listen, ":0") {
		r.fail(root, "listen and desk are both %s: they need a port each", c.Listen)
	}
	if c.Fetch.Budget == 0 {
		c.Fetch.Budget = 96 * len(c.Sources)
	}
	if c.Site.URL == "" {
		c.Site.URL = "http://" + reachable(c.Listen)
	}
}
