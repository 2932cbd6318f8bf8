package news_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// growEvent adds n voices to an event, gap apart, and returns the first that made it grow
// unusually fast, counted from 1; 0 when none did.
func growEvent(r *news.Rhythm, n int, gap time.Duration, own bool) (at int) {
	begin := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	var all []news.Voice
	for i := range n {
		all, _ = news.WithVoice(all, news.Voice{Owner: fmt.Sprint(i), At: begin.Add(time.Duration(i) * gap), Own: own || i == 0})
		if _, unusual := r.Grow(all); unusual && at == 0 {
			at = i + 1
		}
	}
	return at
}

// The same growth is unusual where stories gain voices slowly, and usual where all of them
// grow so fast.
func TestWhatIsUnusualDependsOnWhatIsUsual(t *testing.T) {
	for _, c := range []struct {
		name  string
		usual int // voices of each of the stories before
		gap   time.Duration
		own   bool
		n     int
		want  int
	}{
		{"eight in eight minutes where two are usual", 2, time.Minute, true, 8, 5},
		{"eight in eight minutes where eight are usual", 8, time.Minute, true, 8, 0},
		{"two in one second", 1, time.Second, true, 2, 0},
		{"eight copies in an hour", 2, 9 * time.Minute, false, 8, 0},
		{"one each half hour all day", 2, 30 * time.Minute, true, 48, 0},
	} {
		var r news.Rhythm
		for range 300 {
			growEvent(&r, c.usual, time.Minute, true)
		}
		if got := growEvent(&r, c.n, c.gap, c.own); got != c.want {
			t.Errorf("%s: unusual with voice %d, want %d", c.name, got, c.want)
		}
	}
}

func TestAVoiceCountsOnceSinceItsFirstEntry(t *testing.T) {
	at := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	all, _ := news.WithVoice(nil, news.Voice{Owner: "a", At: at})
	all, more := news.WithVoice(all, news.Voice{Owner: "a", At: at.Add(time.Hour)})
	if more || len(all) != 1 {
		t.Errorf("the same voice again: %v, more %t", all, more)
	}
	all, more = news.WithVoice(all, news.Voice{Owner: "b", At: at.Add(-time.Hour)})
	if !more || all[0].Owner != "b" {
		t.Errorf("an earlier voice: %v, more %t", all, more)
	}
	for i := range 2 * news.MaxVoices {
		all, _ = news.WithVoice(all, news.Voice{Owner: fmt.Sprint(i), At: at.Add(time.Duration(i) * time.Minute)})
	}
	if len(all) != news.MaxVoices {
		t.Errorf("%d voices are kept, want %d", len(all), news.MaxVoices)
	}
}
