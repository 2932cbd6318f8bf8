package poll

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/origin"
)

const day = 24 * time.Hour

// politenessRules are the cases of the rules E1 to E24 in doc.go.
var politenessRules = []struct {
	rule, name string
	more       string        // names of further sources, besides a
	every      time.Duration // of all sources
	redirected bool          // each source has a host of its own that redirects to the origin
	conf       fetch.Config
	play       func(w *httpEnv)
}{
	{rule: "E1", name: "weak", play: testValidatorEcho("ETag", `W/"a b"`)},
	{rule: "E1", name: "unquoted", play: testValidatorEcho("ETag", `a b,c`)},
	{rule: "E1", name: "empty", play: testValidatorEcho("ETag", `""`)},
	{rule: "E1", name: "bytes above ASCII", play: testValidatorEcho("ETag", "\"\xe9\xff\"")},
	{rule: "E2", name: "odd date", play: testValidatorEcho("Last-Modified", "tuesday, 1-nov-26  7:00 +0400")},
	{rule: "E2", name: "none is invented", every: time.Hour, play: func(w *httpEnv) {
		d := feedOf("x")
		d.NoValidators = true
		w.feed("/a").Set(d)
		w.runFor(6 * time.Hour)
		w.checkUnconditional("/a", 5)
	}},
	{rule: "E3", name: "both", every: time.Hour, play: func(w *httpEnv) {
		w.feed("/a").Set(withHeader(feedOf("x"), "ETag", `"t"`, "Last-Modified", "Sat, 01 Jan 2000 00:00:00 GMT"))
		w.runFor(6 * time.Hour)
		eachRepeat(w, "/a", 5, func(v origin.Request) string {
			return v.Header.Get("If-None-Match") + " " + v.Header.Get("If-Modified-Since")
		}, `"t" Sat, 01 Jan 2000 00:00:00 GMT`)
	}},
	{rule: "E4", name: "new ETag with a 304", every: time.Hour, play: func(w *httpEnv) {
		w.feed("/a").Set(withHeader(feedOf("x"), "ETag", "0"))
		w.visit()
		var n atomic.Int64
		w.feed("/a").AnswerAlways(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("ETag", strconv.FormatInt(n.Add(1), 10))
			rw.WriteHeader(304)
		}))
		w.runFor(6 * time.Hour)
		for i, v := range w.feed("/a").Requests()[1:] {
			if got := v.Header.Get("If-None-Match"); got != strconv.Itoa(i) {
				w.t.Errorf("visit %d: If-None-Match %q", i, got)
			}
		}
	}},
	{rule: "E5", name: "same items", every: time.Hour, play: func(w *httpEnv) {
		for i := range 5 {
			d := withHeader(feedOf("x", "y"), "ETag", strconv.Itoa(i))
			d.Modified = time.Now()
			w.feed("/a").Set(d)
			w.runFor(2 * time.Hour)
		}
		if recs := w.records(); len(recs) != 1 || len(headlines(recs)) != 2 {
			w.t.Errorf("%d records with %q, want one with both items", len(recs), headlines(recs))
		}
	}},
	{rule: "E6", name: "304 without validators", play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(origin.Status(304, "ETag", `"t"`))
		w.runFor(2 * day)
		w.checkUnconditional("/a", 2)
		w.checkEnd("a", Problem, "though the request asked for the whole feed")
	}},
	{rule: "E7", name: "cut body", play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(origin.Truncated("text/xml", rss{items: []string{"x", "y"}}.body(), 150))
		w.runFor(2 * day)
		w.checkUnconditional("/a", 2)
		w.checkEnd("a", Problem, "broke off")
	}},
	{rule: "E7", name: "cut document", play: func(w *httpEnv) {
		b := rss{items: []string{"x", "y"}}.body()
		w.feed("/a").AnswerAlways(origin.Bytes("text/xml", b[:len(b)-40], "ETag", `"t"`))
		w.runFor(day)
		w.checkUnconditional("/a", 2)
	}},
	{rule: "E8", name: "max-age", every: 10 * time.Minute, play: func(w *httpEnv) {
		w.feed("/a").Set(withHeader(feedOf("x"), "Cache-Control", "public, max-age=7200"))
		w.runFor(2 * day)
		w.checkWaits("/a", 20, 2*time.Hour, 3*time.Hour)
		w.checkReason("a", "2h")
	}},
	{rule: "E8", name: "max-age that a 304 does not repeat", every: 10 * time.Minute, play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") != "" {
				rw.WriteHeader(304)
				return
			}
			origin.Bytes("text/xml", feedBytes("x"), "ETag", `"t"`, "Cache-Control", "max-age=7200").ServeHTTP(rw, r)
		}))
		w.runFor(2 * day)
		w.checkWaits("/a", 20, 2*time.Hour, 3*time.Hour)
	}},
	{rule: "E8", name: "max-age that a 304 shortens", every: 10 * time.Minute, play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") != "" {
				rw.Header().Set("Cache-Control", "max-age=1800")
				rw.WriteHeader(304)
				return
			}
			origin.Bytes("text/xml", feedBytes("x"), "ETag", `"t"`, "Cache-Control", "max-age=7200").ServeHTTP(rw, r)
		}))
		w.runFor(day)
		if got := w.waits("/a"); got[0] < 2*time.Hour || len(got) < 20 || slices.Max(got[1:]) > 40*time.Minute {
			w.t.Errorf("waits %v, want two hours first, then half an hour", got)
		}
	}},
	{rule: "E8", name: "max-age of a year", every: 10 * time.Minute, play: func(w *httpEnv) {
		w.feed("/a").Set(withHeader(feedOf("x"), "Cache-Control", "max-age=31536000"))
		w.runFor(7 * day)
		w.checkWaits("/a", 5, day, day+time.Hour)
	}},
	{rule: "E8", name: "Expires", every: 10 * time.Minute, play: func(w *httpEnv) {
		w.feed("/a").Set(withHeader(feedOf("x"), "Date", "Sat, 01 Jan 2000 00:00:00 GMT", "Expires", "Sat, 01 Jan 2000 02:00:00 GMT"))
		w.runFor(2 * day)
		w.checkWaits("/a", 20, 2*time.Hour, 3*time.Hour)
	}},
	{rule: "E9", name: "ttl", every: 10 * time.Minute, play: testWait("<ttl>90</ttl>", 90*time.Minute)},
	{rule: "E9", name: "update period", every: 10 * time.Minute, play: testWait(`<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">hourly</sy:updatePeriod>`, time.Hour)},
	{rule: "E9", name: "all hours and days", every: time.Hour, play: testWait(skipAllHours(), time.Hour)},
	{rule: "E9", name: "hours and days", every: 20 * time.Minute, play: func(w *httpEnv) { // it is Saturday
		w.feed("/a").AnswerAlways(origin.Bytes("text/xml", rss{items: []string{"x"}, extra: "<skipHours><hour>3</hour><hour>4</hour></skipHours><skipDays><day>Sunday</day></skipDays>"}.body()))
		w.runFor(4 * day)
		all := w.feed("/a").Requests()
		for _, v := range all {
			if h := v.At.Hour(); h == 3 || h == 4 || v.At.Weekday() == time.Sunday {
				w.t.Errorf("visited at %v", v.At)
			}
		}
		if len(all) < 150 {
			w.t.Errorf("too few visits: %d", len(all))
		}
	}},
	{rule: "E10", name: "429 with seconds, for the whole host", more: "b", every: 10 * time.Minute, play: func(w *httpEnv) {
		for _, path := range []string{"/a", "/b"} {
			w.feed(path).AnswerAlways(origin.Status(429, "Retry-After", "10800"))
		}
		w.runFor(day)
		all := w.origin.Requests()
		for i := 1; i < len(all); i++ {
			if d := all[i].At.Sub(all[i-1].At); d < 3*time.Hour {
				w.t.Errorf("%s visited %v after the host asked for three hours", all[i].Path, d)
			}
		}
		if len(all) < 4 {
			w.t.Errorf("too few visits: %d", len(all))
		}
	}},
	{rule: "E10", name: "503 with a date", every: 10 * time.Minute, play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(origin.Status(503, "Date", "Sat, 01 Jan 2000 00:00:00 GMT", "Retry-After", "Sat, 01 Jan 2000 05:00:00 GMT"))
		w.runFor(day)
		w.checkWaits("/a", 3, 5*time.Hour, 11*time.Hour)
		w.checkReason("a", "Retry-After")
	}},
	{rule: "E10", name: "absurd", play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(origin.Status(429, "Retry-After", "99999999999"))
		w.runFor(20 * day)
		w.checkWaits("/a", 2, 7*day, 7*day+time.Hour)
	}},
	{rule: "E11", name: "410", play: func(w *httpEnv) {
		w.feed("/a").Set(feedOf("x"))
		w.visit()
		w.feed("/a").AnswerAlways(origin.Status(410))
		w.runFor(9 * day)
		if n := len(w.feed("/a").Requests()); n != 3 {
			w.t.Errorf("%d visits, want one before the 410, the 410 and one more", n)
		}
		w.checkEnd("a", Gone, "for good")
		if st := w.entries("a"); st != 1 {
			w.t.Errorf("%d entries filed, want 1", st)
		}
	}},
	{rule: "E12", name: "404", every: 10 * time.Minute, play: testBackOff(origin.Status(404))},
	{rule: "E12", name: "500", every: 10 * time.Minute, play: testBackOff(origin.Status(500))},
	{rule: "E12", name: "503", every: 10 * time.Minute, play: testBackOff(origin.Status(503))},
	{rule: "E12", name: "silence", every: 10 * time.Minute, conf: fetch.Config{HeaderTimeout: 100 * time.Millisecond}, play: testBackOff(origin.Hang())},
	{rule: "E13", name: "301", every: time.Hour, play: testMove(301)},
	{rule: "E13", name: "308", every: time.Hour, play: testMove(308)},
	{rule: "E14", name: "302", every: time.Hour, play: testTemporaryRedirect(302)},
	{rule: "E14", name: "303", every: time.Hour, play: testTemporaryRedirect(303)},
	{rule: "E14", name: "307", every: time.Hour, play: testTemporaryRedirect(307)},
	{rule: "E15", name: "loop", play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(origin.Redirect(301, "/b"))
		w.feed("/b").AnswerAlways(origin.Redirect(301, "/a"))
		w.visit()
		w.checkEnd("a", Problem, "in a circle")
		if n := len(w.origin.Requests()); n != 2 {
			w.t.Errorf("%d requests, want 2", n)
		}
	}},
	{rule: "E15", name: "eleven hops", play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(origin.Redirect(302, "/0"))
		for i := range 20 {
			w.feed(fmt.Sprintf("/%d", i)).AnswerAlways(origin.Redirect(302, fmt.Sprintf("/%d", i+1)))
		}
		w.visit()
		w.checkEnd("a", Problem, "more than 10 times")
		if n := len(w.origin.Requests()); n != 11 {
			w.t.Errorf("%d requests, want 11", n)
		}
	}},
	{rule: "E16", name: "who we are", every: time.Hour, conf: fetch.Config{Version: "1.2", URL: "https://press.example", Contact: "desk@press.example"}, play: func(w *httpEnv) {
		w.feed("/a").Set(withHeader(feedOf("x"), "Set-Cookie", "id=1"))
		w.poller.Subscribers = func(string) int { return 7 }
		w.run(6 * time.Hour)
		for _, v := range w.feed("/a").Requests() {
			if got, want := v.Header.Get("User-Agent"), "Slugline/1.2 (+https://press.example; 7 subscribers) (desk@press.example)"; got != want {
				w.t.Errorf("User-Agent %q, want %q", got, want)
			}
			if v.Header["Cookie"] != nil || v.Header["Referer"] != nil || v.Header["Authorization"] != nil {
				w.t.Errorf("sent %v", v.Header)
			}
		}
	}},
	{rule: "E17", name: "what we accept", every: time.Hour, play: func(w *httpEnv) {
		w.feed("/a").AnswerNext(origin.Encoded("gzip", "text/xml", feedBytes("1")), origin.Encoded("br", "text/xml", feedBytes("2")), origin.Encoded("zstd", "text/xml", feedBytes("3")))
		for range 3 {
			w.visit()
		}
		for _, v := range w.feed("/a").Requests() {
			if v.Header.Get("Accept-Encoding") != "gzip, br, zstd" || !strings.Contains(v.Header.Get("Accept"), "application/atom+xml, application/rss+xml, application/feed+json") {
				w.t.Errorf("Accept-Encoding %q, Accept %q", v.Header.Get("Accept-Encoding"), v.Header.Get("Accept"))
			}
		}
		if got := headlines(w.records()); !slices.Equal(got, []string{"1", "2", "3"}) {
			w.t.Errorf("read %q", got)
		}
	}},
	{rule: "E18", name: "one at a time", more: "b c d e f g h i j", every: time.Hour, play: func(w *httpEnv) {
		for _, n := range "abcdefghij" {
			w.feed("/" + string(n)).Set(feedOf(string(n)))
		}
		w.runFor(8 * time.Hour)
		all := w.origin.Requests()
		for i := 1; i < len(all); i++ {
			if d := all[i].At.Sub(all[i-1].At); d < time.Second {
				w.t.Errorf("%s requested %v after %s", all[i].Path, d, all[i-1].Path)
			}
		}
		if n := w.origin.MaxInFlight(strings.TrimPrefix(w.url, "http://")); n != 1 || len(all) < 70 {
			w.t.Errorf("%d requests, %d at the same time", len(all), n)
		}
		if n := w.conns.Load(); n > 8 { // each of the test's clients has its own
			w.t.Errorf("%d connections for %d requests", n, len(all))
		}
	}},
	{rule: "E18", name: "one at a time where redirects lead to", more: "b c d e f", every: time.Hour, redirected: true, play: func(w *httpEnv) {
		for _, n := range "abcdef" {
			w.feed("/" + string(n)).Set(feedOf(string(n)))
		}
		w.runFor(8 * time.Hour)
		all := w.origin.Requests()
		for i := 1; i < len(all); i++ {
			if d := all[i].At.Sub(all[i-1].At); d < time.Second {
				w.t.Errorf("%s requested %v after %s", all[i].Path, d, all[i-1].Path)
			}
		}
		if len(all) < 40 {
			w.t.Errorf("too few visits: %d", len(all))
		}
	}},
	{rule: "E10", name: "429 where redirects lead to", more: "b c", every: 10 * time.Minute, redirected: true, play: func(w *httpEnv) {
		for _, n := range "abc" {
			w.feed("/" + string(n)).AnswerAlways(origin.Status(429, "Retry-After", "10800"))
		}
		w.runFor(day)
		all := w.origin.Requests()
		for i := 1; i < len(all); i++ {
			if d := all[i].At.Sub(all[i-1].At); d < 3*time.Hour {
				w.t.Errorf("%s visited %v after the host asked for three hours", all[i].Path, d)
			}
		}
		if len(all) < 4 {
			w.t.Errorf("too few visits: %d", len(all))
		}
		w.checkEnd("a", Problem, "")
	}},
	{rule: "E19", name: "no burst", more: "b c d e f g h i j", every: 6 * time.Hour, play: func(w *httpEnv) {
		for _, n := range "abcdefghij" {
			w.feed("/" + string(n)).Set(feedOf(string(n)))
		}
		w.runFor(time.Hour)
		for range 20 {
			w.restartStore()
			w.run(10 * time.Second)
		}
		if n := len(w.origin.Requests()); n != 10 {
			w.t.Errorf("%d requests in the first hour with twenty restarts, want 10", n)
		}
		w.runFor(day)
		for i, v := range w.origin.Requests() {
			if v.IsConditional() != (i >= 10) {
				w.t.Errorf("request %d, %s: conditional %v", i, v.Path, v.IsConditional())
			}
		}
	}},
	{rule: "E20", name: "quiet", play: func(w *httpEnv) {
		w.feed("/a").Set(feedOf("x"))
		w.runFor(8 * day)
		got := w.waits("/a")
		if slices.Min(got) < 5*time.Minute || got[len(got)-1] < time.Hour || got[len(got)-1] <= got[0] {
			w.t.Errorf("waits of a silent source: first %v, last %v, least %v", got[0], got[len(got)-1], slices.Min(got))
		}
	}},
	{rule: "E20", name: "never under the floor", play: func(w *httpEnv) {
		w.settings.Budget = 1e6
		if err := w.poller.Set(w.settings); err != nil {
			w.t.Fatal(err)
		}
		w.feed("/a").AnswerAlways(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			var items []string
			for i := range 30 { // one each minute
				items = append(items, w.clock.Load().Truncate(time.Minute).Add(time.Duration(-i)*time.Minute).Format(time.RFC3339))
			}
			origin.Bytes("text/xml", feedBytes(items...)).ServeHTTP(rw, r)
		}))
		w.runFor(8 * time.Hour)
		w.checkWaits("/a", 80, 5*time.Minute, 25*time.Minute) // the first items have no dates
		w.checkReason("a", "never sooner than 5m")
	}},
	{rule: "E21", name: "difference", every: time.Hour, play: func(w *httpEnv) {
		w.feed("/a").Set(withHeader(feedOf("x"), "ETag", `"1"`))
		w.visit()
		w.feed("/a").AnswerNext(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("IM", "feed")
			rw.Header().Set("ETag", `"2"`)
			rw.WriteHeader(226)
			_, _ = rw.Write(feedBytes("y"))
		}))
		w.feed("/a").Set(withHeader(feedOf("y", "x"), "ETag", `"3"`))
		w.visit()
		w.visit()
		all := w.feed("/a").Requests()
		if all[1].Header.Get("A-IM") != "feed" || all[2].Header.Get("If-None-Match") != `"2"` || all[0].Header["A-Im"] != nil {
			w.t.Errorf("A-IM %q, then If-None-Match %q", all[1].Header.Get("A-IM"), all[2].Header.Get("If-None-Match"))
		}
		recs := w.records()
		if got := headlines(recs); !slices.Equal(got, []string{"x", "y"}) || !recs[1].Visit.Partial {
			w.t.Errorf("filed %q, want x, then y in a partial batch", got)
		}
	}},
	{rule: "E22", name: "archive", every: 6 * time.Hour, play: func(w *httpEnv) {
		w.feed("/a").Set(feedOf("1"))
		w.visit()
		d := feedOf("30")
		d.PrevArchive = w.url + "/29"
		w.feed("/a").Set(d)
		for i := 29; i > 1; i-- {
			d := feedOf(strconv.Itoa(i))
			d.PrevArchive = fmt.Sprintf("%s/%d", w.url, i-1)
			w.feed(fmt.Sprintf("/%d", i)).Set(d)
		}
		w.runFor(day)
		got := slices.DeleteFunc(w.paths(), func(p string) bool { return p == "/a" })
		if len(got) != 10 || got[0] != "/29" || got[9] != "/20" {
			w.t.Errorf("requested %q, want ten archive pages", got)
		}
		if got := w.state("a").Gaps; got != 1 {
			w.t.Errorf("%d gaps, want 1", got)
		}
	}},
	{rule: "E23", name: "401", play: testBlocked(origin.Status(401), "set headers")},
	{rule: "E23", name: "403", play: testBlocked(origin.Status(403), "ask its owner")},
	{rule: "E23", name: "451", play: testBlocked(origin.Status(451), "may not be read from here")},
	{rule: "E23", name: "challenge", play: testBlocked(origin.Bytes("text/html", []byte("<html>Just a moment"), "Cf-Mitigated", "challenge"), "ask its owner to let feed readers in")},
	{rule: "E24", name: "stuck cache", every: 4 * time.Hour, play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") != "" {
				rw.WriteHeader(304)
				return
			}
			origin.Bytes("text/xml", feedBytes("x"), "ETag", `"t"`).ServeHTTP(rw, r)
		}))
		w.runFor(30 * day)
		var plain []time.Time
		for _, v := range w.feed("/a").Requests() {
			if !v.IsConditional() {
				plain = append(plain, v.At)
			}
		}
		for i := 1; i < len(plain); i++ {
			if d := plain[i].Sub(plain[i-1]); d < day {
				w.t.Errorf("requested without validators again after %v", d)
			}
		}
		if len(plain) < 2 || len(plain) > 20 {
			w.t.Errorf("requested without validators %d times in 30 days", len(plain))
		}
	}},
	{rule: "page", name: "names its feed", every: time.Hour, play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(pageNaming("/feed"))
		w.feed("/feed").Set(feedOf("x"))
		w.runFor(6 * time.Hour)
		got := w.paths()
		if len(got) < 6 || !slices.Equal(got[:2], []string{"/a", "/feed"}) || slices.Contains(got[1:], "/a") {
			w.t.Errorf("requested %q, want the page, then only its feed", got)
		}
		w.checkWaits("/feed", 4, time.Hour, 61*time.Minute)
		eachRepeat(w, "/feed", 4, origin.Request.IsConditional, true)
		if s := w.state("a"); s.Found != w.url+"/feed" || s.Problem != "" || w.entries("a") != 1 {
			w.t.Errorf("got %+v, want the feed remembered", s)
		}
		all := w.origin.Requests()
		if d := all[1].At.Sub(all[0].At); d < time.Second {
			w.t.Errorf("the feed was requested %v after its page", d)
		}
	}},
	{rule: "page", name: "instead of a feed", every: time.Hour, play: func(w *httpEnv) {
		w.feed("/a").Set(feedOf("x"))
		w.feed("/feed").Set(feedOf("y"))
		w.visit()
		w.feed("/a").AnswerAlways(pageNaming("/feed"))
		w.runFor(6 * time.Hour)
		if slices.Contains(w.paths(), "/feed") {
			w.t.Error("the feed that an error page names replaced the source's own")
		}
		w.checkEnd("a", Problem, "/feed")
	}},
	{rule: "page", name: "names another one", every: time.Hour, play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(pageNaming("/feed"))
		w.feed("/feed").Set(feedOf("x"))
		w.visit()
		w.feed("/feed").AnswerAlways(origin.Status(404))
		w.feed("/a").AnswerAlways(pageNaming("/rss"))
		w.feed("/rss").Set(feedOf("x", "y"))
		w.runFor(2 * day)
		if got := w.state("a"); got.Found != w.url+"/rss" || got.Problem != "" {
			w.t.Errorf("requested %q, found %q, problem %q", w.paths(), got.Found, got.Problem)
		}
	}},
	{rule: "page", name: "that names a page", every: time.Hour, play: func(w *httpEnv) {
		w.feed("/a").AnswerAlways(pageNaming("/b"))
		w.feed("/b").AnswerAlways(pageNaming("/c"))
		w.visit()
		if got := w.paths(); !slices.Equal(got, []string{"/a", "/b"}) {
			w.t.Errorf("requested %q, want one step", got)
		}
		w.checkEnd("a", Problem, "/b can't be read")
	}},
}

func pageNaming(feed string) http.Handler {
	return origin.Bytes("text/html", []byte(`<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="`+feed+`"></head><body>Hello</body></html>`))
}

// testValidatorEcho checks that a validator comes back as it is.
func testValidatorEcho(name, value string) func(w *httpEnv) {
	back := map[string]string{"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
	return func(w *httpEnv) {
		header := []string{"ETag", "", name, value}
		w.feed("/a").Set(withHeader(feedOf("x"), header...))
		w.visit()
		w.visit()
		w.visit()
		eachRepeat(w, "/a", 2, func(v origin.Request) string {
			return fmt.Sprint(v.Header[http.CanonicalHeaderKey(back[name])], v.Status)
		}, fmt.Sprint([]string{value}, 304))
	}
}

// testWait checks that visits wait as a document asks.
func testWait(extra string, wait time.Duration) func(w *httpEnv) {
	return func(w *httpEnv) {
		w.feed("/a").AnswerAlways(origin.Bytes("text/xml", rss{items: []string{"x"}, extra: extra}.body()))
		w.runFor(2 * day)
		w.checkWaits("/a", 20, wait, 2*wait)
	}
}

func skipAllHours() string {
	s := "<skipHours>"
	for h := range 24 {
		s += fmt.Sprintf("<hour>%d</hour>", h)
	}
	return s + "</skipHours>"
}

func testBackOff(answer http.Handler) func(w *httpEnv) {
	return func(w *httpEnv) {
		w.feed("/a").AnswerAlways(answer)
		w.runFor(5 * day)
		got := w.waits("/a")
		for i := range got {
			got[i] = got[i].Round(2 * time.Minute)
		}
		m := time.Minute
		want := []time.Duration{10 * m, 20 * m, 40 * m, 80 * m, 160 * m, 320 * m, 640 * m, 1280 * m, 1440 * m, 1440 * m}
		if n := min(len(got), len(want)); n < 9 || !slices.Equal(got[:n], want[:n]) {
			w.t.Errorf("waits %v, want %v", got, want)
		}
		w.feed("/a").AnswerAlways(nil)
		w.feed("/a").Set(feedOf("x"))
		w.runFor(25 * time.Hour)
		if s := w.state("a"); s.Failures != 0 || s.Problem != "" || s.Due.Sub(s.LastAttempt) > 11*m {
			w.t.Errorf("after it recovered: %+v", s)
		}
	}
}

func testMove(status int) func(w *httpEnv) {
	return func(w *httpEnv) {
		w.feed("/a").AnswerAlways(origin.Redirect(status, "/new"))
		w.feed("/new").Set(feedOf("x"))
		w.runFor(8 * time.Hour)
		got := w.paths()
		if len(got) < 8 || !slices.Equal(got[:6], []string{"/a", "/new", "/a", "/new", "/a", "/new"}) || slices.Contains(got[6:], "/a") {
			w.t.Errorf("requested %q, want the old address three times", got)
		}
		if s := w.state("a"); s.MovedTo(time.Now()) != w.url+"/new" {
			w.t.Errorf("moved to %q", s.MovedTo(time.Now()))
		}
	}
}

func testTemporaryRedirect(status int) func(w *httpEnv) {
	return func(w *httpEnv) {
		w.feed("/a").AnswerAlways(origin.Redirect(status, "/b"))
		w.feed("/b").Set(feedOf("x"))
		w.runFor(8 * time.Hour)
		if a, b := len(w.feed("/a").Requests()), len(w.feed("/b").Requests()); a != b || a < 7 {
			w.t.Errorf("%d visits of the address, %d of its target", a, b)
		}
		if s := w.state("a"); s.Moved != "" {
			w.t.Errorf("moved to %q", s.Moved)
		}
	}
}

func testBlocked(answer http.Handler, advice string) func(w *httpEnv) {
	return func(w *httpEnv) {
		w.feed("/a").AnswerAlways(answer)
		w.runFor(2 * day)
		w.checkWaits("/a", 2, 3*time.Hour, day+3*time.Hour)
		w.checkEnd("a", Blocked, advice)
	}
}

// checkUnconditional checks that there were n requests or more, none with a validator.
func (w *httpEnv) checkUnconditional(path string, n int) {
	w.t.Helper()
	all := w.feed(path).Requests()
	if len(all) < n || slices.ContainsFunc(all, origin.Request.IsConditional) {
		w.t.Errorf("%d requests, want %d or more, none conditional", len(all), n)
	}
}

// eachRepeat checks all requests except the first.
func eachRepeat[T comparable](w *httpEnv, path string, n int, what func(origin.Request) T, want T) {
	w.t.Helper()
	all := w.feed(path).Requests()
	if len(all) <= n {
		w.t.Errorf("%d requests for %s, want more than %d", len(all), path, n)
		return
	}
	for i, v := range all[1:] {
		if got := what(v); got != want {
			w.t.Errorf("request %d for %s: %v, want %v", i+1, path, got, want)
		}
	}
}

// checkEnd checks the state of a source after its last visit.
func (w *httpEnv) checkEnd(name, outcome, problem string) {
	w.t.Helper()
	if s := w.state(name); s.Outcome != outcome || !strings.Contains(s.Problem, problem) {
		w.t.Errorf("%s: outcome %s, problem %q; want %s, %q", name, s.Outcome, s.Problem, outcome, problem)
	}
}

func (w *httpEnv) checkReason(name, why string) {
	w.t.Helper()
	if s := w.state(name); !strings.Contains(s.Reason, why) {
		w.t.Errorf("%s: the reason for the next visit is %q, want %q", name, s.Reason, why)
	}
}

// entries counts the entries that were filed for a source.
func (w *httpEnv) entries(name string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.filed {
		if r.Visit.Source == name {
			n += len(r.Visit.Entries)
		}
	}
	return n
}
