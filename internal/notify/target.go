package notify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webhook"
)

// sender sends a content to a target.
type sender func(n *Notifier, ctx context.Context, set *Settings, t *Target, c *content) outcome

// senders are the kinds of targets that notices can be sent to: those of
// news.TargetKinds. A notice for any other kind is given up with the reason.
var senders = map[string]sender{
	news.TargetWebhook:    post(webhookMessage),
	news.TargetSlack:      post(slackMessage),
	news.TargetNtfy:       post(ntfyMessage),
	news.TargetMail:       (*Notifier).mailNotice,
	news.TargetTelegram:   post(telegramMessage),
	news.TargetMatrix:     post(matrixMessage),
	news.TargetTeams:      post(teamsMessage),
	news.TargetDiscord:    post(discordMessage),
	news.TargetMattermost: post(mattermostMessage),
	news.TargetPushover:   post(pushoverMessage),
	news.TargetGotify:     post(gotifyMessage),
}

// httpMessage is a content as a request carries it. Zero fields are those of a POST of
// JSON to the target's address.
type httpMessage struct {
	method      string
	address     string
	contentType string
	header      http.Header
	body        []byte
}

const jsonType = "application/json"

// post makes the sender of a kind that is sent to by HTTP.
func post(compose func(set *Settings, t *Target, c *content, now time.Time) (httpMessage, error)) sender {
	return func(n *Notifier, ctx context.Context, set *Settings, t *Target, c *content) outcome {
		m, err := compose(set, t, c, n.Now())
		if err != nil {
			return outcome{err: err, problem: err.Error(), refused: true}
		}
		req, err := http.NewRequestWithContext(ctx, cmp.Or(m.method, http.MethodPost), cmp.Or(m.address, t.Address), bytes.NewReader(m.body))
		if err != nil {
			return failed(err)
		}
		if m.header != nil {
			req.Header = m.header
		}
		req.Header.Set("Content-Type", cmp.Or(m.contentType, jsonType))
		req.Header.Set("User-Agent", "Slugline (+"+set.Site.URL+")")
		return n.do(req)
	}
}

func webhookMessage(set *Settings, t *Target, c *content, now time.Time) (m httpMessage, err error) {
	m.header = http.Header{}
	maps.Copy(m.header, t.Header)
	switch {
	case t.Template != nil:
		m.body, err = t.Template.Execute(c.id, c.notices, set.Site.URL)
	case c.isDigest:
		m.body = webhook.Encode(webhook.Digest(c.notices, set.Site.URL))
	default:
		m.body = webhook.Encode(webhook.New(c.first(), set.Site.URL))
	}
	sign(m.header, c.id, now, m.body, t.Secret)
	return m, err
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

// maxSlack is below the 40,000 characters after which Slack cuts a text off.
const maxSlack = 30_000

var (
	slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	slackLink   = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C")
)

func slackMessage(set *Settings, _ *Target, c *content, _ time.Time) (httpMessage, error) {
	text := c.list(set, maxSlack, bytesOf, func(n *news.Notice) string { return slackText(set, n) }, func(text, link string) string {
		return "<" + slackLink.Replace(link) + "|" + text + ">"
	})
	return httpMessage{body: webhook.Encode(map[string]string{"text": "*" + slackEscape.Replace(c.title()) + "*\n" + text})}, nil
}

func slackText(set *Settings, n *news.Notice) string {
	out := slackEscape.Replace(cmp.Or(n.Headline, n.Link))
	if link := cmp.Or(n.Link, webhook.Page(n, set.Site.URL)); link != "" {
		out = "<" + slackLink.Replace(link) + "|" + strings.ReplaceAll(out, "|", "¦") + ">"
	}
	if by := webhook.Byline(n.Outlets); by != "" {
		out += "\n" + slackEscape.Replace(by)
	}
	return out
}

// maxNtfy is the size after which ntfy makes a file of a message.
const maxNtfy = 4096

func ntfyMessage(set *Settings, t *Target, c *content, _ time.Time) (httpMessage, error) {
	text := cut(c.list(set, maxNtfy, bytesOf, webhook.Text, plainMore), maxNtfy, bytesOf)
	return httpMessage{contentType: "text/plain; charset=utf-8", header: ntfyHeader(set, t, c), body: []byte(text)}, nil
}

// ntfyHeader returns the headers of ntfy. With the sequence id, newer servers show a
// message once that was sent twice.
func ntfyHeader(set *Settings, t *Target, c *content) http.Header {
	h := http.Header{}
	h.Set("Title", mime.BEncoding.Encode("utf-8", c.title()))
	h.Set("X-Sequence-ID", c.id)
	if t.Token != "" {
		h.Set("Authorization", "Bearer "+t.Token)
	}
	h.Set("Tags", map[news.When]string{
		news.WhenStory: "newspaper", news.WhenBreaking: "rotating_light", news.WhenQuiet: "zzz", news.WhenProblem: "warning", news.WhenSend: "pushpin",
	}[c.first().When])
	switch priority := set.priority(t, c); {
	case priority != 0:
		h.Set("Priority", strconv.Itoa(priority))
	case c.isBreaking():
		h.Set("Priority", "high")
	}
	if link := c.link(set); link != "" {
		h.Set("Click", link)
	}
	return h
}

// priority returns the highest priority that the alerts that rang have at a target, 1 to
// 5; 0 when none says any. A story that was sent by hand has that of the target.
func (s *Settings) priority(t *Target, c *content) (highest int) {
	if c.first().When == news.WhenSend {
		return t.Priority
	}
	rang := map[string]bool{}
	for _, name := range webhook.Names(c.notices) {
		rang[name] = true
	}
	for i := range s.Alerts {
		for _, to := range s.Alerts[i].To {
			if rang[s.Alerts[i].Name] && to.ID == t.ID {
				highest = max(highest, to.Priority)
			}
		}
	}
	return highest
}
