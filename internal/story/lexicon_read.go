package story

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// lexiconReader reads files of the lexicon and collects their mistakes.
type lexiconReader struct {
	fsys    fs.FS
	checked bool // the files have no mistakes: none are looked for, which is faster
	errs    []error
}

// line is a line that is neither empty nor a comment.
type line struct {
	file string
	n    int // counted from 1
	text string
}

func (r *lexiconReader) fail(l line, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s", l.file, l.n, fmt.Sprintf(format, args...)))
}

// file returns the lines of a file without its comments: lines that begin with #.
func (r *lexiconReader) file(name string) []line {
	path := "lexicon/" + name + ".txt"
	text, err := fs.ReadFile(r.fsys, path)
	if err != nil {
		r.errs = append(r.errs, err)
	}
	var out []line
	for i, s := range strings.Split(string(text), "\n") {
		l := line{path, i + 1, strings.TrimRight(s, " \t\r")}
		if l.text == "" || l.text[0] == '#' {
			continue
		}
		if !r.checked {
			r.checkText(l)
		}
		out = append(out, l)
	}
	return out
}

// checkText reports what an editor cannot see.
func (r *lexiconReader) checkText(l line) {
	if !utf8.ValidString(l.text) {
		r.fail(l, "the line is not UTF-8")
	}
	for _, c := range l.text {
		if unicode.Is(unicode.Cf, c) || unicode.IsControl(c) && c != '\t' {
			r.fail(l, "the line has an invisible character, %U", c)
		}
	}
}

// lines returns a list of one entry a line.
func (r *lexiconReader) lines(name string) []string {
	var out []string
	for _, l := range r.file(name) {
		if slices.Contains(out, l.text) {
			r.fail(l, "%s is listed twice", l.text)
		}
		out = append(out, l.text)
	}
	return out
}

// keys returns a list of one phrase a line as a set of keys.
func (r *lexiconReader) keys(name string) map[string]bool {
	out := map[string]bool{}
	for _, l := range r.file(name) {
		key := words.Key(l.text)
		switch {
		case key == "":
			r.fail(l, "%s holds no word", l.text)
		case strings.Contains(l.text, ","):
			r.fail(l, "one phrase a line, without a comma")
		case out[key]:
			r.fail(l, "%s is listed twice", l.text)
		}
		out[key] = true
	}
	return out
}

// pairs returns a list of two words a line.
func (r *lexiconReader) pairs(name string) map[string]string {
	out := map[string]string{}
	for _, l := range r.file(name) {
		from, to, ok := strings.Cut(l.text, ", ")
		if !ok || out[from] != "" {
			r.fail(l, "want two words with a comma between them, and each first word once")
		}
		out[from] = to
	}
	return out
}

// scales returns a list of a word and a number of zeros a line.
func (r *lexiconReader) scales(name string) map[string]int {
	out := map[string]int{}
	for _, l := range r.file(name) {
		word, zeros, _ := strings.Cut(l.text, ", ")
		key := words.Key(word)
		n, err := strconv.Atoi(zeros)
		if err != nil || n < 1 || n > 12 || out[key] != 0 {
			r.fail(l, "want a word and its zeros, from 1 to 12, with a comma between them, and each word once")
		}
		out[key] = n
	}
	return out
}

// localNumbers returns a list of a language, a word and its digits a line. The replacers
// are for folded texts with a space at both ends.
func (r *lexiconReader) localNumbers(name string) map[string]*strings.Replacer {
	pairs := map[string][]string{}
	for _, l := range r.file(name) {
		parts := strings.Split(l.text, ", ")
		if len(parts) != 3 {
			r.fail(l, "want a language, a word and its digits, with commas between them")
			continue
		}
		pairs[parts[0]] = append(pairs[parts[0]], " "+words.Key(parts[1])+" ", " "+parts[2]+" ")
	}
	out := map[string]*strings.Replacer{}
	for lang, of := range pairs {
		out[lang] = strings.NewReplacer(of...)
	}
	return out
}

// verbEndings returns a list of a kind of verbs a line: its forms, and the endings of each.
func (r *lexiconReader) verbEndings(name string) [][][]string {
	var out [][][]string
	for _, l := range r.file(name) {
		var forms [][]string
		for form := range strings.SplitSeq(l.text, ";") {
			var endings []string
			for e := range strings.SplitSeq(form, ",") {
				if e = words.Key(e); e == "" {
					r.fail(l, "an ending has no letter")
				}
				endings = append(endings, e)
			}
			forms = append(forms, endings)
		}
		if len(forms) < 2 {
			r.fail(l, "want two forms or more, with semicolons between them")
		}
		out = append(out, forms)
	}
	return out
}

// groups returns a list of groups: commas separate the phrases of a group, and
// indented lines continue it.
func (r *lexiconReader) groups(name string) [][]string {
	var out [][]string
	for _, l := range r.file(name) {
		if strings.TrimLeft(l.text, " \t") == l.text {
			out = append(out, nil)
		}
		if len(out) == 0 {
			r.fail(l, "an indented line continues a group, and there is none above it")
			continue
		}
		group := &out[len(out)-1]
		for phrase := range strings.SplitSeq(strings.TrimSuffix(l.text, ","), ",") {
			r.addPhrase(group, l, strings.TrimSpace(phrase))
		}
	}
	return slices.DeleteFunc(out, func(group []string) bool { return len(group) == 0 })
}

func (r *lexiconReader) addPhrase(group *[]string, l line, phrase string) {
	switch {
	case r.checked:
	case words.Key(phrase) == "":
		r.fail(l, "%q holds no word", phrase)
		return
	case slices.Contains(*group, phrase):
		r.fail(l, "%s is in this group twice", phrase)
	}
	*group = append(*group, phrase)
}

// killSections are the sections of kill_notices.txt, but for the stems.
var killSections = [...]string{"before", "before or alone", "before, unpunctuated", "before, in brackets", "sentence", "behind, in brackets", "behind a dash", "may be news"}

// killPatterns reads the phrases of withdrawal notices by section.
func (r *lexiconReader) killPatterns(name string) killPatterns {
	sections := map[string][]string{}
	var section string
	lines := r.file(name)
	for _, l := range lines {
		if s, ok := strings.CutPrefix(l.text, "["); ok && strings.HasSuffix(s, "]") {
			section = strings.TrimSuffix(s, "]")
			if section != "stems" && !slices.Contains(killSections[:], section) {
				r.fail(l, "there is no section %s", section)
			}
			continue
		}
		if section == "" {
			r.fail(l, "the phrase stands above the first section")
		}
		if section == "stems" && len(l.text) < 2 {
			r.fail(l, "a stem of one letter is in most headlines")
		}
		if _, err := regexp.Compile(l.text); err != nil {
			r.fail(l, "%v", err)
			continue
		}
		sections[section] = append(sections[section], l.text)
	}
	k := newKillPatterns(sections)
	r.checkStems(lines, k.stems)
	return k
}

// checkStems reports phrases that a search for the stems would miss.
func (r *lexiconReader) checkStems(lines []line, all stems) {
	for _, l := range lines {
		if l.text[0] != '[' && !all.areIn(l.text) {
			r.fail(l, "none of the stems is in it")
		}
	}
}
