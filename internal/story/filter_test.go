package story_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// reading is how the command slugline fold reads rows.
func reading(final bool) story.Reading {
	return story.Reading{Final: final, Page: canon.Page, Language: canon.Language, Untitled: canon.Untitled}
}

func TestFilter(t *testing.T) {
	in := "title\tid\tpublished\tpublisher\tnotes\r\n" +
		"Fed raises rates again\te1\t2026-11-22T08:00:00Z\tReuters\tx\r\n" +
		"\r\n" +
		"UPDATE 1-Fed raises rates again - Daily\te2\t2026-11-22T09:00:00Z\tDaily\n" +
		"Rain floods two roads\te3\t\n"
	s1, s3 := news.StoryID("e1", 2), news.StoryID("e3", 5)
	want := "id\tstory\tevent\n" + "e1\t" + s1 + "\t" + s1 + "\n" + "e2\t" + s1 + "\t" + s1 + "\n" + "e3\t" + s3 + "\t" + s3 + "\n"
	for _, final := range []bool{false, true} {
		var out bytes.Buffer
		if err := story.Filter(strings.NewReader(in), &out, reading(final)); err != nil || out.String() != want {
			t.Errorf("final %v: %v\n%s\nwant\n%s", final, err, out.String(), want)
		}
	}
}

func TestFilterNamesMistakes(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", "the input is empty: the first line names the columns, separated by tabs: id, published"},
		{"no title", "id\tpublished\n", "line 1 has neither a title nor a url column"},
		{"no header", "e1\t2026-11-22T08:00:00Z\tFed raises rates\n", "line 1 has neither"},
		{"a column twice", "id\ttitle\tTitle\n", "line 1 names column title twice"},
		{"UTF-16", "\xff\xfei\x00d\x00", "line 1 is UTF-16"},
		{"no time", "id\ttitle\tpublished\na\tb\t\na\tb\tyesterday\n", `line 3: published is not a time: "yesterday"; write it as 2026-11-22T08:00:00Z`},
		{"no line", "id\ttitle\na\tb\na\t" + strings.Repeat("x", 1<<20) + "\n", "line 3: longer than"},
		{"no line at all", "id\ttitle\na\t" + strings.Repeat("x", 1<<21), "line 2: longer than"},
	} {
		err := story.Filter(strings.NewReader(c.in), &bytes.Buffer{}, reading(true))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	for _, final := range []bool{false, true} {
		if err := story.Filter(strings.NewReader("id\ttitle\na\tb\n"), full{}, reading(final)); !errors.Is(err, errFull) {
			t.Errorf("a writer that fails: error %v", err)
		}
	}
}

// Filter writes the answers to the lines above a wrong line.
func TestFilterAnswersLinesBeforeAMistake(t *testing.T) {
	var out bytes.Buffer
	err := story.Filter(strings.NewReader("id\ttitle\tpublished\na\tb\t\nc\td\tnever\n"), &out, reading(false))
	if err == nil || !strings.Contains(out.String(), "\na\t") {
		t.Errorf("error %v, written %q; want the first line", err, out.String())
	}
}

// Columns may be in any order; missing ones are empty.
func TestFilterReadsColumnsByName(t *testing.T) {
	const long = "https://a.example/2026/fed-raises-rates-again"
	for _, c := range []struct {
		name, in string
		stories  []int
	}{
		{"no id", "title\npublished\nFed raises rates again\nFED RAISES RATES AGAIN\n", []int{0, 1, 1}},
		{"no title", "url\tid\n" + long + "?utm_source=x\ta\n" + long + "\tb\n", []int{0, 0}},
		{"semicolons in a query", "url\tid\nhttps://a.example/show?cat=2;id=7&utm_source=x\ta\nhttps://a.example/show?cat=2;id=8\tb\nhttps://a.example/show?cat=2;id=7\tc\n", []int{0, 1, 0}},
		{"a summary in place of a title", "id\ttitle\tsummary\na\t\t<p>Fed raises rates again in a surprise meeting. Markets fall.</p>\nb\tFed raises rates again in a surprise meeting\tMarkets fall.\n", []int{0, 0}},
		{"a summary beside a title", "id\ttitle\tsummary\na\tFed raises rates again\tThe same text.\nb\tRain floods two roads\tThe same text.\n", []int{0, 1}},
		{"byte order mark, spaces, capitals", "\ufeff Title \tID\r\nFed raises rates again\ta\r\nUPDATE 2-Fed raises rates again\tb\r\n", []int{0, 0}},
		{"short rows", "id\ttitle\tlang\na\tFed raises rates again\nb\n", []int{0, 1}},
		{"no line feed at the end", "id\ttitle\na\tFed raises rates again\nb\tFed raises rates again", []int{0, 0}},
		{"a long line", "id\ttitle\tnote\na\tFed raises rates again\t" + strings.Repeat("x", 300_000) + "\nb\tFed raises rates again\n", []int{0, 0}},
		{"bytes that are no text", "id\ttitle\na\tFed \xff\x00 raises rates again\nb\tFed \xff\x00 raises rates again\n", []int{0, 0}},
		{"one date far ahead", "id\ttitle\tpublished\na\tFed raises rates again\t2026-11-22T08:00:00Z\nx\tRain floods two roads\t2099-11-22T08:00:00Z\n" +
			"b\tFed raises rates again\t2026-11-22T09:00:00Z\n", []int{0, 1, 0}},
		{"a language in capitals", "title\tlang\nMüller besucht Köln und Düren\tDE\nMueller besucht Koeln und Dueren\tDE_de\n", []int{0, 0}},
		{"a correction", "id\ttitle\tpublisher\na\tFed raises rates to 5 percent in surprise move\tA\nb\tCORRECTED-Fed raises rates to 4 percent in surprise move\tA\n", []int{0, 0}},
	} {
		var out bytes.Buffer
		if err := story.Filter(strings.NewReader(c.in), &out, reading(false)); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.stories, numbered(out.String())); diff != "" {
			t.Errorf("%s: stories (-want +got):\n%s", c.name, diff)
		}
	}
}

// numbered returns the story of each line that Filter wrote, as the number of the
// story's first line.
func numbered(out string) []int {
	first, all := map[string]int{}, []int{}
	for i, line := range strings.Split(strings.TrimSpace(out), "\n")[1:] {
		story := strings.Split(line, "\t")[1]
		if _, known := first[story]; !known {
			first[story] = i
		}
		all = append(all, first[story])
	}
	return all
}

// Filter answers each line of an open pipe as soon as it can read it.
func TestFilterAnswersWhileItReads(t *testing.T) {
	in, feed := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- story.Filter(in, out, reading(false)) }()
	read := bufio.NewScanner(answers)
	for i, line := range []string{"id\ttitle\n", "a\tFed raises rates again\n", "b\tRain floods", " two roads\nc\tFed raises rates again\n"} {
		if _, err := io.WriteString(feed, line); err != nil {
			t.Fatal(err)
		}
		for range []int{1, 1, 0, 2}[i] {
			if !read.Scan() {
				t.Fatalf("no answer to %q", line)
			}
		}
	}
	if err := feed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("id\ttitle\tpublished\na\tFed raises rates\t2026-11-22T08:00:00Z\n")
	f.Add("title\n0000000 4万 第三 %\n00,000.0 000 million\n")
	f.Add("url\tsummary\nhttps://a.example/x?a=1;b=2\t<b>Fed</b> raises rates.\n")
	f.Add("\ufeffurl\r\nhttps://a.example/2026/x-y-z\r\n\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		var once, twice bytes.Buffer
		err := story.Filter(strings.NewReader(in), &once, reading(false))
		again := story.Filter(iotest.OneByteReader(strings.NewReader(in)), &twice, reading(false))
		if (err == nil) != (again == nil) || once.String() != twice.String() {
			t.Errorf("read at once %q (%v), byte by byte %q (%v)", once.String(), err, twice.String(), again)
		}
		if rows := strings.Count(once.String(), "\n"); rows > strings.Count(in, "\n")+1 {
			t.Errorf("%d lines for %q", rows, in)
		}
	})
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
