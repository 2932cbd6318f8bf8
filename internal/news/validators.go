package news

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// byteEscape begins a validator that is not UTF-8, which JSON can't represent: a character
// for each byte follows. No header contains a zero byte.
const byteEscape = "\x00"

type plainValidators Validators

// MarshalJSON encodes validators so that UnmarshalJSON returns the same bytes.
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
