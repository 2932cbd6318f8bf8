package view

import (
	"strings"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/store"
)

// speech is the language in which texts are written, and the zone of their times.
type speech struct {
	*locale.Locale
	zone *time.Location
}

// speak returns the speech for a language. Times are in site.zone.
func speak(tx *store.Tx, loc *locale.Locale) (speech, error) {
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return speech{loc, time.UTC}, err
	}
	zone, err := time.LoadLocation(rules.Site.Zone)
	if err != nil {
		zone = time.UTC
	}
	return speech{loc, zone}, nil
}

// moment writes a time with its date and zone.
func (s speech) moment(at time.Time) string {
	at = at.In(s.zone)
	return s.Moment(at) + " " + locale.UTCOffset(at)
}

func (s speech) percent(thousandths int) string { return s.T("{} %", (thousandths+5)/10) }

// list joins words with the comma of the language.
func (s speech) list(words []string) string { return strings.Join(words, s.T(", ")) }

func (s speech) phrase(english string) string { return Phrase(s.Locale, english) }
