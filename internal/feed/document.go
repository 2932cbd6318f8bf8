package feed

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Hints are what is known about a document besides its bytes. Every field may be
// empty.
type Hints struct {
	URL             string // where it was found, after redirects
	ContentType     string // HTTP header, with its charset
	ContentLocation string // HTTP header
	ContentLanguage string // HTTP header

	MaxBytes int64 // how much of the document is read; 0 means 8 MB, and the most is 64 MB

	// Known reports whether the item with this RawHash need not be read again; nil
	// means that none is known. It is called once or twice for each item.
	Known func(rawHash uint64) bool
}

// Document is the content of a feed document.
type Document struct {
	news.Feed
	Format    string // "RSS 2.0", "RSS 1.0", "Atom 1.0", "JSON Feed 1.1", "news sitemap" ...
	Items     []Item // at most 2000, in the document's order: the newest, if it has more
	Cut       string // in plain words, what of the document was left out; empty when nothing was
	Truncated bool   // Items may lack some that will be read later: it ended too early or was too large, or no dates tell which items are the newest
	Base      string // address that relative ones are resolved against; empty when not known
	Author    string // of the items without an author of their own
	Rights    string // notice of rights; may contain markup
	License   string // absolute address of the licence for republishing, or empty

	PlainTitle bool // Title is plain text: nothing in it is markup

	TTL            time.Duration  // how long to wait until the next visit; 0 when not said
	SkipHours      []int          // hours without visits: 0 to 23, UTC
	SkipDays       []time.Weekday // days without visits, UTC
	UpdateInterval time.Duration  // time between two updates (RSS syndication module); 0 when not said
	Updated        time.Time      // when the document says that it was updated, UTC; zero when it does not
	Next           string         // absolute address of the document with older items (RFC 5005)
	Complete       bool           // Items are all items that the source has (RFC 5005 section 2)
	Sitemaps       []Sitemap      // of an index of sitemaps: the newest documents with its items, at most 3; see AddSitemaps
}

// Item is an item of a feed document. Its addresses are absolute if the document or
// its own address says against what to resolve them, and as written otherwise.
type Item struct {
	ID         string // guid, atom:id, rdf:about or JSON id, character for character
	Permalink  bool   // the document says that ID is the item's address
	Title      string // may contain markup or entities, unless PlainTitle says otherwise
	PlainTitle bool   // nothing in Title is markup
	PlainText  bool   // Summary and Content were plain text: nothing in them was markup
	Link       string // address of the item's page
	Comments   string // address of the page with readers' comments
	Author     string // names, joined by ", "
	Summary    string // HTML
	Content    string // HTML
	Base       string // what addresses in Summary and Content are relative to
	Language   string // as written, in the item or around it
	Published  time.Time
	Updated    time.Time
	Categories []string     // at most 50
	Media      []news.Media // enclosures, then media:content, attachments and pictures; at most 20
	RawHash    uint64       // hash of the item's bytes and of their context; 0 when it can't be known again (see the package comment), in JSON Feeds and in sitemaps
	Known      bool         // Hints.Known knew the item: no field but RawHash is set
	Source     string       // title of the feed that the item comes from (RSS source, atom:source)
	SourceURL  string       // address of that feed
	Rights     string       // notice of rights, such as "© 2026 Example"; may contain markup
	License    string       // absolute address of the licence for republishing, or empty
}

// Problem says in plain words why a document can't be read.
type Problem struct {
	Text      string
	IsWebPage bool // it is a web page: FindFeeds may find the feeds that it offers

	stack string // of a panic in gofeed
}

func (p *Problem) Error() string { return p.Text }
