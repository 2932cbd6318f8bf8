package story

import (
	"slices"
	"strings"
)

// turkishEnding is what the ending of a Turkish word without an apostrophe shows of its
// case: the more, the greater. Alone it shows little, because many words end so in any
// case. But a word that has a greater one in the other headline is the object there.
type turkishEnding = nounCase

const (
	endsInConsonant turkishEnding = iota
	endsInHigh                    // ı, i, u, ü: an object, or whose it is
	endsInLow                     // a, e, -dan, -den
	endsInBuffered                // the same vowels behind y or n
)

// turkishVerbs stands in the bits of the verbs of a headline in Turkish.
const turkishVerbs = 7

// turkishCues returns the endings of the pieces of a headline, and what else c tells of it.
func turkishCues(c cues, of []string) cues {
	c &= (1<<verbBits - 1) &^ (1<<colonBits - 1)
	for i, w := range of {
		c.setCase(i, turkishEndingOf(w))
	}
	return c | turkishVerbs<<verbBits
}

func turkishEndingOf(w string) turkishEnding {
	if len(w) < 4 {
		return endsInConsonant
	}
	isVowel := func(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }
	switch last, before, third := w[len(w)-1], w[len(w)-2], w[len(w)-3]; {
	case isVowel(last) && (before == 'y' && isVowel(third) || before == 'n' && (third == 'i' || third == 'u')):
		return endsInBuffered
	case last == 'a', last == 'e', last == 'n' && (before == 'a' || before == 'e') && (third == 'd' || third == 't'):
		return endsInLow
	case last == 'i', last == 'u':
		return endsInHigh
	}
	return endsInConsonant
}

// isTurkish tells whether the cues of a headline are those of turkishCues.
func isTurkish(c cues, tokens []token) bool {
	return c.verbs() == turkishVerbs && !slices.ContainsFunc(tokens, func(t token) bool { return t.phonetic&^countBits == nonLatin })
}

// turkishCasesTell tells whether one word became an object in the other headline and
// another one no longer is one: "Başkan gazeteciye dava açtı", "Gazeteci başkana dava
// açtı". The last word is the verb.
func (d *direction) turkishCasesTell() bool {
	if !d.turkish {
		return false
	}
	gains, losses := 0, 0
	for i := range d.a {
		if !d.isShared(0, i) || d.a[i].kind == number || d.isLast(0, i) || d.isLast(1, int(d.inB[i])) {
			continue
		}
		switch from, to := d.cues[0].caseOf(i), d.cues[1].caseOf(int(d.inB[i])); {
		case from < to:
			gains++
		case from > to:
			losses++
		}
	}
	return gains > 0 && losses > 0
}

// isLast tells whether no word of content is behind a token.
func (d *direction) isLast(side, i int) bool {
	return !slices.ContainsFunc(d.tokens(side)[i+1:], d.isContent)
}
