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

// minCompressed is the size in bytes below which compressing saves no packet.
const minCompressed = 1024

// Encoded is an edition in one content coding: the bytes, and the header that goes with
// them or with a 304. Neither is changed.
type Encoded struct {
	body       []byte
	etag       string
	header     []headerField
	bodyHeader []headerField // beside always, when the body goes along
}

// headerField is a header's, under its canonical name. A list of them is gone through
// quicker than an http.Header.
type headerField struct {
	name   string
	values []string
}

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

// Encode makes the head of an edition, with more in it.
func Encode(e *edition.Edition, coding string, more http.Header) *Encoded {
	body, tag := e.Encoded(coding)
	always, whole := http.Header{"Etag": {tag}}, http.Header{}
	maps.Copy(always, more)
	if !e.Modified.IsZero() {
		always.Set("Last-Modified", e.Modified.UTC().Format(http.TimeFormat))
	}
	if coding != "identity" {
		whole.Set("Content-Encoding", coding)
	}
	whole.Set("Content-Type", e.ContentType)
	whole.Set("Content-Length", strconv.Itoa(len(body)))
	return &Encoded{body, tag, headerFields(always), headerFields(whole)}
}

// Codings are those in which an edition is sent.
var Codings = []string{"identity", "gzip", "zstd"}

// PreferredCoding is how a client likes an edition best.
func PreferredCoding(r *http.Request, e *edition.Edition) string {
	if len(e.Body) < minCompressed {
		return "identity"
	}
	return selectCoding(strings.Join(r.Header.Values("Accept-Encoding"), ","))
}

// Send answers a GET or HEAD with an edition, compressed as the client likes best,
// or with 304 when the client has it (RFC 9110 section 13.2.2).
func Send(w http.ResponseWriter, r *http.Request, e *edition.Edition) error {
	return Encode(e, PreferredCoding(r, e), nil).Send(w, r, e)
}

func (d *Encoded) Send(w http.ResponseWriter, r *http.Request, e *edition.Edition) error {
	h := w.Header()
	setFields(h, d.header)
	if len(e.Body) >= minCompressed {
		h["Vary"] = append(h["Vary"][:len(h["Vary"]):len(h["Vary"])], "Accept-Encoding")
	}
	if notModified(r, d.etag, e.Modified) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	setFields(h, d.bodyHeader)
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(d.body) // the reader went away: nothing to tell it
	}
	return nil
}

// NewEdition is an edition of something that is made when it is asked for.
func NewEdition(kind string, body []byte) *edition.Edition {
	sum := sha256.Sum256(body)
	return &edition.Edition{Body: body, ETag: `"` + hex.EncodeToString(sum[:12]) + `"`, ContentType: kind}
}

// selectCoding picks the content coding that an Accept-Encoding asks for: the
// highest weight, and of equals the smallest result. identity is always possible.
func selectCoding(accept string) string {
	if accept == "" {
		return "identity"
	}
	const unsaid = -1
	zstd, gzip, legacy, identity, others := float64(unsaid), float64(unsaid), float64(unsaid), float64(unsaid), 0.0
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
	said := func(weights ...float64) float64 {
		for _, q := range weights {
			if q != unsaid {
				return q
			}
		}
		return others
	}
	zstd, gzip = said(zstd), said(gzip, legacy)
	switch most := max(zstd, gzip); {
	case most == 0, identity > most:
		return "identity"
	case zstd == most:
		return "zstd"
	}
	return "gzip"
}

// parseWeight reads one "name;q=0.5". What can't be read weighs nothing.
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

// notModified tells whether what the client has is what it would get. If-None-Match
// rules out If-Modified-Since; tags are compared weakly, for proxies that
// compress weaken them.
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

// listsTag tells whether an If-None-Match holds the tag. A comma may stand inside a
// tag, so the list is read, not split.
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
