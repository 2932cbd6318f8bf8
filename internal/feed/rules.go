package feed

// mode says what the scanner does with an element.
type mode uint8

const (
	ignored      mode = iota // skip it and its content
	text                     // its content is text
	verbatimText             // its content is text that gofeed must not change, such as an id
	date                     // its content is a date
	tag                      // only its attributes matter
	group                    // it contains other elements
	item                     // it is an item
	channel                  // it contains the items
)

// rule is what to do with an element, and its name in the digest; an empty name
// stands for the key under which the rule is listed.
type rule struct {
	mode mode
	name string
}

// commonRules apply to every XML format. Keys are in lower case, with the short name
// of the namespace.
var commonRules = map[string]rule{
	"dc:creator": {text, ""}, "dc:author": {text, ""}, "dc:date": {date, ""}, "dc:subject": {text, ""},
	"dc:title": {text, ""}, "dc:description": {text, ""}, "dc:language": {text, ""}, "dc:identifier": {verbatimText, ""},
	"dc:rights": {text, ""}, "dcterms:rights": {text, "dc:rights"}, "dcterms:license": {text, ""}, "cc:license": {text, ""},
	"dcterms:issued": {date, ""}, "dcterms:created": {date, ""}, "dcterms:modified": {date, ""}, "dcterms:date": {date, ""},
	"content:encoded": {text, ""},
	"media:group":     {group, ""}, "media:content": {group, ""}, "media:thumbnail": {tag, ""},
	"media:title": {text, ""}, "media:description": {text, ""}, "media:text": {text, ""},
	"media:credit": {text, ""}, "media:copyright": {text, ""}, "media:license": {tag, ""},
	"itunes:author": {text, ""}, "itunes:duration": {text, ""}, "itunes:image": {tag, ""}, "itunes:title": {text, ""},
	"itunes:summary": {text, ""}, "itunes:subtitle": {text, ""},
	"sy:updateperiod": {text, "sy:updatePeriod"}, "sy:updatefrequency": {text, "sy:updateFrequency"},
	"fh:complete": {tag, ""}, "xhtml:body": {text, ""}, "xhtml:div": {text, ""},
	"podcast:alternateenclosure": {ignored, ""},
}

// rssRules apply to RSS and RDF. They include names that some feeds use without a
// prefix, and Atom elements inside RSS.
var rssRules = map[string]rule{
	"channel": {channel, ""}, "item": {item, ""},
	"title": {text, ""}, "description": {text, ""}, "link": {text, ""}, "language": {text, ""},
	"managingeditor": {text, "managingEditor"}, "pubdate": {date, "pubDate"}, "lastbuilddate": {date, "lastBuildDate"},
	"ttl": {text, ""}, "skiphours": {group, "skipHours"}, "hour": {text, ""}, "skipdays": {group, "skipDays"}, "day": {text, ""},
	"category": {text, ""}, "image": {group, ""}, "url": {text, ""}, "author": {text, ""}, "comments": {text, ""},
	"source": {text, ""}, "enclosure": {tag, ""}, "guid": {verbatimText, ""},
	"encoded": {text, "content:encoded"}, "body": {text, "xhtml:body"}, "content": {text, "atom:content"},
	"summary": {text, "atom:summary"}, "id": {verbatimText, "atom:id"}, "date": {date, "dc:date"}, "published": {date, "atom:published"},
	"updated": {date, "atom:updated"}, "modified": {date, "atom:updated"},
	"atom:link": {tag, ""}, "atom:id": {verbatimText, ""}, "atom:published": {date, ""}, "atom:issued": {date, "atom:published"},
	"atom:updated": {date, ""}, "atom:modified": {date, "atom:updated"}, "atom:author": {group, ""}, "atom:name": {text, ""},
	"copyright": {text, "dc:rights"}, "rights": {text, "dc:rights"}, "license": {text, "cc:license"}, "atom:rights": {text, "dc:rights"},
	"atom:title": {text, ""}, "atom:summary": {text, ""}, "atom:content": {text, ""}, "atom:category": {tag, ""},
}

// atomRules apply to Atom 1.0 and 0.3.
var atomRules = map[string]rule{
	"entry": {item, ""}, "title": {text, ""}, "subtitle": {text, ""}, "tagline": {text, ""}, "id": {verbatimText, ""},
	"updated": {date, ""}, "modified": {date, ""}, "published": {date, ""}, "issued": {date, ""}, "created": {date, "dcterms:created"},
	"link": {tag, ""}, "category": {tag, ""}, "author": {group, ""}, "name": {text, ""}, "email": {text, ""},
	"summary": {text, ""}, "content": {text, ""}, "icon": {verbatimText, ""}, "logo": {verbatimText, ""}, "source": {group, ""},
	"rights": {text, ""}, "copyright": {text, "rights"},
}
