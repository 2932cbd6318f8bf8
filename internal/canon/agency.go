package canon

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/news"
)

// Voice returns whose voice an entry is: the agency that it is credited to, the agency
// that its owner is, or the owner. agency may be empty.
func Voice(owner, agency string) string {
	if agency != "" {
		return agency
	}
	if id := news.AgencyOf(strings.ToLower(owner)); id != "" {
		return id
	}
	return owner
}

const (
	maxDateline  = 90  // characters before the agency's name at the beginning of a text
	maxSignature = 200 // bytes at the end of a text in which a credit is searched
)

// agency returns the agency that an entry is credited to, in its byline, in its dateline
// or at the end of its text. A mention inside a sentence is no credit.
func agency(e *news.Entry) string {
	if id := agencyInByline(e.Author); id != "" {
		return id
	}
	if id := agencyInDateline(e.Summary); id != "" {
		return id
	}
	end := e.Body
	if end == "" {
		return agencyInSignature(e.Summary)
	}
	return agencyInSignature(cleanLine(htmlText(end[max(0, len(end)-4*maxSignature):], 4*maxSignature)))
}

// agencyNamed returns the agency with a name, which may be followed by a slash and one
// of its services, as in dpa/lno.
func agencyNamed(s string) string {
	s = strings.Trim(strings.TrimSpace(s), ".,;:()[]/* ")
	if len(s) > 64 || s == "" {
		return ""
	}
	s = strings.ToLower(s)
	if id := news.AgencyNamed(s); id != "" {
		return id
	}
	name, service, ok := strings.Cut(s, "/")
	if !ok || strings.ContainsAny(service, " .") {
		return ""
	}
	return news.AgencyNamed(name)
}

// agencyInByline returns the agency whose name is one of the parts of a byline.
func agencyInByline(author string) string {
	if author == "" || len(author) > 200 {
		return ""
	}
	s := author
	for _, by := range []string{"by ", "par ", "por ", "von ", "di "} {
		if len(s) > len(by) && strings.EqualFold(s[:len(by)], by) {
			s = s[len(by):]
			break
		}
	}
	found := ""
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",/|()（）;·、", r) }) {
		if id := agencyNamed(part); id != "" {
			if found != "" && found != id {
				return "" // two agencies: the outlet wrote its own from theirs
			}
			found = id
		}
	}
	return found
}

// agencyInDateline reads the beginning of a text: "PARIS (AFP) -", "МОСКВА, 22 ноября. /ТАСС/.", "新华社北京11月22日电".
func agencyInDateline(text string) string {
	if strings.HasPrefix(text, "新华社") || strings.HasPrefix(text, "新華社") {
		if i := strings.Index(text, "电"); i >= 0 && i < maxDateline || strings.Contains(text[:min(len(text), maxDateline)], "電") {
			return "xinhua"
		}
	}
	i := strings.IndexAny(text[:min(len(text), 2*maxDateline)], "(/（[")
	if i < 0 || utf8.RuneCountInString(text[:i]) > maxDateline || !isPlaceAndDate(text[:i]) {
		return cmp.Or(agencyAtDash(text), agencyInSaudiDateline(text))
	}
	open, size := utf8.DecodeRuneInString(text[i:])
	rest := text[i+size:]
	j := strings.IndexRune(rest, map[rune]rune{'(': ')', '/': '/', '（': '）', '[': ']'}[open])
	if j < 0 || j > 64 {
		return ""
	}
	id := agencyNamed(rest[:j])
	if id == "" {
		return ""
	}
	_, size = utf8.DecodeRuneInString(rest[j:])
	after := strings.TrimSpace(rest[j+size:])
	if after == "" || strings.ContainsRune("-–—―:.،,−", firstRune(after)) || i == 0 || unicode.Is(unicode.Arabic, firstRune(after)) {
		return id
	}
	return ""
}

// agencyAtDash reads an agency's name before or behind the first dash of a text:
// "Reuters - ", "JEDDAH, Nov 22, 2026, SPA -- ", "МОСКВА, 22 ноя - РИА Новости. ".
func agencyAtDash(text string) string {
	head := text[:min(len(text), maxDateline)]
	for _, dash := range []string{" - ", " – ", " — ", " -- "} {
		i := strings.Index(head, dash)
		if i <= 0 || !isPlaceAndDate(head[:i]) {
			continue
		}
		before := head[:i]
		if id := cmp.Or(agencyNamed(before), agencyNamed(before[strings.LastIndexByte(before, ',')+1:])); id != "" {
			return id
		}
		if name, _, ok := cutAny(head[i+len(dash):], ".:،"); ok {
			return agencyNamed(name)
		}
		return ""
	}
	return ""
}

// cutAny is strings.Cut for the first of several characters.
func cutAny(s, signs string) (before, after string, found bool) {
	i := strings.IndexAny(s, signs)
	if i < 0 {
		return s, "", false
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	return s[:i], s[i+size:], true
}

// agencyInSaudiDateline recognizes the dateline of the Saudi agency, which ends in the
// date in two calendars and its name.
func agencyInSaudiDateline(text string) string {
	head := text[:min(len(text), 2*maxDateline)]
	if i := strings.Index(head, " م واس "); i > 0 && strings.Contains(head[:i], "هـ") {
		return "spa"
	}
	return ""
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// isPlaceAndDate reports whether the text before an agency's name can be a place and a
// date: at most ten words, no question or exclamation, and at most two words in lower
// case.
func isPlaceAndDate(s string) bool {
	fields := strings.Fields(s)
	if len(fields) > 10 {
		return false
	}
	small := 0
	for _, w := range fields {
		r := firstRune(w)
		if unicode.IsLower(r) {
			small++ // the name of a month: "22 ноября", "22 nov"
		}
		if strings.HasSuffix(w, "?") || strings.HasSuffix(w, "!") {
			return false
		}
	}
	return small <= 2
}

// agencyInSignature reads a credit at the end of a text.
func agencyInSignature(text string) string {
	s := strings.TrimRight(text, " .\u00a0")
	if s == "" {
		return ""
	}
	if len(s) > maxSignature {
		s = s[len(s)-maxSignature:]
		for len(s) > 0 && !utf8.RuneStart(s[0]) {
			s = s[1:]
		}
	}
	if end := s[len(s)-1]; end == ')' || end == ']' || end == '/' {
		open := map[byte]string{')': "(", ']': "[", '/': "/"}[end]
		if i := strings.LastIndex(s[:len(s)-1], open); i >= 0 {
			inside := s[i+1 : len(s)-1]
			return cmp.Or(agencyNamed(inside), agencyNamed(inside[strings.LastIndexByte(inside, ':')+1:]))
		}
		return ""
	}
	if id := agencyInCopyright(s); id != "" {
		return id
	}
	for _, mark := range []string{"© ", "©", "(c) ", "Source: ", "source: ", "Quelle: ", "Fuente: ", "Fonte: ", "Источник: ", "المصدر: ", "来源：", ". - ", ". – ", ". — ", ".- "} {
		if i := lastIndex(s, mark); i >= 0 && i >= len(s)-64-len(mark) {
			if id := agencyNamed(s[i+len(mark):]); id != "" {
				return id
			}
		}
	}
	return agencyInDeskCode(s)
}

// lastIndex is strings.LastIndex, but faster when s has no mark, as is nearly always the
// case.
func lastIndex(s, mark string) int {
	if !strings.Contains(s, mark) {
		return -1
	}
	return strings.LastIndex(s, mark)
}

// agencyInCopyright reads "© 2026 AFP" and "Copyright 2026 The Associated Press. All rights
// reserved."
func agencyInCopyright(s string) string {
	for _, mark := range []string{"Copyright ", "©", "(c) "} {
		if i := lastIndex(s, mark); i >= 0 {
			owner, _, _ := cutAny(strings.TrimLeft(s[i+len(mark):], "© 0123456789-–,"), ".")
			if id := agencyNamed(owner); id != "" {
				return id
			}
		}
	}
	return ""
}

// agencyInDeskCode reads the code of an agency's desk: "dpa/abc", "afp/rd".
func agencyInDeskCode(s string) string {
	last := s[strings.LastIndexByte(s, ' ')+1:]
	i := strings.IndexByte(last, '/')
	if i < 2 || len(last) > 24 || strings.Contains(last, "//") || strings.ToLower(last) != last {
		return ""
	}
	switch id := news.AgencyNamed(last[:i]); id {
	case "afp", "dpa", "ap", "apa", "sda":
		return id
	}
	return ""
}
