package desk

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// BenchmarkStart measures the time and the processor time to open a store full of live
// headlines and to commit the first record. SLUGLINE_LIVE is the number of headlines. If
// SLUGLINE_FULL is set to a path, the store is made there once and reused.
func BenchmarkStart(b *testing.B) {
	path := fullFile(b)
	at := dawn.Add(72 * time.Hour)
	n, used := 0, time.Duration(0)
	for b.Loop() {
		n++
		since := processorTime()
		st, err := store.Open(path, store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		d, err := Open(st, nil, nil, nil)
		if err != nil {
			b.Fatal(err)
		}
		at = at.Add(time.Second)
		r := visitRecord("source0", at, []string{fmt.Sprint("Headline of run ", n, " at ", time.Now().UnixNano())})
		if _, err := d.commit([]filing{{record: r}}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		used += processorTime() - since
		b.ReportMetric(used.Seconds()/float64(n), "CPU-s/op")
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-held")
		runtime.KeepAlive(d)
		if err := st.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// fullFile returns the path of a file with SLUGLINE_LIVE headlines, or 20,000: SLUGLINE_FULL, or a
// new one.
func fullFile(b *testing.B) string {
	b.Helper()
	live := 20_000
	if s := os.Getenv("SLUGLINE_LIVE"); s != "" {
		var err error
		if live, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	path := os.Getenv("SLUGLINE_FULL")
	if path == "" {
		path = filepath.Join(b.TempDir(), "slugline.db")
	}
	if _, err := os.Stat(path); err != nil {
		fill(b, path, live)
	}
	return path
}

// fill files live headlines of ten words, a sixth of them copies, of 500 sources in
// three days, and sweeps every six hours.
func fill(b *testing.B, path string, live int) {
	st, err := store.Open(path, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	d, err := Open(st, nil, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	rules := &news.Rules{Site: news.Site{URL: "https://press.example"}, Keep: 30 * 24 * time.Hour, Topics: []news.Topic{{Name: "all", Stories: 50, Fold: news.FoldStory}}}
	for i := range 500 {
		name := fmt.Sprint("source", i)
		rules.Sources = append(rules.Sources, news.Source{Name: name, Address: "https://" + name + ".example/rss"})
	}
	commit := func(r news.Record, at time.Time) {
		r.At = at
		r.SetID()
		if _, err := d.commit([]filing{{record: r}}); err != nil {
			b.Fatal(err)
		}
	}
	commit(news.Record{Rules: rules}, dawn)
	const perVisit = 200
	every := 72 * time.Hour / time.Duration(live)
	heads := newHeadlines()
	swept := dawn
	for told := 0; told < live; told += perVisit {
		at := dawn.Add(time.Duration(told) * every)
		if at.Sub(swept) > 6*time.Hour {
			commit(news.Record{Sweep: &news.Sweep{}}, at)
			swept = at
		}
		var all []string
		for range perVisit {
			all = append(all, heads.next())
		}
		commit(visitRecord(fmt.Sprint("source", told/perVisit%500), at, all), at)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
}

// headlines makes headlines of ten words out of 60,000, common ones more often.
type headlines struct {
	r      *rand.Rand
	recent []string
}

func newHeadlines() *headlines { return &headlines{r: rand.New(rand.NewPCG(1, 2))} }

func (h *headlines) next() string {
	if len(h.recent) > 1000 && h.r.IntN(6) == 0 {
		return h.recent[len(h.recent)-1-h.r.IntN(1000)]
	}
	var words [10]string
	for i := range words {
		words[i] = h.word()
	}
	text := strings.Join(words[:], " ")
	h.recent = append(h.recent, text)
	return text
}

func (h *headlines) word() string {
	var b strings.Builder
	for n := int(math.Exp(h.r.Float64()*math.Log(60_000))) + 1; n > 0; n /= 20 {
		b.WriteByte("bcdfghjklmnprstvwxyz"[n%20])
		b.WriteByte("aeiou"[(n/3)%5])
	}
	return b.String()
}

// processorTime returns the processor time that this process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
