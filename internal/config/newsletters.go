package config

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

func (s *settingsReader) mail(n *yaml.Node) {
	m := &Mail{}
	s.mapping(n, "mail", "mail", s.mailFields(m))
	if !s.has(n, "smtp") || !s.has(n, "from") {
		s.fail(n, "mail needs `smtp`, the server, and `from`, an address")
	}
	s.cfg.Mail = m
}

func (s *settingsReader) mailFields(m *Mail) fields {
	return fields{
		"smtp": plainly(func(n *yaml.Node) { m.SMTP = s.smtp(n) }),
		"from": plainly(func(n *yaml.Node) { m.From, _ = s.mailbox(n) }),
	}
}

func (s *settingsReader) smtp(n *yaml.Node) string {
	v, ok := s.value(n)
	if !ok {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		s.fail(n, "write the server as smtp://user:password@mail.press.example:587 or smtps://...")
		return ""
	}
	return v
}

// newsletterNode is a newsletter with the nodes that later checks point to.
type newsletterNode struct {
	Newsletter
	at    *yaml.Node // its name
	topic *yaml.Node
}

// newsletterReader reads one item of newsletters.
type newsletterReader struct {
	*reader
	newsletterNode
}

func (s *settingsReader) newsletter(n *yaml.Node) {
	r := &newsletterReader{reader: s.reader}
	r.at = s.real(n)
	r.mapping(n, "newsletters[]", "a newsletter", r.fields())
	if s.real(n).Kind != yaml.MappingNode {
		return
	}
	if !s.has(n, "name") || !s.has(n, "topic") || !s.has(n, "at") {
		s.fail(n, "a newsletter needs name, topic and at")
	}
	if len(r.Days) == 0 {
		r.Days = []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	}
	s.newsletters = append(s.newsletters, &r.newsletterNode)
}

func (r *newsletterReader) fields() fields {
	l := &r.newsletterNode
	return fields{
		"name":  func(k *Key, n *yaml.Node) { l.at = r.real(n); r.name(&l.Name)(k, n) },
		"topic": func(k *Key, n *yaml.Node) { l.topic = r.real(n); r.text(&l.Topic)(k, n) },
		"at":    r.clock(&l.At),
		"days":  func(k *Key, n *yaml.Node) { r.each(n, func(n *yaml.Node) { r.weekday(k, n) }) },
	}
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (r *newsletterReader) weekday(k *Key, n *yaml.Node) {
	var day string
	r.choice(&day)(k, n)
	if i := slices.Index(weekdays, day); i >= 0 {
		r.Days = append(r.Days, time.Weekday(i))
	}
}

// topicNames returns the names of the topics that there will be.
func (s *settingsReader) topicNames() []string {
	if len(s.topics) == 0 {
		return []string{allName}
	}
	var names []string
	for _, t := range s.topics {
		names = append(names, t.Name)
	}
	return names
}

// checkNewsletters checks the names of newsletters and what they and mail targets need
// from the rest of the file.
func (s *settingsReader) checkNewsletters() {
	topics := s.topicNames()
	const needsMail = "needs `mail` at the top level of the file, with the server that sends it"
	names := map[string]int{}
	for _, l := range s.newsletters {
		if l.topic != nil && !slices.Contains(topics, l.Topic) {
			s.fail(l.topic, "there is no topic %q%s", l.topic.Value, near(l.topic.Value, topics))
		}
		if line := names[l.Name]; line > 0 && l.Name != "" {
			s.fail(l.at, "the newsletter %q is already on line %d", l.Name, line)
		}
		names[l.Name] = l.at.Line
		if s.cfg.Mail == nil {
			s.fail(l.at, "a newsletter %s", needsMail)
		}
		s.cfg.Newsletters = append(s.cfg.Newsletters, l.Newsletter)
	}
	for _, n := range s.mailed {
		if s.cfg.Mail == nil {
			s.fail(n, "a mail target %s", needsMail)
		}
	}
}
