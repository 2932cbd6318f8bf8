package config

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const maxDuration = 100 * 365 * 24 * time.Hour

var digits = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+$`) })

// sizePattern is that of sizes: KB are 1,024 bytes, MB are 1,024 KB.
const sizePattern = `[0-9]{1,7} ?[kKmM][bB]`

// parseSize reads a size such as 512KB or 8MB, in bytes.
func parseSize(s string) (int64, bool) {
	n, rest, ok := leadingNumber(s, 7)
	if !ok {
		return 0, false
	}
	switch strings.ToUpper(strings.TrimPrefix(rest, " ")) {
	case "KB":
		return int64(n) << 10, true
	case "MB":
		return int64(n) << 20, true
	}
	return 0, false
}

// leadingNumber returns the number that s begins with, of at most most digits, and what
// follows it.
func leadingNumber(s string, most int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == 0 || i > most {
		return 0, s, false
	}
	n, err := strconv.Atoi(s[:i])
	return n, s[i:], err == nil
}

const durationPattern = `([0-9]{1,9}[smhdw])+`

var units = map[byte]time.Duration{
	's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
}

// ParseDuration reads a duration as feeds.yaml has it: whole numbers, each followed by s,
// m, h, d or w, as in 90s or 1d12h. The most is a hundred years.
func ParseDuration(s string) (time.Duration, bool) {
	var sum time.Duration
	for rest := s; rest != ""; {
		n, after, ok := leadingNumber(rest, 9)
		if !ok || after == "" || units[after[0]] == 0 || time.Duration(n) > maxDuration/units[after[0]] {
			return 0, false
		}
		if sum += time.Duration(n) * units[after[0]]; sum > maxDuration {
			return 0, false
		}
		rest = after[1:]
	}
	return sum, s != ""
}

// limitPattern is that of limits, as in 20/h or 5/10m.
const limitPattern = `[0-9]{1,5} ?/ ?([0-9]{1,9}[smhdw]|[smhdw])`

var limitMatch = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^" + limitPattern + "$") })

// parseLimit reads a limit such as 20/h, which is 20 within an hour, or 5/10m.
func parseLimit(s string) (n int, per time.Duration, ok bool) {
	if !limitMatch().MatchString(s) {
		return 0, 0, false
	}
	n, rest, _ := leadingNumber(s, 5)
	_, unit, _ := strings.Cut(rest, "/")
	if unit = strings.TrimSpace(unit); len(unit) == 1 {
		unit = "1" + unit
	}
	per, ok = ParseDuration(unit)
	return n, per, ok && n > 0 && per > 0
}

// parseClock reads a time of day such as 07:00 as the time since midnight.
func parseClock(s string) (time.Duration, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}
