package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestPasses measures the processor time of passes over the bench's thousand feeds,
// including the start of the process, and compares it with the bench's reference poller,
// which only fetches, parses and stores. It runs if SLUGLINE_PASSES is set;
// SLUGLINE_BINARY names the program.
func TestPasses(t *testing.T) {
	if os.Getenv("SLUGLINE_PASSES") == "" {
		t.Skip("measures; set SLUGLINE_PASSES=1")
	}
	base, urls := startBench(t, 1000)
	p := newPasses(t, urls)
	p.measure(t, "all new", 1, func() {})
	p.measure(t, "all 304", 5, func() {})
	p.measure(t, "a tenth changed", 5, func() { post(t, base+"/tick?frac=0.1") })
	post(t, base+"/set?nocond=1")
	p.measure(t, "all 200, the same bytes", 5, func() {})

	d, hosts := startBuildDateServer(t)
	for i := range urls {
		urls[i] = fmt.Sprintf("%s/%d", hosts[i%len(hosts)], i)
	}
	p = newPasses(t, urls)
	p.measure(t, "all new, dated", 1, d.changeDates)
	p.measure(t, "all 200, another build date", 5, d.changeDates)
}

// passes are passes of both programs over the same feeds.
type passes struct {
	feeds           int
	ours, reference []string // commands
}

func newPasses(t *testing.T, urls []string) *passes {
	dir := t.TempDir()
	list, config, stages := filepath.Join(dir, "urls.txt"), filepath.Join(dir, "feeds.yaml"), filepath.Join(dir, "stages")
	text := "fetch: {allow: [127.0.0.0/8]}\nsources:\n  - " + strings.Join(urls, "\n  - ") + "\n"
	for name, text := range map[string]string{list: strings.Join(urls, "\n"), config: text} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("go", "build", "-C", shared(t, "bench"), "-o", stages, "./cmd/stages").CombinedOutput(); err != nil {
		t.Fatalf("build the bench's stages: %v\n%s", err, out)
	}
	binary := "slugline"
	if b := os.Getenv("SLUGLINE_BINARY"); b != "" {
		binary = b
	}
	return &passes{
		feeds:     len(urls),
		ours:      []string{binary, "--config", config, "--log-level", "error", "poll", "--all"},
		reference: []string{stages, "-urls", list, "-db", filepath.Join(dir, "stages.db")},
	}
}

// measure makes passes with both programs in turn, and calls before ahead of each pair.
func (p *passes) measure(t *testing.T, name string, times int, before func()) {
	var ours, theirs []float64
	for range times {
		before()
		ours = append(ours, p.pass(t, p.ours))
		theirs = append(theirs, p.pass(t, p.reference))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	t.Logf("%-28s %.3f CPU-ms a feed (%.3f to %.3f), the reference %.3f; load %s", name, ours[times/2], ours[0], ours[times-1], theirs[times/2], load())
}

// pass runs a command and returns the processor time that it used, in ms a feed.
func (p *passes) pass(t *testing.T, args []string) float64 {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds() * 1000 / float64(p.feeds)
}

func post(t *testing.T, url string) {
	resp, err := http.Post(url, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // the answer is not needed
}

// startBuildDateServer serves the bench's feeds without validators, from fifty addresses as
// the bench does. Their build dates can be changed.
func startBuildDateServer(t *testing.T) (d *buildDateServer, hosts []string) {
	dir := t.TempDir()
	if out, err := exec.Command("go", "run", "-C", shared(t, "bench"), "./cmd/origin", "-n", "1000", "-dump", dir, "-base", time.Now().UTC().Truncate(24*time.Hour).Format(time.RFC3339)).CombinedOutput(); err != nil {
		t.Fatalf("write the bench's feeds: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	d = &buildDateServer{t: t, files: files, compressed: make([][]byte, len(files))}
	for i := range 50 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.7.%d:0", i+1))
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: d}
		go func() { _ = server.Serve(l) }()
		t.Cleanup(func() { _ = server.Close() })
		hosts = append(hosts, "http://"+l.Addr().String())
	}
	return d, hosts
}

// buildDateServer serves files by their number. It compresses them in advance, so that this
// does not disturb the measurement.
type buildDateServer struct {
	t          *testing.T
	files      []string
	changes    int
	compressed [][]byte
}

// changeDates gives all files another build date. No request may be in progress.
func (d *buildDateServer) changeDates() {
	d.changes++
	for i, name := range d.files {
		b, err := os.ReadFile(name)
		if err != nil {
			d.t.Fatal(err)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, err = z.Write(withBuildDate(b, time.Now().UTC().Add(time.Duration(d.changes)*time.Second)))
		if err := errors.Join(err, z.Close()); err != nil {
			d.t.Fatal(err)
		}
		d.compressed[i] = packed.Bytes()
	}
}

func (d *buildDateServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var i int
	if _, err := fmt.Sscanf(r.URL.Path, "/%d", &i); err != nil || i >= len(d.compressed) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = w.Write(d.compressed[i]) // the client may stop reading
}

var buildDate = regexp.MustCompile(`(<lastBuildDate>|<updated>|<dc:date>)[^<]*<`)

// withBuildDate returns a document with another build date, if it has one.
func withBuildDate(b []byte, now time.Time) []byte {
	at := buildDate.FindSubmatchIndex(b)
	if at == nil {
		return b
	}
	date := now.Format(time.RFC3339)
	if b[at[0]+1] == 'l' {
		date = now.Format(time.RFC1123Z)
	}
	return slices.Concat(b[:at[3]], []byte(date), b[at[1]-1:])
}
