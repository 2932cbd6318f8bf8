package story

import "unicode/utf8"

// arabicForms are how Arabic makes verbs and their nouns of three letters, which stand
// as dots; of several that fit the first counts.
var arabicForms = readForms(
	"است..ا.", "يست...", "تست...", "است...",
	"ا.ت.ا.", "ان..ا.", "ت..ي.", "ا..ا.", "م.ا..", "ي.ا..", "ت.ا..",
	"ي.ت..", "ت.ت..", "ا.ت..", "ين...", "يت...", "تت...", "ان...",
	"ي...", "ت...", "ا...", "...ت",
)

func readForms(list ...string) (out [][]rune) {
	for _, f := range list {
		out = append(out, []rune(f))
	}
	return out
}

// arabicRoot is what a verb in Arabic letters and the noun of it have in common:
// headlines say the one for the other. A word of no such form is left as it is.
func arabicRoot(w string) string {
	if r, _ := utf8.DecodeRuneInString(w); r < 0x620 || r > 0x64A {
		return w
	}
	in := []rune(w)
	for _, f := range arabicForms {
		if out, ok := fitForm(in, f); ok {
			return out
		}
	}
	return w
}

func fitForm(w, form []rune) (string, bool) {
	if len(w) != len(form) {
		return "", false
	}
	var out []rune
	for i, r := range form {
		switch {
		case r == '.':
			out = append(out, w[i])
		case r != w[i]:
			return "", false
		}
	}
	return string(out), true
}
