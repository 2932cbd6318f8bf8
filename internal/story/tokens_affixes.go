package story

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

const (
	maxText           = 2000 // bytes of a headline that are read
	maxRounds         = 3    // affixes taken off one after the other
	maxBracket        = 14   // characters of a bracket tag
	maxSuffix         = 40   // characters of a suffix
	maxAltSuffixWords = 2    // words of a tail that is left out of a headline's second key
	minAltHead        = 4    // words that must be left for that key
	minCore           = 2    // words that must be left of any headline
	minDenseCore      = 4    // characters, in a script without spaces
)

// core is what is left of a headline without its affixes.
type core struct {
	text   string // folded
	key    uint64 // of all of it
	altKey uint64 // of it without a tail that nobody knows as an outlet's name; 0 when there is none
}

// suffixUse is a tail that a headline had and the head before it; 0 when none.
type suffixUse struct{ suffix, head uint64 }

// stripAffixes takes a headline's affixes off: bracket tags, wire tags, the names of
// publishers, tails seen behind enough heads. What is left has at least minCore words.
func (t *suffixes) stripAffixes(text string, publishers []string) (core, suffixUse) {
	s := words.Fold(limitText(text))
	names := t.namesOf(publishers)
	var first suffixUse
	for range maxRounds {
		rest := trimPrefix(s, names)
		rest = trimMediaTag(rest)
		if head, tail, ok := splitSuffix(rest); ok {
			h := suffixUse{hash("tail", tail), hash("key", words.Key(head))}
			learnable := tail[0] != ':' && !strings.ContainsAny(tail, "0123456789")
			if learnable && first.suffix == 0 {
				first = h
			}
			bare := strings.TrimPrefix(tail, ": ")
			if names[bare] || lex().attributions[bare] || learnable && t.isOutlet(h.suffix) {
				rest = head
			}
		}
		if rest == s || !isLongEnough(rest) {
			break
		}
		s = rest
	}
	c := core{text: s}
	if key := words.Key(s); key != "" {
		c.key = hash("key", key)
		c.altKey = keyWithoutSuffix(s)
	}
	return c, first
}

func limitText(s string) string {
	if len(s) <= maxText {
		return s
	}
	i := maxText
	for i > 0 && !utf8.RuneStart(s[i]) {
		i--
	}
	return s[:i]
}

// namesOf is nameKeys of publishers; the headlines of one document share theirs.
func (t *suffixes) namesOf(publishers []string) map[string]bool {
	if t.nameKeys == nil || !slices.Equal(t.publishers, publishers) {
		t.publishers, t.nameKeys = slices.Clone(publishers), nameKeys(publishers)
	}
	return t.nameKeys
}

// nameKeys gives the keys of publishers' names: whole, of their parts, and of
// hosts without www. and what follows the name.
func nameKeys(publishers []string) map[string]bool {
	out := make(map[string]bool, 4*len(publishers))
	for _, p := range publishers {
		addNameKey(out, p)
		for _, part := range strings.FieldsFunc(p, isNameSeparator) {
			addNameKey(out, part)
		}
		if host := strings.TrimPrefix(p, "www."); strings.Contains(host, ".") && !strings.ContainsAny(host, " /") {
			addNameKey(out, host)
			addNameKey(out, host[:strings.IndexByte(host, '.')])
		}
	}
	return out
}

func addNameKey(names map[string]bool, s string) {
	if key := words.Key(s); key != "" {
		names[key] = true
	}
}

func isNameSeparator(r rune) bool {
	return strings.ContainsRune("|»«›‹–—:·•/>｜-", r)
}

// trimPrefix takes one tag or publisher's name off the front of a folded headline.
func trimPrefix(s string, names map[string]bool) string {
	if rest, ok := trimBracketTag(s); ok {
		return rest
	}
	i, size := separator(s)
	if i <= 0 {
		return s
	}
	head, rest := strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+size:])
	key := words.Key(head)
	if isWireTag(head) || names[key] || s[i] == ':' && lex().attributions[key] {
		return rest
	}
	return s
}

// separator finds the first sign that may end a tag: where, and how long it is.
func separator(s string) (int, int) {
	for i := 0; i < len(s) && i < 4*maxBracket; i++ {
		switch s[i] {
		case ':', '|', '-', '!':
			return i, 1
		case '.':
			if strings.HasPrefix(s[i:], "..") {
				return i, len(s[i:]) - len(strings.TrimLeft(s[i:], "."))
			}
		}
	}
	return -1, 0
}

var closingBrackets = map[byte]string{'[': "]", '(': ")", '{': "}"}

// trimBracketTag takes off a short tag in brackets, if it has no number in it: [Part 2] stays.
func trimBracketTag(s string) (string, bool) {
	if s == "" {
		return s, false
	}
	closing, size := closingBrackets[s[0]], 1
	for _, pair := range [...][2]string{{"【", "】"}, {"〔", "〕"}, {"<", ">"}} {
		if strings.HasPrefix(s, pair[0]) {
			closing, size = pair[1], len(pair[0])
		}
	}
	if closing == "" {
		return s, false
	}
	tag, rest, ok := strings.Cut(s[size:], closing)
	if !ok || utf8.RuneCountInString(tag) > maxBracket || strings.ContainsAny(tag, "0123456789") {
		return s, false
	}
	return strings.TrimSpace(rest), true
}

// trimMediaTag takes a medium's name in brackets off the end: (video).
func trimMediaTag(s string) string {
	if s == "" || s[len(s)-1] != ')' && s[len(s)-1] != ']' {
		return s
	}
	open := strings.LastIndexAny(s, "([")
	if open <= 0 || !lex().mediaTags[strings.TrimSpace(s[open+1:len(s)-1])] {
		return s
	}
	return strings.TrimSpace(s[:open])
}

// splitSuffix splits a folded headline at its last separator, when what follows is
// short. tail is a key.
func splitSuffix(s string) (head, tail string, ok bool) {
	if !strings.ContainsAny(s, "|-:") && !strings.Contains(s, "·") && !strings.Contains(s, "•") {
		return s, "", false // most headlines
	}
	at, size := -1, 0
	for _, sep := range [...]string{" - ", " | ", "|", " -- ", ": ", " · ", " • "} {
		if i := strings.LastIndex(s, sep); i > at {
			at, size = i, len(sep)
		}
	}
	if at <= 0 || utf8.RuneCountInString(s[at+size:]) > maxSuffix {
		return s, "", false
	}
	tail = words.Key(s[at+size:])
	if s[at] == ':' {
		tail = ": " + tail // only a publisher's name stands there
	}
	return strings.TrimSpace(s[:at]), tail, tail != ""
}

// isLongEnough says that enough is left to be a headline.
func isLongEnough(s string) bool {
	tokens := words.Tokens(nil, s)
	if len(tokens) >= minCore {
		return true
	}
	return len(tokens) == 1 && utf8.RuneCountInString(tokens[0]) >= minDenseCore && tokens[0][0] >= 0xe0
}

// keyWithoutSuffix is the key of a headline without a very short tail. Where another
// headline is exactly that, the tail is a name, though nobody taught us so.
func keyWithoutSuffix(s string) uint64 {
	head, tail, ok := splitSuffix(s)
	if !ok || tail[0] == ':' || strings.ContainsAny(tail, "0123456789") || strings.Count(tail, " ") >= maxAltSuffixWords || isReversal(tail) {
		return 0
	}
	key := words.Key(head)
	if strings.Count(key, " ") < minAltHead-1 {
		return 0
	}
	return hash("key", key)
}

// OutletSuffixes gives the keys of what stands behind at least five different heads among
// the headlines of one document: a name that its outlet adds. Given as a
// publisher to Judge it counts for the first of them too.
func OutletSuffixes(headlines []string) []string {
	t := newSuffixes()
	var found []string
	for _, h := range headlines {
		head, tail, ok := splitSuffix(trimMediaTag(words.Fold(limitText(h))))
		if !ok || tail[0] == ':' || strings.ContainsAny(tail, "0123456789") {
			continue
		}
		key := hash("tail", tail)
		was := t.isOutlet(key)
		t.add(key, hash("key", words.Key(head)))
		if !was && t.isOutlet(key) {
			found = append(found, tail)
		}
	}
	return found
}

// isReversal says that a tail has a word that turns a headline around: - denied.
func isReversal(tail string) bool {
	for w := range strings.FieldsSeq(tail) {
		if t := lex().token(w); t.kind == negation || t.kind == opposite {
			return true
		}
	}
	return false
}

// isWireTag tells whether a folded text is a wire tag, with or without a number
// behind it: update 2.
func isWireTag(s string) bool {
	s = strings.TrimRight(s, " 0123456789")
	return s != "" && len(s) <= 4*maxBracket && lex().wireTags[words.Key(s)]
}
