// Package locale is what the public reads that no source wrote: the words of pages,
// feeds, embeds and letters, plurals, numbers and dates, in the language of the site.
//
// It is one table, the same on any machine, and knows no clock and no HTML:
// where something is to be put into a sentence stands {}. A language that is not in
// the table is spoken in English.
package locale

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Locale is a language that the interface speaks.
type Locale struct {
	Words
	Lang string // BCP 47, of the words
	Dir  string // in which they are written

	plurals language.Tag
	digits  string // ten; empty: 0123456789
}

// Forms are the plurals of a sentence, by CLDR's names. {n} stands for the number.
// A language leaves out those that it does not have.
type Forms struct{ Zero, One, Two, Few, Many, Other string }

// Names and patterns of dates. {weekday}, {day}, {month}, {year} and {time} are
// replaced.
type Names struct {
	Months   [12]string // as in a date
	Weekdays [7]string  // Sunday first
	First    string     // of the month, where it is no plain 1
	Full     string     // a date with its weekday, as a heading
	Date     string
	Moment   string // a date and a time
}

var locales = map[string]*Locale{
	"en": {Words: english, Lang: "en", plurals: language.English, Dir: "ltr"},
	"ar": {Words: arabic, Lang: "ar", plurals: language.Arabic, Dir: "rtl"},
	"fr": {Words: french, Lang: "fr", plurals: language.French, Dir: "ltr"},
	"de": {Words: german, Lang: "de", plurals: language.German, Dir: "ltr"},
	"es": {Words: spanish, Lang: "es", plurals: language.Spanish, Dir: "ltr"},
	"ru": {Words: russian, Lang: "ru", plurals: language.Russian, Dir: "ltr"},
	"fa": {Words: persian, Lang: "fa", plurals: language.Persian, Dir: "rtl", digits: "۰۱۲۳۴۵۶۷۸۹"},
}

// Of is the tongue of a BCP 47 tag; English where the table has no such language.
func Of(tag string) *Locale {
	base, _ := language.Make(tag).Base()
	if t, ok := locales[base.String()]; ok {
		return t
	}
	return locales["en"]
}

// Dir is the direction in which a language is written, in the table or not.
func Dir(tag string) string {
	script, _ := language.Make(tag).Script()
	switch script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg":
		return "rtl"
	}
	return "ltr"
}

// Count is the form that n asks for, with n in it.
func (t *Locale) Count(f Forms, n int) string {
	return strings.ReplaceAll(f.choose(t.plurals, n), "{n}", t.Number(n))
}

func (f Forms) choose(lang language.Tag, n int) string {
	switch plural.Cardinal.MatchPlural(lang, n%10_000_000, 0, 0, 0, 0) {
	case plural.Zero:
		return f.Zero
	case plural.One:
		return f.One
	case plural.Two:
		return f.Two
	case plural.Few:
		return f.Few
	case plural.Many:
		return f.Many
	}
	return f.Other
}

// Number writes n in the language's digits.
func (t *Locale) Number(n int) string { return t.localizeDigits(strconv.Itoa(n)) }

// localizeDigits turns ASCII digits into the language's.
func (t *Locale) localizeDigits(s string) string {
	if t.digits == "" {
		return s
	}
	ten := []rune(t.digits)
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return ten[r-'0']
		}
		return r
	}, s)
}

// Day is a date with its weekday, as it stands above what happened on it.
func (t *Locale) Day(at time.Time) string {
	s := t.date(t.Names.Full, at)
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

// Date is a day without its weekday.
func (t *Locale) Date(at time.Time) string { return t.date(t.Names.Date, at) }

// Clock is a minute of the day.
func (t *Locale) Clock(at time.Time) string { return t.localizeDigits(at.Format("15:04")) }

// Moment is a date and a minute.
func (t *Locale) Moment(at time.Time) string { return t.date(t.Names.Moment, at) }

func (t *Locale) date(pattern string, at time.Time) string {
	day := strconv.Itoa(at.Day())
	if at.Day() == 1 && t.Names.First != "" {
		day = t.Names.First
	}
	var b strings.Builder
	for pattern != "" { // a strings.Replacer takes ten times as long to make, and feeds are full of dates
		before, after, _ := strings.Cut(pattern, "{")
		b.WriteString(before)
		name, rest, _ := strings.Cut(after, "}")
		switch name {
		case "weekday":
			b.WriteString(t.Names.Weekdays[at.Weekday()])
		case "day":
			b.WriteString(t.localizeDigits(day))
		case "month":
			b.WriteString(t.Names.Months[at.Month()-1])
		case "year":
			b.WriteString(t.localizeDigits(strconv.Itoa(at.Year())))
		case "time":
			b.WriteString(t.Clock(at))
		}
		pattern = rest
	}
	return b.String()
}

// Zone is a name of the tz database as it is read: America/New York, UTC.
func Zone(name string) string { return zones.Replace(name) }

var zones = strings.NewReplacer("Etc/", "", "_", " ")

// Put replaces each {} of a sentence by the next part.
func Put(sentence string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		before, after, ok := strings.Cut(sentence, "{}")
		if !ok {
			break
		}
		b.WriteString(before)
		b.WriteString(p)
		sentence = after
	}
	b.WriteString(sentence)
	return b.String()
}
