package feed

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Hints are what is known of a document besides its bytes. All may be empty.
type Hints struct {
	URL             string // where it was found, after redirects
	ContentType     string // HTTP header, with its charset
	ContentLocation string // HTTP header
	ContentLanguage string // HTTP header

	Known func(raw uint64) bool // items that need not be read again, by Item.Raw; nil: none
}

// Document is a feed document as it was read.
type Document struct {
	news.Feed
	Format    string // "RSS 2.0", "RSS 1.0", "Atom 1.0", "JSON Feed 1.1" ...
	Items     []Item // in the document's order
	Truncated bool   // it ended too early or held too much: only the items before that are here
	Base      string // address that relative ones are resolved against; empty when not known
	Author    string // who stands for items without an author

	TTL            time.Duration  // how long it asks to be left alone; 0 when it does not
	SkipHours      []int          // 0 to 23, UTC
	SkipDays       []time.Weekday // UTC
	UpdateInterval time.Duration  // of one sy: update; 0 when not said
	Updated        time.Time      // as the document says of itself, UTC; zero when it does not
	Next           string         // RFC 5005: the document with older items, absolute
	Complete       bool           // RFC 5005: these are all items there are
}

// Item is what a feed document holds. Addresses are absolute where the document
// or its own address says how, else as written.
type Item struct {
	ID         string // guid, atom:id, rdf:about or JSON id, character for character
	Permalink  bool   // the document says that ID is the item's address
	Title      string // may hold markup or entities
	Link       string // of the item's page
	Comments   string // address of the page with readers' comments
	Author     string // names joined by ", "
	Summary    string // HTML
	Content    string // HTML
	Base       string // what addresses in Summary and Content are relative to
	Language   string // as written, in the item itself or around it
	Published  time.Time
	Updated    time.Time
	Categories []string
	Media      []news.Media // enclosures, then media:content, attachments and pictures
	RawHash    uint64       // hash of the item's bytes in an XML document, and of what around them bears on how they are read; 0: not to be known again
	Known      bool         // Hints.Known knew it: nothing but Raw is set
	Source     string       // title of the feed that it was taken from (RSS source, atom:source)
	SourceURL  string
}

// Problem is why a document can't be read, in plain words.
type Problem struct {
	Text      string
	IsWebPage bool // it is a web page: Links may find the feeds that it offers

	stack string // of a panic in the parser
}

func (p *Problem) Error() string { return p.Text }

// FoundFeed is a feed that a web page offers.
type FoundFeed struct {
	URL   string
	Title string
	Type  string // media type as the page says
}
