package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/news"
)

// setOne changes a key of one of several sources that share an item, by giving that source
// an item of its own behind theirs.
func (f *File) setOne(it *Item, name, key string, values []string) ([]byte, error) {
	at := f.addressOf(name)
	old := it.Values(key)
	if key == "tags" {
		values = keptFirst(old, values)
	}
	if slices.Equal(old, values) {
		return f.Bytes, nil
	}
	e := editor{file: f.Bytes, eol: eolOf(f.Bytes), root: f.root}
	out, err := e.split(it.node, at, key, values)
	if err != nil {
		return nil, keep(err)
	}
	after, err := Load(f.Path, out, f.env)
	if err != nil {
		return nil, firstFault(err)
	}
	url := f.config(name).URL
	_, before := sourcesOf(f.root)
	_, now := sourcesOf(after.root)
	i := slices.Index(items(before), it.node)
	switch {
	case !sameSources(f.Config, after.Config, url, key), !sameButSplit(f.root, after.root, i):
		return nil, keep(errors.New("the change would change other settings too"))
	case !slices.Equal(after.item(items(now)[i+1], 1).Values(key), values):
		return nil, keep(fmt.Errorf("`%s` is written in a way that can't be changed safely", key))
	}
	return out, nil
}

// addressOf returns the node of a source's address.
func (f *File) addressOf(name string) *yaml.Node {
	i := slices.IndexFunc(f.Config.Sources, func(s news.SourceConfig) bool { return s.Name == name })
	return f.sources[i].at
}

// config returns the settings of a source; nil if there is none.
func (f *File) config(name string) *news.SourceConfig {
	for i := range f.Config.Sources {
		if s := &f.Config.Sources[i]; s.Name == name {
			return s
		}
	}
	return nil
}

// split takes an address out of an item with several, and writes an item of its own with
// the same settings behind that item, with other values of a key.
func (e *editor) split(m, address *yaml.Node, key string, values []string) ([]byte, error) {
	p := pair(m, "feeds")
	if m.Anchor != "" || p == nil || p.value.Kind != yaml.SequenceNode || !slices.Contains(p.value.Content, address) {
		return nil, errShape
	}
	parts, err := e.copied(m, address, key, values)
	end, ok := e.end(m)
	if err != nil || !ok {
		return nil, errShape
	}
	lead := e.file[e.lineStart(e.offset(m)):e.offset(m)]
	text := strings.Join(parts, e.eol+strings.Repeat(" ", m.Column-1))
	if m.Style&yaml.FlowStyle != 0 {
		text = "{" + strings.Join(parts, ", ") + "}"
	}
	switch {
	case e.startsItem(m):
		if end, ok = e.restOfLine(end); !ok {
			return nil, errShape
		}
		text = e.eol + strings.TrimPrefix(string(lead), bom) + text
	case m.Style&yaml.FlowStyle != 0:
		text = ", " + text
	default:
		return nil, errShape
	}
	with := editor{file: e.apply(splice{end, end, text}), eol: e.eol, root: e.root}
	return with.without(p.value, address)
}

// without removes an item from a list.
func (e *editor) without(list, item *yaml.Node) ([]byte, error) {
	var old, left []string
	for _, n := range list.Content {
		old = append(old, n.Value)
		if n != item {
			left = append(left, n.Value)
		}
	}
	if list.Style&yaml.FlowStyle != 0 {
		return e.setFlowList(list, "feeds", old, left)
	}
	return e.setBlockList(list, "feeds", old, left)
}

// copied returns the keys of an item as they are written, for one of its addresses and
// with other values of a key. A value that others share becomes an alias.
func (e *editor) copied(m, address *yaml.Node, key string, values []string) (parts []string, err error) {
	set := false
	for i := 0; i+1 < len(m.Content); i += 2 {
		k, v := m.Content[i], m.Content[i+1]
		text, ok := "", true
		switch {
		case k.Value == "feeds":
			text, ok = e.feedLine(address)
		case k.Value == key:
			set = true
			if len(values) > 0 {
				text = key + ": " + valueOf(key, values)
			}
		case v.Anchor != "":
			text = k.Value + ": *" + v.Anchor
		default:
			var to int
			if to, ok = e.valueEnd(entry{k, v}); ok {
				text = string(e.file[e.offset(k):to])
			}
		}
		if !ok {
			return nil, errShape
		}
		if text != "" {
			parts = append(parts, text)
		}
	}
	if !set && len(values) > 0 {
		parts = append(parts, key+": "+valueOf(key, values))
	}
	return parts, nil
}

// feedLine returns an address of a list as the value of feed, with the comment behind it.
func (e *editor) feedLine(address *yaml.Node) (string, bool) {
	from := e.offset(address)
	to, ok := e.end(address)
	if !ok || address.Anchor != "" {
		return "", false
	}
	if e.startsItem(address) {
		if end, clean := e.restOfLine(to); clean {
			to = end
		}
	}
	return "feed: " + string(bytes.TrimRight(e.file[from:to], " \t")), true
}

// Remove returns the file without a source.
func (f *File) Remove(name string) ([]byte, error) {
	it := f.Source(name)
	if it == nil {
		return nil, fmt.Errorf("there is no source %q in the file", name)
	}
	key, list := sourcesOf(f.root)
	e := editor{file: f.Bytes, eol: eolOf(f.Bytes), root: f.root}
	var out []byte
	err := errShape
	if p := pair(it.node, "feeds"); it.Feeds > 1 && p != nil && p.value.Kind == yaml.SequenceNode {
		out, err = e.without(p.value, f.addressOf(name))
	} else if it.Feeds == 1 && list.Kind == yaml.SequenceNode {
		out, err = e.removeItem(list, it.node)
	}
	if err != nil {
		return nil, keep(err)
	}
	after, err := Load(f.Path, out, f.env)
	if err != nil {
		return nil, firstFault(err)
	}
	_, now := sourcesOf(after.root)
	url := f.config(name).URL
	left := copyOf(f.Config)
	left.Sources = slices.DeleteFunc(left.Sources, func(s news.SourceConfig) bool { return s.URL == url })
	left.Fetch.Budget = after.Config.Fetch.Budget // its default depends on the number of sources
	if !reflect.DeepEqual(left, copyOf(after.Config)) || !f.sameWithout(key, after.root, now, it) {
		return nil, keep(errors.New("the change would change other settings too"))
	}
	return out, nil
}

// sameWithout reports whether a tree is that of f without an item, or without an address of
// it.
func (f *File) sameWithout(key, root, now *yaml.Node, it *Item) bool {
	_, list := sourcesOf(f.root)
	left := list.Content
	if it.Feeds == 1 {
		left = slices.DeleteFunc(slices.Clone(left), func(n *yaml.Node) bool { return n == it.node })
	}
	return sameTrees(&yaml.Node{Kind: yaml.MappingNode, Content: withoutKey(f.root.Content, key.Value)},
		&yaml.Node{Kind: yaml.MappingNode, Content: withoutKey(root.Content, key.Value)}, "") &&
		slices.EqualFunc(left, now.Content, func(a, b *yaml.Node) bool { return sameTrees(a, b, "feeds") })
}

// removeItem removes an item of a list, with its lines or up to the next item.
func (e *editor) removeItem(list, n *yaml.Node) ([]byte, error) {
	from := e.offset(n)
	to, ok := e.end(n)
	i := slices.Index(list.Content, n)
	switch {
	case !ok || i < 0 || len(list.Content) == 1:
		return nil, errShape
	case e.startsItem(n):
		if to, ok = e.restOfLine(to); !ok {
			return nil, errShape
		}
		start := e.lineStart(from)
		if start < len(e.eol) {
			return nil, errShape
		}
		return e.apply(splice{start - len(e.eol), to, ""}), nil // with the line break before it
	case list.Style&yaml.FlowStyle == 0:
		return nil, errShape
	case i+1 < len(list.Content):
		to = e.offset(list.Content[i+1])
	default:
		if from, ok = e.end(list.Content[i-1]); !ok {
			return nil, errShape
		}
	}
	if inner := e.file[min(from, e.offset(n)):to]; bytes.Contains(inner, []byte("#")) {
		return nil, errShape
	}
	return e.apply(splice{from, to, ""}), nil
}

// sameSources reports whether two files mean the same in any order of their sources, except
// for a key of the source with an address.
func sameSources(before, now *Config, url, key string) bool {
	return sameSettings(before, now, func(b, n *Config) {
		byURL := func(x, y news.SourceConfig) int { return strings.Compare(x.URL, y.URL) }
		slices.SortFunc(b.Sources, byURL)
		slices.SortFunc(n.Sources, byURL)
		for i := range b.Sources {
			if s := &b.Sources[i]; s.URL == url && i < len(n.Sources) {
				adopt(s, &n.Sources[i], key)
			}
		}
	})
}

// adopt gives a source the value of a key of another one.
func adopt(s, of *news.SourceConfig, key string) {
	switch key {
	case "paused":
		s.Paused = of.Paused
	case "tags":
		s.Tags = of.Tags
	case "rank":
		s.Rank = of.Rank
	case "title":
		s.Title = of.Title
	case "name":
		s.Name = of.Name
	}
}

// sameButSplit reports whether two files differ at most in the feeds of the ith item of
// sources, and in one more item behind it.
func sameButSplit(a, b *yaml.Node, i int) bool {
	_, before := sourcesOf(a)
	_, now := sourcesOf(b)
	if now == nil || len(now.Content) != len(before.Content)+1 {
		return false
	}
	same := func(x, y *yaml.Node) bool { return sameTrees(x, y, "feeds") }
	rest := func(n *yaml.Node) *yaml.Node {
		return &yaml.Node{Kind: yaml.MappingNode, Content: withoutKey(n.Content, "sources")}
	}
	return slices.EqualFunc(before.Content[:i+1], now.Content[:i+1], same) && slices.EqualFunc(before.Content[i+1:], now.Content[i+2:], same) && same(rest(a), rest(b))
}
