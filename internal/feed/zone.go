package feed

import (
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// zone is the time zone of a date. A date may name it in several ways, which are one
// offset and not several to add: a number of hours counts for more than a name, and a
// name for more than GMT or UTC, which some programs always write.
type zone struct {
	rank   zoneRank
	offset int            // seconds east of UTC
	place  *time.Location // what has the offset, if that depends on the day; nil otherwise
}

type zoneRank int

const (
	noZone zoneRank = iota
	utcZone
	namedZone
	numericZone
)

// set sets the zone if nothing that was read before counts for as much.
func (z *zone) set(rank zoneRank, offset int, place *time.Location) {
	if rank > z.rank {
		*z = zone{rank, offset, place}
	}
}

// time returns the time in UTC that a clock in the zone shows as t.
func (z *zone) time(t time.Time) time.Time {
	if z.place != nil {
		y, mo, day := t.Date()
		h, m, sec := t.Clock()
		return time.Date(y, mo, day, h, m, sec, t.Nanosecond(), z.place).UTC()
	}
	return t.Add(-time.Duration(z.offset) * time.Second)
}

// readAll reads what stands in parentheses behind a time: "CEST", "UTC+02:00".
func (z *zone) readAll(s string) {
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case (r == '+' || r == '-') && len(s) > 1 && isDigit(s[1]):
			s = z.readOffset(s)
		case unicode.IsLetter(r):
			s = z.readName(s)
		default:
			s = s[n:]
		}
	}
}

// readOffset reads +hhmm, +hh:mm, +hmm, +hh, +h.5 or +hhmmss, and returns the rest.
func (z *zone) readOffset(s string) string {
	n, w := leadingInt(s[1:])
	rest := s[w+1:]
	secs := n * 3600
	switch {
	case w > 4:
		secs = n/10000*3600 + n/100%100*60
	case w > 2:
		secs = n/100*3600 + n%100*60
	case len(rest) > 1 && (rest[0] == ':' || rest[0] == '.') && isDigit(rest[1]):
		m, w := leadingInt(rest[1:])
		if rest[0] == '.' && w == 1 {
			m *= 6
		}
		secs, rest = secs+m*60, rest[w+1:]
	}
	if s[0] == '-' {
		secs = -secs
	}
	if secs > -15*3600 && secs < 15*3600 {
		z.set(numericZone, secs, nil)
	}
	return rest
}

// readName reads a word that may be the name of a time zone, and returns the rest.
func (z *zone) readName(s string) string {
	if name, rest := leadingPlace(s); name != "" {
		if place := location(name); place != nil {
			z.set(namedZone, 0, place)
			return rest
		}
	}
	w, rest := leadingWord(s)
	name := strings.ToUpper(w)
	if after := strings.TrimLeft(rest, " "); len(name) > 5 && len(after) > 7 && strings.EqualFold(after[:8], "European") {
		name += " EUROPEAN"
	}
	switch offset, ok := zones[name]; {
	case ok:
		z.set(namedZone, offset, nil)
	case name == "GMT" || name == "UTC" || name == "UT" || name == "Z":
		z.set(utcZone, 0, nil)
	case daylightZones[name] != "":
		z.set(namedZone, 0, location(daylightZones[name]))
	}
	return rest
}

// leadingPlace returns what s begins with if it looks like a name of the time zone
// database, America/New_York, or like EST5EDT and EST/EDT.
func leadingPlace(s string) (name, rest string) {
	n := 0
	for n < len(s) && (isDigit(s[n]) || s[n]|32 >= 'a' && s[n]|32 <= 'z' || strings.IndexByte("/_+-", s[n]) >= 0) {
		n++
	}
	name, rest = s[:n], s[n:]
	if daylightZones[name] != "" {
		return daylightZones[name], rest
	}
	if area, _, ok := strings.Cut(name, "/"); ok && n <= 40 && areas[area] {
		return name, rest
	}
	return "", s
}

// areas are those of the time zone database.
var areas = map[string]bool{
	"Africa": true, "America": true, "Antarctica": true, "Arctic": true, "Asia": true, "Atlantic": true, "Australia": true, "Brazil": true,
	"Canada": true, "Chile": true, "Etc": true, "Europe": true, "Indian": true, "Mexico": true, "Pacific": true, "US": true,
}

// locations are those that dates have named, by name.
var locations sync.Map

// location returns a location of the time zone database; nil when it has none of that
// name. Programs that must work without the database of the machine import time/tzdata.
func location(name string) *time.Location {
	if l, ok := locations.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	locations.Store(name, l)
	return l
}

// daylightZones are names of zones whose offset depends on the day, with the place whose
// rule they follow.
var daylightZones = map[string]string{
	"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles", "AKT": "America/Anchorage",
	"EASTERN": "America/New_York", "CENTRAL": "America/Chicago", "MOUNTAIN": "America/Denver", "PACIFIC": "America/Los_Angeles",
	"EST5EDT": "America/New_York", "CST6CDT": "America/Chicago", "MST7MDT": "America/Denver", "PST8PDT": "America/Los_Angeles",
	"EST/EDT": "America/New_York", "CST/CDT": "America/Chicago", "MST/MDT": "America/Denver", "PST/PDT": "America/Los_Angeles",
	"EDT/EST": "America/New_York", "CDT/CST": "America/Chicago", "MDT/MST": "America/Denver", "PDT/PST": "America/Los_Angeles",
	"CET/CEST": "Europe/Berlin", "MEZ/MESZ": "Europe/Berlin", "EET/EEST": "Europe/Athens", "GMT/BST": "Europe/London",
	"CENTRAL EUROPEAN": "Europe/Berlin", "EASTERN EUROPEAN": "Europe/Athens", "WESTERN EUROPEAN": "Europe/Lisbon",
	"AUSTRALIAN": "Australia/Sydney", "AET": "Australia/Sydney", "NZT": "Pacific/Auckland",
}

// zones are the offsets of time zones in seconds. A name with two meanings has the one
// that is more frequent in feeds.
var zones = map[string]int{
	"EST": -5 * 3600, "EDT": -4 * 3600, "CST": -6 * 3600, "CDT": -5 * 3600, "MST": -7 * 3600, "MDT": -6 * 3600,
	"PST": -8 * 3600, "PDT": -7 * 3600, "AKST": -9 * 3600, "AKDT": -8 * 3600, "HST": -10 * 3600, "AST": -4 * 3600, "ADT": -3 * 3600,
	"NST": -12600, "NDT": -9000, "BRT": -3 * 3600, "BRST": -2 * 3600, "ART": -3 * 3600, "UYT": -3 * 3600, "BOT": -4 * 3600, "VET": -4 * 3600,
	"CLT": -4 * 3600, "CLST": -3 * 3600, "COT": -5 * 3600, "PET": -5 * 3600, "ECT": -5 * 3600,
	"BST": 3600, "IST": 19800, "WEST": 3600, "CET": 3600, "CEST": 7200, "CEDT": 7200, "MEZ": 3600, "MESZ": 7200, "MET": 3600, "MEST": 7200,
	"EET": 7200, "EEST": 10800, "MSK": 10800, "MSD": 14400, "TRT": 10800, "IDT": 10800, "IRST": 12600, "IRDT": 16200, "GST": 14400, "AZT": 14400, "GET": 14400,
	"SAMT": 14400, "AFT": 16200, "PKT": 18000, "UZT": 18000, "YEKT": 18000, "NPT": 20700, "OMST": 6 * 3600, "MMT": 23400, "NOVT": 7 * 3600, "KRAT": 7 * 3600,
	"WIB": 7 * 3600, "ICT": 7 * 3600, "SGT": 8 * 3600, "HKT": 8 * 3600, "PHT": 8 * 3600, "MYT": 8 * 3600, "AWST": 8 * 3600, "WITA": 8 * 3600, "IRKT": 8 * 3600,
	"JST": 9 * 3600, "KST": 9 * 3600, "WIT": 9 * 3600, "YAKT": 9 * 3600, "ACST": 34200, "ACDT": 37800, "AEST": 10 * 3600, "AEDT": 11 * 3600,
	"VLAT": 10 * 3600, "MAGT": 11 * 3600, "PETT": 12 * 3600, "NZST": 12 * 3600, "NZDT": 13 * 3600,
	"WAT": 3600, "CAT": 7200, "SAST": 7200, "EAT": 10800, "WEDT": 3600,
}
