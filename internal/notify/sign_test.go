package notify

import (
	"net/http"
	"testing"
	"time"
)

// The example is from the libraries of Standard Webhooks.
func TestSign(t *testing.T) {
	h := http.Header{}
	sign(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if got, want := h.Get("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %q, want %q", got, want)
	}
	if h.Get("webhook-timestamp") != "1614265330" {
		t.Errorf("timestamp %q", h.Get("webhook-timestamp"))
	}
}
