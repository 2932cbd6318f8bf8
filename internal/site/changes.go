package site

import (
	"html/template"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// changeKind says what an outlet changed about its report.
type changeKind int

const (
	headlineChange changeKind = iota
	correction
	withdrawal
)

// change is something that an outlet changed about its report.
type change struct {
	kind     changeKind
	at       time.Time
	Day      string // empty: the same as on the line before
	At       stamp
	Outlet   string
	Headline string // of a headlineChange the one before, of a correction the new one
	Dir      string
	Lang     string
}

// changes returns what outlets changed about a story, the latest first: headlines and
// corrections of the takes that may be shown, and withdrawn reports.
func (d *publicReader) changes(s *news.Story, shown []news.Take) []change {
	var out []change
	for i := range shown {
		t := &shown[i]
		for _, was := range t.Earlier {
			out = append(out, change{kind: headlineChange, at: was.Until, Outlet: d.Source(t.Source).Label(), Headline: was.Headline, Dir: words.Dir(was.Headline), Lang: t.Language})
		}
	}
	for _, t := range s.Corrections() {
		if slices.ContainsFunc(shown, func(o news.Take) bool { return o.Entry == t.Entry }) {
			c := d.Correction(t)
			out = append(out, change{kind: correction, at: t.Corrected, Outlet: c.Title, Headline: c.Headline, Dir: c.Dir, Lang: c.Language})
		}
	}
	for _, w := range d.withdrawn(s) {
		out = append(out, change{kind: withdrawal, at: w.at, Outlet: w.Outlet})
	}
	slices.SortStableFunc(out, func(a, b change) int { return b.at.Compare(a.at) })
	today := ""
	for i := range out {
		out[i].At = d.set.stamp(out[i].at)
		out[i].Day = newDay(&today, out[i].At.Day)
	}
	return out
}

// changeText says in words what changed.
func changeText(t *locale.Locale, c change) template.HTML {
	switch c.kind {
	case correction:
		return put(t.Corrected, name(c.Outlet), isolated(c.Headline, c.Dir, c.Lang))
	case withdrawal:
		return put(t.Withdrew, name(c.Outlet))
	}
	before := template.HTML(`<del datetime="`+c.At.ISO+`">`) + isolated(c.Headline, c.Dir, c.Lang) + "</del>" // safe: a time, and escaped text
	return put(t.HeadlineWas, name(c.Outlet), before)
}
