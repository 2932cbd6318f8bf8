package story

import (
	"strings"

	"github.com/slugline/slugline/internal/words"
)

const (
	minSlug       = 4 // words of the last part of a link that make it a headline
	maxLinkTokens = 8 // words that are added to those of the headline
)

// headlineTokens returns the tokens of the story's first headline.
func (t *liveStory) headlineTokens() []token { return t.tokens[:t.headlineSize] }

// linkTokens returns words that a headline's link has and the headline lacks. A link
// often holds an earlier or longer headline of its page. Its words help to find the
// event; they do not decide about the story.
func (f *Fold) linkTokens(link string, headline []token) []token {
	s := linkHeadline(link)
	if s == "" {
		return nil
	}
	f.wordBuf = headlineWords(f.wordBuf[:0], s)
	f.pieceBuf = pieces(f.wordBuf, f.pieceBuf[:0])
	if len(f.pieceBuf) < minSlug {
		return nil
	}
	var out []token
	for _, w := range f.pieceBuf {
		t := f.known.token(w)
		if t.kind == functionWord || t.kind == number || len(w) < 3 || hasRoot(headline, t.root) || hasRoot(out, t.root) {
			continue
		}
		out = append(out, t)
		if len(out) == maxLinkTokens || len(out)+len(headline) == maxTokens {
			break
		}
	}
	f.df.weighExtra(out)
	return out
}

// linkHeadline returns the part of a link that looks most like a headline, folded;
// empty when none does.
func linkHeadline(link string) string {
	_, path, _ := strings.Cut(link, "/")
	path, _, _ = strings.Cut(path, "?")
	best, most := "", minSlug-2
	for part := range strings.SplitSeq(path, "/") {
		if n := strings.Count(part, "-") + strings.Count(part, "_"); n > most {
			best, most = part, n
		}
	}
	if best == "" {
		return ""
	}
	fields := strings.FieldsFunc(best, func(r rune) bool { return r == '-' || r == '_' })
	kept := fields[:0]
	for _, w := range fields {
		if !strings.ContainsAny(w, "0123456789.%") {
			kept = append(kept, w)
		}
	}
	return words.Fold(strings.Join(kept, " "))
}
