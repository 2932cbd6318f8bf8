package desk

import (
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// A changed rule reviews all stories, some at once: copies of those before them are dropped,
// changed or not, so that memory doesn't grow with the database.
func TestReviewReleasesStories(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	d, err := Open(st, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	rules := news.Rules{
		Site: news.Site{URL: "https://press.example"}, Keep: 30 * 24 * time.Hour,
		Sources: []news.Source{{Name: "one", Address: "https://one.example/rss"}},
		Topics:  []news.Topic{{Name: "all", Stories: 50, Fold: news.FoldStory}},
	}
	at := dawn
	commit := func(r news.Record) {
		t.Helper()
		at = at.Add(time.Minute)
		r.At = at
		r.SetID()
		if _, err := d.commit([]filing{{record: r}}); err != nil {
			t.Fatal(err)
		}
	}
	commit(news.Record{Rules: &rules})
	const stories, perVisit = 2*reviewAtOnce + reviewAtOnce/2, 250
	for told := 0; told < stories; told += perVisit {
		var all []string
		for i := range perVisit {
			all = append(all, distinctHeadline(told+i))
		}
		commit(visitRecord("one", at, all))
	}
	inTopic := func() (n int) {
		if err := st.View(func(tx *store.Tx) error {
			ids, err := tx.Stories.IDsInTopic("all")
			n = len(ids)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	had := inTopic()
	if had < 2*reviewAtOnce {
		t.Fatalf("%d stories, want more than two groups of %d", had, reviewAtOnce)
	}
	changed := rules
	changed.Topics = []news.Topic{rules.Topics[0]}
	changed.Topics[0].From = []string{"another"}
	commit(news.Record{Rules: &changed})
	if n := inTopic(); n != 0 {
		t.Errorf("%d of %d stories are left in a topic of another source", n, had)
	}
	if n := reflect.ValueOf(d.cache).FieldByName("stories").Len(); n > reviewAtOnce {
		t.Errorf("the review has left copies of %d stories, want at most %d", n, reviewAtOnce)
	}
	commit(news.Record{Rules: &rules})
	if n := inTopic(); n != had {
		t.Errorf("%d stories came back, want %d", n, had)
	}
}

// distinctHeadline returns a headline whose words no other has.
func distinctHeadline(n int) string {
	var words []string
	for i := range 6 {
		words = append(words, "w"+strconv.FormatInt(int64((n*6+i+1)*7919), 36))
	}
	return strings.Join(words, " ")
}
