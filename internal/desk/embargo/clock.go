package embargo

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// clock collects what a sign says about its time.
type clock struct {
	language string
	at       time.Time // when the text was published, or seen

	hasTime, hasDay, vague bool // vague: something can't be read precisely
	hour, minute           int
	day, year              int
	month                  time.Month
	weekday                int // from 1, Monday; 0: none
	tomorrow, today        bool
	zone                   *time.Location
}

func (c *clock) clear() { *c = clock{language: c.language, at: c.at} }

// part reads one part of a time at the head of a text.
type part struct {
	pattern *regexp.Regexp
	read    func(c *clock, m []string)
	counts  bool // it makes a time of what else would be only a number or a filler
	beyond  bool // the pattern looks beyond its last group, where the part ends
}

func pattern(s string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + s + `)`) }

const half = `(?: ?(a\.?m\.?|p\.?m\.?|صباحا|مساء|ظهرا|صبح|عصر|شب)(?:[^a-z]|$))`

// halves are the halves of the day before an hour.
var halves = map[string]string{"午前": "am", "上午": "am", "오전": "am", "午後": "pm", "下午": "pm", "晚上": "pm", "오후": "pm"}

// parts are tried in order.
var parts = []part{
	{pattern(`(\d{4})-(\d{2})-(\d{2})t?`), func(c *clock, m []string) { c.date(m[3], m[2], m[1]) }, true, false},
	{pattern(`(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]`), func(c *clock, m []string) { c.date(m[3], m[2], m[1]) }, true, false},
	{pattern(`(\d{1,2})[日일号號]`), func(c *clock, m []string) { c.day, c.hasDay = number(m[1]), true }, true, false},
	{pattern(`(\d{1,2})[月월] ?(\d{1,2})[日일号號]`), func(c *clock, m []string) { c.date(m[2], m[1], "") }, true, false},
	{pattern(`(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?`), func(c *clock, m []string) { c.date(m[1], m[2], m[3]) }, true, false},
	{pattern(`(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?`), (*clock).slashes, true, false},
	{pattern(`(\d{1,2})[:.](\d{2})(?::\d{2})?` + half + `?`), func(c *clock, m []string) { c.setTime(m[1], m[2], m[3]) }, true, true},
	{pattern(`(\d{1,2})()` + half), func(c *clock, m []string) { c.setTime(m[1], m[2], m[3]) }, true, true},
	{pattern(`(\d{1,2}) ?(?:h|uhr|час(?:а|ов)?|год|ч|[時时點点시]|o'clock)(?: ?(\d{2})[分분]?)?`), func(c *clock, m []string) { c.setTime(m[1], m[2], "") }, true, false},
	{pattern(`(午前|午後|上午|下午|晚上|오전|오후) ?(\d{1,2})(?:[時时點点시]|:)(?: ?(\d{2})[分분]?)?`), func(c *clock, m []string) { c.setTime(m[2], m[3], halves[m[1]]) }, true, false},
	{pattern(`(?:ore|saat) (\d{1,2})(?:[:.](\d{2}))?`), func(c *clock, m []string) { c.setTime(m[1], m[2], "") }, true, false},
	{pattern(`([012]\d)([0-5]\d) ?(?:hrs|hours|h|utc|gmt|z|bst|cet|cest|et|est|edt)(?:[^a-z]|$)`), func(c *clock, m []string) { c.setTime(m[1], m[2], "") }, true, true},
	{pattern(`(0\d)([0-5]\d)`), func(c *clock, m []string) { c.setTime(m[1], m[2], "") }, true, false},
	{pattern(`(?:gmt|utc)? ?([+-])(\d{1,2})(?::?(\d{2}))?`), (*clock).setOffset, false, false},
	{pattern(`(?:20)\d{2}`), func(c *clock, m []string) { c.year = number(m[0]) }, false, false},
	{pattern(`(\d{1,2})(?:st|nd|rd|th|er|º|\.)?`), func(c *clock, m []string) { c.day = number(m[1]) }, false, false},
	{pattern(`[\p{L}'.]+(?:-feira)?`), nil, false, false}, // a word; see word
}

// read reads a time at the head of a text, of which more may follow. It returns where the
// time ends, given where the text begins, in characters; 0 when there is none.
func (c *clock) read(s string, from int) (end int) {
	c.clear()
	counts, at := false, 0
	for at < len(s) {
		rest := strings.TrimLeft(s[at:], " ,")
		next := len(s) - len(rest)
		n, isTime := c.readPart(rest)
		if n == 0 {
			break
		}
		if counts = counts || isTime; counts {
			end = next + n
		}
		at = next + n
	}
	if !counts {
		c.clear()
		return 0
	}
	return from + utf8.RuneCountInString(s[:end])
}

// readPart reads one part of a time. It returns its length, 0 when there is none, and
// whether it is more than a number or a filler.
func (c *clock) readPart(s string) (n int, counts bool) {
	for i := range parts {
		p := &parts[i]
		at := p.pattern.FindStringSubmatchIndex(s)
		if at == nil {
			continue
		}
		if p.read == nil {
			return c.word(s[:at[1]])
		}
		p.read(c, groups(s, at))
		if n = at[1]; p.beyond && at[len(at)-1] > 0 {
			n = at[len(at)-1]
		}
		return n, p.counts
	}
	return 0, false
}

// groups returns what the groups of a pattern found.
func groups(s string, at []int) []string {
	var all []string
	for i := 0; i < len(at); i += 2 {
		if at[i] < 0 {
			all = append(all, "")
		} else {
			all = append(all, s[at[i]:at[i+1]])
		}
	}
	return all
}

// word reads a word that belongs to a time.
func (c *clock) word(w string) (n int, counts bool) {
	full := len(w)
	w = strings.TrimRight(w, ".")
	if len(w) < full && !slices.Contains(shortened, w) {
		full = len(w)
	}
	if c.setZone(w) {
		return full, false
	}
	if m, ok := months[w]; ok {
		c.month, c.hasDay = m, true
		return full, true
	}
	if d, ok := weekdays[strings.TrimSuffix(w, "-feira")]; ok {
		c.weekday, c.hasDay = d, true
		return full, true
	}
	if set, ok := timeWords[w]; ok {
		set(c)
		return full, true
	}
	if slices.Contains(fillers, w) {
		return full, false
	}
	return 0, false
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func (c *clock) date(day, month, year string) {
	c.day, c.month, c.hasDay = number(day), time.Month(number(month)), true
	if c.year = number(year); c.year > 0 && c.year < 100 {
		c.year += 2000
	}
	c.vague = c.vague || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31
}

// slashes reads 28/11: the day first, unless it can only be the other way round. Where
// both can be, it is vague.
func (c *clock) slashes(m []string) {
	day, month := m[1], m[2]
	if number(month) > 12 {
		day, month = month, day
	} else if number(day) <= 12 && day != month {
		c.vague = true
	}
	c.date(day, month, m[3])
}

func (c *clock) setTime(hour, minute, half string) {
	c.vague = c.vague || c.hasTime
	c.hour, c.minute, c.hasTime = number(hour), number(minute), true
	switch {
	case half == "":
	case strings.HasPrefix(half, "a"), half == "صباحا", half == "صبح":
		c.hour %= 12
	default:
		c.hour = c.hour%12 + 12
	}
	c.vague = c.vague || c.hour > 24 || c.minute > 59
}

func (c *clock) setOffset(m []string) {
	seconds := number(m[2])*3600 + number(m[3])*60
	if m[1] == "-" {
		seconds = -seconds
	}
	c.zone = time.FixedZone("", seconds)
}

func (c *clock) setZone(w string) bool {
	name, ok := zones[w]
	if !ok {
		return false
	}
	z, err := time.LoadLocation(name)
	if err != nil || c.zone != nil {
		c.vague = true
		return true
	}
	c.zone = z
	return true
}

// until returns the time that was read; zero when it is not precise. A time without a day
// is the next one, unless it is just over.
func (c *clock) until() time.Time {
	if !c.hasTime || c.vague || c.hasDay && c.month != 0 && c.day == 0 {
		return time.Time{}
	}
	if c.zone == nil {
		base, _, _ := strings.Cut(c.language, "-")
		z, err := time.LoadLocation(homes[base])
		if err != nil || homes[base] == "" {
			return time.Time{}
		}
		c.zone = z
	}
	at := c.at.In(c.zone)
	on := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, c.hour, c.minute, 0, 0, c.zone) }
	t := on(at.Year(), at.Month(), at.Day())
	switch {
	case c.month != 0:
		t = c.ofDate(on)
	case c.day != 0:
		t = c.ofDay(at, on)
	case c.weekday != 0:
		t = on(at.Year(), at.Month(), at.Day()+(c.weekday-int(at.Weekday())+7)%7)
	case c.tomorrow:
		t = on(at.Year(), at.Month(), at.Day()+1)
	case c.today:
	case t.Before(at.Add(-justOver)):
		t = on(at.Year(), at.Month(), at.Day()+1)
	}
	return t.UTC()
}

// justOver is how long ago a time without a day may be to be today's.
const justOver = 6 * time.Hour

// ofDay returns the time on the next day of that number; zero when the month has none.
func (c *clock) ofDay(at time.Time, on func(int, time.Month, int) time.Time) time.Time {
	month := at.Month()
	if c.day < at.Day() {
		month++
	}
	if t := on(at.Year(), month, c.day); t.Day() == c.day {
		return t
	}
	return time.Time{}
}

// ofDate returns the time on the date that was read. Without a year it is the nearest.
func (c *clock) ofDate(on func(int, time.Month, int) time.Time) time.Time {
	if c.year != 0 {
		return on(c.year, c.month, c.day)
	}
	best := on(c.at.Year(), c.month, c.day)
	for _, year := range []int{c.at.Year() - 1, c.at.Year() + 1} {
		if t := on(year, c.month, c.day); t.Sub(c.at).Abs() < best.Sub(c.at).Abs() {
			best = t
		}
	}
	return best
}
