package site

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
)

// embedPart is the page that shows how to embed a topic.
type embedPart struct {
	Name, Text      string
	Key             string // empty: it asks for none
	Page, Frame     string // of ours, for the examples
	Address         string // absolute, of the topic's page
	Plain           string // absolute, of the embed
	Element, Iframe string // code
	Look, Policy    string // code: what other sites can set, and must allow
	Script          template.JS
	ElementURL      string
}

var (
	embeddingJS = asset("embedding.js")

	// tryPolicy lets the examples run: our own script, our own frames.
	tryPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self' " + hashed(embeddingJS) +
		"; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// embedPage answers /topics/NAME/embed.
func (s *Site) embedPage(set *settings, name string) answer {
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.open(name, keyOf(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return moved(w, r, set.base+"/topics/"+t.Name+"/embed")
		}
		return s.page(set, showEmbeds(t))(w, r)
	}
}

func showEmbeds(t *news.TopicState) readFunc {
	return func(d *publicReader, l *pageData) error {
		if !t.Keyed {
			d.key = ""
		}
		l.Name, l.Path, l.Index = "embed_help", "/topics/"+t.Name+"/embed", !t.Keyed
		l.caching, l.policy, l.Feeds = caching(t), tryPolicy, d.feeds(t)
		l.Title = locale.Put(l.T.EmbedTitle, t.Title)
		q := ""
		if d.key != "" {
			q = "?" + url.Values{"key": {d.key}}.Encode()
		}
		part := embedPart{
			Name: t.Name, Text: t.Title, Key: d.key, Page: d.keyed("/topics/" + t.Name), Frame: d.keyed("/embed/" + t.Name),
			Address: d.set.site.URL + "/topics/" + t.Name + q, Plain: d.set.site.URL + "/embed/" + t.Name + q,
			Script: template.JS(embeddingJS), ElementURL: d.set.base + "/embed.js",
		}
		part.Element, part.Iframe = code(elementCode, d, part), code(frameCode, d, part)
		part.Look, part.Policy = sampleStyle, code(policyCode, d, part)
		l.Part = part
		return nil
	}
}

// code is what is pasted into another site.
func code(t *template.Template, d *publicReader, p embedPart) string {
	var b bytes.Buffer
	_ = t.Execute(&b, map[string]any{"Site": d.set.site, "Origin": d.set.origin(), "P": p}) // a bytes.Buffer takes everything
	return b.String()
}

// sampleStyle is what a page can set of the element, with what it has when nothing is set.
const sampleStyle = `slugline-topic {
  --slugline-font: inherit;
  --slugline-ink: inherit;
  --slugline-link: inherit;
  --slugline-accent: inherit;
  --slugline-quiet: inherit;
  --slugline-rule: #8888;
  --slugline-gap: .55em;
}
slugline-topic::part(headline) { font-weight: 600; }
/* parts: list item headline meta source time */`

var (
	elementCode = template.Must(template.New("").Parse(`<script type="module" src="{{.Site.URL}}/embed.js"></script>
<slugline-topic topic="{{.P.Name}}" limit="8"{{with .P.Key}} key="{{.}}"{{end}}><a href="{{.P.Address}}">{{.P.Text}}</a></slugline-topic>`))
	policyCode = template.Must(template.New("").Parse(`script-src {{.Origin}}
connect-src {{.Origin}}
frame-src {{.Origin}}`))
	frameCode = template.Must(template.New("").Parse(`<iframe src="{{.P.Plain}}" title="{{.P.Text}}" width="600" height="480" loading="lazy" style="border:0;max-width:100%"></iframe>`))
)
