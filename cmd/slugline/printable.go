package main

import (
	"bytes"
	"io"
	"unicode"
)

// printable writes text to a terminal without what would command it: a source may put
// escapes into ids, links and titles. Each write holds whole characters.
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
