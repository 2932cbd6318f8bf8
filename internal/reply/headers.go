// Package reply writes HTTP answers: faults with a code and a status, security headers,
// content negotiation, a cache of rendered pages, validators and compressed bodies.
//
// It promises that every answer forbids scripts and framing unless a page's own policy
// says otherwise, that a client never gets a coding or format that it refused, and that
// 304 is sent exactly when the client has the current bytes (RFC 9110 section 13). It
// knows no page and no address: site and newsroom do.
//
//	fault.go      what is wrong with a request: codes, statuses, texts by language
//	headers.go    security headers and policies
//	negotiate.go  which format of a topic an Accept header asks for
//	send.go       an edition or file, in the coding that the client prefers, or 304
//	cache.go      rendered pages, each made once
//	client.go     whose request it is: loopback, proxies, bearer tokens
//	cors.go       feeds that scripts of other sites may read
package reply

import (
	"net/http"
)

// StrictPolicy is the policy of every answer: nothing is loaded but our own style and
// pictures, nobody may frame it.
const StrictPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// securityHeaders is on every answer. It is not changed.
var securityHeaders = headerFields(http.Header{
	"Content-Security-Policy": {StrictPolicy},
	"X-Content-Type-Options":  {"nosniff"},
	"Referrer-Policy":         {"strict-origin-when-cross-origin"},
})

func SetSecurityHeaders(h http.Header) { setFields(h, securityHeaders) }
