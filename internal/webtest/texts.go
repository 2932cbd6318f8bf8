package webtest

import (
	"math/rand/v2"
	"strings"
)

// Language makes invented words, short ones for the frequent, in the letters and with the
// endings of a language.
type Language struct {
	Lang, syllables, endings string
	Gap                      string // between words
}

// Languages are those of TextMaker: of six scripts.
var Languages = []Language{
	{"en", "ba co der fen gra hul ist jor kel lum mar nor pol ras tin ver wol", "s ed ing er ly", " "},
	{"en", "ar bro cal den est fro gil hav ink lo mer nat os pre qual rem sto", "s ed ation al ", " "},
	{"de", "ab ber dach ein fel gut haus ich jung kel licht mut nacht ober pfad", "en er ung e ", " "},
	{"fr", "a beau ci don eau fer gre ille jou lan mi nou pre qui reau son tem", "s es er ment ", " "},
	{"ar", "با تا ثم جر حل خب در رم زن سل شر صف ضب طل عم غر فن قد كل لم مد نه", "ات ون ين ة ي", " "},
	{"ru", "ба ве го ду жи за ка ло ми но пе ра со ту фи хо це ша", "ов ами ый ть ", " "},
	{"zh", characters('一', 900, 7), "", ""},
	{"ja", characters('ぁ', 80, 1) + characters('丁', 500, 11), "", ""},
	{"ko", characters('가', 300, 17), "", " "},
}

// characters returns n characters from one on, each step after the one before,
// separated by spaces.
func characters(from rune, n, step int) string {
	var b strings.Builder
	for i := range n {
		b.WriteRune(from + rune(i*step))
		b.WriteByte(' ')
	}
	return b.String()
}

// TextMaker makes texts in a language. A few of its words are frequent, most are rare.
type TextMaker struct {
	Language
	Zipf  *rand.Zipf // how frequent the next word is: 0 is the most frequent
	r     *rand.Rand
	parts []string
}

// NewTextMaker returns the TextMaker of a language.
func NewTextMaker(t Language, r *rand.Rand) *TextMaker {
	return &TextMaker{t, rand.NewZipf(r, 1.08, 6, 60000), r, strings.Fields(t.syllables)}
}

// Word returns the n-th most frequent word.
func (v *TextMaker) Word(n uint64) string {
	var b strings.Builder
	for k := n; ; k /= uint64(len(v.parts)) {
		b.WriteString(v.parts[k%uint64(len(v.parts))])
		if k < uint64(len(v.parts)) {
			break
		}
	}
	if ends := strings.Split(v.endings, " "); n%3 == 0 && v.endings != "" {
		b.WriteString(ends[v.r.IntN(len(ends))])
	}
	return b.String()
}

// Text returns a text of n words.
func (v *TextMaker) Text(n int) string {
	ws := make([]string, n)
	for i := range ws {
		ws[i] = v.Word(v.Zipf.Uint64())
	}
	return strings.Join(ws, v.Gap)
}
