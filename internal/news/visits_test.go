package news

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVisitHistory(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 28, 10, minute, 0, 0, time.UTC) }
	long := strings.Repeat("ض", maxPastProblem)
	var h VisitHistory
	for _, v := range []PastVisit{
		{Last: at(0), Outcome: "new", Status: 200, Filed: 30, Took: 2 * time.Second},
		{Last: at(1), Outcome: "not-modified", Status: 304, Took: time.Millisecond},
		{Last: at(2), Outcome: "same", Status: 200, Took: 2 * time.Millisecond},
		{Last: at(3), Outcome: "problem", Status: 500, Problem: "it answered 500"},
		{Last: at(4), Outcome: "problem", Status: 500, Problem: "it answered 500"},
		{Last: at(5), Outcome: "blocked", Status: 403, Problem: long},
		{Last: at(6), Outcome: "new", Status: 200, Filed: 1},
		{Last: at(7), Outcome: "new", Status: 200, Filed: 2},
		{Last: at(8), Outcome: "same", Status: 200},
	} {
		before := string(h)
		next := h.Add(v)
		if string(h) != before {
			t.Fatal("Add changes the history that it was given")
		}
		h = next
	}
	want := []PastVisit{
		{First: at(8), Last: at(8), Visits: 1, Outcome: "same", Status: 200},
		{First: at(7), Last: at(7), Visits: 1, Outcome: "new", Status: 200, Filed: 2},
		{First: at(6), Last: at(6), Visits: 1, Outcome: "new", Status: 200, Filed: 1},
		{First: at(5), Last: at(5), Visits: 1, Outcome: "blocked", Status: 403, Problem: long[:maxPastProblem]},
		{First: at(3), Last: at(4), Visits: 2, Outcome: "problem", Status: 500, Problem: "it answered 500"},
		{First: at(1), Last: at(2), Visits: 2, Outcome: "same", Status: 200, Took: 2 * time.Millisecond},
		{First: at(0), Last: at(0), Visits: 1, Outcome: "new", Status: 200, Filed: 30, Took: 2 * time.Second},
	}
	if diff := cmp.Diff(want, h.Rows()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVisitHistoryIsBounded(t *testing.T) {
	var h VisitHistory
	for i := range 1000 {
		h = h.Add(PastVisit{Last: time.Unix(1_796_000_000+int64(i)*60, 0), Outcome: "new", Status: 200, Filed: i % 3, Took: time.Second})
	}
	rows := h.Rows()
	if len(rows) != maxHistory || len(h) > 20*maxHistory {
		t.Errorf("%d rows in %d bytes", len(rows), len(h))
	}
	if rows[0].Last.Unix() != 1_796_000_000+999*60 {
		t.Errorf("the newest is of %s", rows[0].Last)
	}
}

func FuzzVisitHistory(f *testing.F) {
	f.Add([]byte(VisitHistory(nil).Add(PastVisit{Last: time.Unix(1_796_000_000, 0), Outcome: "problem", Problem: "x"})), int64(1), "y")
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), int64(-1), "")
	f.Fuzz(func(t *testing.T, b []byte, at int64, problem string) {
		VisitHistory(b).Rows()
		h := VisitHistory(b).Add(PastVisit{Last: time.Unix(at%(1<<35), 0), Outcome: "problem", Problem: problem})
		rows := h.Rows()
		if len(rows) == 0 || len(rows) > maxHistory || rows[0].Outcome != "problem" {
			t.Errorf("%q became %q", b, h)
		}
	})
}

func BenchmarkVisitHistory(b *testing.B) {
	var h VisitHistory
	for i := range 49 {
		h = h.Add(PastVisit{Last: time.Unix(1_796_000_000+int64(i)*60, 0), Outcome: "new", Status: 200, Filed: 3, Took: time.Second})
	}
	for b.Loop() {
		h = h.Add(PastVisit{Last: time.Unix(1_796_100_000, 0), Outcome: "not-modified", Status: 304, Took: time.Millisecond})
	}
	b.ReportMetric(float64(len(h)), "bytes")
}
