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

// methods are the signature methods of section 7.1. SHA-1 is weak, but its HMAC is not,
// and many hubs have no other.
var methods = map[string]func() hash.Hash{
	"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
}

// sign returns the signature header for a body.
func sign(secret string, body []byte) string {
	return "sha256=" + hex.EncodeToString(mac(sha256.New, secret, body))
}

// verifySignature reports whether a signature header is valid for a body.
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
