package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
)

// readerFields returns what the reader reads in each section.
func readerFields() map[string]fields {
	r := &reader{env: env()}
	s := &settingsReader{reader: r, cfg: &Config{}}
	cluster := &clusterReader{reader: r, c: &Cluster{}}
	var text string
	return map[string]fields{
		"":              s.fields(&text, &text, &text),
		"site":          s.site().fields(),
		"site.links[]":  s.site().linkFields(&news.Link{}),
		"backup":        s.backupFields(&Backup{}),
		"fetch":         s.fetch().fields(),
		"sources[]":     (&sourceReader{reader: r}).fields(),
		"topics[]":      (&topicReader{reader: r}).fields(),
		"alerts[]":      (&alertReader{reader: r}).fields(),
		"alerts[].to[]": (&targetReader{reader: r}).fields(),
		"targets[]":     s.namedTargetFields(&targetReader{reader: r}, &NamedTarget{}, new(*yaml.Node)),
		"mail":          s.mailFields(&Mail{}),
		"newsletters[]": (&newsletterReader{reader: r}).fields(),
		"embeds":        s.embeds(),
		"websub":        s.webSub(),
		"cluster":       cluster.fields(),
		"cluster.tls":   cluster.tlsFields(&ClusterTLS{}),
		"cluster.nats":  cluster.natsFields(&NATS{}),

		"cluster.nats.tls": cluster.natsTLSFields(&NATSTLS{}),
	}
}

// The table has every key that the reader reads, and no other.
func TestTableHasTheKeysThatAreRead(t *testing.T) {
	read := readerFields()
	inTable := map[string][]string{}
	for section, keys := range keysBySection {
		inTable[section] = slices.Sorted(maps.Keys(keys))
	}
	inReader := map[string][]string{}
	for section, f := range read {
		inReader[section] = slices.Sorted(maps.Keys(f))
	}
	if diff := cmp.Diff(inTable, inReader); diff != "" {
		t.Errorf("keys of each section (-in the table +read):\n%s", diff)
	}
}

// Each key says what a reader of the help needs, and each section is opened by a key.
func TestTableIsComplete(t *testing.T) {
	opened := map[string]bool{"": true}
	for _, k := range Keys() {
		if inner := k.Inner(); inner != "" {
			opened[inner] = true
		}
		if k.Type == "" || k.Example == "" || !strings.HasSuffix(k.Meaning, ".") {
			t.Errorf("%s: type %q, example %q, meaning %q", k.Path(), k.Type, k.Example, k.Meaning)
		}
		if k.Required && k.DefaultText() != "" || k.Default != "" && k.Missing != "" {
			t.Errorf("%s: required %v, default %q, missing %q", k.Path(), k.Required, k.Default, k.Missing)
		}
		if k.Type == TypeDuration {
			if _, ok := ParseDuration(k.Least); !ok {
				t.Errorf("%s: least %q is not a duration", k.Path(), k.Least)
			}
		}
		if k.Type == TypeSize {
			least, ok := parseSize(k.Least)
			if most, ok2 := parseSize(k.Most); !ok || !ok2 || least >= most {
				t.Errorf("%s: %q to %q are no bounds of a size", k.Path(), k.Least, k.Most)
			}
		}
	}
	for section := range keysBySection {
		if !opened[section] {
			t.Errorf("no key opens the section %s", section)
		}
	}
}

// exampleFile is a file that has a key's example and what else its section needs.
func exampleFile(k Key) string {
	value := k.Name + ": " + k.Example
	const sources = "sources: [{feed: 'https://a.example/feed', name: a, tags: [world, sport]}]\n"
	const mail = "mail: {smtp: 'smtp://mail.example', from: a@mail.example}\n"
	rest := map[string]string{ // the other keys that the section needs
		"site.links[]": "title: T, url: 'https://a.example/'", "backup": "to: x", "sources[]": "feed: 'https://b.example/'", "topics[]": "name: t, key: k",
		"alerts[]": "name: a, to: {mail: a@a.example}", "targets[]": "name: a", "mail": "smtp: 'smtp://mail.example', from: a@mail.example", "newsletters[]": "name: a, topic: all, at: '07:00'",
	}
	items := value
	for pair := range strings.SplitSeq(rest[k.Section], ", ") {
		name, _, _ := strings.Cut(pair, ":")
		if pair != "" && name != k.Name && (k.Name != "feeds" || name != "feed") {
			items += ", " + pair
		}
	}
	items += targetKeysBeside(k)
	if outer, _, _ := strings.Cut(k.Section, "."); outer == "cluster" {
		return sources + "cluster: {" + clusterItems(k, value) + "}\n"
	}
	switch k.Section {
	case "":
		file := value + "\n"
		if k.Name != "sources" {
			file += sources
		}
		if k.Name != "mail" {
			file += mail
		}
		return file
	case "site.links[]":
		return sources + "site: {links: [{" + items + "}]}\n"
	case "sources[]":
		if k.Name == "headers" {
			return "sources: [{" + items + "}]\ntopics: [{name: t, key: k}]\n"
		}
		return "sources: [{" + items + "}]\n"
	case "alerts[].to[]":
		return sources + mail + "alerts: [{name: a, to: [{" + items + "}]}]\n"
	case "mail":
		return sources + "mail: {" + items + "}\n"
	case "alerts[]", "newsletters[]", "targets[]":
		return sources + mail + strings.TrimSuffix(k.Section, "[]") + ": [{" + items + "}]\n"
	}
	if list, ok := strings.CutSuffix(k.Section, "[]"); ok {
		return sources + list + ": [{" + items + "}]\n"
	}
	return sources + k.Section + ": {" + items + "}\n"
}

// clusterItems gives a key of the section cluster or of one in it, and the keys that it needs.
func clusterItems(k Key, value string) string {
	const peers = "peers: ['127.0.0.1:6222', '127.0.0.1:6223', '127.0.0.1:6224']"
	switch k.Path() {
	case "cluster.listen":
		return value + ", " + peers
	case "cluster.peers":
		return value + ", role: reader"
	case "cluster.role":
		if strings.Contains(value, "voter") {
			return value + ", " + peers + ", listen: '127.0.0.1:6222'"
		}
		return value + ", " + peers
	case "cluster.nats":
		return value
	case "cluster.nats.servers", "cluster.nats.monitor", "cluster.nats.creds", "cluster.nats.tls":
		return "nats: {" + natsItems(k.Name, value) + "}"
	case "cluster.nats.tls.cert", "cluster.nats.tls.key", "cluster.nats.tls.ca":
		for pair, other := range map[string]string{"cert": "key: n1.key", "key": "cert: n1.pem"} {
			if k.Name == pair {
				value += ", " + other
			}
		}
		return "nats: {" + natsItems("tls", "tls: {"+value+"}") + "}"
	case "cluster.tls.cert", "cluster.tls.key", "cluster.tls.ca":
		for _, other := range []string{"cert", "key", "ca"} {
			if other != k.Name {
				value += ", " + other + ": n1.pem"
			}
		}
		return peers + ", role: reader, tls: {" + value + "}"
	}
	return value + ", " + peers + ", role: reader"
}

// targetKeysBeside gives the other keys that a target with the key needs.
func targetKeysBeside(k Key) (items string) {
	if k.Section != "alerts[].to[]" && k.Section != "targets[]" {
		return ""
	}
	if k.Name == "name" || k.Name == "title" {
		return ", mail: a@a.example"
	}
	kind := slices.IndexFunc(news.TargetKinds, func(t news.TargetKind) bool { return t.Name == k.Name })
	if kind < 0 {
		kind = slices.IndexFunc(news.TargetKinds, func(t news.TargetKind) bool { return t.Has(k.Name) })
		items = ", " + news.TargetKinds[kind].Name + ": 'https://a.example/x'"
		if news.TargetKinds[kind].Server != "" {
			items = ", " + news.TargetKinds[kind].Name + ": someone"
		}
	}
	for _, need := range news.TargetKinds[kind].Needs {
		if need != k.Name {
			items += ", " + need + ": x"
		}
	}
	return items
}

func TestExamples(t *testing.T) {
	t.Chdir("testdata") // has the files that examples name
	for _, k := range Keys() {
		parse(t, exampleFile(k)) // it also checks the file against the schema
	}
}

// The default of a key is what a file without it gets: giving it changes nothing.
func TestTableDefaults(t *testing.T) {
	for _, k := range Keys() {
		if k.Default == "" {
			continue
		}
		given := k
		given.Example = k.Default
		if k.Default != "forever" && k.Type != TypeBool && k.Type != TypeNumber {
			given.Example = "'" + k.Default + "'"
		}
		file := exampleFile(given)
		without := strings.Replace(file, k.Name+": "+given.Example, "", 1)
		without = strings.NewReplacer("{, ", "{", "{}", "{}").Replace(without)
		if diff := cmp.Diff(parse(t, without), parse(t, file), cmp.Comparer(func(a, b *Key) bool { return a == b })); diff != "" {
			t.Errorf("%s (-missing +%s):\n%s", k.Path(), k.Default, diff)
		}
	}
}

func TestHelp(t *testing.T) {
	var b bytes.Buffer
	if err := WriteHelp(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for line := range strings.Lines(text) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > helpWidth {
			t.Errorf("%d columns, want at most %d: %s", n, helpWidth, line)
		}
	}
	for _, k := range Keys() {
		if want := fmt.Sprintf("\n  %-16s %s", k.Name, k.Type); !strings.Contains(text, want) {
			t.Errorf("the help has no %s", k.Path())
		}
	}
	for _, want := range []string{
		"IN EACH ITEM OF sources\n", "one of headline, summary or full\n", "Default: 96 for each source\n", "Example: days: [mon, tue, wed, thu, fri]\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the help has no %q", want)
		}
	}
}

// compiled returns the schema as a validator of another author understands it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	b, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("feeds.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("feeds.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate checks a file against the schema.
func validate(t *testing.T, s *jsonschema.Schema, file string) error {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(file), &v); err != nil {
		return err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestSchemaAcceptsTheShippedFile(t *testing.T) {
	for _, path := range []string{"../../feeds.yaml", "testdata/whole.yaml"} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, compiled(t), string(b)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// The schema refuses what the reader refuses for its shape, unknown keys above all.
func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	refused := map[string]bool{
		"no sources": true, "unknown key": true, "unknown keys at once": true, "misplaced key": true, "no unit": true, "no duration": true,
		"list for a value": true, "value for a mapping": true, "number": true, "choice": true, "truth": true, "address without scheme": true,
		"address of another scheme": true, "two addresses": true, "bad name": true, "topic without name": true, "empty match": true,
		"port alone": true, "alert": true, "targets": true, "newsletter": true, "embeds": true, "backup to nowhere": true, "allow": true, "websub": true,
	}
	for _, c := range wrong {
		_, err := Parse("feeds.yaml", []byte(c.file), env(secrets...))
		unknown := err != nil && strings.Contains(err.Error(), " has no key ")
		if c.name == "merge key" {
			continue // YAML has replaced it by the keys that it merges
		}
		if (refused[c.name] || unknown) && validate(t, s, c.file) == nil {
			t.Errorf("%s: the schema accepts\n%s", c.name, c.file)
		}
		delete(refused, c.name)
	}
	for name := range refused {
		t.Errorf("there is no case %q", name)
	}
	var invalid *jsonschema.ValidationError
	if err := validate(t, s, "sources: [https://a.example/]\nkep: 2d\n"); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "kep") {
		t.Errorf("an unknown key: %v", err)
	}
}

// natsItems gives a key of the section nats of cluster, and the keys that it needs.
func natsItems(name, value string) string {
	for _, other := range [][2]string{{"servers", "['nats://127.0.0.1:4222']"}, {"monitor", "['http://127.0.0.1:8222', 'http://127.0.0.1:8223', 'http://127.0.0.1:8224']"}} {
		if other[0] != name {
			value += ", " + other[0] + ": " + other[1]
		}
	}
	if name == "servers" {
		value += ", creds: press.creds"
	}
	return value
}
