// Package feed reads and writes feeds: RSS, RDF, Atom, JSON Feed and OPML. It reads news
// sitemaps as feeds.
//
// Read accepts what sources really send: wrong charsets, stray characters, bare
// ampersands, missing end tags, documents that end in the middle. It bounds time
// and memory, never panics, and says in plain words why a document can't be read.
// Ids are returned character for character. Read does not make anything safe: its
// texts are what a stranger wrote and may be dangerous on a page; that is the
// business of canon. The writers leave out or escape what a feed validator would
// reject.
//
// # Why a scanner runs before gofeed
//
// gofeed parses the XML formats, but it needs well-formed input: one control
// character fails the whole document, deep nesting ends the process, and it
// decodes texts and rewrites addresses in ways that lose what the source wrote. So
// our scanner reads each XML document first and writes a digest of it, and gofeed
// parses the digest:
//
//	body -> UTF-8 -> lexer, scanner -> digest -> gofeed -> rss.go, atom.go -> Document
//
// The digest is a small, well-formed document:
//
//   - It contains only the elements that rules.go lists, and always under the names
//     given there: gofeed sees dc:creator, whatever prefix the source uses. Other
//     elements are skipped together with their content.
//   - Every element is closed. Missing end tags are added, stray ones left out;
//     nesting, children, attributes and items are counted and limited. An item that
//     is incomplete because the document ends is left out.
//   - A short and simple text is copied. Any other text, each id, and each address in
//     an attribute is replaced by a placeholder ("text:17"). gofeed returns the
//     placeholder, and rss.go and atom.go replace it with the text of the source,
//     decoded once.
//   - Dates are parsed by us, in any form and language that feeds use, and written
//     as RFC 3339.
//
// For example, the document
//
//	<rss xmlns:d="http://purl.org/dc/elements/1.1/"><channel><item>
//	<guid>1</guid><title>Port & <b>ville</title><d:creator>A. Martin</d:creator>
//	<pubDate>dim., 22 nov. 2026 10:00:00 +0100</pubDate><shop:price>2</shop:price></item>
//
// has this digest, except for the line breaks (TestDigest has more):
//
//	<rss><channel><item>
//	<guid>text:0</guid><title>text:1</title><dc:creator>A. Martin</dc:creator>
//	<pubDate>2026-11-22T09:00:00Z</pubDate>
//	</item></channel></rss>
//
// gofeed gets a JSON Feed as it is. If it refuses the document, jsonrelax.go corrects
// its syntax, jsonrepair.go gives each value its proper type, and gofeed parses the
// result.
//
// # How known items are skipped
//
// Most items of a document were in it at the last visit too. Each Item has a
// RawHash: the hash of its bytes and of everything around it that affects how they
// are read (enclosing elements, namespaces, base, language). A caller that stored
// the hashes passes them as Hints.Known. When the scanner arrives at an item whose
// hash is known, it continues behind its end tag: the item is neither scanned nor
// written into the digest, and its place in Document.Items holds an Item with only
// RawHash and Known set. An item that can't be judged by its own bytes has RawHash
// 0 and is always read.
//
// # How a document with too many items is read
//
// Of more than 2000 items the newest by date are read, wherever they stand; without dates
// those at both ends. Document.Cut says so. The document is scanned two more times for
// that, first for the place and the date of each item, then for the chosen ones.
//
// # How a document without items is read
//
// If no item is found, the document is read again, leniently: items may be in unknown
// elements, in another namespace or behind the end of the root, and an item of RSS may be
// in an Atom feed. If there is still none although the feed has elements that are not
// understood, that is a Problem. A feed that is just empty is none.
//
// # Files
//
//	read.go, document.go             Read and what it returns
//	charset.go, charsetname.go       to UTF-8; what charsets are called
//	lexer.go, doctype.go             tags; entities that a document declares
//	root.go, scanner.go, lenient.go  the root element, all other elements; documents
//	                                 in which no item is found at first
//	textelement.go, placeholder.go   elements that contain text; texts kept from gofeed
//	decode.go, clean.go              entities and CDATA; characters that no text may contain
//	namespaces.go, rules.go          which elements are known, and their names for gofeed
//	hash.go                          RawHash, and how known items are skipped
//	cut.go                           the newest of too many items
//	rss.go, atom.go, extensions.go, media.go, rights.go, address.go
//	                                 from gofeed's result to a Document
//	date.go, zone.go, calendar.go, months.go
//	                                 dates in any form, language and calendar
//	jsonfeed.go, jsonrepair.go, jsonrelax.go
//	                                 JSON Feed
//	webpage.go, feedlink.go, places.go
//	                                 feeds that a web page offers: which links are to feeds;
//	                                 places where a site may have its feed
//	sitemap.go                       news sitemaps and their indexes, without gofeed
//	opml.go                          lists of feeds
//	format.go, channel.go, write_*.go, escape.go
//	                                 feeds that we publish
package feed
