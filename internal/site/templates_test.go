package site_test

import (
	"html"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webtest"
)

// sentences returns the texts of a language, split at their placeholders.
func sentences(lang string) []string {
	var out []string
	words := reflect.ValueOf(locale.Of(lang).Words)
	for i := range words.NumField() {
		if s, ok := words.Field(i).Interface().(string); ok {
			for part := range strings.SplitSeq(s, "{}") {
				if part = strings.TrimSpace(part); len(part) > 6 {
					out = append(out, part)
				}
			}
		}
	}
	return out
}

var tags = regexp.MustCompile(`(?s)<script.*?</script>|<style.*?</style>|<[^>]*>`)

// Everything on a page that no source wrote is in the language of the site.
func TestPagesUseTheSitesLanguage(t *testing.T) {
	n := webtest.OpenFilled(t)
	copper := n.Find("Copper rises for a third day")
	revised := n.AddStory(webtest.Story{Headline: "Twelve hurt in depot fire", Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Revised = s.First.Add(time.Hour)
		s.Takes[0].Earlier = []news.EarlierHeadline{{Headline: "Two hurt in depot fire", Until: s.Revised}}
	}})
	for _, lang := range []string{"ar", "fr", "de", "es", "ru", "fa", "zh"} {
		n.Rules.Site.Language = lang
		n.ApplyRules()
		at := serve(n)
		words := locale.Of(lang)
		for path, want := range map[string]string{
			"/":                        words.TopStories,
			"/topics/trade":            words.Subscribe,
			"/stories/" + revised.ID:   words.WhatChanged,
			"/stories/" + copper.ID:    locale.Put(words.ReadAt, "Northern Post"),
			"/nothing":                 words.NotFoundWhy,
			"/topics/trade/2026/11/21": words.NoStoriesOnDay,
			"/topics/inside":           words.NeedsKey,
			"/topics/trade/embed":      words.PolicyHow,
			"/oembed":                  words.OEmbedURL,
			"/oembed?format=xml":       words.NotImplemented,
			"/embed/world?limit=0":     words.BadRequest,
			"/oembed?maxwidth=x&url=http://press.example/topics/world": words.OEmbedSize,
			"/stories/" + n.Find("Withdrawn claim").ID:                 words.Withdrawn,
		} {
			_, body := webtest.Request(t, "GET", at+path)
			if !strings.Contains(body, `<html lang="`+lang+`" dir="`+words.Dir+`">`) {
				t.Errorf("%s %s begins %.80q", lang, path, body)
			}
			text := html.UnescapeString(tags.ReplaceAllString(body, ""))
			if !strings.Contains(text, want) {
				t.Errorf("%s %s lacks %q:\n%s", lang, path, want, text)
			}
			for _, english := range sentences("en") {
				if strings.Contains(text, english) && !slices.Contains(sentences(lang), english) {
					t.Errorf("%s %s has the English text %q", lang, path, english)
				}
			}
		}
	}
}

var (
	actions  = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	literals = regexp.MustCompile(`(?s)>([^<]*)|\b(?:title|alt|aria-label|placeholder|value)="([^"]*)"`)
	spelt    = regexp.MustCompile(`\pL{2,}`)
)

// Templates of public pages and newsletters contain no text of their own except the names
// of formats: all texts are in package locale.
func TestTemplatesContainNoText(t *testing.T) {
	for _, name := range []string{
		"layout", "archive", "front", "latest", "topic", "days", "outlet", "search", "story", "lines", "media", "newsletters", "newsletter", "withdrawn", "fault", "moved", "embed_help", "embed", "player", "../../notify/newsletter",
	} {
		b, err := os.ReadFile("pages/" + name + ".html")
		if err != nil {
			t.Fatal(err)
		}
		text := actions.ReplaceAllString(regexp.MustCompile(`(?s)<style.*?</style>|<script.*?</script>`).ReplaceAllString(string(b), ""), "")
		for _, m := range literals.FindAllStringSubmatch(text, -1) {
			for _, word := range spelt.FindAllString(m[1]+" "+m[2], -1) {
				if !slices.Contains([]string{"RSS", "Atom", "JSON", "Feed", "oEmbed", "WordPress", "limit", "events", "theme", "dir", "auto", "light", "dark"}, word) {
					t.Errorf("%s.html contains the word %q", name, word)
				}
			}
		}
	}
}

// A date has the direction of its language, also within text of the other direction.
func TestDirectionOfDates(t *testing.T) {
	n := webtest.OpenFilled(t)
	story := "/stories/" + n.Find("Copper rises for a third day").ID
	for lang, want := range map[string]string{"en": `" dir="ltr">20 November 2026, 10:50 UTC`, "ar": `" dir="rtl">20 نوفمبر 2026، 10:50 UTC`} {
		n.Rules.Site.Language = lang
		n.ApplyRules()
		if _, body := webtest.Request(t, "GET", serve(n)+story); !strings.Contains(body, want) {
			t.Errorf("%s: no %q in %s", lang, want, body)
		}
	}
}

// A site in a language without texts is in English, with its own tag and direction.
func TestPagesFallBackToEnglish(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Rules.Site.Language = "he"
	n.ApplyRules()
	_, body := webtest.Request(t, "GET", serve(n)+"/")
	webtest.ContainsInOrder(t, body, `<html lang="he" dir="rtl">`, "Top stories", `<bdi dir="ltr"><bdi>Northern Post</bdi> and 2 other outlets</bdi>`)
}
