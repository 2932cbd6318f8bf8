package config

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slugline/slugline/internal/topic"
)

// queries reads one query or a list of them.
func (r *reader) queries(dst *[]string) field {
	return func(k *Key, n *yaml.Node) {
		n = r.real(n)
		if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
			n = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{n}, Line: n.Line, Column: n.Column}
		}
		*dst = nil
		r.each(n, r.query(k, func(q string) { *dst = append(*dst, q) }))
	}
}

// query reads one query of the key k, checks it and hands it to do.
func (r *reader) query(k *Key, do func(string)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		n = r.real(n)
		switch {
		case n.Kind == yaml.MappingNode, n.Kind == yaml.SequenceNode && len(n.Content) > 0:
			r.fail(n, "a query is one value, not %s; put the whole query in single quotes", kind(n))
			return
		case n.Kind == yaml.SequenceNode || strings.TrimSpace(n.Value) == "" || null(n):
			r.fail(n, "%s is empty: remove it%s, or write the query in single quotes", k.Name, withoutQuery[k.Name])
			return
		}
		q, ok := r.value(n)
		if ok && r.checkQuery(scopeOf(k), n, q) {
			do(q)
		}
	}
}

// scopeOf returns where the queries of a key are used.
func scopeOf(k *Key) topic.Scope {
	if k.Section == "alerts[]" {
		return topic.Alerting(nil)
	}
	return topic.Scope{}
}

// withoutQuery says what removing a key with a query is good for.
var withoutQuery = map[string]string{"match": " to accept everything", "not": " to mute nothing", "hold": " to hold nothing more"}

// checkQuery reports what is wrong with a query, if possible at its column in the file.
func (r *reader) checkQuery(scope topic.Scope, n *yaml.Node, q string) (ok bool) {
	_, err := scope.Parse(q)
	if err == nil {
		return true
	}
	e, known := err.(*topic.Error)
	switch {
	case hasVariable(n):
		r.fail(n, "the query is wrong after the environment values are inserted")
	case !known:
		r.fail(n, "%s", err)
	default:
		if column := r.columnIn(n, e.Column); column > 0 {
			r.failAt(n.Line, column, e.Text)
		} else {
			r.fail(n, "column %d of the query: %s", e.Column, e.Text)
		}
	}
	return false
}

// columnIn returns the column in the file of a character of the value n. The value must be
// on one line, plain or in quotes; otherwise columnIn returns 0.
func (r *reader) columnIn(n *yaml.Node, column int) int {
	if n.Line < 1 || n.Line > len(r.lines) {
		return 0
	}
	line := []rune(r.lines[n.Line-1])
	if n.Column < 1 || n.Column > len(line) {
		return 0
	}
	rest := string(line[n.Column-1:])
	value := []rune(n.Value)
	before := string(value[:min(max(column-1, 0), len(value))])
	switch {
	case n.Style == 0 && strings.HasPrefix(rest, n.Value):
		return n.Column + column - 1
	case strings.HasPrefix(rest, "'"+strings.ReplaceAll(n.Value, "'", "''")+"'"):
		return n.Column + column + strings.Count(before, "'")
	case strings.HasPrefix(rest, `"`+n.Value+`"`):
		return n.Column + column
	}
	return 0
}
