package locale

// Words are all that the public reads. {} is where something is put in.
type Words struct {
	Names Names

	// every page
	SkipToContent     string // to the main part
	Topics   string
	AllTimes  string // {} the zone
	AllFeeds string

	// front and topic pages
	Latest      string
	NoStories   string
	FollowTopic string
	Subscribe   string
	EmbedThis   string // on another site
	Pinned      string
	NoStoriesInTopic string
	AndOutlets  Forms // {} an outlet, and {n} others

	// a story's page
	ReadAt       string // {} the outlet
	FirstSeen    string // {} when
	Updated      string // {} when
	OneOutlet     string
	Coverage     string
	Withdrawals  string
	WithdrawnBy  string // {} the outlet, {} when
	Withdrawn    string
	HeadlineHistory   string
	Related      string
	MoreRelated  Forms
	Media        string
	Listen       string
	Watch        string
	Play         string
	Pause        string
	Close        string
	Position     string
	PopOut    string
	CannotPlay   string
	FollowStory  string
	PlayerTitled string // {} what it plays

	// feeds
	StoryAt string // {} the site
	AndMore Forms  // outlets

	// embeds
	HeadlinesFrom       string // {} the site
	EmbedTitle      string // {} the topic
	EmbedIntro      string
	EmbedFrame      string
	EmbedElement        string
	EmbedLink       string
	EmbedFrameHow   string
	EmbedElementHow     string
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
	StylingHow         string // before the properties
	PolicyHow       string // before the directives
	Code            string
	Copy            string
	Copied          string
	InvalidOption     string
	OEmbedFormat    string
	OEmbedURL     string
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
	ServerError        string
	ServerErrorWhy     string
	Unavailable  string
	NotImplemented    string // 501
	StartingWhy   string
	FrontPage      string
	Moved        string
	MovedTo      string // {} the address

	// newsletters
	Newsletter         string
	Email    string
	SignUp        string
	SignUpNote       string
	ConfirmationSent      string
	InvalidEmail      string
	TooManySignUps    string
	ConfirmSignUp    string
	ConfirmSignUpAsk string // {} the newsletter, {} the address
	Subscribed  string
	LinkExpired        string
	Unsubscribe      string
	UnsubscribeAsk   string // {} the newsletter, {} the address
	Unsubscribed       string
	NotSubscribed       string
	MailConfirm      string // {} the newsletter
	MailAsk          string // {} the newsletter
	MailIgnore       string
	MailWhy          string // {} the newsletter
	MailUnsubscribe        string
}
