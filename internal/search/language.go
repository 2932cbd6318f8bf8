package search

import (
	"context"
	"encoding/json"
	"fmt"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/slugline/slugline/internal/store"
)

// newLanguages returns the languages that the rules give to sources, by source id, and
// the hash of the rules. The languages are nil when the index has them already.
func newLanguages(tx *store.Tx, st *indexState) (langs map[string]string, hash string, err error) {
	rules, err := tx.Rules()
	if err != nil || rules == nil || rules.Hash == st.RulesHash {
		return nil, st.RulesHash, err
	}
	all, err := tx.Sources.AllForQueries()
	langs = make(map[string]string, len(all))
	for _, s := range all {
		if s.Language != "" {
			langs[s.ID] = s.Language
		}
	}
	return langs, rules.Hash, err
}

// storiesInNewLanguage returns the stories of the sources whose language changed since
// they were indexed. They are stemmed by the old one.
func (h *handle) storiesInNewLanguage(langs map[string]string) (ids []string, err error) {
	err = guard(func() error {
		r, err := h.Reader()
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		sources, err := sourcesInNewLanguage(r, langs)
		if err != nil {
			return err
		}
		for _, id := range sources {
			more, err := storiesOf(r, id)
			if err != nil {
				return err
			}
			ids = append(ids, more...)
		}
		return nil
	})
	return ids, err
}

// sourcesInNewLanguage returns the sources whose language differs from the indexed one.
func sourcesInNewLanguage(r index.IndexReader, langs map[string]string) (ids []string, err error) {
	indexed := map[string]string{}
	b, err := r.GetInternal(langsKey)
	if err != nil {
		return nil, err
	}
	if b != nil {
		if err := json.Unmarshal(b, &indexed); err != nil {
			return nil, fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
	for id := range langs {
		if indexed[id] != langs[id] {
			ids = append(ids, id)
		}
	}
	for id := range indexed {
		if langs[id] == "" {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// storiesOf returns the stories in which a source has a take.
func storiesOf(r index.IndexReader, source string) (ids []string, err error) {
	tfr, err := r.TermFieldReader(context.Background(), []byte(source), fieldSource, false, false, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tfr.Close() }()
	for {
		hit, err := tfr.Next(nil)
		if err != nil || hit == nil {
			return ids, err
		}
		key, err := r.ExternalID(hit.ID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, storyOf(key))
	}
}
