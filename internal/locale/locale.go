// Package locale holds the texts of the public pages, feeds, embeds and newsletters, and
// those of the newsroom, with their plurals, numbers and dates, in the languages of the
// interface.
//
// It gives the same text for the same input on any machine: it reads no clock, no
// environment and no file. It knows nothing of HTML; placeholders are written {} and
// filled by Put. A language that it does not have gets the English texts.
//
// words.go lists the texts of the public side, and each language has a file. The texts of
// the newsroom are looked up by their English text; each language has a file desk_*.go.
package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Locale is a language of the interface.
type Locale struct {
	Words
	Desk DeskTexts // read with T and N; empty for English
	Lang string    // BCP 47 tag of the texts
	Dir  string    // writing direction of the texts: ltr or rtl

	plurals language.Tag
	digits  string // the language's ten digits; empty means 0123456789
}

// Forms holds a text in the plural categories of CLDR. {n} is replaced by the number.
// A language leaves the categories empty that it does not have.
type Forms struct{ Zero, One, Two, Few, Many, Other string }

// Names holds the names and patterns of dates. Patterns contain {weekday}, {day},
// {month}, {year} and {time}.
type Names struct {
	Months   [12]string // in the form that dates use
	Weekdays [7]string  // Sunday first
	First    string     // first day of the month, where it is not written 1
	Full     string     // date with its weekday, as a heading
	Date     string
	Moment   string     // date and time
	Month    string     // a month with its year, as a heading
	Alone    [12]string // months that stand alone, where that differs from dates

	ShortMonths [12]string
	Short       string // day and short month, without the year
}

var locales = map[string]*Locale{
	"en": {Words: english, Lang: "en", plurals: language.English, Dir: "ltr"},
	"ar": {Words: arabic, Desk: deskArabic, Lang: "ar", plurals: language.Arabic, Dir: "rtl"},
	"fr": {Words: french, Desk: deskFrench, Lang: "fr", plurals: language.French, Dir: "ltr"},
	"de": {Words: german, Desk: deskGerman, Lang: "de", plurals: language.German, Dir: "ltr"},
	"es": {Words: spanish, Desk: deskSpanish, Lang: "es", plurals: language.Spanish, Dir: "ltr"},
	"ru": {Words: russian, Desk: deskRussian, Lang: "ru", plurals: language.Russian, Dir: "ltr"},
	"zh": {Words: chinese, Desk: deskChinese, Lang: "zh", plurals: language.Chinese, Dir: "ltr"},
	"fa": {Words: persian, Desk: deskPersian, Lang: "fa", plurals: language.Persian, Dir: "rtl", digits: "۰۱۲۳۴۵۶۷۸۹"},
}

// Of returns the locale for a BCP 47 tag: the one with the same base language, or
// English.
func Of(tag string) *Locale {
	base, _ := language.Make(tag).Base()
	if t, ok := locales[base.String()]; ok {
		return t
	}
	return locales["en"]
}

// languageNames are the names of languages in themselves.
var languageNames = map[string]string{
	"ar": "العربية", "bg": "Български", "bn": "বাংলা", "cs": "Čeština", "da": "Dansk", "de": "Deutsch", "el": "Ελληνικά",
	"en": "English", "es": "Español", "fa": "فارسی", "fi": "Suomi", "fr": "Français", "he": "עברית", "hi": "हिन्दी", "hu": "Magyar",
	"id": "Bahasa Indonesia", "it": "Italiano", "ja": "日本語", "ko": "한국어", "nl": "Nederlands", "no": "Norsk", "nb": "Norsk",
	"pl": "Polski", "pt": "Português", "ro": "Română", "ru": "Русский", "sr": "Српски", "sv": "Svenska", "th": "ไทย", "tr": "Türkçe",
	"uk": "Українська", "ur": "اردو", "vi": "Tiếng Việt", "zh": "中文",
}

// LanguageName returns the name of the language of a BCP 47 tag in itself, or the tag
// where the name is not known.
func LanguageName(tag string) string {
	base, _ := language.Make(tag).Base()
	if name, ok := languageNames[base.String()]; ok {
		return name
	}
	return tag
}

// Dir returns the direction in which the language of a BCP 47 tag is written, ltr or
// rtl. It knows all languages, not only those of the interface.
func Dir(tag string) string {
	script, _ := language.Make(tag).Script()
	switch script.String() {
	case "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg":
		return "rtl"
	}
	return "ltr"
}

// Count returns the plural form for n, with n filled in.
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

// localizeDigits replaces ASCII digits by the language's.
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

// Day returns the date with its weekday, as the heading of a day. It starts with a
// capital letter.
func (t *Locale) Day(at time.Time) string {
	return capitalize(t.date(t.Names.Full, at))
}

func capitalize(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

// Month returns the month with its year, as a heading. It starts with a capital letter.
func (t *Locale) Month(at time.Time) string {
	pattern := t.Names.Month
	if name := t.Names.Alone[at.Month()-1]; name != "" {
		pattern = strings.Replace(pattern, "{month}", name, 1)
	}
	return capitalize(t.date(pattern, at))
}

// Date returns the date without its weekday.
func (t *Locale) Date(at time.Time) string { return t.date(t.Names.Date, at) }

// ShortDay returns the day and the short name of the month.
func (t *Locale) ShortDay(at time.Time) string { return t.date(t.Names.Short, at) }

// Clock returns the time of day to the minute.
func (t *Locale) Clock(at time.Time) string { return t.localizeDigits(at.Format("15:04")) }

// ClockSecond returns the time of day to the second.
func (t *Locale) ClockSecond(at time.Time) string { return t.localizeDigits(at.Format("15:04:05")) }

// Moment returns the date and the time of day to the minute.
func (t *Locale) Moment(at time.Time) string { return t.date(t.Names.Moment, at) }

// Instant is Moment to the second.
func (t *Locale) Instant(at time.Time) string {
	return t.date(strings.Replace(t.Names.Moment, "{time}", "{time}:{second}", 1), at)
}

// date fills a pattern of Names. Feeds contain many dates, and a strings.Replacer would
// take ten times as long.
func (t *Locale) date(pattern string, at time.Time) string {
	var b strings.Builder
	for pattern != "" {
		before, after, _ := strings.Cut(pattern, "{")
		b.WriteString(before)
		name, rest, _ := strings.Cut(after, "}")
		b.WriteString(t.datePart(name, at))
		pattern = rest
	}
	return b.String()
}

func (t *Locale) datePart(name string, at time.Time) string {
	switch name {
	case "weekday":
		return t.Names.Weekdays[at.Weekday()]
	case "day":
		if at.Day() == 1 && t.Names.First != "" {
			return t.Names.First
		}
		return t.Number(at.Day())
	case "shortmonth":
		return t.Names.ShortMonths[at.Month()-1]
	case "month":
		return t.Names.Months[at.Month()-1]
	case "year":
		return t.Number(at.Year())
	case "time":
		return t.Clock(at)
	case "second":
		return t.localizeDigits(at.Format("05"))
	}
	return ""
}

// Zone names a time zone and its offset at a time: America/New York (UTC-5), UTC.
func Zone(zone *time.Location, at time.Time) string {
	name, offset := zoneNames.Replace(zone.String()), UTCOffset(at.In(zone))
	if name == offset {
		return name
	}
	return name + " (" + offset + ")"
}

var zoneNames = strings.NewReplacer("Etc/", "", "_", " ")

// UTCOffset names the offset of a time's zone: UTC+4, UTC-3:30, UTC.
func UTCOffset(at time.Time) string {
	_, seconds := at.Zone()
	if seconds == 0 {
		return "UTC"
	}
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	s := fmt.Sprintf("UTC%c%d", sign, seconds/3600)
	if m := seconds / 60 % 60; m != 0 {
		s += fmt.Sprintf(":%02d", m)
	}
	return s
}

// Put replaces each {} of a text by the next part. Surplus parts are ignored, and a {}
// without a part stays.
func Put(text string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		before, after, ok := strings.Cut(text, "{}")
		if !ok {
			break
		}
		b.WriteString(before)
		b.WriteString(p)
		text = after
	}
	b.WriteString(text)
	return b.String()
}
