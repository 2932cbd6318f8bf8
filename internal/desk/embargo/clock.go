package embargo

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// clock collects what a sign says about its time.
type clock struct {
	language string
	at       time.Time // when the text was published, or seen

	hasTime, hasDay bool
	vague           bool // the hour can't be read precisely
	elsewhere       bool // the zone is another than the language's, or not known
	wrong, either   bool // the date is none; day and month may be the other way round
	loose           int  // characters at the end that may belong to what follows
	hour, minute    int
	day, year       int
	month           time.Month
	weekday         int // from 1, Monday; 0: none
	tomorrow, today bool
	zone            *time.Location
}

func (c *clock) clear() { *c = clock{language: c.language, at: c.at} }

// part reads one part of a time at the head of a text.
type part struct {
	pattern func() *regexp.Regexp // compiled when it is first used: few texts have a time
	read    func(c *clock, m []string)
	counts  bool // it makes a time of what else would be only a number or a filler
	beyond  bool // the pattern looks beyond its last group, where the part ends
}

func pattern(s string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + s + `)`) })
}

const half = `(?: ?(a\.?m\.?|p\.?m\.?|صباحا|مساء|ظهرا|صبح|عصر|شب)(?:[^a-z]|$))`

// halves are the halves of the day before an hour.
var halves = map[string]string{"午前": "am", "上午": "am", "오전": "am", "午後": "pm", "下午": "pm", "晚上": "pm", "오후": "pm"}

// parts are tried in order.
var parts = []part{
	{pattern(`(\d{4})-(\d{2})-(\d{2})t?`), func(c *clock, m []string) { c.date(m[3], m[2], m[1]) }, true, false},
	{pattern(`(\d{4})[/.](\d{1,2})[/.](\d{1,2})`), func(c *clock, m []string) { c.date(m[3], m[2], m[1]) }, true, false},
	{pattern(`(\d{1,2})-(\d{1,2})-(\d{4})`), (*clock).slashes, true, false},
	{pattern(`12 ?(?:noon|midday)`), func(c *clock, _ []string) { noon(c) }, true, false},
	{pattern(`12 ?midnight`), func(c *clock, _ []string) { vague(c) }, true, false},
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
	{pattern(`(?:/ ?|\()\d{1,2}(?:[:.h]?\d{2})? ?(?:[ap]\.?m\.? ?)?(?:gmt|utc|z|cet|cest|mez|mesz|bst|et|est|edt|pt|pst|pdt|msk|мск|ist|jst|kst|local|hkt|sgt)(?: time)?()(?:[^\p{L}]|$)`), (*clock).setAgain, true, true},
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
			c.noteLoose(rest[:n], next-at+n)
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

// noteLoose notes whether a part at the end of a time, n bytes with what is before it, is a
// word such as the, which may begin what follows.
func (c *clock) noteLoose(part string, n int) {
	if slices.Contains(articles, part) {
		c.loose += utf8.RuneCountInString(part) + n - len(part)
	} else {
		c.loose = 0
	}
}

// readPart reads one part of a time. It returns its length, 0 when there is none, and
// whether it is more than a number or a filler.
func (c *clock) readPart(s string) (n int, counts bool) {
	for i := range parts {
		p := &parts[i]
		at := p.pattern().FindStringSubmatchIndex(s)
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
	c.wrong = c.wrong || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31
}

// slashes reads 28/11: the day first, unless it can only be the other way round.
func (c *clock) slashes(m []string) {
	day, month := m[1], m[2]
	if number(month) > 12 {
		day, month = month, day
	} else if number(day) <= 12 && day != month {
		c.either = true
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

// setAgain skips the same time in another zone: "18:00 GMT/19:00 CET". Without a first zone
// neither is certain.
func (c *clock) setAgain([]string) { c.elsewhere = c.elsewhere || c.zone == nil }

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
		c.elsewhere, c.zone = true, nil
		return true
	}
	c.zone = z
	return true
}
