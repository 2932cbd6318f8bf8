package news

import "time"

// FeedReader is a program that fetches a topic feed for many, and for how many it said
// it does. It is no part of the shared state.
type FeedReader struct {
	Feed  string    `json:"feed"`  // topic and format: "cyber.atom"
	Agent string    `json:"agent"` // its name, without a version
	Count int       `json:"count"` // subscribers
	At    time.Time `json:"at"`    // when it said so last
}
