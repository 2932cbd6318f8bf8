package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

// File is a file whose settings can be changed one at a time. Each change keeps all other
// bytes: comments, order, quoting, indentation. It is checked before it is returned: the
// settings of the result differ from those of the file by exactly the change.
type File struct {
	Path   string
	Bytes  []byte
	Config *Config // what the file means

	env     func(string) (string, bool)
	root    *yaml.Node
	sources []*source
	topics  []*topicNode
}

// ErrKeep is in the chain of errors of changes that can't be made without changing other
// bytes or other settings. The message says why.
var ErrKeep = errors.New("the file must be changed by hand")

// Load reads a file in order to change it. Its errors are those of Parse.
func Load(path string, file []byte, env func(string) (string, bool)) (*File, error) {
	r := &reader{path: path, env: env, lines: lines(file)}
	root := r.tree(file)
	if root != nil {
		r.checkPlain(root, 0)
	}
	s := settingsReader{reader: r, cfg: &Config{Path: path}}
	if len(r.errs) == 0 {
		s.read(root)
	}
	if err := r.failure(); err != nil {
		return nil, err
	}
	return &File{Path: path, Bytes: file, Config: s.cfg, env: env, root: root, sources: s.sources, topics: s.topics}, nil
}

// Item is a source or a topic as the file writes it.
type Item struct {
	Line  int // where it starts
	Feeds int // how many sources it is

	node *yaml.Node // a mapping, or the address of a source alone
	r    *reader
}

// Source returns the item of the source with a name; nil if there is none.
func (f *File) Source(name string) *Item {
	i := slices.IndexFunc(f.Config.Sources, func(s news.SourceConfig) bool { return s.Name == name })
	_, list := sourcesOf(f.root)
	if i < 0 || list == nil {
		return nil
	}
	at := f.sources[i].at
	for _, n := range items(list) {
		real := f.real(n)
		feeds := f.addresses(real)
		if slices.Contains(feeds, at) {
			return f.item(n, len(feeds))
		}
	}
	return nil
}

// Topic returns the item of the topic with a name; nil if there is none.
func (f *File) Topic(name string) *Item {
	list := f.value(f.root, "topics")
	if list == nil {
		return nil
	}
	for _, n := range items(f.real(list)) {
		if v := f.value(f.real(n), "name"); v != nil && f.real(v).Value == name {
			return f.item(n, 1)
		}
	}
	return nil
}

func (f *File) item(n *yaml.Node, feeds int) *Item {
	return &Item{Line: n.Line, Feeds: feeds, node: n, r: &reader{}}
}

// Values returns the values of a key as the file writes them, without environment values.
// A single value is a list of one; a key that the item lacks has none.
func (i *Item) Values(key string) (out []string) {
	m := i.r.real(i.node)
	v := pair(m, key)
	if v == nil {
		return nil
	}
	for _, n := range items(i.r.real(v.value)) {
		if n = i.r.real(n); n.Kind == yaml.ScalarNode && !null(n) {
			out = append(out, n.Value)
		}
	}
	return out
}

// items returns the items of a list; a single value is a list of one.
func items(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// real follows an alias.
func (f *File) real(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// value returns the value of a key; nil if n is no mapping with it.
func (f *File) value(n *yaml.Node, key string) *yaml.Node {
	if p := pair(n, key); p != nil {
		return p.value
	}
	return nil
}

// addresses returns the nodes of the addresses of an item of sources.
func (f *File) addresses(n *yaml.Node) (all []*yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		return []*yaml.Node{n}
	}
	for _, key := range []string{"feed", "feeds"} {
		if v := f.value(n, key); v != nil {
			for _, a := range items(f.real(v)) {
				all = append(all, f.real(a))
			}
		}
	}
	return all
}

// Known returns the source that has an address; nil if there is none.
func (f *File) Known(address string) *news.SourceConfig {
	key := visitKey(address)
	for i := range f.Config.Sources {
		if s := &f.Config.Sources[i]; visitKey(s.URL) == key || visitKey(s.Address) == key {
			return s
		}
	}
	return nil
}

// Add returns the file with one more source. The error says what is wrong with it, or
// wraps ErrKeep.
func (f *File) Add(s NewSource) ([]byte, error) {
	out, err := Insert(f.Bytes, []NewSource{s})
	if err != nil {
		return nil, keep(err)
	}
	after, err := Load(f.Path, out, f.env)
	if err != nil {
		return nil, firstFault(err)
	}
	if len(after.Config.Sources) != len(f.Config.Sources)+1 {
		return nil, fmt.Errorf("%s is a source already", s.Address)
	}
	last := len(after.Config.Sources) - 1
	same := sameSettings(f.Config, after.Config, func(before, now *Config) {
		now.Sources = now.Sources[:last:last]
		now.Fetch.Budget = before.Fetch.Budget // its default depends on the number of sources
	})
	if !same {
		return nil, keep(errors.New("it would change other sources, whose names are made from their addresses: choose other tags or another name"))
	}
	return out, nil
}

// SetSource returns the file with other values of a source's key: paused, tags, rank, title
// or name. A source that shares its settings with others gets an item of its own.
func (f *File) SetSource(name, key string, values []string) ([]byte, error) {
	it := f.Source(name)
	if it == nil {
		return nil, fmt.Errorf("there is no source %q in the file", name)
	}
	if user := f.queryOf(name); key == "name" && user != "" {
		return nil, fmt.Errorf("the query of %s names the source as source:%s: change that query first", user, name)
	}
	if it.Feeds > 1 {
		return f.setOne(it, name, key, values)
	}
	url := f.config(name).URL
	return f.set(it, key, values, func(before, now *Config) {
		for i := range before.Sources {
			if s := &before.Sources[i]; s.URL == url && i < len(now.Sources) {
				adopt(s, &now.Sources[i], key)
			}
		}
	})
}

// queryOf says which topic or alert names a source in its query; empty if none does.
func (f *File) queryOf(name string) string {
	names := func(queries ...string) bool {
		return slices.ContainsFunc(queries, func(text string) bool {
			q, err := topic.Alerting(nil).Parse(text)
			return err == nil && slices.Contains(q.Named("source"), name)
		})
	}
	for i := range f.Config.Topics {
		if t := &f.Config.Topics[i]; names(t.Match...) {
			return "the topic " + t.Name
		}
	}
	for i := range f.Config.Alerts {
		if a := &f.Config.Alerts[i]; names(a.Match...) {
			return "the alert " + a.Name
		}
	}
	return ""
}

// SetTopic returns the file with another query of a topic, or several of which any must
// match.
func (f *File) SetTopic(name string, match []string) ([]byte, error) {
	it := f.Topic(name)
	if it == nil {
		return nil, keep(fmt.Errorf("there is no topic %q in the file", name))
	}
	return f.set(it, "match", match, func(before, now *Config) {
		for i := range before.Topics {
			if b := &before.Topics[i]; b.Name == name && i < len(now.Topics) {
				b.Match = now.Topics[i].Match
			}
		}
	})
}

// set changes a key of an item. adopt gives the old settings the values of the new ones
// that may differ.
func (f *File) set(it *Item, key string, values []string, adopt func(before, now *Config)) ([]byte, error) {
	m := f.real(it.node)
	if old := it.Values(key); key == "tags" || len(old) != len(values) {
		values = keptFirst(old, values)
	}
	e := editor{file: f.Bytes, eol: eolOf(f.Bytes), root: f.root}
	out, err := e.set(m, it.node, key, values)
	if err != nil {
		return nil, keep(err)
	}
	after, err := Load(f.Path, out, f.env)
	if err != nil {
		return nil, firstFault(err)
	}
	switch kept := sameSettings(f.Config, after.Config, adopt); {
	case !kept:
		return nil, keep(errors.New("the change would change other settings too"))
	case !sameTrees(f.root, after.root, key):
		return nil, keep(errors.New("the lines are written in a way that can't be changed safely"))
	case !slices.Equal(valuesAfter(after, f, it).Values(key), values):
		return nil, keep(fmt.Errorf("`%s` is written in a way that can't be changed safely", key))
	}
	return out, nil
}

// keptFirst returns values with those first that were there before, in their old order.
func keptFirst(old, values []string) (out []string) {
	for _, o := range old {
		if slices.Contains(values, o) {
			out = append(out, o)
		}
	}
	return append(out, missingWords(values, old)...)
}

// valuesAfter returns an item of the file before a change in the file after it.
func valuesAfter(after, before *File, it *Item) *Item {
	for _, list := range []string{"sources", "topics"} {
		old, now := before.value(before.root, list), after.value(after.root, list)
		if old == nil || now == nil {
			continue
		}
		for i, n := range items(before.real(old)) {
			if all := items(after.real(now)); n == it.node && i < len(all) {
				return after.item(all[i], it.Feeds)
			}
		}
	}
	return &Item{node: &yaml.Node{}, r: &reader{}}
}

func keep(err error) error { return fmt.Errorf("%w: %w", ErrKeep, err) }

// firstFault returns the first fault of a file in plain words.
func firstFault(err error) error {
	var wrong *Errors
	if errors.As(err, &wrong) {
		return errors.New(wrong.List[0].Text)
	}
	return err
}

// sameSettings reports whether two files mean the same after adopt, which gets copies.
func sameSettings(before, now *Config, adopt func(before, now *Config)) bool {
	b, n := copyOf(before), copyOf(now)
	adopt(b, n)
	return reflect.DeepEqual(b, n)
}

// copyOf returns a copy whose lists may be changed, without the templates, which can't be
// compared and are compared as text.
func copyOf(c *Config) *Config {
	out := *c
	out.Sources, out.Topics, out.Alerts, out.Targets = slices.Clone(c.Sources), slices.Clone(c.Topics), slices.Clone(c.Alerts), slices.Clone(c.Targets)
	for i := range out.Alerts {
		a := &out.Alerts[i]
		a.To = slices.Clone(a.To)
		for j := range a.To {
			a.To[j].Template = nil
		}
	}
	for i := range out.Targets {
		out.Targets[i].Template = nil
	}
	return &out
}

// sameTrees reports whether two files differ at most in the values of a key, and in sources
// that were addresses alone and have keys now.
func sameTrees(a, b *yaml.Node, key string) bool {
	if a.Kind == yaml.ScalarNode && b.Kind == yaml.MappingNode {
		if p := pair(b, "feed"); p != nil && len(b.Content) == 4 && pair(b, key) != nil {
			b = p.value
		}
	}
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || a.Anchor != b.Anchor {
		return false
	}
	ac, bc := a.Content, b.Content
	if a.Kind == yaml.MappingNode {
		ac, bc = withoutKey(ac, key), withoutKey(bc, key)
	}
	return slices.EqualFunc(ac, bc, func(a, b *yaml.Node) bool { return sameTrees(a, b, key) })
}

// withoutKey returns the content of a mapping without a key.
func withoutKey(content []*yaml.Node, key string) (out []*yaml.Node) {
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value != key {
			out = append(out, content[i], content[i+1])
		}
	}
	return out
}

// Snippet returns the lines to write by hand for a new source, as an item below sources.
func (s NewSource) Snippet() string {
	return "  - " + strings.Join(block(s), "\n    ") + "\n"
}

// Snippet returns the line to write by hand for the values of a key.
func Snippet(key string, values []string) string {
	if len(values) == 0 {
		return ""
	}
	return key + ": " + valueOf(key, values) + "\n"
}

// valueOf writes the values of a key: of match as queries, of tags as a list.
func valueOf(key string, values []string) string {
	if key != "tags" && len(values) == 1 {
		return written(key, values[0])
	}
	var all []string
	for _, v := range values {
		all = append(all, written(key, v))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// written writes one value of a key.
func written(key, value string) string {
	if key != "match" {
		if _, err := strconv.Atoi(value); err == nil && key == "rank" || key == "paused" {
			return value
		}
		return scalar(value)
	}
	value = strings.ReplaceAll(strings.Map(visible, value), "${", "$${")
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

// ReadFile reads the file at path in order to change it. Environment values that are not
// set here, but may be where the daemon runs, get a placeholder.
func ReadFile(path string) (*File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := Load(path, b, os.LookupEnv)
	if err == nil {
		return f, nil
	}
	lenient := func(name string) (string, bool) {
		if v, ok := os.LookupEnv(name); ok {
			return v, true
		}
		return "0123456789abcdef0123456789abcdef", true
	}
	if f, again := Load(path, b, lenient); again == nil {
		return f, nil
	}
	return nil, err
}

// FreeName makes a name for a new source from its address, which no source and no tag has.
func (f *File) FreeName(address string) string {
	used := map[string]bool{}
	for i := range f.Config.Sources {
		s := &f.Config.Sources[i]
		used[s.Name] = true
		for _, t := range s.Tags {
			used[t] = true
		}
	}
	base := nameOf(address)
	name := base
	for i := 2; used[name]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	return name
}

// Tags returns the tags of all sources, each once, in the order of the file.
func (f *File) Tags() (all []string) {
	for i := range f.Config.Sources {
		all = append(all, f.Config.Sources[i].Tags...)
	}
	return unique(all)
}

// With returns the file with other bytes, as after a change.
func (f *File) With(file []byte) (*File, error) { return Load(f.Path, file, f.env) }
