package notify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// request is what tells a notice to a webhook, Slack or ntfy.
func (n *Notifier) request(ctx context.Context, set *Settings, t *Target, notice *news.Notice) (*http.Request, error) {
	var body []byte
	kind := "application/json"
	switch t.Kind {
	case "slack":
		body = encode(map[string]string{"text": slackText(notice, page(set, notice))})
	case "ntfy":
		body, kind = []byte(text(notice)), "text/plain; charset=utf-8"
	default:
		body = encode(payload(set, notice))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "Slugline (+"+set.Site.URL+")")
	switch t.Kind {
	case "webhook":
		sign(req.Header, notice.ID, n.Now(), body, t.Secret)
	case "ntfy":
		setNtfyHeaders(req.Header, notice, page(set, notice))
	}
	return req, nil
}

// encode writes what JSON can always say.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return b.Bytes()
}

// message is the body of a webhook, as Standard Webhooks advises.
type message struct {
	Type      string    `json:"type"` // alert.story, alert.breaking, alert.quiet or alert.problem
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

type data struct {
	Alerts   []string `json:"alerts"`
	Story    string   `json:"story,omitempty"`
	Event    string   `json:"event,omitempty"`
	Source   string   `json:"source,omitempty"`
	Headline string   `json:"headline"`
	Link     string   `json:"link,omitempty"`
	Page     string   `json:"page,omitempty"`
	Language string   `json:"language,omitempty"`
	Outlets  []string `json:"outlets,omitempty"`
	Voices   int      `json:"voices,omitempty"`
}

func payload(set *Settings, n *news.Notice) message {
	return message{Type: "alert." + string(n.When), Timestamp: n.At, Data: data{
		Alerts: n.Alerts, Story: n.Story, Event: n.Event, Source: n.Source, Headline: n.Headline, Link: n.Link,
		Page: page(set, n), Language: n.Language, Outlets: n.Outlets, Voices: n.Voices,
	}}
}

// page is our own page of what rang, empty when there is none.
func page(set *Settings, n *news.Notice) string {
	if n.Story == "" {
		return ""
	}
	return set.Site.URL + "/stories/" + n.Story
}

// sign adds the headers of Standard Webhooks. Without a secret there is no signature.
func sign(h http.Header, id string, at time.Time, body []byte, secret string) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", stamp)
	if secret == "" {
		return
	}
	mac := hmac.New(sha256.New, signingKey(secret))
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// signingKey is what a secret stands for: base64 behind whsec_, else the text itself.
func signingKey(secret string) []byte {
	if coded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if key, err := base64.StdEncoding.DecodeString(coded); err == nil {
			return key
		}
	}
	return []byte(secret)
}

// title names the alerts that rang.
func title(n *news.Notice) string {
	names := strings.Join(n.Alerts, ", ")
	switch n.When {
	case news.WhenBreaking:
		return "Breaking: " + names
	case news.WhenQuiet:
		return "Quiet source: " + names
	case news.WhenProblem:
		return "Source in trouble: " + names
	}
	return names
}

// text is the headline and who has it.
func text(n *news.Notice) string {
	out := cmp.Or(n.Headline, n.Link)
	if by := byline(n); by != "" {
		out += "\n" + by
	}
	return out
}

// byline is AFP, BBC and 3 more.
func byline(n *news.Notice) string {
	const named = 4
	if len(n.Outlets) <= named+1 {
		return strings.Join(n.Outlets, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(n.Outlets[:named], ", "), len(n.Outlets)-named)
}

var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func slackText(n *news.Notice, page string) string {
	line := slackEscape.Replace(cmp.Or(n.Headline, n.Link))
	if link := cmp.Or(n.Link, page); link != "" {
		line = "<" + slackLink.Replace(link) + "|" + strings.ReplaceAll(line, "|", "¦") + ">"
	}
	out := "*" + slackEscape.Replace(title(n)) + "*\n" + line
	if by := byline(n); by != "" {
		out += "\n" + slackEscape.Replace(by)
	}
	return out
}

var slackLink = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C")

// setNtfyHeaders adds the headers of ntfy. The sequence id lets newer servers show what was
// sent twice once.
func setNtfyHeaders(h http.Header, n *news.Notice, page string) {
	h.Set("Title", mime.BEncoding.Encode("utf-8", title(n)))
	h.Set("X-Sequence-ID", n.ID)
	h.Set("Tags", map[news.When]string{
		news.WhenStory: "newspaper", news.WhenBreaking: "rotating_light", news.WhenQuiet: "zzz", news.WhenProblem: "warning",
	}[n.When])
	if n.When == news.WhenBreaking {
		h.Set("Priority", "high")
	}
	if link := cmp.Or(n.Link, page); link != "" {
		h.Set("Click", link)
	}
}
