// Package config reads feeds.yaml, which holds all settings of the newsroom.
//
// It promises to report every error of the file at once, each with its line and column
// and in the words of the file, and to refuse keys that it does not know. Environment
// values written as ${NAME} are inserted after the file is parsed and are never printed.
// The rules, which are stored and sent to other nodes, get only those that readers see
// anyway (a title, site.url); in addresses, headers and keys they keep the ${NAME}.
//
// One table has every key with its type, default and meaning. The reader, the hints
// of its errors, WriteHelp and Schema all use that table.
//
// The files:
//
//	config.go       the settings as the daemon gets them
//	table.go        every key of the file; keys.go is its type
//	help.go         the table as text; schema.go as JSON Schema
//	file.go         reads a file: Read, Parse
//	value.go        reads single values; mapping.go reads sections
//	settings.go, sources.go, topics.go, alerts.go, newsletters.go, cluster.go
//	                read one section each
//	errors.go       messages; syntax.go those about YAML itself; hidden.go what they hide
//	hint.go         which key was meant by an unknown one; synonyms.go the words for it
//	insert.go       adds sources to a file without changing the rest
//	edit.go         changes single settings, and checks that nothing else changes;
//	                splice.go finds their bytes, replace.go writes the file
//	watch.go        notices changes of the file
package config

import (
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webhook"
)

// Config is feeds.yaml with its defaults filled in.
type Config struct {
	Path     string    // the file, as it was given to Read
	Site     news.Site // Icon and Style are relative to the file
	Listen   string    // host:port of the public pages
	Desk     string    // host:port of the newsroom's pages
	DeskAuth bool      // requests from this machine need a token too
	Proxies  []netip.Prefix
	Database string // resolved against the file's folder
	Keep     time.Duration
	Archive  time.Duration // 0 means forever
	Backup   *Backup       // nil means none
	Fetch    Fetch
	Sources  []news.SourceConfig
	Topics   []Topic // never empty

	Alerts      []Alert
	Targets     []NamedTarget // where editors can send a story by hand
	Mail        *Mail         // nil means none
	Newsletters []Newsletter
	Embeds      Embeds
	WebSub      WebSub
	Cluster     *Cluster   // nil: this node is alone
	Front       news.Front // empty: news.FrontEvents
	Not         []string   // mute words for all topics: queries
}

// Backup says where copies of the database go and how many are kept.
type Backup struct {
	To    string // folder, resolved against the file's
	Every time.Duration
	Keep  int
}

// Fetch holds the settings of all visits.
type Fetch struct {
	Contact string // goes into the User-Agent; may be empty
	Budget  int    // visits a day over all sources
	Floor   time.Duration
	PerHost int      // requests in flight to one host
	Allow   []string // private ranges (10.1.0.0/16) or address:port that may be visited
}

// Topic is a topic of the rules and the key that readers need for it.
type Topic struct {
	news.Topic
	Key string // given as ?key=; empty means public
}

// Carries reports whether the topic accepts entries of the source, leaving match aside.
func (t *Topic) Carries(s *news.SourceConfig) bool {
	named := func(w string) bool { return w == s.Name || slices.Contains(s.Tags, w) }
	return (len(t.From) == 0 || slices.ContainsFunc(t.From, named)) && !slices.ContainsFunc(t.Not, named)
}

// Alert says which stories or sources to announce, and where.
type Alert struct {
	Name   string
	Match  []string
	When   news.When
	To     []Target
	Quiet  [2]time.Duration // from and to, since midnight in site.zone; equal means never quiet
	Digest time.Duration    // 0 means none
	Limit  news.Limit
}

// Target is where an alert goes: a target of the rules, and what only sending needs to
// know.
type Target struct {
	news.Target
	Address   string // of the webhook, the service or the mailbox
	Recipient string // a chat, a room or a user at the service
	Token     string
	Secret    string            // signs what goes to a webhook
	Header    http.Header       // of requests to a webhook; may be nil
	Template  *webhook.Template // of a webhook; nil: our own JSON
}

// Mail is the server that sends our mail.
type Mail struct {
	SMTP string // smtp or smtps address
	From string
}

// Newsletter is a topic sent by mail on certain days.
type Newsletter struct {
	Name, Topic string
	At          time.Duration  // since midnight in site.zone
	Days        []time.Weekday // never empty
}

// Embeds says which sites may show us in a frame; no Sites means any.
type Embeds struct{ Sites []string }

// WebSub holds the settings of our hub, and of requests to the hubs of sources.
type WebSub struct {
	Allow []string // private ranges or address:port that callbacks and hubs may have
}

// Rules returns what stories and editions depend on. It leaves Fold, the version of the
// fold, and Source.ID empty; desk fills them in.
func (c *Config) Rules() news.Rules {
	r := news.Rules{Site: c.Site, Keep: c.Keep, Archive: c.Archive, Not: c.Not, Front: c.Front}
	r.Sources = slices.Grow(r.Sources, len(c.Sources))
	for i := range c.Sources {
		r.Sources = append(r.Sources, c.Sources[i].Source)
	}
	for i := range c.Topics {
		r.Topics = append(r.Topics, c.Topics[i].Topic)
	}
	for i := range c.Alerts {
		a := &c.Alerts[i]
		alert := news.Alert{Name: a.Name, Match: a.Match, When: a.When, Quiet: a.Quiet, Digest: a.Digest, Limit: a.Limit}
		for _, t := range a.To {
			alert.To = append(alert.To, t.Target)
		}
		r.Alerts = append(r.Alerts, alert)
	}
	for _, t := range c.Targets {
		r.Targets = append(r.Targets, news.NamedTarget{Name: t.Name, Title: t.Title, Target: t.Target.Target})
	}
	return r
}
