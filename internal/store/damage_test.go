package store_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// damages are the ways in which a file is damaged. Only the first used bytes of the file
// have content.
var damages = []func(r *rand.Rand, b []byte, used int) (changed []byte, what string){
	func(r *rand.Rand, b []byte, used int) ([]byte, string) {
		at, bit := r.IntN(used), r.IntN(8)
		b[at] ^= 1 << bit
		return b, fmt.Sprintf("bit %d of byte %d flipped", bit, at)
	},
	func(r *rand.Rand, b []byte, used int) ([]byte, string) {
		at := r.IntN(used)
		b[at] ^= byte(1 + r.IntN(255))
		return b, fmt.Sprintf("byte %d changed", at)
	},
	func(r *rand.Rand, b []byte, used int) ([]byte, string) {
		n := r.IntN(used)
		return b[:n], fmt.Sprintf("cut off at %d of %d", n, used)
	},
	func(r *rand.Rand, b []byte, used int) ([]byte, string) {
		at, n := r.IntN(used-512), 512
		clear(b[at : at+n])
		return b, fmt.Sprintf("%d bytes zeroed at %d", n, at)
	},
	func(r *rand.Rand, b []byte, used int) ([]byte, string) {
		from, to := r.IntN(used/8192)*8192, r.IntN(used/8192)*8192
		copy(b[to:to+8192], bytes.Clone(b[from:from+8192]))
		return b, fmt.Sprintf("page %d written over page %d", from/8192, to/8192)
	},
	func(r *rand.Rand, b []byte, used int) ([]byte, string) {
		at := r.IntN(used/8192)*8192 + r.IntN(80)
		b[at] ^= 1 << r.IntN(8)
		return b, fmt.Sprintf("byte %d, in a page header, changed", at)
	},
}

// TestDamageIsReportedNotRead damages a file in 300 ways. Verify must report it, and no
// method may return a wrong answer, unless the damaged bytes are not in use.
// SLUGLINE_DAMAGES says how many ways.
func TestDamageIsReportedNotRead(t *testing.T) {
	dir := t.TempDir()
	whole := damageSample(t)
	sound := filepath.Join(dir, "sound.db")
	if err := os.WriteFile(sound, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	used := len(strings.TrimRight(whole, "\x00"))
	var cases []string
	rnd := rand.New(rand.NewPCG(11, 13))
	for i := range times(t, "SLUGLINE_DAMAGES", 300) {
		b, what := damages[i%len(damages)](rnd, []byte(whole), used)
		path := filepath.Join(dir, fmt.Sprintf("%03d.db", i))
		if err := os.WriteFile(path, b[:min(len(b), used+8192*2)], 0o600); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, path+"\t"+what)
	}
	reported, unchanged, ended := 0, 0, 0
	for len(cases) > 0 {
		results := damageChild(t, sound, cases)
		for i, r := range results {
			switch {
			case r == "reported":
				reported++
			case r == "unchanged":
				unchanged++
			default:
				t.Errorf("%s: %s", cases[i], r)
			}
		}
		if len(results) < len(cases) {
			ended++
			t.Errorf("%s: it ended the process", cases[len(results)])
			results = append(results, "")
		}
		cases = cases[len(results):]
	}
	t.Logf("%d reported, %d unchanged, %d ended the child", reported, unchanged, ended)
}

// damageSample returns a file with pages of every kind, some of them free.
func damageSample(t *testing.T) string {
	t.Helper()
	st := open(t)
	for seed := range uint64(4) {
		fill(t, st, seed+1, 4)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(st.Path())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func damageChild(t *testing.T, sound string, cases []string) (results []string) {
	t.Helper()
	c := child(t, "damage", sound)
	c.Stdin = strings.NewReader(strings.Join(cases, "\n") + "\n")
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Logf("child: %v\n%.2000s", err, errs.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

func readDamaged(sound string, in io.Reader, out io.Writer) error {
	want, err := readEverything(sound)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		path, _, _ := strings.Cut(lines.Text(), "\t")
		if _, err := fmt.Fprintln(out, judgeDamaged(path, want)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// judgeDamaged says what reading a damaged file leads to: every answer must be an error or
// the same as that of the sound file.
func judgeDamaged(path string, want []string) string {
	verdict := store.Verify(path)
	if verdict != nil && strings.Contains(verdict.Error(), "\n") {
		return fmt.Sprintf("the error of verify has several lines: %q", verdict)
	}
	got, err := readEverything(path)
	for i := range got {
		if got[i] != want[i] && !strings.HasPrefix(got[i], "error") && !torn(verdict) {
			return fmt.Sprintf("verify: %v; a method returned %.200q instead of %.200q", verdict, got[i], want[i])
		}
	}
	switch {
	case verdict != nil:
		return "reported"
	case err != nil:
		return fmt.Sprintf("verify found nothing; Open: %v", err)
	case strings.Join(got, "\n") != strings.Join(want, "\n"):
		return "verify found nothing, and the content differs"
	}
	return "unchanged"
}

// torn reports whether one of the two meta pages is broken. Open then uses the transaction
// before, as after a power cut; Verify alone reports it.
func torn(err error) bool {
	return err != nil && strings.Contains(err.Error(), "one of the two meta pages")
}

// readEverything reads all that damageSample has put.
func readEverything(path string) (answers []string, err error) {
	st, err := store.Open(path, store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.Close() }()
	ask := func(fn func(tx *store.Tx) (any, error)) {
		var v any
		err := st.View(func(tx *store.Tx) (err error) { v, err = fn(tx); return err })
		if err != nil {
			answers = append(answers, "error "+err.Error())
			return
		}
		answers = append(answers, fmt.Sprintf("%+v", v))
	}
	for seed := range uint64(4) {
		m := newGenerator(seed + 1)
		for i := range 4 {
			readFiling(ask, m.filing("source-"+string(rune('a'+i%7)), 5, 600))
		}
	}
	ask(func(tx *store.Tx) (any, error) { return tx.Seq(), nil })
	// The digest covers what is not read above.
	sum, err := st.Digest()
	if err != nil {
		sum = "error " + err.Error()
	}
	return append(answers, sum), nil
}

func readFiling(ask func(func(tx *store.Tx) (any, error)), v *filing) {
	ask(func(tx *store.Tx) (any, error) { return tx.Records.Applied(v.record.ID), nil })
	for i, e := range v.entries {
		ask(func(tx *store.Tx) (any, error) { got, err := tx.Entries.Get(e.ID); return fmt.Sprintf("%+v", got), err })
		ask(func(tx *store.Tx) (any, error) { return tx.Entries.Body(e.ID) })
		ask(func(tx *store.Tx) (any, error) { return tx.Entries.ByKey(e.Source, e.Keys.Link), nil })
		ask(func(tx *store.Tx) (any, error) { return tx.Entries.ByText(e.Source, e.Keys.Text), nil })
		ask(func(tx *store.Tx) (any, error) {
			got, err := tx.Stories.Get(v.stories[i].ID)
			return fmt.Sprintf("%+v", got), err
		})
	}
}

// A file that is cut off while it is open can't be mapped any more: reading it faults.
func TestTheFileIsCutOffWhileOpen(t *testing.T) {
	for _, size := range []int64{0, 8 << 10, 32 << 10} {
		for _, write := range []bool{false, true} {
			st := open(t)
			fill(t, st, 1, 20)
			if err := os.Truncate(st.Path(), size); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				use := st.View
				if write {
					use = st.Update
				}
				err := use(func(tx *store.Tx) error {
					return tx.Stories.Each(func(*news.Story) error { return nil })
				})
				if !errors.Is(err, store.ErrDamaged) {
					t.Errorf("cut off at %d, writing %t: %v, want %v", size, write, err, store.ErrDamaged)
				}
			}
			if st.Damage() == nil {
				t.Errorf("cut off at %d, writing %t: no damage was noted", size, write)
			}
			_ = st.Close() // it must return, with whatever error
		}
	}
}
