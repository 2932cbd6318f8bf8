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

// sender sends a notice to a target.
type sender func(n *Notifier, ctx context.Context, set *Settings, t *Target, notice *news.Notice) outcome

// senders are the kinds of targets that notices can be sent to: those of
// news.TargetKinds. A notice for any other kind is given up with the reason.
var senders = map[string]sender{
	news.TargetWebhook: post(webhookMessage),
	news.TargetSlack:   post(slackMessage),
	news.TargetNtfy:    post(ntfyMessage),
	news.TargetMail:    (*Notifier).mailNotice,
}

// httpMessage is a notice as a POST request carries it.
type httpMessage struct {
	contentType string
	header      http.Header
	body        []byte
}

// post makes the sender of a kind that is sent to by POST.
func post(compose func(set *Settings, t *Target, notice *news.Notice, now time.Time) httpMessage) sender {
	return func(n *Notifier, ctx context.Context, set *Settings, t *Target, notice *news.Notice) outcome {
		m := compose(set, t, notice, n.Now())
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Address, bytes.NewReader(m.body))
		if err != nil {
			return failed(err)
		}
		if m.header != nil {
			req.Header = m.header
		}
		req.Header.Set("Content-Type", m.contentType)
		req.Header.Set("User-Agent", "Slugline (+"+set.Site.URL+")")
		return n.do(req)
	}
}

func webhookMessage(set *Settings, t *Target, notice *news.Notice, now time.Time) httpMessage {
	m := httpMessage{contentType: "application/json", header: http.Header{}, body: encode(payload(set, notice))}
	sign(m.header, notice.ID, now, m.body, t.Secret)
	return m
}

func slackMessage(set *Settings, _ *Target, notice *news.Notice, _ time.Time) httpMessage {
	return httpMessage{contentType: "application/json", body: encode(map[string]string{"text": slackText(notice, page(set, notice))})}
}

func ntfyMessage(set *Settings, _ *Target, notice *news.Notice, _ time.Time) httpMessage {
	return httpMessage{contentType: "text/plain; charset=utf-8", header: ntfyHeader(notice, page(set, notice)), body: []byte(text(notice))}
}

// encode writes JSON. v must be a value that JSON can always represent.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return b.Bytes()
}

// message is the body of a webhook, as Standard Webhooks recommends.
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

// sign adds the headers of Standard Webhooks. Without a secret it adds no signature.
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

// signingKey returns the key in a secret: base64 after whsec_, otherwise the text
// itself.
func signingKey(secret string) []byte {
	if coded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if key, err := base64.StdEncoding.DecodeString(coded); err == nil {
			return key
		}
	}
	return []byte(secret)
}

var (
	slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	slackLink   = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C")
)

func slackText(n *news.Notice, page string) string {
	headline := slackEscape.Replace(cmp.Or(n.Headline, n.Link))
	if link := cmp.Or(n.Link, page); link != "" {
		headline = "<" + slackLink.Replace(link) + "|" + strings.ReplaceAll(headline, "|", "¦") + ">"
	}
	out := "*" + slackEscape.Replace(title(n)) + "*\n" + headline
	if by := byline(n); by != "" {
		out += "\n" + slackEscape.Replace(by)
	}
	return out
}

// ntfyHeader returns the headers of ntfy. With the sequence id, newer servers show a
// notice once that was sent twice.
func ntfyHeader(n *news.Notice, page string) http.Header {
	h := http.Header{}
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
	return h
}
