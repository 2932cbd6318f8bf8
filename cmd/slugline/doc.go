// Command slugline is an RSS and Atom aggregator: it visits the source feeds listed in
// feeds.yaml, merges entries that tell the same news into one story, and publishes one
// feed for each topic. README.md says how to run it. This comment is the map of the code.
//
// # The way of an entry
//
//	feeds.yaml -> config
//	poll     visits a source when it is due; pace decides when that is
//	fetch    makes one polite conditional GET: a body, 304, or a problem
//	feed     parses the body into items; skips those whose bytes it has seen before
//	canon    turns an item into an entry with its keys
//	poll     files what is new or changed as a record, a visit, through journal
//	desk     one goroutine applies records, each exactly once: which entries are new or
//	         changed? story decides which story and event an entry joins; topic and
//	         desk/membership decide which topics carry the story; desk/alerting decides
//	         which alerts ring
//	store    one bbolt transaction: sources, entries, stories, events, topics, notices
//	live     tells open pages what changed, after the commit
//	edition  renders /topics/NAME.atom when somebody next asks for it, with a new ETag
//	websub   sends the edition to subscribers; notify sends the alerts and newsletters
//
// Everything else that changes shared state is a record too and goes through journal:
// editors' orders, rules from feeds.yaml, hourly sweeps and notes of sent notices.
//
// # The packages, from the bottom
//
// A package imports only packages of lower floors. TestImportsGoDown checks this, and
// TestMapNamesEveryPackage checks this list.
//
//	1   news              vocabulary: records, entries, stories, ids; no I/O, no clock
//	    tempfile          temporary files whose leftovers a later start removes
//	    weburl            web addresses as browsers read them; pure
//	    loopback          test helper: addresses for servers
//	    bubble            test helper: synctest with the race detector
//	2   words             words of headlines in any script: folding, splitting, stemming
//	    locale            the texts of public pages and feeds, and those of the desk, in eight languages
//	    feed              RSS, Atom, JSON Feed and OPML, read and written; news sitemaps, read
//	    fetch             one polite GET, with limits and forbidden addresses
//	    clock             whether this machine's clock can be believed
//	    retry             waits between attempts to send something
//	    quota             ends work that uses more processor time than it may
//	    origin            a scripted server of source feeds, for the demo and tests
//	    webhook           alerts as JSON, and templates of it; pure
//	    store/pagecheck   checks the pages of a bbolt file before bbolt reads them
//	    search/posting    documents by their terms, in immutable files
//	3   canon             items to entries: keys, canonical links, headlines, safe HTML
//	    pace              when a visit is worthwhile; pure
//	    topic             the query language, and which stories a topic matches
//	    story             which entries are one story, which stories one event; pure
//	    store             the database file: buckets, keys, migrations
//	    storetest         test helper: a database file that breaks
//	    live              fan-out of changes to open pages; never blocks
//	4   journal           the only way to file records
//	    published         topic feeds as readers have them, for a restore
//	    side              keeps the rows that all nodes need the same on all of them
//	    cluster           which of several nodes does what: partitions, roles, sessions
//	    desk/ledger       one transaction's copies of rows
//	    desk/membership   which stories are in which topic; pure
//	    desk/alerting     which alerts ring; pure
//	    desk/embargo      what a text says about when it may be published; pure
//	5   config            feeds.yaml: every error with its line, and the table of all keys
//	    poll              visits sources on schedule and politely
//	    desk              applies records to the store
//	    edition           topic feeds as bytes with validators
//	    search            full-text search over stories
//	    notify            sends alerts and newsletters, with retries
//	    wire              the journal of several nodes: one log, applied by each to its own desk
//	6   view              read models of the store, and the JSON types of the API
//	    trial             what is at an address before it is a source
//	7   reply             HTTP answers: errors, headers, negotiation, compression
//	8   site              public pages, topic feeds and embeds
//	    newsroom          the desk: its pages, API and live stream
//	    websub            WebSub hub for our feeds, subscriber to the hubs of sources
//	    webtest           test helpers of site and newsroom
//	9   site/export       the public site as static files
//	10  cmd/slugline      the commands, and the daemon that starts the rest
//
// Only store imports bbolt, only config YAML, only feed gofeed and gorilla/feeds, only
// wire nats.
//
// # Where the usual changes go
//
// A setting of sources: a row in the table of internal/config/table.go; its reader in the
// map of sourceReader.fields (internal/config/sources.go); a field of news.SourceConfig if
// only visits need it, of news.Source if stories or editions depend on it (it is then part
// of the rules, which are stored); and the package that obeys it. `slugline help
// feeds.yaml`, `slugline schema` and the desk's /help follow the table.
//
// An output format: a writer in internal/feed and a row in feed.Formats. Addresses,
// negotiation, the links on public pages, export and the hub use that table. If editions
// link to the feed or set its address, feed.Channel and internal/edition/compose.go name it.
//
// An alert target: a row in news.TargetKinds, a sender in internal/notify/service.go with
// its name in target.go, and the row of its key in internal/config/table.go. The reader and
// the schema follow news.TargetKinds.
//
// A page of the desk: a template in internal/newsroom/pages, a method of pages, a line in
// Desk.routes, and a link to it in the menu of pages/wire.html. A page that reads the store
// gets its read model from internal/view.
//
// A field of the query language: a row in topic.Fields. Search answers a field that its
// index does not hold by matching each stored story; a row in
// internal/search/mapping.go makes it fast, and needs a new version of the index.
//
// # Bigger than one order
//
// Nodes of a cluster share visits, not the fold: each applies every record and keeps every
// row. What a node pays therefore grows with all sources. On paper, with 15 new entries a
// source and day, five times as many in the busiest minutes, a record of 2.5 KB for each
// entry, 5 days for which a headline can still get company, keep: 30d, and these costs, of
// which MEASURED.md has the commands: 0.5 to 1.3 ms of processor time for a record, 250 bytes
// of memory for a live headline, 2.7 KB of the file for an entry, 4.3 s of a start for a
// million live headlines, 3.5 s of a digest for a GB (0.34 s for 97 MB):
//
//	                                        10,000 sources   100,000   1,000,000
//	entries a second, mean and peak         1.7, 8.7         17, 87    174, 870
//	of one core, at the peak                0.4 to 1.1 %     4 to 11 % 43 to 113 %
//	memory of live headlines                0.2 GB           1.9 GB    19 GB
//	start                                   3 s              32 s      5 min
//	database                                12 GB            120 GB    1.2 TB
//	its copy to a new node, 110 MB/s        2 min            18 min    3 h
//	the log, 7 days                         2.6 GB           26 GB     260 GB
//	the daily digest                        42 s             7 min     70 min
//	visits a second of each of three nodes,
//	at 96 a source and day                  4                37        370
//
// The log is not the limit, nor are visits, at 0.1 to 0.4 ms each where little is new. One
// goroutine that applies all records is, at 900,000 sources or more; long before that a start
// and a copy are. A digest is made of a snapshot, and records are applied meanwhile until the
// file has grown by 256 MB; so it holds none up at 10,000 sources, and for some of its 7 minutes
// at 100,000. (feeds.yaml is bounded at 1 MB, some 10,000 sources, which comes first and is easy
// to change.) Up to 100,000 sources one order is right. Towards 1,000,000 the sources must be
// divided.
//
// A shard would be a group of sources with a log, a fold and a database file of its own: all
// that a cluster is now, beside others. The same machines may run several. A source is in one
// shard, by a key `shard` in feeds.yaml or by its language; all sources of a registrable
// domain are in the same one, because turns of a host are given within a shard. Good groups
// are languages, since stories are folded within one, and subjects that share few stories.
//
// A topic whose sources are in several shards is merged when somebody asks for it: each shard
// composes its newest stories as it does now, and the merge takes them by place, ties by the
// name of the shard, and leaves out those whose page another shard has (equal Keys.Page). Its
// ETag is made of those of the shards. The monitor, search and the archive ask all shards and
// merge; a position in the live stream is one number for each. Nothing below edition, view and
// search knows of shards: a desk applies the log that it is given. Orders, tokens and rules
// are filed in each shard that they are about. 1,000,000 sources are ten shards of 100,000,
// each with the costs of the middle column: with three copies, thirty processes, on ten
// machines of 16 GB, say.
//
// What they would give up:
//
//   - Promise 1 is weaker. A story whose reports are in two shards is two items, unless they
//     are of one page. Events are not grouped across shards either, outlets are counted within
//     one, and breaking news that half the shards have is noticed later or not at all.
//   - Promise 4 holds for each shard, and for a merged topic only once nodes have applied the
//     same of all of them. Two nodes may be ahead of each other in different shards, so a
//     reader who goes from one to the other may see a story go and come back.
//   - An editor can't merge two stories of different shards, and a decision about a source's
//     language can't be changed for free: in another shard its entries get other ids, so what
//     was published stays where it was, and the source begins there as a new one.
//   - What a shard knows of common words and templates it learns from its own sources alone.
//   - A shard without most of its voters takes nothing in while the others go on, and a topic
//     must say that a part of it is old.
//
// None of this is built.
package main
