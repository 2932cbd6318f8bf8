package topic

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/words"
)

// moments are the forms of dates that after: and before: take.
var moments = []string{"2006-01-02", "2006-01", "2006", "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", time.RFC3339}

var (
	age     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]{1,6})([smhdw])$`) })
	dayLast = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})$`) })
)

// moment reads the date or age behind a field.
func (p *parser) moment(f *Field) (*node, error) {
	start := p.pos
	s := p.word()
	date := strings.ToUpper(words.Fold(s))
	zone := p.scope.Zone
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range moments {
		if t, err := time.ParseInLocation(layout, date, zone); err == nil {
			return &node{op: Comparison, field: f, term: p.written(f, start), moment: t}, nil
		}
	}
	back, ok := readAge(strings.ToLower(date))
	switch {
	case !ok && p.scope.Now.IsZero():
		return nil, p.fail(start, "%s: takes a date such as 2026-11-27, not %q%s", f.Name, s, suggestDate(f, date))
	case !ok:
		return nil, p.fail(start, "%s: takes a date such as 2026-11-27 or an age such as 24h, not %q%s", f.Name, s, suggestDate(f, date))
	case p.scope.Now.IsZero():
		return nil, p.fail(start, "%s:%s depends on when somebody looks, and a rule is decided when a story changes; write a date, or use the window of a topic", f.Name, s)
	}
	return &node{op: Comparison, field: f, term: p.written(f, start), moment: p.scope.Now.Add(-back).In(zone), isAge: true}, nil
}

// readAge reads a number with s, m, h, d or w behind it.
func readAge(s string) (time.Duration, bool) {
	m := age().FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	n = min(n, int(math.MaxInt64/unit)) // about 292 years
	return time.Duration(n) * unit, err == nil
}

// suggestDate offers the date that a date in another order can only mean.
func suggestDate(f *Field, s string) locale.Message {
	m := dayLast().FindStringSubmatch(s)
	if m == nil {
		return locale.Message{}
	}
	day, month := m[1], m[2]
	if !strings.Contains(s, ".") && day <= "12" && len(day) == 2 && month > "12" {
		day, month = month, day // as Americans write it
	}
	t, err := time.Parse("2006-1-2", m[3]+"-"+strings.TrimLeft(month, "0")+"-"+strings.TrimLeft(day, "0"))
	if err != nil {
		return locale.Message{}
	}
	return locale.Messagef("; did you mean %s?", f.Name+":"+t.Format(time.DateOnly))
}
