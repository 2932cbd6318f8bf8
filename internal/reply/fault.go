package reply

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/view"
)

// Code says why a public request is not answered as it was made. Pages say it in the
// language of the site.
type Code string

// The codes, each with one HTTP status and one text for each language.
const (
	NotFound     Code = "not-found"
	TopicRemoved Code = "topic-removed"
	TakenDown    Code = "taken-down"
	PageRemoved  Code = "page-removed"
	NeedsKey     Code = "needs-key"
	NeedsKeyAuth Code = "needs-key-401" // for oEmbed, whose specification asks for 401
	BadMethod    Code = "bad-method"
	BadRequest   Code = "bad-request"
	BadOption    Code = "bad-option"
	OEmbedFormat Code = "oembed-format"
	OEmbedURL    Code = "oembed-url"
	OEmbedSize   Code = "oembed-size"
	Internal     Code = "internal"
	Unreadable   Code = "unreadable" // the store can't be read
	Starting     Code = "opening"    // no rules are in force yet
)

var codes = map[Code]struct {
	status int
	text   func(*locale.Locale) string
}{
	NotFound:     {http.StatusNotFound, func(t *locale.Locale) string { return t.NotFoundWhy }},
	TopicRemoved: {http.StatusGone, func(t *locale.Locale) string { return t.TopicEnded }},
	TakenDown:    {http.StatusGone, func(t *locale.Locale) string { return t.TakenDown }},
	PageRemoved:  {http.StatusGone, func(t *locale.Locale) string { return t.PageGone }},
	NeedsKey:     {http.StatusForbidden, func(t *locale.Locale) string { return t.NeedsKey }},
	NeedsKeyAuth: {http.StatusUnauthorized, func(t *locale.Locale) string { return t.NeedsKey }},
	BadMethod:    {http.StatusMethodNotAllowed, func(t *locale.Locale) string { return t.BadMethodWhy }},
	BadRequest:   {http.StatusBadRequest, func(t *locale.Locale) string { return t.BadRequest }},
	BadOption:    {http.StatusBadRequest, func(t *locale.Locale) string { return t.InvalidOption }},
	OEmbedFormat: {http.StatusNotImplemented, func(t *locale.Locale) string { return t.OEmbedFormat }},
	OEmbedURL:    {http.StatusBadRequest, func(t *locale.Locale) string { return t.OEmbedURL }},
	OEmbedSize:   {http.StatusBadRequest, func(t *locale.Locale) string { return t.OEmbedSize }},
	Internal:     {http.StatusInternalServerError, func(t *locale.Locale) string { return t.ServerErrorWhy }},
	Unreadable:   {http.StatusServiceUnavailable, func(t *locale.Locale) string { return t.ServerErrorWhy }},
	Starting:     {http.StatusServiceUnavailable, func(t *locale.Locale) string { return t.StartingWhy }},
}

var english = locale.Of("en")

// Fault is an answer other than the one that was asked for.
type Fault struct {
	Status int
	Code   Code   // empty: only the newsroom meets it, and Text is in English
	Text   string // for the person or program that asked
}

func (f *Fault) Error() string { return f.Text }

// FaultWithCode makes the fault of a code.
func FaultWithCode(code Code) *Fault {
	c := codes[code]
	return &Fault{c.status, code, c.text(english)}
}

// Faultf makes a fault that only the newsroom meets.
func Faultf(status int, format string, args ...any) *Fault {
	return &Fault{Status: status, Text: fmt.Sprintf(format, args...)}
}

// In says the fault in a language: a title for its status, and what is wrong. Text
// without a code stays English.
func (f *Fault) In(t *locale.Locale) (title, text string) {
	if c, ok := codes[f.Code]; ok {
		return titles(t)[f.Status], c.text(t)
	}
	return titles(t)[f.Status], f.Text
}

func titles(t *locale.Locale) map[int]string {
	return map[int]string{
		http.StatusBadRequest: t.BadRequest, http.StatusForbidden: t.Forbidden, http.StatusNotFound: t.NotFound,
		http.StatusUnauthorized: t.Forbidden, http.StatusMethodNotAllowed: t.BadMethod, http.StatusGone: t.Gone,
		http.StatusInternalServerError: t.ServerError, http.StatusServiceUnavailable: t.Unavailable, http.StatusNotImplemented: t.NotImplemented,
	}
}

// statuses are the HTTP statuses of what view refuses.
var statuses = map[view.Kind]int{
	view.NotFound: http.StatusNotFound,
	view.Invalid:  http.StatusBadRequest,
	view.Conflict: http.StatusConflict,
}

// AsFault is the fault in an error that says what the client did wrong.
func AsFault(err error) (*Fault, bool) {
	var f *Fault
	if errors.As(err, &f) {
		return f, true
	}
	var refused *view.Error
	if errors.As(err, &refused) {
		return &Fault{Status: statuses[refused.Kind], Text: refused.Text}, true
	}
	return nil, false
}

// FaultOf is the fault that an error is answered with. An error that is none of the
// client's doing is logged, and its text is kept from the answer. log may be nil.
func FaultOf(log *slog.Logger, r *http.Request, err error) *Fault {
	if f, ok := AsFault(err); ok {
		return f
	}
	if r.Context().Err() == nil && log != nil {
		log.Error("answer request", "path", r.URL.Path, "error", err)
	}
	return FaultWithCode(Internal)
}
