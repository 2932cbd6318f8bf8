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

func TestPartialDecodingAgreesWithJSON(t *testing.T) {
	n := 0
	var full news.SourceState
	fillFields(reflect.ValueOf(&full).Elem(), &n)
	for _, s := range []news.SourceState{full, frozen.source, {}} {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var got news.SourceState
		if err := decodeForVisits(b, &got); err != nil {
			t.Fatalf("decode %s for visits: %v", b, err)
		}
		var whole news.SourceState
		if err := decodeSource(b, &whole); err != nil {
			t.Fatalf("decode %s: %v", b, err)
		}
		if diff := cmp.Diff(s, whole); diff != "" {
			t.Errorf("%s comes back different (-want +got):\n%s", b, diff)
		}
		var forQueries news.SourceState
		if err := decodeForQueries(b, &forQueries); err != nil {
			t.Fatalf("decode %s for queries: %v", b, err)
		}
		asked := news.SourceState{Feed: s.Feed}
		asked.ID, asked.Name, asked.Title, asked.Tags, asked.Language, asked.Keyed = s.ID, s.Name, s.Title, s.Tags, s.Language, s.Keyed
		if diff := cmp.Diff(asked, forQueries); diff != "" {
			t.Errorf("%s for queries (-want +got):\n%s", b, diff)
		}
		want := news.SourceState{Removed: s.Removed, Visited: s.Visited, Pause: s.Pause, At: s.At, Validators: s.Validators}
		want.ID, want.Name = s.ID, s.Name
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s for visits (-want +got):\n%s", b, diff)
		}
	}
}

// Rules come back as encoding/json brings them back, with all fields of sources and any.
func TestRulesDecodedAsByJSON(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	check := func(r *news.Rules) {
		t.Helper()
		p, err := encodeJSON(state, keyRules, r)
		if err != nil {
			t.Fatal(err)
		}
		var want, got news.Rules
		if err := json.Unmarshal(p, &want); err != nil {
			t.Fatal(err)
		}
		if err := decodeRules(p, &got); err != nil {
			t.Fatalf("decode %s: %v", p, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s comes back different (-want +got):\n%s", p, diff)
		}
	}
	n := 0
	full := news.Rules{Hash: "x", Sources: make([]news.Source, 2)}
	fillFields(reflect.ValueOf(&full.Sources[0]).Elem(), &n)
	fillFields(reflect.ValueOf(&full.Topics).Elem(), &n)
	check(&full)
	check(&news.Rules{})
	for range 500 {
		r := news.Rules{Keep: time.Hour}
		someFields(reflect.ValueOf(&r.Sources).Elem(), rnd)
		check(&r)
	}
}

// FuzzRules compares decodeRules with encoding/json on what that takes for rules, and looks that
// nothing else ends the process.
func FuzzRules(f *testing.F) {
	for _, s := range []string{`{}`, `{"sources":[{"id":"a","name":"a\\n\ud800","tags":["x"],"rank":-3,"keyed":true},{}],"keep":3}`, `{"sources":null}`, `{"sources":[`, `{"sources":[1]}`, `{"sources":[{"name":"\xff"}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var want, got news.Rules
		if err := json.Unmarshal(b, &want); err != nil {
			_ = decodeRules(b, &got)
			return
		}
		written, err := encodeJSON(state, keyRules, &want) // with names as the store writes them, each once
		if err != nil {
			t.Skip()
		}
		if err := decodeRules(written, &got); err != nil {
			t.Fatalf("decode %s: %v", written, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s comes back different (-want +got):\n%s", written, diff)
		}
	})
}

// FuzzEachMember compares eachMember with encoding/json.
func FuzzEachMember(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1}`, ` { "a" : [1,{"b":"]"}] , "c\"d" : "x\\" } `, `{"a":-1.5E+9,"b":null,"c":true}`, `{"a":`, `{"a"}`, `[`, `{"a":"\\\""}`, `{,}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var want map[string]json.RawMessage
		valid := json.Unmarshal(b, &want) == nil && want != nil
		got := map[string]json.RawMessage{}
		err := eachMember(b, func(name, value []byte) error {
			var n string
			if valid {
				if err := json.Unmarshal([]byte(`"`+string(name)+`"`), &n); err != nil {
					t.Errorf("eachMember(%q) gives the name %q", b, name)
				}
			}
			got[n] = value
			return nil
		})
		if !valid {
			return
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("eachMember(%q): %v (-want +got):\n%s", b, err, diff)
		}
	})
}
