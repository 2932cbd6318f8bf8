package canon_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

func credit(author, summary, content string) string {
	doc := &feed.Document{Items: []feed.Item{{Title: "Ferry sinks", Author: author, Summary: summary, Content: content}}}
	return canon.Entries(doc, news.Source{ID: "paper"})[0].Agency
}

func TestAgencyIsCredited(t *testing.T) {
	for _, c := range []struct{ author, summary, content, want string }{
		{author: "Reuters", want: "reuters"},
		{author: "By Reuters Staff", want: "reuters"},
		{author: "Jane Doe, Associated Press", want: "ap"},
		{author: "AFP/Jane Doe", want: "afp"},
		{author: "Jane Doe | Reuters", want: "reuters"},
		{author: "رويترز", want: "reuters"},
		{summary: "PARIS (AFP) — A ferry sank.", want: "afp"},
		{summary: "(Reuters) - A ferry sank.", want: "reuters"},
		{summary: "LONDON, Nov 22 (Reuters) - A ferry sank.", want: "reuters"},
		{summary: "BERLIN (dpa) - Eine Fähre sank.", want: "dpa"},
		{summary: "(ANSA) - ROMA, 22 NOV - Un traghetto.", want: "ansa"},
		{summary: "Madrid, 22 nov (EFE).- Un ferry.", want: "efe"},
		{summary: "МОСКВА, 22 ноября. /ТАСС/. Паром затонул.", want: "tass"},
		{summary: "BEIJING, Nov. 22 (Xinhua) -- A ferry sank.", want: "xinhua"},
		{summary: "新华社北京11月22日电 渡轮沉没。", want: "xinhua"},
		{summary: "أبوظبي في 22 نوفمبر / وام / غرقت عبارة.", want: "wam"},
		{summary: "الرياض 22 نوفمبر (واس) غرقت عبارة.", want: "spa"},
		{summary: "باريس (أ ف ب) - غرقت عبارة.", want: "afp"},
		{author: "dpa-infocom", want: "dpa"},
		{summary: "Hamburg (dpa/lno) - Eine Fähre sank.", want: "dpa"},
		{summary: "МОСКВА, 22 ноя - РИА Новости. Паром затонул.", want: "ria"},
		{summary: "JEDDAH, Nov 22, 2026, SPA -- A ferry sank.", want: "spa"},
		{summary: "الرياض 01 جمادى الأولى 1448 هـ الموافق 22 نوفمبر 2026 م واس غرقت عبارة.", want: "spa"},
		{summary: "باريس - أ ف ب: غرقت عبارة.", want: "afp"},
		{content: "<p>A ferry sank. (Source: AFP)</p>", want: "afp"},
		{content: "<p>A ferry sank.</p><p>© 2026 AFP</p>", want: "afp"},
		{content: "<p>A ferry sank.</p><p>Copyright 2026 The Associated Press. All rights reserved. This material may not be published or rewritten.</p>", want: "ap"},
		{content: "<p>A ferry sank.</p><p>(AFP)</p>", want: "afp"},
		{content: "<p>A ferry sank.</p><p>© AFP</p>", want: "afp"},
		{content: "<p>A ferry sank. Source: Xinhua</p>", want: "xinhua"},
		{content: "<p>Eine Fähre sank.</p><p>dpa/abc</p>", want: "dpa"},

		{summary: "A ferry sank, Reuters reported on Monday."},
		{summary: "Officials told AFP (Agence France-Presse) that a ferry sank and many died."},
		{summary: "The school offers AP (Advanced Placement) exams."},
		{author: "Le Monde avec AFP"},
		{author: "AFP, Reuters"},
		{summary: "Students - AP exams: what to know"},
		{summary: "Two sides met - Reuters journalists saw them. They left."},
		{content: "<p>A ferry sank.</p><p>Copyright 2026 Harbour News. With files from AP and others.</p>"},
		{author: "PA"},
		{author: "Philadelphia, PA"},
		{author: "Jane Doe"},
		{content: "<p>See https://example.com/ap/story</p>"},
		{content: "<p>According to AFP</p>"},
	} {
		if got := credit(c.author, c.summary, c.content); got != c.want {
			t.Errorf("author %q, summary %q, content %q: credited to %q, want %q", c.author, c.summary, c.content, got, c.want)
		}
	}
}

func TestVoices(t *testing.T) {
	for _, c := range []struct{ owner, agency, want string }{
		{"bbc.co.uk", "", "bbc.co.uk"}, {"bbc.co.uk", "afp", "afp"}, {"reuters.com", "", "reuters"},
		{"tass.ru", "", "tass"}, {"Reuters", "", "reuters"}, {"example.com", "", "example.com"},
	} {
		if got := canon.Voice(c.owner, c.agency); got != c.want {
			t.Errorf("Voice(%q, %q) = %q, want %q", c.owner, c.agency, got, c.want)
		}
	}
}

func FuzzAgency(f *testing.F) {
	f.Add("By Reuters", "PARIS (AFP) — x", "<p>(AFP)</p>")
	f.Add("", "((((((/////", strings.Repeat("(", 5000))
	f.Add("\xff", "新华社\xff电", "\xff)")
	f.Fuzz(func(t *testing.T, author, summary, content string) {
		if id := credit(author, summary, content); !utf8.ValidString(id) || id != canon.Voice("x", id) && id != "" {
			t.Errorf("credited to %q", id)
		}
	})
}

func BenchmarkAgencyOfNone(b *testing.B) {
	doc := &feed.Document{Items: []feed.Item{{Title: "Ferry sinks", Author: "Jane Doe", Summary: strings.Repeat("A ferry sank off the coast on Monday. ", 8), Content: strings.Repeat("<p>A ferry sank off the coast on Monday.</p>", 40)}}}
	for b.Loop() {
		canon.Entries(doc, news.Source{ID: "paper"})
	}
}
