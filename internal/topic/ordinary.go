package topic

import (
	"embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

//go:embed ordinary/*.txt
var ordinaryFiles embed.FS

// ordinary says how a word that ordinary/*.txt lists is written as a name.
type ordinary uint8

const (
	notOrdinary ordinary = iota
	allCapitals          // WHO is a name, Who and who are not
	oneCapital           // Usa is a name too, usa is not
)

// ordinaryWords are the lists by language, then by folded word.
var ordinaryWords = sync.OnceValue(func() map[string]map[string]ordinary {
	files, err := ordinaryFiles.ReadDir("ordinary")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	all := map[string]map[string]ordinary{}
	for _, f := range files {
		b, err := ordinaryFiles.ReadFile("ordinary/" + f.Name())
		if err != nil {
			panic(err)
		}
		all[strings.TrimSuffix(f.Name(), ".txt")] = readOrdinary(string(b))
	}
	return all
})

func readOrdinary(list string) map[string]ordinary {
	out := map[string]ordinary{}
	for line := range strings.Lines(list) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, w := range strings.Fields(line) {
			as := allCapitals
			if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) {
				as = oneCapital
			}
			out[words.Fold(w)] = as
		}
	}
	return out
}

// ordinaryIn returns how a folded word is written as a name in each language in which it
// is an ordinary word, and nil when there is none. The empty language stands for a text
// whose language is not known.
func ordinaryIn(folded string) map[string]ordinary {
	var in map[string]ordinary
	for lang, list := range ordinaryWords() {
		as := list[folded]
		if as == notOrdinary {
			continue
		}
		if in == nil {
			in = map[string]ordinary{}
		}
		in[lang] = as
		if in[""] != oneCapital {
			in[""] = as
		}
	}
	return in
}
