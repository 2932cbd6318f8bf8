// Package canon turns feed items into entries.
//
// It gives each entry its keys: guid, link without scheme and tracking, headline
// with day. Which entry a key belongs to is not its business; desk looks that up.
// The same item gives the same keys on any machine, at any time. A headline and a
// summary leave it as plain text; a body leaves it as it came and reaches a page
// through Safe only.
package canon

import (
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

// Entries makes the entries of a document, in its order. Keys are made over the
// whole document: one that stands twice is 0.
func Entries(doc *feed.Document, source news.Source) []news.Entry { return nil }

// Safe makes the HTML of a source fit for a page: what could act is gone, tracking
// pixels too, and addresses are absolute, resolved against base.
func Safe(html, base string) string { return "" }
