package news

import "time"

// Rules is all of feeds.yaml that the fold or an edition depends on, with the
// defaults filled in; never environment values.
type Rules struct {
	Fold    int           `json:"fold"`              // version of the code of the fold; see story.Version
	Lexicon string        `json:"lexicon,omitempty"` // hash of the word lists that the fold uses; see story.Lexicon
	Hash    string        `json:"mark,omitempty"`    // hash of the rules as they were filed
	Site    Site          `json:"site"`
	Keep    time.Duration `json:"keep"`    // entries with their text
	Archive time.Duration `json:"archive"` // stories without it; 0 is for ever
	Sources []Source      `json:"sources"` // in the file's order
	Topics  []Topic       `json:"topics"`  // in the file's order; never empty
	Alerts  []Alert       `json:"alerts,omitempty"`
}

// Site is what the pages say of themselves.
type Site struct {
	Title    string `json:"title"`
	Motto    string `json:"motto,omitempty"`
	URL      string `json:"url"` // absolute, without a final slash
	ID       string `json:"id"`  // authority of the tag URIs; empty: the URL's host when the database was made; desk fills it
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

// Show says how much of an entry we republish.
type Show string

// What a source's show may be. Summary is the default.
const (
	ShowHeadline Show = "headline"
	ShowSummary  Show = "summary"
	ShowFull     Show = "full"
)

// Source is a source as the rules have it.
type Source struct {
	ID       string   `json:"id,omitempty"` // its name at birth; desk gives it, a move or a rename keeps it
	Name     string   `json:"name"`
	Address  string   `json:"address"`
	Title    string   `json:"title,omitempty"` // overrides the feed's own
	Tags     []string `json:"tags,omitempty"`
	Owner    string   `json:"owner,omitempty"` // empty: registrable domain of the feed's site
	Language string   `json:"language,omitempty"`
	Rank     int      `json:"rank,omitempty"`
	Show     Show     `json:"show"`
	Match    string   `json:"match,omitempty"`
	Fold     FoldMode `json:"fold"`            // none or story
	Keyed    bool     `json:"keyed,omitempty"` // has headers or credentials: feeds only topics that ask for a key
}

// FoldMode says what becomes one item of a topic.
type FoldMode string

// What fold may be. Story is the default; link and event are of topics alone.
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
	ToStory     bool          `json:"to_story,omitempty"` // link: story
	Stories     int           `json:"stories"`            // in the feed
	Window      time.Duration `json:"window,omitempty"`   // 0: no limit
	Keyed       bool          `json:"keyed,omitempty"`    // asks for ?key=; the key itself never leaves config
}
