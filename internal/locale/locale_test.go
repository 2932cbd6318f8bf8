package locale_test

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/slugline/slugline/internal/locale"
)

var languages = []string{"en", "ar", "fr", "de", "es", "ru", "fa", "zh"}

// cldrForms returns the plural categories that CLDR defines for whole numbers in a
// language.
func cldrForms(lang string) map[string]bool {
	names := map[plural.Form]string{plural.Zero: "Zero", plural.One: "One", plural.Two: "Two", plural.Few: "Few", plural.Many: "Many", plural.Other: "Other"}
	out := map[string]bool{"Other": true}
	for n := range 1000 {
		out[names[plural.Cardinal.MatchPlural(language.Make(lang), n, 0, 0, 0, 0)]] = true
	}
	return out
}

// Every language has all texts, with as many placeholders as the English ones, and
// exactly the plural categories that CLDR defines for it.
func TestEveryLanguageIsComplete(t *testing.T) {
	if n := len(cldrForms("ar")); n != 6 {
		t.Fatalf("Arabic has %d plural forms, want six", n)
	}
	english := reflect.ValueOf(locale.Of("en").Words)
	for _, lang := range languages {
		words := reflect.ValueOf(locale.Of(lang).Words)
		for i := range words.NumField() {
			name := lang + " " + words.Type().Field(i).Name
			switch w := words.Field(i).Interface().(type) {
			case string:
				checkText(t, name, w, english.Field(i).String())
			case locale.Forms:
				checkForms(t, name, w, cldrForms(lang), strings.Contains(english.Field(i).Interface().(locale.Forms).Other, "{}"))
			case locale.Names:
				checkNames(t, name, w)
			default:
				t.Errorf("%s: the test does not check a %T", name, w)
			}
		}
	}
}

func checkText(t *testing.T, name, text, english string) {
	t.Helper()
	if strings.TrimSpace(text) == "" {
		t.Errorf("%s is missing", name)
	}
	if got, want := strings.Count(text, "{}"), strings.Count(english, "{}"); got != want {
		t.Errorf("%s has %d placeholders, want %d: %s", name, got, want, text)
	}
}

func checkForms(t *testing.T, name string, forms locale.Forms, needed map[string]bool, placeholder bool) {
	t.Helper()
	v := reflect.ValueOf(forms)
	for i := range v.NumField() {
		form, text := v.Type().Field(i).Name, v.Field(i).String()
		if needed[form] != (text != "") {
			t.Errorf("%s: form %s is %q, needed: %v", name, form, text, needed[form])
		}
		if needed[form] && strings.Contains(text, "{}") != placeholder {
			t.Errorf("%s: form %s: %q has a placeholder: %v, want %v", name, form, text, !placeholder, placeholder)
		}
	}
}

func checkNames(t *testing.T, name string, names locale.Names) {
	t.Helper()
	for _, list := range [][]string{names.Months[:], names.Weekdays[:]} {
		seen := map[string]bool{"": true}
		for _, s := range list {
			if seen[s] {
				t.Errorf("%s: %q is missing or occurs twice", name, s)
			}
			seen[s] = true
		}
	}
	for _, tt := range []struct{ pattern, want string }{
		{names.Full, "{weekday} {day} {month} {year}"}, {names.Date, "{day} {month} {year}"}, {names.Moment, "{day} {month} {year} {time}"}, {names.Month, "{month} {year}"},
	} {
		for part := range strings.FieldsSeq(tt.want) {
			if strings.Count(tt.pattern, part) != 1 {
				t.Errorf("%s: %q lacks %s", name, tt.pattern, part)
			}
		}
	}
}

func TestDates(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 5, 0, 0, time.UTC)
	tests := []struct{ lang, day, moment, month string }{
		{"en", "Sunday, 1 March 2026", "1 March 2026, 08:05", "March 2026"},
		{"en-GB", "Sunday, 1 March 2026", "1 March 2026, 08:05", "March 2026"},
		{"ar", "الأحد، 1 مارس 2026", "1 مارس 2026، 08:05", "مارس 2026"},
		{"fr-CA", "Dimanche 1er mars 2026", "1er mars 2026 à 08:05", "Mars 2026"},
		{"de", "Sonntag, 1. März 2026", "1. März 2026, 08:05", "März 2026"},
		{"es", "Domingo, 1 de marzo de 2026", "1 de marzo de 2026, 08:05", "Marzo de 2026"},
		{"ru", "Воскресенье, 1 марта 2026 г.", "1 марта 2026 г., 08:05", "Март 2026 г."},
		{"zh-CN", "2026年3月1日 星期日", "2026年3月1日 08:05", "2026年3月"},
		{"fa", "یکشنبه، ۱ مارس ۲۰۲۶", "۱ مارس ۲۰۲۶، ۰۸:۰۵", "مارس ۲۰۲۶"},
	}
	for _, tt := range tests {
		w := locale.Of(tt.lang)
		if got := w.Day(at); got != tt.day {
			t.Errorf("%s: day %q, want %q", tt.lang, got, tt.day)
		}
		if got := w.Month(at); got != tt.month {
			t.Errorf("%s: month %q, want %q", tt.lang, got, tt.month)
		}
		if got := w.Moment(at); got != tt.moment {
			t.Errorf("%s: moment %q, want %q", tt.lang, got, tt.moment)
		}
		if got, want := w.Instant(at), strings.Replace(tt.moment, w.Clock(at), w.Clock(at)+":"+w.Clock(time.Time{})[:len(w.Clock(time.Time{}))/2], 1); got != want {
			t.Errorf("%s: instant %q, want %q", tt.lang, got, want)
		}
	}
}

func TestPlurals(t *testing.T) {
	tests := []struct {
		lang string
		n    int
		want string
	}{
		{"en", 1, "Gulf Wire and 1 other outlet"},
		{"en", 21, "Gulf Wire and 21 other outlets"},
		{"fr", 1, "Gulf Wire et 1 autre média"},
		{"ru", 1, "Gulf Wire и ещё 1 издание"},
		{"ru", 21, "Gulf Wire и ещё 21 издание"},
		{"ru", 3, "Gulf Wire и ещё 3 издания"},
		{"ru", 11, "Gulf Wire и ещё 11 изданий"},
		{"ar", 1, "Gulf Wire ووسيلة إعلام أخرى"},
		{"ar", 2, "Gulf Wire ووسيلتا إعلام أخريان"},
		{"ar", 3, "Gulf Wire و3 وسائل إعلام أخرى"},
		{"ar", 11, "Gulf Wire و11 وسيلة إعلام أخرى"},
		{"ar", 100, "Gulf Wire و100 وسيلة إعلام أخرى"},
		{"fa", 12, "Gulf Wire و ۱۲ رسانهٔ دیگر"},
		{"de", 10_000_002, "Gulf Wire und 10000002 weitere Medien"},
	}
	for _, tt := range tests {
		w := locale.Of(tt.lang)
		if got := locale.Put(w.Count(w.AndOutlets, tt.n), "Gulf Wire"); got != tt.want {
			t.Errorf("%s, %d: %q, want %q", tt.lang, tt.n, got, tt.want)
		}
	}
}

// In French, no line ends before a colon, semicolon, question mark or exclamation mark:
// a no-break space stands there, and within quotation marks.
func TestFrenchSpaces(t *testing.T) {
	french, space := locale.Of("fr"), regexp.MustCompile(`[ \x{202F}][:;?!»](?:[ .»]|$)|«[^\x{A0}]`)
	texts := slices.Collect(maps.Values(french.Desk.Texts))
	for _, forms := range french.Desk.Counts {
		texts = append(texts, forms.One, forms.Other)
	}
	words := reflect.ValueOf(french.Words)
	for i := range words.NumField() {
		name := words.Type().Field(i).Name
		if field := words.Field(i); field.Kind() == reflect.String && name != "License" && name != "PictureBy" { // feeds contain these
			texts = append(texts, field.String())
		}
	}
	for _, text := range texts {
		if space.MatchString(text) {
			t.Errorf("a line may end before a sign in %q", text)
		}
	}
}

// A language that the interface does not have gets the English texts, and Dir still
// knows how it is written.
func TestUnknownLanguage(t *testing.T) {
	tests := []struct{ tag, lang, words, dir string }{
		{"tr", "en", "ltr", "ltr"},
		{"he", "en", "ltr", "rtl"},
		{"ur-PK", "en", "ltr", "rtl"},
		{"ku-Arab", "en", "ltr", "rtl"},
		{"", "en", "ltr", "ltr"},
		{"no such tag", "en", "ltr", "ltr"},
		{"ar-EG", "ar", "rtl", "rtl"},
	}
	for _, tt := range tests {
		w := locale.Of(tt.tag)
		if w.Lang != tt.lang || w.Dir != tt.words || locale.Dir(tt.tag) != tt.dir {
			t.Errorf("%q: texts in %s (%s), direction of the language %s; want %s (%s), %s", tt.tag, w.Lang, w.Dir, locale.Dir(tt.tag), tt.lang, tt.words, tt.dir)
		}
	}
}

func TestZone(t *testing.T) {
	winter, summer := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		zone string
		at   time.Time
		want string
	}{
		{"Asia/Dubai", winter, "Asia/Dubai (UTC+4)"},
		{"America/New_York", winter, "America/New York (UTC-5)"},
		{"America/New_York", summer, "America/New York (UTC-4)"},
		{"America/St_Johns", summer, "America/St Johns (UTC-2:30)"},
		{"Asia/Kathmandu", summer, "Asia/Kathmandu (UTC+5:45)"},
		{"Europe/London", winter, "Europe/London (UTC)"},
		{"Europe/London", summer, "Europe/London (UTC+1)"},
		{"UTC", summer, "UTC"},
		{"Etc/UTC", summer, "UTC"},
	}
	for _, tt := range tests {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := locale.Zone(zone, tt.at); got != tt.want {
			t.Errorf("%s at %v: %q, want %q", tt.zone, tt.at, got, tt.want)
		}
	}
}

func TestPut(t *testing.T) {
	tests := []struct {
		text  string
		parts []string
		want  string
	}{
		{"by {}, {}", []string{"{}", "b"}, "by {}, b"},
		{"by {}", []string{"a", "b"}, "by a"},
		{"by {}, {}", []string{"a"}, "by a, {}"},
	}
	for _, tt := range tests {
		if got := locale.Put(tt.text, tt.parts...); got != tt.want {
			t.Errorf("Put(%q, %q) = %q, want %q", tt.text, tt.parts, got, tt.want)
		}
	}
}
