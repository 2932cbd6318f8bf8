// Command slugline is an RSS and Atom aggregator: it visits the source feeds that
// feeds.yaml names, merges entries that tell the same news into one story, and publishes
// one feed for each topic. See README.md for how to run it. This comment is the map of
// the code.
//
// # The way of an entry
//
//	feeds.yaml -> config
//	poll     a source is due: pace says when
//	fetch    one polite conditional GET: a body, 304, or a problem
//	feed     bytes to items; items that were seen before are not parsed again
//	canon    item to entry, with its keys
//	poll     files the visit: journal.File(record)
//	desk     one goroutine: what is known, changed or new? story: which story does
//	         each entry join? topic and desk/membership: which topics carry it?
//	store    one bbolt transaction: visit, entries, stories, topics, notices to send
//	live     after the commit: open pages hear of it
//	edition  /topics/NAME.atom has a new ETag; websub and notify send it on
//
// Orders of editors, rules, sweeps and sent notices pass the same door, journal.File.
//
// # The packages, from the bottom
//
// A package may import those below it, never one beside or above it. TestImportsGoDown
// holds the code to this list and to testdata/imports.txt.
//
//	news                                vocabulary: records, entries, stories, ids
//	words, locale                       words of headlines in any script; texts of pages
//	feed, fetch, origin                 formats; one GET; the demo's scripted server
//	canon, pace, topic, live            entries; schedules; the query language; fan-out
//	story                               which entries are one story; pure
//	store/pagecheck, store              the bbolt file
//	desk/ledger, membership, alerting   one transaction's copies; two pure decisions
//	config, poll, search, notify        feeds.yaml; visits; the search index; sending
//	desk, edition, journal              records to committed state; topic feeds; the door
//	view, reply                         read models and API types; HTTP answers
//	site, newsroom, websub              public pages; the desk's pages and API; hubs
//	site/export                         the public pages as files
//	cmd/slugline                        the commands, and the daemon that starts the rest
//
// Only store and its folders import bbolt, only config YAML, only feed gofeed and
// gorilla/feeds, only search bleve.
//
// # Where the usual changes go
//
// A setting of sources: internal/config (keys.go: the table; sources.go: reading it), the
// type in internal/news or internal/poll that carries it, and the package that obeys it.
// The table makes `slugline help feeds.yaml`, the schema and the desk's /help.
//
// An output format: a row in feed.Formats with its writer. Addresses, negotiation, export
// and the hub range over that table.
//
// An alert target: a row in the table of internal/news/targets.go, a sender in
// internal/notify, and its key in internal/config/keys.go.
//
// A page of the desk: a template in internal/newsroom/pages, a method of pages, and a
// line in Desk.routes; what it reads belongs into internal/view.
//
// A field of the query language: internal/topic alone. Search checks what its index does
// not know against the stored story.
package main
