package words

import (
	"strings"
	"unicode/utf8"
)

// Nearest returns the known word that a misspelled one is closest to, empty if none is
// close: none is to a single character. The known words are in lower case.
func Nearest(word string, known []string) string {
	if utf8.RuneCountInString(word) < 2 {
		return ""
	}
	best, far := "", max(1, min(3, utf8.RuneCountInString(word)/3))+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), k, far); d < far {
			best, far = k, d
		}
	}
	return best
}

// distance counts the letters to add, remove, change or swap with the next one to turn a
// into b. It stops at limit.
func distance(a, b string, limit int) int {
	s, t := []rune(a), []rune(b)
	if len(s)-len(t) >= limit || len(t)-len(s) >= limit || len(s) > 64 {
		return limit
	}
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := range s {
		row[0] = i + 1
		for j := range t {
			change := last[j]
			if s[i] != t[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
