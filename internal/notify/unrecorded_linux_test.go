package notify_test

import (
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/store"
)

// A letter that left while nothing could be written is noted when that works again,
// and not sent again; the room is a disk that takes nothing for ten minutes.
func TestALetterThatCannotBeNotedIsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, box := newsletterEnv(t)
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
		as := func(flag int) {
			other, err := os.OpenFile(r.path, flag, 0)
			if err == nil {
				err = syscall.Dup3(int(other.Fd()), int(file.Fd()), 0)
				_ = other.Close()
			}
			if err != nil {
				t.Error(err)
			}
		}
		box.beforeAccept = func() { as(os.O_RDONLY) }
		if err := r.notifier.Subscribe("morning", "ann@reader.example", "de"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		as(os.O_RDWR)
		time.Sleep(time.Hour)
		if n := len(box.mails()); n != 1 {
			t.Errorf("the question was sent %d times, want once", n)
		}
		r.view(func(tx *store.Tx) error {
			mails, err := tx.Mails()
			if len(mails) != 1 || mails[0].Sent.IsZero() {
				t.Errorf("it is noted as %+v", mails)
			}
			return err
		})
		r.stop()
	})
}
