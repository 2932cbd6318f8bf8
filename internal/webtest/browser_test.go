package webtest_test

import (
	"testing"

	"github.com/slugline/slugline/internal/webtest"
)

// A page whose scripts are off, where no timer runs, is asked often, too.
func TestWaitForWithoutScripts(t *testing.T) {
	b := webtest.OpenBrowser(t)
	b.AllowScript(false)
	b.Navigate("data:text/html,<p>one</p>")
	b.WaitFor("what is true at the twentieth question", `(globalThis.asked = (globalThis.asked ?? 0) + 1) === 20`)
}
