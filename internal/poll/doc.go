// Package poll visits the sources that are due and files what is new.
//
// It promises to visit politely, by the rules below, to have a schedule that survives a
// restart, and to store validators only after Sink.File has returned: what a validator
// vouches for is always stored. What a source does wrong becomes the problem of its visit,
// in plain words. Only what keeps us from filing is an error; visits pause then.
//
// While this machine's clock is in doubt, a few visits ask servers for the time: their answers
// wait for the verdict of package clock, and have no effect if the clock is wrong.
//
// It does not decide which entries are new to the newsroom: it leaves out those that are
// unchanged since the last document of the source and files the rest.
//
// # The rules of politeness
//
// The tests name these rules by their numbers (politeness_table_test.go).
//
//	E1   An ETag goes back in If-None-Match byte for byte, also after a restart (RFC 9110, 13.1.2).
//	E2   A Last-Modified date goes back in If-Modified-Since byte for byte; no date is ever
//	     invented (RFC 9110, 13.1.3).
//	E3   If a server gives both validators, both go back (RFC 9110, 13.2.2).
//	E4   The validators of a 304 answer replace the stored ones (RFC 9110, 15.4.5).
//	E5   New validators or a new build date over the same items are no news.
//	E6   A 304 answer to a request without validators is a problem (RFC 9110, 15.4.5).
//	E7   The validators of a document that fails, is cut off or is too large are not stored
//	     (RFC 9111, 3.3).
//	E8   max-age and Expires are the least time to the next visit, at most a day. They hold until
//	     an answer has others (RFC 9111, 4.2.1, 4.3.4 and 5.3).
//	E9   ttl, skipHours, skipDays (RSS 2.0) and sy:updatePeriod (RSS 1.0 Syndication) delay
//	     visits, and never stop them.
//	E10  Retry-After with 429 or 503, in seconds or as a date, holds for every source of the host,
//	     at most 7 days, also after a restart (RFC 9110, 10.2.3; RFC 6585, 4).
//	E11  After a 410 answer there is one more visit a day later, then none. The entries stay
//	     (RFC 9110, 15.5.11).
//	E12  After 404, 5xx and timeouts the time to the next visit doubles each time, with jitter, up
//	     to a day. A good visit ends that. Manual visits do not wait for it, and do not lengthen
//	     it if they fail (RFC 9110, 15.5.5 and 15.6).
//	E13  301 and 308 are followed. Three visits in a row, or a day, make the new address the one
//	     that is visited (RFC 9110, 15.4.2 and 15.4.9).
//	E14  302, 303 and 307 are followed, and the old address is visited again (RFC 9110, 15.4.3,
//	     15.4.4 and 15.4.8).
//	E15  A loop of redirects, or more than ten, is a problem (RFC 9110, 15.4).
//	E16  The User-Agent says who we are, where to complain and how many subscribers there are. There
//	     is no Referer, cookies end with the visit that got them, and the headers of a source go to
//	     no other host (RFC 9110, 10.1.3, 10.1.5 and 15.4; RFC 6265, 5.4).
//	E17  Accept-Encoding offers gzip, br and zstd; Accept lists the feed types (RFC 9110, 12.5.1 and
//	     12.5.3).
//	E18  One host gets one request at a time (fetch.per_host) and a second's pause after each, also
//	     where redirects lead to it. Connections are reused (RFC 9112, 9.3).
//	E19  A restart makes no burst: due times and validators are stored, and what became due
//	     meanwhile is spread.
//	E20  A quiet source is visited less often, a busy one never more often than fetch.floor.
//	E21  A difference (A-IM: feed, 226 IM Used) is merged: items that it lacks are not gone
//	     (RFC 3229, 10.5.3).
//	E22  A document that shares nothing with the one before is followed into its archive pages, at
//	     most ten (RFC 5005, 3 and 4).
//	E23  401, 403, 451 and bot challenges are reported, and the next visit that nobody asks for is
//	     four hours later or more. There are no tricks (RFC 9110, 15.5.2 and 15.5.4; RFC 7725, 3).
//	E24  A source that answers nothing but 304 for unusually long is asked once a day at most without
//	     validators, because a cache on the way may be stuck.
//	E25  A web page in place of a feed costs at most three further requests in a visit: to the
//	     feeds that it names, or to places where such sites have theirs. None is made once the
//	     address has served a feed.
//	E26  An index of sitemaps costs at most three further requests in a visit, also where E25 found
//	     it: for its newest sitemaps, if they are on the same domain and have changed lately.
//	E27  What fails over HTTP/2 is requested once more over HTTP/1.1, in the same turn. Later visits
//	     to the host begin there (RFC 9113, 7).
//
// # The files
//
//	poll.go       the Poller: its settings and its loop
//	dispatch.go   starts the visits that are due
//	source.go     a source and what is known of it; queue.go orders sources by time
//	hostslots.go  whose turn it is at which host; turn.go is the turn of one visit
//	inflight.go   how many visits are under way
//	schedule.go   when the next visit is due, and why
//	clock.go      waits until this machine's clock is believed, repairs the schedule
//	owners.go     which sources other nodes visit; share.go what nodes tell each other of them
//	otherhost.go  a turn at a host that another node visits
//	network.go    whether this machine has a network; problemlog.go logs problems, one line
//	              for all while it has none
//	save.go       writes what is known of sources to the store
//	pass.go       a pass over all sources; manual.go visits one; hub.go files what hubs push
//	visit.go      one visit, from the request to the batch; result.go applies what it learned
//	webpage.go    a web page in place of a feed: the feed that it names, or may have
//	sitemap.go    the news sitemaps that an index of sitemaps names
//	archive.go    gaps, archive pages and stuck caches
//	document.go   the last document of a source, so that known items need not be read again
//	secret.go     keeps environment values and credentials out of all that is stored
//	batch.go      the record of a visit
//	meters.go     metrics
package poll
