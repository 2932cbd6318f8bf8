package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

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

func TestEncodingHasEveryField(t *testing.T) {
	n := 0
	var entry, bare news.Entry
	fillFields(reflect.ValueOf(&entry).Elem(), &n)
	sameJSON(t, appendEntry(nil, &bare), bare)
	got := appendEntry(nil, &entry)
	entry.Body = ""
	sameJSON(t, got, entry)

	var story, empty news.Story
	fillFields(reflect.ValueOf(&story).Elem(), &n)
	sameJSON(t, appendStory(nil, &story), story)
	sameJSON(t, appendStory(nil, &empty), empty)
}

// sameJSON checks that got decodes to want, and is the object that json.Marshal writes.
func sameJSON[T any](t *testing.T, got []byte, want T) {
	t.Helper()
	var back T
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatalf("decode %s: %v", got, err)
	}
	if diff := cmp.Diff(want, back); diff != "" {
		t.Errorf("%T comes back different (-want +got):\n%s", want, diff)
	}
	var have, marshalled any
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &marshalled); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, &have); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(marshalled, have); diff != "" {
		t.Errorf("%T is not what json.Marshal writes (-marshal +ours):\n%s", want, diff)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "\xff\xfe", "\u2028<>&", "أزمة 選挙"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var a, b string
		if err := json.Unmarshal(want, &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(appendText(nil, s), &b); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if a != b {
			t.Errorf("%q comes back as %q, from json.Marshal as %q", s, b, a)
		}
	})
}
