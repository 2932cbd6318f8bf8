package config

import (
	"fmt"
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"
	"golang.org/x/text/language"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/weburl"
)

var variable = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$?\$\{([^{}]*)\}`) })

var variableName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`) })

// value returns the text of a scalar with environment values inserted. `$${` stands for a
// plain `${`.
func (r *reader) value(n *yaml.Node) (string, bool) {
	n = r.real(n)
	if n.Kind != yaml.ScalarNode {
		r.fail(n, "expected a single value, not %s%s", kind(n), deepKey(n))
		return "", false
	}
	if !strings.Contains(n.Value, "${") {
		return n.Value, true
	}
	ok := true
	s := variable().ReplaceAllStringFunc(n.Value, func(m string) string {
		if strings.HasPrefix(m, "$$") {
			return m[1:]
		}
		name := m[2 : len(m)-1]
		v, set := "", false
		if variableName().MatchString(name) {
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

// deepKey suggests that a section in the place of a value is a key that is indented too far.
// It is empty if its first key is none of feeds.yaml.
func deepKey(n *yaml.Node) string {
	if n.Kind != yaml.MappingNode || n.Style&yaml.FlowStyle != 0 || len(n.Content) == 0 {
		return ""
	}
	name := n.Content[0].Value
	if !slices.ContainsFunc(table, func(k Key) bool { return k.Name == name }) {
		return ""
	}
	return fmt.Sprintf("; begin %q in the same column as the key above, if it belongs beside that", name)
}

// hasVariable reports whether environment values are inserted into n. A message must not
// quote its value then.
func hasVariable(n *yaml.Node) bool {
	return strings.Contains(n.Value, "${") && variable().MatchString(n.Value)
}

// text reads a line of text, which may be empty.
func (r *reader) text(dst *string) field {
	return func(_ *Key, n *yaml.Node) {
		if s, ok := r.value(n); ok {
			*dst = strings.TrimSpace(s)
		}
	}
}

// filled reads text that may not be empty.
func (r *reader) filled(dst *string) field {
	return func(_ *Key, n *yaml.Node) {
		s, ok := r.value(n)
		if s = strings.TrimSpace(s); ok && s == "" {
			r.fail(n, "the value is empty: remove the key or give it a value")
			return
		}
		*dst = s
	}
}

// texts reads a list of non-empty words, or one word.
func (r *reader) texts(dst *[]string) field {
	return func(_ *Key, n *yaml.Node) {
		*dst = nil
		r.each(n, func(item *yaml.Node) {
			s, ok := r.value(item)
			switch s = strings.TrimSpace(s); {
			case ok && s == "":
				r.fail(item, "an item of this list is empty: remove it or give it a value")
			case ok:
				*dst = append(*dst, s)
			}
		})
	}
}

// located reads a list of words and the node of each.
func (r *reader) located(nodes *[]*yaml.Node, dst *[]string) field {
	return func(k *Key, n *yaml.Node) {
		*nodes, *dst = nil, nil
		r.each(n, func(item *yaml.Node) {
			var w []string
			if r.texts(&w)(k, item); len(w) == 1 {
				*nodes, *dst = append(*nodes, item), append(*dst, w[0])
			}
		})
	}
}

// choice reads one of the values that the key allows.
func (r *reader) choice(dst *string) field {
	return func(k *Key, n *yaml.Node) {
		s, ok := r.value(n)
		switch raw := r.real(n).Value; {
		case !ok:
		case slices.Contains(k.Values, s):
			*dst = s
		case len(k.Values) == 1:
			r.fail(n, "%q is not %s, the only value that it can have", raw, k.Values[0])
		default:
			r.fail(n, "%q is not one of %s%s", raw, list(k.Values), near(raw, k.Values))
		}
	}
}

// truth reads true or false.
func (r *reader) truth(dst *bool) field {
	return func(_ *Key, n *yaml.Node) {
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

// whole reads a whole number within the bounds of the key.
func (r *reader) whole(dst *int) field {
	return func(k *Key, n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		i, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
		if err != nil || i < k.Min || i > k.Max {
			r.fail(n, "%q is not a whole number from %d to %d", r.real(n).Value, k.Min, k.Max)
			return
		}
		*dst = i
	}
}

// span reads a duration within the bounds of the key.
func (r *reader) span(dst *time.Duration) field {
	return func(k *Key, n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		least, _ := ParseDuration(k.Least)
		most, bounded := ParseDuration(k.Most)
		d, ok := ParseDuration(s)
		switch raw := r.real(n).Value; {
		case !ok && digits().MatchString(s):
			r.fail(n, "%q needs a unit: s, m, h, d or w, as in 30m", raw)
		case !ok:
			r.fail(n, "%q is not a duration such as 90s, 30m, 12h, 7d or 2w", raw)
		case d < least:
			r.fail(n, "%q is too short: the least is %s", raw, k.Least)
		case bounded && d > most:
			r.fail(n, "%q is too long: the most is %s", raw, k.Most)
		default:
			*dst = d
		}
	}
}

// size reads a size in bytes within the bounds of the key.
func (r *reader) size(dst *int64) field {
	return func(k *Key, n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		least, _ := parseSize(k.Least)
		most, _ := parseSize(k.Most)
		size, ok := parseSize(s)
		switch raw := r.real(n).Value; {
		case !ok && digits().MatchString(s):
			r.fail(n, "%q needs a unit: KB or MB, as in 512KB", raw)
		case !ok:
			r.fail(n, "%q is not a size such as 512KB or 8MB", raw)
		case size < least:
			r.fail(n, "%q is too small: the least is %s", raw, k.Least)
		case size > most:
			r.fail(n, "%q is too large: the most is %s", raw, k.Most)
		default:
			*dst = size
		}
	}
}

// maxLimitPer bounds the time of a limit.
const maxLimitPer = 7 * 24 * time.Hour

// limit reads a limit of messages such as 20/h.
func (r *reader) limit(dst *news.Limit) field {
	return func(_ *Key, n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		count, per, ok := parseLimit(strings.TrimSpace(s))
		switch raw := r.real(n).Value; {
		case !ok:
			r.fail(n, "%q is not a limit such as 20/h or 5/10m", raw)
		case per > maxLimitPer:
			r.fail(n, "%q is over too long a time: the most is a week", raw)
		default:
			*dst = news.Limit{Messages: count, Per: per}
		}
	}
}

// clock reads a time of day.
func (r *reader) clock(dst *time.Duration) field {
	return func(_ *Key, n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		d, ok := parseClock(s)
		if !ok {
			hint := ": write it in quotes"
			if r.real(n).Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
				hint = ""
			}
			r.fail(n, "%q is not a time of day such as 07:00%s", r.real(n).Value, hint)
		}
		*dst = d
	}
}

// hours reads a span such as 22:00-06:00.
func (r *reader) hours(dst *[2]time.Duration) field {
	return func(_ *Key, n *yaml.Node) {
		s, ok := r.value(n)
		from, to, cut := strings.Cut(strings.ReplaceAll(s, " ", ""), "-")
		a, aok := parseClock(from)
		b, bok := parseClock(to)
		if ok && !(cut && aok && bok) {
			r.fail(n, "%q is not a span of hours such as 22:00-06:00", r.real(n).Value)
		}
		*dst = [2]time.Duration{a, b}
	}
}

// language reads a language tag (BCP 47) in its usual spelling.
func (r *reader) language(dst *string) field {
	return func(_ *Key, n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		tag, err := language.Parse(s)
		if _, unknown := err.(language.ValueError); err != nil && !unknown || s == "" {
			r.fail(n, "%q is not a language tag such as ar, en or pt-BR", r.real(n).Value)
			return
		}
		*dst = s
		if err == nil {
			*dst = tag.String()
		}
	}
}

// name reads a name of a-z, 0-9 and -.
func (r *reader) name(dst *string) field {
	return func(_ *Key, n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		if !slug().MatchString(s) {
			hint := ""
			if !hasVariable(r.real(n)) {
				if made := Slug(s); made != "" && made != s {
					hint = meant(made)
				}
			}
			r.fail(n, "%q is not a name: use a-z, 0-9 and -, at most 63 characters%s", r.real(n).Value, hint)
			return
		}
		*dst = s
	}
}

// link reads an http or https address.
func (r *reader) link(dst *string) field {
	return func(_ *Key, n *yaml.Node) {
		if s, ok := r.address(n); ok {
			*dst = s
		}
	}
}

// address reads an absolute http or https address.
func (r *reader) address(n *yaml.Node) (string, bool) {
	s, ok := r.value(n)
	if !ok {
		return "", false
	}
	s = weburl.WithoutFeedScheme(strings.TrimSpace(s))
	raw := r.real(n).Value
	var err error
	if _, _, _, plain := weburl.Split(s); !plain {
		_, err = weburl.Parse(s)
	}
	scheme, _, _ := strings.Cut(s, ":")
	switch {
	case s == "":
		r.fail(n, "the address is missing")
	case strings.ContainsAny(s, " \t\n") && strings.Count(s, "://") > 1:
		r.fail(n, "%q is more than one address: each is an item of a list", raw)
	case !strings.Contains(s, "://") && strings.Contains(s, ".") && !hasVariable(r.real(n)):
		r.fail(n, "%q is not a complete address%s", raw, meant("https://"+strings.TrimPrefix(raw, "feed:")))
	case err != nil && strings.Contains(s, "://") && !strings.HasPrefix(strings.ToLower(scheme), "http"):
		r.fail(n, "only http and https addresses are visited")
	case err != nil || !strings.Contains(s, "://"):
		r.fail(n, "%q is not an address such as https://press.example/feed.xml", raw)
	default:
		return s, true
	}
	return "", false
}

// listener reads HOST:PORT; an empty host means every address of the machine.
func (r *reader) listener(dst *string) field {
	return func(_ *Key, n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		raw := r.real(n).Value
		if digits().MatchString(s) && !hasVariable(r.real(n)) {
			r.fail(n, "%q has no host%s", raw, meant("127.0.0.1:"+raw))
			return
		}
		host, port, err := net.SplitHostPort(s)
		p, perr := strconv.Atoi(port)
		if err != nil || perr != nil || p < 0 || p > 65535 || strings.ContainsAny(host, "/ ") {
			r.fail(n, "%q is not host:port such as 127.0.0.1:8080", raw)
			return
		}
		*dst = s
	}
}

// mailbox reads an address such as desk@press.example, which may have a name before it.
func (r *reader) mailbox(n *yaml.Node) (string, bool) {
	s, ok := r.value(n)
	if !ok {
		return "", false
	}
	if _, err := mail.ParseAddress(s); err != nil {
		r.fail(n, "%q is not a mail address such as desk@press.example", r.real(n).Value)
		return "", false
	}
	return s, true
}
