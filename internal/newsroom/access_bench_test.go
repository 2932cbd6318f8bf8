package newsroom_test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// BenchmarkWrongKey refuses a wrong key at a desk with as many tokens as there may be.
func BenchmarkWrongKey(b *testing.B) {
	n := webtest.Open(b)
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		for i := range 1000 {
			if _, err := newsroom.MakeToken(tx, fmt.Sprintf("token %d", i), false, n.At); err != nil {
				return err
			}
		}
		return nil
	}))
	d := &newsroom.Desk{Store: n.Store, Live: &n.Live, Token: token}
	for b.Loop() {
		r := httptest.NewRequest("GET", "/api/status", nil)
		r.Header.Set("Authorization", "Bearer wrong")
		d.ServeHTTP(httptest.NewRecorder(), r)
	}
}
