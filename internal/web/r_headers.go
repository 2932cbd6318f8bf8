// Package web is what people see: the public pages and topic feeds, the newsroom's
// live stream and API, and the same public pages as static files.
//
// Pages are rendered from the store and work without script; feeds are editions,
// byte for byte. A page never holds markup that a source sent unless it went
// through canon.Safe. Every answer forbids scripts and framing. Reading the
// newsroom's side is open to this machine alone, changing it to this machine and
// no other site, everything else to who holds the token. The package decides
// nothing about the news: what it shows is what is stored.
package web

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
