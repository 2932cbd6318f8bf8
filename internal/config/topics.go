package config

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
)

// topicNode is a topic with the nodes that later checks point to.
type topicNode struct {
	Topic
	at   *yaml.Node   // its name
	from []*yaml.Node // the words of from
	was  []*yaml.Node // the words of was
}

// topicReader reads one item of topics.
type topicReader struct {
	*reader
	topicNode
	fold, link    string
	order, prefer string
}

func (s *settingsReader) topic(n *yaml.Node) {
	r := &topicReader{reader: s.reader}
	r.topicNode.at = s.real(n)
	r.mapping(n, "topics[]", "a topic", r.fields())
	switch {
	case s.real(n).Kind != yaml.MappingNode:
		return
	case !s.has(n, "name"):
		s.fail(n, "a topic needs a name")
		return
	}
	s.topics = append(s.topics, r.result())
}

func (r *topicReader) fields() fields {
	t := &r.topicNode
	return fields{
		"name":        func(k *Key, n *yaml.Node) { t.at = r.real(n); r.name(&t.Name)(k, n) },
		"was":         r.located(&t.was, &t.Was),
		"title":       r.text(&t.Title),
		"description": r.text(&t.Description),
		"from":        r.located(&t.from, &t.From),
		"match":       r.queries(&t.Match),
		"not":         r.texts(&t.Not),
		"fold":        r.choice(&r.fold),
		"link":        r.choice(&r.link),
		"stories":     r.whole(&t.Stories),
		"window":      r.span(&t.Window),
		"key":         r.filled(&t.Key),

		"max_per_source": r.whole(&t.MaxPerSource),
		"order":          r.choice(&r.order),
		"prefer":         r.choice(&r.prefer),
		"hold":           r.queries(&t.Hold),
	}
}

func (r *topicReader) result() *topicNode {
	t := r.topicNode
	t.Fold, t.ToStory, t.Keyed = news.FoldMode(r.fold), r.link == "story", t.Key != ""
	t.PreferFree = r.prefer == "free"
	if r.order != string(news.NewestFirst) {
		t.PageOrder = news.PageOrder(r.order)
	}
	if t.Title == "" {
		t.Title = t.Name
	}
	return &t
}

// allName is the name of the topic that a file without topics has.
const allName = "all"

// allTopic returns the topic that a file without topics has. It carries every story.
func (s *settingsReader) allTopic() Topic {
	r := &topicReader{reader: s.reader}
	r.setDefaults("topics[]", r.fields())
	r.Name, r.Title = allName, "All stories"
	return r.result().Topic
}

// checkTopics checks the names of topics and what they refer to.
func (s *settingsReader) checkTopics() {
	current := map[string]*topicNode{}
	for _, t := range s.topics {
		if first := current[t.Name]; first != nil && t.Name != "" {
			s.fail(t.at, "the topic %q is already on line %d", t.Name, first.at.Line)
			continue
		}
		current[t.Name] = t
	}
	tags, names := s.tagsAndNames()
	former := map[string]*yaml.Node{}
	for _, t := range s.topics {
		for i, name := range t.Was {
			switch at := t.was[i]; {
			case !slug().MatchString(name):
				s.fail(at, "%q can't be an old name of a topic: names have a-z, 0-9 and -, at most 63 characters", at.Value)
			case current[name] != nil:
				s.fail(at, "%q is the name of a current topic, on line %d", name, current[name].at.Line)
			case former[name] != nil:
				s.fail(at, "%q is already an old name of another topic, on line %d", name, former[name].Line)
			default:
				former[name] = at
			}
		}
		s.checkFrom(t, tags, names)
	}
}

// checkFrom checks that each word of a topic's from is either a tag or a source.
func (s *settingsReader) checkFrom(t *topicNode, tags, names map[string]*source) {
	for i, word := range t.From {
		at := t.from[i]
		switch {
		case tags[word] != nil && names[word] != nil:
			s.fail(at, "%q is a tag and also the name of the source on line %d: rename one", at.Value, names[word].at.Line)
		case tags[word] == nil && names[word] == nil:
			hint := ""
			if !hasVariable(at) && len(s.errs) < maxErrors {
				hint = near(word, slices.Concat(slices.Sorted(maps.Keys(tags)), slices.Sorted(maps.Keys(names))))
			}
			s.fail(at, "%q is neither a tag nor the name of a source%s", at.Value, hint)
		}
	}
}

// tagsAndNames returns the words by which a topic can select sources.
func (s *settingsReader) tagsAndNames() (tags, names map[string]*source) {
	tags, names = map[string]*source{}, map[string]*source{}
	for _, src := range s.sources {
		names[src.Name] = src
		for _, tag := range src.Tags {
			tags[tag] = src
		}
	}
	return tags, names
}
