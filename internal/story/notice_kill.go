package story

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// killPatterns find the notices by which a news agency withdraws a headline, as
// kill_notices.txt lists them.
type killPatterns struct {
	tag      *regexp.Regexp // before the headline
	sentence *regexp.Regexp // in place of a headline
	end      *regexp.Regexp // behind the headline
	doubt    *regexp.Regexp // before the headline; news may begin so too
	stems    stems          // each notice holds one of them; few headlines do
}

// stems finds out quickly whether one of some texts in lower case is in another one.
type stems struct {
	of     [][]string     // by their first two bytes
	starts [1 << 12]uint8 // by stemStart of these: 1 more than the place in of; 0 for none
}

func newStems(all []string) stems {
	var s stems
	for _, stem := range all {
		if len(stem) < 2 { // the reader of the list refuses it
			continue
		}
		i := &s.starts[stemStart(stem[0], stem[1])]
		if *i == 0 {
			s.of = append(s.of, nil)
			*i = uint8(len(s.of))
		}
		s.of[*i-1] = append(s.of[*i-1], stem)
	}
	return s
}

func stemStart(a, b byte) uint16 { return (uint16(a)<<4 ^ uint16(b)) & (1<<12 - 1) }

// areIn tells whether one of the stems is in a text, in any case.
func (s *stems) areIn(text string) bool {
	if mayHaveCapitals(text) {
		text = strings.ToLower(text)
	}
	for i := 1; i < len(text); i++ {
		if of := s.starts[stemStart(lower(text[i-1]), lower(text[i]))]; of != 0 && beginsWith(text[i-1:], s.of[of-1]) {
			return true
		}
	}
	return false
}

func beginsWith(text string, stems []string) bool {
	for _, stem := range stems {
		if len(text) >= len(stem) && lower(text[len(stem)-1]) == stem[len(stem)-1] && strings.EqualFold(text[:len(stem)], stem) {
			return true
		}
	}
	return false
}

// mayHaveCapitals tells whether a text may have capital letters outside ASCII. If not, all
// that it has there are letters of Hebrew, Arabic, Kana, Han and Hangul, quotes and dashes.
func mayHaveCapitals(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0xc0 && capitalLeads[c-0xc0] && !strings.HasPrefix(s[i:], "\xe2\x80") {
			return true
		}
	}
	return false
}

// capitalLeads are the first bytes, from 0xc0 on, of characters that may be capital letters.
var capitalLeads = func() (of [64]bool) {
	for c := range of {
		lead := c + 0xc0
		of[c] = (lead < 0xd7 || lead > 0xdb) && (lead < 0xe3 || lead > 0xe9) && (lead < 0xeb || lead > 0xed)
	}
	return of
}()

// lower is the lower case of an ASCII letter.
func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// newKillPatterns compiles the phrases of each section.
func newKillPatterns(sections map[string][]string) killPatterns {
	any := func(section string) string { return `(?:` + strings.Join(sections[section], "|") + `)` }
	const (
		mark  = `[:：|｜–—-]`
		open  = `(?:[\[(【（<［]|\*{2,}|\+{2,})`
		close = `(?:[\])】）>］]|\*{2,}|\+{2,})`
		call  = `(?:(?:achtung|attention|attenzione|atenci[oó]n|atenção|attention editors|внимание|увага|dikkat|urgent|تنبيه|تنويه|هام|注意|お知らせ)\s*[:：!,–—-]?\s*)?`
	)
	return killPatterns{
		tag: regexp.MustCompile(`(?i)^\s*` + open + `?\s*(?:bc-[\w .-]{1,40}[,-]\s*)?` + call + `(?:` +
			any("before") + `\s*` + close + `?\s*` + mark +
			`|` + any("before or alone") + `\s*` + close + `?(?:$|\s*` + mark + `)` +
			`|` + any("before, unpunctuated") + `\s*(?:` + close + `|` + mark + `|\s|$)` +
			`)\s*` + close + `?\s*` +
			`|^\s*` + open + `\s*` + any("before, in brackets") + `\s*` + close + `\s*`),
		sentence: regexp.MustCompile(`(?i)^\s*` + any("sentence")),
		end: regexp.MustCompile(`(?i)\s*(?:` + open + `\s*` + any("behind, in brackets") + `\s*` + close +
			`|[|–—-]\s*` + any("behind a dash") + `)\s*$`),
		doubt: regexp.MustCompile(`(?i)^[^\pL]*` + any("may be news") + `[^\pL]+\pL`),
		stems: newStems(sections["stems"]),
	}
}

// IsKill tells whether a headline is a kill: a notice by which a news agency
// withdraws a headline that it published before.
func IsKill(headline string) bool {
	k := &lex().kills
	return k.stems.areIn(headline) &&
		(k.tag.MatchString(headline) || k.sentence.MatchString(headline) || k.endsWith(headline))
}

// IsSureKill tells whether a headline is a kill even if it withdraws nothing that is
// known: no report is headed so.
func IsSureKill(headline string) bool {
	return IsKill(headline) && !lex().kills.doubt.MatchString(headline)
}

// endsWith searches the end of a headline, where the last character allows a match.
func (k *killPatterns) endsWith(headline string) bool {
	h := strings.TrimRight(headline, " ")
	last, _ := utf8.DecodeLastRuneInString(h)
	return (strings.ContainsRune(")]】）］", last) || strings.HasSuffix(strings.ToLower(h), "withdrawn") || strings.HasSuffix(strings.ToLower(h), "removed")) &&
		k.end.MatchString(h)
}

// KilledHeadline returns the headline that a kill withdraws, empty when the notice
// does not repeat it.
func KilledHeadline(headline string) string {
	k := &lex().kills
	if k.sentence.MatchString(headline) && !k.tag.MatchString(headline) {
		return ""
	}
	h := k.tag.ReplaceAllString(headline, "")
	return strings.TrimSpace(k.end.ReplaceAllString(h, ""))
}
