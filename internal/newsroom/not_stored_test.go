package newsroom_test

import (
	"os"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

// While the database can't be written, nothing is acknowledged: editors are told why and
// when to try again.
func TestWhatCannotBeStored(t *testing.T) {
	n := webtest.OpenFilled(t)
	at := serve(n, nil)
	n.Must(os.Rename(n.Store.Path(), n.Store.Path()+".away"))
	for path, body := range map[string]string{
		"/api/tokens": `{"name": "anna"}`,
		"/api/seat":   `{"read": ["` + n.Find("Copper rises for a third day").ID + `"]}`,
	} {
		resp, answer := webtest.RequestWithBody(t, "POST", at+path, strings.NewReader(body), "Content-Type: application/json")
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "60" || !strings.Contains(answer, "was removed or renamed while it is in use") {
			t.Errorf("%s: %d, Retry-After %q: %s", path, resp.StatusCode, resp.Header.Get("Retry-After"), answer)
		}
	}
	if resp, _ := webtest.Request(t, "GET", at+"/api/wire"); resp.StatusCode != 200 {
		t.Errorf("the wire: %d, want 200", resp.StatusCode)
	}
}
