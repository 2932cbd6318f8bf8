package view

import (
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/topic"
)

// Kind says what is wrong with a request.
type Kind int

// The kinds of errors.
const (
	NotFound Kind = iota + 1 // what the request names does not exist
	Invalid                  // the request can't be understood
	Conflict                 // the current state does not allow the request
)

// Error is the error of a request that can't be answered. Text tells the user what is
// wrong and what to do.
type Error struct {
	Kind Kind
	Text string

	Said locale.Message // Text, for other languages
}

func (e *Error) Error() string { return e.Text }

func newError(kind Kind, format string, args []any) *Error {
	said := locale.Messagef(format, args...)
	return &Error{kind, said.String(), said}
}

func notFound(format string, args ...any) *Error {
	return newError(NotFound, format, args)
}

func invalid(format string, args ...any) *Error {
	return newError(Invalid, format, args)
}

func conflict(format string, args ...any) *Error {
	return newError(Conflict, format, args)
}

// wrongQuery is the error of a request whose query has a mistake.
func wrongQuery(wrong *topic.Error) *Error {
	return invalid("column %d: %s", wrong.Column, wrong.Said)
}
