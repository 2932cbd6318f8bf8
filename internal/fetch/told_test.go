package fetch_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/fetch"
)

// told is one call of Request.Told.
type told struct{ from, until time.Time }

func getTold(t *testing.T, s *httptest.Server, conf fetch.Config) (all []told) {
	t.Helper()
	conf.Allow = []string{s.Listener.Addr().String()}
	c, err := fetch.New(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	r := fetch.Request{URL: s.URL + "/a", Told: func(url string, from, until time.Time) {
		if !strings.HasPrefix(url, s.URL) {
			t.Errorf("told by %s", url)
		}
		all = append(all, told{from, until})
	}}
	if res, err := c.Get(t.Context(), r, time.Now()); err == nil {
		res.Release()
	}
	return all
}

// Each answer says what time it is, however old a cache has let it grow, and whatever its
// status is.
func TestAnswersTellTheTime(t *testing.T) {
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, date, age string
		status          int
		want            time.Time
	}{
		{"date", "Fri, 27 Nov 2026 12:00:00 GMT", "", 200, noon},
		{"from a cache", "Fri, 27 Nov 2026 11:00:00 GMT", "3600", 200, noon},
		{"not found", "Fri, 27 Nov 2026 12:00:00 GMT", "", 404, noon},
		{"absurd age", "Fri, 27 Nov 2026 12:00:00 GMT", "99999999999999999999", 200, time.Time{}},
		{"age that is none", "Fri, 27 Nov 2026 12:00:00 GMT", "old", 200, noon},
		{"no date", "", "", 200, time.Time{}},
		{"no date that can be read", "yesterday", "", 200, time.Time{}},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h["Date"] = nil
			if c.date != "" {
				h.Set("Date", c.date)
			}
			if c.age != "" {
				h.Set("Age", c.age)
			}
			if r.URL.Path == "/a" {
				h.Set("Location", "/b")
				w.WriteHeader(http.StatusFound)
				return
			}
			w.WriteHeader(c.status)
		}))
		got := getTold(t, s, fetch.Config{})
		s.Close()
		if len(got) != 2 || !got[0].from.Equal(c.want) || !got[1].from.Equal(c.want) || !got[1].until.Equal(c.want) {
			t.Errorf("%s: told %v, want twice %v", c.name, got, c.want)
		}
	}
}

// A certificate that is not valid at the machine's time says when it is.
func TestExpiredCertificateTellsTheTime(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	until := s.Certificate().NotAfter
	got := getTold(t, s, fetch.Config{TLS: &tls.Config{RootCAs: roots, Time: func() time.Time { return until.AddDate(10, 0, 0) }}})
	if len(got) == 0 || !got[0].until.Equal(until) || !got[0].from.Before(until) {
		t.Errorf("told %v, want the certificate's time until %v", got, until)
	}
}
