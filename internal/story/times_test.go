package story_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/story"
)

// ahead is the state of a fold, with its signatures, some of which are years late.
func ahead(t testing.TB) (state []byte, signatures [][]byte) {
	f := story.New()
	at := noon
	for i := range 60 {
		if i == 30 {
			at = at.AddDate(10, 0, 0)
		}
		at = at.Add(time.Hour)
		h := story.Headline{Entry: fmt.Sprint("e", i), Seq: uint64(i + 1), Owner: fmt.Sprint("o", i%7), Text: fmt.Sprintf("Flood number %d closes the bridge at Orlo %d", i/3, i/3), At: at}
		signatures = append(signatures, f.Judge(h).Signature)
		if i%8 == 7 {
			state, _ = f.Sweep(at)
		}
	}
	return state, signatures
}

// Without a change, ChangeTimes and WithTime give the same bytes. With one, nothing but the
// times changes, and it can be undone.
func TestChangeTimes(t *testing.T) {
	state, signatures := ahead(t)
	if len(state) == 0 {
		t.Fatal("no state")
	}
	change := func(d time.Duration) []byte {
		got, err := story.ChangeTimes(state, func(at time.Time) time.Time { return at.Add(d) })
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := change(0); !bytes.Equal(got, state) {
		t.Error("ChangeTimes without a change gives another state")
	}
	back := change(-24 * time.Hour)
	if bytes.Equal(back, state) {
		t.Error("ChangeTimes changed nothing")
	}
	if _, err := story.Restore(back); err != nil {
		t.Error(err)
	}
	for _, sig := range signatures {
		at, err := story.SignatureTime(sig)
		same, err2 := story.WithTime(sig, at)
		moved, err3 := story.WithTime(sig, noon)
		was, err4 := story.SignatureTime(moved)
		if err != nil || err2 != nil || err3 != nil || err4 != nil || !bytes.Equal(same, sig) || !was.Equal(noon) {
			t.Fatalf("%v %v %v %v: of %v, moved to %v", err, err2, err3, err4, at, was)
		}
		if err := story.New().Load(moved); err != nil {
			t.Error(err)
		}
	}
}

// Damaged bytes are an error, never a panic.
func FuzzChangeTimes(f *testing.F) {
	state, signatures := ahead(f)
	f.Add(state)
	f.Add(signatures[40])
	f.Fuzz(func(t *testing.T, b []byte) {
		same := func(at time.Time) time.Time { return at }
		if got, err := story.ChangeTimes(b, same); err == nil {
			if _, err := story.Restore(got); err != nil {
				t.Errorf("a state that can be restored became one that can't: %v", err)
			}
		}
		if at, err := story.SignatureTime(b); err == nil {
			if _, err := story.WithTime(b, at); err != nil {
				t.Error(err)
			}
		}
	})
}
