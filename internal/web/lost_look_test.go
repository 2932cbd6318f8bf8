package web_test

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/web"
)

// serves answers at an address until it is closed.
func (l *looker) serves(address string, h http.Handler) *http.Server {
	l.Helper()
	ln, err := net.Listen("tcp", address)
	if err != nil {
		l.Fatal(err)
	}
	s := web.Server(l.Context(), h)
	go func() { _ = s.Serve(ln) }()
	l.Cleanup(func() { _ = s.Close() })
	s.Addr = ln.Addr().String()
	return s
}

// passes holds the page as it stands against axe and our own rules, wide in light and
// narrow in dark.
func (l *looker) passes(name string) {
	l.Helper()
	for _, as := range []struct {
		width  int64
		scheme string
	}{{1280, "light"}, {360, "dark"}} {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: as.scheme}}}
		if _, err := chromedp.Call(l.ctx, emulation.SetEmulatedMedia, media); err != nil {
			l.Fatal(err)
		}
		if err := chromedp.Do(l.ctx, chromedp.EmulateViewport(as.width, 900)); err != nil {
			l.Fatal(err)
		}
		for _, rules := range []string{wrongs, violated} {
			if bad := eval[[]string](l, rules); len(bad) > 0 {
				l.Errorf("%s at %d, %s: %v", name, as.width, as.scheme, bad)
			}
		}
		if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
			l.shoot(filepath.Join(dir, name+"-"+as.scheme+".png"))
		}
	}
}

// The wire whose daemon went away says since when and asks no more of the reader; when
// the daemon is there again it shows what was asked for meanwhile, and what is wrong.
func TestWireLosesItsDaemon(t *testing.T) {
	l, n := sampleStyle(t), busy(t)
	var full atomic.Bool
	d := &web.Desk{Store: n.store, Live: &n.live, Ready: func() error {
		if full.Load() {
			return errors.New("commit 1 records: no space on the disk: free some, nothing is lost")
		}
		return nil
	}}
	s := l.serves("127.0.0.1:0", d)
	if err := chromedp.Do(l.ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate("http://"+s.Addr+"/")); err != nil {
		t.Fatal(err)
	}
	axe, err := os.ReadFile(tool(t, "axe-core/axe.min.js"))
	n.must(err)
	eval[chromedp.Void](l, string(axe)+";0")
	l.sees("that it is live", `document.getElementById("state").textContent === "live"`)
	n.must(s.Close())
	l.sees("since when it is lost", `/^reconnecting since [0-2]\d:[0-5]\d$/.test(document.getElementById("state").textContent)`)
	l.does(`document.getElementById("q").value = "copper"; document.getElementById("q").dispatchEvent(new Event("input"))`)
	l.sees("that the filter must wait", `document.getElementById("wrong").textContent === "Slugline does not answer."`)
	l.passes("wire-lost")

	full.Store(true)
	n.must(n.store.Update(func(tx *store.Tx) error {
		return tx.PutVisitState(news.VisitState{Source: "gulf", Problem: "it is silent"})
	}))
	l.serves(s.Addr, d)
	l.sees("what was asked for", `document.getElementById("state").textContent === "live" && !document.getElementById("wrong").textContent && document.querySelectorAll(".wire .story").length === 1`)
	l.does(`dispatchEvent(new Event("focus"))`)
	l.sees("what is wrong", `!document.getElementById("trouble").hidden && document.getElementById("troubled").textContent === "sources in trouble: 1"`)
	l.passes("wire-trouble")
	full.Store(false)
	l.does(`dispatchEvent(new Event("focus"))`)
	l.sees("that it is over", `document.getElementById("trouble").hidden && !document.getElementById("troubled").hidden`)
}
