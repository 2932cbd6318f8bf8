package fetch

import (
	"encoding/hex"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

const (
	maxCookies      = 50      // of one answer
	maxCookieHeader = 8 << 10 // bytes that are sent
)

// cookies are those of one visit (RFC 6265). Some servers redirect to the same address, or
// in a circle, until a cookie comes back. No cookie outlives the visit.
type cookies struct{ jar *cookiejar.Jar }

// keep keeps the cookies that a redirect sets. The jar gets names and values in hexadecimal,
// because it drops those with characters that servers do use, such as brackets and quotes.
// A cookie for encrypted connections that came over another one is left out, also from
// this machine, which the jar takes for safe.
func (c *cookies) keep(u *url.URL, h http.Header) {
	lines := h["Set-Cookie"]
	var kept []*http.Cookie
	for _, line := range lines[:min(len(lines), maxCookies)] {
		pair, attributes, _ := strings.Cut(line, ";")
		name, value, ok := strings.Cut(pair, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || !isSendable(name) || value != "" && !isSendable(value) {
			continue
		}
		one, err := http.ParseSetCookie(encodeCookie(name) + "=" + encodeCookie(value) + ";" + attributes)
		if err == nil && (!one.Secure || u.Scheme == "https") {
			kept = append(kept, one)
		}
	}
	if len(kept) == 0 {
		return
	}
	if c.jar == nil {
		c.jar, _ = cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // the error is always nil
	}
	c.jar.SetCookies(u, kept)
}

// header returns the Cookie header for an address; empty for none.
func (c *cookies) header(u *url.URL) string {
	if c.jar == nil {
		return ""
	}
	var b strings.Builder
	for _, one := range c.jar.Cookies(u) {
		pair := decodeCookie(one.Name) + "=" + decodeCookie(one.Value)
		if b.Len()+len(pair)+len("; ") > maxCookieHeader {
			break
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(pair)
	}
	return b.String()
}

// joinCookies joins the source's own Cookie header, which may be empty, and another.
func joinCookies(own, other string) string {
	if own == "" {
		return other
	}
	return own + "; " + other
}

func encodeCookie(s string) string { return "x" + hex.EncodeToString([]byte(s)) }

func decodeCookie(s string) string {
	b, _ := hex.DecodeString(strings.TrimPrefix(s, "x")) // written by encodeCookie
	return string(b)
}
