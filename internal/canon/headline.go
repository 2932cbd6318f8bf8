package canon

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/words"
)

// Title returns the headline of an item, as Headline does. A title that is plain text is
// taken as it is written.
func Title(it *feed.Item) string {
	if it.PlainTitle {
		return plainHeadline(it.Title)
	}
	return Headline(it.Title)
}

// Headline returns a title as one line of plain text, of at most 500 characters: without
// markup, with references decoded even if they were escaped twice, and without characters
// that hide text or change its direction.
func Headline(title string) string {
	return plainHeadline(titleText(clipTitle(title)))
}

// plainHeadline is Headline for plain text.
func plainHeadline(s string) string {
	return truncate(cleanLine(withoutCDATA(clipTitle(s))), maxHeadline)
}

// maxTitle is how much of a title is read, in bytes. It leaves room for markup.
const maxTitle = 16 * maxHeadline

func clipTitle(s string) string {
	if len(s) <= maxTitle {
		return s
	}
	return strings.ToValidUTF8(s[:maxTitle], "")
}

// truncate is words.Cut, but faster for short texts.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return words.Cut(s, n)
}

// maxMarks is how many combining marks a letter may have. No script needs more.
const maxMarks = 6

// cleanLine returns s on one line, in NFC, without characters that can't be read.
func cleanLine(s string) string {
	if plainASCII(s) {
		return singleSpaced(s)
	}
	s = strings.TrimSpace(strings.ToValidUTF8(norm.NFC.String(s), ""))
	if isCleanLine(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	space, marks := false, 0
	last := rune(0)
	for i, r := range s {
		switch {
		case isOrdinary(r):
			marks = 0
		case unicode.IsSpace(r):
			space = out.Len() > 0
			continue
		case isJoiner(r):
			next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if space || isJoiner(last) || !canJoin(last) || !canJoin(next) {
				continue
			}
		case isInvisible(r, last):
			continue
		case unicode.Is(unicode.Mn, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		if space {
			out.WriteByte(' ')
			space = false
		}
		out.WriteRune(r)
		last = r
	}
	return out.String()
}

// plainASCII reports whether s is ASCII without control characters except white space.
func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x7f || c < 0x20 && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// singleSpaced returns s with each run of spaces replaced by one.
func singleSpaced(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "  ") && !strings.ContainsAny(s, "\t\n\r") {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isCleanLine reports whether cleanLine has nothing to change.
func isCleanLine(s string) bool {
	last := ' '
	for _, r := range s {
		if !isOrdinary(r) && (r != ' ' || last == ' ') {
			return false
		}
		last = r
	}
	return true
}

// isOrdinary is a fast test that is true for most characters in use: cleanLine keeps
// them in any place.
func isOrdinary(r rune) bool {
	return r > 0x20 && r < 0x7f || r > 0xad && r < 0x300 || r >= 0x0370 && r < 0x0483 || r >= 0x0620 && r < 0x064b ||
		r >= 0x3041 && r < 0x3099 || r >= 0x30a1 && r < 0x3130 || r >= 0x4e00 && r < 0xa000 || r >= 0xac00 && r < 0xd7a4 || r > 0x200f && r < 0x2028
}

// isJoiner reports whether r is the zero-width joiner or non-joiner.
func isJoiner(r rune) bool { return r == 0x200c || r == 0x200d }

// canJoin reports whether a joiner beside r can have a meaning: in scripts whose letters
// join, and between emoji.
func canJoin(r rune) bool {
	return r >= 0x0600 && r < 0x0900 || r >= 0x0900 && r < 0x1100 || r >= 0x1780 && r < 0x18b0 ||
		r >= 0x2600 && r < 0x2800 || r >= 0x2190 && r < 0x2c00 || r >= 0x1f000 && r < 0x20000 || r == 0xfe0f || r >= 0xa800 && r < 0xac00 ||
		r >= 0xfb50 && r < 0xfe00 || r >= 0xfe70 && r < 0xfeff
}

// isInvisible reports whether r is a control character, changes the direction of text, or
// has no width. A variation selector behind a character is none of these, a second one
// is. last is the character before r, 0 when there is none.
func isInvisible(r, last rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xad, r == 0x61c, r == 0x034f, r == 0x180e:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xfff0 && r <= 0xfffb:
		return true
	case r >= 0xfe00 && r <= 0xfe0f:
		return last == 0 || last >= 0xfe00 && last <= 0xfe0f
	case r >= 0xe0020 && r <= 0xe007f:
		return last != 0x1f3f4 && (last < 0xe0020 || last > 0xe007f)
	case r >= 0xe0000 && r <= 0xe0fff, r == 0x3164, r == 0x115f, r == 0x1160, r == 0xffa0:
		return true
	}
	return r == utf8.RuneError || r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef
}

// firstSentence returns the first sentence of a text, for items without a title.
func firstSentence(s string) string {
	for i, r := range s {
		n := i + utf8.RuneLen(r)
		if n > 40 && strings.ContainsRune(".!?؟۔", r) && (n == len(s) || s[n] == ' ') || n > 20 && strings.ContainsRune("。！？", r) {
			s = s[:n]
			break
		}
	}
	return truncate(strings.TrimSuffix(s, "."), 120)
}
