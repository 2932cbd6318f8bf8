package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// minCompressed is the size in bytes below which compressing saves no packet.
const minCompressed = 1024

// form is a body with what HTTP says about it. Its tag is strong and quoted.
type form struct {
	body     []byte
	tag      string
	modified time.Time // zero: no Last-Modified
	kind     string    // Content-Type
}

// send answers a GET or HEAD with the form, compressed as the client likes best,
// or with 304 when the client has it (RFC 9110 section 13.2.2).
func (f *form) send(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	coding := "identity"
	if len(f.body) >= minCompressed {
		h.Add("Vary", "Accept-Encoding")
		coding = preferred(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	}
	tag := suffixed(f.tag, coding)
	h.Set("ETag", tag)
	if !f.modified.IsZero() {
		h.Set("Last-Modified", f.modified.UTC().Format(http.TimeFormat))
	}
	if fresh(r, tag, f.modified) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body, err := compressed(f.body, coding)
	if err != nil {
		return err
	}
	if coding != "identity" {
		h.Set("Content-Encoding", coding)
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader went away: nothing to tell it
	}
	return nil
}

// suffixed is the tag of a compressed form: other bytes, another strong tag.
func suffixed(tag, coding string) string {
	if coding == "identity" {
		return tag
	}
	return strings.TrimSuffix(tag, `"`) + "-" + coding + `"`
}

func compressed(body []byte, coding string) ([]byte, error) {
	switch coding {
	case "zstd":
		return zstdEncoder.EncodeAll(body, nil), nil
	case "gzip":
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(body); err != nil {
			return nil, fmt.Errorf("compress body: %w", err)
		}
		if err := z.Close(); err != nil {
			return nil, fmt.Errorf("compress body: %w", err)
		}
		return b.Bytes(), nil
	}
	return body, nil
}

// zstdEncoder compresses for all: EncodeAll keeps nothing. Its options are valid, so
// there is no error.
var zstdEncoder, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))

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
