package story

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// localForm rewrites what one language writes in several ways, for the comparison of
// headlines: units behind numbers, signs of currencies, points of the compass, the endings
// of Turkish names, Turkish words that are others elsewhere, umlauts as two letters and
// Portuguese before its reform. s is text folded and without affixes. Keys are made before
// this, so that they stay as they are stored.
func localForm(s, text, language string) string {
	if len(language) < 2 {
		return s
	}
	switch language[:2] {
	case "de":
		return germanForm(s, text)
	case "tr", "az":
		return turkishForm(s)
	case "fr", "es", "pt", "it":
		return romanceForm(s, language[:2])
	case "ru":
		return russianSigns.replace(s)
	case "uk":
		return ukrainianSigns.replace(s)
	case "ar":
		return arabicSigns.replace(s)
	case "fa":
		return persianSigns.replace(s)
	case "he", "iw":
		return hebrewSigns.replace(s)
	}
	return s
}

var (
	germanSigns  = strings.NewReplacer("us-dollar", "dollar", "us-$", " dollar ", "°c", " grad ", "° c", " grad ", "°", " grad ", "$", " dollar ")
	turkishSigns = strings.NewReplacer("°c", " derece ", "° c", " derece ", "°", " derece ", "$", " dolar ")
)

// signs are signs of currencies, and the words for them.
type signs struct{ *strings.Replacer }

var (
	russianSigns   = signs{strings.NewReplacer("$", " доллар ", "€", " евро ")}
	ukrainianSigns = signs{strings.NewReplacer("$", " долар ", "€", " євро ")}
	arabicSigns    = signs{strings.NewReplacer("$", " دولار ", "€", " يورو ")}
	persianSigns   = signs{strings.NewReplacer("$", " دلار ", "€", " يورو ")}
	hebrewSigns    = signs{strings.NewReplacer("$", " דולר ", "€", " אירו ")}
)

func (r signs) replace(s string) string {
	if strings.IndexByte(s, '$') < 0 && strings.IndexByte(s, "€"[0]) < 0 {
		return s
	}
	return r.Replace(s)
}

func germanForm(s, text string) string {
	return splitCompounds(germanSpelling(s, text))
}

func germanSpelling(s, text string) string {
	if strings.ContainsAny(s, "°$") || strings.Contains(s, "us-dollar") {
		s = germanSigns.Replace(s)
	}
	if strings.ContainsAny(text, "äöüÄÖÜ") || !strings.Contains(s, "ae") && !strings.Contains(s, "oe") && !strings.Contains(s, "ue") {
		return s
	}
	return withoutDigraphs(s)
}

const minDigraphWord = 4 // letters of a word whose ae, oe and ue may be umlauts

// plainDigraphs are parts of words whose ae, oe or ue is no umlaut.
var plainDigraphs = [...]string{"duell", "tuell", "xuell", "suell", "nuell", "israel", "michael", "raphael", "rafael", "samuel", "aero", "poet", "venezuela", "puerto", "quer", "soeben", "koexist", "phoenix", "caesar", "guer", "bueno", "suez", "joel", "noel"}

// withoutDigraphs writes a, o and u for ae, oe and ue where they stand for umlauts, as
// Fold does with the umlauts themselves.
func withoutDigraphs(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	for len(s) > 0 {
		end := strings.IndexByte(s, ' ') + 1
		if end == 0 {
			end = len(s)
		}
		w := s[:end]
		s = s[end:]
		if len(w) < minDigraphWord || hasPlainDigraph(w) {
			out.WriteString(w)
			continue
		}
		appendUmlauts(&out, w)
	}
	return out.String()
}

func hasPlainDigraph(w string) bool {
	for _, p := range plainDigraphs {
		if strings.Contains(w, p) {
			return true
		}
	}
	return false
}

// appendUmlauts writes a word without the e behind a, o and u. It keeps one behind
// another vowel (neue, bauen) or q, and the one at the end of a word (revue).
func appendUmlauts(out *strings.Builder, w string) {
	for i := range len(w) {
		if w[i] != 'e' || i == 0 || i+1 == len(w) || w[i+1] == ' ' || !strings.ContainsRune("aou", rune(w[i-1])) || i > 1 && strings.ContainsRune("aeouq", rune(w[i-2])) {
			out.WriteByte(w[i])
		}
	}
}

const (
	minCompound     = 8 // letters of a compound
	minCompoundHead = 5 // letters of its first part
	minCompoundTail = 3 // letters of the rest
)

// splitCompounds writes a space behind the first part of German compounds.
func splitCompounds(s string) string {
	var out strings.Builder
	from := 0 // what is before it is in out
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && s[end] >= 'a' && s[end] <= 'z' {
			end++
		}
		if end-i >= minCompound {
			if n := lex().compoundHead(s[i:end]); n > 0 {
				out.WriteString(s[from : i+n])
				out.WriteByte(' ')
				from = i + n
			}
		}
		i = end + 1
	}
	if from == 0 {
		return s
	}
	out.WriteString(s[from:])
	return out.String()
}

// compoundHead returns how long the first part of a compound is; 0 when w is none, or
// has a sense as a whole.
func (l *lexicon) compoundHead(w string) int {
	for n := len(w) - minCompoundTail; n >= minCompoundHead; n-- {
		if !l.compounds[w[:n]] {
			continue
		}
		if _, ok := l.senses[w]; ok || l.stages.listed[w] {
			return 0
		}
		return n
	}
	return 0
}

func turkishForm(s string) string {
	if strings.ContainsAny(s, "°$") {
		s = turkishSigns.Replace(s)
	}
	if strings.IndexByte(s, '\'') > 0 {
		s = splitTurkishNames(s)
	}
	s = markTurkishWords(s)
	if strings.Contains(s, " bin ") || strings.Contains(s, " milyon ") {
		s = joinTurkishNumbers(s)
	}
	return s
}

// turkishCases are the endings behind the apostrophe of a Turkish name, folded, and the
// words of the lists function_words and roles that stand for their cases.
var turkishCases = func() map[string]string {
	out := map[string]string{}
	for c, endings := range map[string]string{
		"xacc": "i u yi yu ni nu", "xdat": "a e ya ye na ne", "xloc": "da de ta te nda nde daki deki taki teki ndaki ndeki",
		"xabl": "dan den tan ten ndan nden", "xgen": "in un nin nun", "xins": "la le yla yle",
	} {
		for e := range strings.FieldsSeq(endings) {
			out[e] = c
		}
	}
	return out
}()

// splitTurkishNames writes the case of a name as a word of its own: rusya'ya becomes
// rusya xdat.
func splitTurkishNames(s string) string {
	var out strings.Builder
	for {
		head, rest, ok := strings.Cut(s, "'")
		out.WriteString(head)
		if !ok {
			return out.String()
		}
		end := 0
		for end < len(rest) && rest[end] >= 'a' && rest[end] <= 'z' {
			end++
		}
		c := turkishCases[rest[:end]]
		if c == "" || head == "" || head[len(head)-1] == ' ' {
			out.WriteByte('\'')
			s = rest
			continue
		}
		out.WriteString(" " + c)
		s = rest[end:]
	}
}

// turkishWords are Turkish nouns and names, folded, that other languages have as words
// that say nothing or something else: water, meat, money, rally, a patient, Can, MİT.
var turkishWords = map[string]bool{
	"can": true, "hasta": true, "su": true, "et": true, "un": true, "at": true, "il": true, "an": true, "dal": true, "para": true, "sur": true, "mit": true,
	"han": true, "ses": true, "has": true, "ders": true, "miting": true, "stat": true, "kabul": true, "pas": true, "nine": true, "sus": true,
}

// markTurkishWords writes an x before turkishWords, so that they are words of their own.
func markTurkishWords(s string) string {
	var out strings.Builder
	from := 0 // what is before it is in out
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && (s[end] >= 'a' && s[end] <= 'z' || s[end] >= utf8.RuneSelf) {
			end++
		}
		if n := end - i; n > 1 && n <= len("miting") && turkishWords[s[i:end]] {
			out.WriteString(s[from:i])
			out.WriteByte('x')
			from = i
		}
		i = end + 1
	}
	if from == 0 && out.Len() == 0 {
		return s
	}
	out.WriteString(s[from:])
	return out.String()
}

// joinTurkishNumbers writes 3 bin 250 as 3250, and 85 milyon 372 bin as 85372000.
func joinTurkishNumbers(s string) string {
	w := strings.Split(s, " ")
	out := w[:0]
	for i := 0; i < len(w); {
		n, used := turkishNumber(w[i:])
		if used < 3 {
			out = append(out, w[i])
			i++
			continue
		}
		out = append(out, strconv.Itoa(n))
		i += used
	}
	return strings.Join(out, " ")
}

// turkishNumber reads the number that begins w: digits below 1000, behind each but the
// last a scale. It returns how many words it has; fewer than 3 are no compound number.
func turkishNumber(w []string) (n, used int) {
	for _, scale := range [...]struct {
		word string
		is   int
	}{{"milyon", 1_000_000}, {"bin", 1000}, {"", 1}} {
		if used >= len(w) || len(w[used]) > 3 || !isPlainNumber(w[used]) || strings.Contains(w[used], ".") || w[used] == "" {
			break
		}
		k, _ := strconv.Atoi(w[used])
		switch {
		case scale.word == "":
			n, used = n+k, used+1
		case used+1 < len(w) && w[used+1] == scale.word:
			n, used = n+k*scale.is, used+2
		}
	}
	return n, used
}
