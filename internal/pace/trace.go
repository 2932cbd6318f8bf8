package pace

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxLine bounds the bytes of a line.
const maxLine = 64 << 20

// ReadTrace reads a trace. Each line describes a feed in five columns, separated by
// tabs: its name, its host, the number of items in its document, the seconds between
// visits that its server asks for, and its publication times in Unix seconds, separated
// by spaces. Further columns are ignored. A line "#range START END" sets the period,
// which otherwise is that of all times. Other lines that begin with # are comments.
func ReadTrace(in io.Reader) (*Trace, error) {
	tr := &Trace{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if err := tr.parseLine(lines.Text()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read trace: %w", err)
	}
	if len(tr.Feeds) == 0 {
		return nil, fmt.Errorf("the trace has no feed")
	}
	tr.fillRange()
	return tr, nil
}

func (tr *Trace) parseLine(s string) (err error) {
	s = strings.TrimRight(s, "\r")
	if rest, ok := strings.CutPrefix(s, "#range "); ok {
		return tr.parseRange(strings.Fields(rest))
	}
	if strings.TrimSpace(s) == "" || s[0] == '#' {
		return nil
	}
	col := strings.Split(s, "\t")
	if len(col) < 5 {
		return fmt.Errorf("%d columns; want name, host, window, floor and times, separated by tabs", len(col))
	}
	f := TraceFeed{Name: col[0], Host: col[1]}
	if f.Window, err = strconv.Atoi(col[2]); err != nil || f.Window < 1 {
		return fmt.Errorf("the window %q is not a number of items", col[2])
	}
	floor, err := strconv.ParseFloat(col[3], 64)
	if err != nil || !(floor >= 0 && floor < 1e9) {
		return fmt.Errorf("the floor %q is not a number of seconds", col[3])
	}
	f.Floor = time.Duration(floor * float64(time.Second))
	if f.Times, err = parseTimes(strings.Fields(col[4])); err != nil {
		return err
	}
	slices.SortFunc(f.Times, time.Time.Compare)
	tr.Feeds = append(tr.Feeds, f)
	return nil
}

func (tr *Trace) parseRange(fields []string) error {
	ts, err := parseTimes(fields)
	if err != nil || len(ts) != 2 || !ts[0].Before(ts[1]) {
		return fmt.Errorf("#range needs a start and a later end in Unix seconds")
	}
	tr.Start, tr.End = ts[0], ts[1]
	return nil
}

func parseTimes(fields []string) ([]time.Time, error) {
	ts := make([]time.Time, len(fields))
	for i, s := range fields {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.Abs(x) > 1e11 || math.IsNaN(x) {
			return nil, fmt.Errorf("the time %q is not in Unix seconds", s)
		}
		ts[i] = time.UnixMilli(int64(x * 1000)).UTC()
	}
	return ts, nil
}

// fillRange sets the period to that of all times, unless a #range line set it.
func (tr *Trace) fillRange() {
	if !tr.End.IsZero() {
		return
	}
	for i := range tr.Feeds {
		ts := tr.Feeds[i].Times
		if len(ts) == 0 {
			continue
		}
		if tr.Start.IsZero() || ts[0].Before(tr.Start) {
			tr.Start = ts[0]
		}
		if last := ts[len(ts)-1]; last.After(tr.End) {
			tr.End = last
		}
	}
}
