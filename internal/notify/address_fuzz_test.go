package notify

import (
	"net/mail"
	"strings"
	"testing"
)

// FuzzNormalizeAddress checks that whatever people type is either an error or an address
// that a mail server accepts, and that normalizing it again changes nothing.
func FuzzNormalizeAddress(f *testing.F) {
	for _, s := range []string{
		"ann@reader.example", " Ann@Reader.Example ", "Ann <ann@reader.example>", "ann@müller.example", "ann@reader", "a@b.example\r\nBcc: c@d.example",
		`"a b"@reader.example`, "ann@[127.0.0.1]", "ann@reader.example.", "ann@@reader.example", "ann\u202e@reader.example", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := normalizeAddress(s)
		if err != nil {
			return
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || strings.Count(got, "@") != 1 || len(got) > 254 {
			t.Errorf("%q becomes %q, which is not a plain address", s, got)
		}
		if a, err := mail.ParseAddress(got); err != nil || a.Address != got {
			t.Errorf("%q becomes %q, which parses as %v (%v)", s, got, a, err)
		}
		if again, err := normalizeAddress(got); err != nil || again != got {
			t.Errorf("%q becomes %q, and that becomes %q (%v)", s, got, again, err)
		}
	})
}
