package site

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
)

// embedHelpPart is the content of the page that explains how to embed a topic.
type embedHelpPart struct {
	Name, Title         string // of the topic
	Key                 string // empty: the topic needs none
	Page, Frame         string // addresses of the topic's page and of the embed, for the examples
	WordPress           string // address of the embed for WordPress
	Address             string // absolute address of the topic's page
	Plain               string // absolute address of the embed
	Element, Iframe     string // code to paste
	FrameStyle          string // code: the style of the frame
	SampleStyle, Policy string // code: the styles that other sites can set, and the policy that they need
	Script              template.JS
	ElementURL          string
}

var (
	embeddingJS = asset("embedding.js")

	// embedHelpPolicy allows our own scripts and frames, for the examples.
	embedHelpPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self' " + cspHash(embeddingJS) +
		"; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// embedHelp answers /topics/NAME/embed.
func (s embeds) embedHelp(set *settings, name string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.findTopic(name, keyFrom(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return redirect(w, r, set.base+"/topics/"+t.Name+"/embed")
		}
		return s.page(set, fillEmbedHelp(t))(w, r)
	}
}

// fillEmbedHelp fills the page that explains how to embed a topic.
func fillEmbedHelp(t *news.TopicState) fillFunc {
	return func(d *publicReader, page *pageData) error {
		if !t.Keyed {
			d.key = ""
		}
		page.Name, page.Path, page.Index = "embed_help", "/topics/"+t.Name+"/embed", !t.Keyed
		page.cacheControl, page.policy, page.Feeds = cacheControlOf(t), embedHelpPolicy, d.feeds(t)
		page.Title = locale.Put(page.Locale.EmbedTitle, t.Title)
		q := ""
		if d.key != "" {
			q = "?" + url.Values{"key": {d.key}}.Encode()
		}
		part := embedHelpPart{
			Name: t.Name, Title: t.Title, Key: d.key, Page: d.withKey("/topics/" + t.Name), Frame: d.withKey("/embed/" + t.Name),
			WordPress: d.withKey("/embed/" + t.Name + "/wordpress"),
			Address:   d.set.site.URL + "/topics/" + t.Name + q, Plain: d.set.site.URL + "/embed/" + t.Name + q,
			Script: template.JS(embeddingJS), ElementURL: d.set.base + "/embed.js",
		}
		part.Element, part.Iframe = code(elementCode, d, part), code(frameCode, d, part)
		part.FrameStyle, part.SampleStyle, part.Policy = frameStyle, sampleStyle, code(policyCode, d, part)
		page.Part = part
		return nil
	}
}

// code renders code to paste into another site.
func code(t *template.Template, d *publicReader, p embedHelpPart) string {
	var b bytes.Buffer
	if err := t.Execute(&b, map[string]any{"Site": d.set.site, "Origin": d.set.origin(), "P": p}); err != nil {
		panic(err) // a template names a field that does not exist
	}
	return b.String()
}

// frameStyle is for the style sheet of the other site. HTML has no valid attributes for
// it, and a style attribute needs a permission that a strict policy does not give.
const frameStyle = `iframe.slugline { width: 100%; border: 0; }`

// sampleStyle shows the styles of the element that a page can set, with their defaults.
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
/* parts: list item headline meta source time zone */`

var (
	elementCode = template.Must(template.New("").Parse(`<script type="module" src="{{.Site.URL}}/embed.js"></script>
<slugline-topic topic="{{.P.Name}}" limit="8"{{with .P.Key}} key="{{.}}"{{end}}><a href="{{.P.Address}}">{{.P.Title}}</a></slugline-topic>`))
	policyCode = template.Must(template.New("").Parse(`script-src {{.Origin}}
connect-src {{.Origin}}
frame-src {{.Origin}}`))
	frameCode = template.Must(template.New("").Parse(`<iframe class="slugline" src="{{.P.Plain}}" title="{{.P.Title}}" width="320" height="480" loading="lazy"></iframe>`))
)
