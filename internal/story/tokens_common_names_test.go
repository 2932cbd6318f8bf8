package story

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"github.com/slugline/slugline/internal/words"
)

// dictionaries are those of hunspell that know the words of a language. The dictionary of
// Hindi knows too few.
var dictionaries = map[string]string{
	"en": "en_US,en_GB", "de": "de_DE_frami,de_CH_frami", "fr": "fr", "es": "es_ES", "it": "it_IT", "pt": "pt_PT,pt_BR", "nl": "nl_NL", "pl": "pl_PL",
	"tr": "tr_TR", "id": "id_ID", "ru": "ru_RU", "uk": "uk_UA", "el": "el_GR", "ar": "ar", "fa": "fa", "he": "he_IL", "vi": "vi_VN",
}

// nameFinder tells names from other words. Its sets have folded words of one language.
type nameFinder struct {
	names    map[string]bool // words that are names
	roots    map[uint32]bool // roots of names that no word may have
	words    map[string]bool // words that are none, whatever the other lists say
	accepted map[string]bool // words that a dictionary has in lower case; nil without one
	nouns    map[string]bool // German words that a dictionary has with a capital letter
	except   map[string]bool // German nouns that are names
}

func (f *nameFinder) isName(w string) bool {
	key := fold(w)
	switch {
	case f.words[key]:
		return false
	case f.names[key]:
		return true
	case f.accepted == nil || f.accepted[key]:
		return false
	}
	return !f.nouns[key] || f.except[key]
}

// acceptAll accepts words that a dictionary lacks.
func (f *nameFinder) acceptAll(all []frequentWord, isKnown func(string) bool) {
	for _, w := range all {
		if isKnown(w.text) {
			f.accepted[fold(w.text)] = true
		}
	}
}

// vietnamese are letters with the marks of Vietnamese, whose dictionary lacks some syllables.
const vietnamese = "áạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơưă"

// namesOf returns what tells the names in the list of a language.
func (b *commonBuilder) namesOf(lang string, all []frequentWord) *nameFinder {
	f := &nameFinder{names: b.ownList("names", lang), words: b.ownList("words", lang), roots: map[uint32]bool{}}
	for _, w := range b.calendarWords(lang) {
		f.words[fold(w)] = true
	}
	if dict := dictionaries[lang]; dict != "" {
		f.accepted = b.accepted(dict, all)
	}
	switch lang {
	case "fa":
		f.acceptAll(all, func(w string) bool { return strings.HasPrefix(w, "می\u200c") || strings.HasPrefix(w, "نمی\u200c") }) // verbs
	case "vi":
		f.acceptAll(all, func(w string) bool { return strings.ContainsAny(w, vietnamese) })
	case "zh":
		b.addChineseNames(f.names)
	case "ja":
		b.addJapaneseNames(f.names)
	case "he":
		b.addHebrewNames(f.names)
	case "de":
		f.nouns, f.except = b.accepted(dictionaries[lang], capitals(all)), b.germanNames(all)
	}
	if slices.Contains(uncased, lang) {
		b.addUncased(f.names, lang)
	}
	b.addRoots(f, lang)
	return f
}

// addRoots adds the roots of our own names and, if the language shows that they are no
// other word, of states and cities. Words of the lexicon keep theirs.
func (b *commonBuilder) addRoots(f *nameFinder, lang string) {
	if isDense(lang) {
		return
	}
	of := b.ownList("names", lang)
	if f.accepted != nil && !slices.Contains(uncased, lang) {
		for _, w := range b.cldrTexts(lang, "territories", "timeZoneNames") {
			if key := fold(w); key != "" && !strings.Contains(key, " ") && !f.accepted[key] && !f.nouns[key] {
				of[key] = true
			}
		}
	}
	for w := range of {
		if root := lex().token(w).root; !f.words[w] && root == rootOf(lex().stem(w)) {
			f.roots[root] = true
		}
	}
}

// isDense tells whether a language puts no spaces between words, or the fold cuts its words
// as if it put none.
func isDense(lang string) bool { return lang == "zh" || lang == "ja" || lang == "ko" }

// uncased are the languages that write names as they do other words.
var uncased = []string{"ar", "fa", "he", "hi", "zh", "ja", "ko"}

// addUncased adds names of persons, states and cities.
func (b *commonBuilder) addUncased(out map[string]bool, lang string) {
	for _, w := range b.cldrTexts(lang, "territories", "timeZoneNames") {
		if key := fold(w); !strings.Contains(key, " ") {
			out[key] = true
		}
	}
	for w := range b.persons {
		if w != "" && w[0] >= utf8.RuneSelf && (utf8.RuneCountInString(w) > 1 || !words.Unspaced(w)) {
			out[w] = true
		}
	}
}

// ownList returns the words of a section of common/names.txt for a language.
func (b *commonBuilder) ownList(section, lang string) map[string]bool {
	data, err := os.ReadFile("common/names.txt")
	b.check(err)
	out := map[string]bool{}
	in := ""
	for line := range strings.Lines(string(data)) {
		code, list, _ := strings.Cut(strings.TrimSpace(line), ":")
		if strings.HasPrefix(code, "[") {
			in = strings.Trim(code, "[]")
		}
		if in != section || code != lang && (code != "*" || slices.Contains([]string{"ru", "uk", "el", "vi"}, lang) || slices.Contains(uncased, lang)) {
			continue
		}
		for w := range strings.FieldsSeq(list) {
			out[fold(w)] = true
		}
	}
	return out
}

// calendarWords returns the names of months and days, which some languages write with a
// capital letter.
func (b *commonBuilder) calendarWords(lang string) []string {
	out := b.cldrTexts(lang, "ca-gregorian")
	if lang == "en" {
		out = append(out, "christmas", "easter", "internet")
	}
	return out
}

// cldrTexts returns the names of states, of the cities that give time zones theirs, or of
// months and days.
func (b *commonBuilder) cldrTexts(lang string, files ...string) []string {
	var out []string
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(b.dir, "cldr", lang, file+".json"))
		b.check(err)
		var tree any
		b.check(json.Unmarshal(data, &tree))
		out = appendTexts(out, tree, "")
	}
	return out
}

// appendTexts appends the texts below the keys territories, exemplarCity and wide of a tree.
// 001 is the world.
func appendTexts(out []string, tree any, above string) []string {
	object, _ := tree.(map[string]any)
	for key, value := range object {
		text, isText := value.(string)
		switch {
		case isText && (key == "exemplarCity" || above == "territories" && key != "001" || above == "months" || above == "days"):
			out = append(out, text)
		case isText:
		case key == "territories" || key == "months" || key == "days":
			out = appendTexts(out, value, key)
		case key == "wide" || above == "months" || above == "days":
			if key != "abbreviated" && key != "narrow" {
				out = appendTexts(out, value, above)
			}
		default:
			out = appendTexts(out, value, "")
		}
	}
	return out
}

func capital(w string) string {
	r, n := utf8.DecodeRuneInString(w)
	return string(unicode.ToUpper(r)) + w[n:]
}

func capitals(all []frequentWord) []frequentWord {
	out := make([]frequentWord, len(all))
	for i, w := range all {
		out[i] = frequentWord{capital(w.text), w.share}
	}
	return out
}

// accepted returns the words that dictionaries of hunspell know as they are written. The
// lists have no œ and no final sigma.
func (b *commonBuilder) accepted(dict string, all []frequentWord) map[string]bool {
	out := map[string]bool{}
	for name := range strings.SplitSeq(dict, ",") {
		var in strings.Builder
		for _, w := range all {
			in.WriteString(w.text + "\n")
			if name == "fr" && strings.Contains(w.text, "oe") {
				in.WriteString(strings.Replace(w.text, "oe", "œ", 1) + "\n")
			}
			if stem, ok := strings.CutSuffix(w.text, "σ"); ok {
				in.WriteString(stem + "ς\n")
			}
		}
		cmd := exec.Command("hunspell", "-i", "utf-8", "-G", "-d", filepath.Join(b.dir, "hunspell", name))
		cmd.Stdin = strings.NewReader(in.String())
		known, err := cmd.Output()
		b.check(err)
		for w := range strings.FieldsSeq(string(known)) {
			out[fold(w)] = true
		}
	}
	return out
}

// readForeignNames collects the words that dictionaries know with a capital letter only.
func (b *commonBuilder) readForeignNames() {
	b.foreign = map[string]bool{}
	for _, lang := range [...]string{"en", "fr", "es", "it", "nl", "pl"} {
		all := b.frequencies(lang)
		lower, upper := b.accepted(dictionaries[lang], all), b.accepted(dictionaries[lang], capitals(all))
		for _, w := range all {
			if key := fold(w.text); !lower[key] && upper[key] {
				b.foreign[key] = true
			}
		}
	}
}

// germanNames returns the words that are names in other languages or of persons, and no
// noun with a plural or compounds: those have such flags in the dictionary.
func (b *commonBuilder) germanNames(all []frequentWord) map[string]bool {
	nouns := map[string]bool{}
	for line := range b.lines("hunspell/de_DE_frami.dic") {
		w, flags, _ := strings.Cut(latin1(line), "/")
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) && strings.ContainsAny(flags, "ijPETFNRp") {
			nouns[lex().stem(fold(w))] = true
		}
	}
	out := map[string]bool{}
	for _, w := range all {
		if key := fold(w.text); key != "" && !nouns[lex().stem(key)] && (b.foreign[key] || b.persons[key]) {
			out[key] = true
		}
	}
	return out
}

func latin1(s string) string {
	var out strings.Builder
	for i := range len(s) {
		out.WriteRune(rune(s[i]))
	}
	return out.String()
}

// readPersons reads forenames and surnames.
func (b *commonBuilder) readPersons() {
	b.persons = map[string]bool{}
	for _, file := range [...]string{"forenames", "surnames"} {
		for row := range b.rows("names/"+file+".csv", false) {
			b.persons[fold(row[len(row)-2])], b.persons[fold(row[len(row)-1])] = true, true // forenames
			b.persons[fold(row[4])], b.persons[fold(row[5])] = true, true                   // surnames
		}
	}
}

func (b *commonBuilder) lines(name string) func(func(string) bool) {
	data, err := os.ReadFile(filepath.Join(b.dir, name))
	b.check(err)
	return strings.SplitSeq(string(data), "\n")
}

// rows returns the rows of a CSV file.
func (b *commonBuilder) rows(name string, isEUC bool) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		f, err := os.Open(filepath.Join(b.dir, name))
		b.check(err)
		defer f.Close()
		var in io.Reader = f
		if isEUC {
			in = japanese.EUCJP.NewDecoder().Reader(f)
		}
		r := csv.NewReader(in)
		r.LazyQuotes = true
		for {
			row, err := r.Read()
			if err == io.EOF {
				return
			}
			b.check(err)
			if !yield(row) {
				return
			}
		}
	}
}

// addJapaneseNames adds names that are no other noun. Words of one character are none.
func (b *commonBuilder) addJapaneseNames(out map[string]bool) {
	nouns := map[string]bool{}
	for _, file := range [...]string{"Noun", "Noun.verbal", "Noun.adjv", "Noun.adverbal", "Noun.others", "Noun.number"} {
		for row := range b.rows("ipadic/"+file+".csv", true) {
			nouns[fold(row[0])] = true
		}
	}
	for _, file := range [...]string{"name", "org", "place", "proper"} {
		for row := range b.rows("ipadic/Noun."+file+".csv", true) {
			if key := fold(row[0]); utf8.RuneCountInString(row[0]) > 1 && !nouns[key] {
				out[key] = true
			}
		}
	}
}

// addChineseNames adds words whose Pinyin is always written with a capital letter, and
// among those that CC-CEDICT does not have, words that Jieba marks as names.
func (b *commonBuilder) addChineseNames(out map[string]bool) {
	data, err := os.ReadFile(filepath.Join(b.dir, "cedict/all.js"))
	b.check(err)
	var dict struct{ All [][]any }
	_, object, _ := strings.Cut(string(data), "default ")
	b.check(json.NewDecoder(strings.NewReader(object)).Decode(&dict))
	capitals := map[string]bool{}
	for _, entry := range dict.All {
		key, pinyin := fold(entry[1].(string)), entry[2].(string)
		before, known := capitals[key]
		capitals[key] = pinyin[0] >= 'A' && pinyin[0] <= 'Z' && (before || !known)
	}
	for key, is := range capitals {
		out[key] = is && utf8.RuneCountInString(key) > 1
	}
	for line := range b.lines("jieba/dict.txt.small") {
		f := strings.Fields(line)
		if len(f) != 3 || utf8.RuneCountInString(f[0]) < 2 {
			continue
		}
		if _, known := capitals[fold(f[0])]; !known && (strings.HasPrefix(f[2], "nr") || f[2] == "ns" || f[2] == "nt" || f[2] == "nz") {
			out[fold(f[0])] = true
		}
	}
}

// addHebrewNames adds the words whose English translation is a name.
func (b *commonBuilder) addHebrewNames(out map[string]bool) {
	for row := range b.rows("google/1grams_hebrew.csv", false) {
		if key := fold(row[3]); row[3] != strings.ToLower(row[3]) && (b.foreign[key] || b.persons[key]) {
			out[fold(row[0])] = true
		}
	}
}
