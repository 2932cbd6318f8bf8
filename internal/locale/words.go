package locale

// Words are the texts of the public pages, feeds, embeds and newsletters. A {} is a
// placeholder that Put fills; what goes there stands beside the field.
//
// WithdrawnBy, Withdrawn, TakenDown, SubscribersOnly, StoryAt, License, PictureBy, AndMore
// and Names are part of the published feeds: a change
// to them changes the bytes of every topic feed in that language.
type Words struct {
	Names Names

	// all pages
	SkipToContent string
	Topics        string
	AllTimes      string // {} the zone, as Zone writes it
	AllFeeds      string

	// front page and topic pages
	Latest           string
	NoStories        string
	FollowTopic      string
	Subscribe        string // before the feed formats
	EmbedThis        string // link to the page about embedding
	Pinned           string
	NoStoriesInTopic string
	TopicUnreadable  string // {} its title; on the front page, when the database is damaged
	AndOutlets       Forms  // {} an outlet, and {n} other outlets

	// story pages
	ReadAt          string // {} the outlet
	FirstSeen       string // {} date and time
	Updated         string // {} date and time of the last change to headline or summary
	AlsoIn          string // before links to the same happening in other languages
	OneOutlet       string // heading of Coverage where there is a single outlet
	Coverage        string // heading of the outlets that have the story
	WithdrawnBy     string // {} the outlet, {} date and time
	Corrected       string // {} the outlet, {} the headline with which it corrected its own
	SubscribersOnly string // mark of an outlet whose pages are behind a paywall
	Withdrawn       string // headline of a story that all its outlets withdrew
	SameEvent       string // heading of the other stories of the event
	More            Forms  // what a list leaves out
	Similar         string // heading of stories of other events on the subject
	Listen          string
	Watch           string
	Play            string
	Pause           string
	Close           string
	Position        string // label of the seek bar
	PopOut          string // opens the player in a window of its own
	CannotPlay      string
	FollowStory     string // link to the story's feed
	PlayerTitled    string // {} title of the recording

	// feeds
	StoryAt   string // {} the site
	License   string // {} the licence for republishing
	PictureBy string // {} a photographer, an agency or an outlet
	AndMore   Forms  // outlets

	// embeds, and the page that describes them
	HeadlinesFrom   string // {} the site
	EmbedTitle      string // {} the topic
	EmbedIntro      string
	EmbedFrame      string
	EmbedElement    string
	EmbedLink       string
	EmbedFrameHow   string
	EmbedFrameStyle string // before a line of CSS
	EmbedElementHow string
	EmbedLinkHow    string
	ForGhost        string
	ForWordPress    string
	ForStatic       string
	ForGhostHow     string
	ForWordPressHow string
	ForStaticHow    string
	Options         string
	OptLimit        string
	OptTheme        string
	OptDir          string
	StylingHow      string // before the list of CSS properties
	PolicyHow       string // before the list of Content-Security-Policy directives
	Code            string
	Copy            string
	Copied          string
	InvalidOption   string
	OEmbedFormat    string
	OEmbedURL       string
	OEmbedSize      string

	// error pages
	NotFound       string
	NotFoundWhy    string
	Gone           string
	TopicEnded     string
	TakenDown      string
	PageGone       string // a page of a topic's archive
	Forbidden      string
	NeedsKey       string
	BadMethod      string
	BadMethodWhy   string
	BadRequest     string
	TooLong        string
	TooLongWhy     string
	TooMany        string
	TooManyKeys    string
	ServerError    string
	ServerErrorWhy string
	Unavailable    string
	NotImplemented string
	StartingWhy    string
	FrontPage      string // link
	Moved          string
	MovedTo        string // {} the address

	// newsletters: forms and pages
	Newsletter       string
	Email            string
	SignUp           string // button
	SignUpNote       string
	ConfirmationSent string
	InvalidEmail     string
	TooManySignUps   string
	ConfirmSignUp    string // button
	ConfirmSignUpAsk string // {} the newsletter, {} the address
	Subscribed       string
	LinkExpired      string
	Unsubscribe      string // button
	UnsubscribeAsk   string // {} the newsletter, {} the address
	Unsubscribed     string
	NotSubscribed    string

	// newsletters: emails
	MailConfirm     string // {} the newsletter; subject of the confirmation email
	MailAsk         string // {} the newsletter
	MailIgnore      string
	MailWhy         string // {} the newsletter
	MailUnsubscribe string // before the address of the page

	// archives: days and months of a topic, outlets
	Archive          string // name of the links to days and months
	Earlier          string // {} a day or a month
	Later            string // {} a day or a month
	OlderStories     string // {} a day
	WholeMonth       string // {} a month
	NoStoriesOnDay   string
	NoStoriesInMonth string
	PageOf           string // {} a number, {} how many
	NextPage         string
	PreviousPage     string
	OutletSite       string // link to the outlet
	OutletLanguage   string // {} the language
	SameOwner        string // heading of other sources of the outlet
	OutletRemoved    string
	SearchOutlet     string // link to the search; {} the outlet
	Outlets          string // heading of the list of outlets, and link to it
	Stories          Forms  // {n} how many
	MoreStories      Forms  // {n} more than how many
	LatestStory      string // {} a day

	// search
	Search          string
	SearchSite      string // {} the site
	SearchFor       string // label of the query
	SearchHelp      string
	SearchTopic     string // label
	SearchIn        string // label of the outlet
	SearchLanguage  string // label
	SearchFrom      string // label of the first day
	SearchTo        string // label of the last day
	AllTopics       string
	AllLanguages    string
	SearchResults   string // heading
	NoMatches       string
	OlderResults    string // link
	SearchWrong     string // before the query, with the place marked
	SearchBadDay    string
	SearchTooCostly string
	SearchCut       string // before the link to older results
	SearchUnready   string
	SearchBuilding  string
	TooManySearches string

	// front page with events; the switch of colours
	TopStories string // heading
	AlsoAt     string // before names of other outlets
	Theme      string // label of the switch
	ThemeAuto  string // as the device has it
	ThemeLight string
	ThemeDark  string

	// story pages: sharing, what changed
	Share        string // before the links
	ShareByEmail string // link
	CopyLink     string // button
	LinkCopied   string
	WhatChanged  string // heading
	HeadlineWas  string // {} an outlet, {} its earlier headline
	Withdrew     string // {} an outlet that withdrew its report

	// embeds of events
	OutletList    Forms  // {n} how many outlets, two at least; {} their names
	NameSeparator string // between the names of outlets
	OptEvents     string
}
