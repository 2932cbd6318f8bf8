package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// The page of sources says of each when it is visited next and why then, and puts
// those with a problem first.
func TestSourcesPage(t *testing.T) {
	n := open(t)
	at := serve(n, nil)
	n.must(n.store.Update(func(tx *store.Tx) error {
		for _, s := range []news.Spot{
			{Source: "gulf", Tried: morning, Due: morning.Add(time.Hour), Why: "every 1h, as feeds.yaml says", Outcome: "new", Lag: []int64{90_000}},
			{Source: "north", Tried: morning, Due: morning.Add(4 * time.Hour), Why: "tried again after a failed visit", Outcome: "blocked", Failures: 2,
				Problem: `north.example answered 403 Forbidden: it does not let us in; ask its owner <b>`},
			{Source: "vault", Tried: morning, Paused: true},
		} {
			if err := tx.PutSpot(s); err != nil {
				return err
			}
		}
		return nil
	}))
	resp, body := ask(t, "GET", at+"/sources")
	if resp.StatusCode != 200 {
		t.Fatalf("%d: %s", resp.StatusCode, body)
	}
	for _, want := range []string{"every 1h, as feeds.yaml says", "2m", "blocked: north.example answered 403 Forbidden: it does not let us in; ask its owner &lt;b&gt; (2 times)", "tried again after", "never: feeds.yaml pauses it"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Index(body, "blocked: ") > strings.Index(body, "every 1h") {
		t.Error("a source with a problem stands behind one without")
	}
}
