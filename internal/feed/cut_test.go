package feed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// numbers returns the numbers from first to last.
func numbers(first, last int) (all []int) {
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

// longFeed returns an RSS feed with an item for each number. date returns the date of an
// item; an item without one has none.
func longFeed(all []int, date func(n int) string) string {
	var b strings.Builder
	b.WriteString("<rss><channel><title>Long</title>")
	for _, n := range all {
		at := date(n)
		if at != "" {
			at = "<pubDate>" + at + "</pubDate>"
		}
		fmt.Fprintf(&b, "<item><title>News %d</title><guid>n%d</guid>%s<x:y>z</x:y></item>\n", n, n, at)
	}
	return b.String() + "</channel></rss>"
}

func TestTheNewestOfTooManyItemsAreRead(t *testing.T) {
	day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	byNumber := func(n int) string { return day.AddDate(0, 0, n).Format(time.RFC1123Z) }
	none := func(int) string { return "" }
	up, down := numbers(1, 2500), numbers(1, 2500)
	slices.Reverse(down)
	mixed := slices.Concat(numbers(1001, 2500), numbers(1, 1000))
	pinned := append([]int{1}, down[:2499]...)
	ends := slices.Concat(numbers(1, 1000), numbers(1501, 2500))
	const newest = "the document has 2,500 items; the newest 2,000 by date are read"
	const both = "the document has 2,500 items; the first 1,000 and the last 1,000 are read, because no dates tell which are the newest"
	for _, c := range []struct {
		name string
		body string
		want []int
		cut  string
	}{
		{"oldest first", longFeed(up, byNumber), numbers(501, 2500), newest},
		{"newest first", longFeed(down, byNumber), down[:2000], newest},
		{"newest in the middle", longFeed(mixed, byNumber), slices.Concat(numbers(1001, 2500), numbers(501, 1000)), newest},
		{"an old one is pinned", longFeed(pinned, byNumber), pinned[1:2001], newest},
		{"without dates", longFeed(up, none), ends, both},
		{"with the same date", longFeed(up, func(int) string { return byNumber(7) }), ends, both},
		{"with few dates", longFeed(up, func(n int) string {
			if n%3 == 0 {
				return byNumber(n)
			}
			return ""
		}), ends, both},
		{"some without a date", longFeed(down, func(n int) string {
			if n%5 == 1 {
				return ""
			}
			return byNumber(n)
		}), down[:2000], newest},
		{"one day at the boundary", longFeed(up, func(n int) string { return byNumber(n / 1000 * 1000) }), numbers(501, 2500), newest},
		{"without end tags", strings.ReplaceAll(longFeed(up, byNumber), "</item>", ""), numbers(501, 2500), newest},
		{"in wrappers", strings.ReplaceAll(strings.ReplaceAll(longFeed(up, byNumber), "<item>", "<x><item>"), "</item>", "</item></x>"), numbers(501, 2500), newest},
		{"at the limit", longFeed(up[:2000], byNumber), up[:2000], ""},
		{"without a broken one", strings.TrimSuffix(longFeed(up[:2001], byNumber), "</item>\n</channel></rss>"), up[:2000], "the document breaks off: only the items before that place are read"},
	} {
		doc, err := Read([]byte(c.body), Hints{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []int
		for i := range doc.Items {
			var n int
			_, _ = fmt.Sscanf(doc.Items[i].ID, "n%d", &n)
			got = append(got, n)
		}
		if !slices.Equal(got, c.want) || doc.Cut != c.cut {
			t.Errorf("%s: %d items, %v... to ...%v, and %q; want %d, %v... to ...%v, and %q", c.name, len(got), got[:2], got[len(got)-2:], doc.Cut, len(c.want), c.want[:2], c.want[len(c.want)-2:], c.cut)
		}
		if again, known := readKnowing(t, []byte(c.body), Hints{}, itemsByHash(doc)); known != len(doc.Items) || titles(again) != titles(doc) {
			t.Errorf("%s: %d of %d items are known at the second reading", c.name, known, len(doc.Items))
		}
	}
}

func TestLimits(t *testing.T) {
	item := func(n int) string {
		return fmt.Sprintf("<item><guid>%d</guid><description>%s</description></item>", n, strings.Repeat("long ", 20_000))
	}
	var b strings.Builder
	b.WriteString("<rss><channel><title>Large</title>")
	for n := range 100 {
		b.WriteString(item(n))
	}
	body := []byte(b.String() + "</channel></rss>")
	for _, c := range []struct {
		limit int64
		items int
		cut   string
	}{
		{0, 83, "the document is longer than 8 MB: only the items before that place are read"},
		{2 << 20, 20, "the document is longer than 2 MB: only the items before that place are read"},
		{16 << 20, 100, ""},
		{1 << 40, 100, ""},
	} {
		doc, err := Read(body, Hints{MaxBytes: c.limit})
		if err != nil || len(doc.Items) != c.items || doc.Cut != c.cut || doc.Truncated != (c.cut != "") {
			t.Errorf("with a limit of %d: %d items, %q, truncated %v (%v); want %d, %q", c.limit, len(doc.Items), doc.Cut, doc.Truncated, err, c.items, c.cut)
		}
	}
}

func BenchmarkReadNewest(b *testing.B) {
	body := []byte(longFeed(numbers(1, 2500), func(n int) string { return time.Unix(int64(n)*3600, 0).Format(time.RFC1123Z) }))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(body, Hints{}); err != nil {
			b.Fatal(err)
		}
	}
}
