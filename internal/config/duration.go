package config

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

const maxDuration = 100 * 365 * 24 * time.Hour

var (
	digits    = regexp.MustCompile(`^[0-9]+$`)
	durations = regexp.MustCompile(`^` + durationPattern + `$`)
	part      = regexp.MustCompile(`([0-9]+)([smhdw])`)
)

// sizePattern is that of sizes: KB are 1,024 bytes, MB are 1,024 KB.
const sizePattern = `[0-9]{1,7} ?[kKmM][bB]`

var sizes = regexp.MustCompile(`^` + sizePattern + `$`)

// parseSize reads a size such as 512KB or 8MB, in bytes.
func parseSize(s string) (int64, bool) {
	if !sizes.MatchString(s) {
		return 0, false
	}
	number := strings.TrimRight(s, " kKmMbB")
	n, err := strconv.ParseInt(number, 10, 64)
	if strings.ContainsAny(s, "mM") {
		n <<= 10
	}
	return n << 10, err == nil
}

const durationPattern = `([0-9]{1,9}[smhdw])+`

var units = map[string]time.Duration{
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// ParseDuration reads a duration as feeds.yaml has it: whole numbers, each followed by s,
// m, h, d or w, as in 90s or 1d12h. The most is a hundred years.
func ParseDuration(s string) (time.Duration, bool) {
	if !durations.MatchString(s) {
		return 0, false
	}
	var sum time.Duration
	for _, m := range part.FindAllStringSubmatch(s, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil || time.Duration(n) > maxDuration/units[m[2]] {
			return 0, false
		}
		if sum += time.Duration(n) * units[m[2]]; sum > maxDuration {
			return 0, false
		}
	}
	return sum, true
}

// parseClock reads a time of day such as 07:00 as the time since midnight.
func parseClock(s string) (time.Duration, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}
