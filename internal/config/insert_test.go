package config

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var added = []NewSource{{Address: "https://n.example/rss"}, {Address: "https://m.example/?a=1&b=2", Title: "Über: alles", Folders: []string{"Middle East", "أخبار"}}}

func TestInsert(t *testing.T) {
	const (
		two   = "  - https://n.example/rss\n  - feed: https://m.example/?a=1&b=2\n    title: \"Über: alles\"\n    tags: [middle-east, أخبار]\n"
		inRow = "https://n.example/rss, {feed: https://m.example/?a=1&b=2, title: \"Über: alles\", tags: [middle-east, أخبار]}"
	)
	for _, c := range []struct {
		name         string
		before, want string // want has > where the sources are added
		lines        string
	}{
		{"empty file", "", ">", "sources:\n" + two},
		{"comments alone", "# hello\n", "# hello\n>", "sources:\n" + two},
		{"no sources yet", "keep: 2d", "keep: 2d>", "\nsources:\n" + strings.TrimSuffix(two, "\n")},
		{"key of nothing", "sources:  # mine\nkeep: 2d\n", "sources:  # mine\n>keep: 2d\n", two},
		{"last key", "keep: 2d\nsources:\n  - https://a.example/\n", "keep: 2d\nsources:\n  - https://a.example/\n>", two},
		{"last key, no newline", "sources:\n  - https://a.example/", "sources:\n  - https://a.example/>", "\n" + strings.TrimSuffix(two, "\n")},
		{"comments between", "sources:\n  - https://a.example/ # a\n  # - https://old.example/\n\n# Topics\n\ntopics:\n  - name: x # y\n",
			"sources:\n  - https://a.example/ # a\n  # - https://old.example/\n>\n# Topics\n\ntopics:\n  - name: x # y\n", two},
		{"no indent", "sources:\n- feed: https://a.example/\n  tags: [x]\n# Topics\ntopics: [{name: x}]\n", "sources:\n- feed: https://a.example/\n  tags: [x]\n># Topics\ntopics: [{name: x}]\n",
			strings.ReplaceAll(two[2:], "\n  ", "\n")},
		{"wide indent", "sources:\n    -   feed: https://a.example/\n        tags: [x]\n", "sources:\n    -   feed: https://a.example/\n        tags: [x]\n>",
			"    -   https://n.example/rss\n    -   feed: https://m.example/?a=1&b=2\n        title: \"Über: alles\"\n        tags: [middle-east, أخبار]\n"},
		{"empty brackets", "sources: []\nkeep: 2d\n", "sources: [>]\nkeep: 2d\n", inRow},
		{"brackets", "sources: [ 'https://a.example/,]', {feed: \"https://b.example/\"} ] # all\n", "sources: [ 'https://a.example/,]', {feed: \"https://b.example/\"}> ] # all\n", ", " + inRow},
		{"brackets over lines", "sources: [\n  https://a.example/, # one ]\n  # end\n]\n", "sources: [\n  https://a.example/,> # one ]\n  # end\n]\n", " " + inRow},
		{"braces", "{sources: [https://a.example/], keep: 2d}", "{sources: [https://a.example/>], keep: 2d}", ", " + inRow},
		{"one of them known", "sources: ['https://N.example:443/rss']\n", "sources: ['https://N.example:443/rss'>]\n", ", " + strings.TrimPrefix(inRow, "https://n.example/rss, ")},
	} {
		for _, eol := range []string{"\n", "\r\n"} {
			crlf := strings.NewReplacer("\n", eol)
			before := crlf.Replace(c.before)
			lines := c.lines
			if strings.Contains(c.before, "\n") || eol == "\n" {
				lines = crlf.Replace(lines)
			}
			got, err := Insert([]byte(before), added)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if diff := cmp.Diff(strings.Replace(crlf.Replace(c.want), ">", lines, 1), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
			if again, err := Insert(got, added); err != nil || !bytes.Equal(again, got) {
				t.Errorf("%s: adding them again changes the file: %v", c.name, err)
			}
		}
	}
}

func TestInsertRefuses(t *testing.T) {
	for _, file := range []string{
		"sources: https://a.example/\n", "sources: {a: b}\n", "{keep: 2d}\n", "a: [\n", "keep: 2d\n---\nkeep: 1d\n", "keep: 2d\n...\n", "sources: ~\n", "- a\n",
	} {
		if got, err := Insert([]byte(file), added); err == nil {
			t.Errorf("%q became %q", file, got)
		}
	}
}

func TestMake(t *testing.T) {
	file := NewFile(append(added, NewSource{Address: "https://evil.example/?x=${TOKEN}", Title: "${TOKEN}", Folders: []string{"Middle East", "true", "12"}}))
	want := `# Written by ` + "`slugline import`. `slugline check`" + ` says what it means.
sources:
  - https://n.example/rss
  - feed: https://m.example/?a=1&b=2
    title: "Über: alles"
    tags: [middle-east, أخبار]
  - feed: https://evil.example/?x=%24{TOKEN}
    title: "$${TOKEN}"
    tags: [middle-east, "true", "12"]
topics:
  - name: middle-east
    title: Middle East
    from: [middle-east]
  - name: akhbar
    title: أخبار
    from: [أخبار]
  - name: "true"
    title: "true"
    from: ["true"]
  - name: "12"
    title: "12"
    from: ["12"]
`
	want = strings.Replace(want, "https://evil.example/?x=%24{TOKEN}", `"https://evil.example/?x=%24{TOKEN}"`, 1)
	if diff := cmp.Diff(want, string(file)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c := parse(t, string(file), secrets...)
	if s := c.Sources[2]; strings.Contains(s.URL+s.Title, "secret") {
		t.Errorf("an imported list read the environment: %+v", s)
	}
}

func FuzzInsert(f *testing.F) {
	f.Add("sources: [a, 'b'] # c\n", "https://n.example/", "T", "F")
	f.Add("sources:\n  - a: |\n      # x\n\n# y\nkeep: 2d", "https://n.example/${X}", ": #", "[")
	f.Fuzz(func(t *testing.T, file, address, title, folder string) {
		sources := []NewSource{{Address: address, Title: title, Folders: []string{folder}}}
		out, err := Insert([]byte(file), sources)
		if err == nil && len(out) < len(file) {
			t.Errorf("%q became %q", file, out)
		}
		if doc, err := document(NewFile(sources)); err != nil || doc.root == nil {
			t.Errorf("made a file that can't be parsed: %v\n%s", err, NewFile(sources))
		}
	})
}
