// Package webhook makes the JSON that alerts are sent as: our own, in the form of
// Standard Webhooks, and what a template of feeds.yaml makes of it for other services.
//
// It is pure. The same notices under the same id give the same bytes.
package webhook

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Message is the body of a webhook, as Standard Webhooks recommends.
type Message struct {
	Type      string    `json:"type"` // alert.story, alert.breaking, alert.quiet, alert.problem or alert.digest; story.send
	Timestamp time.Time `json:"timestamp"`
	Data      Data      `json:"data"`
}

// Data is what an alert says. A digest has Notices, and no more of the rest than Alerts
// and a Headline that counts them.
type Data struct {
	Alerts    []string  `json:"alerts"` // names, in the order of feeds.yaml
	Story     string    `json:"story,omitempty"`
	Event     string    `json:"event,omitempty"`
	Source    string    `json:"source,omitempty"` // in an alert about a source
	Headline  string    `json:"headline"`
	Link      string    `json:"link,omitempty"`
	Page      string    `json:"page,omitempty"` // on our site
	Language  string    `json:"language,omitempty"`
	Outlets   []string  `json:"outlets,omitempty"` // names, each once
	Voices    int       `json:"voices,omitempty"`  // how many outlets there are
	Published time.Time `json:"published,omitzero"`
	Summary   string    `json:"summary,omitempty"` // of a story sent by hand, as much as the source's show allows
	By        string    `json:"by,omitempty"`      // who sent the story by hand
	Note      string    `json:"note,omitempty"`    // what they wrote with it

	Notices []DigestItem `json:"notices,omitempty"` // of a digest, oldest first
}

// DigestItem is an alert in a digest. Its id is the one under which it would have been sent
// alone.
type DigestItem struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data
}

// New returns the message of one notice.
func New(n *news.Notice, site string) Message {
	kind := "alert." + string(n.When)
	if n.When == news.WhenSend {
		kind = "story.send"
	}
	return Message{Type: kind, Timestamp: n.At, Data: dataOf(n, site)}
}

// Digest returns the message of several notices that are sent together, oldest first. Its
// time is that of the newest.
func Digest(all []*news.Notice, site string) Message {
	m := Message{Type: "alert.digest", Timestamp: all[len(all)-1].At, Data: Data{Alerts: Names(all), Headline: Title(all)}}
	for _, n := range all {
		one := New(n, site)
		m.Data.Notices = append(m.Data.Notices, DigestItem{n.ID, one.Type, one.Timestamp, one.Data})
	}
	return m
}

func dataOf(n *news.Notice, site string) Data {
	return Data{
		Summary: n.Summary, By: n.By, Note: n.Note,
		Alerts: append([]string{}, n.Alerts...), Story: n.Story, Event: n.Event, Source: n.Source, Headline: n.Headline, Link: n.Link,
		Page: Page(n, site), Language: n.Language, Outlets: n.Outlets, Voices: n.Voices, Published: n.Published,
	}
}

// Page returns our own page about a notice, empty when there is none.
func Page(n *news.Notice, site string) string {
	if n.Story == "" {
		return ""
	}
	return site + "/stories/" + n.Story
}

// Names returns the names of the alerts that rang, each once.
func Names(all []*news.Notice) []string {
	var names []string
	seen := map[string]bool{}
	for _, n := range all {
		for _, name := range n.Alerts {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// Title names the alerts that rang and counts the notices if there are several. For a story
// that was sent by hand, it says who sent it, and what they wrote with it.
func Title(all []*news.Notice) string {
	if n := all[0]; n.When == news.WhenSend {
		title := "Sent by " + cmp.Or(n.By, "the desk")
		if note := strings.Join(strings.Fields(n.Note), " "); note != "" {
			title += ": " + note
		}
		return title
	}
	out := strings.Join(Names(all), ", ")
	kind := all[0].When
	for _, n := range all {
		if n.When != kind {
			kind = ""
		}
	}
	if before := map[news.When]string{news.WhenBreaking: "Breaking: ", news.WhenQuiet: "Quiet source: ", news.WhenProblem: "Source in trouble: "}[kind]; before != "" {
		out = before + out
	}
	if len(all) > 1 {
		out += fmt.Sprintf(" (%d)", len(all))
	}
	return out
}

// Byline lists the outlets, as in "AFP, BBC, DPA, EFE and 3 more".
func Byline(outlets []string) string {
	const named = 4
	if len(outlets) <= named+1 {
		return strings.Join(outlets, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(outlets[:named], ", "), len(outlets)-named)
}

// Encode writes JSON in one line. v must be a value that JSON can always represent.
func Encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return b.Bytes()
}
