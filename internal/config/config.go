// Package config reads feeds.yaml, the whole intent of the newsroom in one file.
//
// It reads strictly: a key it does not know is an error, all errors are reported
// at once, each with its line and column and in the words of the file. Environment
// values named as ${NAME} are put in after the file is parsed, are never printed,
// and of them only what readers see anyway (a title, site.url) reaches the rules:
// addresses, headers and keys stay there as written.
package config

import (
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Config is feeds.yaml with its defaults filled in.
type Config struct {
	Path     string    // the file, as it was given to Read
	Site     news.Site // Icon and Style are relative to the file
	Listen   string    // public
	Desk     string    // the newsroom
	DeskAuth bool      // ask for a token on loopback too
	Proxies  []netip.Prefix
	Database string // resolved against the file's folder
	Keep     time.Duration
	Archive  time.Duration // 0 is for ever
	Backup   *Backup       // nil: none
	Fetch    Fetch
	Sources  []Source
	Topics   []Topic // never empty

	Alerts      []Alert
	Mail        *Mail // nil: none
	Newsletters []Newsletter
	Embeds      Embeds
}

// Backup says where copies of the database go and how many are kept.
type Backup struct {
	To    string // folder, resolved against the file's
	Every time.Duration
	Keep  int
}

// Fetch is what holds for all visits.
type Fetch struct {
	Contact string // goes into the User-Agent; may be empty
	Budget  int    // visits a day over all sources
	Floor   time.Duration
	PerHost int      // requests in flight to one host
	Allow   []string // private ranges (10.1.0.0/16) or address:port that may be fetched
}

// Source is a source as the rules have it and what only a visit needs to know.
type Source struct {
	news.Source        // Address as written: environment values and credentials are not in it
	URL         string // the address to visit
	Header      http.Header
	UserAgent   string
	Every       time.Duration // 0: pace decides
	Wire        bool
	Paused      bool
}

// Topic is a topic as the rules have it and the key that asks for it.
type Topic struct {
	news.Topic
	Key string // asked as ?key=; empty: public
}

// Carries says whether the topic's rule lets the source's entries in, match
// aside.
func (t *Topic) Carries(s *Source) bool {
	named := func(w string) bool { return w == s.Name || slices.Contains(s.Tags, w) }
	return (len(t.From) == 0 || slices.ContainsFunc(t.From, named)) && !slices.ContainsFunc(t.Not, named)
}

// Alert rings somewhere when a story matches or a source has trouble.
type Alert struct {
	Name  string
	Match []string
	When  news.When
	To    []Target
	Quiet [2]time.Duration // from and to, since midnight; equal: never quiet
}

// Target is where a notice goes: as the rules have it, and what only sending needs to
// know.
type Target struct {
	news.Target
	Address string
	Secret  string // signs what goes to a webhook
}

// Mail is the server that takes our mail.
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

// Embeds says who may frame us; no Sites: anyone.
type Embeds struct{ Sites []string }

// Rules is what the fold and the editions depend on. Fold, the version of the
// fold, and Source.ID are not config's to give.
func (c *Config) Rules() news.Rules {
	r := news.Rules{Site: c.Site, Keep: c.Keep, Archive: c.Archive}
	for i := range c.Sources {
		r.Sources = append(r.Sources, c.Sources[i].Source)
	}
	for i := range c.Topics {
		r.Topics = append(r.Topics, c.Topics[i].Topic)
	}
	for i := range c.Alerts {
		a := &c.Alerts[i]
		alert := news.Alert{Name: a.Name, Match: a.Match, When: a.When, Quiet: a.Quiet}
		for _, t := range a.To {
			alert.To = append(alert.To, t.Target)
		}
		r.Alerts = append(r.Alerts, alert)
	}
	return r
}
