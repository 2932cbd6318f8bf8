package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// shared returns the path of test data beside the repository, and skips the test if it is missing.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("SLUGLINE_SHARED") == "must" {
			t.Fatal(err)
		}
		t.Skipf("%s is not there", name)
	}
	return path
}

// copyTruth is a copy of a story in the expected result of the bench.
type copyTruth struct {
	FeedURL string `json:"feed_url"`
	GUID    string `json:"guid"`
	Link    string `json:"link"`
	Title   string `json:"title"`
	Edit    string `json:"edit"`
	Time    int64  `json:"time"`
}

// TestBenchTruth polls a thousand feeds whose copies of stories are known: every entry
// is stored, copies with the same headline are merged, and different stories are not.
func TestBenchTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand feeds")
	}
	base, urls := startBench(t, 1000)
	dir := t.TempDir()
	config := filepath.Join(dir, "feeds.yaml")
	pollAll(t, config, urls)
	var truth map[string][]copyTruth
	getJSON(t, base+"/truth", &truth)
	k := readStored(t, filepath.Join(dir, "slugline.db"))
	k.checkCounts(t, urls)
	k.checkTruth(t, truth)
}

// pollAll makes a pass over feeds.
func pollAll(t *testing.T, config string, urls []string) {
	t.Helper()
	text := "fetch: {allow: [127.0.0.0/8]}\nsources:\n"
	for _, u := range urls {
		text += "  - " + u + "\n"
	}
	if err := os.WriteFile(config, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"--config", config, "--log-level", "error", "poll", "--all"}, strings.NewReader(""), io.Discard, os.Stderr); err != nil {
		t.Fatal(err)
	}
}

// startBench builds and starts the bench's origin and returns its address and those
// of its feeds.
func startBench(t *testing.T, feeds int) (base string, urls []string) {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "origin")
	if out, err := exec.Command("go", "build", "-C", shared(t, "bench"), "-o", bin, "./cmd/origin").CombinedOutput(); err != nil {
		t.Fatalf("build the bench's origin: %v\n%s", err, out)
	}
	_, port, _ := strings.Cut(loopback.Address(t), ":")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, bin, "-n", fmt.Sprint(feeds), "-hosts", "50", "-port", port, "-out", dir, "-max", "20m",
		"-base", time.Now().UTC().Truncate(24*time.Hour).Format(time.RFC3339))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "urls.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return "http://127.0.0.1:" + port, strings.Fields(string(b))
}

func getJSON(t *testing.T, url string, v any) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		t.Fatal(err)
	}
}

// storedEntries is what a store contains, by source address.
type storedEntries struct {
	count map[string]int
	story map[string]string    // address, then guid or link, to story
	takes map[string][]string  // story to headlines
	at    map[string]time.Time // address and link to Entry.At
}

func readStored(t *testing.T, path string) *storedEntries {
	t.Helper()
	st, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	k := &storedEntries{map[string]int{}, map[string]string{}, map[string][]string{}, map[string]time.Time{}}
	if err := st.View(k.read); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *storedEntries) read(tx *store.Tx) error {
	sources, err := tx.Sources.All()
	if err != nil {
		return err
	}
	address := map[string]string{}
	for _, s := range sources {
		address[s.ID] = s.Address
	}
	return tx.Stories.Each(func(s *news.Story) error {
		for _, take := range s.Takes {
			en, err := tx.Entries.Get(take.Entry)
			if err != nil {
				return err
			}
			from := address[en.Source]
			k.count[from]++
			k.takes[s.ID] = append(k.takes[s.ID], fmt.Sprintf("%s %s %s", take.At.Format(time.Stamp), take.Level, en.Headline))
			k.story[from+" "+en.GUID] = s.ID
			k.story[from+" "+en.Link] = s.ID
			k.at[from+" "+en.Link] = en.At
		}
		return nil
	})
}

func (k *storedEntries) checkCounts(t *testing.T, urls []string) {
	for _, u := range urls {
		resp, err := http.Get(u)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		doc := string(b)
		want := strings.Count(doc, "</item>") + strings.Count(doc, "</entry>") + strings.Count(doc, `"date_published"`)
		if k.count[u] != want {
			t.Errorf("%s has %d items, %d are stored", u, want, k.count[u])
		}
	}
}

func (k *storedEntries) checkTruth(t *testing.T, truth map[string][]copyTruth) {
	same := []string{"exact", "suffix", "prefix", "case", "punct"}
	edited := editCounts{total: map[string]int{}, inStory: map[string]int{}}
	numbersOf := map[string]map[string]int{} // our story to those of the truth, with how many copies each
	copies, folded, missed := 0, 0, 0
	for number, list := range truth {
		ours, twice := map[string]int{}, isListedTwice(list) // what one document lists twice, with two texts, is two reports
		for _, c := range list {
			id := k.find(c)
			if id == "" {
				t.Errorf("%s %s %q is not stored", c.FeedURL, c.GUID, c.Title)
			}
			if numbersOf[id] == nil {
				numbersOf[id] = map[string]int{}
			}
			numbersOf[id][number]++
			if !twice && slices.Contains(same, c.Edit) && k.filedNearOwnTime(c) {
				ours[id]++
				copies++
			}
		}
		most, largest := 0, ""
		for id, n := range ours {
			if n > most {
				most, largest = n, id
			}
		}
		for _, c := range list {
			if largest != "" && k.filedNearOwnTime(c) {
				edited.count(c.Edit, k.find(c) == largest)
			}
		}
		folded += most
		if len(ours) > 1 {
			missed++
			t.Errorf("story %s was split: %v", number, k.describe(list))
		}
	}
	t.Logf("%d of %d copies merged, %d stories were split", folded, copies, missed)
	edited.check(t)
	k.checkPairs(t, numbersOf)
}

// isListedTwice tells whether one feed has two copies of a story.
func isListedTwice(list []copyTruth) bool {
	seen := map[string]bool{}
	for _, c := range list {
		if seen[c.FeedURL] {
			return true
		}
		seen[c.FeedURL] = true
	}
	return false
}

// editCounts counts copies by the kind of their edit, and those that are in their story.
type editCounts struct{ total, inStory map[string]int }

func (c *editCounts) count(edit string, in bool) {
	c.total[edit]++
	if in {
		c.inStory[edit]++
	}
}

// check expects 99 of 100 copies in their story, except for swap: with another verb, a
// headline is another story.
func (c *editCounts) check(t *testing.T) {
	of, in := 0, 0
	for _, edit := range slices.Sorted(maps.Keys(c.total)) {
		t.Logf("%s: %d of %d in their story", edit, c.inStory[edit], c.total[edit])
		if edit != "swap" {
			of, in = of+c.total[edit], in+c.inStory[edit]
		}
	}
	t.Logf("all but swap: %d of %d", in, of)
	if in*100 < of*99 {
		t.Errorf("%d of %d copies are in their story, want 99 of 100", in, of)
	}
}

// checkPairs counts the pairs of copies that are in one story but should not be.
func (k *storedEntries) checkPairs(t *testing.T, numbersOf map[string]map[string]int) {
	pairs, wrong := 0, 0
	for id, numbers := range numbersOf {
		all, own := 0, 0
		for _, n := range numbers {
			all += n
			own += n * (n - 1) / 2
		}
		pairs += all * (all - 1) / 2
		wrong += all*(all-1)/2 - own
		if len(numbers) > 1 {
			t.Logf("different stories merged: %q", k.takes[id])
		}
	}
	t.Logf("%d of %d pairs merged wrongly", wrong, pairs)
	if wrong*1000 > pairs {
		t.Errorf("%d of %d pairs merged wrongly, want at most one in 1000", wrong, pairs)
	}
}

// filedNearOwnTime reports whether the copy was filed within an hour of its own time. In a
// feed without dates an entry has the time of the visit, and equal headlines of different
// days are different stories.
func (k *storedEntries) filedNearOwnTime(c copyTruth) bool {
	return k.at[c.FeedURL+" "+c.Link].Sub(time.Unix(c.Time, 0)).Abs() < time.Hour
}

func (k *storedEntries) find(c copyTruth) string {
	if id := k.story[c.FeedURL+" "+c.GUID]; id != "" && c.GUID != "" {
		return id
	}
	return k.story[c.FeedURL+" "+c.Link]
}

// describe lists the story of each copy.
func (k *storedEntries) describe(list []copyTruth) []string {
	var out []string
	for _, c := range list {
		id := k.find(c)
		out = append(out, fmt.Sprintf("%s %s: %s in %v\n", c.Edit, id, c.Title, k.takes[id]))
	}
	return out
}
