package story

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	sweepEvery = 6 * time.Hour // of the headlines' own time
	maxLine    = 1 << 20       // bytes
)

// columns are the columns that Filter reads, by their names in the header line.
var columns = [...]string{"id", "published", "publisher", "lang", "title", "url", "summary"}

// Reading says how Filter reads rows. The daemon reads items in the same way.
type Reading struct {
	Final    bool                        // write all answers at the end, with the events of the end
	Page     func(link string) string    // the page that a link leads to, as in Headline
	Language func(tag string) string     // a language as BCP 47 has it
	Untitled func(summary string) string // the headline of an entry without a title
}

// Filter folds headlines. It reads tab-separated lines below a header line, with the
// columns id, published, publisher, lang, title, url and summary in any order; it ignores
// other columns and takes missing ones as empty. A summary helps to find the event; the headline
// of a row without a title is made of it. It writes id, story and event of each headline
// as it reads, before it waits for more input.
func Filter(r io.Reader, w io.Writer, how Reading) error {
	in := &lineReader{r: bufio.NewReaderSize(r, 64<<10)}
	out := bufio.NewWriter(w)
	header, err := in.next()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("read headlines: the input is empty: %s", wantHeader)
	}
	if err != nil {
		return fmt.Errorf("read headlines: %w", err)
	}
	f, err := newFilter(string(header))
	if err != nil {
		return fmt.Errorf("read headlines: line 1 %w", err)
	}
	f.out, f.how = out, how
	_, _ = out.WriteString("id\tstory\tevent\n") // Flush returns the error
	if err := f.foldLines(in); err != nil {
		return err
	}
	f.writeRows()
	return f.flush()
}

// foldLines folds all lines behind the header.
func (f *filter) foldLines(in *lineReader) error {
	for {
		if in.mustWait() {
			if err := f.flush(); err != nil {
				return err
			}
		}
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = f.line(string(line), in.n)
		}
		if err != nil {
			return fmt.Errorf("read headlines: line %d: %w", in.n, errors.Join(err, f.out.Flush()))
		}
	}
}

func (f *filter) flush() error {
	if err := f.out.Flush(); err != nil {
		return fmt.Errorf("write stories: %w", err)
	}
	return nil
}

// lineReader reads lines and counts them.
type lineReader struct {
	r    *bufio.Reader
	n    int
	long []byte // a line that is longer than the buffer of r
}

// mustWait tells whether the next line is not in the buffer yet.
func (l *lineReader) mustWait() bool {
	ready, _ := l.r.Peek(l.r.Buffered())
	return bytes.IndexByte(ready, '\n') < 0
}

// next returns a line without its end. It is valid until the next call.
func (l *lineReader) next() ([]byte, error) {
	l.n++
	line, err := l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = l.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) && len(l.long) <= maxLine {
			l.long = append(l.long, line...)
			line, err = l.r.ReadSlice('\n')
		}
		line = append(l.long, line...)
	}
	switch {
	case len(line) > maxLine:
		return nil, fmt.Errorf("longer than %d bytes: lines end with a line feed, and tabs separate columns", maxLine)
	case errors.Is(err, io.EOF) && len(line) > 0:
	case err != nil:
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// filter is one pass over a file of headlines.
type filter struct {
	fold       *Fold
	column     map[string]int
	out        *bufio.Writer
	how        Reading
	last       time.Time // newest At
	lastSweep  time.Time
	previous   time.Time         // At of the line before
	rows       [][2]string       // id and story of each headline, written at the end
	eventOf    map[string]string // by story, for the end
	joinedInto map[string]string // events that joined another one, for the end
}

var wantHeader = "the first line names the columns, separated by tabs: " + strings.Join(columns[:], ", ")

func newFilter(header string) (*filter, error) {
	f := &filter{fold: New(), column: map[string]int{}, eventOf: map[string]string{}, joinedInto: map[string]string{}}
	if strings.HasPrefix(header, "\xff\xfe") || strings.HasPrefix(header, "\xfe\xff") {
		return nil, errors.New("is UTF-16: save the file as UTF-8")
	}
	for i, name := range strings.Split(strings.TrimPrefix(header, "\ufeff"), "\t") {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns[:], name) {
			continue
		}
		if _, twice := f.column[name]; twice {
			return nil, fmt.Errorf("names column %s twice", name)
		}
		f.column[name] = i
	}
	for _, name := range [...]string{"title", "url", "summary"} {
		if _, ok := f.column[name]; ok {
			return f, nil
		}
	}
	return nil, fmt.Errorf("has neither a title nor a url column, nor a summary: %s", wantHeader)
}

func (f *filter) line(text string, n int) error {
	if text == "" {
		return nil
	}
	h, err := f.headline(strings.Split(text, "\t"), n)
	if err != nil {
		return err
	}
	f.sweep(h.At)
	v := f.fold.Judge(h)
	if f.how.Final {
		f.remember(h.Entry, v)
		return nil
	}
	f.write(h.Entry, v.Story, v.Event)
	return nil
}

// remember stores a verdict for the end.
func (f *filter) remember(entry string, v Verdict) {
	for _, e := range v.Joined {
		f.joinedInto[e] = v.Event
	}
	f.rows = append(f.rows, [2]string{entry, v.Story})
	if v.Level == news.LevelNew {
		f.eventOf[v.Story] = v.Event
	}
}

// applySplits gives stories that left an event their own one.
func (f *filter) applySplits(splits []EventSplit) {
	for _, p := range splits {
		delete(f.joinedInto, p.Event)
		for _, s := range p.Stories {
			f.eventOf[s] = p.Event
		}
	}
}

func (f *filter) write(id, story, event string) {
	for i, s := range [...]string{id, story, event} {
		_, _ = f.out.WriteString(s)
		_ = f.out.WriteByte("\t\t\n"[i])
	}
}

// headline reads a row. A row without a time has the time of the row before.
func (f *filter) headline(row []string, n int) (Headline, error) {
	cell := func(name string) string {
		if i, ok := f.column[name]; ok && i < len(row) {
			return row[i]
		}
		return ""
	}
	h := Headline{
		Entry: cell("id"), Seq: uint64(n), Source: cell("publisher"), Owner: cell("publisher"),
		Language: f.how.Language(cell("lang")), Text: cell("title"), Summary: cell("summary"), Page: f.how.Page(cell("url")), At: f.last,
	}
	if strings.TrimSpace(h.Text) == "" {
		h.Text = f.how.Untitled(cell("summary"))
	}
	if h.Owner != "" {
		h.Publishers = []string{h.Owner}
	}
	switch {
	case IsKill(h.Text):
		h.Text, h.Amends = cmp.Or(KilledHeadline(h.Text), h.Text), Withdraws
	case IsCorrection(h.Text):
		h.Amends = Corrects
	}
	if s := strings.TrimSpace(cell("published")); s != "" {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return h, fmt.Errorf("published is not a time: %q; write it as 2026-11-22T08:00:00Z, or leave it empty for the time of the line before", s)
		}
		h.At = at
	}
	if h.At.After(f.last) {
		f.last = h.At
	}
	return h, nil
}

// sweep removes old stories from the fold as time goes on. The time is the earlier
// one of two successive headlines, so that one wrong date ends no story.
func (f *filter) sweep(at time.Time) {
	if f.lastSweep.IsZero() {
		f.lastSweep, f.previous = at, at
	}
	at, f.previous = earlier(at, f.previous), at
	if at.Sub(f.lastSweep) >= sweepEvery {
		f.applySplits(f.fold.sweep(at))
		f.lastSweep = at
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (f *filter) writeRows() {
	for _, r := range f.rows {
		f.write(r[0], r[1], f.event(f.eventOf[r[1]]))
	}
}

func (f *filter) event(name string) string {
	for {
		next, ok := f.joinedInto[name]
		if !ok {
			return name
		}
		name = next
	}
}
