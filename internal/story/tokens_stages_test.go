package story

import (
	"testing"
	"testing/fstest"

	"github.com/slugline/slugline/internal/words"
)

// stagesOf returns the stages that a list finds in a headline of its language.
func stagesOf(t *testing.T, list, language, headline string) stages {
	t.Helper()
	s := readStageList(list, language)
	return s.of(words.Tokens(nil, words.Fold(headline)), language)
}

// readStageList reads a list and ignores its mistakes.
func readStageList(list, language string) stageLexicon {
	r := &lexiconReader{fsys: fstest.MapFS{"lexicon/stage.txt": {Data: []byte(list)}}}
	s := newStageLexicon()
	for _, p := range r.stageList("stage") {
		s.add(p, readsStage(stageLanguage(language), false))
	}
	s.sort()
	return s
}

func TestStageLists(t *testing.T) {
	const list = "[end]\nende, sagt ... ab, streik*, *stopp, vorbei $\n[leave]\ngeht, ab\n[intended]\nwill VERB\n[verbs]\ngehen\n[none]\nende mai, streikrecht\n"
	for _, c := range []struct {
		headline string
		want     stages
	}{
		{"Das Ende", ended},
		{"Ende Mai in Tarn", 0},
		{"Lotsen sagt Fest in Tarn ab", ended | 1<<2},
		{"Lotsen sagt ab", ended | 1<<2},
		{"Lotsen sagt eins zwei drei vier fünf sechs sieben ab", 1 << 2},
		{"Streikende in Tarn", ended},
		{"Streikrecht in Tarn", 0},
		{"Baustopp", ended},
		{"Fest vorbei", ended},
		{"Fest vorbei an Tarn", 0},
		{"Sie will gehen", intended},
		{"Sie will Geld", 0},
	} {
		if got := stagesOf(t, list, "de", c.headline); got != c.want {
			t.Errorf("%q has the stages %b, want %b", c.headline, got, c.want)
		}
	}
	if got := stagesOf(t, "[end]\n終了, ト $\n[none]\n終了時\n", "ja", "スト、終了時刻"); got != ended {
		t.Errorf("a run has the stages %b", got)
	}
}

// A headline without a language has the stages of phrases that are clear without one.
func TestStagesWithoutLanguage(t *testing.T) {
	l := lex()
	for _, c := range []struct {
		language, headline string
		want               bool
	}{
		{"", "lotsen sagen streik ab", true},
		{"de", "lotsen sagen streik ab", true},
		{"de-AT", "lotsen sagen streik ab", true},
		{"sv", "lotsen sagen streik ab", false},
		{"en", "министр опроверг отставку", true},
	} {
		if got := l.stages.of(words.Tokens(nil, words.Fold(c.headline)), c.language) != 0; got != c.want {
			t.Errorf("%q of the language %q has stages: %v, want %v", c.headline, c.language, got, c.want)
		}
	}
}

func FuzzStageList(f *testing.F) {
	f.Add("[end]\nende, sagt ... ab, streik*, *stopp, vorbei $\n[verbs]\ngehen\n", "Lotsen sagen Streik ab")
	f.Add("[not]\nない, か $\n", "首相辞任か")
	f.Fuzz(func(_ *testing.T, list, headline string) {
		for _, language := range []string{"de", "ja", ""} {
			s := readStageList(list, language)
			s.of(words.Tokens(nil, words.Fold(headline)), language)
		}
	})
}
