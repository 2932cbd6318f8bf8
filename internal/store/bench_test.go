package store_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// BenchmarkVisits is the first pass over all sources: an operation is a visit with 32 new
// entries with bodies of 2 KB, each a story of its own in one topic. Up to 64 visits share
// a transaction.
func BenchmarkVisits(b *testing.B) {
	const group = 64
	st, err := store.Open(filepath.Join(b.TempDir(), "bench.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	m := newGenerator(1)
	peak, spent := uint64(0), time.Duration(0)
	for done := 0; done < b.N; done += group {
		b.StopTimer()
		visits := make([]*filing, min(group, b.N-done))
		for i := range visits {
			visits[i] = m.filing(fmt.Sprintf("source-%04d", done+i), 32, 2048)
		}
		b.StartTimer()
		heap, start := watchHeap(b), cpu(b)
		if err := st.Update(func(tx *store.Tx) error { return applyAll(tx, visits) }); err != nil {
			b.Fatal(err)
		}
		spent += cpu(b) - start
		peak = max(peak, heap())
	}
	b.StopTimer()
	b.ReportMetric(spent.Seconds()*1e3/float64(b.N), "cpu-ms/visit")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
	b.ReportMetric(float64(st.Size())/(1<<20), "file-MB")
}

func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watchHeap collects garbage and returns a function that returns by how many bytes the heap
// has grown at its peak since.
func watchHeap(tb testing.TB) func() uint64 {
	tb.Helper()
	runtime.GC()
	base, top := heapNow(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				top = max(top, heapNow())
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return max(top, heapNow(), base) - base
	}
}

func heapNow() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// filing is a record of a visit, and what the desk stores for it.
type filing struct {
	record  *news.Record
	source  *news.SourceState
	topic   *news.TopicState
	entries []*news.Entry
	stories []*news.Story
}

// generator makes up visits. The same seed makes the same visits.
type generator struct {
	rnd  *rand.Rand
	seed uint64
	seq  uint64
	at   time.Time
}

func newGenerator(seed uint64) *generator {
	return &generator{seed: seed, rnd: rand.New(rand.NewPCG(seed, 7)), at: time.Date(2026, 11, 22, int(seed), 0, 0, 0, time.UTC)}
}

var vocabulary = strings.Fields(`minister port strike vote river court bank storm launch pact budget border
	doctors train أزمة الميناء اتفاق festival protest satellite grain talks union mayor harbour verdict 選挙 地震`)

func (m *generator) words(n int) string {
	w := make([]string, n)
	for i := range w {
		w[i] = vocabulary[m.rnd.IntN(len(vocabulary))]
	}
	return strings.Join(w, " ")
}

func (m *generator) text(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "<p>%s &amp; %s.</p>\n", m.words(12), m.words(9))
	}
	return strings.ToValidUTF8(b.String()[:n], "")
}

func (m *generator) filing(source string, entries, body int) *filing {
	m.seq++
	m.at = m.at.Add(137 * time.Millisecond)
	v := &filing{
		record: &news.Record{ID: news.Crockford([]byte(fmt.Sprintf("%d/%09d", m.seed, m.seq))), Seq: m.seq, At: m.at},
		source: &news.SourceState{Source: news.Source{ID: source, Name: source, Address: "https://" + source + ".example/rss"}, Created: m.at, Visited: true, Seq: m.seq, At: m.at},
		topic:  &news.TopicState{Topic: news.Topic{Name: "world", Title: "World", Stories: 50}, Seq: m.seq, Changed: m.at},
	}
	for n := range entries {
		e := m.entry(source, n, body)
		v.source.Listed = append(v.source.Listed, e.Keys.First())
		v.entries, v.stories = append(v.entries, e), append(v.stories, m.story(e))
	}
	return v
}

func (m *generator) entry(source string, n, body int) *news.Entry {
	k := news.Keys{GUID: m.rnd.Uint64() | 1, Link: m.rnd.Uint64() | 1, Headline: m.rnd.Uint64() | 1, Text: m.rnd.Uint64() | 1}
	link := fmt.Sprintf("https://%s.example/2026/11/%x", source, k.Link)
	k.Page = link[8:]
	return &news.Entry{
		ID: news.EntryID(source, k.First(), m.seq, n), Source: source, GUID: link + "?guid=1", Link: link, Headline: m.words(9), Summary: m.text(280), Body: m.text(body),
		Author: "Desk", Categories: []string{"World", "Politics"}, Language: "en", Keys: k, Hash: m.rnd.Uint64(), Seq: m.seq,
		Published: m.at.Add(-time.Duration(n) * 7 * time.Minute), At: m.at.Add(-time.Duration(n) * 7 * time.Minute),
		Media: []news.Media{{URL: link + ".jpg", Type: "image/jpeg", Width: 1024, Height: 683, Picture: true}},
	}
}

func (m *generator) story(e *news.Entry) *news.Story {
	e.Story = news.StoryID(e.ID, e.Seq)
	return &news.Story{
		ID: e.Story, Seq: e.Seq, URI: "tag:press.example,2026-11-22:" + e.Story, Event: e.Story, First: e.At, Last: e.At,
		Lead: e.ID, Headline: e.Headline, Link: e.Link, Language: e.Language, Source: e.Source, Published: true,
		Takes:  []news.Take{{Entry: e.ID, Source: e.Source, Owner: e.Source + ".example", Headline: e.Headline, Link: e.Link, Language: e.Language, At: e.At, Seq: e.Seq, Level: news.LevelNew}},
		Places: map[string]news.Place{"world": {At: e.At, Seq: e.Seq}},
	}
}

// applyAll reads and writes what the desk would.
func applyAll(tx *store.Tx, visits []*filing) error {
	for _, v := range visits {
		if err := applyFiling(tx, v); err != nil {
			return fmt.Errorf("apply record %d: %w", v.record.Seq, err)
		}
	}
	return nil
}

func applyFiling(tx *store.Tx, v *filing) error {
	if tx.Records.Applied(v.record.ID) {
		return nil
	}
	v.record.Seq = tx.Seq() + 1
	if _, err := tx.Sources.Get(v.source.ID); err != nil {
		return err
	}
	change := news.Change{Seq: v.record.Seq, At: v.record.At, Topics: []string{"world"}}
	for n, e := range v.entries {
		for _, key := range []uint64{e.Keys.GUID, e.Keys.Link, e.Keys.Headline} {
			_ = tx.Entries.ByKey(e.Source, key)
		}
		_ = tx.Entries.ByText(e.Source, e.Keys.Text)
		if err := applyEntry(tx, e, v.stories[n], n); err != nil {
			return err
		}
		change.Stories = append(change.Stories, e.Story)
	}
	if err := tx.Sources.Put(v.source); err != nil {
		return err
	}
	if err := tx.Topics.Put(v.topic); err != nil {
		return err
	}
	if err := tx.Visits.Put(news.VisitState{Source: v.source.ID, LastAttempt: v.record.At, Outcome: "new"}); err != nil {
		return err
	}
	if err := tx.Changes.Put(change); err != nil {
		return err
	}
	return tx.Records.Add(v.record)
}

func applyEntry(tx *store.Tx, e *news.Entry, s *news.Story, n int) error {
	p := s.Places["world"]
	p.Updated = tx.Topics.ClaimUpdated("world", p.At, s.ID, p.Updated)
	s.Places["world"] = p
	if err := tx.Entries.Put(e); err != nil {
		return err
	}
	if err := tx.Fold.PutSignature(e.Seq, n, e.At, []byte(e.Headline)); err != nil {
		return err
	}
	return tx.Stories.Put(s)
}

// BenchmarkJoins is the cost of an entry that joins a story: a recent story is read, gets a
// take and is put back. An operation is a transaction of 64.
func BenchmarkJoins(b *testing.B) {
	const group = 64
	st, err := store.Open(filepath.Join(b.TempDir(), "bench.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	m := newGenerator(1)
	v := m.filing("source", 2000, 10)
	if err := st.Update(func(tx *store.Tx) error { return applyFiling(tx, v) }); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	start := cpu(b)
	for range b.N {
		if err := st.Update(func(tx *store.Tx) error { return join(tx, v, m.rnd, group) }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu(b)-start).Seconds()*1e3/float64(b.N)/group, "cpu-ms/join")
}

func join(tx *store.Tx, v *filing, rnd *rand.Rand, n int) error {
	for range n {
		s, err := tx.Stories.Get(v.stories[rnd.IntN(len(v.stories))].ID)
		if err != nil {
			return err
		}
		if len(s.Takes) < 5 {
			s.Takes = append(s.Takes, s.Takes[0])
		}
		if err := tx.Stories.Put(s); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkTrickle is a quiet hour: an operation is a transaction with one visit that has
// one new entry, in a store of 500 sources.
func BenchmarkTrickle(b *testing.B) {
	st, err := store.Open(filepath.Join(b.TempDir(), "bench.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	m := newGenerator(1)
	for done := 0; done < 500; done += 50 {
		visits := make([]*filing, 50)
		for i := range visits {
			visits[i] = m.filing(fmt.Sprintf("source-%04d", done+i), 32, 2048)
		}
		if err := st.Update(func(tx *store.Tx) error { return applyAll(tx, visits) }); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	var spent time.Duration
	for i := range b.N {
		v := m.filing(fmt.Sprintf("source-%04d", i%500), 1, 2048)
		start := cpu(b)
		if err := st.Update(func(tx *store.Tx) error { return applyFiling(tx, v) }); err != nil {
			b.Fatal(err)
		}
		spent += cpu(b) - start
	}
	b.ReportMetric(spent.Seconds()*1e3/float64(b.N), "cpu-ms/visit")
}
