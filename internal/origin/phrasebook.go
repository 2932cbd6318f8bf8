package origin

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed phrases/*.txt
var texts embed.FS

// phraseBook holds the phrases of one language.
type phraseBook struct {
	phrases   []phrase            // of all beats, in the order of the file
	events    map[string][]phrase // by kind of event; one phrase for each outlet
	summaries []phrase
}

// phrase is a headline or summary with slots such as {place}. A slot's value comes from
// the story, or from the pool of that name.
type phrase struct {
	beat  string
	text  string
	pools []pool
}

// pool lists the values of a slot.
type pool struct {
	name   string
	values []string
}

// eventKinds are the kinds of event, in the order in which they happen. Each has a
// section "# burst" in the phrase files.
var eventKinds = []string{"blackout", "ferry", "bank", "storm"}

// readPhraseBook reads phrases/LANG.txt. A line "# BEAT" starts a section, each other
// line is a phrase, and an indented line "name: a | b" is a pool of the phrase above it.
func readPhraseBook(lang string) *phraseBook {
	t := &phraseBook{events: map[string][]phrase{}}
	var into *[]phrase
	var beat string
	for _, line := range lines(lang) {
		switch {
		case strings.HasPrefix(line, "# burst "):
			beat, into = strings.TrimPrefix(line, "# burst "), nil
		case line == "# summary":
			beat, into = "", &t.summaries
		case strings.HasPrefix(line, "# "):
			beat, into = line[2:], &t.phrases
		case strings.HasPrefix(line, "  "):
			last := lastPhrase(t, into, beat)
			name, values, _ := strings.Cut(line[2:], ": ")
			last.pools = append(last.pools, pool{name, strings.Split(values, " | ")})
		case into == nil:
			t.events[beat] = append(t.events[beat], phrase{beat: beat, text: line})
		default:
			*into = append(*into, phrase{beat: beat, text: line})
		}
	}
	return t
}

// lastPhrase returns the phrase that was read last.
func lastPhrase(t *phraseBook, into *[]phrase, beat string) *phrase {
	if into == nil {
		return &t.events[beat][len(t.events[beat])-1]
	}
	return &(*into)[len(*into)-1]
}

func lines(name string) []string {
	b, err := texts.ReadFile("phrases/" + name + ".txt")
	if err != nil {
		panic(fmt.Sprintf("origin: phrases of %s: %v", name, err)) // the files are embedded
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// fill fills the slots. use counts the earlier uses of the phrase: each pool advances
// on its own, so that two uses share as few words as possible.
func (p *phrase) fill(uses uint64, names *strings.Replacer) string {
	pairs := make([]string, 0, 2*len(p.pools))
	for i, pool := range p.pools {
		n := uint64(len(pool.values))
		k := uses
		if i > 0 && n == uint64(len(p.pools[0].values)) {
			k += uses / n // pools of equal length must not advance together
		}
		pairs = append(pairs, "{"+pool.name+"}", pool.values[k%n])
	}
	return names.Replace(strings.NewReplacer(pairs...).Replace(p.text))
}

// nameColumn is the column of names.txt with the names in a language's script; 0, the
// Latin one, for all others.
var nameColumn = map[string]int{"ar": 1, "fa": 1, "ru": 2, "ja": 3, "zh": 4}

// names holds the parts of which names of towns and companies are built, by column.
type names struct{ first, middle, end, firm [][]string }

// readNames reads phrases/names.txt: sections of lines with a column for each script. A
// part "-" is empty.
func readNames() *names {
	n := &names{}
	into := []*[][]string{&n.first, &n.middle, &n.end, &n.firm}
	at := -1
	for _, line := range lines("names") {
		if strings.HasPrefix(line, "#") {
			at++
			continue
		}
		parts := strings.Fields(line)
		for i := range parts {
			parts[i] = strings.TrimPrefix(parts[i], "-")
		}
		*into[at] = append(*into[at], parts)
	}
	return n
}

// persianLetters replaces Arabic letters by those of Persian.
var persianLetters = strings.NewReplacer("ك", "ک", "ي", "ی", "أ", "ا", "إ", "ا")

// spell adapts a name in the script of lang to its spelling.
func spell(name, lang string) string {
	if lang == "fa" {
		return persianLetters.Replace(name)
	}
	return name
}

// frenchOf returns a name with the French preposition "de" before it.
func frenchOf(name string) string {
	if strings.ContainsAny(name[:1], "AEIOU") {
		return "d’" + name
	}
	return "de " + name
}

// town returns the i-th town. None repeats before all were used.
func (n *names) town(i uint64, lang string) string {
	a, b, c := uint64(len(n.first)), uint64(len(n.end)), uint64(len(n.middle))
	col := nameColumn[lang]
	return spell(n.first[i%a][col]+n.middle[(i/a/b)%c][col]+n.end[(i+i/a)%b][col], lang)
}

// company returns the i-th company.
func (n *names) company(i uint64, lang string) string {
	a, b := uint64(len(n.first)), uint64(len(n.firm))
	col := nameColumn[lang]
	return spell(n.first[(i+a/2)%a][col]+n.firm[(i+2*(i/a))%b][col], lang)
}
