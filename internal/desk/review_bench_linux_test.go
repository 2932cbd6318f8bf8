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

// BenchmarkReview measures a change of a topic's rule, which reviews all stories: first all leave
// the topic, then all return. SLUGLINE_LIVE and SLUGLINE_FULL are those of BenchmarkStart; the file
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
	n, used := 0, time.Duration(0)
	for b.Loop() {
		n++
		rules := *d.rules.Rules
		rules.Topics = slices.Clone(rules.Topics)
		if rules.Topics[0].From = nil; n%2 == 1 {
			rules.Topics[0].From = []string{"source0"}
		}
		r := news.Record{At: dawn.Add(96*time.Hour + time.Duration(n)*time.Minute), Rules: &rules}
		r.SetID()
		since := processorTime()
		if _, err := d.commit([]filing{{record: r}}); err != nil {
			b.Fatal(err)
		}
		used += processorTime() - since
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(used.Seconds()/float64(n), "CPU-s/op")
	b.ReportMetric(float64(m.HeapSys)/(1<<20), "MB-peak")
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
}
