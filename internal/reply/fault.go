package reply

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// Code is the reason why a public request gets an error. Pages explain it in the language
// of the site.
type Code string

// The codes, each with one HTTP status and one text for each language.
const (
	NotFound        Code = "not-found"
	TopicRemoved    Code = "topic-removed"
	TakenDown       Code = "taken-down"
	PageRemoved     Code = "page-removed"
	NeedsKey        Code = "needs-key"
	NeedsKeyAuth    Code = "needs-key-401" // for oEmbed, whose specification asks for 401
	BadMethod       Code = "bad-method"
	BadRequest      Code = "bad-request"
	BadOption       Code = "bad-option"
	BodyTooLong     Code = "body-too-long"
	TooManyKeys     Code = "too-many-keys"
	TooManySearches Code = "too-many-searches"
	OEmbedFormat    Code = "oembed-format"
	OEmbedURL       Code = "oembed-url"
	OEmbedSize      Code = "oembed-size"
	Internal        Code = "internal"
	Unreadable      Code = "unreadable" // the database can't be read or written
	Starting        Code = "opening"    // feeds.yaml has not been loaded yet
)

var codes = map[Code]struct {
	status int
	text   func(*locale.Locale) string
}{
	NotFound:        {http.StatusNotFound, func(t *locale.Locale) string { return t.NotFoundWhy }},
	TopicRemoved:    {http.StatusGone, func(t *locale.Locale) string { return t.TopicEnded }},
	TakenDown:       {http.StatusGone, func(t *locale.Locale) string { return t.TakenDown }},
	PageRemoved:     {http.StatusGone, func(t *locale.Locale) string { return t.PageGone }},
	NeedsKey:        {http.StatusForbidden, func(t *locale.Locale) string { return t.NeedsKey }},
	NeedsKeyAuth:    {http.StatusUnauthorized, func(t *locale.Locale) string { return t.NeedsKey }},
	BadMethod:       {http.StatusMethodNotAllowed, func(t *locale.Locale) string { return t.BadMethodWhy }},
	BadRequest:      {http.StatusBadRequest, func(t *locale.Locale) string { return t.BadRequest }},
	BadOption:       {http.StatusBadRequest, func(t *locale.Locale) string { return t.InvalidOption }},
	BodyTooLong:     {http.StatusRequestEntityTooLarge, func(t *locale.Locale) string { return t.TooLongWhy }},
	TooManyKeys:     {http.StatusTooManyRequests, func(t *locale.Locale) string { return t.TooManyKeys }},
	TooManySearches: {http.StatusTooManyRequests, func(t *locale.Locale) string { return t.TooManySearches }},
	OEmbedFormat:    {http.StatusNotImplemented, func(t *locale.Locale) string { return t.OEmbedFormat }},
	OEmbedURL:       {http.StatusBadRequest, func(t *locale.Locale) string { return t.OEmbedURL }},
	OEmbedSize:      {http.StatusBadRequest, func(t *locale.Locale) string { return t.OEmbedSize }},
	Internal:        {http.StatusInternalServerError, func(t *locale.Locale) string { return t.ServerErrorWhy }},
	Unreadable:      {http.StatusServiceUnavailable, func(t *locale.Locale) string { return t.ServerErrorWhy }},
	Starting:        {http.StatusServiceUnavailable, func(t *locale.Locale) string { return t.StartingWhy }},
}

var english = locale.Of("en")

// Fault is an error answer. It is an error, so that handlers return it.
type Fault struct {
	Status int
	Code   Code   // empty: of the newsroom
	Text   string // what is wrong, in English

	said locale.Message // Text, for other languages
}

func (f *Fault) Error() string { return f.Text }

// FaultWithCode returns the fault with a code, its status and its English text.
func FaultWithCode(code Code) *Fault {
	c := codes[code]
	return &Fault{Status: c.status, Code: code, Text: c.text(english)}
}

// Faultf returns a fault of the newsroom, without a code.
func Faultf(status int, format string, args ...any) *Fault {
	said := locale.Messagef(format, args...)
	return &Fault{Status: status, Text: said.String(), said: said}
}

// In returns the title and the text of the fault in a language. A text that the language
// lacks is in English, and so is one that was set after the fault was made.
func (f *Fault) In(t *locale.Locale) (title, text string) {
	title = cmp.Or(titles(t)[f.Status], http.StatusText(f.Status))
	switch c, ok := codes[f.Code]; {
	case ok && f.Text == c.text(english):
		return title, c.text(t)
	case f.said.Format != "":
		return title, f.said.In(t)
	}
	return title, t.Lookup(f.Text)
}

// titles are the titles of HTTP statuses in a language.
func titles(t *locale.Locale) map[int]string {
	return map[int]string{
		http.StatusBadRequest: t.BadRequest, http.StatusForbidden: t.Forbidden, http.StatusNotFound: t.NotFound,
		http.StatusConflict: t.T("Conflict"), http.StatusUnauthorized: t.Forbidden, http.StatusMethodNotAllowed: t.BadMethod, http.StatusGone: t.Gone,
		http.StatusRequestEntityTooLarge: t.TooLong, http.StatusTooManyRequests: t.TooMany,
		http.StatusInternalServerError: t.ServerError, http.StatusServiceUnavailable: t.Unavailable, http.StatusNotImplemented: t.NotImplemented,
	}
}

// statuses maps errors of package view to HTTP statuses.
var statuses = map[view.Kind]int{
	view.NotFound: http.StatusNotFound,
	view.Invalid:  http.StatusBadRequest,
	view.Conflict: http.StatusConflict,
}

// AsFault returns the fault in an error, if it is the error of a request.
func AsFault(err error) (*Fault, bool) {
	var f *Fault
	if errors.As(err, &f) {
		return f, true
	}
	var v *view.Error
	if errors.As(err, &v) {
		return &Fault{Status: statuses[v.Kind], Text: v.Text, said: v.Said}, true
	}
	return nil, false
}

// FaultOf returns the fault that answers an error. An error of the server is logged, and
// the answer does not contain its text. What the database can't do at present may work
// later, so it is no Internal error but Unreadable. log may be nil.
func FaultOf(log *slog.Logger, r *http.Request, err error) *Fault {
	if f, ok := AsFault(err); ok {
		return f
	}
	if r.Context().Err() == nil && log != nil {
		log.Error("answer request", "path", r.URL.Path, "error", err)
	}
	for _, trouble := range []error{store.ErrGone, store.ErrNotWritten, store.ErrFull, store.ErrDamaged} {
		if errors.Is(err, trouble) {
			return FaultWithCode(Unreadable)
		}
	}
	return FaultWithCode(Internal)
}

// SetRetry tells a client when to come back if the fault may pass by itself, unless the
// header says so already.
func (f *Fault) SetRetry(h http.Header) {
	passes := f.Status == http.StatusServiceUnavailable || f.Status == http.StatusTooManyRequests
	if passes && h.Get("Retry-After") == "" {
		SetRetryAfter(h, time.Minute)
	}
}
