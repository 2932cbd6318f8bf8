package site

import (
	"net/url"
	"strings"
)

// share is how readers pass on a story: by links to services, without scripts of theirs.
type share struct {
	Address string // of the story's page
	Links   []tab
}

// shareOf returns the links for a headline and the address of its page. Links have no name
// where the name is a word of the site's language: Email.
func shareOf(headline, address string) *share {
	both := encode(headline + "\n" + address)
	return &share{Address: address, Links: []tab{
		{Href: "mailto:?subject=" + encode(headline) + "&body=" + encode(headline+"\r\n"+address)},
		{Title: "WhatsApp", Href: "https://wa.me/?text=" + both},
		{Title: "Telegram", Href: "https://t.me/share/url?url=" + encode(address) + "&text=" + encode(headline)},
		{Title: "X", Href: "https://x.com/intent/post?text=" + encode(headline) + "&url=" + encode(address)},
		{Title: "Mastodon", Href: "https://share.joinmastodon.org/#text=" + both}, // which asks for the reader's server
	}}
}

// encode percent-encodes a value of a query. Mail programs don't read a plus sign as a space
// (RFC 6068 section 5).
func encode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
