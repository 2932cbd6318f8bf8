package news

import (
	"reflect"
	"slices"
	"time"
)

// Rules is everything in feeds.yaml that stories or editions depend on, with defaults
// filled in. Secrets are not part of it: keys, headers and the addresses of alert targets
// stay in config, and a source's Address keeps its ${NAME}. In other texts the values
// stand that ${NAME} names in feeds.yaml.
type Rules struct {
	Fold    int           `json:"fold"`              // version of the code that merges stories; see story.Version
	Lexicon string        `json:"lexicon,omitempty"` // hash of the word lists that merging uses; see story.Lexicon
	Hash    string        `json:"mark,omitempty"`    // hash of the rules as they were filed
	After   string        `json:"after,omitempty"`   // Hash of the rules in force for which they were meant, or NoRules: refused when others are in force; empty: whatever is. Not part of Hash, and not stored
	Site    Site          `json:"site"`
	Keep    time.Duration `json:"keep"`    // how long entries are stored with their text
	Archive time.Duration `json:"archive"` // how long stories are stored without it; 0: forever
	Sources []Source      `json:"sources"` // in the order of feeds.yaml
	Topics  []Topic       `json:"topics"`  // in the order of feeds.yaml; never empty
	Alerts  []Alert       `json:"alerts,omitempty"`
	Targets []NamedTarget `json:"targets,omitempty"` // where editors can send a story by hand
	Not     []string      `json:"not,omitempty"`     // queries: no topic carries an entry that matches one of them
	Front   Front         `json:"front,omitempty"`   // what the front page shows; empty: FrontEvents
}

// NoRules is the value of Rules.After when there are no rules yet.
const NoRules = "none"

// Front says what the front page of the site shows.
type Front string

// The values of front. FrontEvents is the default.
const (
	FrontEvents Front = "events" // the events of most weight, then the latest stories of each topic
	FrontLatest Front = "latest" // the latest stories of all topics
)

// Site describes the public site.
type Site struct {
	Title    string `json:"title"`
	Motto    string `json:"motto,omitempty"`
	URL      string `json:"url"` // absolute, without a final slash
	ID       string `json:"id"`  // authority of the tag URIs; if empty, desk sets the URL's host when the database is created
	Language string `json:"language"`
	Zone     string `json:"zone"` // IANA name
	Icon     string `json:"icon,omitempty"`
	Style    string `json:"style,omitempty"`
	Links    []Link `json:"links,omitempty"`
}

// Link is a titled address.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Show says how much of an entry's text is published.
type Show string

// The values of a source's show. ShowSummary is the default.
const (
	ShowHeadline Show = "headline"
	ShowSummary  Show = "summary"
	ShowFull     Show = "full"
)

// Source is a source in the rules.
type Source struct {
	ID       string   `json:"id,omitempty"` // its first name; set by desk, and unchanged when the source moves or is renamed
	Name     string   `json:"name"`
	Address  string   `json:"address"`
	Title    string   `json:"title,omitempty"` // instead of the feed's title
	Tags     []string `json:"tags,omitempty"`
	Owner    string   `json:"owner,omitempty"` // empty: the registrable domain of the feed's site
	Language string   `json:"language,omitempty"`
	Rank     int      `json:"rank,omitempty"`
	Show     Show     `json:"show"`
	Match    string   `json:"match,omitempty"`
	Paywall  bool     `json:"paywall,omitempty"` // its pages are not open to everybody; see Topic.PreferFree
	Fold     FoldMode `json:"fold"`              // FoldNone or FoldStory
	Keyed    bool     `json:"keyed,omitempty"`   // visited with headers or credentials: only topics with a key may carry it
}

// Equal reports whether two sources have the same rule, whatever their ids.
func (s *Source) Equal(other *Source) bool {
	a, b := *s, *other
	a.ID, b.ID, a.Tags, b.Tags = "", "", nil, nil
	return reflect.DeepEqual(&a, &b) && slices.Equal(s.Tags, other.Tags)
}

// FoldMode says which entries become one item of a topic feed.
type FoldMode string

// The values of fold. FoldStory is the default; FoldLink and FoldEvent are for topics only.
const (
	FoldNone  FoldMode = "none"
	FoldLink  FoldMode = "link"
	FoldStory FoldMode = "story"
	FoldEvent FoldMode = "event"
)

// Topic is a rule that says which stories a topic feed carries.
type Topic struct {
	Name        string        `json:"name"`
	Was         []string      `json:"was,omitempty"`
	Title       string        `json:"title"`
	Description string        `json:"description,omitempty"`
	From        []string      `json:"from,omitempty"` // tags or source names; empty: all
	Not         []string      `json:"not,omitempty"`
	Match       []string      `json:"match,omitempty"` // any of them; empty: all
	Fold        FoldMode      `json:"fold"`
	ToStory     bool          `json:"to_story,omitempty"` // items link to the story's page, not to the outlet's
	Stories     int           `json:"stories"`            // how many the feed has
	Window      time.Duration `json:"window,omitempty"`   // how old the feed's stories may be; 0: no limit
	Keyed       bool          `json:"keyed,omitempty"`    // its feed needs ?key=; the key itself is never stored

	MaxPerSource int       `json:"max_per_source,omitempty"` // how many stories of one source the feed has; 0: no limit
	PageOrder    PageOrder `json:"order,omitempty"`          // of its page; empty: NewestFirst
	PreferFree   bool      `json:"prefer_free,omitempty"`    // a copy that is open to everybody leads over one behind a paywall
	Hold         []string  `json:"hold,omitempty"`           // queries: an entry that matches one of them waits for an editor
}

// PageOrder says how a topic's page is sorted. Its feeds are newest first.
type PageOrder string

// The values of a topic's order. ByRank and ByOutlets sort the stories of each day.
const (
	NewestFirst PageOrder = "newest"
	ByRank      PageOrder = "rank"
	ByOutlets   PageOrder = "outlets"
)
