package config

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// Neither the text of an error nor the line below it has a pastuna, a token or another secret
// of the file, whatever is wrong with the file.
func TestErrorsShowNoSecret(t *testing.T) {
	const natsEnd = ", " + monitors + "}}\n"
	for name, file := range map[string]string{
		"server of another scheme":      "cluster: {nats: {servers: 'http://desk:tunafish@nats.example:4222'" + natsEnd,
		"server without TLS":            "cluster: {nats: {servers: 'nats://desk:tunafish@10.1.0.1:4222'" + natsEnd,
		"server with a token":           "cluster: {nats: {servers: 'nats://tunafish@10.1.0.1:4222'" + natsEnd,
		"server without a scheme":       "cluster: {nats: {servers: 'desk:tunafish@nats.example:4222'" + natsEnd,
		"only a token":                  "cluster: {nats: {servers: 'tunafish@nats.example:4222'" + natsEnd,
		"a slash in a pastuna":          "cluster: {nats: {servers: 'tls://desk:tuna/fish@nats.example:4222'" + natsEnd,
		"a slash behind a number":       "cluster: {nats: {servers: 'tls://desk:12/tunafish@nats.example:4222'" + natsEnd,
		"a space in a pastuna":          "cluster: {nats: {servers: 'tls://desk:my tunafish@nats.example:4222'" + natsEnd,
		"an @ in a pastuna":             "cluster: {nats: {servers: 'xls://desk:p@tunafish@nats.example:4222'" + natsEnd,
		"a typing error in the scheme":  "cluster: {nats: {servers: 'tls:/desk:tunafish@nats.example:4222'" + natsEnd,
		"a # in a pastuna":              "cluster:\n  nats:\n    servers: tls://desk:my #tunafish@nats.example\n    " + monitors + "\n",
		"several servers":               "cluster: {nats: {servers: [tls://desk:tunafish@a.example:4222,xls://desk:tunafish@b.example, nats://desk:tunafish@10.1.0.1], " + monitors + "}}\n",
		"another key of the line":       "cluster: {nats: {servers: 'tls://desk:tunafish@nats.example:4222', monitors: x}}\n",
		"an unknown key":                "cluster: {nats: {server: 'tls://desk:tunafish@nats.example:4222'" + natsEnd,
		"no YAML":                       "cluster: {nats: {servers: 'tls://desk:tunafish@nats.example:4222\n",
		"monitoring of another scheme":  "cluster: {nats: {servers: 'nats://127.0.0.1:4222', monitor: 'nats://desk:tunafish@nats.example:8222'}}\n",
		"monitoring that is no address": "cluster: {nats: {servers: 'nats://127.0.0.1:4222', monitor: ['http://desk:tuna%fish@nats.example:8222']}}\n",
		"mail server":                   "mail: {smtp: 'http://news:tunafish@mail.example', from: news@mail.example}\n",
		"mail from nobody":              "mail: {smtp: 'smtp://news:tunafish@mail.example', from: news}\n",
		"source without a scheme":       "topics: [{name: a b}]\nsources: ['desk:tunafish@a.example/feed']\n",
		"source of another key":         "sources: [{feed: 'https://desk:tunafish@a.example/feed', rang: 1}]\n",
		"webhook with a pastuna":        "alerts: [{name: a, to: {webhook: 'https://desk:tunafish@w.example/', prio: 1}}]\n",
		"webhook with a path":           "alerts: [{name: a, to: {slack: 'https://hooks.example/services/tunafish', prio: 1}}]\n",
		"webhook without a scheme":      "alerts:\n  - name: a\n    to: {discord: hooks.example/tunafish}\n",
		"secret":                        "alerts: [{name: a, to: {webhook: 'https://w.example/', secret: whsec_tunafish!}}]\n",
		"secret with quotes":            "alerts: [{name: a, to: {webhook: 'https://w.example/', \"secret\": 'it''s, {tunafish}', prio: 1}}]\n",
		"token":                         "alerts:\n  - name: a\n    to:\n      matrix: https://m.example\n      token: a,tunafish\n      token: b} tunafish\n      room: r\n",
		"key of a topic":                "topics: [{name: a b, key: tunafish}]\n",
		"header":                        "alerts:\n  - {name: a, to: {webhook: 'https://w.example/', headers: {User-Agent: x, X-Api-Key: tunafish}}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(file, "sources:") {
				file = one + file
			}
			_, err := Parse("feeds.yaml", []byte(file), env())
			var all *Errors
			if !errors.As(err, &all) {
				t.Fatalf("got %v", err)
			}
			b, marshalErr := json.Marshal(all.List)
			if marshalErr != nil {
				t.Fatal(marshalErr)
			}
			for _, secret := range []string{"tuna", "fish", "desk:", "news:t"} {
				if strings.Contains(err.Error(), secret) || strings.Contains(string(b), secret) {
					t.Errorf("an error has %q:\n%v", secret, err)
				}
			}
			if !strings.Contains(err.Error(), hiddenMark) {
				t.Errorf("nothing shows that something is hidden:\n%v", err)
			}
		})
	}
}

// What is no secret stays readable.
func TestErrorsShowTheRest(t *testing.T) {
	for _, line := range []string{
		"",
		"  - https://press.example/@desk/feed.xml",
		"  - {feed: 'https://press.example/feed.xml', contact: desk@press.example}",
		"contact: mailto:desk@press.example",
		"  nats: {servers: ['tls://desk:${NATS_PASSWORD}@nats.example:4222', 'tls://${NATS_TOKEN}@nats.example'], monitor: 'http://[::1]:8222'}",
		"  smtp: smtp://mail.press.example:587 # of desk@press.example",
		"    to: {webhook: '${HOOK}', token: ${TOKEN}, secret: \"${SECRET}\"}",
		"      slack: ${SLACK}",
		"  - {ntfy: https://ntfy.example/desk, telegram: '@desk'}",
		"      token: ${TOKEN}",
	} {
		if got := hideLine(line); got != line {
			t.Errorf("got  %s\nwant %s", got, line)
		}
	}
	for line, want := range map[string]string{
		"servers: [tls://a:b@h1:4222,tls://c:d@h2, nats://e@h3]":   "servers: [tls://xxxxx@h1:4222,tls://xxxxx@h2, nats://xxxxx@h3]",
		"  - {slack: 'https://hooks.example/a/b', token: c, x: 1}": "  - {slack: 'https://hooks.example/xxxxx', token: xxxxx, x: 1}",
	} {
		if got := hideLine(line); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// An address is hidden before a long line is cut.
func TestLongLineShowsNoSecret(t *testing.T) {
	file := one + "cluster: {nats: {servers: ['tls://desk:" + strings.Repeat("tunafish", 40) + "@nats.example:4222'], monitors: x}}\n"
	if _, err := Parse("feeds.yaml", []byte(file), env()); err == nil || strings.Contains(err.Error(), "tuna") {
		t.Errorf("got %v", err)
	}
}
