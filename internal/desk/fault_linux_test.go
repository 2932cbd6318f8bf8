package desk

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// faulty is a desk over a store whose file can be made to fail.
type faulty struct {
	*groups
	file *os.File // the store's
	good int      // its descriptor
}

func openFaulty(t *testing.T) *faulty {
	f := new(faulty)
	f.groups = openGroups(t, store.Options{OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
		file, err := os.OpenFile(name, flag, perm)
		if flag&os.O_RDWR != 0 {
			f.file = file
		}
		return file, err
	}})
	var err error
	if f.good, err = syscall.Dup(int(f.file.Fd())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(f.good) })
	return f
}

// breakWith makes writes to the file go to another one until mend is called.
func (f *faulty) breakWith(name string) {
	f.Helper()
	bad, err := os.Open(name)
	if err == nil && name == "/dev/full" {
		_ = bad.Close()
		bad, err = os.OpenFile(name, os.O_WRONLY, 0)
	}
	if err != nil {
		f.Fatal(err)
	}
	f.put(int(bad.Fd()))
	if err := bad.Close(); err != nil {
		f.Fatal(err)
	}
}

func (f *faulty) mend() { f.put(f.good) }

func (f *faulty) put(fd int) {
	f.Helper()
	if err := syscall.Dup3(fd, int(f.file.Fd()), 0); err != nil {
		f.Fatal(err)
	}
}

// flip changes a byte in each copy of a text in the file.
func (f *faulty) flip(text string) {
	f.Helper()
	b, err := os.ReadFile(f.path)
	if err != nil {
		f.Fatal(err)
	}
	found := 0
	for from := 0; ; found++ {
		i := bytes.Index(b[from:], []byte(text))
		if i < 0 {
			break
		}
		from += i
		if _, err := syscall.Pwrite(f.good, []byte{b[from] ^ 1}, int64(from)); err != nil {
			f.Fatal(err)
		}
		from++
	}
	if found == 0 {
		f.Fatalf("%q is not in the file", text)
	}
}

// While the file can't be written, every record of the group and every record queued
// behind it gets the error, and none is applied. Filed again afterwards in the same
// order, they give the same state as if nothing had happened.
func TestALocalFaultStopsAtItsRecord(t *testing.T) {
	rules, visits := faultRecords()
	want := openGroups(t, store.Options{})
	if answers, err := want.handled(filings(append([]news.Record{rules}, visits...)...)); err != nil || errors.Join(answers...) != nil {
		t.Fatal(err, answers)
	}
	for _, fault := range []string{"/dev/null", "/dev/full"} {
		f := openFaulty(t)
		if answers, err := f.handled(filings(rules)); err != nil || answers[0] != nil {
			t.Fatal(err, answers)
		}
		f.breakWith(fault)
		queued := filings(visits[2])[0]
		f.queue <- queued
		answers, err := f.handled(filings(visits[:2]...))
		if err != nil {
			t.Errorf("%s: handle: %v, want a desk that goes on", fault, err)
		}
		for i, answer := range append(answers, <-queued.done) {
			if answer == nil || errors.Is(answer, store.ErrFull) != (fault == "/dev/full") {
				t.Errorf("%s: answer %d: %v", fault, i, answer)
			}
		}
		if f.Ready() == nil || f.seq() != 1 {
			t.Errorf("%s: ready %v at record %d, want trouble at 1", fault, f.Ready(), f.seq())
		}
		f.mend()
		if answers, err := f.handled(filings(visits...)); err != nil || errors.Join(answers...) != nil {
			t.Fatalf("%s: after the repair: %v, %v", fault, err, answers)
		}
		if f.Ready() != nil || f.digest() != want.digest() {
			t.Errorf("%s: after the repair: ready %v, or another state than without the fault", fault, f.Ready())
		}
	}
}

// A record that meets damage gets the error with all behind it. Those before it are
// applied.
func TestDamageStopsAtItsRecord(t *testing.T) {
	rules, visits := faultRecords()
	f := openFaulty(t)
	if answers, err := f.handled(filings(rules)); err != nil || answers[0] != nil {
		t.Fatal(err, answers)
	}
	f.flip(`"two title","show":"","fold":"","born"`) // of the source, not of the rules
	queued := filings(visitRecord("one", dawn, []string{"Copper rises again"}))[0]
	f.queue <- queued
	answers, err := f.handled(filings(visits...))
	if !errors.Is(err, store.ErrDamaged) {
		t.Errorf("handle: %v, want %v", err, store.ErrDamaged)
	}
	if answers[0] != nil {
		t.Errorf("the record before the damage: %v", answers[0])
	}
	for i, answer := range append(answers[1:], <-queued.done) {
		if !errors.Is(answer, store.ErrDamaged) {
			t.Errorf("record %d from the damage on: %v, want %v", i, answer, store.ErrDamaged)
		}
	}
	if got := f.seq(); got != 2 {
		t.Errorf("record %d is applied, want 2", got)
	}
}

// Rules of a newer fold stop the desk at their record.
func TestANewerRecordStopsTheDesk(t *testing.T) {
	rules, visits := faultRecords()
	f := openGroups(t, store.Options{})
	newer := rulesRecord("newer")
	newer.Rules.Fold = story.Version + 1
	newer.SetID()
	answers, err := f.handled(filings(rules, visits[0], newer, visits[1]))
	if wanted := (*NewerError)(nil); !errors.As(err, &wanted) {
		t.Errorf("handle: %v, want a NewerError", err)
	}
	if answers[0] != nil || answers[1] != nil || answers[2] == nil || answers[3] == nil || f.seq() != 2 {
		t.Errorf("answers %v at record %d, want errors from the newer record on", answers, f.seq())
	}
}
