package config

import (
	"go.yaml.in/yaml/v4"
)

// maxCopied is how many nodes aliases may add to those of the file.
const maxCopied = 100_000

// field reads the value n of the key k.
type field func(k *Key, n *yaml.Node)

// fields holds what reads the value of each key of a section.
type fields map[string]field

// plainly makes a field of a function that needs no key.
func plainly(read func(*yaml.Node)) field {
	return func(_ *Key, n *yaml.Node) { read(n) }
}

// mapping reads the section at n: first the defaults of its keys, then the values in the
// file. A key with an empty value counts as missing, except for a query: an empty one is an
// error. what is the section's name in messages.
func (r *reader) mapping(n *yaml.Node, section, what string, f fields) {
	n = r.real(n)
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s needs `key: value` lines, not %s", what, kind(n))
		return
	}
	r.setDefaults(section, f)
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := r.real(n.Content[i]), n.Content[i+1]
		k := keysBySection[section][key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.fail(key, "a key of %s must be a word, not %s", what, kind(key))
		case seen[key.Value] > 0:
			r.fail(key, "%q appears twice in %s: the first is on line %d", key.Value, what, seen[key.Value])
		case k == nil:
			r.fail(key, "%s has no key %q%s", what, key.Value, hint(key.Value, section))
		case !null(r.real(value)) || k.Type == TypeQuery || k.Type == TypeQueries:
			f[key.Value](k, value)
		}
		seen[key.Value] = key.Line
	}
}

// setDefaults reads the default of each key of a section that has one.
func (r *reader) setDefaults(section string, f fields) {
	for _, d := range defaults[section] {
		f[d.Name](d.Key, d.node)
	}
}

// keyDefault is a key that has a default, and that default as if feeds.yaml said it.
type keyDefault struct {
	*Key
	node *yaml.Node
}

// defaults holds the keys of each section that have a default. Files of many sources read
// them once for each.
var defaults = func() map[string][]keyDefault {
	all := map[string][]keyDefault{}
	for i := range table {
		if k := &table[i]; k.Default != "" {
			all[k.Section] = append(all[k.Section], keyDefault{k, &yaml.Node{Kind: yaml.ScalarNode, Value: k.Default}})
		}
	}
	return all
}()

// has reports whether the mapping n gives the key a value. It is true if n is no mapping:
// that error is reported by mapping.
func (r *reader) has(n *yaml.Node, key string) bool {
	n = r.real(n)
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if r.real(n.Content[i]).Value == key {
			return !null(r.real(n.Content[i+1]))
		}
	}
	return n.Kind != yaml.MappingNode
}

// each calls do with every item of a list; a single value counts as a list of one.
func (r *reader) each(n *yaml.Node, do func(*yaml.Node)) {
	n = r.real(n)
	if n.Kind != yaml.SequenceNode {
		do(n)
		return
	}
	for _, item := range n.Content {
		do(r.real(item))
	}
}

// real follows an alias. All code that reads a node calls it, so this is where aliases
// that multiply the file beyond maxCopied are stopped.
func (r *reader) real(n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.AliasNode {
		return n
	}
	if r.copied += r.weight(n.Alias); r.copied <= maxCopied {
		return n.Alias
	}
	r.bomb = n
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.Line, Column: n.Column}
}

// weight counts the nodes that an alias of n adds.
func (r *reader) weight(n *yaml.Node) int {
	if w := r.weights[n]; w > 0 {
		return w
	}
	sum := 1
	for _, c := range n.Content {
		sum += r.weight(c)
	}
	if r.weights == nil {
		r.weights = map[*yaml.Node]int{}
	}
	r.weights[n] = sum
	return sum
}

func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// kind names the shape of a node in messages.
func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "`key: value` lines"
	case yaml.SequenceNode:
		return "a list"
	}
	if n.Value == "" {
		return "empty"
	}
	return "a single value"
}
