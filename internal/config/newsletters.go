package config

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// letter is a newsletter with the places in the file that later checks point to.
type letter struct {
	Newsletter
	at    *yaml.Node
	topic *yaml.Node
}

// mailbox reads an address such as desk@press.example, also with a name before it.
func (r *reader) mailbox(n *yaml.Node) (string, bool) {
	s, ok := r.value(n)
	if !ok {
		return "", false
	}
	if _, err := mail.ParseAddress(s); err != nil {
		r.fail(n, "%q is no mail address such as desk@press.example", r.real(n).Value)
		return "", false
	}
	return s, true
}

func (r *reader) mail(n *yaml.Node) {
	m := &Mail{}
	r.mapping(n, "mail", fields{
		"smtp": func(n *yaml.Node) { m.SMTP = r.smtp(n) },
		"from": func(n *yaml.Node) { m.From, _ = r.mailbox(n) },
	})
	if !r.has(n, "smtp") || !r.has(n, "from") {
		r.fail(n, "mail needs `smtp`, the server, and `from`, an address")
	}
	r.cfg.Mail = m
}

func (r *reader) smtp(n *yaml.Node) string {
	s, ok := r.value(n)
	if !ok {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		r.fail(n, "the server is written as smtp://user:password@mail.press.example:587 or smtps://...")
		return ""
	}
	return s
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (r *reader) newsletter(n *yaml.Node) {
	l := letter{at: r.real(n)}
	r.mapping(n, "a newsletter", fields{
		"name":  func(n *yaml.Node) { l.at = r.real(n); r.name(&l.Name)(n) },
		"topic": func(n *yaml.Node) { l.topic = r.real(n); r.text(&l.Topic)(n) },
		"at":    r.clock(&l.At),
		"days":  func(n *yaml.Node) { r.each(n, func(n *yaml.Node) { r.weekday(n, &l.Days) }) },
	})
	if r.real(n).Kind != yaml.MappingNode {
		return
	}
	if !r.has(n, "name") || !r.has(n, "topic") || !r.has(n, "at") {
		r.fail(n, "a newsletter needs name, topic and at")
	}
	if len(l.Days) == 0 {
		l.Days = []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	}
	r.letters = append(r.letters, &l)
}

func (r *reader) clock(dst *time.Duration) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		d, ok := clock(s)
		if !ok {
			r.fail(n, "%q is no time of day such as 07:00; put it in quotes", r.real(n).Value)
		}
		*dst = d
	}
}

func (r *reader) weekday(n *yaml.Node, days *[]time.Weekday) {
	var day string
	r.choice(&day, weekdays...)(n)
	if i := slices.Index(weekdays, day); i >= 0 {
		*days = append(*days, time.Weekday(i))
	}
}

var site = regexp.MustCompile(`^(https?://)(\*\.)?[A-Za-z0-9.-]+(:[0-9]+)?/?$`)

func (r *reader) embeds(n *yaml.Node) {
	r.mapping(n, "embeds", fields{"sites": func(n *yaml.Node) {
		r.each(n, func(n *yaml.Node) {
			s, ok := r.value(n)
			if ok && !site.MatchString(s) {
				r.fail(n, "%q is no site such as https://press.example or https://*.press.example", n.Value)
				return
			}
			r.cfg.Embeds.Sites = append(r.cfg.Embeds.Sites, strings.TrimSuffix(s, "/"))
		})
	}})
}

// checkLetters looks at what letters need from elsewhere in the file.
func (r *reader) checkLetters() {
	var topics []string
	for _, t := range r.topics {
		topics = append(topics, t.Name)
	}
	if len(topics) == 0 {
		topics = []string{allTopic.Name}
	}
	names := map[string]int{}
	for _, l := range r.letters {
		if l.topic != nil && !slices.Contains(topics, l.Topic) {
			r.fail(l.topic, "there is no topic %q%s", l.topic.Value, near(l.topic.Value, topics))
		}
		if line := names[l.Name]; line > 0 && l.Name != "" {
			r.fail(l.at, "the newsletter %q is already on line %d", l.Name, line)
		}
		names[l.Name] = l.at.Line
		if r.cfg.Mail == nil {
			r.fail(l.at, "a newsletter needs `mail` at the top level of the file, the server that sends it")
		}
		r.cfg.Newsletters = append(r.cfg.Newsletters, l.Newsletter)
	}
	for _, n := range r.mailed {
		if r.cfg.Mail == nil {
			r.fail(n, "mail needs `mail` at the top level of the file, the server that sends it")
		}
	}
}
