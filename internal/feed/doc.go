// Package feed is the formats, read and written: RSS, RDF, Atom, JSON Feed and OPML.
//
// Read takes what sources send as it is: wrong charsets, stray characters, bare
// ampersands, a document cut off in the middle. It bounds what it hands to the
// parser, never panics, and says in plain words why it can't read something. Ids
// are character for character the document's. It cleans nothing: what it returns
// is what a stranger wrote, and may be dangerous on a page; canon sees to that.
// The writers refuse what a validator would complain about.
package feed
