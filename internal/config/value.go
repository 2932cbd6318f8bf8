package config

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// maxCopied is how many nodes aliases may add to those of the file.
const maxCopied = 100_000

// fields are the keys that a mapping may have and what reads each.
type fields map[string]func(*yaml.Node)

// mapping hands each value of n to the field of its key. A value of nothing is
// as if the key were not there, but for match: nobody means an empty query.
func (r *reader) mapping(n *yaml.Node, what string, f fields) {
	n = r.real(n)
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s is a list of `key: value` lines, not %s", what, kind(n))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := r.real(n.Content[i]), n.Content[i+1]
		read, ok := f[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.fail(key, "a key of %s must be a word, not %s", what, kind(key))
		case seen[key.Value] > 0:
			r.fail(key, "%q stands twice in %s, first on line %d", key.Value, what, seen[key.Value])
		case !ok:
			r.fail(key, "%s has no key %q%s", what, key.Value, hint(key.Value, f))
		case !null(r.real(value)) || key.Value == "match":
			read(value)
		}
		seen[key.Value] = key.Line
	}
}

// has says whether the mapping n gives the key a value. It holds for what is no
// mapping, which mapping has reported.
func (r *reader) has(n *yaml.Node, key string) bool {
	n = r.real(n)
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if r.real(n.Content[i]).Value == key {
			return !null(r.real(n.Content[i+1]))
		}
	}
	return n.Kind != yaml.MappingNode
}

// each hands over the items of a list; a single value counts as a list of one.
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

// real follows an alias. Each step of the reading passes here, so this is where
// a bomb of aliases is stopped.
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

// weight counts the nodes that an alias stands for.
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

var variable = regexp.MustCompile(`\$?\$\{([^{}]*)\}`)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// value is the text of a scalar with the environment values in their places.
// `$${` is a plain `${`.
func (r *reader) value(n *yaml.Node) (string, bool) {
	n = r.real(n)
	if n.Kind != yaml.ScalarNode {
		r.fail(n, "a single value belongs here, not %s", kind(n))
		return "", false
	}
	ok := true
	s := variable.ReplaceAllStringFunc(n.Value, func(m string) string {
		if strings.HasPrefix(m, "$$") {
			return m[1:]
		}
		name := m[2 : len(m)-1]
		v, set := "", false
		if variableName.MatchString(name) {
			v, set = r.env(name)
		}
		if !set {
			r.fail(n, "the environment variable %s is not set", name)
			ok = false
		}
		return v
	})
	return s, ok
}

// secret says whether environment values went into n, which then may not be
// quoted in a message with them in it.
func secret(n *yaml.Node) bool { return variable.MatchString(n.Value) }

func (r *reader) text(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if s, ok := r.value(n); ok {
			*dst = strings.TrimSpace(s)
		}
	}
}

// texts reads a list of non-empty words, or one.
func (r *reader) texts(dst *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*dst = nil
		r.each(n, func(item *yaml.Node) {
			s, ok := r.value(item)
			switch s = strings.TrimSpace(s); {
			case ok && s == "":
				r.fail(item, "an empty word in a list")
			case ok:
				*dst = append(*dst, s)
			}
		})
	}
}

func (r *reader) choice(dst *string, among ...string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		for _, c := range among {
			if s == c {
				*dst = s
				return
			}
		}
		r.fail(n, "%q is none of %s%s", r.real(n).Value, list(among), near(r.real(n).Value, among))
	}
}

func (r *reader) yes(dst *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		switch strings.ToLower(s) {
		case "true", "yes", "on":
			*dst = true
		case "false", "no", "off":
			*dst = false
		default:
			if ok {
				r.fail(n, "%q is neither true nor false", r.real(n).Value)
			}
		}
	}
}

func (r *reader) whole(dst *int, low, high int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		i, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
		if err != nil || i < low || i > high {
			r.fail(n, "%q is no whole number from %d to %d", r.real(n).Value, low, high)
			return
		}
		*dst = i
	}
}

func (r *reader) span(dst *time.Duration, low time.Duration) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		d, ok := ParseDuration(s)
		switch raw := r.real(n).Value; {
		case !ok && digits.MatchString(s):
			r.fail(n, "%q needs a unit: s, m, h, d or w, as in 30m", raw)
		case !ok:
			r.fail(n, "%q is no duration such as 90s, 30m, 12h, 7d or 2w", raw)
		case d < low:
			r.fail(n, "%q is shorter than %s", raw, short(low))
		default:
			*dst = d
		}
	}
}

var (
	digits    = regexp.MustCompile(`^[0-9]+$`)
	durations = regexp.MustCompile(`^([0-9]{1,9}[smhdw])+$`)
	part      = regexp.MustCompile(`([0-9]+)([smhdw])`)
)

const maxDuration = 100 * 365 * 24 * time.Hour

var units = map[string]time.Duration{
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// ParseDuration reads a duration as feeds.yaml has it: whole numbers with s m h d w
// behind them, as 90s or 1d12h, at most a hundred years.
func ParseDuration(s string) (time.Duration, bool) {
	if !durations.MatchString(s) {
		return 0, false
	}
	var sum time.Duration
	for _, m := range part.FindAllStringSubmatch(s, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil || time.Duration(n) > maxDuration/units[m[2]] {
			return 0, false
		}
		if sum += time.Duration(n) * units[m[2]]; sum > maxDuration {
			return 0, false
		}
	}
	return sum, true
}

// short writes a duration as the file would.
func short(d time.Duration) string {
	for _, u := range []string{"w", "d", "h", "m"} {
		if d >= units[u] && d%units[u] == 0 {
			return strconv.FormatInt(int64(d/units[u]), 10) + u
		}
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}

// clock reads 07:00 as the time since midnight.
func clock(s string) (time.Duration, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}
