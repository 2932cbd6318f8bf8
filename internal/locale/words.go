package locale

// Words are all that the public reads. {} is where something is put in.
type Words struct {
	Names Names

	// every page
	Skip     string // to the main part
	Topics   string
	TimesIn  string // {} the zone
	AllFeeds string

	// front and topic pages
	Latest      string
	NoStories   string
	FollowTopic string
	Subscribe   string
	EmbedThis   string // on another site
	Pinned      string
	NoneInTopic string
	AndOutlets  Forms // {} an outlet, and {n} others

	// a story's page
	ReadAt       string // {} the outlet
	FirstSeen    string // {} when
	Changed      string // {} when
	OneHasIt     string
	WhoHasIt     string
	WhoTookBack  string
	WithdrawnBy  string // {} the outlet, {} when
	Withdrawn    string
	OlderHeads   string
	Related      string
	MoreRelated  Forms
	Media        string
	Listen       string
	Watch        string
	Play         string
	Pause        string
	Close        string
	Position     string
	OwnWindow    string
	CannotPlay   string
	FollowStory  string
	PlayerTitled string // {} what it plays

	// feeds
	StoryAt string // {} the site
	AndMore Forms  // outlets

	// embeds
	HeadsFrom       string // {} the site
	EmbedTitle      string // {} the topic
	EmbedIntro      string
	EmbedFrame      string
	EmbedTag        string
	EmbedLink       string
	EmbedFrameHow   string
	EmbedTagHow     string
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
	LookHow         string // before the properties
	PolicyHow       string // before the directives
	Code            string
	Copy            string
	Copied          string
	WrongOption     string
	OEmbedFormat    string
	OEmbedWhich     string
	OEmbedSize      string

	// what went wrong
	NotFound     string
	NotFoundWhy  string
	Gone         string
	TopicEnded   string
	TakenDown    string
	PageGone     string
	Forbidden    string
	NeedsKey     string
	BadMethod    string
	BadMethodWhy string
	BadRequest   string
	Fault        string
	FaultWhy     string
	Unavailable  string
	NotSpoken    string // 501
	OpeningWhy   string
	ToFront      string
	Moved        string
	MovedTo      string // {} the address

	// newsletters
	LetterBy         string
	LetterAddress    string
	LetterGet        string
	LetterNote       string
	LetterAsked      string
	LetterWrong      string
	LetterTooMany    string
	LetterConfirm    string
	LetterConfirmAsk string // {} the newsletter, {} the address
	LetterConfirmed  string
	LetterOld        string
	LetterLeave      string
	LetterLeaveAsk   string // {} the newsletter, {} the address
	LetterLeft       string
	LetterNone       string
	MailConfirm      string // {} the newsletter
	MailAsk          string // {} the newsletter
	MailIgnore       string
	MailWhy          string // {} the newsletter
	MailLeave        string
}
