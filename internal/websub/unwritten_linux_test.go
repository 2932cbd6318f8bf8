package websub_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/storetest"
)

// A request that can't be stored is not accepted, its callback is not asked, and a later
// one is.
func TestRequestsThatCannotBeStored(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		reader := r.reader("reader.example")
		r.stop()
		file := storetest.New(t)
		r.openFile = file.OpenFile
		r.start()
		synctest.Wait()
		file.Lock()
		for range 2 {
			res := r.ask(wish("subscribe", topic, "https://reader.example/"))
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !strings.Contains(string(body), "can't be stored now; come back in") {
				t.Errorf("a request that can't be stored: %s, Retry-After %q, %q; want 503, a time and a sentence", res.Status, res.Header.Get("Retry-After"), body)
			}
		}
		time.Sleep(time.Minute)
		if n := len(reader.intents()); n != 0 {
			t.Errorf("asked %d times, want never", n)
		}
		file.Mend()
		r.subscribe("https://reader.example/")
		synctest.Wait()
		if n, stored := len(reader.intents()), len(r.subscriptions()); n != 1 || stored != 1 {
			t.Errorf("asked %d times and %d stored, want once and one", n, stored)
		}
	})
}
