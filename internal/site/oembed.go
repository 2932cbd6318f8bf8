package site

import (
	"bytes"
	"cmp"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
)

// oembedResponse is an answer of type rich (oembed.com, section 2.3.4).
type oembedResponse struct {
	Version     string `json:"version"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Provider    string `json:"provider_name"`
	ProviderURL string `json:"provider_url"`
	Age         int    `json:"cache_age"` // seconds
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	HTML        string `json:"html"`
}

// The default and largest size of an embed in CSS pixels. Pages that run the frame's
// script adjust its height.
const (
	embedMaxWidth  = 600
	embedMaxHeight = 480
)

// oembed answers /oembed: the HTML that replaces the address of a topic that an author
// pasted.
func (s embeds) oembed(set *settings) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		q := r.URL.Query()
		if f := q.Get("format"); f != "" && f != "json" {
			return reply.FaultWithCode(reply.OEmbedFormat)
		}
		t, key, err := s.pastedTopic(set, q.Get("url"))
		if err != nil {
			return err
		}
		width, err := pixels(q, "maxwidth", embedMaxWidth)
		if err != nil {
			return err
		}
		height, err := pixels(q, "maxheight", embedMaxHeight)
		if err != nil {
			return err
		}
		return set.sendOEmbed(w, r, t, key, width, height)
	}
}

// topicOEmbed answers /topics/NAME/oembed.json, which also a static host can: the same for
// every size that is asked for.
func (s embeds) topicOEmbed(set *settings, name string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		t, err := set.findTopic(name, keyFrom(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return redirect(w, r, set.base+"/topics/"+t.Name+"/oembed.json")
		}
		return set.sendOEmbed(w, r, t, keyFrom(r), embedMaxWidth, embedMaxHeight)
	}
}

func (st *settings) sendOEmbed(w http.ResponseWriter, r *http.Request, t *news.TopicState, key string, width, height int) error {
	body, err := json.Marshal(st.oembedResponse(t, key, width, height))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", strings.Replace(cacheControlOf(t), "max-age=60", "max-age=3600", 1))
	return reply.Send(w, r, reply.NewEdition("application/json; charset=utf-8", body))
}

// pastedTopic returns the topic with an address of our site, and the key in the address.
// A topic with a key is private without it: 401 (section 2.3.4.4).
func (s embeds) pastedTopic(set *settings, address string) (t *news.TopicState, key string, err error) {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return nil, "", reply.FaultWithCode(reply.OEmbedURL)
	}
	own, _ := url.Parse(set.site.URL) // readSettings checked it
	name, ok := strings.CutPrefix(strings.TrimSuffix(u.EscapedPath(), "/"), set.base+"/topics/")
	if !ok || !strings.EqualFold(u.Host, own.Host) || u.Scheme != "http" && u.Scheme != "https" {
		return nil, "", errNotFound
	}
	key = u.Query().Get("key")
	t, err = set.findTopic(name, key, s.Keys)
	if err == nil && t.Keyed && !keyMatches(t.Name, key, s.Keys) {
		err = errLocked
	}
	if f, ok := err.(*reply.Fault); ok && f.Code == reply.NeedsKey {
		err = errLocked
	}
	return t, key, err
}

var errLocked = reply.FaultWithCode(reply.NeedsKeyAuth)

// pixels returns the size that a parameter limits, most without it.
func pixels(q url.Values, name string, most int) (int, error) {
	if !q.Has(name) {
		return most, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 1 {
		return 0, reply.FaultWithCode(reply.OEmbedSize)
	}
	return min(n, most), nil
}

// oembedResponse describes the embed of a topic.
func (st *settings) oembedResponse(t *news.TopicState, key string, width, height int) oembedResponse {
	page, frame := st.site.URL+"/topics/"+t.Name, st.site.URL+"/embed/"+t.Name+"/wordpress"
	if t.Keyed {
		q := "?" + url.Values{"key": {key}}.Encode()
		page, frame = page+q, frame+q
	}
	var b bytes.Buffer
	_ = oembedHTML.Execute(&b, map[string]any{
		"Page": page, "Frame": frame, "Title": t.Title, "Width": width, "Height": height,
		"Name": put(st.locale().HeadlinesFrom, template.HTML(template.HTMLEscapeString(cmp.Or(st.site.Title, st.site.URL)))),
	})
	return oembedResponse{
		Version: "1.0", Type: "rich", Title: t.Title, Provider: st.site.Title, ProviderURL: st.site.URL + "/",
		Age: 3600, Width: width, Height: height, HTML: b.String(),
	}
}

// oembedHTML is what WordPress shows. It removes all but a blockquote without attributes
// and an iframe with these.
var oembedHTML = template.Must(template.New("").Parse(
	`<blockquote class="wp-embedded-content"><a href="{{.Page}}">{{.Title}}: {{.Name}}</a></blockquote>` +
		`<iframe src="{{.Frame}}" width="{{.Width}}" height="{{.Height}}" title="{{.Title}}" frameborder="0" marginwidth="0" marginheight="0" scrolling="no" class="wp-embedded-content" sandbox="allow-scripts"></iframe>`))

// oembedAddress returns the oEmbed address for one of our pages.
func (d *publicReader) oembedAddress(path string) string {
	page := d.set.site.URL + path
	if d.key != "" {
		page += "?" + url.Values{"key": {d.key}}.Encode()
	}
	return d.set.site.URL + "/oembed?" + url.Values{"url": {page}}.Encode()
}
