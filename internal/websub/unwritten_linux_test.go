package websub_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/storetest"
	"github.com/slugline/slugline/internal/websub"
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

// A request to a hub whose database can't be read is told to come back: that is what other
// answers say too.
func TestRequestsToADamagedHub(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	hub := &websub.Hub{Store: st, Log: slog.New(slog.DiscardHandler)}
	ask := func() *http.Response {
		r := httptest.NewRequest(http.MethodPost, "/websub", strings.NewReader(wish("subscribe", topic, "https://reader.example/").Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		hub.ServeHTTP(w, r)
		return w.Result()
	}
	if res := ask(); res.StatusCode != http.StatusNotFound {
		t.Fatalf("before the damage: %s", res.Status)
	}
	if err := os.Truncate(st.Path(), 0); err != nil {
		t.Fatal(err)
	}
	if res := ask(); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("after it: %s, Retry-After %q; want 503 and a time", res.Status, res.Header.Get("Retry-After"))
	}
}
