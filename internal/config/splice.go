package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// entry is a key of a mapping and its value.
type entry struct{ key, value *yaml.Node }

// pair returns the entry of a key; nil if n is no mapping with it.
func pair(n *yaml.Node, key string) *entry {
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return &entry{n.Content[i], n.Content[i+1]}
		}
	}
	return nil
}

func eolOf(file []byte) string {
	if bytes.Contains(file, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// splice replaces the bytes of a file from one offset to another.
type splice struct {
	from, to int
	text     string
}

// apply makes the splices, which must not overlap.
func (e *editor) apply(all ...splice) []byte {
	slices.SortStableFunc(all, func(a, b splice) int { return b.from - a.from })
	out := e.file
	for _, s := range all {
		out = slices.Concat(out[:s.from], []byte(s.text), out[s.to:])
	}
	return out
}

var errShape = errors.New("the lines are written in a way that can't be changed safely")

// set gives a key of a mapping other values; none removes the key, or empties a list. item
// is where the list of sources or topics has the mapping, or the alias of it. A source that
// is an address alone becomes a mapping.
func (e *editor) set(m, item *yaml.Node, key string, values []string) ([]byte, error) {
	if m.Kind == yaml.ScalarNode {
		if item != m {
			return nil, errShape
		}
		return e.widen(m, key, values)
	}
	p := pair(m, key)
	switch {
	case p == nil && len(values) == 0:
		return e.file, nil
	case p == nil:
		return e.addKey(m, key, valueOf(key, values))
	}
	var old []string
	for _, n := range items(p.value) {
		if hasVariable(n) && !slices.Contains(values, n.Value) {
			return nil, fmt.Errorf("`%s` has an environment value", key)
		}
		old = append(old, n.Value)
	}
	if user := aliasOf(e.root, p.value); user != nil && len(values) > 0 && !slices.Equal(old, values) {
		return e.handOver(p.value, user, valueOf(key, values))
	}
	list := p.value.Kind == yaml.SequenceNode && len(p.value.Content) > 0
	switch {
	case null(p.value) && len(values) > 0, !list && len(values) > 0:
		return e.replaceSingle(p, key, values)
	case slices.Equal(old, values):
		return e.file, nil
	case len(values) == 0 && (key == "match" || !list):
		return e.removeKey(m, p)
	case p.value.Style&yaml.FlowStyle != 0:
		return e.setFlowList(p.value, key, old, values)
	}
	return e.setBlockList(p.value, key, old, values)
}

// aliasOf returns the first alias of a node below n; nil if there is none.
func aliasOf(n, of *yaml.Node) *yaml.Node {
	switch {
	case n == nil || of.Anchor == "":
		return nil
	case n.Kind == yaml.AliasNode && n.Alias == of:
		return n
	}
	for _, c := range n.Content {
		if user := aliasOf(c, of); user != nil {
			return user
		}
	}
	return nil
}

// handOver gives a value that others share to the first of its users, with its anchor, and
// replaces it by text. The others keep what they had.
func (e *editor) handOver(shared, user *yaml.Node, text string) ([]byte, error) {
	from, at := e.offset(shared), e.offset(user)
	to, ok := e.end(shared)
	end, found := e.end(user)
	if !ok || !found || !bytes.HasPrefix(e.file[from:], []byte("&")) || bytes.ContainsAny(e.file[from:to], "\n#") {
		return nil, errShape
	}
	return e.apply(splice{from, to, text}, splice{at, end, string(e.file[from:to])}), nil
}

// widen makes a mapping of a source that is an address alone.
func (e *editor) widen(n *yaml.Node, key string, values []string) ([]byte, error) {
	from := e.offset(n)
	to, ok := e.end(n)
	switch {
	case len(values) == 0:
		return e.file, nil
	case !ok || n.Anchor != "":
		return nil, errShape
	}
	text := key + ": " + valueOf(key, values)
	if e.inFlow(n) {
		return e.apply(splice{from, from, "{feed: "}, splice{to, to, ", " + text + "}"}), nil
	}
	end, ok := e.restOfLine(to)
	if !ok || !e.startsItem(n) {
		return nil, errShape
	}
	return e.apply(splice{from, from, "feed: "}, splice{end, end, e.eol + strings.Repeat(" ", n.Column-1) + text}), nil
}

// startsItem reports whether only spaces and a dash are before a node on its line.
func (e *editor) startsItem(n *yaml.Node) bool {
	at := e.offset(n)
	start := e.lineStart(at)
	before := strings.TrimPrefix(string(e.file[start:at]), bom)
	return strings.Trim(before, " ") == "-"
}

// inFlow reports whether an item of a list is in brackets.
func (e *editor) inFlow(n *yaml.Node) bool { return !e.startsItem(n) }

// addKey adds a key behind the last one of a mapping whose end is found.
func (e *editor) addKey(m *yaml.Node, key, value string) ([]byte, error) {
	text := key + ": " + value
	if m.Style&yaml.FlowStyle != 0 {
		last, _, ok := closing(e.file, e.open(m))
		if !ok {
			return nil, errShape
		}
		switch e.file[last] {
		case '{':
		case ',':
			text = " " + text
		default:
			text = ", " + text
		}
		return e.apply(splice{last + 1, last + 1, text}), nil
	}
	for i := len(m.Content) - 2; i >= 0; i -= 2 {
		to, ok := e.valueEnd(entry{m.Content[i], m.Content[i+1]})
		if !ok {
			continue
		}
		if end, ok := e.restOfLine(to); ok {
			return e.apply(splice{end, end, e.eol + strings.Repeat(" ", m.Content[0].Column-1) + text}), nil
		}
	}
	return nil, errShape
}

// replaceSingle replaces a value that is no list.
func (e *editor) replaceSingle(p *entry, key string, values []string) ([]byte, error) {
	text := valueOf(key, values)
	if null(p.value) && p.value.Value == "" {
		at, ok := e.colon(p.key)
		if !ok {
			return nil, errShape
		}
		return e.apply(splice{at, at, " " + text}), nil
	}
	if p.value.Kind == yaml.ScalarNode && slices.Equal(values, []string{p.value.Value}) {
		return e.file, nil
	}
	from := e.offset(p.value)
	to, ok := e.end(p.value)
	if !ok || p.value.Anchor != "" {
		return nil, errShape
	}
	if i := slices.Index(values, p.value.Value); i == 0 && p.value.Kind == yaml.ScalarNode && len(values) > 1 {
		raw := string(e.file[from:to]) // the value keeps its quotes
		if p.value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
			rest := strings.TrimPrefix(valueOf("tags", values[1:]), "[")
			if key == "match" {
				rest = strings.TrimPrefix(valueOf(key, append([]string{""}, values[1:]...)), "['', ")
			}
			return e.apply(splice{from, to, "[" + raw + ", " + rest}), nil
		}
	}
	if p.value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return e.replaceBlock(from, to, text)
	}
	return e.apply(splice{from, to, text}), nil
}

// replaceBlock replaces a block of text by a value on its first line, whose comment stays.
func (e *editor) replaceBlock(from, to int, text string) ([]byte, error) {
	head := blockHead().FindSubmatchIndex(e.file[from:])
	if head == nil {
		return nil, errShape
	}
	end, _ := e.restOfLine(from + head[3])
	return e.apply(splice{from, from + head[3], text}, splice{end, max(end, to), ""}), nil
}

// removeKey removes a key and its value. A comment behind them stays.
func (e *editor) removeKey(m *yaml.Node, p *entry) ([]byte, error) {
	i := slices.Index(m.Content, p.key)
	from := e.offset(p.key)
	to, ok := e.valueEnd(*p)
	if !ok || p.value.Anchor != "" || e.headComment(p.value) {
		return nil, errShape
	}
	if i == 0 {
		return e.removeFirst(m, from, to)
	}
	if m.Style&yaml.FlowStyle != 0 {
		before, ok := e.valueEnd(entry{m.Content[i-2], m.Content[i-1]})
		if !ok || bytes.ContainsAny(e.file[before:from], "#") {
			return nil, errShape
		}
		return e.apply(splice{before, to, ""}), nil
	}
	end, ok := e.restOfLine(to)
	start := e.lineStart(from)
	switch {
	case !ok || len(bytes.Trim(e.file[start:from], " ")) > 0:
		return nil, errShape
	case bytes.Contains(e.file[to:end], []byte("#")):
		return e.apply(splice{from, to + bytes.IndexByte(e.file[to:end], '#'), ""}), nil
	}
	return e.apply(splice{max(start-len(e.eol), 0), end, ""}), nil // with the line break before it
}

// removeFirst removes the first key of a mapping, from one offset to another, and what is
// between it and the next key.
func (e *editor) removeFirst(m *yaml.Node, from, to int) ([]byte, error) {
	if len(m.Content) < 4 {
		return nil, errShape
	}
	next := e.offset(m.Content[2])
	if bytes.Contains(e.file[to:next], []byte("#")) {
		return nil, errors.New("a comment stands behind the value")
	}
	return e.apply(splice{from, next, ""}), nil
}

// headComment reports whether a block of text has a comment on its first line.
func (e *editor) headComment(n *yaml.Node) bool {
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return false
	}
	head := blockHead().FindSubmatch(e.file[e.open(n):])
	return head == nil || len(head[3]) > 0
}

// setFlowList changes the items of a list in brackets, and keeps those that stay as they
// are written.
func (e *editor) setFlowList(list *yaml.Node, key string, old, values []string) ([]byte, error) {
	if len(old) == len(values) && key == "match" {
		return e.replaceItems(list, key, values)
	}
	ends, ok := e.ends(list)
	if !ok {
		return nil, errShape
	}
	added := missingWords(values, old)
	if !slices.ContainsFunc(old, func(o string) bool { return slices.Contains(values, o) }) {
		text := strings.Trim(valueOf("tags", added), "[]")
		if key == "match" {
			text = strings.TrimSuffix(strings.TrimPrefix(valueOf(key, append([]string{""}, added...)), "['', "), "]")
		}
		from, to := e.offset(list.Content[0]), ends[len(ends)-1]
		if bytes.ContainsAny(e.file[from:to], "#") {
			return nil, errShape
		}
		return e.apply(splice{from, to, text}), nil
	}
	var all []splice
	lastKept := -1
	for i, o := range old {
		if slices.Contains(values, o) {
			lastKept = i
		}
	}
	for i, o := range old {
		if !slices.Contains(values, o) && i < lastKept {
			all = append(all, splice{e.offset(list.Content[i]), e.offset(list.Content[i+1]), ""})
		}
	}
	text := ""
	for _, v := range added {
		text += ", " + written(key, v)
	}
	all = append(all, splice{ends[lastKept], ends[len(ends)-1], text})
	for _, s := range all {
		if bytes.ContainsAny(e.file[s.from:s.to], "#") {
			return nil, errShape
		}
	}
	return e.apply(all...), nil
}

// setBlockList changes the items of a list of lines that start with a dash.
func (e *editor) setBlockList(list *yaml.Node, key string, old, values []string) ([]byte, error) {
	if len(old) == len(values) {
		return e.replaceItems(list, key, values)
	}
	ends, ok := e.ends(list)
	if !ok {
		return nil, errShape
	}
	var all []splice
	for i, o := range old {
		if slices.Contains(values, o) {
			continue
		}
		n := list.Content[i]
		end, ok := e.restOfLine(ends[i])
		if !ok || !e.startsItem(n) {
			return nil, errShape
		}
		start := e.lineStart(e.offset(n))
		all = append(all, splice{max(start-len(e.eol), 0), end, ""}) // with the line break before it
	}
	if added := missingWords(values, old); len(added) > 0 {
		last := list.Content[len(list.Content)-1]
		end, ok := e.restOfLine(ends[len(ends)-1])
		if !ok || !e.startsItem(last) {
			return nil, errShape
		}
		start := e.lineStart(e.offset(last))
		lead, text := string(e.file[start:e.offset(last)]), ""
		for _, v := range added {
			text += e.eol + lead + written(key, v)
		}
		all = append(all, splice{end, end, text})
	}
	return e.apply(all...), nil
}

// replaceItems replaces the items of a list that differ.
func (e *editor) replaceItems(list *yaml.Node, key string, values []string) ([]byte, error) {
	ends, ok := e.ends(list)
	if !ok {
		return nil, errShape
	}
	var all []splice
	for i, n := range list.Content {
		if n.Value != values[i] {
			all = append(all, splice{e.offset(n), ends[i], written(key, values[i])})
		}
	}
	return e.apply(all...), nil
}

// missingWords returns the words that list lacks.
func missingWords(words, list []string) (out []string) {
	for _, w := range words {
		if !slices.Contains(list, w) {
			out = append(out, w)
		}
	}
	return out
}
