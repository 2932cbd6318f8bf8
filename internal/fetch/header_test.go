package fetch

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

var at = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"0", 0, true},
		{" 120 ", 2 * time.Minute, true},
		{"Sun, 22 Nov 2026 06:05:00 GMT", 5 * time.Minute, true},
		{"Sunday, 22-Nov-26 06:05:00 GMT", 5 * time.Minute, true},
		{"Sun Nov 22 06:05:00 2026", 5 * time.Minute, true},
		{"Sun, 22 Nov 2020 06:05:00 GMT", 0, true},
		{"-1", 0, false},
		{"1.5", 0, false},
		{"soon", 0, false},
		{"", 0, false},
	} {
		if got, ok := RetryAfter(tt.in, at); got != tt.want || ok != tt.ok {
			t.Errorf("RetryAfter(%q): %v, %t, want %v, %t", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

// E8
func TestFresh(t *testing.T) {
	for _, tt := range []struct {
		header string
		want   time.Duration
	}{
		{"", 0},
		{"Cache-Control: max-age=600", 10 * time.Minute},
		{"Cache-Control: public, Max-Age = 600 , must-revalidate", 10 * time.Minute},
		{`Cache-Control: max-age="600"`, 10 * time.Minute},
		{`Cache-Control: x="max-age=1, y", max-age=600`, 10 * time.Minute},
		{"Cache-Control: max-age=600\nAge: 540", time.Minute},
		{"Cache-Control: max-age=600\nAge: 900", 0},
		{"Cache-Control: max-age=600, no-cache", 0},
		{"Cache-Control: no-store", 0},
		{"Cache-Control: max-age=-1", 0},
		{"Cache-Control: max-age=600\nExpires: Sun, 22 Nov 2026 09:00:00 GMT", 10 * time.Minute},
		{"Expires: Sun, 22 Nov 2026 06:30:00 GMT", 30 * time.Minute},
		{"Expires: Sun, 22 Nov 2026 06:30:00 GMT\nDate: Sun, 22 Nov 2026 06:20:00 GMT", 10 * time.Minute},
		{"Expires: 0", 0},
		{"Expires: Thu, 01 Jan 1970 00:00:00 GMT", 0},
	} {
		h := http.Header{}
		for _, line := range strings.Split(tt.header, "\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				h.Add(name, value)
			}
		}
		if got := Freshness(h, at); got != tt.want {
			t.Errorf("%q: fresh for %v, want %v", tt.header, got, tt.want)
		}
	}
	c, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{Client: c, now: at, url: &url.URL{Scheme: "http", Host: "a.example"}}
	res := &http.Response{Header: http.Header{"Cache-Control": {"max-age=99999999999999999999"}}}
	if got := v.result(res).FreshFor; got != 24*time.Hour {
		t.Errorf("an absurd max-age: fresh for %v, want 24h", got)
	}
}

func TestNoProxy(t *testing.T) {
	c, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if c.public.usual.Proxy != nil || c.public.http1.Proxy != nil {
		t.Error("the environment may name a proxy, which would dial in our place")
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"120", "Sun, 22 Nov 2026 06:05:00 GMT", "99999999999999999999", "-1", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := RetryAfter(s, at); d < 0 || !ok && d != 0 {
			t.Errorf("RetryAfter(%q): %v, %t", s, d, ok)
		}
		got := retryTime(http.Header{"Retry-After": {s}}, at, time.Hour)
		if !got.IsZero() && (got.Before(at) || got.After(at.Add(time.Hour))) {
			t.Errorf("retryAt(%q): %v", s, got)
		}
	})
}

func FuzzFresh(f *testing.F) {
	f.Add("max-age=600", "5", "0", "")
	f.Add(`a="b\",max-age=1", no-cache`, "", "Sun, 22 Nov 2026 06:30:00 GMT", "Sun, 22 Nov 2026 06:20:00 GMT")
	f.Add("max-age=9223372036854775807", "9223372036854775807", "", "")
	f.Fuzz(func(t *testing.T, control, age, expires, date string) {
		h := http.Header{"Cache-Control": {control}, "Age": {age}, "Expires": {expires}, "Date": {date}}
		if d := Freshness(h, at); d < 0 {
			t.Errorf("fresh for %v", d)
		}
	})
}
