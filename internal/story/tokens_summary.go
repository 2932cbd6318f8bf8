package story

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

const (
	maxSummaryWords  = 40  // words of a summary that are read
	maxSummaryBytes  = 600 // and bytes
	maxSummaryTokens = 8   // of its words, the heaviest count
	weightOfSummary  = 400 // thousandths of the weight of a headline's word
)

// summaryWords returns the first words of a summary.
func summaryWords(summary string) []string {
	if summary == "" {
		return nil
	}
	return headlineWords(nil, words.Fold(firstWords(summary)))
}

// firstWords returns a text up to its first maxSummaryWords words.
func firstWords(text string) string {
	if len(text) > maxSummaryBytes {
		end := maxSummaryBytes
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	rest := text
	for range maxSummaryWords {
		rest = strings.TrimLeft(rest, " \t\r\n")
		i := strings.IndexAny(rest, " \t\r\n")
		if i < 0 {
			return text
		}
		rest = rest[i:]
	}
	return text[:len(text)-len(rest)]
}

// addSummaryTokens appends the heaviest words of a summary that the headline and its link
// lack. They help to find the event; they do not decide about the story.
func (f *Fold) addSummaryTokens(more []token, s *signature, summary []string) []token {
	if len(summary) == 0 {
		return more
	}
	from := len(more)
	f.pieceBuf = pieces(summary, f.pieceBuf[:0])
	for _, w := range f.pieceBuf {
		t := f.known.token(w)
		if t.kind != functionWord && t.kind != number && len(w) > 1 && !hasRoot(s.tokens, t.root) && !hasRoot(more, t.root) {
			more = append(more, t)
		}
	}
	f.df.weighExtra(more[from:])
	slices.SortStableFunc(more[from:], func(a, b token) int { return cmp.Compare(b.weight, a.weight) })
	return weighLess(more[:min(len(more), from+maxSummaryTokens)], from, weightOfSummary)
}
