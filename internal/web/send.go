package web

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

// head is an edition in one content coding: the bytes, and the header that goes with
// them or with a 304. Neither is changed.
type head struct {
	body   []byte
	tag    string
	always http.Header
	whole  http.Header // beside always, when the body goes along
}

func headOf(e *edition.Edition, coding string) *head {
	body, tag := e.Form(coding)
	h := &head{body: body, tag: tag, always: http.Header{}, whole: http.Header{}}
	h.always.Set("ETag", tag)
	if !e.Modified.IsZero() {
		h.always.Set("Last-Modified", e.Modified.UTC().Format(http.TimeFormat))
	}
	if coding != "identity" {
		h.whole.Set("Content-Encoding", coding)
	}
	h.whole.Set("Content-Type", e.ContentType)
	h.whole.Set("Content-Length", strconv.Itoa(len(body)))
	return h
}

// codingFor is how a client likes an edition best.
func codingFor(r *http.Request, e *edition.Edition) string {
	if len(e.Body) < minCompressed {
		return "identity"
	}
	return preferred(strings.Join(r.Header.Values("Accept-Encoding"), ","))
}

// send answers a GET or HEAD with an edition, compressed as the client likes best,
// or with 304 when the client has it (RFC 9110 section 13.2.2).
func send(w http.ResponseWriter, r *http.Request, e *edition.Edition) error {
	return headOf(e, codingFor(r, e)).send(w, r, e)
}

func (d *head) send(w http.ResponseWriter, r *http.Request, e *edition.Edition) error {
	h := w.Header()
	maps.Copy(h, d.always)
	if len(e.Body) >= minCompressed {
		h["Vary"] = append(h["Vary"][:len(h["Vary"]):len(h["Vary"])], "Accept-Encoding")
	}
	if fresh(r, d.tag, e.Modified) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	maps.Copy(h, d.whole)
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(d.body) // the reader went away: nothing to tell it
	}
	return nil
}

// sheet is an edition of something that is made when it is asked for.
func sheet(kind string, body []byte) *edition.Edition {
	sum := sha256.Sum256(body)
	return &edition.Edition{Body: body, ETag: `"` + hex.EncodeToString(sum[:12]) + `"`, ContentType: kind}
}

// preferred picks the content coding that an Accept-Encoding asks for: the
// highest weight, and of equals the smallest result. identity is always possible.
func preferred(accept string) string {
	weights := map[string]float64{}
	for part := range strings.SplitSeq(accept, ",") {
		name, q := weighed(part)
		weights[name] = q
	}
	best, most := "identity", 0.0
	for _, coding := range []string{"zstd", "gzip"} {
		q, said := weights[coding]
		if !said && coding == "gzip" {
			q, said = weights["x-gzip"]
		}
		if !said {
			q = weights["*"]
		}
		if q > most {
			best, most = coding, q
		}
	}
	if weights["identity"] > most {
		return "identity"
	}
	return best
}

// weighed reads one "name;q=0.5". What can't be read weighs nothing.
func weighed(part string) (string, float64) {
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

// fresh tells whether what the client has is what it would get. If-None-Match
// rules out If-Modified-Since; tags are compared weakly, for proxies that
// compress weaken them.
func fresh(r *http.Request, tag string, modified time.Time) bool {
	if tags := r.Header.Values("If-None-Match"); len(tags) > 0 {
		return listed(strings.Join(tags, ","), tag)
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	if err != nil || modified.IsZero() {
		return false
	}
	return !modified.Truncate(time.Second).After(since)
}

// listed tells whether an If-None-Match holds the tag. A comma may stand inside a
// tag, so the list is read, not split.
func listed(list, tag string) bool {
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
