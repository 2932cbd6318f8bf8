// Package reply writes HTTP answers for site and newsroom: errors, security headers,
// content negotiation, cached pages, validators and compressed bodies.
//
// It promises that every answer forbids scripts and framing unless a page sets its own
// policy, that a client never gets a coding or a format that it excluded, and that 304 is
// sent exactly when the client has the current bytes (RFC 9110 section 13). It knows no
// page and no address.
//
//	fault.go      error answers: codes, statuses, texts by language
//	headers.go    security headers
//	negotiate.go  the format that an Accept header asks for
//	send.go       an edition in the preferred coding, or 304
//	compress.go   answers that are made for one request, compressed
//	cache.go      rendered pages, each rendered once
//	client.go     who sent a request: loopback, proxies, bearer tokens
//	proxy.go      notices proxies that are not trusted
//	limits.go     how much each client may do
//	body.go       how long bodies of requests may be
//	cors.go       feeds for scripts of other sites
//	json.go       JSON answers
//	server.go     timeouts and limits of servers
//	assets.go     the style sheet and icon that all pages share
package reply

import "net/http"

// StrictPolicy is the Content-Security-Policy of every answer that sets no other: only our
// own style sheets and pictures load, and no page may frame it.
const StrictPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// securityHeaders are the headers of every answer. They are not modified.
var securityHeaders = headerFields(http.Header{
	"Content-Security-Policy": {StrictPolicy},
	"X-Content-Type-Options":  {"nosniff"},
	"Referrer-Policy":         {"strict-origin-when-cross-origin"},
})

// SetSecurityHeaders sets the headers that every answer has. A handler may replace them.
func SetSecurityHeaders(h http.Header) { setFields(h, securityHeaders) }
