package fetch

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

// challenge returns the name of the service that answered with a challenge page for
// browsers in place of the feed, and nothing for any other answer. beginning is that of
// the body. A document that is not HTML is no challenge.
func challenge(res *http.Response, beginning []byte) string {
	h := res.Header
	switch {
	case strings.EqualFold(h.Get("Cf-Mitigated"), "challenge"):
		return "Cloudflare"
	case strings.EqualFold(h.Get("X-Vercel-Mitigated"), "challenge"):
		return "Vercel"
	case h.Get("X-Amzn-Waf-Action") != "":
		return "Amazon's firewall"
	case h.Get("X-Sucuri-Block") != "":
		return "Sucuri"
	case h.Get("X-Datadome") != "" && res.StatusCode != http.StatusOK:
		return "DataDome"
	}
	if !isPage(h, beginning) {
		return ""
	}
	return challengeMarker(beginning[:min(len(beginning), 32<<10)], res.StatusCode)
}

// isPage reports whether an answer is HTML.
func isPage(h http.Header, beginning []byte) bool {
	if kind := h.Get("Content-Type"); kind != "" {
		return strings.Contains(strings.ToLower(kind), "html")
	}
	start := bytes.ToLower(bytes.TrimSpace(beginning[:min(len(beginning), 256)]))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// challengeMarkers are strings that challenge pages contain. Those with ordinary set are
// in other pages too, and count only if the status is not 200.
var challengeMarkers = []struct {
	marker, service string
	ordinary        bool
}{
	{"_cf_chl_opt", "Cloudflare", false},
	{"/cdn-cgi/challenge-platform/", "Cloudflare", true},
	{"anubis_challenge", "Anubis", false},
	{"captcha-delivery.com", "DataDome", true},
	{"/_Incapsula_Resource", "Imperva", true},
	{"px-captcha", "HUMAN", true},
	{"awsWafCookieDomainList", "Amazon's firewall", false},
	{"ddos-guard", "DDoS-Guard", true},
	{"/.well-known/sgcaptcha/", "SiteGround", false},
}

// challengeMarker returns the service whose marker a page contains.
func challengeMarker(page []byte, status int) string {
	for _, m := range challengeMarkers {
		if m.ordinary && status == http.StatusOK {
			continue
		}
		if bytes.Contains(page, []byte(m.marker)) {
			return m.service
		}
	}
	return ""
}

func challengeText(u *url.URL, who string) string {
	return u.Hostname() + " asks every visitor to prove that it is a browser (" + who + "): ask its owner to let feed readers in"
}
