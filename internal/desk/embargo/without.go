package embargo

import (
	"strings"
	"time"
	"unicode"
)

const (
	opening    = " *#+[({<【［（〔/"
	closing    = " *#+])}>】］）〕/:：|│¦.!-–—"
	separating = " -–—|│¦:：*"
)

// Without returns a headline without the sign that it bears: what readers get when its time
// has come, or an editor released it. A headline that is nothing but a sign stays.
func Without(headline, language string) string {
	t := newText(headline, maxHeadline)
	if !t.mayHaveSign() {
		return headline
	}
	for _, from := range t.heads() {
		if end := t.sign(from, &clock{language: language, at: time.Unix(0, 0).UTC()}); end > 0 {
			return cutOut(headline, offset(headline, from), offset(headline, end))
		}
	}
	return headline
}

// cutOut removes a part of a headline, with its brackets and the marks that set it apart.
func cutOut(headline string, from, to int) string {
	before, after := strings.TrimRight(headline[:from], opening), strings.TrimLeft(headline[to:], closing)
	if after == "" {
		before = strings.TrimRight(before, separating)
	}
	left := strings.TrimSpace(before + " " + after)
	if !strings.ContainsFunc(left, unicode.IsLetter) {
		return headline
	}
	return left
}

// offset returns at which byte of a string a place of its text is.
func offset(s string, place int) int {
	for i, r := range s {
		if isSkipped(r) {
			continue
		}
		if place == 0 {
			return i
		}
		place--
	}
	return len(s)
}
