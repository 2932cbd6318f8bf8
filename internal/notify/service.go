package notify

import (
	"cmp"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webhook"
	"github.com/slugline/slugline/internal/words"
)

// The services that have a format of their own. Each limit is a little below the one that
// the service documents, and counts as the service does.
const (
	maxTelegram      = 4000   // UTF-16 units; 4096 after the markup is removed
	maxMatrix        = 12_000 // bytes, twice; an event has at most 65,536 in all
	maxTeams         = 20_000 // bytes; 28 KB for a request in all
	maxDiscord       = 4000   // UTF-16 units; 4096 in the description of an embed
	maxDiscordTitle  = 256
	maxMattermost    = 15_000 // characters; 16,383 in a post
	maxPushover      = 1000   // characters; 1,024 in a message
	maxPushoverTitle = 250
	maxPushoverURL   = 512
	maxGotify        = 20_000 // bytes; no limit is documented
)

// telegramMessage is a call of sendMessage of Telegram's Bot API.
func telegramMessage(set *Settings, t *Target, c *content, _ time.Time) (httpMessage, error) {
	head := "<b>" + html.EscapeString(c.title()) + "</b>\n"
	text := c.list(set, maxTelegram-unitsOf(head), unitsOf, func(n *news.Notice) string { return htmlLine(set, n, "\n") }, htmlMore)
	return httpMessage{
		address: strings.TrimRight(t.Address, "/") + "/bot" + t.Token + "/sendMessage",
		body: webhook.Encode(map[string]any{
			"chat_id": t.Recipient, "text": head + text, "parse_mode": "HTML", "link_preview_options": map[string]bool{"is_disabled": c.isDigest},
		}),
	}, nil
}

// htmlLine is a notice in the markup that Telegram and Matrix know.
func htmlLine(set *Settings, n *news.Notice, lineBreak string) string {
	out := html.EscapeString(cmp.Or(n.Headline, n.Link))
	if link := cmp.Or(n.Link, webhook.Page(n, set.Site.URL)); link != "" {
		out = `<a href="` + html.EscapeString(link) + `">` + out + "</a>"
	}
	if by := webhook.Byline(n.Outlets); by != "" {
		out += lineBreak + html.EscapeString(by)
	}
	return out
}

func htmlMore(text, link string) string {
	return `<a href="` + html.EscapeString(link) + `">` + text + "</a>"
}

// matrixMessage sends an event of type m.room.message (client-server API, 11.2.1). Its
// transaction id is the message's: a homeserver shows a message once that is sent twice.
// It mentions nobody.
func matrixMessage(set *Settings, t *Target, c *content, _ time.Time) (httpMessage, error) {
	plain := c.list(set, maxMatrix, bytesOf, func(n *news.Notice) string { return plainLine(set, n) }, plainMore)
	marked := c.list(set, maxMatrix, bytesOf, func(n *news.Notice) string {
		return `<p dir="` + words.Dir(n.Headline) + `">` + htmlLine(set, n, "<br>") + "</p>"
	}, htmlMore)
	return httpMessage{
		method:  http.MethodPut,
		address: strings.TrimRight(t.Address, "/") + "/_matrix/client/v3/rooms/" + url.PathEscape(t.Recipient) + "/send/m.room.message/" + url.PathEscape(c.id),
		header:  http.Header{"Authorization": {"Bearer " + t.Token}},
		body: webhook.Encode(map[string]any{
			"msgtype": "m.text", "body": c.title() + "\n" + plain,
			"format": "org.matrix.custom.html", "formatted_body": "<strong>" + html.EscapeString(c.title()) + "</strong>\n" + marked,
			"m.mentions": struct{}{},
		}),
	}, nil
}

// plainLine is a notice with its link, as plain text.
func plainLine(set *Settings, n *news.Notice) string {
	out := webhook.Text(n)
	if link := cmp.Or(n.Link, webhook.Page(n, set.Site.URL)); link != "" && link != out {
		out += "\n" + link
	}
	return out
}

// teamsMessage is an Adaptive Card, as the workflows of Teams that begin with a webhook
// post it. Its texts are runs, which have no markup.
func teamsMessage(set *Settings, _ *Target, c *content, _ time.Time) (httpMessage, error) {
	body := []any{map[string]any{"type": "TextBlock", "text": c.title(), "weight": "bolder", "wrap": true}}
	room := maxTeams
	for i, n := range c.notices {
		link := cmp.Or(n.Link, webhook.Page(n, set.Site.URL))
		block := teamsBlock(cut(cmp.Or(n.Headline, n.Link), maxTeams/2, bytesOf), link, webhook.Byline(n.Outlets))
		if room -= len(webhook.Encode(block)); room < 0 && i > 0 {
			body = append(body, teamsBlock(moreText(len(c.notices)-i), set.Site.URL+"/", ""))
			break
		}
		body = append(body, block)
	}
	card := map[string]any{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.5", "body": body}
	if words.Dir(c.first().Headline) == "rtl" {
		card["rtl"] = true
	}
	return httpMessage{body: webhook.Encode(map[string]any{
		"type":        "message",
		"attachments": []any{map[string]any{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card}},
	})}, nil
}

// teamsBlock is a paragraph of a card: a linked text, and a quieter one.
func teamsBlock(text, link, quiet string) map[string]any {
	run := map[string]any{"type": "TextRun", "text": text}
	if link != "" {
		run["selectAction"] = map[string]any{"type": "Action.OpenUrl", "url": link}
	}
	runs := []any{run}
	if quiet != "" {
		runs = append(runs, map[string]any{"type": "TextRun", "text": " " + quiet, "isSubtle": true})
	}
	return map[string]any{"type": "RichTextBlock", "inlines": runs}
}

// discordMessage executes a webhook of Discord, with one embed. It mentions nobody.
func discordMessage(set *Settings, _ *Target, c *content, _ time.Time) (httpMessage, error) {
	embed := map[string]any{"title": cut(c.title(), maxDiscordTitle, unitsOf), "timestamp": c.notices[len(c.notices)-1].At.UTC().Format(time.RFC3339)}
	if link := c.link(set); link != "" {
		embed["url"] = link
	}
	embed["description"] = c.list(set, maxDiscord, unitsOf, func(n *news.Notice) string { return markdownLine(set, n, markdownEscape) }, markdownLink)
	return httpMessage{body: webhook.Encode(map[string]any{"embeds": []any{embed}, "allowed_mentions": map[string]any{"parse": []string{}}})}, nil
}

// mattermostMessage is a post by an incoming webhook of Mattermost.
func mattermostMessage(set *Settings, _ *Target, c *content, _ time.Time) (httpMessage, error) {
	head := "**" + markdownEscape.Replace(c.title()) + "**\n"
	text := c.list(set, maxMattermost-runesOf(head), runesOf, func(n *news.Notice) string { return markdownLine(set, n, noMention) }, markdownLink)
	return httpMessage{body: webhook.Encode(map[string]string{"text": head + text})}, nil
}

// escapes are the pairs of a strings.Replacer that takes all markup from a text.
var escapes = []string{
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "#", `\#`, "|", `\|`, "\n", " ",
}

var (
	markdownEscape = strings.NewReplacer(escapes...)
	noMention      = strings.NewReplacer(append(slices.Clone(escapes), "@", "@\u200b")...) // so that a headline with @all calls nobody
	markdownURL    = strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "<", "%3C", ">", "%3E", `\`, "%5C", "\n", "%0A")
)

// markdownLine is a notice in Markdown.
func markdownLine(set *Settings, n *news.Notice, escape *strings.Replacer) string {
	out := escape.Replace(cmp.Or(n.Headline, n.Link))
	if link := cmp.Or(n.Link, webhook.Page(n, set.Site.URL)); link != "" {
		out = "[" + out + "](" + markdownURL.Replace(link) + ")"
	}
	if by := webhook.Byline(n.Outlets); by != "" {
		out += "\n" + escape.Replace(by)
	}
	return out
}

func markdownLink(text, link string) string {
	return "[" + text + "](" + markdownURL.Replace(link) + ")"
}

// pushoverMessage is a form for Pushover's message API.
func pushoverMessage(set *Settings, t *Target, c *content, _ time.Time) (httpMessage, error) {
	form := url.Values{
		"token": {t.Token}, "user": {t.Recipient}, "title": {cut(c.title(), maxPushoverTitle, runesOf)},
		"message":   {cut(c.list(set, maxPushover, runesOf, webhook.Text, plainMore), maxPushover, runesOf)},
		"timestamp": {strconv.FormatInt(c.notices[len(c.notices)-1].At.Unix(), 10)},
	}
	if link := c.link(set); link != "" && len(link) <= maxPushoverURL {
		form.Set("url", link)
	}
	if p := set.priority(t, c); p != 0 {
		form.Set("priority", strconv.Itoa(min(p-3, 1))) // 2 would repeat until somebody confirms
	} else if c.isBreaking() {
		form.Set("priority", "1")
	}
	return httpMessage{
		address: strings.TrimRight(t.Address, "/") + "/1/messages.json", contentType: "application/x-www-form-urlencoded", body: []byte(form.Encode()),
	}, nil
}

// gotifyPriority gives priorities from 1 to 5 as Gotify has them, from 0 to 10.
var gotifyPriority = []int{1: 0, 2: 2, 3: 5, 4: 8, 5: 10}

// gotifyMessage is a message to a Gotify server.
func gotifyMessage(set *Settings, t *Target, c *content, _ time.Time) (httpMessage, error) {
	extras := map[string]any{"client::display": map[string]string{"contentType": "text/markdown"}}
	if link := c.link(set); link != "" {
		extras["client::notification"] = map[string]any{"click": map[string]string{"url": link}}
	}
	m := map[string]any{
		"title": c.title(), "extras": extras,
		"message": c.list(set, maxGotify, bytesOf, func(n *news.Notice) string {
			return strings.ReplaceAll(markdownLine(set, n, markdownEscape), "\n", "  \n")
		}, markdownLink),
	}
	if p := set.priority(t, c); p != 0 {
		m["priority"] = gotifyPriority[p]
	} else if c.isBreaking() {
		m["priority"] = gotifyPriority[4]
	}
	return httpMessage{address: strings.TrimRight(t.Address, "/") + "/message", header: http.Header{"X-Gotify-Key": {t.Token}}, body: webhook.Encode(m)}, nil
}
