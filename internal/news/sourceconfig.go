package news

import (
	"net/http"
	"time"
)

// SourceConfig is a source as feeds.yaml has it: its part of the rules, and what only visits
// need. The second part may contain values from the environment and credentials, so it is
// never part of a record and never stored.
type SourceConfig struct {
	Source                  // its Address is as written, without environment values and credentials
	URL       string        `json:"-"` // the address to visit; empty means Address
	Header    http.Header   `json:"-"` // sent with each visit
	UserAgent string        `json:"-"` // empty means Slugline's own
	Timeout   time.Duration `json:"-"` // until an answer begins, a third of what a visit may take; 0 means 20s
	MaxBytes  int64         `json:"-"` // of a body; 0 means 8 MB
	Authority string        `json:"-"` // PEM of one more authority; empty means none
	Every     time.Duration `json:"-"` // fixed time between visits; 0 means that the pace decides
	Wire      bool          `json:"-"` // may be visited every minute
	Paused    bool          `json:"-"` // is not visited
}
