package story

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// cues are what the text of a headline shows beside its tokens: the cases of the
// tokens, in two bits each, and in the bits above the token behind a colon and the forms
// of verbs. They are 0 for most headlines that are not in Cyrillic.
type cues uint64

// nounCase is a grammatical case as the ending of a word shows it.
type nounCase uint8

const (
	noCase      nounCase = iota
	broadCase            // Russian and Ukrainian: most feminine subjects, and men as objects
	objectCase           // what something is done to
	obliqueCase          // by whom it is done, or where; also a verb of the present or future

	englishName = broadCase // of a word of an English headline: see roles.txt

	bitsOfCase = 2
	maskOfCase = 1<<bitsOfCase - 1
	colonBits  = bitsOfCase * maxTokens
	verbBits   = colonBits + 5 // maxTokens fits into 5 bits

	minCaseBytes = 6 // of a Cyrillic word with an ending: three letters
)

func (c cues) caseOf(i int) nounCase { return nounCase(c >> (bitsOfCase * i) & maskOfCase) }

func (c *cues) setCase(i int, k nounCase) { *c |= cues(k) << (bitsOfCase * i) }

// behindColon returns the index of the first token behind a colon; 0 without one.
func (c cues) behindColon() int { return int(c << (64 - verbBits) >> (64 - verbBits + colonBits)) }

// verbs returns a check sum of the forms of the verbs of a Russian or Ukrainian headline:
// from 1 to 7, or 0 without a verb. Headlines with the same forms have the same sum.
func (c cues) verbs() int { return int(c >> verbBits) }

// cuesOf returns the cues of the pieces of a folded text, and their tokens.
func cuesOf(text string, of []string, tokens []token) cues {
	var c cues
	verbs := 0
	for i, w := range of {
		if !isCyrillic(w) {
			continue
		}
		k := cyrillicCase(w)
		if form := verbFormOf(w); form != noVerb && tokens[i].kind != functionWord && tokens[i].kind != number {
			verbs = (verbs+int(form)-1)%7 + 1
			if form.isNotPast() {
				k = obliqueCase
			}
		}
		c.setCase(i, k)
	}
	c |= cues(verbs) << verbBits
	if strings.IndexByte(text, '\'') > 0 {
		c.addTurkishCases(text, of)
	}
	if i := colonIn(text); i > 0 {
		c |= cues(firstBehind(text, of, i)) << colonBits
	}
	return c
}

// firstBehind returns the index of the first piece that stands behind an index of the
// text. A piece that is written in another way in the text is passed over.
func firstBehind(text string, of []string, index int) int {
	const gap = 8 // bytes between pieces that are searched
	at := 0
	for i, w := range of {
		k := strings.Index(text[at:min(at+len(w)+gap, len(text))], w)
		switch {
		case k < 0:
		case at+k > index:
			return i
		case words.Unspaced(w):
			_, size := utf8.DecodeRuneInString(w) // the next pair begins with the second character
			at += k + size
		default:
			at += k + len(w)
		}
	}
	return 0
}

// addEnglishNames finds the names in an English headline that are prepositions in other
// languages.
func (c *cues) addEnglishNames(tokens []token) {
	names := lex().roles.english
	for i := range tokens {
		if names[tokens[i].root] {
			c.setCase(i, englishName)
		}
	}
}

// colonIn returns the index of the first colon that no digit follows; -1 without one.
func colonIn(text string) int {
	for i := strings.IndexByte(text, ':'); i >= 0 && i+1 < len(text); {
		if c := text[i+1]; c < '0' || c > '9' {
			return i
		}
		next := strings.IndexByte(text[i+1:], ':')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return -1
}

// undeclined are names and abbreviations that are the same in all cases.
var undeclined = map[string]bool{
	"перу": true, "крылья": true, "крила": true, "баку": true, "вануату": true, "тувалу": true, "бордо": true, "катманду": true,
	"сша": true, "оаэ": true, "оае": true, "наса": true, "нато": true, "фифа": true, "фіфа": true, "уефа": true, "уєфа": true, "цска": true, "ска": true,
	"оон": true, "мид": true, "мок": true, "цик": true, "воз": true, "обсе": true, "обсє": true, "опек": true, "сбу": true, "нбу": true, "гру": true, "зсу": true, "всу": true, "набу": true, "сапа": true,
}

func cyrillicCase(w string) nounCase {
	if len(w) < minCaseBytes {
		return noCase
	}
	switch w[len(w)-2:] {
	case "у", "ю":
		if strings.HasSuffix(w, "ою") || strings.HasSuffix(w, "ею") || strings.HasSuffix(w, "єю") {
			return obliqueCase
		}
		if undeclined[w] {
			return noCase
		}
		return objectCase
	case "а", "я":
		return broadCase
	}
	if strings.HasSuffix(w, "ого") && w != "того" && w != "много" {
		return broadCase
	}
	for _, ending := range [...]string{"ом", "ем", "иеи", "ои"} {
		if strings.HasSuffix(w, ending) {
			return obliqueCase
		}
	}
	return noCase
}

// turkishEndings are the endings behind the apostrophe of a Turkish name.
var turkishEndings = map[string]nounCase{
	"i": objectCase, "ı": objectCase, "u": objectCase, "yi": objectCase, "yı": objectCase, "yu": objectCase, "ni": objectCase, "nı": objectCase, "nu": objectCase,
	"a": obliqueCase, "e": obliqueCase, "ya": obliqueCase, "ye": obliqueCase, "na": obliqueCase, "ne": obliqueCase, "dan": obliqueCase, "den": obliqueCase,
	"tan": obliqueCase, "ten": obliqueCase, "la": obliqueCase, "le": obliqueCase, "da": obliqueCase, "de": obliqueCase, "ta": obliqueCase, "te": obliqueCase,
}

// addTurkishCases finds the endings behind apostrophes. A piece includes a short one.
func (c *cues) addTurkishCases(text string, of []string) {
	for at := strings.IndexByte(text, '\''); at >= 0; {
		rest := text[at+1:]
		end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
		if end < 0 {
			end = len(rest)
		}
		if k := turkishEndings[rest[:end]]; k != noCase {
			name := text[strings.LastIndexByte(text[:at], ' ')+1 : at]
			i := slices.IndexFunc(of, func(w string) bool { return w == name || w == name+rest[:end] })
			if i >= 0 {
				c.setCase(i, k)
			}
		}
		next := strings.IndexByte(rest, '\'')
		if next < 0 {
			break
		}
		at += 1 + next
	}
}
