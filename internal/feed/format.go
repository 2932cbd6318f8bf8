package feed

import "io"

// Format is a format in which feeds are published. Compare formats by address:
// there is one value for each, listed in Formats.
type Format struct {
	Name      string // "rss": in settings, metrics and stored keys, and the file ending without its dot
	Title     string // "RSS": for people
	FullTitle string // "JSON Feed": the same where it stands alone
	MediaType string // "application/rss+xml": without a charset
	Write     func(w io.Writer, c *Channel) error
}

// Formats lists the output formats in the order in which feeds and pages name them.
var Formats = []*Format{RSS, Atom, JSON}

// The output formats: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1.
var (
	RSS  = &Format{"rss", "RSS", "RSS", TypeRSS, WriteRSS}
	Atom = &Format{"atom", "Atom", "Atom", TypeAtom, WriteAtom}
	JSON = &Format{"json", "JSON", "JSON Feed", TypeJSON, WriteJSON}
)

// Media types of the output formats. They are constants because the writers, which
// Formats refers to, need them.
const (
	TypeRSS  = "application/rss+xml"
	TypeAtom = "application/atom+xml"
	TypeJSON = "application/feed+json"
)

// FormatNamed returns the format with that Name, nil when there is none.
func FormatNamed(name string) *Format {
	for _, f := range Formats {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Ext returns the ending of addresses and files in this format, with its dot.
func (f *Format) Ext() string { return "." + f.Name }

// ContentType returns the value of a Content-Type header: media type and charset.
func (f *Format) ContentType() string { return f.MediaType + "; charset=utf-8" }
