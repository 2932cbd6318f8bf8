package topic

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The endings of Turkish nouns, in their order: plural, possessive, case. Folded, ı is
// i, ü is u and ö is o. Behind a vowel they begin with y, n or s.
var (
	turkishCases      = list("- i u a e da de ta te dan den tan ten in un la le")
	turkishVowelCases = list("- yi yu ya ye da de ta te dan den tan ten nin nun yla yle")
	turkishOwnedCases = list("- ni nu na ne nda nde ndan nden nin nun yla yle")
	turkishOwned      = list("i u")
	turkishVowelOwned = list("si su")
	turkishPlural     = list("lar ler")

	turkishAfterPlural    = union(turkishCases, join(turkishOwned, turkishOwnedCases))
	turkishAfterConsonant = union(turkishCases, join(turkishOwned, turkishOwnedCases),
		join(turkishPlural, turkishAfterPlural), join(list("da de ta te"), list("ki kiler")))
	turkishAfterVowel = union(turkishVowelCases, join(turkishVowelOwned, turkishOwnedCases),
		join(turkishPlural, turkishAfterPlural), join(list("da de"), list("ki kiler")))

	// of words so short that with a vowel behind them they are often another word
	turkishShort = union(list("- da de ta te dan den tan ten"), join(turkishPlural, turkishAfterPlural))

	turkishSoft = slices.DeleteFunc(slices.Clone(turkishAfterConsonant), func(e string) bool {
		return e == "" || !isLatinVowel(e[0])
	})
)

// turkishSoftened are the last letters that change before a vowel.
var turkishSoftened = map[byte]string{'p': "b", 't': "d", 'k': "g"}

// addTurkish adds the forms of a Turkish word. Derived words, as those in -li and -ci,
// are other words.
func (f *forms) addTurkish(word string) {
	f.stem = ""
	if base, _, ok := cut(word, "lar", "ler"); ok && letters(base) >= 4 {
		f.addTurkishNoun(base)
	}
	f.addTurkishNoun(word)
}

func (f *forms) addTurkishNoun(word string) {
	last := word[len(word)-1]
	switch {
	case letters(word) < 2:
		f.add(word, list("-"))
	case letters(word) <= 3:
		f.add(word, turkishShort)
	case isLatinVowel(last):
		f.add(word, turkishAfterVowel)
	default:
		f.add(word, turkishAfterConsonant)
		if soft := turkishSoftened[last]; soft != "" {
			f.add(word[:len(word)-1]+soft, turkishSoft)
		}
	}
}

func isLatinVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// turkishRests appends the names that stand before an apostrophe in a folded text, each
// with the word as it is without the apostrophe.
func turkishRests(dst []rest, folded string) []rest {
	for from := 0; ; {
		i := strings.IndexByte(folded[from:], '\'')
		if i < 0 {
			return dst
		}
		i += from
		from = i + 1
		head := folded[lettersBefore(folded, i):i]
		tail := folded[i+1 : lettersAfter(folded, i+1)]
		if head != "" && tail != "" {
			dst = append(dst, rest{head, head + tail})
		}
	}
}

func lettersBefore(s string, i int) int {
	for i > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if !isWordRune(r) {
			break
		}
		i -= size
	}
	return i
}

func lettersAfter(s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isWordRune(r) {
			break
		}
		i += size
	}
	return i
}
