package feed

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// validateFeeds checks each feed in each XML format with the W3C feed validator.
func validateFeeds(t *testing.T, all map[string]*Channel) {
	t.Helper()
	dir := os.Getenv("FEEDVALIDATOR")
	if dir == "" {
		t.Skip("FEEDVALIDATOR names no checkout of github.com/w3c/feedvalidator")
	}
	args := []string{filepath.Join("testdata", "validate.py"), dir}
	tmp := t.TempDir()
	for name, c := range all {
		for _, f := range []*Format{RSS, Atom} {
			var b bytes.Buffer
			if err := f.Write(&b, c); err != nil {
				t.Fatalf("%s%s: %v", name, f.Ext(), err)
			}
			path := filepath.Join(tmp, strings.ReplaceAll(name, " ", "_")+f.Ext())
			if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			base := c.RSS
			if f == Atom {
				base = c.Atom
			}
			args = append(args, path, base)
		}
	}
	python := "/usr/bin/python3" // the one for which Debian has packages
	if _, err := os.Stat(python); err != nil {
		python = "python3"
	}
	out, err := exec.Command(python, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("run the validator: %v\n%s", err, out)
	}
	if len(out) > 0 {
		t.Errorf("the validator complains:\n%s", out)
	}
}

var writtenAt = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func worldChannel(posts ...Post) *Channel {
	return &Channel{
		ID:       "tag:press.example,2026:topics/world",
		Title:    "World",
		Language: "en",
		HomePage: "https://press.example/topics/world",
		RSS:      "https://press.example/topics/world.rss",
		Atom:     "https://press.example/topics/world.atom",
		JSON:     "https://press.example/topics/world.json",
		TTL:      5 * time.Minute,
		Updated:  writtenAt,
		Posts:    posts,
	}
}

func worldPost(n int, title string) Post {
	id := fmt.Sprintf("%013d", n)
	return Post{
		ID:        "tag:press.example,2026-03-02:" + id,
		Title:     title,
		Link:      "https://wire.example/" + id,
		Page:      "https://press.example/stories/" + id,
		Published: writtenAt.Add(-time.Duration(n) * time.Minute),
		Updated:   writtenAt.Add(-time.Duration(n)*time.Minute + time.Duration(n)*time.Millisecond),
		Content:   "<p>Text of " + id + "</p>",
		Outlets:   []Outlet{wireOutlet(0)},
	}
}

func wireOutlet(n int) Outlet {
	host := fmt.Sprintf("https://wire%d.example/", n)
	return Outlet{
		ID: host + "rss", Name: fmt.Sprintf("Wire %d", n), Feed: host + "rss",
		Headline: "The same news", Link: host + "news", At: writtenAt,
	}
}

// hostile are strings like those that feeds contained, and worse.
var hostile = []string{
	"", " ", "AT&T < Verizon & <b>bold</b> </b> moves", "Use &amp;amp; in HTML &#x27; &nbsp", "<script>alert(1)</script>", "]]> <![CDATA[",
	"a\x00b\x08c\x1fd\x7fe\u0085f\u009fg\ufffeh\uffffi\ufdd0j", "bad \xff\xfe utf8 \xed\xa0\x80", "\u202eevil\u202c \u2066x", "مرحبا \u200fبالعالم", "שלום", "😀👩‍👩‍👧 🇪🇬", "日本語 한국어 ไทย",
	"line\none\r\n\ttwo", strings.Repeat("long ", 5000), "-->", "<!-- x", "R&B1 &sum &copy2 &not;", "<jo@b.example>", "<?php", "a@b.example", "Jo <jo@b.example>", "\u2028", "\u0600", "e\u0301",
}

func hostilePost(n int, s string) Post {
	p := worldPost(n, s)
	p.Author, p.Summary, p.Language = s, s, s
	p.Content = "<p>" + plainHTML(s) + "</p>"
	p.Categories = []string{s, s, "News"}
	p.Link = "https://wire.example/" + s
	if n%3 == 0 {
		p.Link, p.Page = s, s
	}
	p.Media = []news.Media{
		{URL: "https://cdn.example/" + s, Type: s, Title: s, Alt: s, Length: -1},
		{URL: s, Title: s},
		{URL: "https://localhost:8080/a.mp3?" + s, Title: s, Length: 7, Duration: time.Minute, Width: -3},
		{URL: "https://cdn.example/a.jpg#" + s, Picture: true, Width: 1, Height: 2},
	}
	p.Outlets = []Outlet{wireOutlet(n), {ID: "tag:press.example,2026:sources/x", Name: s, Feed: s, Headline: s, Link: s, Language: s}}
	if n%2 == 0 {
		p.Outlets[0].Name = s
		p.Outlets[0].Feed = ""
	}
	return p
}

func TestWrittenFeedsAreValid(t *testing.T) {
	all := map[string]*Channel{"empty": worldChannel(), "one": worldChannel(worldPost(1, "One story"))}

	var nasty []Post
	for i, s := range hostile {
		nasty = append(nasty, hostilePost(i, s))
	}
	all["hostile"] = worldChannel(nasty...)
	for i, s := range hostile {
		c := worldChannel(worldPost(1, s))
		c.Title, c.Description, c.Publisher, c.Language, c.Icon = s, s, s, s, s
		c.Hubs = []string{s, "https://press.example/websub"}
		all[fmt.Sprint("channel ", i)] = c
	}

	rich := worldChannel(worldPost(1, "Rich"), worldPost(2, "Rich too"))
	rich.Description, rich.Icon = "All & sundry", "https://press.example/logo.png"
	rich.Hubs = []string{"https://press.example/websub"}
	rich.Relations = []Relation{{Rel: "current", URL: rich.Atom}, {Rel: "prev-archive", URL: "https://press.example/topics/world/archive/3.atom"}}
	for i := range 300 {
		rich.Posts[0].Outlets = append(rich.Posts[0].Outlets, wireOutlet(i+1))
	}
	for i, tag := range []string{"ar", "en_US", "ckb", "yue", "arz", "prs", "x-klingon", "aaa", "iw", "zh-Hant-TW", "english", "und", "fil", "nb"} {
		p := worldPost(10+i, tag)
		p.Language, p.Outlets = tag, []Outlet{wireOutlet(0), wireOutlet(1)}
		p.Outlets[1].Language = tag
		rich.Posts = append(rich.Posts, p)
	}
	rich.Posts = append(rich.Posts, rich.Posts[0])
	all["rich"] = rich

	huge := worldChannel()
	for i := range 10 {
		p := worldPost(i, "Huge")
		p.Content = "<p>" + strings.Repeat("A very long text. ", 20_000) + "</p>"
		huge.Posts = append(huge.Posts, p)
	}
	all["huge"] = huge
	validateFeeds(t, all)
}
