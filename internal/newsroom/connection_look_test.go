package newsroom_test

import (
	"errors"
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
	l, n := webtest.OpenBrowser(t), webtest.OpenBusy(t)
	var full atomic.Bool
	d := &newsroom.Desk{Store: n.Store, Live: &n.Live, Ready: func() error {
		if full.Load() {
			return errors.New("commit 1 records: no space on the disk: free some, nothing is lost")
		}
		return nil
	}}
	s := l.Serve("127.0.0.1:0", d)
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate("http://"+s.Addr+"/")); err != nil {
		t.Fatal(err)
	}
	axe, err := os.ReadFile(webtest.NodeTool(t, "axe-core/axe.min.js"))
	n.Must(err)
	webtest.Eval[chromedp.Void](l, string(axe)+";0")
	l.Sees("that it is live", `document.getElementById("state").textContent === "live"`)
	n.Must(s.Close())
	l.Sees("since when the connection is lost", `/^reconnecting since [0-2]\d:[0-5]\d$/.test(document.getElementById("state").textContent)`)
	l.Does(`document.getElementById("q").value = "copper"; document.getElementById("q").dispatchEvent(new Event("input"))`)
	l.Sees("that the filter can't be applied", `document.getElementById("wrong").textContent === "Slugline does not answer."`)
	l.Passes("wire-lost")

	full.Store(true)
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		return tx.Visits.Put(news.VisitState{Source: "gulf", Problem: "it is silent"})
	}))
	l.Serve(s.Addr, d)
	l.Sees("the filtered wire", `document.getElementById("state").textContent === "live" && !document.getElementById("wrong").textContent && document.querySelectorAll(".wire .story").length === 1`)
	l.Does(`dispatchEvent(new Event("focus"))`)
	l.Sees("the problems", `!document.getElementById("trouble").hidden && document.getElementById("troubled").textContent === "sources with problems: 1"`)
	l.Passes("wire-trouble")
	full.Store(false)
	l.Does(`dispatchEvent(new Event("focus"))`)
	l.Sees("that intake has resumed", `document.getElementById("trouble").hidden && !document.getElementById("troubled").hidden`)
}
