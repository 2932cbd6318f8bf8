package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const one = "sources: [https://a.example/]\n"

var wrong = []struct {
	name, file string
	want       []string // the start of each error, as LINE:COLUMN: text
}{
	{"empty", "", []string{"1:1: the file is empty"}},
	{"comments alone", "# later\n", []string{"1:1: the file is empty"}},
	{"no sources", "keep: 2d\n", []string{"1:1: there are no sources"}},
	{"unknown key", one + "kep: 2d\n", []string{`2:1: feeds.yaml has no key "kep"; did you mean "keep"?`}},
	{"unknown keys at once", "sources:\n  - feed: https://a.example/\n    nam: a\n    url: x\ntopic: []\n",
		[]string{`3:5: a source has no key "nam"; did you mean "name"?`, `4:5: a source has no key "url"; did you mean "feed"?`, `5:1: feeds.yaml has no key "topic"; did you mean "topics"?`}},
	{"misplaced key", "sources:\n  - feed: https://a.example/\n    listen: x\n", []string{`3:5: a source has no key "listen"; it belongs at the top level`}},
	{"key twice", one + "keep: 1d\nkeep: 2d\n", []string{`3:1: "keep" appears twice in feeds.yaml: the first is on line 2`}},
	{"merge key", "sources:\n  - &a {feed: https://a.example/}\n  - {<<: *a}\n", []string{`3:5: a source needs`, "3:6: a source has no key \"<<\"; `feeds:` lets"}},
	{"no unit", one + "keep: 30\n", []string{`2:7: "30" needs a unit`}},
	{"no duration", one + "keep: 1 month\n", []string{`2:7: "1 month" is not a duration`}},
	{"too long", one + "keep: 999999999w\n", []string{`2:7: "999999999w" is not a duration`}},
	{"too short", one + "fetch: {floor: 0s}\n", []string{`2:16: "0s" is too short: the least is 1s`}},
	{"timeout", "sources:\n  - {feed: https://a.example/, timeout: 3m}\n  - {feed: https://b.example/, timeout: 0s}\n  - {feed: https://c.example/, timeout: 20}\n",
		[]string{`2:41: "3m" is too long: the most is 2m`, `3:41: "0s" is too short: the least is 1s`, `4:41: "20" needs a unit`}},
	{"limit", "sources:\n  - {feed: https://a.example/, limit: 65MB}\n  - {feed: https://b.example/, limit: 0KB}\n  - {feed: https://c.example/, limit: 8}\n  - {feed: https://d.example/, limit: 8 GB}\n",
		[]string{`2:39: "65MB" is too large: the most is 64MB`, `3:39: "0KB" is too small: the least is 1KB`, `4:39: "8" needs a unit: KB or MB`, `5:39: "8 GB" is not a size such as 512KB or 8MB`}},
	{"ca", "sources:\n  - {feed: https://a.example/, ca: none.pem}\n  - {feed: https://b.example/, ca: testdata/whole.yaml}\n  - {feed: https://c.example/, ca: testdata}\n  - {feed: https://d.example/, ca: /dev/zero}\n",
		[]string{`2:36: there is no file "none.pem"`, `3:36: the file "testdata/whole.yaml" has no certificate`, `4:36: the file "testdata" has no certificate`, `5:36: the file "/dev/zero" has no certificate`}},
	{"password behind more slashes", "sources:\n  - https:///desk:geheim@a.example/\n  - \"https://\\t/desk:geheim@a.example/\"\n",
		[]string{"2:5: user and password must be directly behind the scheme: https://USER:PASSWORD@HOST/", "3:5: user and password must be"}},
	{"two addresses", "sources:\n  - https://a.example/rss https://b.example/rss\n", []string{"2:5: \"https://a.example/rss https://b.example/rss\" is more than one address"}},
	{"list for a value", one + "keep: [1d]\n", []string{"2:7: expected a single value, not a list"}},
	{"value for a mapping", one + "site: Arab Press\n", []string{"2:7: site needs `key: value` lines, not a single value"}},
	{"number", one + "fetch: {per_host: many}\n", []string{`2:19: "many" is not a whole number from 1 to 100`}},
	{"choice", "sources:\n  - {feed: https://a.example/, show: sumary}\n", []string{`2:38: "sumary" is not one of headline, summary or full; did you mean "summary"?`}},
	{"truth", "sources:\n  - {feed: https://a.example/, wire: perhaps}\n", []string{`2:38: "perhaps" is neither true nor false`}},
	{"missing variable", one + "database: ${SLUG_DB}/x.db\n", []string{"2:11: the environment variable SLUG_DB is not set"}},
	{"bad variable", one + "database: ${A-B}\n", []string{"2:11: the environment variable A-B is not set"}},
	{"value of a variable", one + "keep: ${TOKEN}\n", []string{`2:7: "${TOKEN}" is not a duration`}},
	{"address without scheme", "sources: [a.example/feed]\n", []string{`1:11: "a.example/feed" is not a complete address; did you mean "https://a.example/feed"?`}},
	{"address of a file", "sources: ['file:///etc/passwd']\n", []string{"1:11: only http and https addresses are visited"}},
	{"address of another scheme", "sources: ['ftp://a.example/x']\n", []string{`1:11: only http and https`}},
	{"two addresses", "sources:\n  - {feed: https://a.example/, feeds: [https://b.example/]}\n", []string{"2:39: a source has `feed` or `feeds`"}},
	{"a name for two", "sources:\n  - {feeds: [https://a.example/, https://b.example/], name: a}\n", []string{"2:61: `name` is for a single feed, and `feeds` has 2"}},
	{"address twice", "sources:\n  - https://a.example/x\n  - HTTPS://A.example:443/x\n", []string{"3:5: the same address as on line 2"}},
	{"source name twice", "sources:\n  - {feed: https://a.example/x, name: a}\n  - {feed: https://a.example/y, name: a}\n", []string{`3:39: the name "a" is already used on line 2`}},
	{"bad name", one + "topics: [{name: Middle East}]\n", []string{`2:17: "Middle East" is not a name: use a-z, 0-9 and -, at most 63 characters; did you mean "middle-east"?`}},
	{"balance", one + "topics:\n  - {name: a, max_per_source: 0}\n  - {name: b, order: outlet}\n  - {name: c, prefer: paid}\n",
		[]string{`3:31: "0" is not a whole number from 1 to 5000`, `4:22: "outlet" is not one of newest, rank or outlets; did you mean "outlets"?`, `5:23: "paid" is not free, the only value that it can have`}},
	{"hold", one + "topics:\n  - {name: a, hold: }\n  - {name: b, hold: 'x OR'}\n", []string{"3:21: hold is empty: remove it to hold nothing more", `4:24: OR needs a word after it`}},
	{"mute words", one + "not: ['x', 'a AND (b']\n", []string{`2:19: this ( is never closed`}},
	{"no mute words", one + "not:\n", []string{`2:5: not is empty: remove it to mute nothing`}},
	{"meant", one + "mute: [x]\ntopics:\n  - {name: a, per_source: 5, embargo: x, sort: rank}\n",
		[]string{`2:1: feeds.yaml has no key "mute"; did you mean "not"?`, `4:15: a topic has no key "per_source"; did you mean "max_per_source"?`,
			`4:30: a topic has no key "embargo"; did you mean "hold"?`, `4:42: a topic has no key "sort"; did you mean "order"?`}},
	{"topic twice", one + "topics:\n  - name: a\n  - name: a\n", []string{`4:11: the topic "a" is already on line 3`}},
	{"topic without name", one + "topics:\n  - title: a\n", []string{`3:5: a topic needs a name`}},
	{"was is current", one + "topics:\n  - {name: a, was: [b]}\n  - name: b\n", []string{`3:21: "b" is the name of a current topic, on line 4`}},
	{"was itself", one + "topics:\n  - {name: a, was: a}\n", []string{`3:20: "a" is the name of a current topic`}},
	{"was twice", one + "topics:\n  - {name: a, was: c}\n  - {name: b, was: c}\n", []string{`4:20: "c" is already an old name of another topic, on line 3`}},
	{"from nowhere", "sources: [{feed: https://a.example/, tags: [world]}]\ntopics: [{name: a, from: [wrold]}]\n",
		[]string{`2:27: "wrold" is neither a tag nor the name of a source; did you mean "world"?`}},
	{"from both", "sources:\n  - {feed: https://a.example/, name: world}\n  - {feed: https://b.example/, tags: world}\ntopics: [{name: a, from: world}]\n",
		[]string{`4:26: "world" is a tag and also the name of the source on line 2`}},
	{"empty match", one + "topics:\n  - {name: a, match: ''}\n  - name: b\n    match:\n  - name: c\n    match: []\n  - name: d\n    match: [x, '']\n",
		[]string{"3:22: match is empty", "5:11: match is empty", "7:12: match is empty", "9:16: match is empty"}},
	{"query", one + "topics:\n  - name: a\n    match: '(a OR b'\n", []string{"4:13: "}},
	{"query with quotes in it", one + "topics:\n  - name: a\n    match: 'it''s) b'\n", []string{"4:18: "}},
	{"query, plain", one + "topics:\n  - name: a\n    match: لغة OR AND\n", []string{"4:19: "}},
	{"query in a block", one + "topics:\n  - name: a\n    match: >\n      (a\n", []string{"4:12: column 1 of the query: "}},
	{"tag", one + "topics:\n  - name: a\n    match: !spam x\n", []string{"4:12: !spam is a YAML tag, not a value: put the value in single quotes; put the whole query in single quotes"}},
	{"tag elsewhere", one + "keep: !dur 1d\n", []string{"2:7: !dur is a YAML tag, not a value: put the value in single quotes"}},
	{"phrase first", one + "topics:\n  - name: a\n    match: \"data breach\" OR x\n", []string{"4:26: this does not fit what is above it: look at the indentation, and at text after a closing quote; put the whole query in single quotes"}},
	{"field", one + "topics:\n  - name: a\n    match: a title: b\n", []string{"4:19: a query with a colon and a space in it must be in single quotes\n"}},
	{"colon in hold", one + "topics:\n  - name: a\n    hold: EMBARGO: x\n", []string{"4:18: a query with a colon and a space in it must be in single quotes\n"}},
	{"colon in a hold between braces", one + "topics:\n  - {name: a, hold: EMBARGO: x}\n", []string{"3:28: a query with a colon and a space in it must be in single quotes\n"}},
	{"colon in a title", one + "topics:\n  - name: a\n    title: Flood: x\n", []string{"4:17: a value with a colon and a space in it must be in single quotes\n"}},
	{"match too deep", one + "topics:\n  - name: a\n      match: x\n", []string{"4:12: \"match\" is indented more than the key above it; begin it in the same column\n"}},
	{"a section without its end", "sources:\n  - {feed: http://a.example/rss, name: a\ntopics: []\n", []string{"2:5: the section that starts here with { has no }, or a comma is missing\n"}},
	{"match not deep enough", one + "topics:\n  - name: a\n   match: x\n", []string{"4:4: this line is indented less than the keys of the list item above; begin it in the same column as they do\n"}},
	{"match below another key", one + "topics:\n  - name: a\n    title:\n      match: x\n", []string{"5:7: expected a single value, not `key: value` lines; begin \"match\" in the same column as the key above, if it belongs beside that\n"}},
	{"keep too deep", one + " keep: 2d\n", []string{"2:2: this line is indented differently from the keys above it; begin it in the same column\n"}},
	{"field alone", one + "topics:\n  - name: a\n    match:\n      title: b\n", []string{"5:7: a query is one value, not `key: value` lines; put the whole query in single quotes"}},
	{"star first", one + "topics:\n  - name: a\n    match: *cyber\n", []string{"4:12: *cyber refers to nothing: a value that starts with * needs quotes; put the whole query in single quotes"}},
	{"phrase in a list", one + "topics:\n  - name: a\n    match:\n      - x\n      - \"a b\" OR c\n", []string{"6:15: the list above is not finished: look at the indentation of this line; put the whole query in single quotes"}},
	{"phrase in another list", one + "topics:\n  - name: a\n    match: x\n  - name: \"a\" b\n", []string{"5:15: this does not fit what is above it: look at the indentation, and at text after a closing quote\n"}},
	{"open quote", one + "desk: 'x\n", []string{"2:7: the quote that opens here is never closed"}},
	{"open list", "sources: [https://a.example/\nkeep: 2d\n", []string{"1:10: the list that starts here with [ has no ]"}},
	{"tab", "sources:\n\t- https://a.example/\n", []string{"2:1: a tab can't indent: use spaces"}},
	{"at sign", one + "desk: @home\n", []string{"2:7: a value can't start with @: put it in single quotes"}},
	{"two documents", one + "---\nkeep: 1d\n", []string{"2:1: a second document starts here"}},
	{"bytes", "sources: [\"https://\xff\"]\n", []string{"1:20: the file is not UTF-8 text"}},
	{"control", one + "site: {title: \"a\x01\"}\n", []string{"2:17: this is a control character"}},
	{"headers without topics", "sources:\n  - {feed: https://a.example/, headers: {X-Key: a}}\n", []string{"2:41: a source with headers or a password may only be in topics with a `key`"}},
	{"headers in a public topic", "sources:\n  - {feed: https://a.example/, name: s, headers: {X-Key: a}}\ntopics:\n  - name: t\n  - {name: u, not: s}\n  - {name: v, key: k}\n",
		[]string{"4:11: the topic \"t\" needs a `key`: it carries \"s\""}},
	{"bad header", "sources:\n  - {feed: https://a.example/, headers: {X Y: a, Host: b, User-Agent: c, X: \"a\\nb\"}}\ntopics: [{name: a, key: k}]\n",
		[]string{`2:42: "X Y" is not a header name`, `2:50: the header Host can't be set here`, "2:59: write the User-Agent as `user_agent`", `2:77: the value of X has a character`}},
	{"empty key", one + "topics: [{name: a, key: ''}]\n", []string{"2:25: the value is empty"}},
	{"same listeners", one + "desk: 127.0.0.1:8080\n", []string{"1:1: listen and desk are both 127.0.0.1:8080"}},
	{"port alone", one + "desk: 8081\n", []string{`2:7: "8081" has no host; did you mean "127.0.0.1:8081"?`}},
	{"zone", one + "site: {zone: Mars/Base}\n", []string{`2:14: "Mars/Base" is not a time zone`}},
	{"language", one + "site: {language: English!}\n", []string{`2:18: "English!" is not a language`}},
	{"allow", one + "fetch: {allow: [localhost]}\n", []string{`2:17: "localhost" is neither a network`}},
	{"proxies", one + "trusted_proxies: proxy.example\n", []string{`2:18: "proxy.example" is not an address`}},
	{"backup to nowhere", one + "backup: {every: 1d}\n", []string{"2:9: backup needs `to`"}},
	{"alert", one + "alerts:\n  - {when: braking, to: [{webhok: x}, {mail: a@b.example}]}\n",
		[]string{`3:5: an alert needs a name`, `3:12: "braking" is not one of`, "3:26: a target is one of", `3:27: a target has no key "webhok"; did you mean "webhook"?`, "3:46: a mail target needs `mail` at the top"}},
	{"targets without a kind, with two, and none", one + "alerts:\n  - name: a\n    to: http://x.example\n  - {name: b, to: {webhook: 'https://w.example/', slack: 'https://s.example'}}\n  - {name: c, to: []}\n  - name: d\n  - {name: e, to: desk@x.example}\n",
		[]string{"4:9: a target says what kind it has before its address; write it as `to: {webhook: \"https://...\"}`\n",
			"5:19: a target may have only one kind, and this one has webhook and slack; write each as an item of its own, as in `[{webhook: ...}, {slack: ...}]`\n",
			"6:5: the alert \"c\" needs `to`, which says where it is sent, as in `to: {webhook: \"https://...\"}`\n", "7:5: the alert \"d\" needs `to`",
			"8:19: a target says what kind it has before its address; write it as `to: {mail: desk@press.example}`\n"}},
	{"targets", one + "alerts:\n  - {name: a, to: {ntfy: https://ntfy.sh}}\n  - {name: b, to: {slack: https://s.example/, secret: x}}\n  - {name: c, quiet: 22-6, to: {webhook: https://w.example/, secret: whsec_!}}\n",
		[]string{"3:26: an ntfy address ends with its topic", "4:19: a slack target has no secret: that is for webhook", `5:22: "22-6" is not a span of hours`, "5:70: a secret that starts with whsec_"}},
	{"chats", one + "alerts:\n  - {name: a, to: {telegram: '@desk'}}\n  - {name: b, to: {matrix: https://m.example, token: t}}\n  - {name: c, to: {telegram: 'https://t.example', token: t}}\n" +
		"  - {name: d, to: {discord: https://d.example/x, priority: high}}\n  - {name: e, to: {ntfy: https://n.example/x, priority: 6}}\n  - {name: f, to: {gotify: https://g.example, token: t, server: https://s.example}}\n",
		[]string{"3:19: a telegram target needs `token`", "4:19: a matrix target needs `room`", "5:30: \"https://t.example\" is an address: write the id", "6:19: a discord target has no priority: that is for ntfy, pushover or gotify",
			`7:57: "6" is not one of`, "8:19: a gotify target has no server: that is for telegram or pushover"}},
	{"templates", one + "alerts:\n  - {name: a, to: {webhook: https://w.example/, template: '{{.Headlin}}'}}\n  - {name: b, to: {webhook: https://w.example/, template: '{\"text\": \"{{.Headline}}\"}'}}\n" +
		"  - {name: c, to: {webhook: https://w.example/, template: '{{json .Headline'}}\n  - {name: d, to: {slack: https://s.example/, template: '{}'}}\n  - {name: e, to: {webhook: https://w.example/, template: '{\"link\": {{.Link}}}'}}\n",
		[]string{"3:59: the template is wrong: line 1:2: <.Headlin>", "4:59: the template is wrong: it makes no valid JSON: invalid character", "5:59: the template is wrong: line 1: unclosed action",
			"6:19: a slack target has no template", "7:59: the template is wrong: it makes no valid JSON"}},
	{"targets of stories sent by hand", one + "targets:\n  - {name: cms, webhook: https://w.example/, template: '{\"t\": {{json .Headlin}}}'}\n  - {name: cms, title: Chat, slack: https://s.example/}\n  - {mail: desk@a.example}\n  - {name: x}\n  - https://w.example/\n  - {name: y, webhok: https://w.example/}\n  - {name: z, slack: https://s.example/, headers: {A: b}}\n",
		[]string{"3:56: the template is wrong: line 1:13: <.Headlin>", `4:12: there is already a target named "cms"`, "5:5: a target needs a name", "5:12: a mail target needs `mail`", "6:5: a target is one of webhook",
			"7:5: a target has a name and says what kind it has", "8:5: a target is one of webhook", `8:15: a target has no key "webhok"; did you mean "webhook"?`, "9:5: a slack target has no headers"}},
	{"digests and limits", one + "alerts:\n  - {name: a, digest: 10, to: {webhook: https://w.example/}}\n  - {name: b, digest: 8d, to: {webhook: https://w.example/}}\n  - {name: c, limit: 20, to: {webhook: https://w.example/}}\n  - {name: d, limit: 0/h, to: {webhook: https://w.example/}}\n  - {name: e, limit: 5/2w, to: {webhook: https://w.example/}}\n",
		[]string{`3:23: "10" needs a unit`, `4:23: "8d" is too long`, `5:22: "20" is not a limit such as 20/h or 5/10m`, `6:22: "0/h" is not a limit`, `7:22: "5/2w" is over too long a time`}},
	{"a quoted time", one + "newsletters: [{name: a, topic: all, at: \"7am\"}]\n",
		[]string{"2:22: a newsletter needs `mail`", "2:41: \"7am\" is not a time of day such as 07:00\n"}},
	{"newsletter", one + "newsletters: [{name: a, topic: al, at: 7, days: [monday]}]\n",
		[]string{"2:22: a newsletter needs `mail`", `2:32: there is no topic "al"; did you mean "all"?`, `2:40: "7" is not a time of day`, `2:50: "monday" is not one of`}},
	{"fields of queries where they have no value", "sources: [https://a.example/f]\ntopics: [{name: cyber, match: 'topic:cyber'}]\nalerts:\n  - {name: a, match: 'topic:cybr after:24h', to: [{webhook: https://b.example/}]}\n  - {name: b, match: 'topic:cybr', to: [{webhook: https://b.example/}]}\n  - {name: c, match: 'topic:cyber', when: quiet, to: [{webhook: https://b.example/}]}\n",
		[]string{"2:32: topic: can't be used in a rule", "4:40: after:24h depends on when somebody looks", `5:12: the alert "b" asks for topic:cybr, and there is no such topic; did you mean "cyber"?`, `6:12: the alert "c" is about sources`}},
	{"embeds", one + "embeds: {sites: [press]}\n", []string{`2:18: "press" is not a site`}},
	{"websub", one + "websub: {allow: [localhost]}\n", []string{`2:18: "localhost" is neither a network`}},
	{"websub list", one + "websub: [10.0.0.0/8]\n", []string{"2:9: websub needs `key: value` lines, not a list"}},
}

func TestWrong(t *testing.T) {
	for _, c := range wrong {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("feeds.yaml", []byte(c.file), env(secrets...))
			var all *Errors
			if !errors.As(err, &all) {
				t.Fatalf("got %v", err)
			}
			var got []string
			for i, e := range all.List {
				line := fmt.Sprintf("%d:%d: %s\n", e.Line, e.Column, e.Text)
				if i < len(c.want) && strings.HasPrefix(line, c.want[i]) {
					line = c.want[i]
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorsShowTheLine(t *testing.T) {
	path := t.TempDir() + "/feeds.yaml"
	if err := os.WriteFile(path, []byte("sources:\r\n  - feed: https://a.example/\r\n    rang: 1\r\nkeep: 5\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path, env())
	want := path + `:3:5: a source has no key "rang"; did you mean "rank"?` + "\n        rang: 1\n" +
		path + `:4:7: "5" needs a unit: s, m, h, d or w, as in 30m` + "\n    keep: 5"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestTooLarge(t *testing.T) {
	_, err := Parse("feeds.yaml", []byte(one+strings.Repeat("#", maxBytes)), env())
	if err == nil || !strings.Contains(err.Error(), "larger than 1 MB") {
		t.Errorf("got %v", err)
	}
}

func TestLongLinesAndManyErrors(t *testing.T) {
	_, err := Parse("feeds.yaml", []byte("sources: ["+strings.Repeat("x,", 100_000)+"]\n"), env())
	var all *Errors
	if !errors.As(err, &all) || len(all.List) != maxErrors || len(err.Error()) > 1000*maxErrors {
		t.Fatalf("%d bytes of errors", len(err.Error()))
	}
	if last := all.List[maxErrors-1].Text; !strings.HasSuffix(last, "(and 99900 more errors)") {
		t.Errorf("the last error is %q", last)
	}
}

func TestAliases(t *testing.T) {
	c := parse(t, "sources:\n  - &a {feed: https://a.example/, tags: &t [x, y]}\n  - {feed: https://b.example/, tags: *t}\n")
	if diff := cmp.Diff([]string{"x", "y"}, c.Sources[1].Tags); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Aliases of aliases multiply the file, up to a limit.
func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("sources:\n  - &s\n    tags: &t [" + strings.Repeat("x,", 1000) + "y]\n    feeds: &f\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "      - https://%d.example/\n", i)
	}
	for range 1000 {
		b.WriteString("  - {tags: *t, feeds: *f}\n  - *s\n")
	}
	_, err := Parse("feeds.yaml", []byte(b.String()), env())
	if err == nil || !strings.Contains(err.Error(), "the aliases of this file make it too large") {
		t.Errorf("got %.500v", err)
	}
}

func TestEscapedVariable(t *testing.T) {
	c := parse(t, "site: {title: '$${TOKEN} $5 ${TOKEN}'}\n"+one, "TOKEN", "value")
	if got, want := c.Site.Title, "${TOKEN} $5 value"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
