package store

import (
	"bytes"
	"errors"

	"github.com/slugline/slugline/internal/news"
)

// Tokens is the table of tokens that give access to the desk.
type Tokens struct{ *rows }

// Get returns the token with a name.
func (t Tokens) Get(name string) (*news.Token, error) {
	return getJSON[news.Token](t.rows, tokens, []byte(name))
}

// All returns all tokens, by name.
func (t Tokens) All() ([]*news.Token, error) { return allJSON[news.Token](t.rows, tokens, nil) }

// Version changes with each Put and Delete, so that readers need not decode all tokens to
// find one.
func (t Tokens) Version() uint64 { return t.bucket(tokens).Sequence() }

// Put stores a token under its Name.
func (t Tokens) Put(token *news.Token) error {
	return errors.Join(t.nextVersion(), t.putJSON(tokens, []byte(token.Name), token))
}

// Delete deletes a token.
func (t Tokens) Delete(name string) error {
	return errors.Join(t.nextVersion(), t.delete(tokens, []byte(name)))
}

func (t Tokens) nextVersion() error {
	_, err := t.bucket(tokens).NextSequence()
	return err
}

// ReadStates is the table of what each user has read and muted.
type ReadStates struct{ *rows }

// Get returns the read state of the user with a token's name, an empty one when there is
// none, never nil. The name is empty for a local user without a token.
func (t ReadStates) Get(token string) (*news.ReadState, error) {
	s, err := getJSON[news.ReadState](t.rows, readStates, readStateKey(token))
	if s == nil {
		s = &news.ReadState{Token: token}
	}
	return s, err
}

// Put stores a read state under its Token.
func (t ReadStates) Put(s *news.ReadState) error {
	return t.putJSON(readStates, readStateKey(s.Token), s)
}

// Delete deletes the read state of a user.
func (t ReadStates) Delete(token string) error { return t.delete(readStates, readStateKey(token)) }

// Secrets is the table of this node's secret bytes, such as keys that sign links.
type Secrets struct{ *rows }

// Get returns the secret with a name.
func (t Secrets) Get(name string) ([]byte, error) {
	p, err := t.get(secrets, []byte(name))
	return bytes.Clone(p), err
}

// Put stores a secret under a name.
func (t Secrets) Put(name string, secret []byte) error {
	return t.put(secrets, []byte(name), secret)
}
