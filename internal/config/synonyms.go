package config

import (
	"slices"
	"strings"
)

// synonym lists words that other programs use, or that people try, in the place of one of
// our keys.
type synonym struct {
	section string
	words   string // in lower case, without the characters - _ and space
	key     string // the path of the key that is meant
	text    string // what to say where a key is not the whole answer
}

const (
	matchInstead = "; to drop entries, write what they contain with a minus in `match: '-word'`"
	byQuery      = "; use the query for that, as in `match: 'tag:world lang:en'`"
	directly     = "; visits never go through a proxy"
	credentials  = "; send it with `headers: {Authorization: ...}`, or write user and password into the address: https://USER:PASSWORD@HOST/"
	noTLS        = "; Slugline serves plain HTTP: put a web server with TLS in front of it"
	byFlag       = "; it is a flag: `slugline --log-level debug`"
	deskKeys     = "; `slugline token NAME` makes keys for the desk, and `desk_auth: always` asks everybody for one"
	signUp       = "; readers sign up for it on the topic's page, see `slugline recipients`"
	outletCount  = "; use the query for that, as in `match: 'outlets:>3'`"
	ownAuthority = "; for a certificate that is not public, name the authority that signed it in `ca`"
	atOnce       = "; topics are published as stories arrive; how often a source is visited is said by its `every`"
	leaveOut     = "; to leave out sources use `not`, to leave out stories write what they contain with a minus in `match: '-word'`"
	howMany      = "; `stories` is how many stories the feed has, `max_per_source` how many of them one source may have"
	asSent       = "; Slugline republishes what is in the feed, up to `show: full`"
)

var synonyms = []synonym{
	// The top level.
	{words: "feed feeds source subscription subscriptions url urls link links input inputs channel channels opml outlines outlet outlets", key: "sources"},
	{words: "category categories folder folders group groups output outputs list lists tag tags collection collections rule rules section sections", key: "topics"},
	{words: "notification notifications notify webhook webhooks push trigger triggers", key: "alerts"},
	{words: "destination destinations cms exports sendto", key: "targets"},
	{words: "digest digests emails", key: "newsletters"},
	{words: "port bind host address http server serve interface web public", key: "listen"},
	{words: "admin newsroom dashboard backend monitor editor", key: "desk"},
	{words: "db dbpath dbfile sqlite storage store data datadir datafile file path bolt bbolt", key: "database"},
	{words: "retention history expire expiry expiration purge cleanup days maxage age ttl", key: "keep"},
	{words: "proxy proxies trustedproxy realip forwarded", text: "; for a proxy in front of Slugline use trusted_proxies. Visits never go through one"},
	{words: "frontpage home homepage index lead start startpage top", key: "front"},
	{words: "iframe widget widgets cors frame", key: "embeds"},
	{words: "backups backupdir copies", key: "backup"},
	{words: "nodes replicas replication raft ha", key: "cluster"},
	{section: "cluster", words: "nodes members voters servers routes seeds", key: "cluster.peers"},
	{section: "cluster", words: "id nodename hostname", key: "cluster.node"},
	{section: "cluster", words: "bind address addr", key: "cluster.listen"},
	{section: "cluster", words: "path storedir datadir data", key: "cluster.dir"},
	{section: "cluster", words: "retention maxage", key: "cluster.keep"},
	{words: "smtp mailer smtpserver", key: "mail.smtp"},
	{words: "sender", key: "mail.from"},
	{words: "sitetitle sitename label", key: "site.title"},
	{words: "baseurl siteurl publicurl domain hostname root", key: "site.url"},
	{words: "lang locale", key: "site.language"},
	{words: "timezone tz", key: "site.zone"},
	{words: "css stylesheet theme", key: "site.style"},
	{words: "logo favicon", key: "site.icon"},
	{words: "tagline subtitle slogan", key: "site.motto"},
	{words: "interval refresh refreshinterval updateinterval pollinterval update poll polling period frequency schedule cron every", text: "; the pace is chosen by what sources publish. `every` in a source fixes it, and `floor` in fetch is the least for all"},
	{words: "workers concurrency threads parallel maxconnections connections", key: "fetch.per_host"},
	{words: "useragent ua agent", key: "sources[].user_agent"},
	{words: "whitelist allowlist allowprivate private networks", key: "fetch.allow"},
	{words: "pubsubhubbub pubsub hub hubs callback callbacks", key: "websub"},
	{words: "auth authentication authorization login password passwords user users token tokens apikey", text: deskKeys},
	{words: "loglevel log logging logs verbose debug logformat", text: byFlag},
	{words: "tls ssl cert certificate https certfile keyfile letsencrypt acme", text: noTLS},
	{words: "mute mutes muted exclude excludes block blocks ignore ignores blacklist blocklist hide filterout stopwords killfile", key: "not"},
	{words: "embargo embargoes hold holds", key: "topics[].hold"},
	{words: "filter filters", key: "topics[].match"},

	// site
	{section: "site", words: "name label headline heading sitename", key: "site.title"},
	{section: "site", words: "lang locale", key: "site.language"},
	{section: "site", words: "tz timezone", key: "site.zone"},
	{section: "site", words: "address link href baseurl publicurl siteurl domain host hostname root", key: "site.url"},
	{section: "site", words: "logo favicon image picture", key: "site.icon"},
	{section: "site", words: "css stylesheet styles theme", key: "site.style"},
	{section: "site", words: "tagline subtitle description slogan claim about", key: "site.motto"},
	{section: "site", words: "footer menu nav navigation imprint", key: "site.links"},
	{section: "site", words: "guid uuid", key: "site.id"},
	{section: "site.links[]", words: "href link address", key: "site.links[].url"},
	{section: "site.links[]", words: "name text label caption", key: "site.links[].title"},

	// backup
	{section: "backup", words: "dir directory path folder file target destination dest location", key: "backup.to"},
	{section: "backup", words: "interval frequency schedule period refresh cron", key: "backup.every"},
	{section: "backup", words: "retention history count max copies number rotate generations", key: "backup.keep"},

	// fetch
	{section: "fetch", words: "interval refresh mininterval minimum min every ttl poll polling period delay update frequency pause wait", key: "fetch.floor"},
	{section: "fetch", words: "email mail owner from operator webmaster", key: "fetch.contact"},
	{section: "fetch", words: "visits maxvisits requests quota rate ratelimit perday daily", key: "fetch.budget"},
	{section: "fetch", words: "concurrency workers threads parallel maxconnections connections perdomain", key: "fetch.per_host"},
	{section: "fetch", words: "private whitelist allowlist allowprivate networks trusted permit", key: "fetch.allow"},
	{section: "fetch", words: "useragent ua agent", key: "sources[].user_agent"},
	{section: "fetch", words: "proxy httpproxy httpsproxy socks socks5", text: directly},

	// websub
	{section: "websub", words: "private whitelist allowlist allowprivate networks trusted permit hubs callbacks", key: "websub.allow"},

	// sources[]
	{section: "sources[]", words: "url link href feedurl xmlurl uri address src source rss atom rssurl site siteurl htmlurl website", key: "sources[].feed"},
	{section: "sources[]", words: "urls links addresses feedurls", key: "sources[].feeds"},
	{section: "sources[]", words: "id slug alias shortname short", key: "sources[].name"},
	{section: "sources[]", words: "label displayname caption heading description", key: "sources[].title"},
	{section: "sources[]", words: "tag category categories folder folders group groups labels topic topics section collection", key: "sources[].tags"},
	{section: "sources[]", words: "publisher outlet brand company house network", key: "sources[].owner"},
	{section: "sources[]", words: "lang locale languages", key: "sources[].language"},
	{section: "sources[]", words: "weight priority prio score order importance trust", key: "sources[].rank"},
	{section: "sources[]", words: "text content fulltext body excerpt summary republish", key: "sources[].show"},
	{section: "sources[]", words: "scrape scraper crawl crawler readability selector xpath fetchfull", text: asSent},
	{section: "sources[]", words: "filter filters include includes query search keep keeprules keeplist keeplistrules where only whitelist accept keyword keywords words contains regex", key: "sources[].match"},
	{section: "sources[]", words: "mute exclude excludes not block blocks blockrules blocklist blocklistrules blacklist ignore ignores hide drop skip without remove reject deny except stopwords killfile", text: matchInstead},
	{section: "sources[]", words: "dedup dedupe deduplicate duplicates merge unique cluster", key: "sources[].fold"},
	{section: "sources[]", words: "refresh interval update updates ttl poll polling period frequency freq schedule cron minutes refreshinterval refreshrate updateinterval updatefrequency pollinterval checkinterval fetchinterval check delay pace rate", key: "sources[].every"},
	{section: "sources[]", words: "agency fast live realtime urgent", key: "sources[].wire"},
	{section: "sources[]", words: "disabled disable enabled enable active inactive off stop stopped pause suspended", key: "sources[].paused"},
	{section: "sources[]", words: "ua agent browser", key: "sources[].user_agent"},
	{section: "sources[]", words: "header httpheaders requestheaders cookie cookies", key: "sources[].headers"},
	{section: "sources[]", words: "paywalled subscription subscribersonly premium metered closed", key: "sources[].paywall"},
	{section: "sources[]", words: "free open", text: "; mark what is not free with `paywall: true`"},
	{section: "sources[]", words: "auth authentication authorization token bearer apikey key password passwd pass username user login credentials basicauth httpauth secret", text: credentials},
	{section: "sources[]", words: "proxy httpproxy proxyurl viaproxy fetchviaproxy usefetchproxy socks socks5 tor", text: directly},
	{section: "sources[]", words: "retention history expire expiry purge keepdays archive maxage age days cleanup", key: "keep"},
	{section: "sources[]", words: "size max maxsize maxbytes sizelimit bodylimit maxbody", key: "sources[].limit"},
	{section: "sources[]", words: "connecttimeout readtimeout requesttimeout deadline patience maxtime", key: "sources[].timeout"},
	{section: "sources[]", words: "insecure verify verifyssl verifytls sslverify skipverify insecureskipverify ignoressl ignoretls allowselfsigned selfsigned selfsignedcertificates allowselfsignedcertificates cert certificate cafile cacert cabundle tls ssl", text: ownAuthority},

	// topics[]
	{section: "topics[]", words: "id slug path", key: "topics[].name"},
	{section: "topics[]", words: "label displayname caption text heading headline", key: "topics[].title"},
	{section: "topics[]", words: "summary subtitle about info motto comment", key: "topics[].description"},
	{section: "topics[]", words: "source sources feed feeds tag tags category categories folder folders group groups inputs in of urls url", key: "topics[].from"},
	{section: "topics[]", words: "filter filters include includes query queries search keyword keywords word words terms q contains rule rules where only whitelist matches regex", key: "topics[].match"},
	{section: "topics[]", words: "excludesources excludetags ignoresources", key: "topics[].not"},
	{section: "topics[]", words: "persource maxfromsource sourcelimit maxperfeed perfeed maxperoutlet balance diversity", key: "topics[].max_per_source"},
	{section: "topics[]", words: "embargo embargoes embargoed sperrfrist wait delay review moderate moderation", key: "topics[].hold"},
	{section: "topics[]", words: "sort sorting sortby orderby sorted", key: "topics[].order"},
	{section: "topics[]", words: "preference preferfree paywall free open", key: "topics[].prefer"},
	{section: "topics[]", words: "exclude excludes without except skip mute mutes block blocks blacklist blocklist ignore ignores hide drop remove reject deny stopwords", text: leaveOut},
	{section: "topics[]", words: "language lang locale author country", text: byQuery},
	{section: "topics[]", words: "minoutlets outlets minsources threshold votes score", text: outletCount},
	{section: "topics[]", words: "dedup dedupe deduplicate duplicates merge unique cluster", key: "topics[].fold"},
	{section: "topics[]", words: "limit limits count max maximum number", text: howMany},
	{section: "topics[]", words: "size items entries maxitems maxentries maxstories length", key: "topics[].stories"},
	{section: "topics[]", words: "maxage age since days hours recent newer retention history", key: "topics[].window"},
	{section: "topics[]", words: "password passwd pass secret token auth private apikey", key: "topics[].key"},
	{section: "topics[]", words: "alias aliases old oldname formerly former previous renamedfrom redirectfrom", key: "topics[].was"},
	{section: "topics[]", words: "linkto target", key: "topics[].link"},
	{section: "topics[]", words: "refresh interval update ttl poll period frequency schedule", text: atOnce},
	{section: "topics[]", words: "newsletter digest mail email", key: "newsletters"},
	{section: "topics[]", words: "alert notify notification webhook push", key: "alerts"},

	// alerts[]
	{section: "alerts[]", words: "id title label", key: "alerts[].name"},
	{section: "alerts[]", words: "filter include query queries search keyword keywords word words terms q contains where", key: "alerts[].match"},
	{section: "alerts[]", words: "mute exclude not block ignore hide without except skip", text: matchInstead},
	{section: "alerts[]", words: "topic topics from source sources tag tags feed feeds category language lang", text: byQuery},
	{section: "alerts[]", words: "threshold min outlets minoutlets count minimum", text: outletCount},
	{section: "alerts[]", words: "trigger on event type kind if condition", key: "alerts[].when"},
	{section: "alerts[]", words: "target targets send sendto notify channel channels recipient recipients via destination", key: "alerts[].to"},
	{section: "alerts[]", words: "url hook post endpoint", key: "alerts[].to[].webhook"},
	{section: "alerts[]", words: "email", key: "alerts[].to[].mail"},
	{section: "alerts[]", words: "silent silence dnd donotdisturb quiethours sleep night nights", key: "alerts[].quiet"},
	{section: "alerts[].to[]", words: "url hook http https post endpoint callback", key: "alerts[].to[].webhook"},
	{section: "alerts[].to[]", words: "email address mailto recipient", key: "alerts[].to[].mail"},
	{section: "alerts[].to[]", words: "rocketchat", key: "alerts[].to[].slack"},
	{section: "alerts[].to[]", words: "signature signingkey signingsecret hmac", key: "alerts[].to[].secret"},
	{section: "alerts[].to[]", words: "key password apikey bearer accesstoken bottoken apptoken auth authorization", key: "alerts[].to[].token"},
	{section: "alerts[].to[]", words: "level urgency prio loudness importance", key: "alerts[].to[].priority"},
	{section: "alerts[].to[]", words: "body payload format json content", key: "alerts[].to[].template"},
	{section: "alerts[].to[]", words: "msteams workflow workflows", key: "alerts[].to[].teams"},
	{section: "alerts[].to[]", words: "homeserver", key: "alerts[].to[].matrix"},
	{section: "alerts[].to[]", words: "roomid", key: "alerts[].to[].room"},
	{section: "alerts[].to[]", words: "signal whatsapp threema zulip googlechat", text: "; send to a `webhook` with a `template` that makes the JSON of the service"},

	// mail
	{section: "mail", words: "host server url address relay hostname smtpserver smtphost", key: "mail.smtp"},
	{section: "mail", words: "user username login password passwd pass port auth tls ssl starttls", text: "; it is part of the server's address: `smtp: 'smtp://USER:PASSWORD@HOST:587'`"},
	{section: "mail", words: "sender fromaddress email replyto", key: "mail.from"},

	// newsletters[]
	{section: "newsletters[]", words: "time hour when sendat schedule cron hours every", key: "newsletters[].at"},
	{section: "newsletters[]", words: "day weekday weekdays on", key: "newsletters[].days"},
	{section: "newsletters[]", words: "feed from source list category match query topics", key: "newsletters[].topic"},
	{section: "newsletters[]", words: "id title label", key: "newsletters[].name"},
	{section: "newsletters[]", words: "to recipient recipients subscribers email emails readers", text: signUp},

	// embeds
	{section: "embeds", words: "origin origins allow domain domains host hosts url urls frameancestors cors", key: "embeds.sites"},
}

// synonymOf returns the synonyms of a section that a word is among, or nil.
func synonymOf(word, section string) *synonym {
	if section == "targets[]" { // its keys are mostly those of a target of an alert
		s := synonymOf(word, "alerts[].to[]")
		if s != nil && s.key != "" {
			return &synonym{key: strings.Replace(s.key, "alerts[].to[]", section, 1)}
		}
		return s
	}
	i := slices.IndexFunc(synonyms, func(s synonym) bool {
		return s.section == section && slices.Contains(strings.Fields(s.words), word)
	})
	if i < 0 {
		return nil
	}
	return &synonyms[i]
}
