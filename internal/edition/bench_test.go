package edition

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// hundredStories is a topic of a hundred stories, each of three outlets.
func hundredStories(b *testing.B) *composer {
	s := newEnv(b)
	s.putTopic(&news.TopicState{Topic: news.Topic{Name: "world", Title: "World", Stories: 100}, Seq: 7, Changed: noon})
	for i := range 12 {
		s.putSource(newSource(fmt.Sprint("paper", i)))
	}
	for i := range 100 {
		s.addStory(i, fmt.Sprintf("Headline %d: markets rise as ministers meet in Geneva", i), "wire", fmt.Sprint("paper", i%12), fmt.Sprint("paper", (i+5)%12))
	}
	snap, err := readTopic(s.Press, "world")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		measure(b, func() {
			if _, err := readTopic(s.Press, "world"); err != nil {
				b.Fatal(err)
			}
		})
	})
	return newComposer(snap, nil)
}

func BenchmarkEdition(b *testing.B) {
	c := hundredStories(b)
	b.Run("compose", func(b *testing.B) { measure(b, func() { c.channel = c.compose() }) })
	for _, f := range Formats {
		b.Run(string(f), func(b *testing.B) {
			var e *Edition
			measure(b, func() {
				var err error
				if e, err = c.edition(f); err != nil {
					b.Fatal(err)
				}
			})
			b.ReportMetric(float64(len(e.Body)), "bytes")
		})
	}
	e, err := c.edition(Atom)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("gzip", func(b *testing.B) { measure(b, func() { gzipped(e.Body) }) })
	b.Run("zstd", func(b *testing.B) { measure(b, func() { zstdEncoder.EncodeAll(e.Body, nil) }) })
}

// measure reports processor time, with garbage collection, beside the elapsed time.
func measure(b *testing.B, fn func()) {
	b.Helper()
	start := cpu()
	for b.Loop() {
		fn()
	}
	b.ReportMetric((cpu()-start).Seconds()*1000/float64(b.N), "cpu-ms/op")
}

func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkHit asks for an edition that is cached.
func BenchmarkHit(b *testing.B) {
	s := newEnv(b)
	s.addStory(1, "Story", "wire")
	s.edition(RSS)
	measure(b, func() { s.edition(RSS) })
}
