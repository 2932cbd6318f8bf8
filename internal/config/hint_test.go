package config

import (
	"strings"
	"testing"
)

// Each synonym leads to a key, stands in one row of its section only, and is no key there.
func TestSynonyms(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range synonyms {
		known := keysBySection[s.section]
		if known == nil || (s.text == "") == (s.key == "") || s.key != "" && keyAt(s.key) == nil {
			t.Errorf("%q of %q: got key %q and text %q, want one of them", s.words, s.section, s.key, s.text)
		}
		for _, word := range strings.Fields(s.words) {
			if seen[s.section+" "+word] || word != squeezed(word) {
				t.Errorf("%q of %q stands twice, or is not squeezed", word, s.section)
			}
			seen[s.section+" "+word] = true
			for name := range known {
				if squeezed(name) == word {
					t.Errorf("%q is a key of %q", word, s.section)
				}
			}
		}
	}
}

// Every section has a name for messages.
func TestPlaces(t *testing.T) {
	for section := range keysBySection {
		if section != "" && places[section] == "" {
			t.Errorf("%s has no name", section)
		}
	}
}

// unknownKeys are keys that a section does not have, and how the hint for them begins.
var unknownKeys = []struct{ section, keys, want string }{
	// What people call our keys.
	{"sources[]", "refresh interval update ttl poll period refresh_interval updateInterval poll-interval REFRESH schedule", `; did you mean "every"?`},
	{"sources[]", "url link href feed_url xmlUrl", `; did you mean "feed"?`},
	{"sources[]", "category categories folder group", `; did you mean "tags"?`},
	{"sources[]", "filter include keeplist_rules keywords", `; did you mean "match"?`},
	{"sources[]", "mute exclude block ignore blacklist hide not", matchInstead},
	{"sources[]", "lang", `; did you mean "language"?`},
	{"sources[]", "weight priority", `; did you mean "rank"?`},
	{"sources[]", "ua useragent user-agent userAgent", `; did you mean "user_agent"?`},
	{"sources[]", "auth token password username", credentials},
	{"sources[]", "proxy", directly},
	{"sources[]", "retention history", `; did you mean "keep" at the top level of the file?`},
	{"sources[]", "label", `; did you mean "title"?`},
	{"sources[]", "disabled enabled", `; did you mean "paused"?`},
	{"sources[]", "max size max_size", `; did you mean "limit"?`},
	{"sources[]", "read_timeout", `; did you mean "timeout"?`},
	{"sources[]", "insecure verify verify_ssl", ownAuthority},
	{"topics[]", "exclude except", leaveOut},
	{"topics[]", "exclude_sources", `; did you mean "not"?`},
	{"topics[]", "mute block hide ignore", "; to leave out sources use `not`"},
	{"topics[]", "filter include keywords query", `; did you mean "match"?`},
	{"topics[]", "sources tags feeds category", `; did you mean "from"?`},
	{"topics[]", "limit max count", howMany},
	{"topics[]", "items max_items", `; did you mean "stories"?`},
	{"topics[]", "per_source max_per_feed", `; did you mean "max_per_source"?`},
	{"topics[]", "max_age days", `; did you mean "window"?`},
	{"topics[]", "label", `; did you mean "title"?`},
	{"topics[]", "refresh interval ttl", "; topics are"},
	{"alerts[]", "filter keywords", `; did you mean "match"?`},
	{"alerts[]", "trigger on", `; did you mean "when"?`},
	{"alerts[]", "mute exclude", matchInstead},
	{"alerts[]", "url hook", `; did you mean "webhook" in a target of an alert?`},
	{"alerts[].to[]", "email", `; did you mean "mail"?`},
	{"newsletters[]", "time when hour", `; did you mean "at"?`},
	{"newsletters[]", "recipients to", signUp},
	{"", "db", `; did you mean "database"?`},
	{"", "port bind address", `; did you mean "listen"?`},
	{"", "retention history", `; did you mean "keep"?`},
	{"", "feeds urls subscriptions", `; did you mean "sources"?`},
	{"", "interval refresh", "; the pace is chosen by what sources publish"},
	{"", "proxy", "; for a proxy in front of Slugline"},
	{"", "title motto", "; it belongs in site"},
	{"", "timezone", `; did you mean "zone" in site?`},
	{"", "log_level", byFlag},
	{"site", "name", `; did you mean "title"?`},
	{"fetch", "interval refresh", `; did you mean "floor"?`},
	{"fetch", "concurrency", `; did you mean "per_host"?`},
	{"fetch", "user_agent", `; did you mean "user_agent" in a source?`},
	{"backup", "path dir", `; did you mean "to"?`},
	{"mail", "host", `; did you mean "smtp"?`},
	{"mail", "password port", "; it is part of the server's address"},

	// Typing errors.
	{"sources[]", "nam naem", `; did you mean "name"?`},
	{"topics[]", "mach", `; did you mean "match"?`},
	{"", "keeep", `; did you mean "keep"?`},
	{"", "desk-auth deskAuth", `; did you mean "desk_auth"?`},
	{"fetch", "perhost per-host", `; did you mean "per_host"?`},

	// Keys that stand in the wrong section.
	{"sources[]", "listen backup", "; it belongs at the top level of the file"},
	{"sources[]", "budget floor", "; it belongs in fetch"},
	{"sources[]", "window", "; it belongs in a topic"},
	{"alerts[]", "webhook slack", "; it belongs in a target of an alert"},
	{"topics[]", "every", "; it belongs in backup or a source"},
	{"", "site.title", `; did you mean "title" in site?`},
	{"", "fetch.budget", `; did you mean "budget" in fetch?`},

	{"sources[]", "xyzzy", ""},
}

func TestHint(t *testing.T) {
	for _, c := range unknownKeys {
		for _, key := range strings.Fields(c.keys) {
			got := hint(key, c.section)
			if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("%q in %q: got %q, want %q", key, c.section, got, c.want)
			}
		}
	}
}
