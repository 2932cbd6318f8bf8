package view

import "fmt"

// Kind says what is wrong with a request for a read model.
type Kind int

// The kinds of errors.
const (
	NotFound Kind = iota + 1 // what was asked for does not exist
	Invalid                  // the request can't be understood
	Conflict                 // the request can't be carried out as things are
)

// Error is a request that can't be answered as it was made. Text says what is wrong
// and what to do, for people.
type Error struct {
	Kind Kind
	Text string
}

func (e *Error) Error() string { return e.Text }

func notFound(format string, args ...any) *Error {
	return &Error{NotFound, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *Error {
	return &Error{Invalid, fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) *Error {
	return &Error{Conflict, fmt.Sprintf(format, args...)}
}
