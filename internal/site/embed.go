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
	embedStories = 8  // that an embed shows when nothing is said
	maxEmbed     = 50 // that it can show
)

// embedding is how an embed is asked for.
type embedding struct {
	limit      int
	theme, dir string // auto: the reader's, the topic's
	wordpress  bool   // below a sandbox that lets scripts run and nothing else
}

var errOption = reply.Public(reply.BadOption)

// readEmbedding refuses what it does not know the meaning of, so that who pastes the
// code sees the mistake. Other parameters have no effect.
func readEmbedding(q url.Values) (embedding, error) {
	e := embedding{limit: embedStories, theme: "auto", dir: "auto"}
	if q.Has("limit") {
		n, err := strconv.Atoi(q.Get("limit"))
		if err != nil || n < 1 || n > maxEmbed {
			return e, errOption
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
			return e, errOption
		}
	}
	if q.Has("for") && q.Get("for") != "wordpress" {
		return e, errOption
	}
	e.wordpress = q.Has("for")
	return e, nil
}

// String tells embeddings apart.
func (e embedding) String() string {
	return strings.Join([]string{strconv.Itoa(e.limit), e.theme, e.dir, strconv.FormatBool(e.wordpress)}, " ")
}

// embed answers /embed/NAME.
func (s *Site) embed(set *settings, name string) answer {
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.open(name, keyOf(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return movedAsked(w, r, set.base+"/embed/"+t.Name)
		}
		how, err := readEmbedding(r.URL.Query())
		if err != nil {
			return err
		}
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		return s.cachedPage(set, "embed "+how.String(), s.framed(t, how))(w, r)
	}
}

// movedAsked is moved, with all that was asked for.
func movedAsked(w http.ResponseWriter, r *http.Request, to string) error {
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.Query().Encode()
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	http.Redirect(w, r, to, http.StatusMovedPermanently)
	return nil
}

// framePart is an embed.
type framePart struct {
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

// hashed is how a policy names what stands in the page itself.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// framed shows the top of a topic within another site's page.
func (s *Site) framed(t *news.TopicState, how embedding) readFunc {
	return func(d *publicReader, l *pageData) error {
		l.Name, l.Path, l.Title, l.Index = "embed", "/topics/"+t.Name, t.Title, false
		l.caching = caching(t)
		if !t.Keyed {
			d.key = ""
		}
		l.Feeds = d.feeds(t)
		l.setDirection(t.Title)
		if how.dir != "auto" {
			l.MainDir = how.dir
		}
		lines, err := d.top(t, how.limit)
		if err != nil {
			return err
		}
		part := framePart{Theme: how.theme, Page: d.keyed("/topics/" + t.Name), Lines: lines, Style: template.CSS(embedStyle)}
		script := "'none'"
		if how.wordpress {
			part.Script, script = template.JS(wordpressJS), hashed(wordpressJS)
			for i := range part.Lines {
				part.Lines[i].Href = part.Lines[i].Page
			}
		}
		l.Part = part
		l.policy = s.framePolicy(script)
		return nil
	}
}

func (s *Site) framePolicy(script string) string {
	return "default-src 'none'; style-src " + hashed(embedStyle) + "; script-src " + script +
		"; base-uri 'none'; form-action 'none'; frame-ancestors " + s.ancestors()
}

// frameFault lets a fault be read in the frame where headlines were asked for.
func (s *Site) frameFault(l *pageData) {
	text, _ := l.Part.(string)
	l.Part = framePart{Theme: "auto", Page: l.Base + "/", Fault: text, Style: template.CSS(embedStyle)}
	l.Name, l.Path, l.policy = "embed", "/", s.framePolicy("'none'")
}

// ancestors are the sites that may frame an embed, ours always among them.
func (s *Site) ancestors() string {
	if s.FrameAncestors != nil {
		if sites := s.FrameAncestors(); len(sites) > 0 {
			return "'self' " + strings.Join(sites, " ")
		}
	}
	return "*"
}

// top are a topic's first lines: what is pinned, then the latest.
func (d *publicReader) top(t *news.TopicState, n int) ([]line, error) {
	pins, err := d.pinned(t)
	if err != nil {
		return nil, err
	}
	list, err := d.placed(t, t.Stories) // some of it may not be shown
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(p placed) bool {
		return slices.ContainsFunc(pins, func(pin placed) bool { return pin.ID == p.ID })
	})
	out := make([]line, 0, n)
	for _, p := range append(pins, list...) {
		if len(out) < n {
			out = append(out, d.line(p))
		}
	}
	return out, nil
}

// keyed is the address of a path of ours, with the key that opened it.
func (d *publicReader) keyed(path string) string {
	to := d.set.base + path
	if d.key != "" {
		to += "?" + url.Values{"key": {d.key}}.Encode()
	}
	return to
}
