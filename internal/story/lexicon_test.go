package story

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// TestLexicon reads every list. Its error names the file and the line of each
// mistake.
func TestLexicon(t *testing.T) {
	l, err := readLexicon(&lexiconReader{fsys: lexiconFiles})
	if err != nil {
		t.Error(err)
	}
	if !reflect.DeepEqual(l.senses, lex().senses) || !reflect.DeepEqual(l.stages, lex().stages) {
		t.Error("reading without checks gives another lexicon")
	}
}

// TestLexiconHash fails when a list has changed and Lexicon has not.
func TestLexiconHash(t *testing.T) {
	h := sha256.New()
	for _, files := range [...]struct {
		embed.FS
		pattern string
	}{{lexiconFiles, "lexicon/*.txt"}, {commonFiles, "common/*.br"}} {
		names, err := fs.Glob(files, files.pattern) // sorted
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
		}
	}
	if want := hex.EncodeToString(h.Sum(nil)[:8]); Lexicon() != want {
		t.Errorf("lexiconHash is %q; the lists have changed, so write %q", Lexicon(), want)
	}
}

func TestPlacesOfLanguages(t *testing.T) {
	for place, want := range map[int]string{placeOfEnglish: "en", placeOfDutch: "nl"} {
		if got := stageLanguages[place].code; got != want {
			t.Errorf("stageLanguages[%d] is %s, want %s", place, got, want)
		}
	}
}

// Every embedded list is read: another file would change Lexicon and no verdict.
func TestLexiconHasNoOtherFiles(t *testing.T) {
	read := map[string]bool{"units": true, "negation_characters": true, "qualifying_characters": true, "wire_tags": true, "media_tags": true, "attributions": true,
		"correction_tags": true, "kill_notices": true, "roles": true, "arabic_patterns": true, "stage_unclear": true, "clause_words": true, "common_words": true}
	for _, l := range stageLanguages[1:] {
		read["stage_"+l.code] = true
	}
	for _, name := range [...]string{"outlets", "credits", "credit_words", "part_words", "group_words", "bare_words", "scales", "local_numbers", "compounds_de", "counted_words", "verb_endings", "places", "place_names", "happenings", "columns", "men_women", "name_words", "sudden_words"} {
		read[name] = true
	}
	for _, f := range senseFiles {
		read[f.name] = true
	}
	names, err := fs.Glob(lexiconFiles, "lexicon/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !read[strings.TrimSuffix(strings.TrimPrefix(name, "lexicon/"), ".txt")] {
			t.Errorf("%s is not read", name)
		}
	}
	if len(names) != len(read) {
		t.Errorf("%d files are embedded, %d are read", len(names), len(read))
	}
}

// edited returns the lexicon with one file replaced by text.
func edited(t *testing.T, name, text string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	names, _ := fs.Glob(lexiconFiles, "lexicon/*.txt")
	for _, n := range names {
		b, err := lexiconFiles.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		out[n] = &fstest.MapFile{Data: b}
	}
	out["lexicon/"+name+".txt"] = &fstest.MapFile{Data: []byte(text)}
	return out
}

func TestPlacesNameMistakes(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"place_names", "[cities]\nQQ lima\n", "lexicon/place_names.txt:2: there is no place QQ in section cities"},
		{"place_names", "[towns]\nPE lima\n", "lexicon/place_names.txt:2: there is no place PE in section towns"},
		{"place_names", "[people: - s]\nPE-LIM limeno\n", "lexicon/place_names.txt:2: there is no place PE-LIM in section people"},
		{"places", "[countries]\nPE Perú\n", `lexicon/places.txt:2: "Perú" is not a key`},
	} {
		_, err := readGazetteer(&lexiconReader{fsys: edited(t, c.name, c.text)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %q: error %v, want %q", c.name, c.text, err, c.want)
		}
	}
}

func TestLexiconNamesMistakes(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"synonyms", "# comment\n    quake, tremor\n", "lexicon/synonyms.txt:2: an indented line continues a group, and there is none above it"},
		{"synonyms", "quake, tremor,\n    quake\n", "lexicon/synonyms.txt:2: quake is in this group twice"},
		{"synonyms", "quake,, tremor\n", `lexicon/synonyms.txt:1: "" holds no word`},
		{"states", "chad\n\u200fتشاد\n", "lexicon/states.txt:2: the line has an invisible character, U+200F"},
		{"firms", "acme\nb\xffc\n", "lexicon/firms.txt:2: the line is not UTF-8"},
		{"wire_tags", "live\n\n# again\nLIVE\n", "lexicon/wire_tags.txt:4: LIVE is listed twice"},
		{"media_tags", "video, audio\n", "lexicon/media_tags.txt:1: one phrase a line, without a comma"},
		{"attributions", "police\n...\n", "lexicon/attributions.txt:2: ... holds no word"},
		{"units", "k thousand\n", "lexicon/units.txt:1: want two words with a comma between them"},
		{"arabic_patterns", "ي...\nي...\n", "lexicon/arabic_patterns.txt:2: ي... is listed twice"},
		{"stage_de", "[end]\nbeendet\n[ende]\nvorbei\n", "lexicon/stage_de.txt:3: there is no section ende"},
		{"stage_de", "beendet\n[end]\n", "lexicon/stage_de.txt:1: the phrase stands above the first section"},
		{"stage_de", "[end]\nbeendet, vorbei,\nbeendet\n", "lexicon/stage_de.txt:3: beendet is in this section twice"},
		{"stage_de", "[end]\nen*\n", "lexicon/stage_de.txt:2: en*: a part of the first word has at least 3 letters"},
		{"stage_de", "[end]\nsagt ...\n", "lexicon/stage_de.txt:2: sagt ...: ... stands once, between words"},
		{"stage_de", "[end]\n... ab\n", "lexicon/stage_de.txt:2: ... ab: it begins with no word"},
		{"stage_de", "[verbs]\nsich treffen\n", "lexicon/stage_de.txt:2: sich treffen: a verb is one whole word"},
		{"stage_ja", "[end]\n終*\n", "lexicon/stage_ja.txt:2: 終*: a script without spaces takes no sign but $"},
		{"counted_words", "ребенок\n", "lexicon/counted_words.txt:1: want beginnings of words below endings, or forms of the singular"},
		{"counted_words", "[- а: ы ов]\nтурист: туристы\n", "lexicon/counted_words.txt:2: want beginnings of words below endings"},
		{"roles", "by\n", `lexicon/roles.txt:1: there is no section ""`},
		{"roles", "[agent]\nby, because of\n", `lexicon/roles.txt:2: "because of" is not one word`},
		{"kill_notices", "kill\n[stems]\nkill\n", "lexicon/kill_notices.txt:1: the phrase stands above the first section"},
		{"kill_notices", "[befor]\nkill\n[stems]\nkill\n", "lexicon/kill_notices.txt:1: there is no section befor"},
		{"kill_notices", "[before]\nkill(ed\n[stems]\nkill\n", "lexicon/kill_notices.txt:2: error parsing regexp"},
		{"kill_notices", "[before]\nspiked\n[stems]\nkill\n", "lexicon/kill_notices.txt:2: none of the stems is in it"},
	} {
		_, err := readLexicon(&lexiconReader{fsys: edited(t, c.name, c.text)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %q: error %v, want %q", c.name, c.text, err, c.want)
		}
	}
	missing := edited(t, "states", "")
	delete(missing.(fstest.MapFS), "lexicon/states.txt")
	if _, err := readLexicon(&lexiconReader{fsys: missing}); err == nil || !strings.Contains(err.Error(), "lexicon/states.txt") {
		t.Errorf("a list is missing: error %v", err)
	}
}

// Indented lines continue a group, and the words of a group mean the same.
func TestLexiconGroups(t *testing.T) {
	l, err := readLexicon(&lexiconReader{fsys: edited(t, "synonyms", "# Disputes.\nkerfuffle, war of words,\n\n    столкновение,\n  brouhaha\r\nother\n")})
	if err != nil {
		t.Fatal(err)
	}
	want := l.token("kerfuffle").root
	for _, w := range []string{"war of words", "столкновение", "brouhaha"} {
		if got := l.token(w).root; got != want {
			t.Errorf("%s has another root than kerfuffle", w)
		}
	}
	if l.token("other").root == want {
		t.Error("a line at the margin continues the group above it")
	}
	if n, phrase := l.longestPhrase([]string{"war", "of", "words", "ends"}); n != 3 || phrase != "war of words" {
		t.Errorf("the phrase is %q of %d words", phrase, n)
	}
}
