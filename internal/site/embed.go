package site

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
)

const (
	defaultEmbedStories = 8  // stories in an embed by default
	maxEmbedStories     = 50 // stories in an embed at most
)

// embedOptions are the options in the address of an embed.
type embedOptions struct {
	limit     int
	theme     string // light, dark, or auto: as the reader's system
	dir       string // ltr, rtl, or auto: as the topic's title
	events    bool   // events in place of stories
	wordpress bool   // in WordPress's sandbox, which allows scripts and nothing else
}

var errBadOption = reply.FaultWithCode(reply.BadOption)

// parseEmbedOptions rejects unknown values, so that whoever pastes the code sees the
// mistake. Other parameters have no effect.
func parseEmbedOptions(q url.Values) (embedOptions, error) {
	e := embedOptions{limit: defaultEmbedStories, theme: "auto", dir: "auto"}
	if q.Has("limit") {
		n, err := strconv.Atoi(q.Get("limit"))
		if err != nil || n < 1 || n > maxEmbedStories {
			return e, errBadOption
		}
		e.limit = n
	}
	for _, o := range []struct {
		name  string
		into  *string
		known []string
	}{
		{"theme", &e.theme, []string{"auto", "light", "dark"}},
		{"dir", &e.dir, []string{"auto", "ltr", "rtl"}},
	} {
		if !q.Has(o.name) {
			continue
		}
		if *o.into = q.Get(o.name); !slices.Contains(o.known, *o.into) {
			return e, errBadOption
		}
	}
	if q.Has("events") {
		if !slices.Contains([]string{"", "0", "1"}, q.Get("events")) {
			return e, errBadOption
		}
		e.events = q.Get("events") != "0"
	}
	if q.Has("for") && q.Get("for") != "wordpress" {
		return e, errBadOption
	}
	e.wordpress = q.Has("for")
	return e, nil
}

// String returns a name that differs for different options.
func (e embedOptions) String() string {
	return strings.Join([]string{strconv.Itoa(e.limit), e.theme, e.dir, strconv.FormatBool(e.wordpress), strconv.FormatBool(e.events)}, " ")
}

// embeds are the pages that other sites frame, the page that explains how, and oEmbed.
type embeds struct{ *Site }

// embed answers /embed/NAME, and the JSON beside it.
func (s embeds) embed(set *settings, name string) handler {
	for _, suffix := range []string{eventsJSON, storiesJSON} {
		if topic, ok := strings.CutSuffix(name, suffix); ok {
			return s.embedJSON(set, topic, suffix)
		}
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.findTopic(name, keyFrom(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return redirectWithQuery(w, r, set.base+"/embed/"+t.Name)
		}
		options, err := parseEmbedOptions(r.URL.Query())
		if err != nil {
			return err
		}
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		return s.cachedPage(set, "embed "+options.String(), s.fillEmbed(t, options))(w, r)
	}
}

// wordpress answers /embed/NAME/wordpress: the same as /embed/NAME?for=wordpress, at an
// address that a static host has too.
func (s embeds) wordpress(set *settings, name string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.findTopic(name, keyFrom(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return redirectWithQuery(w, r, set.base+"/embed/"+t.Name+"/wordpress")
		}
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		options := embedOptions{limit: defaultEmbedStories, theme: "auto", dir: "auto", wordpress: true}
		return s.cachedPage(set, "embed "+options.String(), s.fillEmbed(t, options))(w, r)
	}
}

// redirectWithQuery redirects permanently and keeps the query.
func redirectWithQuery(w http.ResponseWriter, r *http.Request, to string) error {
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.Query().Encode()
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	http.Redirect(w, r, to, http.StatusMovedPermanently)
	return nil
}

// embedPart is the content of an embed.
type embedPart struct {
	Theme  string
	Page   string // address of the topic's page
	Lines  []embedLine
	Times  string // text that names the zone of the times
	Fault  string // error to show in place of lines; empty: none
	Style  template.CSS
	Script template.JS // empty: none
}

var (
	embedStyle  = asset("embed.css")
	wordpressJS = asset("wordpress.js")
)

// cspHash returns the expression by which a Content-Security-Policy allows an inline style
// or script (CSP level 3 section 2.3.1).
func cspHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// fillEmbed fills a page with the first stories of a topic.
func (s embeds) fillEmbed(t *news.TopicState, options embedOptions) fillFunc {
	return func(d *publicReader, page *pageData) error {
		page.Name, page.Path, page.Title, page.Index = "embed", "/topics/"+t.Name, t.Title, false
		page.cacheControl = cacheControlOf(t)
		if !t.Keyed {
			d.key = ""
		}
		page.Feeds = d.feeds(t)
		page.setDirection(t.Title)
		if options.dir != "auto" {
			page.MainDir = options.dir
		}
		today, read := page.Today, d.topLines
		if s.static {
			today = stamp{} // the page is not written again when the day ends
		}
		if options.events {
			read = d.topEvents
		}
		lines, err := read(t, options.limit, today)
		if err != nil {
			return err
		}
		part := embedPart{Theme: options.theme, Page: d.withKey("/topics/" + t.Name), Lines: lines, Times: locale.Put(page.Locale.AllTimes, page.Zone), Style: template.CSS(embedStyle)}
		script := "'none'"
		if options.wordpress {
			part.Script, script = template.JS(wordpressJS), cspHash(wordpressJS)
			for i := range part.Lines {
				part.Lines[i].Href = part.Lines[i].Page
			}
		}
		page.Part = part
		page.policy = s.embedPolicy(script)
		return nil
	}
}

// embedPolicy returns the policy of an embed that may run script, a CSP expression.
func (s embeds) embedPolicy(script string) string {
	return "default-src 'none'; style-src " + cspHash(embedStyle) + "; script-src " + script +
		"; base-uri 'none'; form-action 'none'; frame-ancestors " + s.frameAncestors()
}

// embedFault turns a page with a fault into an embed, so that it can be read in a frame.
func (s embeds) embedFault(page *pageData) {
	text, _ := page.Part.(string)
	page.Part = embedPart{Theme: "auto", Page: page.Base + "/", Fault: text, Style: template.CSS(embedStyle)}
	page.Name, page.Path, page.policy = "embed", "/", s.embedPolicy("'none'")
}

// frameAncestors returns the CSP expressions of the sites that may frame an embed. Ours is
// always one of them.
func (s embeds) frameAncestors() string {
	if s.FrameAncestors != nil {
		if sites := s.FrameAncestors(); len(sites) > 0 {
			return "'self' " + strings.Join(sites, " ")
		}
	}
	return "*"
}

// withKey returns the address of one of our paths, with the reader's key.
func (d *publicReader) withKey(path string) string {
	to := d.set.base + path
	if d.key != "" {
		to += "?" + url.Values{"key": {d.key}}.Encode()
	}
	return to
}
