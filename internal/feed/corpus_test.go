package feed

import (
	"bufio"
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
)

// shared returns the path of a file in the folder with shared test data, which is beside
// the repository. It skips the test when there is none.
func shared(t testing.TB, path string) string {
	p := filepath.Join("..", "..", "..", "shared", path)
	if _, err := os.Stat(p); err != nil {
		if os.Getenv("SLUGLINE_SHARED") == "must" {
			t.Fatal(err)
		}
		t.Skip("the shared folder is not beside this repository")
	}
	return p
}

type expectedEntry struct{ ID, Title, Link, Published string }

type expectedFeed struct {
	File    string
	Feed    struct{ Title, Link string }
	Entries []expectedEntry
}

func expectations(t testing.TB) []expectedFeed {
	f, err := os.Open(filepath.Join(shared(t, "corpus"), "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []expectedFeed
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var e expectedFeed
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

var tags = regexp.MustCompile(`<[^>]*>`)

// letters returns the part of a title that is compared: letters and digits.
func letters(s string) string {
	s = tags.ReplaceAllString(html.UnescapeString(html.UnescapeString(tags.ReplaceAllString(s, " "))), " ")
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func slashless(s string) string { return strings.TrimSuffix(strings.TrimSpace(s), "/") }

func minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04")
}

func (i *Item) when() time.Time {
	if i.Published.IsZero() {
		return i.Updated
	}
	return i.Published
}

type tally struct{ same, all int }

func (c *tally) count(same bool) bool {
	c.all++
	if same {
		c.same++
	}
	return same
}

func (c *tally) share() float64 { return float64(c.same) / float64(max(c.all, 1)) }

// partner returns the item that an expected entry describes.
func partner(items []Item, e expectedEntry, position int) *Item {
	for _, same := range []func(*Item) bool{
		func(i *Item) bool { return e.ID != "" && slashless(i.ID) == slashless(e.ID) },
		func(i *Item) bool { return e.Link != "" && slashless(i.Link) == slashless(e.Link) },
		func(i *Item) bool { return letters(e.Title) != "" && letters(i.Title) == letters(e.Title) },
	} {
		for k := range items {
			if same(&items[k]) {
				return &items[k]
			}
		}
	}
	if position < len(items) {
		return &items[position]
	}
	return nil
}

// referenceErrors are the values that the reference has wrong, and why.
var referenceErrors = map[string]string{
	"rss-parser/reddit-home.rss id":                             "resolves ids against the xml:base of the content element before them",
	"rss-parser/uolNoticias.rss date":                           "does not know Portuguese months",
	"feed-rs/rss2__rss_2.0_ilmessaggero.xml date":               "does not know Italian weekdays",
	"feed-rs/rss2__rss_2.0_nbcny.xml date":                      "ignores PM",
	"feed-rs/jsonfeed__jsonfeed_elastic_1.1.json date":          "reads only RFC 3339",
	"feedjira/DuplicateContentAtomFeed.xml feed title":          "misses the title of a feed inside a page",
	"rss-parser/itunes-missing-image.rss title":                 "is right: two items have the same guid, and are paired with the first",
	"feed-rs/atom__atom_entry_1.xml link":                       "mistakes a urn for a link",
	"feed-rs/atom__atom_example_4.xml feed link":                "mistakes a tag URI for a link",
	"feed-rs/atom__atom_example_7.xml link":                     "mistakes a tag URI for a link",
	"feed-rs/atom__atom_mediarss_newscred_1.xml feed link":      "mistakes an id that is a word for a link",
	"feed-rs/atom__atom_mediarss_youtube_1.xml feed link":       "mistakes a yt: id for a link",
	"feed-rs/atom__atom_pub_spec_1.xml link":                    "mistakes a urn for a link",
	"feedjira/atom_simple_single_entry_link_self.xml feed link": "mistakes a urn for a link",
	"feedjira/google_alerts_atom.xml feed link":                 "mistakes a tag URI for a link",
	"feed-rs/rss1__rss_1.0_example_1.xml link":                  "leaves relative links as they are, though the channel names its site",
	"rss-parser/missing-fields.atom link":                       "mistakes a tag URI for a link",
}

func TestCorpus(t *testing.T) {
	var titles, links, ids, dates tally
	var right tally // ids that agree, or that the reference has wrong
	differ := func(file, what, got, want string) {
		why := referenceErrors[file+" "+what]
		t.Logf("%s: %s: got %q, the reference %q: it %s", file, what, got, want, why)
		if why == "" {
			t.Errorf("%s: %s: differs from the reference, and referenceErrors does not say why", file, what)
		}
	}
	for _, e := range expectations(t) {
		body, err := os.ReadFile(filepath.Join(shared(t, "corpus"), e.File))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := Read(body, Hints{})
		if err != nil {
			if len(e.Entries) > 0 || e.Feed.Title != "" {
				t.Errorf("%s: %v", e.File, err)
			} else {
				t.Logf("%s: %v", e.File, err)
			}
			continue
		}
		if !titles.count(letters(doc.Title) == letters(e.Feed.Title)) {
			differ(e.File, "feed title", doc.Title, e.Feed.Title)
		}
		if !links.count(slashless(doc.Site) == slashless(e.Feed.Link)) {
			differ(e.File, "feed link", doc.Site, e.Feed.Link)
		}
		if len(doc.Items) != len(e.Entries) {
			t.Logf("%s: %d items, the reference %d", e.File, len(doc.Items), len(e.Entries))
		}
		for n, want := range e.Entries {
			got := partner(doc.Items, want, n)
			if got == nil {
				got = &Item{}
			}
			if !titles.count(letters(got.Title) == letters(want.Title)) {
				differ(e.File, "title", got.Title, want.Title)
			}
			if !links.count(slashless(got.Link) == slashless(want.Link)) {
				differ(e.File, "link", got.Link, want.Link)
			}
			right.count(slashless(got.ID) == slashless(want.ID) || referenceErrors[e.File+" id"] != "")
			if !ids.count(slashless(got.ID) == slashless(want.ID)) {
				differ(e.File, "id", got.ID, want.ID)
			}
			if !dates.count(minute(got.when()) == strings.TrimSuffix(want.Published, "")[:min(16, len(want.Published))]) {
				differ(e.File, "date", minute(got.when()), want.Published)
			}
		}
	}
	for _, c := range []struct {
		what string
		got  tally
		want float64
	}{{"titles", titles, .99}, {"links", links, .99}, {"ids", ids, .97}, {"ids, errors of the reference aside", right, .98}, {"dates", dates, .97}} {
		t.Logf("%s: %d of %d agree (%.2f %%)", c.what, c.got.same, c.got.all, 100*c.got.share())
		if c.got.share() < c.want {
			t.Errorf("%s: %.2f %% agree, want %.0f", c.what, 100*c.got.share(), 100*c.want)
		}
	}
}
