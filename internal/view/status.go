package view

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Status is the state of a running daemon.
type Status struct {
	Database string    `json:"database"` // absolute path of the file it holds
	Bytes    int64     `json:"bytes"`
	Seq      uint64    `json:"seq"`
	At       time.Time `json:"at,omitzero"` // of the last record
	Site     string    `json:"site,omitempty"`
	Sources  int       `json:"sources"`
	Troubled int       `json:"troubled"` // sources whose last visit met a problem; paused ones are left out
	Topics   int       `json:"topics"`
	Readers  int       `json:"readers"`           // open streams
	Trouble  string    `json:"trouble,omitempty"` // why no news is taken in at the moment
	Refused  string    `json:"refused,omitempty"` // what is wrong with feeds.yaml as it stands
}

func (s *Status) Read(tx *store.Tx) error {
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return err
	}
	spots, err := tx.Visits.All()
	if err != nil {
		return err
	}
	s.Seq, s.At, s.Site = tx.Seq(), tx.At(), rules.Site.URL
	s.Sources, s.Topics = len(rules.Sources), len(rules.Topics)
	for _, p := range spots {
		there := slices.ContainsFunc(rules.Sources, func(r news.Source) bool { return r.ID == p.Source })
		if p.Problem != "" && !p.Paused && there {
			s.Troubled++
		}
	}
	return nil
}
