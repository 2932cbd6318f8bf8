package notify_test

import (
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/storetest"
)

// A mail that was sent while the store could not be written is recorded when it can be,
// and not sent again. For ten minutes, the store's file is read-only here.
func TestAMailThatCannotBeRecordedIsNotSentAgain(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, server := newsletterEnv(t)
		r.stop()
		file := storetest.New(t)
		r.openFile = file.OpenFile
		r.start()
		server.beforeAccept = file.Lock
		if err := r.notifier.Subscribe("morning", "ann@reader.example", "de"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		file.Mend()
		time.Sleep(time.Hour)
		if n := len(server.mails()); n != 1 {
			t.Errorf("the confirmation mail was sent %d times, want once", n)
		}
		r.view(func(tx *store.Tx) error {
			mails, err := tx.Mails.All()
			if len(mails) != 1 || mails[0].Sent.IsZero() {
				t.Errorf("recorded as %+v, want one mail, sent", mails)
			}
			return err
		})
		r.stop()
	})
}
