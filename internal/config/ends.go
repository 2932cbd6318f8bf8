package config

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// offset returns where a node starts, after its anchor.
func (e *editor) offset(n *yaml.Node) int {
	at, _ := e.lineEnd(n.Line - 1)
	if n.Line == 1 && bytes.HasPrefix(e.file, []byte(bom)) {
		at += len(bom)
	}
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(e.file[at:])
		at += size
	}
	return at
}

// lineStart returns where the line of an offset starts.
func (e *editor) lineStart(at int) int { return bytes.LastIndexByte(e.file[:at], '\n') + 1 }

// open returns the offset of the bracket that opens a list or mapping.
func (e *editor) open(n *yaml.Node) int {
	at := e.offset(n)
	if n.Anchor != "" && bytes.HasPrefix(e.file[at:], []byte("&"+n.Anchor)) {
		at += 1 + len(n.Anchor)
		for at < len(e.file) && (e.file[at] == ' ' || e.file[at] == '\t') {
			at++
		}
	}
	return at
}

// ends returns where each item of a list ends.
func (e *editor) ends(list *yaml.Node) (all []int, ok bool) {
	for _, n := range list.Content {
		to, ok := e.end(n)
		if !ok || n.Kind != yaml.ScalarNode || n.Anchor != "" {
			return nil, false
		}
		all = append(all, to)
	}
	return all, true
}

// valueEnd returns the offset behind the value of a key, or behind the colon if it is
// empty.
func (e *editor) valueEnd(p entry) (int, bool) {
	if null(p.value) && p.value.Value == "" {
		return e.colon(p.key)
	}
	return e.end(p.value)
}

// colon returns the offset behind the colon of a key.
func (e *editor) colon(key *yaml.Node) (int, bool) {
	at, ok := e.end(key)
	for ; ok && at < len(e.file) && e.file[at] == ' '; at++ {
	}
	return at + 1, ok && at < len(e.file) && e.file[at] == ':'
}

// end returns the offset behind a node.
func (e *editor) end(n *yaml.Node) (int, bool) {
	at := e.open(n)
	if at >= len(e.file) {
		return 0, false
	}
	switch {
	case n.Kind == yaml.AliasNode:
		return at + 1 + len(n.Value), bytes.HasPrefix(e.file[at:], []byte("*"+n.Value))
	case n.Style&yaml.FlowStyle != 0 && (e.file[at] == '[' || e.file[at] == '{'):
		_, end, ok := closing(e.file, at)
		return end + 1, ok
	case n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode:
		return e.lastEnd(n)
	case e.file[at] == '"' || e.file[at] == '\'':
		return quoted(e.file, at) + 1, true
	case e.file[at] == '|' || e.file[at] == '>':
		return e.blockEnd(n, at)
	}
	return e.plainEnd(n.Value, at)
}

// lastEnd returns the offset behind the last part of a list or mapping in lines.
func (e *editor) lastEnd(n *yaml.Node) (int, bool) {
	c := n.Content
	switch {
	case len(c) == 0:
		return 0, false
	case n.Kind == yaml.MappingNode:
		return e.valueEnd(entry{c[len(c)-2], c[len(c)-1]})
	}
	return e.end(c[len(c)-1])
}

// blockHead is the first line of a block of text: its indicators and a comment.
var blockHead = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([|>][+-]?([1-9])?[+-]?)[ \t]*(#[^\r\n]*)?(\r?\n|$)`)
})

// blockEnd returns the offset behind a block of text, without the blank lines behind it.
func (e *editor) blockEnd(n *yaml.Node, at int) (int, bool) {
	head := blockHead().FindSubmatch(e.file[at:])
	all := e.lines()
	if head == nil || n.Line > len(all) {
		return 0, false
	}
	line := all[n.Line-1]
	parent := indent(line)
	if rest := strings.TrimLeft(line[parent:], "- "); !strings.HasPrefix(rest, "|") && !strings.HasPrefix(rest, ">") {
		parent = len(line) - len(rest) // the key of the block stands behind dashes
	}
	deep, last := parent+1, n.Line
	for i := n.Line; i < len(all); i++ {
		if strings.TrimSpace(all[i]) == "" {
			continue
		}
		if last == n.Line && len(head[2]) == 0 {
			deep = max(deep, indent(all[i])) // the first line of the text says how deep all are
		}
		if indent(all[i]) < deep {
			break
		}
		last = i + 1
	}
	end, _ := e.lineEnd(last)
	for end > at && (e.file[end-1] == '\n' || e.file[end-1] == '\r') {
		end--
	}
	return end, true
}

// plainEnd returns the offset behind a text without quotes, which may go on over more
// lines. There its words are those of the value, with spaces and line breaks between them.
func (e *editor) plainEnd(value string, at int) (int, bool) {
	isSpace := func(c rune) bool { return strings.ContainsRune(" \t\r\n", c) }
	for i, word := range strings.FieldsFunc(value, isSpace) {
		for i > 0 && at < len(e.file) && isSpace(rune(e.file[at])) {
			at++
		}
		if !bytes.HasPrefix(e.file[at:], []byte(word)) {
			return 0, false
		}
		at += len(word)
	}
	return at, value != ""
}

// restOfLine returns the offset of the line break behind an offset, if there is nothing
// before it but a comment.
func (e *editor) restOfLine(at int) (int, bool) {
	end := len(e.file)
	if i := bytes.IndexByte(e.file[at:], '\n'); i >= 0 {
		end = at + i
		if end > at && e.file[end-1] == '\r' {
			end--
		}
	}
	rest := bytes.TrimLeft(e.file[at:end], " \t")
	return end, len(rest) == 0 || rest[0] == '#'
}
