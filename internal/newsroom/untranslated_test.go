package newsroom_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/webtest"
)

// A desk page in a language in which every text of ours stands between brackets shows no
// other text, but what sources and editors wrote, names, numbers and times.
func TestNothingIsUntranslated(t *testing.T) {
	n, paths := openWithEverything(t)
	loc := newsroom.PseudoLocale(t)
	site := newSite(t)
	settings := withSettings(t, deskFile, site)
	at := serve(n, func(d *newsroom.Desk) {
		settings(d)
		d.Locale = loc
		d.Order = func(_ context.Context, o news.Order, _ time.Time) (uint64, error) {
			return 0, fmt.Errorf("%w: there is no story %q", journal.ErrRefused, o.Args[0])
		}
		d.ConfigErrors = func() string { return "feeds.yaml:3:1: unknown key sorces\n  did you mean sources?" }
	})
	closed := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth, d.Locale = true, loc })
	c := &untranslated{T: t, data: writtenByOthers(n)}
	for _, path := range paths {
		c.get(at + path)
	}
	for _, state := range clusterStates() {
		c.get(serve(n, func(d *newsroom.Desk) { d.Cluster, d.Locale = state, loc }) + "/cluster")
	}
	c.get(closed + "/login")
	c.get(serve(webtest.Open(t), func(d *newsroom.Desk) { d.Locale = loc }) + "/")
	c.post(at+"/add-source", url.Values{"url": {site + "/"}})
	c.post(at+"/add-source", url.Values{"url": {site + "/rss"}})
	c.post(at+"/add-source", url.Values{"url": {"no address"}})
	copper := n.Find("Copper rises for a third day").ID
	c.post(at+"/api/orders", url.Values{"verb": {"hide"}, "args": {copper}})
	if c.read < len(paths) {
		t.Errorf("only %d pages were read", c.read)
	}
}

// openWithEverything opens a newsroom with something in every state, and returns the paths
// of its desk pages.
func openWithEverything(t *testing.T) (*webtest.Newsroom, []string) {
	n := openWithVisits(t)
	copper := n.Find("Copper rises for a third day")
	addMarks(n, copper)
	addNotices(n, copper)
	addOrders(n, copper)
	return n, []string{"/", "/?q=%28x", "/?q=nothing", "/?view=none", "/?view=Delta", "/?view=Delta&view=Wrong", "/search", "/search?q=copper&topic=world", "/search?q=titel:x", "/search?q=AND", "/sources", "/sources?visited=gulf",
		"/sources/gulf", "/sources/north", "/sources/harbour", "/sources/vault", "/sources/none", "/add-source", "/topics", "/topics/world", "/topics/world?match=%28x", "/topics/inside", "/starred",
		"/starred/feed", "/alerts", "/decisions", "/handover", "/help", "/cluster", "/stories/" + copper.ID, "/stories/none", "/nothing"}
}

// addMarks claims, notes, assigns, pins, holds and stars a story, and mutes others.
func addMarks(n *webtest.Newsroom, s *news.Story) {
	n.Helper()
	at := time.Now().Add(-time.Hour)
	n.Apply(func(tx *store.Tx) news.Change {
		s.Claim = &news.Claim{Who: "anna", Note: "calls the port", At: at, Seq: n.Seq}
		s.Notes = []news.Note{{Who: "omar", Text: "wait for Lima", At: at, Seq: n.Seq}}
		s.Assigned = &news.Assignment{To: "lena", Due: at.Add(9 * time.Hour), At: at, Seq: n.Seq}
		s.Takes[0].Holds = []news.Hold{{Topic: "trade", Why: "copper"}}
		s.Takes[1].Headline, s.Takes[2].Killed = "Copper climbs", at
		n.Must(tx.Stories.Put(s))
		n.Must(tx.Events.Put(&news.Event{ID: s.ID, Stories: []string{s.ID}, Breaking: at, Surge: news.Surge{Voices: 3, Span: 5 * time.Minute}, Claim: &news.Claim{Who: "omar", At: at, Seq: n.Seq}}))
		n.Must(tx.ReadStates.Put(&news.ReadState{
			Mutes: []news.Mute{{Kind: news.MuteWord, What: "football*", Until: at.Add(48 * time.Hour)}, {Kind: news.MuteEvent, What: "ferry", Until: at.Add(48 * time.Hour)}, {Kind: news.MuteSource, What: "north", Until: at.Add(48 * time.Hour)}},
			Views: []news.SavedView{{Name: "Delta", Query: "copper"}, {Name: "Wrong", Query: "(x"}},
		}))
		n.Must(tx.Stars.Put(&news.Star{Story: s.ID, First: s.First, At: at}, &news.StarredStory{ID: s.ID}))
		return news.Change{Stories: []string{s.ID}}
	})
}

// addNotices adds alerts, and notices of them in every state.
func addNotices(n *webtest.Newsroom, s *news.Story) {
	n.Helper()
	hook := news.Target{ID: "webhook-1", Kind: "webhook", Label: "hooks.example"}
	n.Rules.Targets = []news.NamedTarget{{Name: "cms", Title: "Our CMS", Target: hook}}
	n.Rules.Alerts = []news.Alert{
		{Name: "copper", Match: []string{"copper outlets:>2"}, When: news.WhenStory, To: []news.Target{hook}, Quiet: [2]time.Duration{22 * time.Hour, 6 * time.Hour}, Digest: 10 * time.Minute},
		{Name: "silence", When: news.WhenQuiet, To: []news.Target{hook}}, {Name: "trouble", When: news.WhenProblem, To: []news.Target{hook}}, {Name: "hot", When: news.WhenBreaking, To: []news.Target{hook}},
	}
	now := news.Instant(time.Now())
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		n.Must(tx.PutRules(&n.Rules))
		for id, d := range map[string]news.Dispatch{
			"late": {Tries: 1, Next: now.Add(time.Hour), Problem: "it answered 503 Service Unavailable"}, "dead": {Tries: 9, Dead: true, Problem: "it answered 410 Gone, so nothing more is sent to it"},
			"dropped": {Dropped: true, Problem: "discarded at the desk"}, "waits": {Due: now.Add(time.Hour)},
		} {
			d.Notice = id
			n.Must(tx.Dispatches.Put(&d))
			n.Must(tx.Notices.Put(&news.Notice{ID: id, Seq: n.Seq, At: now, When: news.WhenStory, Alerts: []string{"copper"}, Target: hook.ID, Story: s.ID, Headline: s.Headline, Language: "en"}))
		}
		n.Must(tx.Notices.Put(&news.Notice{ID: "hand", Seq: n.Seq, At: now, Sent: now, When: news.WhenSend, By: "anna", Target: hook.ID, Story: s.ID, Headline: s.Headline, Language: "en"}))
		n.Must(tx.Notices.PutLocal(&news.Notice{ID: "quiet", At: now, When: news.WhenQuiet, Alerts: []string{"silence"}, Target: "gone-1", Source: "gulf", Headline: "Gulf Wire went quiet: nothing for 3h; about 7 items would be usual"}))
		n.Must(tx.Notices.PutLocal(&news.Notice{ID: "trouble", At: now, When: news.WhenProblem, Alerts: []string{"trouble"}, Target: hook.ID, Source: "north", Headline: "Northern Post can't be read: the document is empty"}))
		return tx.ClosedTargets.Put(&news.ClosedTarget{Target: hook.ID, Why: "it answered 410 Gone, so nothing more is sent to it"})
	}))
}

// addOrders stores a decision of each kind.
func addOrders(n *webtest.Newsroom, s *news.Story) {
	n.Helper()
	until := time.Now().Add(time.Hour)
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		for i, o := range []news.Order{
			{Verb: "hide", Args: []string{s.ID}}, {Verb: "hide", Args: []string{s.ID, "world"}}, {Verb: "unhide", Args: []string{s.ID}}, {Verb: "pin", Args: []string{s.ID, "world"}, Until: until},
			{Verb: "pin", Args: []string{s.ID, news.Everywhere}}, {Verb: "claim", Args: []string{s.ID}}, {Verb: "claim", Args: []string{s.ID, "event"}}, {Verb: "release", Args: []string{s.ID}},
			{Verb: "release", Args: []string{s.ID, "hold"}}, {Verb: "note", Args: []string{s.ID}}, {Verb: "assign", Args: []string{s.ID, "lena"}, Until: until}, {Verb: "unassign", Args: []string{s.ID, "lena"}},
			{Verb: "send", Args: []string{s.ID, "cms"}}, {Verb: "split", Args: []string{s.ID, "event"}}, {Verb: "pause", Args: []string{"gulf"}}, {Verb: "resume", Args: []string{"gulf"}},
		} {
			n.Seq++
			o.Who = "anna"
			n.Must(tx.Orders.Put(&news.Record{ID: fmt.Sprint("order", i), Seq: n.Seq, At: time.Now(), Order: &o}))
		}
		return nil
	}))
}

// writtenByOthers returns what sources and editors wrote, the longest first.
func writtenByOthers(n *webtest.Newsroom) (all []string) {
	n.Helper()
	n.Must(n.Store.View(func(tx *store.Tx) error {
		return tx.Stories.Each(func(s *news.Story) error {
			all = append(all, s.Headline, s.ID)
			for _, take := range s.Takes {
				all = append(all, take.Headline, take.Entry)
			}
			return nil
		})
	}))
	for _, s := range n.Rules.Sources {
		all = append(all, s.Title, s.Name)
		all = append(all, s.Tags...)
	}
	for _, t := range n.Rules.Topics {
		all = append(all, t.Title, t.Name)
	}
	for _, f := range topic.Fields {
		all = append(all, f.Name+":")
	}
	all = append(all, n.Rules.Site.Title, "anna", "omar", "lena", "floods the wire", "calls the port", "wait for Lima", "Copper climbs", "ferry", "titel", "football*", "Delta", "Wrong", "(x", "Our CMS", "hooks.example", "webhook")
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

// untranslated finds texts of pages outside of brackets.
type untranslated struct {
	*testing.T
	data  []string // what others wrote
	asked []string // the words of the query of the page
	read  int
	depth int // of brackets
	found []string
}

func (c *untranslated) get(address string) {
	c.Helper()
	_, body := webtest.Request(c.T, "GET", address, "Accept: text/html")
	c.check(address, body)
}

func (c *untranslated) post(address string, form url.Values) {
	c.Helper()
	resp, body := webtest.PostForm(c.T, address, form)
	if resp.StatusCode == http.StatusNotFound {
		c.Errorf("%s: %s", address, resp.Status)
	}
	c.check(address, body)
}

// check fails the test when a page has texts outside of brackets.
func (c *untranslated) check(address, body string) {
	c.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	c.read++
	c.depth, c.found, c.asked = 0, nil, nil
	if u, err := url.Parse(address); err == nil {
		for _, values := range u.Query() {
			c.asked = append(c.asked, values...)
		}
	}
	c.walk(doc, false)
	if c.depth != 0 {
		c.Errorf("%s: the brackets are not balanced", address)
	}
	if u, err := url.Parse(address); err == nil && len(c.found) > 0 {
		c.Errorf("%s: not translated:\n  %s", u.RequestURI(), strings.Join(c.found, "\n  "))
	}
}

// foreignElements hold what is not of the page's language: code, names, times.
var foreignElements = []string{"bdi", "code", "time", "pre", "kbd", "svg", "textarea", "script", "style"}

// textAttributes are the attributes that readers see or hear.
var textAttributes = []string{"aria-label", "title", "placeholder", "alt", "label", "data-of", "aria-description", "aria-roledescription"}

func (c *untranslated) walk(n *html.Node, foreign bool) {
	switch n.Type {
	case html.TextNode:
		c.text(n, foreign)
	case html.ElementNode:
		foreign = foreign || n.Data != "html" && (slices.Contains(foreignElements, n.Data) || hasAttribute(n, "lang") || hasAttribute(n, "dir") && n.Data != "input")
		for _, a := range n.Attr {
			if slices.Contains(textAttributes, a.Key) && (n.Data != "time" || a.Key != "title") {
				c.attribute(n, a)
			}
		}
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		c.walk(child, foreign)
	}
}

func hasAttribute(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

// text looks at a text node. A text of ours may go over several of them.
func (c *untranslated) text(n *html.Node, foreign bool) {
	var outside strings.Builder
	for _, r := range n.Data {
		switch r {
		case '⟦':
			c.depth++
		case '⟧':
			c.depth--
		default:
			if c.depth == 0 {
				outside.WriteRune(r)
			}
		}
	}
	if left := c.leftOver(isolated.ReplaceAllString(outside.String(), "")); left != "" && !foreign {
		c.found = append(c.found, "<"+n.Parent.Data+">: "+left)
	}
}

// isolated is what others wrote, in a sentence of ours.
var isolated = regexp.MustCompile(`\x{2068}[^\x{2069}]*\x{2069}`)

var bracketed = regexp.MustCompile(`⟦[^⟦⟧]*⟧`)

func (c *untranslated) attribute(n *html.Node, a html.Attribute) {
	if left := c.leftOver(bracketed.ReplaceAllString(a.Val, " ")); left != "" {
		c.found = append(c.found, "<"+n.Data+" "+a.Key+">: "+left)
	}
}

// sameEverywhere are names and units that no language changes.
var sameEverywhere = regexp.MustCompile(`feeds\.yaml|Slugline|Markdown|HTML|HTTP|RSS|Atom|JSON Feed|API|UTC|Asia/Dubai|p95|https://press\.example/|https?://[^ ]+|\d+(\.\d+)?(h|ms|m|s|d)`)

// leftOver returns what others did not write and that has letters.
func (c *untranslated) leftOver(text string) string {
	for _, s := range append(c.asked, c.data...) {
		text = strings.ReplaceAll(text, s, "")
	}
	text = strings.TrimSpace(sameEverywhere.ReplaceAllString(text, ""))
	if strings.ContainsFunc(text, unicode.IsLetter) {
		return text
	}
	return ""
}
