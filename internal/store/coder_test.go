package store

import (
	"encoding/json"
	"math/rand/v2"
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

// Bytes that no version has written are an error, and never end the process.
func FuzzDecodeValue(f *testing.F) {
	n := 0
	var entry news.Entry
	var story news.Story
	var change news.Change
	fillFields(reflect.ValueOf(&entry).Elem(), &n)
	fillFields(reflect.ValueOf(&story).Elem(), &n)
	fillFields(reflect.ValueOf(&change).Elem(), &n)
	f.Add(encodeValue(nil, func(c *coder) { describeEntry(c, &entry) }))
	f.Add(encodeValue(nil, func(c *coder) { describeStory(c, &story) }))
	f.Add(encodeValue(nil, func(c *coder) { describeChange(c, &change) }))
	f.Add([]byte{encoded})
	f.Fuzz(func(_ *testing.T, p []byte) {
		for _, v := range []any{new(news.Entry), new(news.Story), new(news.Change)} {
			_ = decodeTyped(seqKey(1, "x"), p, v)
		}
	})
}
