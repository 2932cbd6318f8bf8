package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/trial"
	"github.com/slugline/slugline/internal/weburl"
)

// politeness is what a visit shows about how to visit an address: what its server and its
// document allow and offer.
type politeness struct {
	URL          string   `json:"url,omitempty"`    // that answered, if it is not the requested one
	Moved        string   `json:"moved,omitempty"`  // the new address, from 301 or 308
	Format       string   `json:"format,omitempty"` // of the feed
	Bytes        int      `json:"bytes"`            // of the document
	Wire         int64    `json:"wire_bytes"`       // as transferred
	ETag         string   `json:"etag,omitempty"`   // validators: for conditional requests
	LastModified string   `json:"last_modified,omitempty"`
	CacheControl string   `json:"cache_control,omitempty"`
	Expires      string   `json:"expires,omitempty"`
	Fresh        float64  `json:"fresh_s,omitempty"`  // seconds between visits that Cache-Control or Expires asks for
	TTL          float64  `json:"ttl_s,omitempty"`    // seconds between visits, from ttl
	Update       float64  `json:"update_s,omitempty"` // seconds between visits, from sy:updatePeriod
	Wait         float64  `json:"wait_s"`             // the longest of these three
	SkipHours    []int    `json:"skip_hours,omitempty"`
	SkipDays     []string `json:"skip_days,omitempty"`
	Hub          string   `json:"hub,omitempty"`     // announces changes (WebSub)
	Self         string   `json:"self,omitempty"`    // the address that the hub knows
	Archive      string   `json:"archive,omitempty"` // older items (RFC 5005, rel=next)
	OldTLS       bool     `json:"old_tls,omitempty"` // its encryption has no forward secrecy
	cut          bool     // only the beginning was read
}

// politenessOf describes a visit to the address asked. open says that addresses in the
// answer may be printed.
func politenessOf(asked string, open bool, r *fetch.Result, doc *feed.Document) *politeness {
	m := &politeness{
		Format: doc.Format, Bytes: len(r.Body), Wire: r.WireBytes, ETag: r.Validators.ETag, LastModified: r.Validators.LastModified,
		CacheControl: strings.Join(r.Header["Cache-Control"], ", "), Expires: r.Header.Get("Expires"),
		Fresh: r.FreshFor.Seconds(), TTL: doc.TTL.Seconds(), Update: doc.UpdateInterval.Seconds(), Wait: max(r.FreshFor, doc.TTL, doc.UpdateInterval).Seconds(),
		SkipHours: doc.SkipHours, Hub: cmp.Or(r.Hub, doc.Hub), Self: cmp.Or(r.Self, doc.Self), Archive: doc.Next,
		OldTLS: r.OldTLS, cut: r.Cut,
	}
	for _, d := range doc.SkipDays {
		m.SkipDays = append(m.SkipDays, d.String())
	}
	switch {
	case !open: // secrets of the address may be repeated in these
		m.Hub, m.Self, m.Archive = "", "", ""
	case !isSameAddress(r.URL, asked):
		m.URL, m.Moved = r.URL, r.MovedTo
	}
	return m
}

// isSameAddress reports whether two addresses differ only in user and password, in the
// part behind a #, or in spelling.
func isSameAddress(a, b string) bool {
	key := func(s string) string {
		s, _, _ = strings.Cut(trial.WithoutUser(cmp.Or(weburl.Absolute(s), s)), "#")
		return strings.TrimSuffix(s, "/")
	}
	return key(a) == key(b)
}

// print writes it in sentences.
func (p *politeness) print(s *shell) {
	switch {
	case p.Moved != "":
		s.printf("It has moved permanently to %s.\n", p.Moved)
	case p.URL != "":
		s.printf("It is temporarily redirected to %s.\n", p.URL)
	}
	s.printf("%d bytes transferred, %d after decoding.\n", p.Wire, p.Bytes)
	if p.OldTLS {
		s.printf("Its server encrypts in an outdated way (TLS 1.2 without forward secrecy). It is read, but its owner should be told.\n")
	}
	switch {
	case p.cut:
		s.printf("Each visit transfers it again, because only its beginning is read.\n")
	case p.ETag != "" && p.LastModified != "":
		s.printf("It has validators (ETag, Last-Modified): an unchanged feed is not sent again.\n")
	case p.ETag+p.LastModified != "":
		name := "ETag"
		if p.ETag == "" {
			name = "Last-Modified"
		}
		s.printf("It has a validator (%s): an unchanged feed is not sent again.\n", name)
	default:
		s.printf("It has no validators: each visit transfers the whole feed.\n")
	}
	p.printPauses(s)
	switch {
	case p.Hub != "" && p.Self != "":
		s.printf("It has a hub that announces changes: %s\n", p.Hub)
	case p.Hub != "":
		s.printf("It has a hub, %s, but not the address (rel=self) to subscribe to.\n", p.Hub)
	default:
		s.printf("It has no hub that announces changes.\n")
	}
	if p.Archive != "" {
		s.printf("Older items are at %s\n", p.Archive)
	} else {
		s.printf("It names no page with older items.\n")
	}
	s.printf("\n")
}

// printPauses writes when the source asks not to be visited.
func (p *politeness) printPauses(s *shell) {
	var why []string
	for _, part := range []struct {
		name    string
		seconds float64
	}{{"Cache-Control or Expires", p.Fresh}, {"ttl", p.TTL}, {"updatePeriod", p.Update}} {
		if part.seconds > 0 {
			why = append(why, fmt.Sprintf("%s %s", part.name, formatDuration(time.Duration(part.seconds)*time.Second)))
		}
	}
	if len(why) > 0 {
		s.printf("It asks for at least %s between visits (%s).\n", formatDuration(time.Duration(p.Wait)*time.Second), strings.Join(why, ", "))
	} else {
		s.printf("It does not say how often it may be visited.\n")
	}
	if p.CacheControl != "" {
		s.printf("Cache-Control: %q\n", p.CacheControl)
	}
	if len(p.SkipHours) > 0 {
		s.printf("It asks not to be visited at these hours (UTC): %s.\n", strings.Trim(fmt.Sprint(slices.Sorted(slices.Values(p.SkipHours))), "[]"))
	}
	if len(p.SkipDays) > 0 {
		s.printf("It asks not to be visited on %s (UTC).\n", strings.Join(p.SkipDays, ", "))
	}
}
