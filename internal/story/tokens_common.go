package story

import (
	"bytes"
	"embed"
	"io"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
)

// commonFiles are the common words of each language. Their source, which is in
// common/NOTICE.txt, decides their licence. TestBuildCommonWords makes them: it leaves out
// names.
//
//go:embed common/*.br
var commonFiles embed.FS

// commonLanguages are the languages that have a list, and their scripts.
var commonLanguages = map[string]letters{
	"de": latin, "en": latin, "es": latin, "fr": latin, "id": latin, "it": latin, "nl": latin, "pl": latin, "pt": latin, "tr": latin, "vi": latin,
	"ar": arabic, "fa": arabic, "ru": cyrillic, "uk": cyrillic, "zh": han, "ja": han, "ko": hangul, "el": greek, "he": hebrew, "hi": devanagari,
}

// maxCommonClass is the class of the commonest words.
const maxCommonClass = 15

// commonWords tells how common the words of a language are. It is nil for a language
// without a list.
type commonWords struct {
	slots []uint32 // an open hash table of roots: 28 bits of a root, then 4 of its class; 0 for none
}

const maskOfClass = 1<<4 - 1

// class returns how common the words with a root are: of about 2^-(17-class) of the
// headlines in the language it can be expected that they have one of them, so 1/4 in class
// 15, 1/1024 in class 7 and at most 1/65536 in class 1. It is 0 for a root that is not in
// the list: that of a name, or of a rare word.
func (c *commonWords) class(root uint32) uint8 {
	if c == nil {
		return 0
	}
	mask := uint32(len(c.slots) - 1)
	for i := root & mask; c.slots[i] != 0; i = (i + 1) & mask {
		if (c.slots[i]^root)&^maskOfClass == 0 {
			return uint8(c.slots[i] & maskOfClass)
		}
	}
	return 0
}

// expectedOf is how many headlines the expectation of prior is for.
const expectedOf = 300

// maxPrior is less than the headlines that rarity adds to those seen, so that no word is
// expected in more headlines than there are.
const maxPrior = 128 * 256

// prior is in how many of expectedOf headlines, in 256ths, words of a class are expected.
func prior(class uint8) uint64 {
	if class == 0 {
		return 0
	}
	return min(uint64(expectedOf*256)>>(maxCommonClass+2-class), maxPrior)
}

// set adds a root. The first class of a root counts.
func (c *commonWords) set(root uint32, class uint8) {
	mask := uint32(len(c.slots) - 1)
	i := root & mask
	for ; c.slots[i] != 0; i = (i + 1) & mask {
		if (c.slots[i]^root)&^maskOfClass == 0 {
			return
		}
	}
	c.slots[i] = root&^maskOfClass | uint32(class)
}

// commonByLanguage reads the list of a language at the first headline in it.
var commonByLanguage = func() map[string]func() *commonWords {
	out := map[string]func() *commonWords{}
	for lang := range commonLanguages {
		out[lang] = sync.OnceValue(func() *commonWords { return readCommon(lang) })
	}
	return out
}()

// readCommon reads the list of a language. Its first line has a letter for each word, its
// class: b is 1. Each other line is a word, as pieces returns it: how many bytes it has in
// common with the one before it, counted from the character 0, and the rest. Of the words
// of a root only the shortest is listed.
func readCommon(lang string) *commonWords {
	text := unpackCommon(lang)
	classes, text, _ := strings.Cut(text, "\n")
	c := &commonWords{make([]uint32, 2<<bits.Len(uint(len(classes))))}
	l, buf := lex(), make([]byte, 0, 64)
	for i := range len(classes) {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		buf = append(buf[:line[0]-'0'], line[1:]...)
		c.set(l.token(string(buf)).root, classes[i]-'a')
	}
	return c
}

func unpackCommon(lang string) string {
	packed, err := commonFiles.ReadFile("common/" + lang + ".br")
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(brotli.NewReader(bytes.NewReader(packed)))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// commonIn returns the common words of the language of a headline, whose words are w. Feeds
// often name no language, or English for another one: then the script of the first word
// decides, and among languages of Latin letters the short words do. It is nil for a language
// without a list.
func commonIn(language string, w []string) *commonWords {
	if read := commonByLanguage[commonLanguage(language, w)]; read != nil {
		return read()
	}
	return nil
}

func commonLanguage(language string, w []string) string {
	code, script := baseOf(language), lettersOf(w)
	of, listed := commonLanguages[code]
	switch {
	case code != "" && !listed, of == script && code != "en":
		return code
	case script == latin:
		return latinLanguage(w)
	case script == cyrillic && containAny(w, "іїєґ"):
		return "uk"
	case script == arabic && containAny(w, "پچژگ"):
		return "fa"
	case script == han && slices.ContainsFunc(w, hasKana):
		return "ja"
	}
	return languageOf[script]
}

// baseOf returns the language of a BCP 47 tag in lower case.
func baseOf(tag string) string {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	if tag = strings.ToLower(tag); tag == "iw" { // the old code of Hebrew
		return "he"
	}
	return tag
}

// latinLanguage is the language that has most of the short words of a headline in Latin
// letters: English unless another one has two of them or more.
func latinLanguage(w []string) string {
	likely, n := lex().stages.likely(w)
	if n < 2 || likely&english != 0 {
		return "en"
	}
	return stageLanguages[bits.TrailingZeros32(uint32(likely))].code
}

// letters is the script of a headline.
type letters uint8

const (
	otherLetters letters = iota
	latin
	arabic
	cyrillic
	han // with Kana
	hangul
	greek
	hebrew
	devanagari
)

// languageOf is the language of most headlines in a script.
var languageOf = [...]string{latin: "en", arabic: "ar", cyrillic: "ru", han: "zh", hangul: "ko", greek: "el", hebrew: "he", devanagari: "hi"}

// lettersOf returns the script of the first word that is no number.
func lettersOf(w []string) letters {
	for _, word := range w {
		if c := word[0]; c >= 'a' && c <= 'z' {
			return latin
		} else if c >= utf8.RuneSelf {
			r, _ := utf8.DecodeRuneInString(word)
			return scriptOfRune(r)
		}
	}
	return otherLetters
}

func scriptOfRune(r rune) letters {
	switch {
	case r < 0x370:
		return latin
	case r < 0x400:
		return greek
	case r < 0x530:
		return cyrillic
	case r >= 0x590 && r < 0x600:
		return hebrew
	case r >= 0x600 && r < 0x780:
		return arabic
	case r >= 0x900 && r < 0x980:
		return devanagari
	case r >= 0x1e00 && r < 0x1f00:
		return latin
	case r >= 0x1f00 && r < 0x2000:
		return greek
	case r >= 0xac00 && r < 0xd7b0:
		return hangul
	case r >= 0x3040 && r < 0xa000, r >= 0x20000:
		return han
	}
	return otherLetters
}

func containAny(w []string, letters string) bool {
	return slices.ContainsFunc(w, func(word string) bool { return strings.ContainsAny(word, letters) })
}
