package config

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
)

func (r *reader) alert(n *yaml.Node) {
	a := Alert{}
	when := string(news.WhenStory)
	at := r.real(n)
	r.mapping(n, "an alert", fields{
		"name":  func(n *yaml.Node) { at = r.real(n); r.name(&a.Name)(n) },
		"match": func(n *yaml.Node) { a.Match = r.queries(n) },
		"when":  r.choice(&when, "story", "breaking", "quiet", "problem"),
		"to":    func(n *yaml.Node) { r.each(n, func(n *yaml.Node) { r.target(n, &a.To) }) },
		"quiet": func(n *yaml.Node) { a.Quiet = r.hours(n) },
	})
	if r.real(n).Kind != yaml.MappingNode {
		return
	}
	a.When = news.When(when)
	switch {
	case !r.has(n, "name"):
		r.fail(n, "an alert needs a name")
	case len(a.To) == 0:
		r.fail(n, "the alert %q needs `to`: where does it ring?", a.Name)
	case slices.ContainsFunc(r.cfg.Alerts, func(b Alert) bool { return a.Name != "" && a.Name == b.Name }):
		r.fail(at, "there is an alert %q already", a.Name)
	}
	r.cfg.Alerts = append(r.cfg.Alerts, a)
}

func (r *reader) target(n *yaml.Node, to *[]Target) {
	var t Target
	kinds := 0
	goes := func(kind string, read func(*yaml.Node) (string, bool)) func(*yaml.Node) {
		return func(n *yaml.Node) {
			kinds++
			if s, ok := read(n); ok {
				t.Target, t.Address = named(kind, r.real(n).Value), s
			}
		}
	}
	r.mapping(n, "a target", fields{
		"webhook": goes("webhook", r.address),
		"slack":   goes("slack", r.address),
		"ntfy":    goes("ntfy", r.ntfy),
		"mail":    goes("mail", func(n *yaml.Node) (string, bool) { r.mailed = append(r.mailed, r.real(n)); return r.mailbox(n) }),
		"secret":  r.signer(&t.Secret),
	})
	switch {
	case r.real(n).Kind != yaml.MappingNode:
	case kinds != 1:
		r.fail(n, "a target is one of webhook, slack, ntfy or mail")
	case t.Secret != "" && t.Kind != "webhook" && t.Kind != "":
		r.fail(n, "a secret is for a webhook")
	}
	*to = append(*to, t)
}

// named makes what the rules know of a target out of its address as it stands in the
// file: an id that tells nothing, and a label without path, password or environment
// values.
func named(kind, written string) news.Target {
	t := news.Target{ID: fmt.Sprintf("%s-%016x", kind, news.Key('t', kind, written)), Kind: kind, Label: written}
	if kind == "mail" || alone.MatchString(written) {
		return t
	}
	t.Label = "an address"
	if u, err := url.Parse(written); err == nil && u.Host != "" && !strings.Contains(u.Host, "$") {
		t.Label = u.Host
	}
	return t
}

var alone = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`)

// ntfy reads the address of a topic.
func (r *reader) ntfy(n *yaml.Node) (string, bool) {
	s, ok := r.address(n)
	if !ok {
		return "", false
	}
	if u, err := url.Parse(s); err == nil && strings.Trim(u.Path, "/") == "" {
		r.fail(n, "an ntfy address ends with its topic, as https://ntfy.sh/my-desk does")
		return "", false
	}
	return s, true
}

// signer reads the secret of a webhook. What begins with whsec_ is base64.
func (r *reader) signer(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.filled(dst)(n)
		if coded, ok := strings.CutPrefix(*dst, "whsec_"); ok {
			if _, err := base64.StdEncoding.DecodeString(coded); err != nil || coded == "" {
				r.fail(n, "a secret that begins with whsec_ goes on in base64")
			}
		}
	}
}

// hours reads 22:00-06:00.
func (r *reader) hours(n *yaml.Node) (span [2]time.Duration) {
	s, ok := r.value(n)
	from, to, cut := strings.Cut(strings.ReplaceAll(s, " ", ""), "-")
	a, aok := clock(from)
	b, bok := clock(to)
	if ok && !(cut && aok && bok) {
		r.fail(n, "%q is no span of hours such as 22:00-06:00", r.real(n).Value)
	}
	return [2]time.Duration{a, b}
}
