package story

import (
	"strings"

	"github.com/slugline/slugline/internal/words"
)

const (
	minSlug       = 4 // words of a link's last part that make it a headline
	maxLinkTokens = 8 // words beyond the headline that are taken from it
)

// headlineTokens are the words of the story's first headline.
func (t *liveStory) headlineTokens() []token { return t.tokens[:t.headlineSize] }

// linkTokens reads the words that a headline's link has beyond the headline. It is often
// an earlier headline of the same page, or a longer one, and helps to find the
// event; what is folded into a story does not hang on it.
func (f *Fold) linkTokens(link string, said []token) []token {
	s := linkHeadline(link)
	if s == "" {
		return nil
	}
	f.pieceBuf = pieces(f.wordBuf[:0], f.pieceBuf[:0], s)
	if len(f.pieceBuf) < minSlug {
		return nil
	}
	var out []token
	for _, w := range f.pieceBuf {
		t := lex().token(w)
		if t.kind == functionWord || t.kind == number || len(w) < 3 || hasRoot(said, t.root) || hasRoot(out, t.root) {
			continue
		}
		out = append(out, t)
		if len(out) == maxLinkTokens || len(out)+len(said) == maxTokens {
			break
		}
	}
	f.df.weighExtra(out, said)
	return out
}

// linkHeadline is the part of a link that is most like a headline, folded; empty when
// none is.
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
