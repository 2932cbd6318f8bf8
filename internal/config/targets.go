package config

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
)

// NamedTarget is where editors can send a story by hand.
type NamedTarget struct {
	Name, Title string
	Target
}

// namedTarget reads one item of targets.
func (s *settingsReader) namedTarget(n *yaml.Node) {
	var out NamedTarget
	if s.real(n).Kind == yaml.ScalarNode {
		s.fail(n, "a target has a name and says what kind it has before its address, as in `{name: cms, webhook: \"https://...\"}`")
		return
	}
	at := s.real(n)
	t := &targetReader{reader: s.reader, section: "targets[]"}
	t.mapping(n, t.section, "a target", s.namedTargetFields(t, &out, &at))
	if !t.check(n) {
		return
	}
	switch {
	case !s.has(n, "name"):
		s.fail(n, "a target needs a name, which `slugline send STORY NAME` uses")
	case slices.ContainsFunc(s.cfg.Targets, func(o NamedTarget) bool { return out.Name != "" && o.Name == out.Name }):
		s.fail(at, "there is already a target named %q", out.Name)
	}
	if t.mail != nil {
		s.mailed = append(s.mailed, t.mail)
	}
	out.Title, out.Target = cmp.Or(out.Title, out.Name), t.result()
	s.cfg.Targets = append(s.cfg.Targets, out)
}

// namedTargetFields are the fields of a target, and what an item of targets has besides. at
// becomes the node of the name.
func (s *settingsReader) namedTargetFields(t *targetReader, out *NamedTarget, at **yaml.Node) fields {
	all := t.fields()
	all["name"] = func(k *Key, n *yaml.Node) { *at = s.real(n); s.name(&out.Name)(k, n) }
	all["title"] = s.filled(&out.Title)
	return all
}

// withTargetKeys adds the keys of targets[] behind those of alerts[].to[], which are mostly
// the same.
func withTargetKeys(keys []Key) []Key {
	own := []Key{
		{Section: "targets[]", Name: "name", Type: TypeName, Required: true,
			Meaning: "A unique name, which `slugline send STORY NAME` and decisions use.",
			Example: "cms"},
		{Section: "targets[]", Name: "title", Type: TypeText, Missing: "the name",
			Meaning: "What the desk calls it.",
			Example: "'Our CMS'"},
	}
	last := 0
	for i, k := range keys {
		if k.Section != "alerts[].to[]" {
			continue
		}
		last = i + 1
		k.Section = "targets[]"
		switch k.Name {
		case news.TargetWebhook:
			k.Meaning = "An address that receives each story as a JSON POST request."
		case "template":
			k.Meaning = "The JSON that a webhook gets instead of ours, as a Go template. It may use .Headline, .Summary, .Link, .Page, .Language, .Outlets, .Published, .By, .Note, .Title, .Text, .Story, .Event, .Time and .ID. {{json .Headline}} writes a value with its quotes. It is tried on an example when feeds.yaml is read."
			k.Example = `'{"title": {{json .Headline}}, "url": {{json .Link}}}'`
		case "priority":
			k.Missing = "the service's usual priority"
			k.Meaning = "How loud a story is there, for " + list(news.TargetNames("priority")) + "."
		}
		own = append(own, k)
	}
	return slices.Insert(keys, last, own...)
}
