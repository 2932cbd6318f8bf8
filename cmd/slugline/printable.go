package main

import (
	"bytes"
	"io"
	"unicode"
)

// printable writes text without control characters other than newline and tab, because ids,
// links and titles of sources may contain escape sequences for the terminal. Each write
// must consist of whole characters.
type printable struct{ io.Writer }

func (p printable) Write(b []byte) (int, error) {
	_, err := p.Writer.Write(bytes.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, b))
	return len(b), err
}
