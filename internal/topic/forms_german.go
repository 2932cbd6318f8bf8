package topic

import (
	"slices"
	"strings"
	"sync"
)

var (
	germanNoun  = list("- e en em es s n ens")
	germanAgent = list("- s n")
)

// distrustGerman replaces the stem of a word by the endings of nouns where -er makes
// another word: Wähler are not Wahlen, and Messer not Messen.
func (f *forms) distrustGerman(word string) {
	if base, _, ok := cut(word, "ern", "ers", "er"); ok {
		if !takesGermanEr(base) {
			f.stem = ""
			f.add(base+"er", germanAgent)
			f.add(word, list("- s")) // Bayerns
		}
		return
	}
	base, _, _ := cut(word, "en", "e")
	if strings.HasSuffix(word, "s") || letters(base) < 3 || takesGermanEr(base) {
		return
	}
	f.stem = ""
	f.add(base, germanNoun)
}

var germanErNouns = sync.OnceValue(func() []string {
	var all []string
	for w := range readOwn("de_er.txt") {
		all = append(all, w)
	}
	slices.Sort(all)
	return all
})

// germanAdjectives are endings of adjectives, and germanParticiples the beginnings of
// participles in -t.
var germanAdjectives = [...]string{"isch", "lich", "ig", "sam", "bar", "haft", "los", "ell", "iv", "end"}

var germanParticiples = [...]string{"ge", "ver", "be", "er", "ent", "zer"}

// takesGermanEr reports whether -er behind a word makes a form of it.
func takesGermanEr(word string) bool {
	ends := func(e string) bool { return strings.HasSuffix(word, e) }
	if slices.ContainsFunc(germanErNouns(), ends) {
		return true
	}
	if letters(word) < 6 {
		return false // Fisch, König
	}
	return slices.ContainsFunc(germanAdjectives[:], ends) || ends("t") && slices.ContainsFunc(germanParticiples[:], func(p string) bool { return strings.HasPrefix(word, p) })
}

// umlauts writes a term of a query as those do who have no umlauts.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue")
