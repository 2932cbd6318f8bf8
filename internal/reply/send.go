package reply

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/edition"
)

// minCompressed is the size in bytes from which bodies are compressed: below it,
// compression does not save a packet.
const minCompressed = 1024

// Encoded is an edition in one content coding, with the headers of its answers. It is not
// modified.
type Encoded struct {
	body       []byte
	etag       string
	header     []headerField // of 200 and of 304
	bodyHeader []headerField // of 200 only, in addition to header
}

// headerField is one field of a header, under its canonical name. Iterating over a slice
// of fields is faster than over an http.Header.
type headerField struct {
	name   string
	values []string
}

// headerFields returns the fields of a header. Their values are not modified.
func headerFields(h http.Header) []headerField {
	all := make([]headerField, 0, len(h))
	for name, values := range h {
		all = append(all, headerField{name, values[:len(values):len(values)]})
	}
	return all
}

func setFields(h http.Header, all []headerField) {
	for i := range all {
		h[all[i].name] = all[i].values
	}
}

// Encode returns an edition in a coding of Codings. Its answers have the headers in more.
func Encode(e *edition.Edition, coding string, more http.Header) *Encoded {
	body, tag := e.Encoded(coding)
	always, ok := http.Header{"Etag": {tag}}, http.Header{}
	maps.Copy(always, more)
	if !e.Modified.IsZero() {
		always.Set("Last-Modified", e.Modified.UTC().Format(http.TimeFormat))
	}
	if coding != "identity" {
		ok.Set("Content-Encoding", coding)
	}
	ok.Set("Content-Type", e.ContentType)
	ok.Set("Content-Length", strconv.Itoa(len(body)))
	return &Encoded{body, tag, headerFields(always), headerFields(ok)}
}

// Codings are the content codings in which editions are sent.
var Codings = []string{"identity", "gzip", "zstd"}

// PreferredCoding returns the coding of Codings in which a client prefers an edition.
func PreferredCoding(r *http.Request, e *edition.Edition) string {
	if len(e.Body) < minCompressed {
		return "identity"
	}
	return selectCoding(strings.Join(r.Header.Values("Accept-Encoding"), ","))
}

// Send answers a GET or HEAD request with an edition in the coding that the client
// prefers, or with 304 when the client has it already (RFC 9110 section 13.2.2).
func Send(w http.ResponseWriter, r *http.Request, e *edition.Edition) error {
	return Encode(e, PreferredCoding(r, e), nil).Send(w, r, e)
}

// Send answers a GET or HEAD request, as the function Send does. e is the edition that was
// encoded.
func (c *Encoded) Send(w http.ResponseWriter, r *http.Request, e *edition.Edition) error {
	h := w.Header()
	setFields(h, c.header)
	if len(e.Body) >= minCompressed {
		h["Vary"] = append(h["Vary"][:len(h["Vary"]):len(h["Vary"])], "Accept-Encoding")
	}
	if notModified(r, c.etag, e.Modified) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	setFields(h, c.bodyHeader)
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(c.body) // the client closed the connection
	}
	return nil
}

// NewEdition returns an edition of a body that is no feed. Its tag is the hash of the
// body.
func NewEdition(contentType string, body []byte) *edition.Edition {
	sum := sha256.Sum256(body)
	return &edition.Edition{Body: body, ETag: `"` + hex.EncodeToString(sum[:12]) + `"`, ContentType: contentType}
}

// selectCoding returns the coding that an Accept-Encoding header asks for (RFC 9110
// section 12.5.3): the highest weight or, of equal weights, the coding with the smallest
// result. It never fails: identity is used even if the header excludes it.
func selectCoding(accept string) string {
	if accept == "" {
		return "identity"
	}
	const missing = -1
	zstd, gzip, legacy, identity, others := float64(missing), float64(missing), float64(missing), float64(missing), 0.0
	for part := range strings.SplitSeq(accept, ",") {
		switch name, q := parseWeight(part); name {
		case "zstd":
			zstd = q
		case "gzip":
			gzip = q
		case "x-gzip":
			legacy = q
		case "identity":
			identity = q
		case "*":
			others = q
		}
	}
	weight := func(weights ...float64) float64 {
		for _, q := range weights {
			if q != missing {
				return q
			}
		}
		return others
	}
	zstd, gzip = weight(zstd), weight(gzip, legacy)
	switch most := max(zstd, gzip); {
	case most == 0, identity > most:
		return "identity"
	case zstd == most:
		return "zstd"
	}
	return "gzip"
}

// parseWeight parses one "name;q=0.5" (RFC 9110 section 12.4.2). The weight of an invalid
// one is 0.
func parseWeight(part string) (string, float64) {
	name, params, ok := strings.Cut(part, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	if !ok {
		return name, 1
	}
	k, v, _ := strings.Cut(strings.TrimSpace(params), "=")
	q, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if strings.ToLower(strings.TrimSpace(k)) != "q" || err != nil || !(q >= 0 && q <= 1) {
		return name, 0
	}
	return name, q
}

// notModified tells whether the client has the current version. If-None-Match takes
// precedence over If-Modified-Since (RFC 9110 section 13.2.2). Tags are compared weakly,
// because proxies that compress make them weak.
func notModified(r *http.Request, tag string, modified time.Time) bool {
	if tags := r.Header.Values("If-None-Match"); len(tags) > 0 {
		return listsTag(strings.Join(tags, ","), tag)
	}
	date := r.Header.Get("If-Modified-Since")
	if date == "" {
		return false
	}
	since, err := http.ParseTime(date)
	if err != nil || modified.IsZero() {
		return false
	}
	return !modified.Truncate(time.Second).After(since)
}

// listsTag tells whether an If-None-Match header lists the tag (RFC 9110 section 13.1.2).
// It scans the list because a tag may contain commas.
func listsTag(list, tag string) bool {
	for {
		list = strings.TrimLeft(list, " \t,")
		if list == "" {
			return false
		}
		if list[0] == '*' {
			return true
		}
		list = strings.TrimPrefix(list, "W/")
		if list == "" || list[0] != '"' {
			return false
		}
		end := strings.IndexByte(list[1:], '"')
		if end < 0 {
			return false
		}
		if list[:end+2] == tag {
			return true
		}
		list = list[end+2:]
	}
}
