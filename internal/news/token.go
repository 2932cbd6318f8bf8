package news

import "time"

// Token is a named key to the desk. The key itself is kept nowhere. It is no part of
// the shared state.
type Token struct {
	Name string    `json:"name"`
	Hash string    `json:"hash"` // of the key: SHA-256, hexadecimal
	Read bool      `json:"read,omitempty"`
	Made time.Time `json:"made"`
}
