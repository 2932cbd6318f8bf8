package story

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

const (
	sweepEvery = 6 * time.Hour // of the headlines' own time
	maxLine    = 1 << 20       // bytes
)

// Filter folds headlines that it reads as TSV with a header line, the columns
// id, published, publisher, lang, title and url by their names, and writes id,
// story and event of each: at once, or when final is set at the end, with the
// events that they came to be in.
func Filter(r io.Reader, w io.Writer, final bool) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), maxLine)
	out := bufio.NewWriter(w)
	if !in.Scan() {
		if err := in.Err(); err != nil {
			return fmt.Errorf("read headlines: %w", err)
		}
		return errors.New("read headlines: no header line")
	}
	p, err := newPass(in.Text())
	if err != nil {
		return err
	}
	p.out, p.final = out, final
	_, _ = out.WriteString("id\tstory\tevent\n") // Flush tells the error
	for in.Scan() {
		if err := p.line(in.Text()); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("read headlines: line %d: %w", p.lines+1, err)
	}
	p.finish()
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write stories: %w", err)
	}
	return nil
}

// pass is one reading of a file of headlines.
type pass struct {
	fold   *Fold
	column map[string]int
	out    *bufio.Writer
	final  bool
	lines  int
	last   time.Time // newest At
	swept  time.Time
	rows   [][3]string       // for the end
	into   map[string]string // events that others took in
}

func newPass(header string) (*pass, error) {
	p := &pass{fold: New(), column: map[string]int{}, lines: 1, into: map[string]string{}}
	for i, name := range strings.Split(strings.TrimPrefix(trimLine(header), "\ufeff"), "\t") {
		p.column[name] = i
	}
	for _, name := range []string{"id", "title"} {
		if _, ok := p.column[name]; !ok {
			return nil, fmt.Errorf("read headlines: line 1: no column %s", name)
		}
	}
	return p, nil
}

func trimLine(s string) string { return strings.TrimRight(s, "\r\n") }

func (p *pass) line(text string) error {
	p.lines++
	if text = trimLine(text); text == "" {
		return nil
	}
	h, err := p.headline(strings.Split(text, "\t"))
	if err != nil {
		return fmt.Errorf("read headlines: line %d: %w", p.lines, err)
	}
	p.sweep(h.At)
	v := p.fold.Judge(h)
	for _, e := range v.Joined {
		p.into[e] = v.Event
	}
	if p.final {
		p.rows = append(p.rows, [3]string{h.Entry, v.Story, v.Event})
		return nil
	}
	_, _ = fmt.Fprintf(p.out, "%s\t%s\t%s\n", h.Entry, v.Story, v.Event)
	return p.out.Flush()
}

// headline reads a row. A row without a time has that of the row before.
func (p *pass) headline(row []string) (Headline, error) {
	cell := func(name string) string {
		if i, ok := p.column[name]; ok && i < len(row) {
			return row[i]
		}
		return ""
	}
	h := Headline{
		Entry: cell("id"), Seq: uint64(p.lines), Source: cell("publisher"), Owner: cell("publisher"),
		Language: cell("lang"), Text: cell("title"), Page: pageOf(cell("url")), At: p.last,
	}
	if h.Owner != "" {
		h.Publishers = []string{h.Owner}
	}
	if s := cell("published"); s != "" {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return h, fmt.Errorf("published is no time: %q", s)
		}
		h.At = at
	}
	if h.At.After(p.last) {
		p.last = h.At
	}
	return h, nil
}

// pageOf is a link without what does not name the page: scheme, www., tracking,
// fragment, final slash. Only a link to an article names one: its path or query has a digit,
// or its last part is a slug.
func pageOf(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return ""
	}
	query := u.Query()
	for name := range query {
		if strings.HasPrefix(name, "utm_") || strings.HasSuffix(name, "clid") {
			query.Del(name)
		}
	}
	page := strings.TrimRight(u.EscapedPath(), "/")
	if len(query) > 0 {
		page += "?" + query.Encode()
	}
	slug := page[strings.LastIndexByte(page, '/')+1:]
	if !strings.ContainsAny(page, "0123456789") && strings.Count(slug, "-") < 2 {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") + page
}

func (p *pass) sweep(at time.Time) {
	if p.swept.IsZero() {
		p.swept = at
	}
	if at.Sub(p.swept) >= sweepEvery {
		p.fold.Sweep(at)
		p.swept = at
	}
}

func (p *pass) finish() {
	for _, r := range p.rows {
		_, _ = fmt.Fprintf(p.out, "%s\t%s\t%s\n", r[0], r[1], p.event(r[2]))
	}
}

func (p *pass) event(name string) string {
	for {
		next, ok := p.into[name]
		if !ok {
			return name
		}
		name = next
	}
}
