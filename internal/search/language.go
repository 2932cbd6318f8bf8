package search

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slugline/slugline/internal/search/posting"
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
func (h *handle) storiesInNewLanguage(ctx context.Context, langs map[string]string) (ids []string, err error) {
	r, err := h.Reader(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	sources, err := sourcesInNewLanguage(r, langs)
	if err != nil || len(sources) == 0 {
		return nil, err
	}
	hits, err := r.Search(sureTerms(fieldSource, sources...).compile(), nil)
	if err != nil {
		return nil, err
	}
	for {
		key, ok, err := hits.Next()
		if err != nil || !ok {
			return ids, err
		}
		ids = append(ids, key.ID)
	}
}

// sourcesInNewLanguage returns the sources whose language differs from the indexed one.
func sourcesInNewLanguage(r *posting.Reader, langs map[string]string) (ids []string, err error) {
	indexed := map[string]string{}
	if b := r.Value(langsName); b != nil {
		if err := json.Unmarshal(b, &indexed); err != nil {
			return nil, fmt.Errorf("%w: %w", posting.ErrDamaged, err)
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
