package config

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

// alertReader reads one item of alerts.
type alertReader struct {
	*reader
	Alert
	when   string
	at     *yaml.Node   // its name
	mailed []*yaml.Node // its mail targets
}

func (s *settingsReader) alert(n *yaml.Node) {
	r := &alertReader{reader: s.reader, at: s.real(n)}
	r.mapping(n, "alerts[]", "an alert", r.fields())
	if s.real(n).Kind != yaml.MappingNode {
		return
	}
	a := r.Alert
	a.When = news.When(r.when)
	switch {
	case !s.has(n, "name"):
		s.fail(n, "an alert needs a name")
	case len(a.To) == 0:
		s.fail(n, "the alert %q needs `to`, which says where it is sent", a.Name)
	case slices.ContainsFunc(s.cfg.Alerts, func(b Alert) bool { return a.Name != "" && a.Name == b.Name }):
		s.fail(r.at, "there is already an alert named %q", a.Name)
	}
	s.mailed = append(s.mailed, r.mailed...)
	s.alertAt = append(s.alertAt, r.at)
	s.cfg.Alerts = append(s.cfg.Alerts, a)
}

// checkAlerts checks the topics that alerts name in their queries. An alert about a source
// can't name any.
func (s *settingsReader) checkAlerts() {
	topics := s.topicNames()
	for i, a := range s.cfg.Alerts {
		for _, m := range a.Match {
			q, err := topic.Alerting(nil).Parse(m)
			if err != nil {
				continue // it is reported where it stands
			}
			for _, name := range q.Topics() {
				switch {
				case a.When == news.WhenQuiet || a.When == news.WhenProblem:
					s.fail(s.alertAt[i], "the alert %q is about sources, which are in no topic; remove topic:%s, or use when: story or breaking", a.Name, name)
				case !slices.Contains(topics, name):
					s.fail(s.alertAt[i], "the alert %q asks for topic:%s, and there is no such topic%s", a.Name, name, near(name, topics))
				}
			}
		}
	}
}

func (r *alertReader) fields() fields {
	return fields{
		"name":  func(k *Key, n *yaml.Node) { r.at = r.real(n); r.name(&r.Name)(k, n) },
		"match": r.queries(&r.Match),
		"when":  r.choice(&r.when),
		"to":    plainly(func(n *yaml.Node) { r.each(n, r.target) }),
		"quiet": r.hours(&r.Quiet),
	}
}

// targetReader reads one item of an alert's to.
type targetReader struct {
	*reader
	Target
	kinds int        // how many of news.TargetKinds there are
	mail  *yaml.Node // a mail address, or nil
}

func (r *alertReader) target(n *yaml.Node) {
	t := &targetReader{reader: r.reader}
	t.mapping(n, "alerts[].to[]", "a target", t.fields())
	switch {
	case r.real(n).Kind != yaml.MappingNode:
	case t.kinds != 1:
		r.fail(n, "a target is one of %s", list(news.TargetKinds))
	case t.Secret != "" && t.Kind != news.TargetWebhook && t.Kind != "":
		r.fail(n, "only a webhook can have a secret")
	}
	if t.mail != nil {
		r.mailed = append(r.mailed, t.mail)
	}
	r.To = append(r.To, t.Target)
}

func (t *targetReader) fields() fields {
	all := fields{"secret": t.secret}
	for _, kind := range news.TargetKinds {
		all[kind] = t.kind(kind, t.addressOf(kind))
	}
	return all
}

// addressOf is how the address of a target of a kind is read.
func (t *targetReader) addressOf(kind string) func(*yaml.Node) (string, bool) {
	switch kind {
	case news.TargetNtfy:
		return t.ntfy
	case news.TargetMail:
		return func(n *yaml.Node) (string, bool) {
			t.mail = t.real(n)
			return t.mailbox(n)
		}
	}
	return t.address
}

// kind reads the address of a target of a kind.
func (t *targetReader) kind(kind string, read func(*yaml.Node) (string, bool)) field {
	return plainly(func(n *yaml.Node) {
		t.kinds++
		if s, ok := read(n); ok {
			t.Target.Target, t.Address = publicTarget(kind, t.real(n).Value), s
		}
	})
}

// ntfy reads the address of a topic.
func (t *targetReader) ntfy(n *yaml.Node) (string, bool) {
	s, ok := t.address(n)
	if !ok {
		return "", false
	}
	if u, err := url.Parse(s); err == nil && strings.Trim(u.Path, "/") == "" {
		t.fail(n, "an ntfy address ends with its topic, as in https://ntfy.sh/my-desk")
		return "", false
	}
	return s, true
}

// secret reads the secret of a webhook, which is base64 after whsec_.
func (t *targetReader) secret(k *Key, n *yaml.Node) {
	t.filled(&t.Secret)(k, n)
	if coded, ok := strings.CutPrefix(t.Secret, "whsec_"); ok {
		if _, err := base64.StdEncoding.DecodeString(coded); err != nil || coded == "" {
			t.fail(n, "a secret that starts with whsec_ continues in base64")
		}
	}
}

// publicTarget makes the target of the rules from its address as written in the file: an
// id that reveals nothing, and a label without path, password or environment values.
func publicTarget(kind, written string) news.Target {
	t := news.Target{ID: fmt.Sprintf("%s-%016x", kind, news.Key('t', kind, written)), Kind: kind, Label: written}
	if kind == news.TargetMail || onlyVariable.MatchString(written) {
		return t
	}
	t.Label = "an address"
	if u, err := url.Parse(written); err == nil && u.Host != "" && !strings.Contains(u.Host, "$") {
		t.Label = u.Host
	}
	return t
}

var onlyVariable = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`)
