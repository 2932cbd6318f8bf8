package desk

import (
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// BenchmarkReview measures a change of a topic's rule, after which all stories are reviewed: first
// all leave the topic, then all return. s/longest is the longest record, for which others wait. SLUGLINE_LIVE and SLUGLINE_FULL are those of BenchmarkStart; the file
// is changed. MB-peak is the heap's largest size with a collection each time that it has grown
// by a tenth.
func BenchmarkReview(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	st, err := store.Open(fullFile(b), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	d, err := Open(st, nil, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	n, used, longest := 0, time.Duration(0), time.Duration(0)
	for b.Loop() {
		n++
		rules := *d.rules.Rules
		rules.Topics = slices.Clone(rules.Topics)
		if rules.Topics[0].From = nil; n%2 == 1 {
			rules.Topics[0].From = []string{"source0"}
		}
		rules.Fold = max(rules.Fold, reviewsInSteps)
		since := processorTime()
		for r := (news.Record{Rules: &rules}); ; {
			r.At = dawn.Add(96*time.Hour + time.Duration(n)*time.Minute)
			r.SetID()
			began := time.Now()
			if _, err := d.commit([]filing{{record: r}}); err != nil {
				b.Fatal(err)
			}
			longest = max(longest, time.Since(began))
			now := reviewedIn(b, st)
			if now.Done {
				break
			}
			r = news.Record{Review: now.Next()}
		}
		used += processorTime() - since
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(used.Seconds()/float64(n), "CPU-s/op")
	b.ReportMetric(longest.Seconds(), "s/longest")
	b.ReportMetric(float64(m.HeapSys)/(1<<20), "MB-peak")
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
}

// reviewedIn returns how far all stories are reviewed.
func reviewedIn(b *testing.B, st *store.Store) (r *news.Reviewed) {
	if err := st.View(func(tx *store.Tx) (err error) {
		r, err = tx.Reviewed()
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return r
}
