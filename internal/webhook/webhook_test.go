package webhook

import (
	"testing"

	"github.com/slugline/slugline/internal/news"
)

// A message about a story that was sent by hand begins with who sent it and with the note,
// in one line.
func TestTitleOfWhatWasSentByHand(t *testing.T) {
	for _, tt := range []struct{ by, note, want string }{
		{"anna", "", "Sent by anna"},
		{"", "", "Sent by the desk"},
		{"anna", "for the\nfront ", "Sent by anna: for the front"},
	} {
		n := &news.Notice{When: news.WhenSend, By: tt.by, Note: tt.note}
		if got := Title([]*news.Notice{n}); got != tt.want {
			t.Errorf("by %q with the note %q: %q, want %q", tt.by, tt.note, got, tt.want)
		}
	}
}
