package view

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/locale"
)

func TestPhrase(t *testing.T) {
	german := locale.Of("de")
	for _, c := range []struct{ english, want string }{
		{"numbers differ", "Zahlen weichen ab"},
		{"Gulf Wire went quiet: nothing for 33m; about 4 items would be usual", "Gulf Wire ist verstummt: nichts seit 33m; üblich wären etwa 4 Einträge"},
		{"went quiet: nothing for 33m; about 4 items would be usual", "verstummt: nichts seit 33m; üblich wären etwa 4 Einträge"},
		{"it answered 503 Service Unavailable (3 times)", "es antwortete 503 Service Unavailable (3-mal)"},
		{"no route (3 times)", "no route (3-mal)"},
		{"hub h.example: it answered 500", "Hub h.example: es antwortete 500"},
		{"the feed (ttl, updatePeriod) asks for 1h between visits", "der Feed (ttl, updatePeriod) verlangt 1h zwischen Abrufen"},
		{"story 1; 2 is hidden already", "Meldung 1; 2 ist schon ausgeblendet"},
		{"it is gone; it is paused in feeds.yaml", "sie gibt es nicht mehr; sie ist in feeds.yaml angehalten"},
		{"something else; no phrase", "something else; no phrase"},
		{"this machine's clock is 10s behind n1, n2 and n4: set it, or start its time service; until then this node visits nothing",
			"die Uhr dieses Rechners geht um 10s nach, verglichen mit n1, n2 und n4: stellen Sie sie, oder starten Sie den Zeitdienst; bis dahin besucht dieser Knoten nichts"},
		{"", ""},
	} {
		if got := Phrase(german, c.english); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.english, got, c.want)
		}
		if got := Phrase(locale.Of("en"), c.english); got != c.english {
			t.Errorf("in English %q becomes %q", c.english, got)
		}
	}
}

// What a language makes of a phrase has as many parts, and the same commands and settings.
func TestPhrasesKeepTheirParts(t *testing.T) {
	quoted := regexp.MustCompile("`[^`]*`")
	kept := func(text string) []string {
		all := quoted.FindAllString(text, -1)
		slices.Sort(all)
		return append(all, strings.Repeat("{}", strings.Count(text, "{}")), strings.Repeat("`", strings.Count(text, "`")))
	}
	for _, lang := range []string{"ar", "fr", "de", "es", "ru", "fa", "zh"} {
		for _, p := range phrases {
			if said := locale.Of(lang).Lookup(string(p)); !slices.Equal(kept(said), kept(string(p))) {
				t.Errorf("%s: %q has other parts than %q", lang, said, p)
			}
		}
	}
}

// internalRefusals are of records that are damaged, of another version or overtaken by those of
// another node. Only logs and programs see them.
var internalRefusals = []string{
	"a record has no ID", "%v", "this version of Slugline does not know the kind of record %s", "record %s is of %d kinds",
	"other rules were put in force before these (%s; these were to follow %s)",
	"these rules are of an older Slugline (fold %d; fold %d is in force)", "%s with %d words",
	"a claim is on a story or, with the word %s, on its event, not on %q", "%s is about stories or, with the word %s behind them, about their events; %q is no such word",
}

// Every reason why an order is refused is a phrase.
func TestRefusalsArePhrases(t *testing.T) {
	verb := regexp.MustCompile(`%[a-z]`)
	all := literalsOf(t, "../desk", "refused")
	if len(all) < 40 {
		t.Errorf("found only %d refusals", len(all))
	}
	for _, format := range all {
		if _, _, ok := MatchPhrase(verb.ReplaceAllString(format, "X")); !ok && !slices.Contains(internalRefusals, format) {
			t.Errorf("%q is no phrase", format)
		}
	}
}

// literalsOf returns the strings that begin the calls of a function in the Go files of a
// folder.
func literalsOf(t *testing.T, dir, function string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %q, %v", dir, files, err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
				f, isName := call.Fun.(*ast.Ident)
				lit, isLiteral := call.Args[0].(*ast.BasicLit)
				if isName && isLiteral && f.Name == function && lit.Kind == token.STRING {
					text, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, text)
				}
			}
			return true
		})
	}
	return all
}

// Texts of others may be anything.
func FuzzPhrase(f *testing.F) {
	for _, p := range phrases {
		f.Add(string(p))
	}
	f.Add("a; b; c (2 times)")
	f.Fuzz(func(t *testing.T, english string) {
		text, parts, ok := MatchPhrase(english)
		if !ok {
			return
		}
		args := make([]any, len(parts))
		for i, p := range parts {
			args[i] = p
		}
		if got := locale.Of("en").T(text, args...); got != english {
			t.Errorf("%q is taken for %q with %q", english, text, parts)
		}
		Phrase(locale.Of("fa"), english)
	})
}
