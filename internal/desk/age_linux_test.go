package desk

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// setting returns the number that an environment variable has.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// TestFortyTwoDays measures what a database is like after each week of 300 sources with 15
// entries of 1.5 KB a day, keep: 7d and archive: 14d. Once all of retention is at work, the
// file must not grow by more than what identifies a forgotten entry, and an entry must not
// cost more than in the first week. It runs if SLUGLINE_DAYS is set, to the number of days;
// SLUGLINE_SOURCES is the number of sources.
func TestFortyTwoDays(t *testing.T) {
	days := setting(t, "SLUGLINE_DAYS", 0)
	if days == 0 {
		t.Skip("measures; set SLUGLINE_DAYS=42")
	}
	const week = 7
	a := openAgeing(t, ageingRules{sources: setting(t, "SLUGLINE_SOURCES", 300), perDay: 15, keep: week * 24 * time.Hour, archive: 2 * week * 24 * time.Hour})
	var settled fileState // on day 14
	var settledForgotten int
	var costs []time.Duration // by week: the median of its days
	var daily []time.Duration
	var c dayCost
	for day := 1; day <= days; day++ {
		d := a.day()
		daily = append(daily, d.perEntry())
		c.add(d)
		if day%week > 0 && day < days {
			continue
		}
		s, forgotten := a.state(), a.forgotten()
		a.tell(day, &s, &c)
		slices.Sort(daily)
		costs = append(costs, daily[len(daily)/2])
		daily, c = nil, dayCost{}
		switch {
		case day == 2*week:
			settled, settledForgotten = s, forgotten
		case day > 2*week:
			a.checkGrowth(&settled, &s, forgotten-settledForgotten)
		}
	}
	if first, last := costs[0], costs[len(costs)-1]; last > first*11/10 {
		t.Errorf("an entry costs %v of processor time in the last week and %v in the first, want at most 1.1 times as much", last, first)
	}
}

// maxPerForgotten is by how many bytes an entry may make the file larger once its text is deleted,
// until its keys are deleted too.
const maxPerForgotten = 150

// checkGrowth compares the file with an earlier state, after which more entries were
// forgotten.
func (a *ageing) checkGrowth(before, now *fileState, forgotten int) {
	a.t.Helper()
	each := func(before, now int64) int64 { return (now - before) / int64(forgotten) }
	file, pages, rows := each(before.size, now.size), each(before.live(), now.live()), each(before.rows, now.rows)
	a.t.Logf("for each of %d entries forgotten since day 14 the file grew by %d bytes, pages in use by %d, rows by %d", forgotten, file, pages, rows)
	var b strings.Builder
	for _, u := range now.buckets {
		i := slices.IndexFunc(before.buckets, func(o bucketState) bool { return o.name == u.name })
		if alloc := each(before.buckets[i].alloc, u.alloc); alloc != 0 {
			fmt.Fprintf(&b, " %s %d of %d;", u.name, each(before.buckets[i].used, u.used), alloc)
		}
	}
	a.t.Logf("  of rows and of pages:%s", b.String())
	if file > maxPerForgotten {
		a.t.Errorf("the file grew by %d bytes for each entry forgotten, want at most %d", file, maxPerForgotten)
	}
}

// TestYear measures what a database is like after each week of a year: how large it is, what
// a commit and an entry cost, and how long it takes to open it, to start the desk and to
// commit the first record. From week 30 to week 52 the file must not grow, since all of keep,
// archive and the keys' 90 days are at work by then. It runs if SLUGLINE_YEAR is set;
// SLUGLINE_YEAR_SOURCES and SLUGLINE_YEAR_DAYS are how many sources and days it has.
func TestYear(t *testing.T) {
	if os.Getenv("SLUGLINE_YEAR") == "" {
		t.Skip("measures; set SLUGLINE_YEAR=1")
	}
	const day = 24 * time.Hour
	weeks := setting(t, "SLUGLINE_YEAR_DAYS", 364) / 7
	a := openAgeing(t, ageingRules{sources: setting(t, "SLUGLINE_YEAR_SOURCES", 1000), perDay: 15, keep: 14 * day, archive: 60 * day})
	settled := weeks * 30 / 52
	var before fileState
	for week := 1; week <= weeks; week++ {
		var c dayCost
		for range 7 {
			c.add(a.day())
		}
		s := a.state()
		a.tell(week*7, &s, &c)
		t.Logf("         started and committed in %v", a.restart().Round(time.Millisecond))
		if week == settled {
			before = s
		}
		if week == weeks && settled*7 > 110 && s.pages > before.pages*115/100 {
			t.Errorf("after week %d the file has %s MB of pages, after week %d %s; want at most 1.15 times as many", week, mb(s.pages), settled, mb(before.pages))
		}
	}
}

// When retention becomes shorter, the file does not become smaller, but its free pages are
// used again before it grows.
func TestFreePagesAreUsedAgain(t *testing.T) {
	const day = 24 * time.Hour
	a := openAgeing(t, ageingRules{sources: 3, perDay: 60, keep: 10 * day, archive: 30 * day})
	for i := range a.rules.Topics {
		a.rules.Topics[i].Stories = 5 // what feeds show keeps its text
	}
	a.enforce()
	days := func(n int) {
		for range n {
			a.day()
		}
	}
	days(10)
	before := a.state()
	a.rules.Keep = day
	a.enforce()
	days(1)
	shrunk := a.state()
	t.Logf("MB of pages, of which free: %s, %s; after retention %s, %s", mb(before.pages), mb(before.free), mb(shrunk.pages), mb(shrunk.free))
	if shrunk.live() > before.live()*9/10 {
		t.Errorf("%s MB of pages were in use and %s are, after texts of seven days were deleted", mb(before.live()), mb(shrunk.live()))
	}
	days(4)
	after := a.state()
	t.Logf("after news of four more days %s, %s", mb(after.pages), mb(after.free))
	needed := after.live() - shrunk.live()
	if needed <= 0 || after.pages-shrunk.pages > needed/4 {
		t.Errorf("the file had %s MB of pages, %s of them free, and four days later %s and %s; want free pages to be used before it grows", mb(shrunk.pages), mb(shrunk.free), mb(after.pages), mb(after.free))
	}
}
