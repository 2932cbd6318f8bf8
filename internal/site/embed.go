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

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
)

const (
	defaultEmbedStories = 8  // that an embed shows when nothing is said
	maxEmbedStories     = 50 // that it can show
)

// embedOptions is how an embed is asked for.
type embedOptions struct {
	limit      int
	theme, dir string // auto: the reader's, the topic's
	wordpress  bool   // below a sandbox that lets scripts run and nothing else
}

var errBadOption = reply.FaultWithCode(reply.BadOption)

// parseEmbedOptions refuses what it does not know the meaning of, so that who pastes the
// code sees the mistake. Other parameters have no effect.
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
	if q.Has("for") && q.Get("for") != "wordpress" {
		return e, errBadOption
	}
	e.wordpress = q.Has("for")
	return e, nil
}

// String tells embeddings apart.
func (e embedOptions) String() string {
	return strings.Join([]string{strconv.Itoa(e.limit), e.theme, e.dir, strconv.FormatBool(e.wordpress)}, " ")
}

// embed answers /embed/NAME.
func (s *Site) embed(set *settings, name string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.findTopic(name, keyFrom(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return redirectWithQuery(w, r, set.base+"/embed/"+t.Name)
		}
		how, err := parseEmbedOptions(r.URL.Query())
		if err != nil {
			return err
		}
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		return s.cachedPage(set, "embed "+how.String(), s.fillEmbed(t, how))(w, r)
	}
}

// redirectWithQuery is moved, with all that was asked for.
func redirectWithQuery(w http.ResponseWriter, r *http.Request, to string) error {
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.Query().Encode()
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	http.Redirect(w, r, to, http.StatusMovedPermanently)
	return nil
}

// embedPart is an embed.
type embedPart struct {
	Theme  string
	Page   string // of the topic
	Lines  []line
	Fault  string // why there are none; empty: nothing is wrong
	Style  template.CSS
	Script template.JS // empty: none
}

var (
	embedStyle  = asset("embed.css")
	wordpressJS = asset("wordpress.js")
)

// cspHash is how a policy names what stands in the page itself.
func cspHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// fillEmbed shows the top of a topic within another site's page.
func (s *Site) fillEmbed(t *news.TopicState, how embedOptions) fillFunc {
	return func(d *publicReader, page *pageData) error {
		page.Name, page.Path, page.Title, page.Index = "embed", "/topics/"+t.Name, t.Title, false
		page.cacheControl = cacheControlOf(t)
		if !t.Keyed {
			d.key = ""
		}
		page.Feeds = d.feeds(t)
		page.setDirection(t.Title)
		if how.dir != "auto" {
			page.MainDir = how.dir
		}
		lines, err := d.topLines(t, how.limit)
		if err != nil {
			return err
		}
		part := embedPart{Theme: how.theme, Page: d.withKey("/topics/" + t.Name), Lines: lines, Style: template.CSS(embedStyle)}
		script := "'none'"
		if how.wordpress {
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

func (s *Site) embedPolicy(script string) string {
	return "default-src 'none'; style-src " + cspHash(embedStyle) + "; script-src " + script +
		"; base-uri 'none'; form-action 'none'; frame-ancestors " + s.frameAncestors()
}

// embedFault lets a fault be read in the frame where headlines were asked for.
func (s *Site) embedFault(page *pageData) {
	text, _ := page.Part.(string)
	page.Part = embedPart{Theme: "auto", Page: page.Base + "/", Fault: text, Style: template.CSS(embedStyle)}
	page.Name, page.Path, page.policy = "embed", "/", s.embedPolicy("'none'")
}

// frameAncestors are the sites that may frame an embed, ours always among them.
func (s *Site) frameAncestors() string {
	if s.FrameAncestors != nil {
		if sites := s.FrameAncestors(); len(sites) > 0 {
			return "'self' " + strings.Join(sites, " ")
		}
	}
	return "*"
}

// topLines are a topic's first lines: what is pinned, then the latest.
func (d *publicReader) topLines(t *news.TopicState, n int) ([]line, error) {
	pins, err := d.pinnedStories(t)
	if err != nil {
		return nil, err
	}
	list, err := d.topicStories(t, t.Stories) // some of it may not be shown
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(p topicStory) bool {
		return slices.ContainsFunc(pins, func(pin topicStory) bool { return pin.ID == p.ID })
	})
	out := make([]line, 0, n)
	for _, p := range append(pins, list...) {
		if len(out) < n {
			out = append(out, d.line(p))
		}
	}
	return out, nil
}

// withKey is the address of a path of ours, with the key that opened it.
func (d *publicReader) withKey(path string) string {
	to := d.set.base + path
	if d.key != "" {
		to += "?" + url.Values{"key": {d.key}}.Encode()
	}
	return to
}
