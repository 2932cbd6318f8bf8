package newsroom_test

import (
	"os"
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

// When the database is damaged while the desk is served, pages say so in the language of the
// site, and what to do.
func TestDamageIsSaidInTheLanguageOfTheSite(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Rules.Site.Language = "de"
	n.ApplyRules()
	at := serve(n, nil)
	webtest.Request(t, "GET", at+"/", "Accept: text/html")
	n.Must(os.Truncate(n.Store.Path(), 8192))
	resp, body := webtest.Request(t, "GET", at+"/sources", "Accept: text/html")
	if resp.StatusCode != 503 {
		t.Errorf("status %d, want 503", resp.StatusCode)
	}
	webtest.ContainsInOrder(t, body, `<html lang="de" dir="ltr">`, "<h1>Vorübergehend nicht verfügbar</h1>", "Die Datenbank ist beschädigt. ", "Im Protokoll steht der Befehl", `role="alert" lang="en" dir="ltr">`, "database damaged")
}
