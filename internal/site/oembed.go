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

// What an embed measures in CSS pixels where nobody says how much room there is.
// Who runs the frame's script gives it the height that it needs.
const (
	embedMaxWidth  = 600
	embedMaxHeight = 480
)

// oembed answers /oembed: what to put where the address of a topic was pasted.
func (s *Site) oembed(set *settings) handler {
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
		body, err := json.Marshal(set.oembedResponse(t, key, width, height))
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", strings.Replace(cacheControlOf(t), "max-age=60", "max-age=3600", 1))
		return reply.Send(w, r, reply.NewEdition("application/json; charset=utf-8", body))
	}
}

// pastedTopic finds the topic of an address of ours. One that asks for a key is private
// (section 2.3.4.4: 401) to who does not have it.
func (s *Site) pastedTopic(set *settings, address string) (t *news.TopicState, key string, err error) {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return nil, "", reply.FaultWithCode(reply.OEmbedURL)
	}
	at, _ := url.Parse(set.site.URL) // it is valid: the setting was read
	name, ok := strings.CutPrefix(strings.TrimSuffix(u.EscapedPath(), "/"), set.base+"/topics/")
	if !ok || !strings.EqualFold(u.Host, at.Host) || u.Scheme != "http" && u.Scheme != "https" {
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

// pixels is how many pixels there are, at most most.
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

func (st *settings) oembedResponse(t *news.TopicState, key string, width, height int) oembedResponse {
	page, frame := st.site.URL+"/topics/"+t.Name, st.site.URL+"/embed/"+t.Name+"?for=wordpress"
	if t.Keyed {
		q := url.Values{"key": {key}}.Encode()
		page, frame = page+"?"+q, frame+"&"+q
	}
	var b bytes.Buffer
	// A bytes.Buffer takes everything, and the fields are there.
	_ = oembedHTML.Execute(&b, map[string]any{
		"Page": page, "Frame": frame, "Title": t.Title, "Width": width, "Height": height,
		"Name": put(st.locale().HeadlinesFrom, template.HTML(template.HTMLEscapeString(cmp.Or(st.site.Title, st.site.URL)))),
	})
	return oembedResponse{
		Version: "1.0", Type: "rich", Title: t.Title, Provider: st.site.Title, ProviderURL: st.site.URL + "/",
		Age: 3600, Width: width, Height: height, HTML: b.String(),
	}
}

// WordPress keeps of it a blockquote without attributes and an iframe with these.
var oembedHTML = template.Must(template.New("").Parse(
	`<blockquote class="wp-embedded-content"><a href="{{.Page}}">{{.Title}}: {{.Name}}</a></blockquote>` +
		`<iframe src="{{.Frame}}" width="{{.Width}}" height="{{.Height}}" title="{{.Title}}" frameborder="0" marginwidth="0" marginheight="0" scrolling="no" class="wp-embedded-content" sandbox="allow-scripts"></iframe>`))

// oembedAddress is where to ask what to put for a page of ours.
func (d *publicReader) oembedAddress(path string) string {
	page := d.set.site.URL + path
	if d.key != "" {
		page += "?" + url.Values{"key": {d.key}}.Encode()
	}
	return d.set.site.URL + "/oembed?" + url.Values{"url": {page}}.Encode()
}
