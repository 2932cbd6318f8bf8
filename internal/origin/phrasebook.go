package origin

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed phrases/*.txt
var texts embed.FS

// phraseBook is what one language has to say.
type phraseBook struct {
	phrases   []phrase            // of all beats, in the file's order
	events    map[string][]phrase // by event; one line for each outlet
	summaries []phrase
}

// phrase is a sentence with slots. A slot is a name that the story gives, or a
// pool of the phrase's own.
type phrase struct {
	beat  string
	text  string
	pools []pool
}

type pool struct {
	name   string
	values []string
}

// eventKinds are the sections of bursts, in the order in which they happen.
var eventKinds = []string{"blackout", "ferry", "bank", "storm"}

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

func lastPhrase(t *phraseBook, into *[]phrase, beat string) *phrase {
	if into == nil {
		return &t.events[beat][len(t.events[beat])-1]
	}
	return &(*into)[len(*into)-1]
}

func lines(name string) []string {
	b, err := texts.ReadFile("phrases/" + name + ".txt")
	if err != nil {
		panic(fmt.Sprintf("origin: no text %s: %v", name, err)) // they are built in
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// fill fills the slots. use counts how often the phrase was said before: each
// pool goes round by itself, so that two uses share as few words as can be.
func (p *phrase) fill(use uint64, names *strings.Replacer) string {
	pairs := make([]string, 0, 2*len(p.pools))
	for i, pool := range p.pools {
		n := uint64(len(pool.values))
		k := use
		if i > 0 && n == uint64(len(p.pools[0].values)) {
			k += use / n // pools of one length would go round together
		}
		pairs = append(pairs, "{"+pool.name+"}", pool.values[k%n])
	}
	return names.Replace(strings.NewReplacer(pairs...).Replace(p.text))
}

// nameColumn is how a language writes names: a column of names.txt.
var nameColumn = map[string]int{"ar": 1, "fa": 1, "ru": 2, "ja": 3, "zh": 4}

// names are parts from which places and firms are put together, by column.
type names struct{ first, middle, end, firm [][]string }

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

// persianLetters writes Arabic letters as Persian does.
var persianLetters = strings.NewReplacer("ك", "ک", "ي", "ی", "أ", "ا", "إ", "ا")

func spell(name, lang string) string {
	if lang == "fa" {
		return persianLetters.Replace(name)
	}
	return name
}

// frenchOf is the French preposition before a name.
func frenchOf(name string) string {
	if strings.ContainsAny(name[:1], "AEIOU") {
		return "d’" + name
	}
	return "de " + name
}

// town is the i-th town. All are told before one comes again.
func (n *names) town(i uint64, lang string) string {
	a, b, c := uint64(len(n.first)), uint64(len(n.end)), uint64(len(n.middle))
	col := nameColumn[lang]
	return spell(n.first[i%a][col]+n.middle[(i/a/b)%c][col]+n.end[(i+i/a)%b][col], lang)
}

// company is the i-th firm.
func (n *names) company(i uint64, lang string) string {
	a, b := uint64(len(n.first)), uint64(len(n.firm))
	col := nameColumn[lang]
	return spell(n.first[(i+a/2)%a][col]+n.firm[(i+2*(i/a))%b][col], lang)
}
