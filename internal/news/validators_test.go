package news_test

import (
	"encoding/json"
	"testing"

	"github.com/slugline/slugline/internal/news"
)

// Validators are the same bytes after they were stored as JSON.
func FuzzValidators(f *testing.F) {
	f.Add(`W/"a b"`, "Sat, 01 Jan 2000 00:00:00 GMT")
	f.Add("\"\xe9\xff\"", "\xed\xa0\x80")
	f.Add("é", "\u2028<&>")
	f.Fuzz(func(t *testing.T, tag, date string) {
		if tag != "" && tag[0] == 0 || date != "" && date[0] == 0 {
			return // no header begins with a zero byte
		}
		want := news.Validators{ETag: tag, LastModified: date}
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got news.Validators
		if err := json.Unmarshal(b, &got); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	})
}
