package story_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/story"
)

// wire generates headlines of ten words out of 60,000, with common words more often.
// One in four is another outlet's copy of a recent one.
type wire struct {
	r      *rand.Rand
	n      int
	recent []string
}

func newWire() *wire { return &wire{r: rand.New(rand.NewPCG(1, 2))} }

func (w *wire) word() string {
	rank := int(math.Exp(w.r.Float64() * math.Log(60_000)))
	var b strings.Builder
	for n := rank + 1; n > 0; n /= 20 {
		b.WriteByte("bcdfghjklmnprstvwxyz"[n%20])
		b.WriteByte("aeiou"[(n/3)%5])
	}
	return b.String()
}

func (w *wire) headline(every time.Duration) story.Headline {
	w.n++
	text := ""
	if len(w.recent) > 100 && w.r.IntN(4) == 0 {
		text = w.recent[len(w.recent)-1-w.r.IntN(100)] + " - Outlet"
	} else {
		var words [10]string
		for i := range words {
			words[i] = w.word()
		}
		text = strings.Join(words[:], " ")
		w.recent = append(w.recent, text)
	}
	return story.Headline{
		Entry: fmt.Sprintf("%013d", w.n), Seq: uint64(w.n), Owner: fmt.Sprint("owner", w.n%500), Language: "en", Text: text,
		Page: fmt.Sprint("outlet.example/", w.n), At: noon.Add(time.Duration(w.n) * every),
	}
}

// full100k returns a fold with 100,000 headlines of 72 hours.
func full100k() (*story.Fold, *wire) {
	f, w := story.New(), newWire()
	for range 100_000 {
		f.Judge(w.headline(72 * time.Hour / 100_000))
	}
	return f, w
}

func BenchmarkJudge(b *testing.B) {
	f, w := full100k()
	next := make([]story.Headline, 20_000)
	for i := range next {
		next[i] = w.headline(72 * time.Hour / 100_000)
	}
	b.ReportAllocs()
	n, before, idle := 0, processor(), time.Duration(0)
	for b.Loop() {
		if n == len(next) {
			b.StopTimer()
			since := processor()
			f, _ = full100k()
			n = 0
			idle += processor() - since
			b.StartTimer()
		}
		f.Judge(next[n])
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "headlines/s")
	b.ReportMetric(float64(b.N)/(processor()-before-idle).Seconds(), "headlines/cpu-s")
}

func BenchmarkKill(b *testing.B) {
	for b.Loop() {
		story.IsKill("Harbourtown council backs ferry merger despite warning from unions")
	}
}

func BenchmarkSweep(b *testing.B) {
	f, _ := full100k()
	for b.Loop() {
		f.Sweep(noon.Add(72 * time.Hour))
	}
}

// BenchmarkMillion reports the memory of a million live headlines, and the time to
// load them.
func BenchmarkMillion(b *testing.B) {
	const live = 1_000_000
	f, w := story.New(), newWire()
	sigs := make([][]byte, live)
	before := heap()
	for i := range sigs {
		h := w.headline(72 * time.Hour / live)
		sigs[i] = f.Judge(h).Signature
	}
	state, _ := f.Sweep(noon.Add(72 * time.Hour))
	w = nil
	held := heap() - before
	runtime.KeepAlive(f)
	for _, s := range sigs {
		held -= uint64(cap(s))
	}
	f = nil
	from := processor()
	for b.Loop() {
		g, err := story.Restore(state)
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range sigs {
			if err := g.Load(s); err != nil {
				b.Fatal(err)
			}
		}
		f = g
	}
	runtime.KeepAlive(f)
	b.ReportMetric((processor()-from).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(held)/(1<<20), "MB")
	b.ReportMetric(float64(len(state))/(1<<20), "MB-state")
}

// processor is the processor time of this process, with its garbage collection.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
