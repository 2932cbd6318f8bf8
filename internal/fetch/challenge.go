package fetch

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

// challenge names who put a page for browsers where the feed should be, "" when
// nobody did. beginning is the body's; a document that isn't HTML is none.
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

func isPage(h http.Header, beginning []byte) bool {
	if kind := h.Get("Content-Type"); kind != "" {
		return strings.Contains(strings.ToLower(kind), "html")
	}
	start := bytes.ToLower(bytes.TrimSpace(beginning[:min(len(beginning), 256)]))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// challengeMarkers are what challenge pages hold. Some stand in ordinary pages too and
// count only where the status says that something is wrong.
var challengeMarkers = []struct {
	mark, who string
	ordinary  bool
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

func challengeMarker(page []byte, status int) string {
	for _, m := range challengeMarkers {
		if m.ordinary && status == http.StatusOK {
			continue
		}
		if bytes.Contains(page, []byte(m.mark)) {
			return m.who
		}
	}
	return ""
}

func challengeText(u *url.URL, who string) string {
	return u.Hostname() + " asks every visitor to prove that it is a browser (" + who + "): ask its owner to let feed readers in"
}
