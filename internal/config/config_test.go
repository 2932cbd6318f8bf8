package config

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

// parse reads a file that is right, and checks that the schema accepts it.
func parse(t *testing.T, file string, pairs ...string) *Config {
	t.Helper()
	c, err := Parse("feeds.yaml", []byte(file), env(pairs...))
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	if err := validate(t, compiled(t), file); err != nil {
		t.Errorf("the schema refuses a file that is right: %v\n%s", err, file)
	}
	return c
}

// secrets is the environment of testdata/whole.yaml, which has every key.
var secrets = []string{
	"BBC_TOKEN", "Bearer bbc-secret", "CYBER_KEY", "cyber-secret", "HOOK", "https://hooks.example/hook-secret", "HOOK_SECRET", "sign-secret",
	"SLACK", "https://slack.example/slack-secret", "SMTP_PW", "smtp-secret", "TOKEN", "url-secret", "TZ", "Asia/Dubai",
}

func whole(t *testing.T) *Config {
	t.Helper()
	b, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(b), secrets...)
}

// An address for feed readers is one of the web.
func TestFeedScheme(t *testing.T) {
	c, err := Parse("feeds.yaml", []byte("sources: ['feed:https://a.example/rss', 'feed://b.example/rss', 'FEED:http://u:p@c.example/rss']\ntopics: [{name: t, key: '0123456789abcdef'}]\n"), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	want := [][2]string{{"https://a.example/rss", "https://a.example/rss"}, {"http://b.example/rss", "http://b.example/rss"}, {"http://u:p@c.example/rss", "http://c.example/rss"}}
	for i, w := range want {
		if s := c.Sources[i]; s.URL != w[0] || s.Address != w[1] {
			t.Errorf("source %d is visited at %s and shown as %s, want %s and %s", i, s.URL, s.Address, w[0], w[1])
		}
	}
}

func TestWholeFile(t *testing.T) {
	c := whole(t)
	r := c.Rules()
	want := news.Rules{
		Site: news.Site{Title: "Arab Press", Motto: "بالشعب و للشعب", URL: "https://press.example", ID: "press.example", Language: "en", Zone: "Asia/Dubai",
			Icon: "logo.svg", Style: "press.css", Links: []news.Link{{Title: "Imprint", URL: "https://press.example/imprint"}}},
		Keep: 30 * 24 * time.Hour,
		Sources: []news.Source{
			{Name: "aljazeera-all", Address: "https://www.aljazeera.com/xml/rss/all.xml", Show: "summary", Fold: "story"},
			{Name: "bbc-world", Address: "https://feeds.bbci.co.uk/news/world/rss.xml", Title: "BBC World", Tags: []string{"world"}, Owner: "bbc",
				Language: "en", Rank: 10, Show: "summary", Match: "-sponsored", Fold: "story", Keyed: true},
			{Name: "a", Address: "https://a.example/rss?t=${TOKEN}", Tags: []string{"tech"}, Show: "summary", Fold: "story"},
			{Name: "b", Address: "https://b.example/rss", Tags: []string{"tech"}, Show: "summary", Fold: "story", Keyed: true},
		},
		Topics: []news.Topic{{Name: "cyber", Was: []string{"hacking"}, Title: "Cyber security", Description: "Attacks, leaks and those who answer for them",
			From: []string{"world", "tech"}, Not: []string{"opinion", "sport"}, Match: []string{`(cyber* OR ransomware OR "data breach") -crypto lang:en`},
			Fold: "event", Stories: 50, Window: 72 * time.Hour, Keyed: true}},
		Alerts: []news.Alert{{Name: "breaking", Match: []string{"cyber AND outlets:>3"}, When: news.WhenBreaking, Quiet: [2]time.Duration{22 * time.Hour, 6 * time.Hour},
			To: []news.Target{{ID: r.Alerts[0].To[0].ID, Kind: "webhook", Label: "${HOOK}"}, {ID: r.Alerts[0].To[1].ID, Kind: "slack", Label: "${SLACK}"},
				{ID: r.Alerts[0].To[2].ID, Kind: "ntfy", Label: "ntfy.example"}, {ID: r.Alerts[0].To[3].ID, Kind: "mail", Label: "desk@press.example"}}}},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	s := c.Sources[1]
	if s.Header.Get("Authorization") != "Bearer bbc-secret" || s.Every != 10*time.Minute || !s.Wire || s.Paused {
		t.Errorf("bbc-world is visited with %+v", s)
	}
	if got := c.Sources[2].URL; got != "https://a.example/rss?t=url-secret" {
		t.Errorf("visits %q", got)
	}
	if got := c.Sources[3].URL; got != "https://user:pw@b.example/rss" {
		t.Errorf("visits %q", got)
	}
	if c.Topics[0].Key != "cyber-secret" {
		t.Errorf("key %q", c.Topics[0].Key)
	}
	if got, want := c.Alerts[0].To, 4; len(got) != want || got[0].Secret != "sign-secret" || got[3].Kind != "mail" {
		t.Errorf("alert goes to %+v", got)
	}
	if c.Mail.SMTP != "smtp://user:smtp-secret@mail.example:587" || c.Newsletters[0].At != 7*time.Hour || len(c.Newsletters[0].Days) != 5 {
		t.Errorf("mail %+v, newsletter %+v", c.Mail, c.Newsletters[0])
	}
	if !c.DeskAuth || len(c.Proxies) != 1 || c.Backup.To != "backups" || c.Fetch.Budget != 20000 || len(c.Fetch.Allow) != 2 || len(c.WebSub.Allow) != 1 {
		t.Errorf("settings: %+v", c)
	}
}

func TestDefaults(t *testing.T) {
	c := parse(t, "sources: [https://a.example/feed, https://b.example/feed]\n", "TZ", "Europe/Berlin")
	got := *c
	got.Sources, got.Topics = nil, nil
	want := Config{
		Path: "feeds.yaml", Listen: "127.0.0.1:8080", Desk: "127.0.0.1:8081", Database: "slugline.db", Keep: 720 * time.Hour,
		Site:  news.Site{Title: "Slugline", URL: "http://127.0.0.1:8080", Language: "en", Zone: "Europe/Berlin"},
		Fetch: Fetch{Budget: 192, Floor: 5 * time.Minute, PerHost: 1},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Config{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all := []news.Topic{{Name: "all", Title: "All stories", Fold: "story", Stories: 50}}
	if diff := cmp.Diff(all, c.Rules().Topics); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
}

func TestRulesHoldNoSecret(t *testing.T) {
	c := whole(t)
	b, err := json.Marshal(c.Rules())
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, s := range []string{"secret", "user:", "pw@"} {
		if strings.Contains(text, s) {
			t.Errorf("the rules hold %q: %s", s, text)
		}
	}
}

// The id of a target is made from its address as written in the file. Its label has no
// path, because whoever knows the path of a hook can call it.
func TestTargetsHideTheirAddress(t *testing.T) {
	file := "sources: https://a.example/\nalerts:\n  - {name: a, to: [{webhook: 'https://u:pw@hooks.example/secret-path'}, {ntfy: 'https://${HOST}/desk'}]}\n" +
		"  - {name: b, to: {webhook: 'https://u:pw@hooks.example/secret-path', secret: whsec_c2VjcmV0}}\n"
	c := parse(t, file, "HOST", "ntfy.example")
	first, second := c.Alerts[0].To, c.Alerts[1].To
	if first[0].ID != second[0].ID || first[0].ID == first[1].ID {
		t.Errorf("ids %q and %q of one address, %q of another", first[0].ID, second[0].ID, first[1].ID)
	}
	if first[0].Label != "hooks.example" || first[1].Label != "an address" || first[1].Address != "https://ntfy.example/desk" {
		t.Errorf("targets %+v", first)
	}
	b, err := json.Marshal(c.Rules())
	if err != nil || strings.Contains(string(b), "secret") || strings.Contains(string(b), "pw") || strings.Contains(string(b), "ntfy.example") {
		t.Errorf("the rules hold %s (%v)", b, err)
	}
}

func TestPathsAreRelativeToTheFile(t *testing.T) {
	c, err := Parse("/etc/slugline/feeds.yaml", []byte("sources: https://a.example/\nbackup: {to: copies}\n"), env())
	if err != nil {
		t.Fatal(err)
	}
	if c.Database != "/etc/slugline/slugline.db" || c.Backup.To != "/etc/slugline/copies" {
		t.Errorf("database %q, backup %q", c.Database, c.Backup.To)
	}
}

func TestReadMissing(t *testing.T) {
	_, err := Read(filepath.Join(t.TempDir(), "feeds.yaml"), env())
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestAddressesThatBrowsersOpen(t *testing.T) {
	for _, address := range []string{"https://a.example/the feed.xml", "https://a.example/50%-off.xml", `https://a.example\feed.xml`, "https://a.example/طقس?q=طقس"} {
		if _, err := Parse("feeds.yaml", []byte("sources: ['"+address+"']\n"), env()); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestNamesFromAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.aljazeera.com/xml/rss/all.xml":                      "aljazeera-all",
		"https://feeds.bbci.co.uk/news/world/rss.xml":                    "bbci-news-world",
		"https://lwn.net/headlines/rss":                                  "lwn-headlines",
		"http://127.0.0.1:8900/feed/12.xml":                              "127-0-0-1-12",
		"https://rss.nytimes.com/services/xml/rss/nyt/World.xml":         "nytimes-nyt-world",
		"https://www.theguardian.com/world/rss":                          "theguardian-world",
		"https://world.example.com/":                                     "example-world",
		"http://localhost:9/":                                            "localhost",
		"https://خبر.example/":                                           "source",
		"https://a.example/?section=sport":                               "a-sport",
		"https://a.example/very-long-words/in-the-path/of-an/address/ok": "a-very-long-words-in-the-path-of-an",
	} {
		if got := nameOf(address); got != want {
			t.Errorf("%s is named %q, want %q", address, got, want)
		}
	}
}

// What only visits need is read for each source of an item.
func TestSourceVisits(t *testing.T) {
	ca, err := os.ReadFile("testdata/private-ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	c := parse(t, "sources:\n  - {feeds: [https://a.example/, https://b.example/], timeout: 2m, limit: 512kb, ca: testdata/private-ca.pem}\n  - https://c.example/\n")
	type visits struct {
		Timeout   time.Duration
		MaxBytes  int64
		Authority string
	}
	own, usual := visits{2 * time.Minute, 512 << 10, string(ca)}, visits{20 * time.Second, 8 << 20, ""}
	var got []visits
	for _, s := range c.Sources {
		got = append(got, visits{s.Timeout, s.MaxBytes, s.Authority})
	}
	if diff := cmp.Diff([]visits{own, own, usual}, got); diff != "" {
		t.Errorf("visits (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	whole, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	for _, c := range wrong {
		f.Add([]byte(c.file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := Parse("feeds.yaml", file, env(secrets...))
		var all *Errors
		switch {
		case err == nil && (len(c.Sources) == 0 || len(c.Topics) == 0):
			t.Error("read without sources or topics")
		case err != nil && !errors.As(err, &all):
			t.Errorf("an error without a line: %v", err)
		case err != nil && (strings.Contains(err.Error(), "yaml.") || strings.Contains(err.Error(), "-secret") && !strings.Contains(string(file), "-secret")):
			t.Errorf("an error reveals too much: %v", err)
		}
	})
}

func TestSpansAndSizesFitTheirPatterns(t *testing.T) {
	span, size := regexp.MustCompile("^"+durationPattern+"$"), regexp.MustCompile("^"+sizePattern+"$")
	for _, s := range []string{"", "1", "s", "1s", "01s", "1d12h", "1h 2m", "1.5h", "-1s", "999999999s", "9999999999s", "1x", "1s2", "٣s", "8MB", "8 mb", "8  MB", "8M", "MB", "64kB", "1234567KB", "12345678KB", "8MBx", "8 "} {
		if _, ok := ParseDuration(s); ok != span.MatchString(s) {
			t.Errorf("%q is a duration: %v", s, ok)
		}
		if _, ok := parseSize(s); ok != size.MatchString(s) {
			t.Errorf("%q is a size: %v", s, ok)
		}
	}
}
