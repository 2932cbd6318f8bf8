package story

import (
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

const (
	maxText           = 2000 // bytes of a headline that are read
	maxRounds         = 3    // affixes that are removed at each end
	maxKeyBuffer      = 256  // bytes of a key for which no memory is allocated
	maxBracket        = 14   // characters of a tag in brackets
	maxSuffix         = 40   // characters of a suffix
	maxSuffixParts    = 3    // parts into which marks may split a suffix
	maxAltSuffixWords = 2    // words of a suffix that the alternative key leaves out
	minAltHead        = 4    // words that remain in the alternative key
	minCore           = 2    // words that remain of any headline
	minDenseCore      = 4    // characters that remain, in a script without spaces
)

// core is a headline without its affixes.
type core struct {
	text   string // folded, in localForm
	key    uint64 // of the whole text
	altKey uint64 // of the text without a suffix that is not known as an outlet's name; 0 without one
	digits bool   // the headline had digits
}

// suffixUse is a suffix and the head before it, as hashes; 0 without one.
type suffixUse struct{ suffix, head uint64 }

// stripAffixes removes tags in brackets, wire tags, credits, names of outlets, and
// suffixes that were seen behind enough heads. At least minCore words remain.
func (t *suffixes) stripAffixes(h *Headline) (core, suffixUse) {
	s := foldHeadline(h.Text, h.Language)
	names := t.namesOf(h.Publishers)
	var first suffixUse
	marks := marksOf(s)
	for range maxRounds {
		rest := s
		if marks&openingMark != 0 {
			rest = trimDateline(rest)
		}
		rest = trimByline(trimEndTag(trimPrefix(rest, names)))
		if marks&suffixMark != 0 {
			if use := learnableSuffix(rest); first.suffix == 0 {
				first = use
			}
			rest = t.trimSuffix(rest, names)
		}
		if rest == s || !isLongEnough(rest) {
			break
		}
		s = rest
	}
	return core{localForm(s, h.Text, h.Language), storyKey(s), keyWithoutSuffix(s), marks&digitMark != 0}, first
}

// foldHeadline folds a headline and unifies its spelling.
func foldHeadline(text, language string) string {
	s := words.Fold(words.Spelling(limitText(text), language))
	if len(language) < 2 || language[:2] == "en" {
		return s
	}
	if language[:2] == "fr" {
		return frenchOrdinals(s)
	}
	if numbers := lex().localNumbers[strings.ToLower(language[:2])]; numbers != nil {
		s = strings.TrimSpace(numbers.Replace(" " + s + " "))
	}
	return s
}

// frenchOrdinals writes 2e as 2eme.
func frenchOrdinals(s string) string {
	for i := 1; i < len(s); i++ {
		if s[i] == 'e' && isASCIIDigit(s[i-1]) && (i+1 == len(s) || s[i+1] == ' ') {
			s = s[:i+1] + "me" + s[i+1:]
		}
	}
	return s
}

// storyKey returns the key of a folded headline without affixes: its words. Whether
// spaces or hyphens stand between them makes no difference. It is 0 for no words.
func storyKey(text string) uint64 {
	key := words.FoldedKey(text)
	if key == "" {
		return 0
	}
	var buf [maxKeyBuffer]byte
	return hashKey(appendDenseKey(buf[:0], key))
}

// appendDenseKey appends a key without its spaces to dst. It keeps those between digits
// and behind "re": to re-sign is not to resign.
func appendDenseKey(dst []byte, key string) []byte {
	for i := range len(key) {
		c := key[i]
		if c == ' ' && i > 0 && (!isASCIIDigit(key[i-1]) || !isASCIIDigit(key[i+1])) && !endsInRe(key[:i]) {
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

func isASCIIDigit(c byte) bool { return c >= '0' && c <= '9' }

func endsInRe(s string) bool {
	n := len(s)
	return n >= 2 && s[n-1] == 'e' && s[n-2] == 'r' && (n == 2 || s[n-3] == ' ')
}

// learnableSuffix returns the suffix of a headline if it can be an outlet's name.
func learnableSuffix(s string) suffixUse {
	head, suffix, ok := splitSuffix(s)
	if !ok || !isLearnable(suffix) {
		return suffixUse{}
	}
	return suffixUse{hash("tail", suffix), hash("key", words.FoldedKey(head))}
}

func isLearnable(suffix string) bool {
	return suffix[0] != ':' && !strings.ContainsAny(suffix, "0123456789")
}

// trimSuffix removes the longest suffix that is known: a name of the headline's outlet
// or of a well-known one, a credit, who says it, or a suffix that was seen behind enough
// heads. Marks may split the name.
func (t *suffixes) trimSuffix(s string, names map[string]bool) string {
	head := s
	for at, n := len(s), 0; n < maxSuffixParts; n++ {
		i, size := lastMark(s[:at])
		if i <= 0 || utf8.RuneCountInString(s[i+size:]) > maxSuffix {
			break
		}
		if t.isKnownSuffix(s[i], strings.TrimSpace(s[i+size:]), names) {
			head = strings.TrimRight(s[:i], " -|")
		}
		at = i
	}
	return head
}

// isKnownSuffix tells whether a text behind a mark is known to be no part of headlines.
func (t *suffixes) isKnownSuffix(mark byte, text string, names map[string]bool) bool {
	l, key := lex(), words.FoldedKey(text)
	switch {
	case key == "":
		return false
	case names[key], l.attributions[key], l.credits.has(text):
		return true
	case l.outlets[key]:
		return mark != ':' || words.Unspaced(key)
	}
	return mark != ':' && isLearnable(key) && t.isOutlet(hash("tail", key))
}

// What marksOf finds in a text.
const (
	suffixMark  = 1 << iota // lastMark may find a mark
	openingMark             // a parenthesis or slash
	digitMark
)

var markKinds = func() (of [256]uint8) {
	for _, c := range []byte("|-:_=/>\xc2\xe2\xe4") {
		of[c] |= suffixMark
	}
	of['('], of['/'] = openingMark, suffixMark|openingMark
	for c := '0'; c <= '9'; c++ {
		of[c] |= digitMark
	}
	return of
}()

// marksOf tells in one pass which steps a folded headline may need. Most need none.
func marksOf(s string) uint8 {
	var all uint8
	for i := range len(s) {
		all |= markKinds[s[i]]
	}
	return all
}

// lastMark returns where the last mark that may stand before a suffix is, and its
// length; -1 without one. Behind a script without spaces the mark needs none either.
func lastMark(s string) (int, int) {
	for i := len(s) - 1; i > 0 && i > len(s)-4*maxSuffix; i-- {
		switch c := s[i]; c {
		case '|', '_':
			return i, 1
		case '-', ':', '=', '/', '>':
			if s[i-1] >= utf8.RuneSelf || s[i-1] == ' ' && i+1 < len(s) && s[i+1] == ' ' || c == ':' && i+1 < len(s) && s[i+1] == ' ' {
				return i, 1
			}
		case 0xc2, 0xe2, 0xe4:
			if m := s[i:]; strings.HasPrefix(m, "·") || strings.HasPrefix(m, "•") || strings.HasPrefix(m, "丨") {
				_, size := utf8.DecodeRuneInString(m)
				return i, size
			}
		}
	}
	return -1, 0
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

// maxNames is how many publishers' names are kept at a time.
const maxNames = 1 << 10

// namesOf returns nameKeys of publishers.
func (t *suffixes) namesOf(publishers []string) map[string]bool {
	if len(publishers) == 0 {
		return nil
	}
	all := publishers[0]
	if len(publishers) > 1 {
		all = strings.Join(publishers, "\x00")
	}
	if keys, known := t.names[all]; known {
		return keys
	}
	if t.names == nil || len(t.names) >= maxNames {
		t.names = map[string]map[string]bool{}
	}
	keys := nameKeys(publishers)
	t.names[strings.Clone(all)] = keys
	return keys
}

// nameKeys returns the keys of publishers' names: of the whole name, of its parts,
// and of a host without www. and what follows the name.
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

// trimPrefix removes one tag, credit or name of a publisher from the start of a folded
// headline.
func trimPrefix(s string, names map[string]bool) string {
	if rest, ok := trimBracketTag(s); ok {
		return strings.TrimPrefix(strings.TrimPrefix(rest, "- "), ": ")
	}
	i, size := separator(s)
	if i <= 0 {
		return s
	}
	head, rest := strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+size:])
	key := words.FoldedKey(head)
	spaced := s[i] != '-' || s[i-1] == ' ' || i+1 < len(s) && s[i+1] == ' ' || i+1 < len(s) && s[i+1] == '-'
	if isWireTag(head) || names[key] || s[i] == ':' && lex().attributions[key] || spaced && lex().credits.has(head) {
		return strings.TrimLeft(rest, "-")
	}
	return s
}

// separator finds the first character that may end a tag. It returns its index and
// length.
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

// trimBracketTag removes a short tag in brackets, unless it has a number: [Part 2]
// remains.
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
	if !ok || strings.ContainsAny(tag, "0123456789") || utf8.RuneCountInString(tag) > maxBracket && !lex().credits.has(tag) {
		return s, false
	}
	return strings.TrimSpace(rest), true
}

// splitSuffix splits a folded headline at its last separator, when a short text
// follows. The suffix is a key.
func splitSuffix(s string) (head, suffix string, ok bool) {
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
	suffix = words.FoldedKey(s[at+size:])
	if s[at] == ':' {
		suffix = ": " + suffix // nothing but a publisher's name may be removed behind a colon
	}
	return strings.TrimSpace(s[:at]), suffix, suffix != ""
}

// isLongEnough tells whether a text is long enough to be a headline.
func isLongEnough(s string) bool {
	tokens := words.Tokens(nil, s)
	if len(tokens) >= minCore {
		return true
	}
	return len(tokens) == 1 && utf8.RuneCountInString(tokens[0]) >= minDenseCore && tokens[0][0] >= 0xe0
}

// keyWithoutSuffix returns the key of a headline without a very short suffix. If
// another headline is exactly that, the suffix is a name, even one that is not known
// yet.
func keyWithoutSuffix(s string) uint64 {
	head, suffix, ok := splitSuffix(s)
	if !ok || !isLearnable(suffix) || strings.Count(suffix, " ") >= maxAltSuffixWords || isReversal(suffix) {
		return 0
	}
	if strings.Count(words.FoldedKey(head), " ") < minAltHead-1 {
		return 0
	}
	return storyKey(head)
}

// OutletSuffixes returns the keys of suffixes that are behind at least five different
// heads among the headlines of one document: the outlet adds them. When they are
// given to Judge as publishers, they count from the document's first headline on.
func OutletSuffixes(headlines []string) []string {
	t := newSuffixes()
	var found []string
	for _, h := range headlines {
		head, suffix, ok := splitSuffix(trimEndTag(foldHeadline(h, "")))
		if !ok || !isLearnable(suffix) {
			continue
		}
		key := hash("tail", suffix)
		known := t.isOutlet(key)
		t.add(key, hash("key", words.FoldedKey(head)))
		if !known && t.isOutlet(key) {
			found = append(found, suffix)
		}
	}
	return found
}

// isReversal tells whether a suffix reverses the headline, or tells of another stage:
// - denied, - called off.
func isReversal(suffix string) bool {
	if lex().stages.of(words.Tokens(nil, suffix), "") != 0 {
		return true
	}
	for w := range strings.FieldsSeq(suffix) {
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
	return s != "" && len(s) <= 4*maxBracket && lex().wireTags[words.FoldedKey(s)]
}
