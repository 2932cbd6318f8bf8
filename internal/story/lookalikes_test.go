package story_test

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/story"
)

// lookalikes are invented headlines of two days in eight languages. Most happenings have
// two to five headlines, and others of the same kind beside them: quakes in three
// countries, zero-days of two firms. The column story names the happening.
//
//go:embed testdata/lookalikes.tsv
var lookalikes string

// series are headlines of columns, digests and tickers. Each is a happening of its own.
//
//go:embed testdata/series.tsv
var series string

// background are parts of the headlines that backgroundRows makes.
//
//go:embed testdata/background.tsv
var background string

const (
	leastColdPrecision = 0.92
	leastWarmPrecision = 0.95
	leastPairRecall    = 0.75
	mostSeriesJoined   = 2
)

// Two headlines are one event when they tell one happening, and not when they only tell
// happenings of the same kind.
func TestLookalikes(t *testing.T) {
	rows := tsvRows(lookalikes)
	for _, c := range []struct {
		name      string
		behind    [][]string
		precision float64
	}{
		{"cold", nil, leastColdPrecision},
		{"warm", backgroundRows(2400, tsvTime(rows[0])), leastWarmPrecision},
	} {
		t.Run(c.name, func(t *testing.T) {
			counts := countPairs(rows, eventsOf(t, c.behind, rows))
			for _, language := range slices.Sorted(maps.Keys(counts)) {
				t.Logf("%s: %s", language, counts[language])
			}
			if all := counts["all"]; all.precision() < c.precision || all.recall() < leastPairRecall {
				t.Errorf("all: %s, want precision %.2f and recall %.2f at least", all, c.precision, leastPairRecall)
			}
		})
	}
}

// Headlines of a series share their form and tell different things: they are no event.
func TestSeriesMakeNoEvents(t *testing.T) {
	rows := tsvRows(series)
	event := eventsOf(t, backgroundRows(2400, tsvTime(rows[0])), rows)
	members := map[string][]string{}
	for _, row := range rows {
		members[event[row[colID]]] = append(members[event[row[colID]]], row[colTitle])
	}
	joined := 0
	for _, e := range slices.Sorted(maps.Keys(members)) {
		if titles := members[e]; len(titles) > 1 {
			joined += len(titles)
			t.Logf("one event: %q", titles)
		}
	}
	if joined > mostSeriesJoined {
		t.Errorf("%d headlines of series are in events of several, want at most %d", joined, mostSeriesJoined)
	}
}

// Columns of the files of headlines.
const (
	colID = iota
	colPublished
	colPublisher
	colLanguage
	colTitle
	colURL
	colSummary
	colStory
)

func tsvRows(file string) [][]string {
	var rows [][]string
	for line := range strings.Lines(file) {
		rows = append(rows, strings.Split(strings.TrimRight(line, "\n"), "\t"))
	}
	return rows[1:]
}

func tsvTime(row []string) time.Time {
	at, _ := time.Parse(time.RFC3339, row[colPublished])
	return at
}

// eventsOf folds the rows in their order, behind other rows, and returns the event of each
// row by its id.
func eventsOf(t *testing.T, behind, rows [][]string) map[string]string {
	t.Helper()
	var in, out bytes.Buffer
	in.WriteString("id\tpublished\tpublisher\tlang\ttitle\turl\tsummary\tstory\n")
	for _, row := range slices.Concat(behind, rows) {
		in.WriteString(strings.Join(row, "\t") + "\n")
	}
	if err := story.Filter(&in, &out, reading(true)); err != nil {
		t.Fatal(err)
	}
	event := map[string]string{}
	for _, row := range tsvRows(out.String()) {
		event[row[0]] = row[2]
	}
	return event
}

// pairCount counts pairs of headlines: those in one event, those of one happening, and
// those that are both.
type pairCount struct{ joined, told, right int }

// countPairs counts the pairs of each language, and of all languages as "all".
func countPairs(rows [][]string, event map[string]string) map[string]pairCount {
	counts := map[string]pairCount{}
	for i, a := range rows {
		for _, b := range rows[:i] {
			joined, told := event[a[colID]] == event[b[colID]], a[colStory] == b[colStory]
			counts["all"] = counts["all"].plus(joined, told)
			if a[colLanguage] == b[colLanguage] {
				counts[a[colLanguage]] = counts[a[colLanguage]].plus(joined, told)
			}
		}
	}
	return counts
}

func (c pairCount) plus(joined, told bool) pairCount {
	if joined {
		c.joined++
	}
	if told {
		c.told++
	}
	if joined && told {
		c.right++
	}
	return c
}

func (c pairCount) precision() float64 { return float64(c.right) / float64(max(c.joined, 1)) }

func (c pairCount) recall() float64 { return float64(c.right) / float64(max(c.told, 1)) }

func (c pairCount) String() string {
	return fmt.Sprintf("precision %.3f, recall %.3f (%d joined, %d told, %d right)", c.precision(), c.recall(), c.joined, c.told, c.right)
}

// backgroundRows returns n other headlines of the three days before a time, in the
// languages and of the kinds of the look-alikes. Their names are made of syllables.
func backgroundRows(n int, before time.Time) [][]string {
	parts, r := map[string][]string{}, rand.New(rand.NewPCG(15, 15))
	for _, row := range tsvRows(background) {
		key := row[0] + row[1]
		parts[key] = append(parts[key], row[2])
	}
	languages, rows := []string{"en", "ar", "fa", "ru", "zh", "de", "fr", "es"}, [][]string{}
	every := 72 * time.Hour / time.Duration(n)
	for i := range n {
		language := languages[i%len(languages)]
		at := before.Add(-time.Minute - time.Duration(n-i)*every)
		rows = append(rows, []string{fmt.Sprint("b", i), at.Format(time.RFC3339), fmt.Sprint("Outlet ", r.IntN(40)), language, backgroundTitle(r, parts, language), "", "", ""})
	}
	return rows
}

func backgroundTitle(r *rand.Rand, parts map[string][]string, language string) string {
	one := func(list []string) string { return list[r.IntN(len(list))] }
	comma := ", "
	switch language {
	case "ar", "fa":
		comma = "، "
	case "zh":
		comma = "、"
	}
	title := one(parts[language+"first"]) + comma + one(parts[language+"second"])
	for strings.Contains(title, "{name}") {
		name := ""
		for range 2 + r.IntN(2) {
			name += one(strings.Fields(parts[language+"name"][0]))
		}
		first, size := utf8.DecodeRuneInString(name)
		title = strings.Replace(title, "{name}", string(unicode.ToUpper(first))+name[size:], 1)
	}
	title = strings.ReplaceAll(title, "{country}", one(strings.Split(parts[language+"country"][0], comma)))
	return strings.ReplaceAll(title, "{n}", strconv.Itoa(2+r.IntN(40)))
}
