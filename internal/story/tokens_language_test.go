package story

import (
	"testing"
	"time"
)

// A feed may name no language, or English for another one: the stages of its headlines
// keep them apart all the same.
func TestStagesOfHeadlinesInNoNamedLanguage(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		lang, a, b string
		same       bool
	}{
		{"", "Dockers strike in Mereda", "Dockers end strike in Mereda", false},
		{"", "Miners strike", "Miners end strike", false},
		{"", "Minister Hollen quits over mill deal", "Minister Hollen denies she will quit over mill deal", false},
		{"", "Lokführer beenden Streik bei der Bahn in Odalen", "Lokführer streiken bei der Bahn in Odalen", false},
		{"en-US", "Die Lokführer beenden den Streik bei der Bahn in Odalen", "Die Lokführer beginnen den Streik bei der Bahn in Odalen", false},
		{"en-US", "El sindicato suspende la huelga de los estibadores de Mereda", "El sindicato convoca la huelga de los estibadores de Mereda", false},
		{"en", "Le maire de Mereda quitte la mairie pour raisons de santé", "Le maire de Mereda à la mairie pour raisons de santé", false},
		{"", "Dockers strike in Mereda after pay talks", "Dockers strike in Mereda after pay talks, union says", true},
		{"", "Die Lokführer streiken bei der Bahn in Odalen", "Lokführer streiken bei der Bahn in Odalen", true},
		{"en-US", "Los estibadores de Mereda van a la huelga", "Estibadores de Mereda van a la huelga", true},
		{"", "Ferry sinks off Harbourtown with forty aboard", "Ferry sinks off Harbourtown, forty aboard", true},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			f := New()
			first := f.Judge(Headline{Entry: "a", Owner: "a", Language: c.lang, Text: pair[0], At: at})
			second := f.Judge(Headline{Entry: "b", Owner: "b", Language: c.lang, Text: pair[1], At: at.Add(time.Minute)})
			if (first.Story == second.Story) != c.same {
				t.Errorf("%q: %q and %q are one story: %v, want %v", c.lang, pair[0], pair[1], !c.same, c.same)
			}
		}
	}
}
