package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/origin"
)

// stressTest is a daemon with healthy and hostile sources. Each hostile source has a host of
// its own.
type stressTest struct {
	healthy, hostile int
	every            time.Duration
	duration         time.Duration                                  // of the measurement, which begins when all were visited
	publishes        float64                                        // share of the healthy sources with new items between two visits
	meanwhile        func(ctx context.Context, public, desk string) // runs while the daemon is measured; nil for nothing
	origin           *origin.Origin
	urls             []string
}

// TestHostileMinute has hostile sources beside healthy ones: the daemon's memory is bounded,
// and healthy sources are visited on time. With SLUGLINE_HOSTILE set there are 60 hostile
// and 1,000 healthy sources for a minute.
func TestHostileMinute(t *testing.T) {
	s := &stressTest{healthy: 100, hostile: 30, every: 4 * time.Second, duration: 12 * time.Second}
	slack := 2.
	if os.Getenv("SLUGLINE_HOSTILE") != "" {
		s.healthy, s.hostile, s.every, s.duration, slack = 1000, 60, 20*time.Second, time.Minute, 1.1
	}
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	s.check(t, slack, 256<<20)
}

// TestTwoThousand measures 2,000 sources for ten minutes. Each is visited every five
// minutes, and a tenth has new items each time. It runs if SLUGLINE_TWO_THOUSAND is set.
func TestTwoThousand(t *testing.T) {
	if os.Getenv("SLUGLINE_TWO_THOUSAND") == "" {
		t.Skip("takes a quarter of an hour; set SLUGLINE_TWO_THOUSAND=1")
	}
	s := &stressTest{healthy: 2000, every: 5 * time.Minute, duration: 10 * time.Minute, publishes: .1}
	s.check(t, 1.1, 512<<20)
}

// check measures, and expects memory below a limit and no wait between visits longer than
// slack times every.
func (s *stressTest) check(t *testing.T, slack float64, memory int64) {
	s.serveSources(t)
	peak, cpu := s.run(t)
	waits := s.intervals()
	late := 0
	for _, w := range waits {
		if float64(w) > slack*float64(s.every) {
			late++
		}
	}
	t.Logf("%d healthy, %d hostile sources, %v: peak %d MB, %.1f %% of a core; %d waits between visits of %v: half %v, 99 %% %v, longest %v; %d late; load %s",
		s.healthy, s.hostile, s.duration, peak>>20, 100*cpu.Seconds()/s.duration.Seconds(), len(waits), s.every, at(waits, .5), at(waits, .99), at(waits, 1), late, load())
	if peak > memory {
		t.Errorf("the daemon used %d MB", peak>>20)
	}
	if n := int(float64(s.healthy) * (float64(s.duration)/(slack*float64(s.every)) - 1)); len(waits) < n || late > 0 {
		t.Errorf("%d visits of the healthy in time, want %d or more; %d of them late", len(waits)-late, n, late)
	}
}

// serveSources serves the sources on loopback addresses.
func (s *stressTest) serveSources(t *testing.T) {
	s.origin = origin.New(time.Now)
	hosts := map[string]string{}
	serve := func(ip string) string {
		if at, ok := hosts[ip]; ok {
			return at
		}
		l, err := net.Listen("tcp", ip+":0")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: s.origin, ErrorLog: log.New(io.Discard, "", 0)}
		go func() { _ = server.Serve(l) }()
		t.Cleanup(func() { _ = server.Close() })
		hosts[ip] = "http://" + l.Addr().String()
		return hosts[ip]
	}
	attacks := append(origin.Attacks(), origin.Attacks()...)
	for i := range s.hostile {
		path := fmt.Sprintf("/hostile%d", i)
		s.origin.Feed(path).AnswerAlways(attacks[i%len(attacks)])
		s.urls = append(s.urls, serve(fmt.Sprintf("127.9.0.%d", i+1))+path)
	}
	for i := range s.healthy {
		path := fmt.Sprintf("/healthy%d", i)
		d := origin.Doc{Title: fmt.Sprint("Healthy ", i), Modified: time.Now()}
		for k := range 30 {
			n := i*30 + k
			d.Items = append(d.Items, origin.Item{ID: fmt.Sprint(n), Title: nonsense(n), Link: fmt.Sprintf("http://h%d.example/%d", i, n), Summary: strings.Repeat("About it. ", 40), Published: time.Now().Add(-time.Hour)})
		}
		s.origin.Feed(path).Set(d)
		s.urls = append(s.urls, serve(fmt.Sprintf("127.8.0.%d", i%50+1))+path)
	}
}

// run starts the daemon, waits until it has visited all healthy sources, and measures it.
func (s *stressTest) run(t *testing.T) (peak int64, cpu time.Duration) {
	dir := t.TempDir()
	public, desk := loopback.Address(t), loopback.Address(t)
	text := fmt.Sprintf("listen: %s\ndesk: %s\nfetch: {floor: 1s, budget: 100000000, allow: [127.8.0.0/16, 127.9.0.0/16]}\nsources:\n", public, desk)
	for i, u := range s.urls {
		text += fmt.Sprintf("  - {feed: '%s', name: s%d, every: %v}\n", u, i, s.every)
	}
	config := filepath.Join(dir, "feeds.yaml")
	if err := os.WriteFile(config, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	binary := "slugline"
	if b := os.Getenv("SLUGLINE_BINARY"); b != "" {
		binary = b
	}
	cmd := exec.Command(binary, "--config", config, "--log-level", "error")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); s.visitedHealthy() < s.healthy; {
		if time.Since(begun) > 4*time.Minute {
			t.Errorf("%d of %d healthy sources visited", s.visitedHealthy(), s.healthy)
			break
		}
		<-time.After(100 * time.Millisecond)
	}
	s.origin.ClearRequests()
	before := spent(t, cmd.Process.Pid)
	s.measured(t, public, desk)
	cpu, peak = spent(t, cmd.Process.Pid)-before, highWater(t, cmd.Process.Pid)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the daemon did not stop well: %v", err)
	}
	return peak, cpu
}

// measured publishes, and runs what shall run meanwhile.
func (s *stressTest) measured(t *testing.T, public, desk string) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	if s.meanwhile != nil {
		wg.Go(func() { s.meanwhile(ctx, public, desk) })
	}
	s.publish()
	cancel()
	wg.Wait()
}

// highWater returns the peak memory of a process.
func highWater(t *testing.T, pid int) (bytes int64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(b), "VmHWM:")
	if _, err := fmt.Sscan(line, &bytes); err != nil {
		t.Fatal(err)
	}
	return bytes << 10
}

// publish has some of the healthy sources publish while the daemon is measured.
func (s *stressTest) publish() {
	end := time.After(s.duration)
	if s.publishes == 0 {
		<-end
		return
	}
	tick := time.NewTicker(time.Duration(float64(s.every) / (s.publishes * float64(s.healthy))))
	defer tick.Stop()
	for n := s.healthy * 30; ; n++ {
		select {
		case <-end:
			return
		case <-tick.C:
			i := n * 7919 % s.healthy
			s.origin.Feed(fmt.Sprintf("/healthy%d", i)).Publish(origin.Item{ID: fmt.Sprint(n), Title: nonsense(n), Link: fmt.Sprintf("http://h%d.example/%d", i, n), Summary: "About it.", Published: time.Now()})
		}
	}
}

// visitedHealthy counts the healthy sources that have been visited.
func (s *stressTest) visitedHealthy() int {
	seen := map[string]bool{}
	for _, v := range s.origin.Requests() {
		if strings.HasPrefix(v.Path, "/healthy") {
			seen[v.Path] = true
		}
	}
	return len(seen)
}

// intervals returns the times between visits of each healthy source, sorted.
func (s *stressTest) intervals() (waits []time.Duration) {
	last := map[string]time.Time{}
	for _, v := range s.origin.Requests() {
		if !strings.HasPrefix(v.Path, "/healthy") {
			continue
		}
		if before, ok := last[v.Path]; ok {
			waits = append(waits, v.At.Sub(before))
		}
		last[v.Path] = v.At
	}
	slices.Sort(waits)
	return waits
}

func at(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(share*float64(len(sorted)-1))].Round(time.Millisecond)
}

// spent returns the processor time that a process has used.
func spent(t *testing.T, pid int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	var user, system int64
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * time.Second / 100 // clock ticks
}

// load returns the machine's load average of the last minute.
func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(b), " ")
	return one
}
