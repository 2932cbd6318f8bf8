package view

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Status is the state of a running daemon.
type Status struct {
	Database string    `json:"database"` // absolute path of the database file
	Bytes    int64     `json:"bytes"`
	Seq      uint64    `json:"seq"`
	At       time.Time `json:"at,omitzero"` // time of the last record
	Site     string    `json:"site,omitempty"`
	Sources  int       `json:"sources"`
	Troubled int       `json:"troubled"` // sources whose last visit had a problem, without paused ones
	Topics   int       `json:"topics"`
	Readers  int       `json:"readers"`           // open live streams
	Trouble  string    `json:"trouble,omitempty"` // why intake stopped; empty: it runs
	Damage   string    `json:"damage,omitempty"`  // what in the database is damaged; the rest is served, and intake goes on
	Refused  string    `json:"refused,omitempty"` // errors of feeds.yaml, while the previous version is still running
	Rules    RulesMark `json:"rules"`
	Unsent   []Unsent  `json:"unsent"` // stories that were sent by hand and did not arrive, the newest first
}

// RulesMark tells the rules in force from others; see journal.SameRules.
type RulesMark struct {
	Hash    string `json:"hash,omitempty"`
	Fold    int    `json:"fold,omitempty"`
	Lexicon string `json:"lexicon,omitempty"`
}

// Read fills in what the store knows: Seq, At, Site, and the numbers of sources and topics.
func (s *Status) Read(tx *store.Tx) error {
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return err
	}
	visits, err := tx.Visits.All()
	if err != nil {
		return err
	}
	s.Seq, s.At, s.Site = tx.Seq(), tx.At(), rules.Site.URL
	s.Sources, s.Topics = len(rules.Sources), len(rules.Topics)
	s.Rules = RulesMark{rules.Hash, rules.Fold, rules.Lexicon}
	for _, v := range visits {
		isKnown := slices.ContainsFunc(rules.Sources, func(r news.Source) bool { return r.ID == v.Source })
		if v.Problem != "" && !v.Paused && isKnown {
			s.Troubled++
		}
	}
	return nil
}
