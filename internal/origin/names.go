package origin

import (
	"embed"
	"fmt"
	"strings"
	"unicode"
)

//go:embed phrases/*.txt
var texts embed.FS

// lines returns the lines of a file in phrases/ that are not empty.
func lines(name string) []string {
	b, err := texts.ReadFile("phrases/" + name + ".txt")
	if err != nil {
		panic(fmt.Sprintf("origin: phrases of %s: %v", name, err)) // the files are embedded
	}
	var all []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// nameColumn is the column of names.txt with the names in a language's script; 0, the
// Latin one, for all others.
var nameColumn = map[string]int{"ar": 1, "fa": 1, "ru": 2, "ja": 3, "zh": 4}

// names holds the parts of which names of towns are built, by column.
type names struct{ first, middle, end [][]string }

// readNames reads phrases/names.txt: sections of lines with a column for each script. A
// part "-" is empty.
func readNames() *names {
	n := &names{}
	into := []*[][]string{&n.first, &n.middle, &n.end}
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

// town returns the i-th town. None repeats before all were used.
func (n *names) town(i uint64, lang string) string {
	a, b, c := uint64(len(n.first)), uint64(len(n.end)), uint64(len(n.middle))
	col := nameColumn[lang]
	name := n.first[i%a][col] + n.middle[(i/a/b)%c][col] + n.end[(i+i/a)%b][col]
	if lang == "fa" {
		return persianLetters.Replace(name)
	}
	return name
}

// clubLetters spell the names of clubs: the vowels, then the consonants.
var clubLetters = map[string][2]string{
	"":   {"aeiou", "bdfgklmnprstvz"},
	"ar": {"اييوو", "بدفجكلمنشرسطحز"},
	"fa": {"اییوو", "بدفگکلمنپرستچز"},
	"ru": {"аеиоу", "бдфгклмнпрствз"},
}

// club returns a name of four syllables: two such names hardly ever look alike.
func club(h uint64, lang string) string {
	letters, ok := clubLetters[lang]
	if !ok {
		letters = clubLetters[""]
	}
	vowels, consonants := []rune(letters[0]), []rune(letters[1])
	var name []rune
	for range 4 {
		name = append(name, consonants[h%14], vowels[h/14%5])
		h /= 70
	}
	name[0] = unicode.ToUpper(name[0])
	return string(name)
}
