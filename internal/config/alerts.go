package config

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/webhook"
)

// alertReader reads one item of alerts.
type alertReader struct {
	*reader
	Alert
	when    string
	at      *yaml.Node   // its name
	targets int          // how many targets it has, those with errors included
	mailed  []*yaml.Node // its mail targets
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
	case r.targets == 0:
		s.fail(n, "the alert %q needs `to`, which says where it is sent, as in `to: {webhook: \"https://...\"}`", a.Name)
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
			for _, name := range q.Named("topic") {
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
		"name":   func(k *Key, n *yaml.Node) { r.at = r.real(n); r.name(&r.Name)(k, n) },
		"match":  r.queries(&r.Match),
		"when":   r.choice(&r.when),
		"to":     plainly(func(n *yaml.Node) { r.each(n, r.target) }),
		"quiet":  r.hours(&r.Quiet),
		"digest": r.span(&r.Digest),
		"limit":  r.limit(&r.Limit),
	}
}

// targetReader reads one target: an item of an alert's to, or of targets.
type targetReader struct {
	*reader
	Target
	section  string
	kind     *news.TargetKind // the last that was named
	kinds    []string         // the news.TargetKinds that are named
	written  string           // the value of the kind's key as it stands in the file
	extra    [][2]string      // the keys that tell targets of one address apart, and their values as they stand in the file
	mail     *yaml.Node       // a mail address, or nil
	priority string
	server   string
	host     string // the server as it stands in the file
}

func (r *alertReader) target(n *yaml.Node) {
	r.targets++
	if r.real(n).Kind == yaml.ScalarNode {
		r.fail(n, "a target says what kind it has before its address; write it as %s", targetExample(r.real(n).Value))
		return
	}
	t := &targetReader{reader: r.reader, section: "alerts[].to[]"}
	t.mapping(n, t.section, "a target", t.fields())
	if !t.check(n) {
		return
	}
	if t.mail != nil {
		r.mailed = append(r.mailed, t.mail)
	}
	r.To = append(r.To, t.result())
}

// check reports whether a target has one kind, and reports keys that do not belong to it.
func (t *targetReader) check(n *yaml.Node) bool {
	switch {
	case t.real(n).Kind != yaml.MappingNode:
		return false
	case len(t.kinds) > 1:
		t.fail(n, "a target may have only one kind, and this one has %s; write each as an item of its own, as in `[{%s: ...}, {%s: ...}]`", strings.Join(t.kinds, " and "), t.kinds[0], t.kinds[1])
		return false
	case len(t.kinds) == 0:
		t.fail(n, "a target is one of %s", list(news.TargetNames()))
		return false
	}
	t.checkKeys(n)
	return true
}

// targetExample is how a target is written of which only the address was given.
func targetExample(address string) string {
	if strings.Contains(address, "@") && !strings.Contains(address, "://") {
		return "`to: {mail: desk@press.example}`"
	}
	return "`to: {webhook: \"https://...\"}`"
}

// checkKeys reports further keys that the target's kind does not have, or needs.
func (t *targetReader) checkKeys(n *yaml.Node) {
	for _, k := range sectionKeys(t.section) {
		if k.Name == "name" || k.Name == "title" || k.Name == t.kind.Name || t.kind.Has(k.Name) || !t.gives(n, k.Name) {
			continue
		}
		t.fail(n, "a %s target has no %s: that is for %s", t.kind.Name, k.Name, list(news.TargetNames(k.Name)))
	}
	for _, name := range t.kind.Needs {
		if !t.has(n, name) {
			t.fail(n, "a %s target needs `%s`", t.kind.Name, name)
		}
	}
}

// gives reports whether a mapping has a key with a value.
func (t *targetReader) gives(n *yaml.Node, key string) bool {
	return t.real(n).Kind == yaml.MappingNode && t.has(n, key)
}

func (t *targetReader) result() Target {
	out := t.Target
	if t.kind.Server != "" {
		out.Recipient, out.Address = out.Address, cmp.Or(t.server, t.kind.Server)
	}
	out.Target = publicTarget(t.kind, t.written, t.host, t.extra)
	out.Priority = priorities[t.priority]
	return out
}

// priorities are the values of the key priority.
var priorities = map[string]int{
	"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "min": 1, "low": 2, "default": 3, "high": 4, "urgent": 5,
}

func (t *targetReader) fields() fields {
	all := fields{
		"secret":   t.secret,
		"token":    t.distinct(t.filled(&t.Token)),
		"room":     t.distinct(t.filled(&t.Recipient)),
		"server":   t.distinct(t.ownServer),
		"template": t.distinct(t.template),
		"headers":  plainly(t.headers),
		"priority": t.choice(&t.priority),
	}
	for i := range news.TargetKinds {
		kind := &news.TargetKinds[i]
		all[kind.Name] = t.kindKey(kind, t.valueOf(kind))
	}
	return all
}

// distinct reads a key whose value tells targets of one address apart.
func (t *targetReader) distinct(read field) field {
	return func(k *Key, n *yaml.Node) {
		t.extra = append(t.extra, [2]string{k.Name, t.real(n).Value})
		read(k, n)
	}
}

// valueOf is how the value of a kind's key is read.
func (t *targetReader) valueOf(kind *news.TargetKind) func(*yaml.Node) (string, bool) {
	switch {
	case kind.Name == news.TargetNtfy:
		return t.ntfy
	case kind.Name == news.TargetMail:
		return func(n *yaml.Node) (string, bool) {
			t.mail = t.real(n)
			return t.mailbox(n)
		}
	case kind.Server != "":
		return t.recipient
	}
	return t.address
}

// kindKey reads the key that is the name of a kind.
func (t *targetReader) kindKey(kind *news.TargetKind, read func(*yaml.Node) (string, bool)) field {
	return plainly(func(n *yaml.Node) {
		t.kinds = append(t.kinds, kind.Name)
		t.kind, t.written = kind, t.real(n).Value
		before := len(t.errs)
		if s, ok := read(n); ok {
			t.Address = s
		}
		if slices.Contains(hooks, kind.Name) {
			hideHook(t.errs[before:], t.written)
		}
	})
}

// ownServer reads another server than the service's.
func (t *targetReader) ownServer(k *Key, n *yaml.Node) {
	t.host = t.real(n).Value
	t.link(&t.server)(k, n)
}

// recipient reads a chat or a user.
func (t *targetReader) recipient(n *yaml.Node) (string, bool) {
	var s string
	t.filled(&s)(nil, n)
	if strings.Contains(s, "://") {
		t.fail(n, "%q is an address: write the id of the chat or the user here", t.real(n).Value)
		return "", false
	}
	return s, s != ""
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

// headers reads the headers of a webhook.
func (t *targetReader) headers(n *yaml.Node) {
	h := &sourceReader{reader: t.reader}
	h.headers(n)
	t.Header = h.Header
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		t.extra = append(t.extra, [2]string{"headers." + t.real(n.Content[i]).Value, t.real(n.Content[i+1]).Value})
	}
}

// template reads the template of a webhook, and tries it.
func (t *targetReader) template(_ *Key, n *yaml.Node) {
	s, ok := t.value(n)
	if !ok {
		return
	}
	parse := webhook.ParseTemplate
	if t.section == "targets[]" {
		parse = webhook.ParseStoryTemplate
	}
	tmpl, err := parse(s)
	if err != nil {
		t.fail(n, "the template is wrong: %s", err)
		return
	}
	t.Template = tmpl
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

// publicTarget makes the target of the rules from its values as written in the file: an
// id that reveals nothing, and a label without path, password or environment values. The
// order of the keys in the file makes no difference.
func publicTarget(kind *news.TargetKind, written, server string, extra [][2]string) news.Target {
	parts := []string{kind.Name, written}
	slices.SortFunc(extra, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	for _, e := range extra {
		parts = append(parts, e[0], e[1])
	}
	t := news.Target{ID: fmt.Sprintf("%s-%016x", kind.Name, news.Key('t', parts...)), Kind: kind.Name, Label: written}
	switch {
	case kind.Name == news.TargetMail || kind.Name == news.TargetTelegram && !strings.Contains(written, "$") || onlyVariable().MatchString(written):
		return t
	case kind.Server != "":
		written = cmp.Or(server, kind.Server)
	}
	t.Label = "an address"
	if u, err := url.Parse(written); err == nil && u.Host != "" && !strings.Contains(u.Host, "$") {
		t.Label = u.Host
	}
	return t
}

var onlyVariable = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`) })
