package canon

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

//go:embed morelinks.txt
var moreLinks string

// trailers are the phrases of morelinks.txt, folded, except for sentences.
var trailers = sync.OnceValue(func() (t struct {
	whole     map[string]bool // texts of links
	beginning []string        // of texts of links
	sentences [][2]string     // beginning and middle of a sentence
}) {
	t.whole = map[string]bool{}
	for line := range strings.Lines(moreLinks) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if a, b, ok := strings.Cut(line, "|"); ok {
			t.sentences = append(t.sentences, [2]string{a, b})
			for _, quote := range []string{"’", "&#8217;", "&rsquo;"} {
				if curly := strings.ReplaceAll(a, "'", quote); curly != a {
					t.sentences = append(t.sentences, [2]string{curly, b})
				}
			}
			continue
		}
		phrase, open := strings.CutSuffix(line, " *")
		t.whole[words.Fold(phrase)] = true
		if open {
			t.beginning = append(t.beginning, words.Fold(phrase))
		}
	}
	return t
})

// maxTrailer is how much of the end of a text is searched for what leads to the article,
// in bytes.
const maxTrailer = 2048

// maxTrailers is how many links at the end of a text are looked at.
const maxTrailers = 12

// withoutTrailer returns HTML without the links and paragraphs at its end that only lead
// to the article: "Read more", "The post X appeared first on Y", links without text. cut
// reports that there was one.
func withoutTrailer(markup string) (_ string, cut bool) {
	for range maxTrailers {
		start := trailerStart(markup)
		if start < 0 {
			break
		}
		markup, cut = markup[:start], true
	}
	return markup, cut
}

// trailerStart returns where the last link or paragraph of the markup begins if it is a
// trailer, else -1.
func trailerStart(markup string) int {
	from := max(0, len(markup)-maxTrailer)
	tail := withoutClosers(markup[from:])
	if !hasSuffixFold(tail, "</a>") {
		return paragraphStart(from, tail)
	}
	i := strings.LastIndex(tail, "<a ")
	if i < 0 {
		i = strings.LastIndex(tail, "<A ")
	}
	if i < 0 {
		return -1
	}
	text := onlyWords(words.Fold(cleanLine(htmlText(tail[i:], 400))))
	if text == "" || isMorePhrase(text) && (!isOneWord(text) || endsClause(tail[:i])) {
		return from + i
	}
	return paragraphStart(from, tail)
}

// paragraphStart is trailerStart for a sentence that is a paragraph with links.
func paragraphStart(from int, tail string) int {
	i := strings.LastIndex(tail, "<p")
	if i < 0 || !strings.Contains(tail[i:], "<a") {
		return -1
	}
	n := tagEnd(tail[i:])
	in := strings.TrimSpace(tail[i+n:])
	for _, p := range trailers().sentences {
		if rest, ok := strings.CutPrefix(in, p[0]); ok && strings.Contains(rest, p[1]) {
			return from + i
		}
	}
	return -1
}

// withoutClosers returns markup without the end tags, empty blocks, line breaks, comments,
// pictures and signs that end it.
func withoutClosers(s string) string {
	for {
		s = strings.TrimRight(s, " \t\r\n")
		if !strings.HasSuffix(s, ">") {
			if t := strings.TrimRight(s, ")]»→›|"); t != s && hasSuffixFold(t, "</a>") {
				return t
			}
			if t, ok := strings.CutSuffix(s, "&nbsp;"); ok {
				s = t
				continue
			}
			return s
		}
		i := strings.LastIndexByte(s, '<')
		if i < 0 {
			return s
		}
		t, ok := tagAt(s, i)
		if !ok || t.end != len(s) || !isCloser(&t) {
			return s
		}
		s = s[:i]
	}
}

// isCloser reports whether a tag at the end of a text has no text behind it.
func isCloser(t *tag) bool {
	return t.name == "" || t.name == "img" || elements[t.name] == breaking || t.closing && t.name != "a"
}

// onlyWords returns a text without the signs around it.
func onlyWords(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) })
}

// isMorePhrase reports whether a folded text leads to the article and says nothing else.
func isMorePhrase(text string) bool {
	t := trailers()
	if t.whole[text] {
		return true
	}
	for _, b := range t.beginning {
		if rest, ok := strings.CutPrefix(text, b); ok {
			if r, _ := utf8.DecodeRuneInString(rest); !unicode.IsLetter(r) && !unicode.IsMark(r) {
				return true
			}
		}
	}
	return false
}

// isOneWord reports whether a phrase is a single word, in a script that has spaces.
func isOneWord(phrase string) bool {
	r, _ := utf8.DecodeRuneInString(phrase)
	return !strings.Contains(phrase, " ") && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}

// endsClause reports whether markup ends where a word of its own may follow, such as
// "more": behind a sentence, a tag, a bracket or an ellipsis.
func endsClause(markup string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(markup, " \t\r\n"))
	return r == utf8.RuneError || strings.ContainsRune(".!?…。！？؟۔।>;([|·•–—-", r)
}

// withoutTail returns a text without what leads to the article at its end, where it is no
// link: in brackets, before an arrow or, if no markup was in the text, as the sentence of
// WordPress.
func withoutTail(text string, markup bool) string {
	if !markup {
		text = withoutSentence(text)
	}
	for range 3 {
		short := withoutArrow(withoutBracket(text))
		if short == text {
			break
		}
		text = short
	}
	return text
}

// withoutBracket removes "(more…)", "[Read more]" and "[…]". The last one leaves an
// ellipsis.
func withoutBracket(s string) string {
	if !strings.HasSuffix(s, "]") && !strings.HasSuffix(s, ")") {
		return s
	}
	i := strings.LastIndexAny(s[:len(s)-1], "[(")
	if i < 0 || len(s)-i > 80 {
		return s
	}
	in := s[i+1 : len(s)-1]
	before := strings.TrimRight(s[:i], " ")
	phrase := strings.Trim(in, " .…»→")
	dots := len(phrase) < len(in) && strings.ContainsAny(in, ".…")
	switch {
	case phrase == "" && dots && endsSentence(before):
		return before
	case phrase == "" && dots:
		return strings.TrimRight(before, " ,;:-–—") + "…"
	case (dots || s[i] == '[' || strings.Contains(phrase, " ")) && isMorePhrase(words.Fold(phrase)):
		return before
	}
	return s
}

func endsSentence(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return s == "" || strings.ContainsRune(".!?…。！？؟۔", r)
}

// withoutArrow removes "Continue reading →".
func withoutArrow(s string) string {
	line := strings.TrimRight(s, " →»›>")
	if line == s || !strings.ContainsAny(s[len(line):], "→»›>") {
		return s
	}
	at := len(line)
	for range 4 {
		if at = strings.LastIndexByte(line[:at], ' '); at < 0 {
			break
		}
		if trailers().whole[words.Fold(line[at+1:])] {
			return strings.TrimRight(line[:at], " ")
		}
	}
	return s
}

// withoutSentence removes the sentence that WordPress puts behind a text.
func withoutSentence(s string) string {
	const maxName, maxSentence = 120, 512 // bytes
	end := s[max(0, len(s)-maxName):]
	for _, p := range trailers().sentences {
		if p[0] == "" || !strings.Contains(end, p[1]) {
			continue
		}
		from := max(0, len(s)-maxSentence)
		if i := strings.LastIndex(s[from:], p[0]); i >= 0 && strings.Contains(s[from+i:], p[1]) {
			return strings.TrimRight(s[:from+i], " ")
		}
	}
	return s
}
