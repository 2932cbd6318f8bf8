package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/slugline/slugline/internal/news"
)

// What is encoded comes back as JSON brings it back, with all fields, with none, with each
// alone, and with any of them.
func TestEncodedValuesComeBack(t *testing.T) {
	comesBack(t, sources, func(s *news.SourceState) []byte {
		return encodeValue(nil, func(c *coder) { describeSource(c, s) })
	}, func(s *news.SourceState) { s.ID = string(seqKey(0, "")) })
	comesBack(t, entries, func(e *news.Entry) []byte {
		return encodeValue(nil, func(c *coder) { describeEntry(c, e) })
	}, func(e *news.Entry) { e.Body, e.ID, e.Seq = "", "", 0 })
	comesBack(t, stories, func(s *news.Story) []byte {
		return encodeValue(nil, func(c *coder) { describeStory(c, s) })
	}, func(s *news.Story) { s.ID, s.Seq = "", 0 })
	comesBack(t, changes, func(v *news.Change) []byte {
		return encodeValue(nil, func(c *coder) { describeChange(c, v) })
	}, func(v *news.Change) { v.Seq = 0 })
}

func comesBack[T any](t *testing.T, b bucket, encode func(*T) []byte, normalize func(*T)) {
	t.Helper()
	n := 0
	full := new(T)
	fillFields(reflect.ValueOf(full).Elem(), &n)
	check := func(v *T) {
		t.Helper()
		normalize(v)
		p, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		want, err := decodeRow[T](b, seqKey(0, ""), p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeRow[T](b, seqKey(0, ""), encode(v))
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%T comes back different (-JSON +encoded):\n%s", v, diff)
		}
	}
	check(new(T))
	check(full)
	fields := reflect.ValueOf(full).Elem()
	for i := range fields.NumField() {
		alone := new(T)
		reflect.ValueOf(alone).Elem().Field(i).Set(fields.Field(i))
		check(alone)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		v := new(T)
		someFields(reflect.ValueOf(v).Elem(), rnd)
		check(v)
	}
}

// fillFields sets all fields of v, however deep, to values that are not zero, so that a test
// fails when a field was added to a type and not to its encoding.
func fillFields(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("a \"b\" \\ <c> & \x01\t\n\r\u2028 é 選 %d", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n) - 1000)
	case reflect.Uint64:
		v.SetUint(1<<63 + uint64(*n))
	case reflect.Uint8:
		v.SetUint(uint64(*n % 256))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fillFields(v.Index(0), n)
		fillFields(v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 3 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fillFields(key, n)
			fillFields(value, n)
			v.SetMapIndex(key, value)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillFields(v.Elem(), n)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.UnixMilli(int64(*n) * 1_000_003).UTC()))
			return
		}
		for i := range v.NumField() {
			fillFields(v.Field(i), n)
		}
	default:
		panic("no value for " + v.Type().String())
	}
}

// someFields sets some of the fields of v. Texts, ids and times are often the same.
func someFields(v reflect.Value, rnd *rand.Rand) {
	if rnd.IntN(3) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString([]string{"", "a", "https://a.example/x", "a.example/x", "4eyqhxsykrh64", "zzzzzzzzzzzzz", "0000000000000", "4eyqhxsykrhu4", "tag:x,2026:4eyqhxsykrh64"}[rnd.IntN(9)])
	case reflect.Int, reflect.Int64:
		v.SetInt(rnd.Int64N(1<<40) - 1<<20)
	case reflect.Uint64:
		v.SetUint(rnd.Uint64() >> rnd.IntN(64))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rnd.IntN(3), 3))
		for i := range v.Len() {
			someFields(v.Index(i), rnd)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rnd.IntN(3) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			someFields(key, rnd)
			someFields(value, rnd)
			v.SetMapIndex(key, value)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		someFields(v.Elem(), rnd)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			units := []time.Duration{time.Second, time.Millisecond, 1}
			at := time.Unix(1.8e9+rnd.Int64N(200000)-100000, rnd.Int64N(1e9))
			if rnd.IntN(5) == 0 {
				at = time.Date(1+rnd.IntN(9999), 12, 31, 23, 59, 59, rnd.IntN(1e9), time.UTC)
			}
			v.Set(reflect.ValueOf(at.Truncate(units[rnd.IntN(3)]).UTC()))
			return
		}
		for i := range v.NumField() {
			someFields(v.Field(i), rnd)
		}
	}
}

// What visits need of a source comes back without the rest.
func TestEncodedSourceForVisits(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var s, got news.SourceState
		someFields(reflect.ValueOf(&s).Elem(), rnd)
		p := encodeValue(nil, func(c *coder) { describeSource(c, &s) })
		if err := decodeStart(p, sourceMask, func(o *fieldSet) { describeForVisits(o, &got) }); err != nil {
			t.Fatal(err)
		}
		want := news.SourceState{Removed: s.Removed, Visited: s.Visited, At: s.At, Validators: s.Validators, Pause: s.Pause}
		want.Name = s.Name
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v comes back different (-want +got):\n%s", s, diff)
		}
	}
}

// Bytes that no version has written are an error, and never end the process.
func FuzzDecodeValue(f *testing.F) {
	n := 0
	var source news.SourceState
	var entry news.Entry
	var story news.Story
	var change news.Change
	fillFields(reflect.ValueOf(&source).Elem(), &n)
	fillFields(reflect.ValueOf(&entry).Elem(), &n)
	fillFields(reflect.ValueOf(&story).Elem(), &n)
	fillFields(reflect.ValueOf(&change).Elem(), &n)
	f.Add(encodeValue(nil, func(c *coder) { describeEntry(c, &entry) }))
	f.Add(encodeValue(nil, func(c *coder) { describeStory(c, &story) }))
	f.Add(encodeValue(nil, func(c *coder) { describeChange(c, &change) }))
	f.Add(encodeValue(nil, func(c *coder) { describeSource(c, &source) }))
	f.Add([]byte{encoded})
	f.Fuzz(func(_ *testing.T, p []byte) {
		_ = decodeStart(p, sourceMask, func(o *fieldSet) { describeForVisits(o, new(news.SourceState)) })
		for _, v := range []any{new(news.SourceState), new(news.Entry), new(news.Story), new(news.Change)} {
			_ = decodeTyped(seqKey(1, "x"), p, v)
		}
	})
}

// Rows that the release before wrote are JSON. They are read as they are, also when they are
// in no log, and count in the digest as if they had been written anew.
func TestRowsInJSON(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var source news.SourceState
	var entry news.Entry
	var story news.Story
	n := 0
	fillFields(reflect.ValueOf(&source).Elem(), &n)
	fillFields(reflect.ValueOf(&entry).Elem(), &n)
	fillFields(reflect.ValueOf(&story).Elem(), &n)
	entry.ID, story.ID, entry.Body = "eeeeeeeeeeeee", "sssssssssssss", ""
	err = s.Update(func(tx *Tx) error {
		return errors.Join(tx.Sources.Put(&source), tx.Entries.Put(&entry), tx.Stories.Put(&story))
	})
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Digest()
	if err != nil {
		t.Fatal(err)
	}
	asJSON := func(tx *Tx) error {
		return errors.Join(tx.putJSON(sources, []byte(source.ID), &source), tx.putJSON(entries, seqKey(entry.Seq, entry.ID), &entry), tx.putJSON(stories, seqKey(story.Seq, story.ID), &story))
	}
	if err := errors.Join(s.Update(asJSON), s.Checkpoint()); err != nil {
		t.Fatal(err)
	}
	err = s.View(func(tx *Tx) error {
		src, err := tx.Sources.Get(source.ID)
		e, eerr := tx.Entries.Get(entry.ID)
		st, serr := tx.Stories.Get(story.ID)
		if diff := cmp.Diff(&source, src) + cmp.Diff(&entry, e) + cmp.Diff(&story, st); diff != "" {
			t.Errorf("rows come back different (-want +got):\n%s", diff)
		}
		return errors.Join(err, eerr, serr)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Digest(); got != want || err != nil {
		t.Errorf("digest %s (%v), of the same rows not in JSON %s", got, err, want)
	}
}
