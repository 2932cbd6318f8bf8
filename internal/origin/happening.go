package origin

import (
	"fmt"
	"strconv"
	"strings"
)

// happening is something that many outlets report. Times are script times.
type happening struct {
	name     string
	beat     string
	start    float64
	over     float64 // from the first report to the last in the main language
	sections []section
}

// section holds what the outlets of one language write about a happening. The first
// section of a happening is that of its main language.
type section struct {
	lang  string
	texts []text
}

// text is a headline as an outlet writes it, and what becomes of it.
type text struct {
	beat          string
	headline      string
	summary       string
	media         string // picture or audio
	copies        int    // outlets that publish it word for word or nearly so
	copyCorrected string // what the first of these corrects it to
	killed        bool   // the outlet withdraws it
	embargoed     bool   // the outlet has it earlier, for use when the happening begins
}

// isBurst reports whether all reports come within a minute.
func (h *happening) isBurst() bool { return h.over < 60 }

// readHappenings reads the files of happenings in phrases/. A line "# NAME BEAT START
// OVER", with times in minutes, begins a happening, and a line with the code of a language
// a section. Each other line is a headline; below it, indented, stand its summary and,
// behind "> ", what becomes of it.
func readHappenings() []happening {
	var all []happening
	for _, file := range []string{"earlier", "first", "later"} {
		for _, line := range lines(file) {
			if head, ok := strings.CutPrefix(line, "# "); ok {
				all = append(all, newHappening(strings.Fields(head)))
				continue
			}
			h := &all[len(all)-1]
			if len(line) == 2 {
				h.sections = append(h.sections, section{lang: line})
				continue
			}
			s := &h.sections[len(h.sections)-1]
			s.texts = addLine(s.texts, line, h.beat)
		}
	}
	return all
}

func newHappening(f []string) happening {
	return happening{name: f[0], beat: f[1], start: minutes(f[2]), over: minutes(f[3])}
}

func minutes(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("origin: minutes: %v", err)) // the files are embedded
	}
	return n * 60
}

// addLine adds a headline to texts, or adds what an indented line says to the last one.
func addLine(texts []text, line, beat string) []text {
	indented, ok := strings.CutPrefix(line, "  ")
	if !ok {
		return append(texts, text{beat: beat, headline: line})
	}
	t := &texts[len(texts)-1]
	if order, ok := strings.CutPrefix(indented, "> "); ok {
		t.obey(order)
	} else {
		t.summary = indented
	}
	return texts
}

// obey sets what becomes of a headline.
func (t *text) obey(order string) {
	word, rest, _ := strings.Cut(order, " ")
	switch word {
	case "copies":
		t.copies, _ = strconv.Atoi(rest)
	case "copy-corrected":
		t.copyCorrected = rest
	case "killed":
		t.killed = true
	case "embargoed":
		t.embargoed = true
	case "picture", "audio":
		t.media = word
	default:
		panic(fmt.Sprintf("origin: order %q", order)) // the files are embedded
	}
}

// readSingles reads phrases/LANG.txt: headlines that no other outlet has. A line "# BEAT"
// begins a section; the other lines are those of a section of a happening.
func readSingles(lang string) []text {
	var all []text
	var beat string
	for _, line := range lines(lang) {
		if b, ok := strings.CutPrefix(line, "# "); ok {
			beat = b
			continue
		}
		all = addLine(all, line, beat)
	}
	return all
}
