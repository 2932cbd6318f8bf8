package wire_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/wire"
)

func sealed(r news.Record) news.Record {
	r.At = news.Instant(noon)
	r.SetID()
	return r
}

// A record comes out of the log as it went in.
func TestEncode(t *testing.T) {
	for _, r := range []news.Record{
		sealed(news.Record{Rules: rules()}),
		sealed(news.Record{Visit: visit("s1", "Ferry & train <resume>\u2028")}),
		sealed(news.Record{Visit: &news.Visit{Source: "s1", Listed: []uint64{}}}), // an empty document
		sealed(news.Record{Order: &news.Order{Verb: "pause", Args: []string{"s1"}, Who: "anna"}}),
		sealed(news.Record{Sweep: &news.Sweep{}}),
		sealed(news.Record{Sent: &news.Sent{Notices: []string{"a"}}}),
		sealed(news.Record{Heal: &news.Heal{}}),
	} {
		data, err := wire.Encode(&r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.Decode(wire.Message{Seq: 1, ID: r.ID, Data: data})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&r, got); diff != "" {
			t.Errorf("decoded (-want +got):\n%s", diff)
		}
		if got.SetID(); got.ID != r.ID {
			t.Errorf("the decoded record has the content of %s, want %s", got.ID, r.ID)
		}
	}
}

// pack returns the message data of a JSON text.
func pack(text string) []byte {
	e, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return e.EncodeAll([]byte(text), []byte{1})
}

func TestDecodeRefuses(t *testing.T) {
	const id = "a"
	whole := pack(`{"id":"a","at":"2026-03-02T06:00:00Z","sweep":{}}`)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-1] ^= 1
	for name, c := range map[string]struct {
		data  []byte
		newer bool
	}{
		"a format of a newer version": {append([]byte{2}, whole[1:]...), true},
		"an unknown kind":             {pack(`{"id":"a","at":"2026-03-02T06:00:00Z","recall":{}}`), true},
		"an unknown field":            {pack(`{"id":"a","at":"2026-03-02T06:00:00Z","sweep":{"deep":true}}`), true},
		"two records":                 {pack(`{"id":"a","at":"2026-03-02T06:00:00Z","sweep":{}}{}`), true},
		"a flipped bit":               {flipped, false},
		"another record":              {pack(`{"id":"b","at":"2026-03-02T06:00:00Z","sweep":{}}`), false},
		"a number of a desk":          {pack(`{"id":"a","seq":4,"at":"2026-03-02T06:00:00Z","sweep":{}}`), false},
	} {
		r, err := wire.Decode(wire.Message{Seq: 7, ID: id, Data: c.data})
		if err == nil || errors.Is(err, wire.ErrNewer) != c.newer {
			t.Errorf("%s: %v, %v; want an error, ErrNewer: %v", name, r, err, c.newer)
		}
	}
	if _, err := wire.Decode(wire.Message{ID: id, Data: whole}); err != nil {
		t.Errorf("a whole one: %v", err)
	}
}

func TestEncodeTooLarge(t *testing.T) {
	r := sealed(news.Record{Visit: visit("s1", "Ferry resumes")})
	r.Visit.Entries[0].Body = strings.Repeat("a", 65<<20)
	if _, err := wire.Encode(&r); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("a record of 65 MB: %v, want %v", err, wire.ErrTooLarge)
	}
}

// Decode takes what a damaged or strange server may deliver. What it accepts, it can encode
// to the same record.
func FuzzDecode(f *testing.F) {
	for _, r := range []news.Record{sealed(news.Record{Rules: rules()}), sealed(news.Record{Visit: visit("s1", "Ferry")})} {
		data, err := wire.Encode(&r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(r.ID, data, false)
	}
	f.Add("a", []byte(`{"id":"a","at":"2026-03-02T06:00:00Z","order":{"verb":"pause","args":["\ud800"]}}`), true)
	f.Fuzz(func(t *testing.T, id string, data []byte, text bool) {
		if text {
			data = pack(string(data))
		}
		r, err := wire.Decode(wire.Message{Seq: 1, ID: id, Data: data})
		if err != nil {
			return
		}
		again, err := wire.Encode(r)
		if err != nil {
			return // a time that JSON can't hold
		}
		r2, err := wire.Decode(wire.Message{Seq: 1, ID: id, Data: again})
		if err != nil {
			t.Fatalf("decode again: %v", err)
		}
		if diff := cmp.Diff(r, r2); diff != "" {
			t.Errorf("decoded again (-first +second):\n%s", diff)
		}
	})
}

// Rules of almost 7 MB, compressed, are filed; of more, nobody tries to.
func TestRulesAtTheLimit(t *testing.T) {
	const limit = 7 << 20
	for _, tt := range []struct {
		text int // bytes that do not compress
		fits bool
	}{{limit - 4<<10, true}, {limit, false}} {
		r := rules()
		r.Sources[0].Title = noise(1, tt.text)
		err := wire.CheckRules(r)
		if (err == nil) != tt.fits || err != nil && (!strings.Contains(err.Error(), "7.0 MB compressed") || !strings.Contains(err.Error(), "divide the sources")) {
			t.Errorf("rules of %d bytes: got %v; want that they fit: %v", tt.text, err, tt.fits)
		}
		record := sealed(news.Record{Rules: r})
		if data, err := wire.Encode(&record); (err == nil) != tt.fits || tt.fits && len(data) < limit-8<<10 {
			t.Errorf("a record of rules of %d bytes has %d as a message, and the error %v; want that it fits: %v", tt.text, len(data), err, tt.fits)
		}
	}
}

// Rules that compress well must not be too large either when a node reads them.
func TestRulesThatCompressWell(t *testing.T) {
	r := rules()
	r.Sources[0].Title = strings.Repeat("a", 64<<20)
	if err := wire.CheckRules(r); err == nil || !strings.Contains(err.Error(), "at most 64 MB") {
		t.Errorf("rules of 64 MB: got %v, want what to do", err)
	}
}
