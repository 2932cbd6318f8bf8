package news

import (
	"net/http"
	"time"
)

// SourceConfig is a source as feeds.yaml has it: what the rules say about it, and what
// only a visit needs. The second part may hold environment values and credentials, so it
// is never in a record and never stored.
type SourceConfig struct {
	Source                  // its Address is as written, without environment values and credentials
	URL       string        `json:"-"` // the address to visit; empty means Address
	Header    http.Header   `json:"-"` // sent with each visit
	UserAgent string        `json:"-"` // empty means ours
	Every     time.Duration `json:"-"` // fixed time between visits; 0 means that the pace decides
	Wire      bool          `json:"-"` // may be visited every minute
	Paused    bool          `json:"-"` // is not visited
}
