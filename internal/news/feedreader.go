package news

import "time"

// FeedReader is a program that fetches a topic feed for many subscribers and reports their
// number. It is not part of the shared state.
type FeedReader struct {
	Feed  string    `json:"feed"`  // topic and format: "cyber.atom"
	Agent string    `json:"agent"` // its name, without a version
	Count int       `json:"count"` // subscribers
	At    time.Time `json:"at"`    // of the last report
}
