package story

import (
	"maps"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

const (
	maxCredit    = 48 // bytes of the part of a headline that is read as a credit
	maxDateline  = 48 // bytes before the credit of a dateline
	maxService   = 4  // bytes of the service behind an agency's name: dpa/lno
	maxPlaceName = 6  // words of a dateline before its credit
)

// credits are the texts by which a headline credits an agency.
type credits struct {
	names  map[string]bool // keys of agencies' names, and of credits that name none
	before map[string]bool // keys of words before a name
	dense  []string        // those of scripts without spaces, sorted
}

// newCredits joins the names of news agencies with the lexicon's own credits.
func newCredits(others, before map[string]bool) credits {
	c := credits{names: others, before: before}
	for _, name := range news.AgencyNames() {
		c.names[words.Key(name)] = true
	}
	for _, w := range slices.Sorted(maps.Keys(before)) {
		if words.Unspaced(w) {
			c.dense = append(c.dense, w)
		}
	}
	return c
}

// has tells whether a folded text is nothing but a credit: one agency or several, with
// or without words before them.
func (c *credits) has(text string) bool {
	if len(text) > maxCredit {
		return false
	}
	key := words.FoldedKey(text)
	if c.isName(key) {
		return true
	}
	if !strings.ContainsAny(text, "/,&+;=") && !strings.Contains(text, "·") {
		return false
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/,&+·;=", r) })
	for i, part := range parts {
		part = strings.TrimSpace(part)
		if !c.isName(words.FoldedKey(part)) && (i == 0 || !isService(part)) {
			return false
		}
	}
	return len(parts) > 1
}

// isService tells whether the text behind an agency's name can be one of its services.
func isService(s string) bool {
	return s != "" && len(s) <= maxService && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

// isName tells whether a key is the name of an agency, with or without words before it.
func (c *credits) isName(key string) bool {
	for range 2 {
		switch {
		case key == "":
			return false
		case c.names[key]:
			return true
		}
		key = c.withoutCreditWord(key)
	}
	return c.names[key]
}

// withoutCreditWord removes the word or words before a name. In scripts without spaces
// they also stand behind it.
func (c *credits) withoutCreditWord(key string) string {
	for i := range len(key) {
		if key[i] == ' ' && c.before[key[:i]] {
			return key[i+1:]
		}
	}
	if !words.Unspaced(key) {
		return key
	}
	for _, w := range c.dense {
		if rest, ok := strings.CutPrefix(key, w); ok && rest != "" {
			return rest
		}
		if rest, ok := strings.CutSuffix(key, w); ok && rest != "" {
			return strings.TrimSpace(rest)
		}
	}
	return key
}

// trimDateline removes a dateline with a credit from the start of a folded headline:
// paris (afp) - ...
func trimDateline(s string) string {
	open := strings.IndexAny(s[:min(len(s), maxDateline)], "(/")
	if open <= 0 || s[open-1] != ' ' || strings.Count(s[:open], " ") > maxPlaceName {
		return s
	}
	closing := byte(')')
	if s[open] == '/' {
		closing = '/'
	}
	end := strings.IndexByte(s[open+1:], closing)
	if end < 0 || !lex().credits.has(s[open+1:open+1+end]) {
		return s
	}
	rest := strings.TrimLeft(s[open+1+end+1:], " ")
	if rest == "" || !strings.ContainsRune("-:.", rune(rest[0])) {
		return s
	}
	return strings.TrimLeft(rest, "-:. ")
}

// trimEndTag removes a media tag or a credit in brackets or slashes from the end of a
// folded headline: (video), /ap/.
func trimEndTag(s string) string {
	text, at := endTag(s)
	if at <= 0 || !lex().mediaTags[text] && !lex().mediaTags[words.FoldedKey(text)] && !lex().credits.has(text) {
		return s
	}
	return strings.TrimSpace(s[:at])
}

// endTag returns the text in brackets or slashes at the end of a folded headline and
// where it begins; -1 when there is none.
func endTag(s string) (string, int) {
	if s == "" {
		return "", -1
	}
	opening, size := "", 1
	switch s[len(s)-1] {
	case ')', ']':
		opening = "(["
	case '/':
		opening = "/"
	case '>':
		opening = "<"
	default:
		for _, pair := range [...][2]string{{"【", "】"}, {"〔", "〕"}} {
			if strings.HasSuffix(s, pair[1]) {
				if at := strings.LastIndex(s, pair[0]); at > 0 {
					return strings.TrimSpace(s[at+len(pair[0]) : len(s)-len(pair[1])]), at
				}
			}
		}
		return "", -1
	}
	at := strings.LastIndexAny(s[:len(s)-1], opening)
	if at <= 0 {
		return "", -1
	}
	return strings.TrimSpace(s[at+size : len(s)-1]), at
}

// passiveEndings end English participles. "sued by ap" credits nobody.
var passiveEndings = [...]string{"ed", "en", "wn", "ght", "nt", "ld", "id", "un", "ut", "de"}

// trimByline removes "by afp" and the like from the end of a folded headline, unless the
// agency does what the word before says.
func trimByline(s string) string {
	i := bylineStart(s)
	if i < 0 || !lex().credits.names[words.FoldedKey(s[i+len(byline):])] {
		return s
	}
	head := strings.TrimRight(s[:i], " -|,")
	if head == s[:i] && slices.ContainsFunc(passiveEndings[:], func(e string) bool { return strings.HasSuffix(head, e) }) {
		return s
	}
	return head
}

const byline = " by "

// bylineStart returns where the last byline of a headline begins; -1 without one near its
// end.
func bylineStart(s string) int {
	for i := len(s) - len(byline); i > max(0, len(s)-maxCredit); i-- {
		if s[i] == ' ' && s[i:i+len(byline)] == byline {
			return i
		}
	}
	return -1
}
