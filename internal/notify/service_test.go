package notify_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/webhook"
)

// services are the targets of kinds with a format of their own, at a server, and the path
// that each is sent to.
func services(at string) map[string]notify.Target {
	target := func(kind, address, recipient, token string) notify.Target {
		return notify.Target{Target: news.Target{ID: kind, Kind: kind}, Address: at + address, Recipient: recipient, Token: token}
	}
	return map[string]notify.Target{
		"/bot123:abc/sendMessage": target("telegram", "", "@desk", "123:abc"),
		"/_matrix/client/v3/rooms/!r:m.example/send/m.room.message/MESSAGE": target("matrix", "/", "!r:m.example", "m-token"),
		"/teams":               target("teams", "/teams", "", ""),
		"/discord":             target("discord", "/discord", "", ""),
		"/hooks/x":             target("mattermost", "/hooks/x", "", ""),
		"/1/messages.json":     target("pushover", "", "user", "p-token"),
		"/gotify/message":      target("gotify", "/gotify/", "", "g-token"),
		"/webhook-of-template": target("webhook", "/webhook-of-template", "", ""),
	}
}

// tricky has what each service must escape.
var tricky = news.Notice{
	Story: "zyxwvtsrqpnmk", Headline: `Harbour <b>"reopens"</b> & *trades* [1] @all | أخبار`, Link: "https://afp.example/1?a=b&c=(d)", Language: "en",
	Outlets: []string{"AFP", "B_B_C"}, Voices: 2,
}

// sendToServices sends a notice to all services over a guarded transport, and returns the
// calls by path.
func sendToServices(t *testing.T, n news.Notice) map[string]call {
	h := new(hook)
	methods := make(chan string, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods <- r.Method + " " + r.URL.EscapedPath()
		h.ServeHTTP(w, r)
	}))
	defer srv.Close()
	r := open(t)
	r.stop()
	client, err := fetch.NewTransport(fetch.Reach{Written: []string{srv.URL}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r.outside = client
	all := services(srv.URL)
	for path, target := range all {
		if path == "/webhook-of-template" {
			target.Template, err = webhook.ParseTemplate(`{"text": {{json .Text}}, "links": [{{range $i, $n := .Items}}{{if $i}}, {{end}}{{json $n.Link}}{{end}}]}`)
			if err != nil {
				t.Fatal(err)
			}
		}
		r.settings.Targets[target.ID] = target
	}
	r.start()
	defer func() { r.stop() }()
	for _, target := range all {
		n.Target = target.ID
		r.ring(n)
	}
	got := map[string]call{}
	r.waitFor("all services were called", func() bool {
		for _, c := range h.calls() {
			if strings.HasPrefix(c.path, "/_matrix/") {
				c.path = c.path[:strings.LastIndexByte(c.path, '/')+1] + "MESSAGE"
			}
			got[c.path] = c
		}
		return len(got) == len(all)
	})
	close(methods)
	for m := range methods {
		if put := strings.HasPrefix(m, "PUT "); put != strings.Contains(m, "_matrix") {
			t.Errorf("request %s, want PUT for Matrix and POST for the others", m)
		}
	}
	return got
}

// jsonOf decodes the body of a call.
func jsonOf(t *testing.T, c call) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(c.body), &v); err != nil || c.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s got %s (%v), of the type %s", c.path, c.body, err, c.header.Get("Content-Type"))
	}
	return v
}

// Each service gets exactly what it documents.
func TestServicesGetTheirFormats(t *testing.T) {
	got := sendToServices(t, tricky)
	type object = map[string]any
	const link = "https://afp.example/1?a=b&c=(d)"
	const escapedLink = "https://afp.example/1?a=b&amp;c=(d)"
	const markdownLink = "https://afp.example/1?a=b&c=%28d%29"
	const markup = `Harbour &lt;b&gt;&#34;reopens&#34;&lt;/b&gt; &amp; *trades* [1] @all | أخبار`
	const markdown = `Harbour \<b\>"reopens"\</b\> & \*trades\* \[1\] @all \| أخبار`
	for path, want := range map[string]any{
		"/bot123:abc/sendMessage": object{
			"chat_id": "@desk", "parse_mode": "HTML", "link_preview_options": object{"is_disabled": false},
			"text": "<b>boats</b>\n<a href=\"" + escapedLink + "\">" + markup + "</a>\nAFP, B_B_C",
		},
		"/_matrix/client/v3/rooms/!r:m.example/send/m.room.message/MESSAGE": object{
			"msgtype": "m.text", "format": "org.matrix.custom.html", "m.mentions": object{},
			"body":           "boats\n" + tricky.Headline + "\nAFP, B_B_C\n" + link,
			"formatted_body": "<strong>boats</strong>\n<p dir=\"ltr\"><a href=\"" + escapedLink + "\">" + markup + "</a><br>AFP, B_B_C</p>",
		},
		"/teams": object{"type": "message", "attachments": []any{object{
			"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": object{
				"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.5", "body": []any{
					object{"type": "TextBlock", "text": "boats", "weight": "bolder", "wrap": true},
					object{"type": "RichTextBlock", "inlines": []any{
						object{"type": "TextRun", "text": tricky.Headline, "selectAction": object{"type": "Action.OpenUrl", "url": link}},
						object{"type": "TextRun", "text": " AFP, B_B_C", "isSubtle": true},
					}},
				},
			},
		}}},
		"/hooks/x": object{"text": "**boats**\n[" + strings.ReplaceAll(markdown, "@", "@\u200b") + "](" + markdownLink + ")\nAFP, B\\_B\\_C"},
		"/gotify/message": object{
			"title": "boats", "message": "[" + markdown + "](" + markdownLink + ")  \nAFP, B\\_B\\_C",
			"extras": object{"client::display": object{"contentType": "text/markdown"}, "client::notification": object{"click": object{"url": link}}},
		},
		"/webhook-of-template": object{"text": tricky.Headline + "\nAFP, B_B_C", "links": []any{link}},
	} {
		if diff := cmp.Diff(want, jsonOf(t, got[path])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	checkDiscord(t, got["/discord"], "["+markdown+"]("+markdownLink+")\nAFP, B\\_B\\_C")
	checkPushover(t, got["/1/messages.json"])
	if h := got["/_matrix/client/v3/rooms/!r:m.example/send/m.room.message/MESSAGE"].header; h.Get("Authorization") != "Bearer m-token" {
		t.Errorf("Matrix: Authorization %q", h.Get("Authorization"))
	}
	if h := got["/gotify/message"].header; h.Get("X-Gotify-Key") != "g-token" {
		t.Errorf("Gotify: key %q", h.Get("X-Gotify-Key"))
	}
}

func checkDiscord(t *testing.T, c call, description string) {
	t.Helper()
	m := jsonOf(t, c).(map[string]any)
	embed := m["embeds"].([]any)[0].(map[string]any)
	if _, err := time.Parse(time.RFC3339, embed["timestamp"].(string)); err != nil {
		t.Error(err)
	}
	delete(embed, "timestamp")
	want := map[string]any{
		"embeds":           []any{map[string]any{"title": "boats", "url": tricky.Link, "description": description}},
		"allowed_mentions": map[string]any{"parse": []any{}},
	}
	if diff := cmp.Diff(want, any(m)); diff != "" {
		t.Errorf("Discord (-want +got):\n%s", diff)
	}
}

func checkPushover(t *testing.T, c call) {
	t.Helper()
	form, err := url.ParseQuery(c.body)
	if err != nil || c.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Fatalf("Pushover got %s (%v) of type %s", c.body, err, c.header.Get("Content-Type"))
	}
	form.Del("timestamp")
	want := url.Values{"token": {"p-token"}, "user": {"user"}, "title": {"boats"}, "message": {tricky.Headline + "\nAFP, B_B_C"}, "url": {tricky.Link}}
	if diff := cmp.Diff(want, form); diff != "" {
		t.Errorf("Pushover (-want +got):\n%s", diff)
	}
}

// A digest that is longer than a service allows says how much more there is, and every
// message stays within the limit.
func TestLongDigestsFitEachService(t *testing.T) {
	var all []news.Notice
	for i := range 120 {
		n := tricky
		n.ID, n.Headline = fmt.Sprintf("%013d", i), fmt.Sprintf("%03d %s", i, strings.Repeat("استئناف خدمة العبّارات 🚢 ", 8))
		all = append(all, n)
	}
	for path, c := range sendDigest(t, all) {
		text := c.body
		if form, err := url.ParseQuery(c.body); path == "/1/messages.json" && err == nil {
			text = form.Get("message")
		}
		first, last := strings.Contains(text, "000 "), strings.Contains(text, "119 ")
		switch {
		case !first:
			t.Errorf("%s does not begin with the oldest: %.200s", path, text)
		case !last && !strings.Contains(text, " more") || last && strings.Contains(text, " more"):
			t.Errorf("%s has the last: %v; it should say how many more there are if not: %s", path, last, text)
		}
		if most := largest[path]; most > 0 && sizeOf(t, path, c) > most {
			t.Errorf("%s got %d, want at most %d", path, sizeOf(t, path, c), most)
		}
	}
}

// largest is what each service accepts, as sizeOf measures it.
var largest = map[string]int{
	"/bot123:abc/sendMessage": 4096, "/teams": 28 << 10, "/discord": 4096, "/hooks/x": 16383, "/1/messages.json": 1024,
	"/_matrix/client/v3/rooms/!r:m.example/send/m.room.message/MESSAGE": 65_536 - 2048,
}

// sizeOf measures the text of a message as its service does.
func sizeOf(t *testing.T, path string, c call) int {
	t.Helper()
	var m struct {
		Text   string
		Embeds []struct{ Description string }
	}
	_ = json.Unmarshal([]byte(c.body), &m)
	switch path {
	case "/bot123:abc/sendMessage":
		return len(utf16.Encode([]rune(m.Text)))
	case "/discord":
		return len(utf16.Encode([]rune(m.Embeds[0].Description)))
	case "/hooks/x":
		return len([]rune(m.Text))
	case "/1/messages.json":
		form, _ := url.ParseQuery(c.body)
		return len([]rune(form.Get("message")))
	}
	return len(c.body)
}

// sendDigest sends one digest to each service.
func sendDigest(t *testing.T, all []news.Notice) map[string]call {
	got := map[string]call{}
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		h := r.host("s.example")
		alert := news.Alert{Name: "boats", When: news.WhenStory, Digest: time.Hour}
		r.change(func() {
			for _, target := range services("https://s.example") {
				if target.Kind != "webhook" {
					r.settings.Targets[target.ID] = target
					alert.To = append(alert.To, target.Target)
				}
			}
			r.settings.Alerts = []news.Alert{alert}
		})
		for _, n := range all {
			for _, to := range alert.To {
				n.Target = to.ID
				n.ID = ""
				r.ring(n)
			}
			time.Sleep(time.Second)
		}
		time.Sleep(2 * time.Hour)
		calls := h.calls()
		if len(calls) != len(alert.To) {
			t.Errorf("%d messages, want one for each of %d services", len(calls), len(alert.To))
		}
		for _, c := range calls {
			if strings.HasPrefix(c.path, "/_matrix/") {
				c.path = c.path[:strings.LastIndexByte(c.path, '/')+1] + "MESSAGE"
			}
			got[c.path] = c
		}
		r.stop()
	})
	return got
}

// The priority of an alert goes to the services that have one.
func TestPriorities(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		h := r.host("s.example")
		to := []news.Target{}
		r.change(func() {
			all := services("https://s.example")
			ntfy := notify.Target{Target: news.Target{ID: "ntfy", Kind: "ntfy"}, Address: "https://s.example/topic", Token: "tk_1"}
			for _, target := range []notify.Target{all["/1/messages.json"], all["/gotify/message"], ntfy} {
				r.settings.Targets[target.ID] = target
				to = append(to, target.Target)
			}
			loud := slices.Clone(to)
			for i := range loud {
				loud[i].Priority = 5
			}
			r.settings.Alerts = []news.Alert{{Name: "boats", To: to}, {Name: "loud", To: loud}}
		})
		priorities := func(alerts ...string) (got []string) {
			for _, target := range to {
				r.ringAs(alerts, news.Notice{Target: target.ID})
				waitIdle()
				for _, c := range h.calls() {
					form, _ := url.ParseQuery(c.body)
					var m struct{ Priority *int }
					_ = json.Unmarshal([]byte(c.body), &m)
					switch {
					case m.Priority != nil:
						got = append(got, fmt.Sprint("gotify ", *m.Priority))
					case form.Get("priority") != "":
						got = append(got, "pushover "+form.Get("priority"))
					case c.header.Get("Priority") != "":
						got = append(got, "ntfy "+c.header.Get("Priority"))
					}
					if c.path == "/topic" && c.header.Get("Authorization") != "Bearer tk_1" {
						t.Errorf("ntfy: Authorization %q", c.header.Get("Authorization"))
					}
				}
			}
			return got
		}
		if got := priorities("boats"); len(got) != 0 {
			t.Errorf("without a priority: got %v, want none", got)
		}
		if diff := cmp.Diff([]string{"pushover 1", "gotify 10", "ntfy 5"}, priorities("boats", "loud")); diff != "" {
			t.Errorf("the highest priority (-want +got):\n%s", diff)
		}
		r.stop()
	})
}

// No service is sent to at a private address, nor by way of a redirect.
func TestNoServiceReachesAPrivateAddress(t *testing.T) {
	h := new(hook)
	private := httptest.NewServer(h)
	defer private.Close()
	away := httptest.NewServer(http.RedirectHandler(private.URL+"/secret", http.StatusTemporaryRedirect))
	defer away.Close()
	for _, at := range []string{private.URL, strings.Replace(private.URL, "127.0.0.1", "localhost", 1), away.URL} {
		r := open(t)
		r.stop()
		client, err := fetch.NewTransport(fetch.Reach{Written: []string{away.URL}})
		if err != nil {
			t.Fatal(err)
		}
		r.outside = client
		all := services(at)
		for _, target := range all {
			r.settings.Targets[target.ID] = target
		}
		r.start()
		for _, target := range all {
			n := tricky
			n.Target = target.ID
			r.ring(n)
		}
		r.waitFor("all were tried", func() bool {
			tried := 0
			_, outcomes := r.notices()
			for _, d := range outcomes {
				if d == nil {
					continue
				}
				if tried++; !strings.Contains(d.Problem, "forbidden") && !strings.Contains(d.Problem, "307") {
					t.Errorf("problem %q, want a forbidden address or the redirect", d.Problem)
				}
				if strings.Contains(d.Problem, "token") || strings.Contains(d.Problem, "123:abc") {
					t.Errorf("problem %q discloses a token", d.Problem)
				}
			}
			return tried == len(all)
		})
		if calls := h.calls(); len(calls) != 0 {
			t.Errorf("by %s the private server got %+v", at, calls)
		}
		r.stop()
		client.Close()
	}
}

// Telegram and older Matrix servers say in the body of a 429 answer how long to wait.
func TestWaitsInBodiesAreObeyed(t *testing.T) {
	for _, body := range []string{`{"ok":false,"error_code":429,"parameters":{"retry_after":1800}}`, `{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1800000}`} {
		bubble.Test(t, func(t *testing.T) {
			r := open(t, "a.example")
			var tries atomic.Int32
			r.hosts.Store("a.example", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tries.Add(1) == 1 {
					w.WriteHeader(http.StatusTooManyRequests)
					_, _ = w.Write([]byte(body))
				}
			}))
			r.ring(news.Notice{Target: "a.example"})
			time.Sleep(29 * time.Minute)
			if n := tries.Load(); n != 1 {
				t.Errorf("%d attempts within half an hour, want 1", n)
			}
			time.Sleep(2 * time.Minute)
			if n := tries.Load(); n != 2 {
				t.Errorf("%d attempts after half an hour, want 2", n)
			}
			r.stop()
		})
	}
}
