package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// setRules writes rules past the desk, as another binary would have.
func (r *env) setRules(change func(*news.Rules)) {
	r.t.Helper()
	err := r.store.Update(func(tx *store.Tx) error {
		old, err := tx.Rules()
		if err != nil {
			return err
		}
		c := *old
		change(&c)
		return tx.PutRules(&c)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *env) inForce() (rules *news.Rules) {
	r.t.Helper()
	err := r.store.View(func(tx *store.Tx) (err error) {
		rules, err = tx.Rules()
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return rules
}

// A binary of another fold takes over by filing the same rules: once, and no story
// changes.
func TestANewerBinaryTakesOver(t *testing.T) {
	for name, older := range map[string]func(*news.Rules){
		"a database from before folds had versions": func(r *news.Rules) { r.Fold, r.Lexicon, r.Hash = 0, "", "0123" },
		"other word lists":                          func(r *news.Rules) { r.Lexicon, r.Hash = "other", "0123" },
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, "one", "two")
			two(r)
			before := r.ids("all")
			r.setRules(older)
			r.restart()
			r.pass(time.Minute)
			for range 2 {
				if said := r.enforce(); len(said) != 0 {
					t.Errorf("stories changed: %q", said)
				}
				if got := r.inForce(); got.Fold != story.Version || got.Lexicon != story.Lexicon() {
					t.Errorf("fold %d with lexicon %q is in force, want %d with %q", got.Fold, got.Lexicon, story.Version, story.Lexicon())
				}
			}
			if got := r.seq(); got != 4 {
				t.Errorf("record %d, want 4: the rules once more, and not twice", got)
			}
			if after := r.ids("all"); len(after) != 2 || after[r.top("all")[0].ID] != before[r.top("all")[0].ID] {
				t.Errorf("stories %v, were %v", after, before)
			}
		})
	}
}

// A command that reads no feeds.yaml takes over too.
func TestTakeOver(t *testing.T) {
	r := open(t, "one")
	if err := r.journal.TakeOver(context.Background(), r.now); err != nil || r.seq() != 1 {
		t.Errorf("with this fold in force: %v at record %d, want nothing filed", err, r.seq())
	}
	r.setRules(func(rules *news.Rules) { rules.Fold, rules.Hash = 0, "0123" })
	r.restart()
	if err := r.journal.TakeOver(context.Background(), r.now); err != nil || r.seq() != 2 || r.inForce().Fold != story.Version {
		t.Errorf("with an older fold in force: %v at record %d, fold %d; want record 2 with fold %d", err, r.seq(), r.inForce().Fold, story.Version)
	}
	if got := r.inForce().Sources; len(got) != 1 || got[0].ID != "one" {
		t.Errorf("sources %+v, want those that were in force", got)
	}
}

// A binary refuses a database that a newer one wrote, and says what to do.
func TestAnOlderBinaryRefusesTheDatabase(t *testing.T) {
	r := open(t, "one")
	r.setRules(func(rules *news.Rules) { rules.Fold = story.Version + 1 })
	_, err := Open(r.store, nil, nil, nil)
	newer := (*NewerError)(nil)
	if !errors.As(err, &newer) {
		t.Fatalf("Open: %v, want a NewerError", err)
	}
	want := fmt.Sprintf("%s was written by a newer Slugline (fold %d; this one knows %d). Upgrade this binary, or restore a backup made before the upgrade.", r.path, story.Version+1, story.Version)
	if !strings.Contains(err.Error(), want) {
		t.Errorf("error %q, want %q in it", err, want)
	}
}

// A record of a newer fold ends Run with that error, and so does what is filed later.
func TestANewerRecordEndsRun(t *testing.T) {
	r := open(t, "one")
	r.stop()
	r.stop = func() {}
	st, err := store.Open(r.path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	d, err := Open(st, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Run(context.Background()) }()
	rec := rulesRecord("newer")
	rec.Rules.Fold = story.Version + 1
	rec.SetID()
	newer := (*NewerError)(nil)
	if err := d.File(context.Background(), rec); !errors.As(err, &newer) {
		t.Errorf("File: %v, want a NewerError", err)
	}
	if err := <-ended; !errors.As(err, &newer) {
		t.Errorf("Run: %v, want a NewerError", err)
	}
	if err := d.File(context.Background(), rulesRecord("later")); err != ErrStopped {
		t.Errorf("File afterwards: %v, want %v", err, ErrStopped)
	}
}

// The rules in force say by which version of the fold a headline is judged, also by a
// binary that knows a newer one.
func TestRulesSayWhichFoldJudges(t *testing.T) {
	for version, isOne := range map[int]bool{8: false, 9: true} {
		r := openEvents(t, "one", "two")
		r.setRules(func(rules *news.Rules) { rules.Fold = version })
		r.restart()
		texts := []string{"Kelda museum finds lost painting in its own cellar", "Painting was in the cellar of the museum all along"}
		for i, text := range texts {
			r.visit([]string{"one", "two"}[i], fresh(text[:4], text, 0))
			r.pass(68 * time.Hour)
		}
		if r.storyCalled(texts[0]).Event == r.storyCalled(texts[1]).Event != isOne {
			t.Errorf("rules of fold %d: one event: %v, want %v", version, !isOne, isOne)
		}
	}
}
