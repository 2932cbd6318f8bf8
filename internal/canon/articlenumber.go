package canon

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/words"
)

// ArticleNumber is the number in an address by which a site knows an article whatever
// its headline. The words around it change with the headline.
type ArticleNumber struct {
	Key    string // the host, the numbers of the path and the query; empty when there is no number
	IsLast bool   // a number stands in the last part of the path; elsewhere it may be a section's
}

// minArticleDigits is how many digits a number of an article has at least.
const minArticleDigits = 4

// NumberOf returns the article number in a link. Dates, years and numbers that the
// headline tells are none.
func NumberOf(link, headline string) ArticleNumber {
	key := canonicalize(link).key
	page, query, _ := strings.Cut(key, "?")
	host, path, _ := strings.Cut(page, "/")
	parts := strings.Split(unescaped(path), "/")
	told := words.Tokens(nil, words.Fold(headline))
	var numbers []string
	isLast := false
	for i, part := range parts {
		if isYear(part) || len(part) == minArticleDigits && onlyDigits(part) && i+1 < len(parts) && isDayOrMonth(parts[i+1]) {
			continue
		}
		for _, n := range digitRuns(part) {
			if len(n) >= minArticleDigits && !isDate(n) && !slices.Contains(told, strings.TrimLeft(n, "0")) {
				numbers = append(numbers, n)
				isLast = isLast || i == len(parts)-1
			}
		}
	}
	if len(numbers) == 0 {
		return ArticleNumber{}
	}
	return ArticleNumber{Key: host + "/" + strings.Join(numbers, ",") + "?" + query, IsLast: isLast}
}

// unescaped returns a path with its characters instead of their codes, which contain
// digits.
func unescaped(path string) string {
	if s, err := url.PathUnescape(path); err == nil {
		return s
	}
	return path
}

// digitRuns returns the runs of ASCII digits in s.
func digitRuns(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func isDayOrMonth(part string) bool { return len(part) <= 2 && onlyDigits(part) }

func isYear(n string) bool { return len(n) == 4 && onlyDigits(n) && n >= "1900" && n < "2100" }

// isDate reports whether digits are a year, or a date as addresses have it: 202611,
// 261122, 20261122, 22112026.
func isDate(n string) bool {
	if isYear(n) {
		return true
	}
	for _, layout := range []string{"200601", "060102", "20060102", "02012006", "01022006"} {
		if len(n) != len(layout) {
			continue
		}
		if t, err := time.Parse(layout, n); err == nil && t.Year() >= 1990 && t.Year() < 2100 {
			return true
		}
	}
	return false
}
