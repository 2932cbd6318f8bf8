package news

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// JSON holds text alone, and a server may write any byte into a validator: one that
// is no text is kept as a zero and then a character for each byte. No header has a
// zero in it.
const byteEscape = "\x00"

type plainValidators Validators

// MarshalJSON keeps validators byte for byte.
func (v Validators) MarshalJSON() ([]byte, error) {
	v.ETag, v.LastModified = encodeBytes(v.ETag), encodeBytes(v.LastModified)
	return json.Marshal(plainValidators(v))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Validators) UnmarshalJSON(b []byte) error {
	var k plainValidators
	if err := json.Unmarshal(b, &k); err != nil {
		return err
	}
	v.ETag, v.LastModified = decodeBytes(k.ETag), decodeBytes(k.LastModified)
	return nil
}

func encodeBytes(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(byteEscape)
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func decodeBytes(s string) string {
	text, ok := strings.CutPrefix(s, byteEscape)
	if !ok {
		return s
	}
	b := make([]byte, 0, len(text))
	for _, r := range text {
		b = append(b, byte(r))
	}
	return string(b)
}
