package search

import (
	"encoding/json"
	"fmt"

	"github.com/slugline/slugline/internal/search/posting"
	"github.com/slugline/slugline/internal/store"
)

// version is the version of the documents. An index of another version is rebuilt.
const version = 7

// indexState says how far an index has come. It is written in one batch with the
// documents that it vouches for.
type indexState struct {
	Version      int          `json:"version"`
	StoreCreated int64        `json:"made"`             // Unix milliseconds
	Seq          uint64       `json:"seq"`              // all changes up to this one are indexed
	Record       string       `json:"record"`           // id of the record with that Seq
	RulesHash    string       `json:"mark,omitempty"`   // of the rules whose languages are indexed
	Built        bool         `json:"built,omitempty"`  // every story was read once
	Cursor       *posting.Key `json:"cursor,omitempty"` // while the index is built: the key of the last story read
}

const (
	stateName = "state"
	langsName = "languages" // of sources, by id; see indexState.RulesHash
)

// stateOf reads the state of an index; zero when the index is new.
func stateOf(r *posting.Reader) (st indexState, err error) {
	b := r.Value(stateName)
	if b == nil {
		return st, nil
	}
	if err := json.Unmarshal(b, &st); err != nil {
		return st, fmt.Errorf("read state of search index: %w: %w", err, posting.ErrDamaged)
	}
	return st, nil
}

func putState(b *posting.Batch, st indexState) error {
	j, err := json.Marshal(st)
	b.Set(stateName, j)
	return err
}

func putLanguages(b *posting.Batch, langs map[string]string) error {
	j, err := json.Marshal(langs)
	b.Set(langsName, j)
	return err
}

// initialState is the state of an empty index that is to be built from the store, with the
// languages that it will be built with.
func initialState(tx *store.Tx) (st indexState, langs map[string]string, err error) {
	st = indexState{Version: version, StoreCreated: tx.Created().UnixMilli()}
	st.advanceTo(tx, tx.Seq())
	langs, st.RulesHash, err = newLanguages(tx, &st)
	return st, langs, err
}

func (st *indexState) advanceTo(tx *store.Tx, seq uint64) {
	st.Seq, st.Record = seq, tx.Records.ID(seq)
}

// belongsTo reports whether an index was built from this store, in this version, and
// whether the store still has all changes since.
func belongsTo(tx *store.Tx, st indexState) bool {
	if st.Version != version || st.StoreCreated != tx.Created().UnixMilli() || st.Seq > tx.Seq() || st.Record != tx.Records.ID(st.Seq) {
		return false
	}
	oldest := tx.Changes.Oldest()
	return st.Seq == tx.Seq() || oldest != 0 && oldest <= st.Seq+1
}
