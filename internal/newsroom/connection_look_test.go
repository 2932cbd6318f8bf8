package newsroom_test

import (
	"errors"
	"net/http"
	"os"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// When the connection is lost the wire says since when. When the daemon is back the wire
// applies the filter that was entered meanwhile, and shows problems of the daemon.
func TestWireLosesItsDaemon(t *testing.T) {
	l, n := webtest.OpenBrowser(t), webtest.OpenFilled(t)
	var full atomic.Bool
	d := &newsroom.Desk{Store: n.Store, Live: &n.Live, Ready: func() error {
		if full.Load() {
			return errors.New("commit 1 records: no space on the disk: free some, nothing is lost")
		}
		return nil
	}}
	s := l.ServeAt("127.0.0.1:0", d)
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate("http://"+s.Addr+"/")); err != nil {
		t.Fatal(err)
	}
	axe, err := os.ReadFile(webtest.NodeTool(t, "axe-core/axe.min.js"))
	n.Must(err)
	webtest.Eval[chromedp.Void](l, string(axe)+";0")
	l.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	n.Must(s.Close())
	l.WaitFor("since when the connection is lost", `/^reconnecting since [0-2]\d:[0-5]\d$/.test(document.getElementById("state").textContent)`)
	l.RunScript(`document.getElementById("q").value = "copper"; document.getElementById("q").dispatchEvent(new Event("input"))`)
	l.WaitFor("that the filter can't be applied", `document.getElementById("wrong").textContent.startsWith("Slugline does not answer. ")`)
	l.CheckPage("wire-lost")

	full.Store(true)
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		return tx.Visits.Put(news.VisitState{Source: "gulf", Problem: "it is silent"})
	}))
	l.ServeAt(s.Addr, d)
	l.WaitFor("the filtered wire", `document.getElementById("state").textContent === "live" && !document.getElementById("wrong").textContent && document.querySelectorAll(".wire .story").length === 1`)
	l.RunScript(`dispatchEvent(new Event("focus"))`)
	l.WaitFor("the problems", `!document.getElementById("trouble").hidden && document.getElementById("troubled").textContent === "sources with problems: 1"`)
	l.CheckPage("wire-trouble")
	full.Store(false)
	l.RunScript(`dispatchEvent(new Event("focus"))`)
	l.WaitFor("that intake has resumed", `document.getElementById("trouble").hidden && !document.getElementById("troubled").hidden`)
}

// What the server drew stays until the script has read the wire.
func TestWireIsThereBeforeItIsLive(t *testing.T) {
	l, n := webtest.OpenBrowser(t), webtest.OpenFilled(t)
	d := &newsroom.Desk{Store: n.Store, Live: &n.Live}
	read := make(chan struct{})
	s := l.ServeAt("127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/wire" {
			select {
			case <-read:
			case <-r.Context().Done():
			}
		}
		d.ServeHTTP(w, r)
	}))
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate("http://"+s.Addr+"/")); err != nil {
		t.Fatal(err)
	}
	const stories = `new Promise(done => { dispatchEvent(new Event("resize"));
  requestAnimationFrame(() => requestAnimationFrame(() => done(document.querySelectorAll(".wire .story").length))) })`
	if got := webtest.Eval[int](l, stories); got == 0 {
		t.Error("the wire is empty until its script has read it")
	}
	close(read)
	l.WaitFor("that it is live", `document.getElementById("state").textContent === "live" && document.querySelectorAll(".wire.placed .story").length > 0`)
}
