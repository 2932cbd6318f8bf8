package desk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/storetest"
	"github.com/slugline/slugline/internal/story"
)

// faulty is a desk over a store whose file can be made to fail.
type faulty struct {
	*groups
	file *storetest.File
}

func openFaulty(t *testing.T) *faulty {
	file := storetest.New(t)
	return &faulty{openGroups(t, store.Options{OpenFile: file.OpenFile}), file}
}

// flip changes a byte in each copy of a text in the file, once it is in its bucket.
func (f *faulty) flip(text string) {
	f.Helper()
	if err := f.store.Checkpoint(); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(f.path)
	if err != nil {
		f.Fatal(err)
	}
	file, err := os.OpenFile(f.path, os.O_WRONLY, 0)
	if err != nil {
		f.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	found := 0
	for from := 0; ; found++ {
		i := bytes.Index(b[from:], []byte(text))
		if i < 0 {
			break
		}
		from += i
		if _, err := file.WriteAt([]byte{b[from] ^ 1}, int64(from)); err != nil {
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
	for _, fault := range []string{"read-only", "full"} {
		f := openFaulty(t)
		if answers, err := f.handled(filings(rules)); err != nil || answers[0] != nil {
			t.Fatal(err, answers)
		}
		if f.file.Lock(); fault == "full" {
			f.file.Fill()
		}
		queued := filings(visits[2])[0]
		f.queue <- queued
		answers, err := f.handled(filings(visits[:2]...))
		if err != nil {
			t.Errorf("%s: handle: %v, want a desk that goes on", fault, err)
		}
		for i, answer := range append(answers, <-queued.done) {
			if answer == nil || errors.Is(answer, store.ErrFull) != (fault == "full") {
				t.Errorf("%s: answer %d: %v", fault, i, answer)
			}
		}
		if f.Ready() == nil || f.seq() != 1 {
			t.Errorf("%s: ready %v at record %d, want trouble at 1", fault, f.Ready(), f.seq())
		}
		f.file.Mend()
		if answers, err := f.handled(filings(visits...)); err != nil || errors.Join(answers...) != nil {
			t.Fatalf("%s: after the repair: %v, %v", fault, err, answers)
		}
		if f.Ready() != nil || f.digest() != want.digest() {
			t.Errorf("%s: after the repair: ready %v, or another state than without the fault", fault, f.Ready())
		}
	}
}

// While the file can't be written, records are tried again and again. The fold is loaded for
// the first of them alone: with a week of news that takes seconds.
func TestTheFoldIsLoadedOnceWhileTheDiskIsFull(t *testing.T) {
	rules, visits := faultRecords()
	f := openFaulty(t)
	if answers, err := f.handled(filings(rules)); err != nil || answers[0] != nil {
		t.Fatal(err, answers)
	}
	f.file.Lock()
	f.file.Fill()
	probe := f.path + ".probe" // the file by which the store finds out whether there is space
	if err := os.MkdirAll(filepath.Join(probe, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	fail := func() *story.Fold {
		t.Helper()
		if answers, err := f.handled(filings(visits[0])); err != nil || !errors.Is(answers[0], store.ErrFull) {
			t.Fatalf("answers %v, error %v, want the disk to be full", answers, err)
		}
		return f.fold
	}
	fail() // a commit, with which the fold ran ahead
	if first, second := fail(), fail(); first == nil || first != second {
		t.Errorf("the fold is %p after a record that the store refused, and %p after the next one", first, second)
	}
	f.file.Mend()
	if err := os.RemoveAll(probe); err != nil {
		t.Fatal(err)
	}
	if answers, err := f.handled(filings(visits...)); err != nil || errors.Join(answers...) != nil {
		t.Fatalf("after the repair: %v, %v", err, answers)
	}
	want := openGroups(t, store.Options{})
	if answers, err := want.handled(filings(append([]news.Record{rules}, visits...)...)); err != nil || errors.Join(answers...) != nil {
		t.Fatal(err, answers)
	}
	if f.digest() != want.digest() {
		t.Error("after the repair: another state than without the fault")
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
	f.flip("\x09two title") // behind its length: of the source, not of the rules
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
