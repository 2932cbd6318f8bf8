package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// maxBody bounds what a template makes of one message.
const maxBody = 4 << 20

// Template makes the JSON of a service that no other kind of target knows.
type Template struct{ t *template.Template }

// Fields is what a template sees. In a digest Items has the single alerts; the other
// fields describe all of them together, and Headline counts them.
type Fields struct {
	ID    string
	Type  string
	Time  time.Time
	Title string // names the alerts that rang
	Text  string // the headlines, each with a line that names its outlets
	Data
	Items []Fields // never empty: a single alert has itself
}

// functions are what a template can call besides those of text/template.
var functions = template.FuncMap{"json": toJSON, "join": strings.Join, "byline": Byline}

// toJSON writes a value as JSON, texts with their quotes.
func toJSON(v any) string { return strings.TrimSuffix(string(Encode(v)), "\n") }

// ParseTemplate reads a template. It returns an error when the template can't be read, or
// makes no valid JSON of an alert such as there are: with quotes and line breaks, about a
// source, or of several together.
func ParseTemplate(text string) (*Template, error) { return parseTemplate(text, samples()) }

// ParseStoryTemplate is ParseTemplate for stories that editors send by hand: it is tried on
// such stories alone.
func ParseStoryTemplate(text string) (*Template, error) {
	return parseTemplate(text, [][]*news.Notice{{sentSample(true)}, {sentSample(false)}})
}

func parseTemplate(text string, samples [][]*news.Notice) (*Template, error) {
	t, err := template.New("template").Funcs(functions).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, errors.New(plain(err))
	}
	tmpl := &Template{t}
	for _, s := range samples {
		if _, err := tmpl.Execute("0123456789abc", s, "https://press.example"); err != nil {
			return nil, err
		}
	}
	return tmpl, nil
}

// Execute makes the body for notices that are sent together under an id.
func (t *Template) Execute(id string, all []*news.Notice, site string) ([]byte, error) {
	var b bytes.Buffer
	if err := t.t.Execute(&limited{&b}, fieldsOf(id, all, site)); err != nil {
		return nil, errors.New(plain(err))
	}
	body := bytes.TrimSpace(b.Bytes())
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, fmt.Errorf("it makes no valid JSON: %s; write texts as {{json .Headline}}, without quotes around them", near(body, err))
	}
	return body, nil
}

// limited refuses to write more than maxBody.
type limited struct{ *bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxBody {
		return 0, io.ErrShortWrite
	}
	return l.Buffer.Write(p)
}

// near says what is wrong with a text that should be JSON, and where.
func near(body []byte, err error) string {
	const shown = 40
	var s *json.SyntaxError
	if !errors.As(err, &s) {
		return err.Error()
	}
	end := int(min(s.Offset, int64(len(body))))
	return fmt.Sprintf("%s after %q", err, body[max(0, end-shown):end])
}

// plain removes what an error of text/template says about our own names.
func plain(err error) string {
	text := strings.TrimPrefix(err.Error(), "template: template:")
	text = strings.ReplaceAll(text, `executing "template" at `, "")
	return "line " + strings.ReplaceAll(text, "in type webhook.Fields", "of an alert")
}

func fieldsOf(id string, all []*news.Notice, site string) Fields {
	items := make([]Fields, len(all))
	for i, n := range all {
		items[i] = single(n, site)
	}
	if len(all) == 1 {
		f := items[0]
		f.ID, f.Items = id, items
		return f
	}
	m := Digest(all, site)
	f := Fields{ID: id, Type: m.Type, Time: m.Timestamp, Title: Title(all), Data: m.Data, Items: items}
	for i := range items {
		f.Text += items[i].Text + "\n"
	}
	f.Text = strings.TrimSuffix(f.Text, "\n")
	return f
}

func single(n *news.Notice, site string) Fields {
	m := New(n, site)
	return Fields{ID: n.ID, Type: m.Type, Time: n.At, Title: Title([]*news.Notice{n}), Text: Text(n), Data: m.Data}
}

// Text is the headline of a notice, and a line with the outlets.
func Text(n *news.Notice) string {
	out := n.Headline
	if out == "" {
		out = n.Link
	}
	if by := Byline(n.Outlets); by != "" {
		out += "\n" + by
	}
	if n.Note != "" {
		out += "\n" + n.Note
	}
	return out
}

// samples are notices for which a template must make valid JSON.
func samples() [][]*news.Notice {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	story := &news.Notice{
		ID: "0123456789abc", At: at, When: news.WhenStory, Alerts: []string{"breaking", "all"}, Story: "zyxwvtsrqpnmk", Event: "zyxwvtsrqpnmk",
		Headline: "A \"quoted\" \\ headline\n\u2028 أخبار", Link: "https://press.example/1?a=b&c=\"d\"", Language: "ar", Outlets: []string{"AFP", "\"BBC\""}, Voices: 2,
	}
	source := &news.Notice{ID: "0123456789abd", At: at, When: news.WhenProblem, Alerts: []string{"sources"}, Source: "wire", Headline: "Wire \"can't\" be read"}
	return [][]*news.Notice{{story}, {source}, {story, source}}
}

// sentSample is a story as an editor sends it: with all that there may be, or without.
func sentSample(full bool) *news.Notice {
	n := &news.Notice{
		ID: "0123456789abe", At: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), When: news.WhenSend, Story: "zyxwvtsrqpnmk", Event: "zyxwvtsrqpnmk",
		Headline: "A \"quoted\" \\ headline\n\u2028 أخبار",
	}
	if full {
		n.Link, n.Language, n.Outlets, n.Voices = "https://press.example/1?a=b&c=\"d\"", "ar", []string{"AFP", "\"BBC\""}, 2
		n.By, n.Note, n.Summary, n.Published = "Lena \"L\" Ström", "for page\n1", "What \"happened\"\nthen", n.At
	}
	return n
}
