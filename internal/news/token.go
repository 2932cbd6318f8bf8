package news

import "time"

// Token is a named key to the desk, without the key itself, which is not stored. It is not
// part of the shared state.
type Token struct {
	Name string    `json:"name"`
	Hash string    `json:"hash"`           // of the key: SHA-256, hexadecimal
	Read bool      `json:"read,omitempty"` // it may read only
	Made time.Time `json:"made"`
}
