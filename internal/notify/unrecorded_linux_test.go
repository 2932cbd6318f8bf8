package notify_test

import (
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/store"
)

// A mail that was sent while the store could not be written is recorded when it can be,
// and not sent again. For ten minutes, the store's file is read-only here.
func TestAMailThatCannotBeRecordedIsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, server := newsletterEnv(t)
		r.stop()
		var file *os.File // of the store
		r.openFile = func(name string, flag int, perm os.FileMode) (f *os.File, err error) {
			f, err = os.OpenFile(name, flag, perm)
			if file == nil {
				file = f
			}
			return f, err
		}
		r.start()
		reopen := func(flag int) { // replaces the file behind the store's descriptor
			other, err := os.OpenFile(r.path, flag, 0)
			if err == nil {
				err = syscall.Dup3(int(other.Fd()), int(file.Fd()), 0)
				_ = other.Close()
			}
			if err != nil {
				t.Error(err)
			}
		}
		server.beforeAccept = func() { reopen(os.O_RDONLY) }
		if err := r.notifier.Subscribe("morning", "ann@reader.example", "de"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		reopen(os.O_RDWR)
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
