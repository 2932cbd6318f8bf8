package locale

import (
	"fmt"
	"strings"
)

// DeskTexts are the texts of the newsroom in one language, by their English texts.
// Placeholders are written {} and filled in order; {n} is the number of a plural.
//
// What follows the last | of an English text tells translators and tables apart what is
// the same in English: "open|state of a claim". It is never shown.
type DeskTexts struct {
	Texts  map[string]string
	Counts map[string]Forms // by the English text for many
}

// Text marks a string that is shown through T, where it does not stand in the call, such
// as in a table. TestDeskTexts collects the strings that are converted to it.
type Text string

// T returns a text of the newsroom, with its placeholders filled by the parts. A text that
// the language lacks is in English. Numbers get the language's digits.
func (t *Locale) T(english string, parts ...any) string {
	return Put(t.Lookup(english), t.parts(parts)...)
}

// N returns a text of the newsroom for a number: one and many are the English texts. Its
// placeholders are filled by the parts.
func (t *Locale) N(one, many string, n int, parts ...any) string {
	return Put(t.LookupCount(one, many, n), t.parts(parts)...)
}

// Lookup returns a text of the newsroom with its placeholders.
func (t *Locale) Lookup(english string) string {
	if s := t.Desk.Texts[english]; s != "" {
		return s
	}
	return withoutContext(english)
}

// LookupCount returns a text of the newsroom for a number, with its other placeholders.
func (t *Locale) LookupCount(one, many string, n int) string {
	if f, ok := t.Desk.Counts[many]; ok {
		return t.Count(f, n)
	}
	english := many
	if n == 1 {
		english = one
	}
	return strings.ReplaceAll(withoutContext(english), "{n}", t.Number(n))
}

func withoutContext(english string) string {
	if i := strings.LastIndexByte(english, '|'); i >= 0 {
		return english[:i]
	}
	return english
}

// Part writes what fills a placeholder.
func (t *Locale) Part(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int, int64, uint64, uint:
		return t.localizeDigits(fmt.Sprint(v))
	}
	return fmt.Sprint(v)
}

func (t *Locale) parts(values []any) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = t.Part(v)
	}
	return out
}

// byCategory returns the forms by the names of their CLDR categories. Empty ones are left
// out.
func (f Forms) byCategory() map[string]string {
	all := map[string]string{"zero": f.Zero, "one": f.One, "two": f.Two, "few": f.Few, "many": f.Many, "other": f.Other}
	for category, text := range all {
		if text == "" {
			delete(all, category)
		}
	}
	return all
}

// Dictionary is what the scripts of the newsroom need to show texts in a language. They
// read it as JSON.
type Dictionary struct {
	Lang   string                       `json:"lang"`
	Digits string                       `json:"digits,omitempty"` // the ten digits; empty: 0123456789
	Names  Names                        `json:"names"`
	Texts  map[string]string            `json:"texts,omitempty"`
	Counts map[string]map[string]string `json:"counts,omitempty"` // by CLDR category, as Intl.PluralRules names it
}

// Dictionary returns the texts with the given English texts; what the language lacks is
// left out.
func (t *Locale) Dictionary(texts, counts []string) Dictionary {
	out := Dictionary{Lang: t.Lang, Digits: t.digits, Names: t.Names, Texts: map[string]string{}, Counts: map[string]map[string]string{}}
	for _, english := range texts {
		if s := t.Desk.Texts[english]; s != "" {
			out.Texts[english] = s
		}
	}
	for _, many := range counts {
		if f, ok := t.Desk.Counts[many]; ok {
			out.Counts[many] = f.byCategory()
		}
	}
	return out
}
