package config

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

// TestSet changes a key of the first source, or the query of topic x.
func TestSet(t *testing.T) {
	const (
		one  = "sources: [https://f.example/rss]\n"
		feed = "sources:\n  - feed: https://f.example/rss\n"
		x    = one + "topics:\n  - name: x\n"
	)
	for _, c := range []struct {
		name, before, after, key string
		values                   []string
	}{
		{"address alone", "sources:\n  - https://f.example/rss # a\n  - https://b.example/\n", "sources:\n  - feed: https://f.example/rss # a\n    paused: true\n  - https://b.example/\n", "paused", []string{"true"}},
		{"address alone, no newline", "sources:\n- 'https://f.example/rss'", "sources:\n- feed: 'https://f.example/rss'\n  rank: 7", "rank", []string{"7"}},
		{"address alone in brackets", "sources: [https://f.example/rss, https://b.example/] # all\n", "sources: [{feed: https://f.example/rss, tags: [x, y z]}, https://b.example/] # all\n", "tags", []string{"x", "y z"}},
		{"nothing to remove", "sources: [{feed: 'https://f.example/rss' }]\n", "sources: [{feed: 'https://f.example/rss' }]\n", "paused", nil},
		{"new key in braces", "sources: [{feed: 'https://f.example/rss' }] # a\n", "sources: [{feed: 'https://f.example/rss', paused: true }] # a\n", "paused", []string{"true"}},
		{"new key", "sources:\n  -   feed: https://f.example/rss # a\n      title: A # t\n      # end\n\n# Topics\ntopics: [{name: x}]\n", "sources:\n  -   feed: https://f.example/rss # a\n      title: A # t\n      paused: true\n      # end\n\n# Topics\ntopics: [{name: x}]\n", "paused", []string{"true"}},
		{"new key behind a list", feed + "    tags:\n    - a\n    - b # b\n  - https://b.example/\n", feed + "    tags:\n    - a\n    - b # b\n    rank: -3\n  - https://b.example/\n", "rank", []string{"-3"}},
		{"new key behind a block", feed + "    match: |\n      a\n      b\n\n  - https://b.example/\n", feed + "    match: |\n      a\n      b\n    rank: 3\n\n  - https://b.example/\n", "rank", []string{"3"}},
		{"replace a value", feed + "    paused: true # until May\n", feed + "    paused: false # until May\n", "paused", []string{"false"}},
		{"replace a quoted value", "sources:\n  - {feed: https://f.example/rss, rank: '10', tags: [a]}\n", "sources:\n  - {feed: https://f.example/rss, rank: 20, tags: [a]}\n", "rank", []string{"20"}},
		{"key without a value", feed + "    rank : # ?\n", feed + "    rank : 5 # ?\n", "rank", []string{"5"}},
		{"add a tag", feed + "    tags: [ \"a\", b ] # t\n", feed + "    tags: [ \"a\", b, c ] # t\n", "tags", []string{"c", "b", "a"}},
		{"add a tag to one", feed + "    tags: \"a\" # t\n", feed + "    tags: [\"a\", c] # t\n", "tags", []string{"a", "c"}},
		{"remove a tag", feed + "    tags: [a, b, c]\n", feed + "    tags: [a, c]\n", "tags", []string{"a", "c"}},
		{"remove the last tags", feed + "    tags: [a, 'b', c,]\n", feed + "    tags: [a, d,]\n", "tags", []string{"a", "d"}},
		{"replace all tags", feed + "    tags: [ a, b ]\n", feed + "    tags: [ c, d e ]\n", "tags", []string{"c", "d e"}},
		{"add a tag in lines", feed + "    tags:\n      -   a # one\n    rank: 1\n", feed + "    tags:\n      -   a # one\n      -   b\n    rank: 1\n", "tags", []string{"a", "b"}},
		{"remove a tag in lines", feed + "    tags:\n      - a\n      - b # two\n      - c\n", feed + "    tags:\n      - a\n      - c\n", "tags", []string{"a", "c"}},
		{"remove all tags in lines", feed + "    tags:\n      - a\n", feed + "    tags:\n", "tags", nil},
		{"remove all tags", feed + "    tags: a\n    rank: 1\n", feed + "    rank: 1\n", "tags", nil},
		{"tags that are shared", "sources:\n  - {feed: https://b.example/rss, tags: &t [x]}\n  - {feed: https://f.example/rss, name: f, tags: *t}\n", "sources:\n  - {feed: https://b.example/rss, tags: &t [x]}\n  - {feed: https://f.example/rss, name: f, tags: [x, y]}\n", "tags", []string{"x", "y"}},
		{"mark and Arabic", "\ufeffsources: [{title: أخبار, feed: https://f.example/rss, tags: [عاجل]}]\n", "\ufeffsources: [{title: أخبار, feed: https://f.example/rss, tags: [عاجل, سياسة]}]\n", "tags", []string{"عاجل", "سياسة"}},
		{"tags that others share", "sources:\n  - {feed: https://f.example/rss, tags: &t [x, 'y']} # f\n  - {feed: https://b.example/rss, tags: *t}\n  - {feed: https://c.example/rss, tags: *t}\n", "sources:\n  - {feed: https://f.example/rss, tags: [x]} # f\n  - {feed: https://b.example/rss, tags: &t [x, 'y']}\n  - {feed: https://c.example/rss, tags: *t}\n", "tags", []string{"x"}},
		{"first key is removed", one + "topics:\n  - match: a\n    name: x # x\n", one + "topics:\n  - name: x # x\n", "match", nil},
		{"a comment stays without its value", x + "    match: a # about\n    stories: 20\n", x + "    # about\n    stories: 20\n", "match", nil},
		{"plain query over lines", x + "    match: a\n      OR b\n\n      c # q\n    # next\n", x + "    match: 'd' # q\n    # next\n", "match", []string{"d"}},
		{"quoted query over lines", x + "    match: 'a\n      OR b' # q\n", x + "    match: 'd' # q\n", "match", []string{"d"}},
		{"plain query over lines in braces", one + "topics: [{name: x, match: a\n  OR b, stories: 20}]\n", one + "topics: [{name: x, match: 'd', stories: 20}]\n", "match", []string{"d"}},
		{"block query with a comment", x + "    match: >- # what we want\n      a\n      OR b\n     # c\n    stories: 20\n", x + "    match: 'd' # what we want\n     # c\n    stories: 20\n", "match", []string{"d"}},
		{"block query that says its indentation", x + "    match: |2-\n       a\n      OR b\n    stories: 20\n", x + "    match: 'd'\n    stories: 20\n", "match", []string{"d"}},
		{"new key behind text over lines", feed + "    title: One\n      Two # t\n  - https://b.example/\n", feed + "    title: One\n      Two # t\n    paused: true\n  - https://b.example/\n", "paused", []string{"true"}},
		{"query", x + "    match: 'cyber -film' # q\n", x + "    match: 'it''s -film lang:en' # q\n", "match", []string{"it's -film lang:en"}},
		{"first query", one + "topics: [{name: x}]\n", one + "topics: [{name: x, match: 'a'}]\n", "match", []string{"a"}},
		{"no query any more", x + "    match: a b\n    stories: 20\n", x + "    stories: 20\n", "match", nil},
		{"no query any more in braces", one + "topics: [{name: x, match: 'a, b'}]\n", one + "topics: [{name: x}]\n", "match", nil},
		{"one of two queries", x + "    match:\n      - a # a\n      - \"b c\" # b\n", x + "    match:\n      - a # a\n      - 'b d' # b\n", "match", []string{"a", "b d"}},
		{"one query more in brackets", x + "    match: [a, 'b']\n", x + "    match: [a, 'b', 'c d']\n", "match", []string{"a", "b", "c d"}},
		{"second query", x + "    match: a b # q\n", x + "    match: [a b, 'c'] # q\n", "match", []string{"a b", "c"}},
		{"folded query", x + "    match: >-\n      a\n      OR b\n\n    # stories\n    stories: 20\n", x + "    match: 'c'\n\n    # stories\n    stories: 20\n", "match", []string{"c"}},
		{"block query, first", one + "topics: # t\n  - match: |\n      a\n      OR b\n    name: x", one + "topics: # t\n  - match: 'c'\n    name: x", "match", []string{"c"}},
	} {
		for _, eol := range []string{"\n", "\r\n"} {
			before, after := strings.ReplaceAll(c.before, "\n", eol), strings.ReplaceAll(c.after, "\n", eol)
			f, err := Load("feeds.yaml", []byte(before), noEnv)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			var got []byte
			if c.key == "match" {
				got, err = f.SetTopic("x", c.values)
			} else {
				got, err = f.SetSource("f", c.key, c.values)
			}
			if err != nil {
				t.Errorf("%s: %v\n%s", c.name, err, before)
			} else if diff := cmp.Diff(after, string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
		}
	}
}

// TestSetOne changes a key of one of the sources in a list of feeds, f, which gets an item of
// its own.
func TestSetOne(t *testing.T) {
	const two = "sources:\n  - feeds: [https://f.example/rss, https://b.example/rss] # both\n    tags: [x]\n"
	for _, c := range []struct {
		name, before, after, key string
		values                   []string
	}{
		{"brackets in lines", two + "  - https://c.example/\n", "sources:\n  - feeds: [https://b.example/rss] # both\n    tags: [x]\n  - feed: https://f.example/rss\n    tags: [x]\n    paused: true\n  - https://c.example/\n", "paused", []string{"true"}},
		{"another tag", two, "sources:\n  - feeds: [https://b.example/rss] # both\n    tags: [x]\n  - feed: https://f.example/rss\n    tags: [x, y]\n", "tags", []string{"x", "y"}},
		{"no tags", two, "sources:\n  - feeds: [https://b.example/rss] # both\n    tags: [x]\n  - feed: https://f.example/rss\n", "tags", nil},
		{"another name, no newline", strings.TrimSuffix(two, "\n"), "sources:\n  - feeds: [https://b.example/rss] # both\n    tags: [x]\n  - feed: https://f.example/rss\n    tags: [x]\n    name: g", "name", []string{"g"}},
		{"lines", "sources:\n-   # all\n    tags: [x]\n    feeds:\n    - https://a.example/ # a\n    - https://f.example/rss # f\n    - 'https://b.example/'\n", "", "rank", []string{"3"}},
		{"lines in lines", "sources:\n-   tags: &t [x]\n    feeds:\n    - https://a.example/ # a\n    - https://f.example/rss # f\n    - 'https://b.example/'\n    match: |\n      a\n      b\n\n# c\n-   {feed: https://d.example/, tags: *t}\n", "sources:\n-   tags: &t [x]\n    feeds:\n    - https://a.example/ # a\n    - 'https://b.example/'\n    match: |\n      a\n      b\n-   tags: *t\n    feed: https://f.example/rss # f\n    match: |\n      a\n      b\n    rank: 3\n\n# c\n-   {feed: https://d.example/, tags: *t}\n", "rank", []string{"3"}},
		{"braces in lines", "sources:\n  - {feeds: [https://b.example/rss, https://f.example/rss], owner: 'a, b', rank: 1} # n\n", "sources:\n  - {feeds: [https://b.example/rss], owner: 'a, b', rank: 1} # n\n  - {feed: https://f.example/rss, owner: 'a, b', rank: 2}\n", "rank", []string{"2"}},
		{"braces in brackets, mark", "\ufeffsources: [{feeds: [https://b.example/rss, https://f.example/rss], title: أخبار}, https://c.example/]\n", "\ufeffsources: [{feeds: [https://b.example/rss], title: أخبار}, {feed: https://f.example/rss, title: أخبار, paused: true}, https://c.example/]\n", "paused", []string{"true"}},
		{"the same value", two, two, "tags", []string{"x"}},
	} {
		for _, eol := range []string{"\n", "\r\n"} {
			before, after := strings.ReplaceAll(c.before, "\n", eol), strings.ReplaceAll(c.after, "\n", eol)
			f, err := Load("feeds.yaml", []byte(before), noEnv)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			got, err := f.SetSource("f", c.key, c.values)
			if after == "" {
				if !errors.Is(err, ErrKeep) {
					t.Errorf("%s: %v\n%s", c.name, err, got)
				}
			} else if err != nil {
				t.Errorf("%s: %v\n%s", c.name, err, before)
			} else if diff := cmp.Diff(after, string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
		}
	}
}

func TestRemove(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"an address", "sources:\n  - https://a.example/\n  # about f\n  - https://f.example/rss # f\n  - https://b.example/", "sources:\n  - https://a.example/\n  # about f\n  - https://b.example/"},
		{"keys, last", "sources:\n- https://a.example/\n- feed: https://f.example/rss\n  tags:\n  - x\n\n# end\n", "sources:\n- https://a.example/\n\n# end\n"},
		{"one of several", "sources:\n- feeds:\n  - https://f.example/rss\n  - https://b.example/\n", "sources:\n- feeds:\n  - https://b.example/\n"},
		{"brackets", "sources: [ https://f.example/rss, {feed: https://b.example/}]", "sources: [ {feed: https://b.example/}]"},
		{"last in brackets", "sources: [https://b.example/, {feed: https://f.example/rss, tags: [x]} ]", "sources: [https://b.example/ ]"},
		{"the only one", "sources: [https://f.example/rss]\n", "can't be changed safely"},
		{"a topic needs it", "sources: [https://f.example/rss, https://b.example/]\ntopics: [{name: x, from: [f]}]\n", "neither a tag nor the name"},
		{"another name changes", "sources: [https://f.example/rss, https://f.example/all/rss, https://www.f.example/rss]\n", "other settings"},
	} {
		f, err := Load("feeds.yaml", []byte(c.before), noEnv)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got, err := f.Remove("f")
		said := string(got)
		if err != nil {
			said = err.Error()
		}
		if said != c.after && (err == nil || !strings.Contains(said, c.after)) {
			t.Errorf("%s: got %q, want %q", c.name, said, c.after)
		}
	}
}

func noEnv(string) (string, bool) { return "", false }

// What can't be changed without other changes is refused.
func TestSetRefuses(t *testing.T) {
	for _, c := range []struct{ name, file, key, value, want string }{
		{"an alias of feeds", "sources:\n  - {feeds: &l [https://a.example/rss, https://b.example/rss]}\n", "name", "A b", "is not a name"},
		{"a name in a topic", "sources: [https://a.example/rss]\ntopics: [{name: x, from: [a]}]\n", "name", "z", "neither a tag nor the name of a source"},
		{"a name in a query", "sources: [https://a.example/rss]\ntopics: [{name: x, match: 'b OR (source:a)'}]\n", "name", "z", "the query of the topic x names the source as source:a"},
		{"a name changes", "sources: [https://a.example/rss, https://b.example/rss]\n", "tags", "b", "would change other settings"},
		{"tag of a topic", "sources:\n  - {feed: https://a.example/rss, tags: [x]}\ntopics: [{name: x, from: [x]}]\n", "tags", "z", "neither a tag nor the name of a source"},
		{"no number", "sources: [https://a.example/rss]\n", "rank", "high", "is not a whole number"},
		{"environment", "sources: [{feed: https://a.example/rss, tags: ['${T}']}]\n", "tags", "z", "environment value"},
		{"no query", "sources: [https://a.example/rss]\ntopics: [{name: x}]\n", "match", "(a", "("},
		{"no such topic", "sources: [https://a.example/rss]\n", "match", "a", "no topic"},
		{"shared over lines", "sources:\n  - {feed: https://a.example/rss, tags: &t [x,\n    y]}\n  - {feed: https://b.example/, tags: *t}\n", "tags", "z", "can't be changed safely"},
	} {
		f, err := Load("feeds.yaml", []byte(c.file), func(string) (string, bool) { return "secret", true })
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var got []byte
		if c.key == "match" {
			got, err = f.SetTopic("x", []string{c.value})
		} else {
			got, err = f.SetSource(f.Config.Sources[0].Name, c.key, []string{c.value})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

func TestAddSource(t *testing.T) {
	for _, c := range []struct {
		name, file string
		add        NewSource
		want       string // the end of the file, or the error
	}{
		{"with a name", "sources:\n  - https://a.example/rss\n", NewSource{Address: "https://n.example/rss", Name: "n", Tags: []string{"x"}}, "\n  - feed: https://n.example/rss\n    name: n\n    tags: [x]\n"},
		{"name is taken", "sources:\n  - {feed: https://a.example/rss, name: n}\n", NewSource{Address: "https://n.example/rss", Name: "n"}, `the name "n" is already used on line 2`},
		{"no name", "sources: [https://a.example/rss]\n", NewSource{Address: "https://n.example/rss", Name: "No name"}, "is not a name: use a-z"},
		{"changes a made name", "sources: [https://a.example/rss]\n", NewSource{Address: "https://n.example/rss", Name: "a"}, "it would change other sources"},
		{"known", "sources: [https://a.example/rss]\n", NewSource{Address: "https://A.example/rss#x", Name: "b"}, "is a source already"},
		{"no address", "sources: [https://a.example/rss]\n", NewSource{Address: "ftp://a.example/rss"}, "only http and https"},
	} {
		f, err := Load("feeds.yaml", []byte(c.file), noEnv)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Add(c.add)
		said := string(got)
		if err != nil {
			said = err.Error()
		}
		if !strings.Contains(said, c.want) || err == nil && !strings.HasPrefix(said, c.file) {
			t.Errorf("%s: %q, want %q", c.name, said, c.want)
		}
	}
}

// FuzzSet checks that a change either is refused, or leaves all settings but one, and all
// bytes outside one place, as they were.
func FuzzSet(f *testing.F) {
	f.Add("sources:\n  - feed: https://a.example/rss # a\n    tags: [a, 'b'] # t\n", "c", 0)
	f.Add("sources: [https://a.example/rss, {feed: https://b.example/, rank: 3}]\ntopics: [{name: x, match: 'a'}]", "true", 1)
	f.Add("sources:\r\n- https://a.example/rss\r\ntopics:\r\n- name: x\r\n  match: >\r\n    a\r\n    b\r\n", "a OR b", 3)
	f.Add("sources:\n- &x https://a.example/rss\ntopics:\n- name: x\n  match:\n  - a\n  - b # 'c'\n", "7", 2)
	f.Add("sources:\n- &x https://a.example/rss\ntopics:\n- name: x\n  match:\n  - a\n  - b #", "7", 3)
	f.Add("sources:\n- feeds: [https://a.example/rss, https://b.example/]\n  tags: &t [x]\n  match: >- # c\n    a\n    b\n- {feed: https://c.example/, tags: *t}", "c", 0)
	f.Add("sources:\n  - tags: [x]\n    feeds:\n    - https://a.example/rss # a\n    - https://b.example/\n", "true", 1)
	f.Add("sources: [{feeds: [https://a.example/rss, 'https://b.example/'], title: a\n  b}]", "n", 4)
	f.Add("sources:\n- https://a.example/rss # a\n# b\n- {feed: https://b.example/,\n   rank: 2}\n", "", 6)
	f.Fuzz(func(t *testing.T, file, value string, what int) {
		before, err := Load("feeds.yaml", []byte(file), func(string) (string, bool) { return "s", true })
		if err != nil {
			t.Skip()
		}
		key := []string{"tags", "paused", "rank", "match", "name", "title", ""}[uint(what)%7]
		name, url := before.Config.Sources[0].Name, before.Config.Sources[0].URL
		var got []byte
		switch key {
		case "match":
			got, err = before.SetTopic(before.Config.Topics[0].Name, []string{value})
		case "":
			got, err = before.Remove(name)
		default:
			got, err = before.SetSource(name, key, []string{value})
		}
		if err != nil {
			if got != nil {
				t.Errorf("returns bytes and %v", err)
			}
			return
		}
		after, err := Load("feeds.yaml", got, before.env)
		if err != nil {
			t.Fatalf("%q became %q: %v", file, got, err)
		}
		want, now := inOrder(before.Config), inOrder(after.Config)
		i := slices.IndexFunc(want.Sources, func(s news.SourceConfig) bool { return s.URL == url })
		switch {
		case key == "match":
			want.Topics[0].Match = now.Topics[0].Match
		case key == "":
			want.Sources = slices.Delete(want.Sources, i, i+1)
			want.Fetch.Budget = now.Fetch.Budget
		default:
			s, n := &want.Sources[i], now.Sources[i]
			s.Tags, s.Paused, s.Rank, s.Name, s.Title = n.Tags, n.Paused, n.Rank, n.Name, n.Title
		}
		if diff := cmp.Diff(want, now); diff != "" {
			t.Errorf("%q became %q:\n%s", file, got, diff)
		}
		if key == "" {
			return
		}
		// An item that leaves a list of lines takes the comment on its line along.
		list := before.Config.Sources[0].Tags
		if key == "match" {
			list = before.Config.Topics[0].Match
		}
		left := 0
		if len(list) > 1 {
			left = len(list)
		}
		if commented(got)+left < commented([]byte(file)) && !strings.Contains(strings.Join(slices.Concat(before.Config.Topics[0].Match, before.Config.Sources[0].Tags), ""), "#") {
			t.Errorf("%q became %q, and a comment is lost", file, got)
		}
	})
}

// inOrder returns a copy whose sources are in the order of their addresses.
func inOrder(c *Config) *Config {
	out := copyOf(c)
	slices.SortFunc(out.Sources, func(a, b news.SourceConfig) int { return strings.Compare(a.URL, b.URL) })
	return out
}

// commented counts the lines with a comment, or another #.
func commented(file []byte) (n int) {
	for line := range bytes.Lines(file) {
		if bytes.Contains(line, []byte("#")) {
			n++
		}
	}
	return n
}

func TestChangesByHandAreSaid(t *testing.T) {
	f, err := Load("feeds.yaml", []byte("sources:\n- # both\n  feeds: [https://a.example/rss, https://b.example/rss]\n"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.SetSource("a", "paused", []string{"true"}); !errors.Is(err, ErrKeep) {
		t.Errorf("a group below its dash is changed: %v", err)
	}
	got := NewSource{Address: "https://n.example/rss", Name: "n"}.Snippet() + Snippet("tags", []string{"a", "b: c"}) + Snippet("match", []string{"it's"}) + Snippet("paused", []string{"true"})
	if want := "  - feed: https://n.example/rss\n    name: n\ntags: [a, \"b: c\"]\nmatch: 'it''s'\npaused: true\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Templates can't be compared, and are in the way of no change.
func TestChangesBesideTemplates(t *testing.T) {
	file := "sources: [{feed: https://a.example/rss, name: a}]\ntopics: [{name: x, match: a}]\n" +
		"alerts:\n  - name: loud\n    match: a\n    to: [{webhook: https://a.example/hook, template: '{\"text\": {{json .Text}}}'}]\n" +
		"targets:\n  - name: cms\n    webhook: https://cms.example/hook\n    template: '{\"title\": {{json .Headline}}}'\n"
	f, err := Load("feeds.yaml", []byte(file), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func() ([]byte, error){
		"source": func() ([]byte, error) { return f.SetSource("a", "tags", []string{"t"}) },
		"topic":  func() ([]byte, error) { return f.SetTopic("x", []string{"b"}) },
		"new":    func() ([]byte, error) { return f.Add(NewSource{Address: "https://n.example/rss", Name: "n"}) },
	} {
		if got, err := change(); err != nil || len(got) == len(file) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if f.Config.Targets[0].Template == nil || f.Config.Alerts[0].To[0].Template == nil {
		t.Error("a change took the templates away")
	}
}
