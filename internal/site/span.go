package site

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// span is a day or a month of an archive, in the zone of the site.
type span struct {
	from, to time.Time // to is the beginning of the next one
	month    bool
}

// daySpan returns the day that a time is in.
func (st *settings) daySpan(at time.Time) span {
	y, m, d := at.In(st.zone).Date()
	return span{from: dayStart(y, m, d, st.zone), to: dayStart(y, m, d+1, st.zone)}
}

// monthSpan returns the month that a time is in.
func (st *settings) monthSpan(at time.Time) span {
	y, m, _ := at.In(st.zone).Date()
	return span{from: dayStart(y, m, 1, st.zone), to: dayStart(y, m+1, 1, st.zone), month: true}
}

// spanAt returns the span of the same kind that a time is in.
func (st *settings) spanAt(at time.Time, month bool) span {
	if month {
		return st.monthSpan(at)
	}
	return st.daySpan(at)
}

// spanFrom returns the span with a date.
func (st *settings) spanFrom(layout, date string, month bool) (sp span, ok bool) {
	at, err := time.Parse(layout, date)
	if err != nil || at.Year() < 1 {
		return sp, false
	}
	y, m, d := at.Date()
	return st.spanAt(time.Date(y, m, d, 12, 0, 0, 0, st.zone), month), true
}

// dayStart returns the first moment of a day. Where clocks change at midnight, a day
// begins later than 0:00, or has 0:00 twice.
func dayStart(year int, month time.Month, day int, zone *time.Location) time.Time {
	noon := time.Date(year, month, day, 12, 0, 0, 0, zone)
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if !isSameDay(t, noon) {
		_, t = t.ZoneBounds()
	}
	changed, _ := t.ZoneBounds()
	if changed.IsZero() {
		return t
	}
	_, before := changed.Add(-time.Nanosecond).Zone()
	_, after := t.Zone()
	if first := t.Add(time.Duration(after-before) * time.Second); first.Before(changed) && isSameDay(first, noon) {
		return first
	}
	return t
}

func isSameDay(a, b time.Time) bool {
	y, m, d := a.Date()
	y2, m2, d2 := b.Date()
	return y == y2 && m == m2 && d == d2
}

// path returns the path of the span below that of its topic.
func (sp span) path() string {
	if sp.month {
		return sp.from.Format("/2006/01")
	}
	return sp.from.Format("/2006/01/02")
}

// pagePath returns the path of the n-th page of the span.
func (sp span) pagePath(n int) string { return sp.path() + pageSuffix(n) }

// pageSuffix is what follows the address of a list in that of its n-th page.
func pageSuffix(n int) string {
	if n <= 1 {
		return ""
	}
	return "/page/" + strconv.Itoa(n)
}

// readPage reads the number of a page, from 2: the first page has no number.
func readPage(s string) (n int, ok bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 1 && strconv.Itoa(n) == s
}

// spanOf reads the day or the month, and the page, in the path of a request. There is one
// way only to write each.
func (st *settings) spanOf(r *http.Request) (sp span, n int, ok bool) {
	day := r.PathValue("day")
	sp.month = day == ""
	date := fmt.Sprintf("/%s/%s/%s", r.PathValue("year"), r.PathValue("month"), day)
	if sp.month {
		date += "01"
	}
	if sp, ok = st.spanFrom("/2006/01/02", date, sp.month); !ok {
		return sp, 0, false
	}
	n, ok = pageOf(r)
	return sp, n, ok
}

// pageOf returns the number of the page that an address names, 1 if it names none.
func pageOf(r *http.Request) (n int, ok bool) {
	if page := r.PathValue("page"); page != "" {
		return readPage(page)
	}
	return 1, true
}
