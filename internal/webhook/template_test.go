package webhook

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

func TestTemplates(t *testing.T) {
	n := &news.Notice{
		ID: "0123456789abc", At: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), When: news.WhenStory, Alerts: []string{"boats"}, Story: "zyxwvtsrqpnmk",
		Headline: "قال \"نعم\" \\ 'ok'\n<b>&\u2028", Link: "https://a.example/?a=1&b=2", Outlets: []string{"A", "B"},
	}
	other := *n
	other.ID, other.Headline = "0123456789abd", "Second"
	for _, tc := range []struct {
		template string
		notices  []*news.Notice
		want     any
	}{
		{`{"text": {{json .Headline}}}`, []*news.Notice{n}, map[string]any{"text": n.Headline}},
		{`{"id": {{json .ID}}, "at": {{json .Time}}, "by": {{json .Outlets}}, "type": "{{.Type}}"}`, []*news.Notice{n},
			map[string]any{"id": "digest-id", "at": "2026-03-02T12:00:00Z", "by": []any{"A", "B"}, "type": "alert.story"}},
		{`{{json .Title}}`, []*news.Notice{n, &other}, "boats (2)"},
		{`[{{range $i, $n := .Items}}{{if $i}},{{end}}{"h": {{json $n.Headline}}, "page": {{json $n.Page}}}{{end}}]`, []*news.Notice{n, &other}, []any{
			map[string]any{"h": n.Headline, "page": "https://press.example/stories/zyxwvtsrqpnmk"}, map[string]any{"h": "Second", "page": "https://press.example/stories/zyxwvtsrqpnmk"}}},
	} {
		tmpl, err := ParseTemplate(tc.template)
		if err != nil {
			t.Errorf("%s: %v", tc.template, err)
			continue
		}
		b, err := tmpl.Execute("digest-id", tc.notices, "https://press.example")
		if err != nil {
			t.Errorf("%s: %v", tc.template, err)
			continue
		}
		var got any
		if err := json.Unmarshal(b, &got); err != nil {
			t.Errorf("%s: %v", tc.template, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.template, diff)
		}
	}
}

func TestWrongTemplates(t *testing.T) {
	for template, want := range map[string]string{
		``:                                   "no valid JSON",
		`{"text": "{{.Headline}}"}`:          "no valid JSON",
		`{"text": {{.Headline}}}`:            "write texts as {{json .Headline}}",
		`{"text": {{json .Nothing}}}`:        "line 1:16: <.Nothing>: can't evaluate field Nothing of an alert",
		`{"text": {{json .Headline}`:         "line 1: bad character",
		`{"x": {{nothing .Headline}}}`:       `line 1: function "nothing" not defined`,
		`{"x": 1} {"y": 2}`:                  "no valid JSON",
		`{"x": {{json (index .Outlets 0)}}}`: "index out of range",
		`{{range .Items}}{"x": 1}{{end}}`:    "no valid JSON", // of a digest there are two
		`{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}`:                                                                     "exceeded maximum template depth",
		`{{range .Items}}{{range $.Text}}{{range $.Text}}{{range $.Text}}{{range $.Text}}{{json $}}{{end}}{{end}}{{end}}{{end}}{{end}}`: "",
	} {
		if _, err := ParseTemplate(template); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", template, err, want)
		}
	}
}

// Whatever a headline has in it, a template of our help makes JSON of it.
func FuzzTemplate(f *testing.F) {
	tmpl, err := ParseTemplate(`{"text": {{json .Text}}, "items": [{{range $i, $n := .Items}}{{if $i}}, {{end}}{{json $n.Link}}{{end}}]}`)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("\"\\\n</script>\u2028\xff", "https://a.example/\"", "AFP")
	f.Fuzz(func(t *testing.T, headline, link, outlet string) {
		n := &news.Notice{ID: "0123456789abc", When: news.WhenStory, Alerts: []string{"a"}, Headline: headline, Link: link, Outlets: []string{outlet}}
		if _, err := tmpl.Execute(n.ID, []*news.Notice{n, n}, "https://press.example"); err != nil {
			t.Error(err)
		}
	})
}
