package fetch_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/slugline/slugline/internal/fetch"
)

// A machine without free descriptors does not say that the source is at fault.
func TestNoDescriptors(t *testing.T) {
	_, s := serve(t)
	c := client(t, fetch.Config{}, s)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	setLimit := func(l syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
			t.Fatal(err)
		}
	}
	setLimit(syscall.Rlimit{Cur: 0, Max: limit.Max})
	defer setLimit(limit)
	p := problem(t, c, fetch.Request{URL: s.URL + "/rss"})
	if p.Kind != fetch.Unreachable || !fetch.IsExhausted(p) || !strings.Contains(p.Text, "this machine could not open") {
		t.Errorf("the problem is %q, %q; want one of this machine", p.Kind, p.Text)
	}
}
