package websub

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

const signatureHeader = "X-Hub-Signature"

// methods are those of section 7.1. The weakness of SHA-1 is none of its HMAC, and
// many hubs know no other.
var methods = map[string]func() hash.Hash{
	"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
}

// sign is the signature header for a body.
func sign(secret string, body []byte) string {
	return "sha256=" + hex.EncodeToString(mac(sha256.New, secret, body))
}

// verifySignature says whether a signature header is that of a body.
func verifySignature(header, secret string, body []byte) bool {
	name, digits, _ := strings.Cut(strings.TrimSpace(header), "=")
	method := methods[strings.ToLower(name)]
	got, err := hex.DecodeString(digits)
	return method != nil && err == nil && hmac.Equal(got, mac(method, secret, body))
}

func mac(method func() hash.Hash, secret string, body []byte) []byte {
	h := hmac.New(method, []byte(secret))
	h.Write(body)
	return h.Sum(nil)
}
