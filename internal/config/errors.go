package config

import (
	"fmt"
	"strings"
)

// Error is one thing that is wrong in the file. Line and Column count from 1,
// columns in characters.
type Error struct {
	Line, Column int
	Text         string
	Source       string // the line as it stands in the file
}

// Errors is all that is wrong in the file, in its order.
type Errors struct {
	Path string
	List []Error
}

// Error gives each as PATH:LINE:COLUMN: text, and the line itself below it.
func (e *Errors) Error() string {
	var b strings.Builder
	for i, x := range e.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", e.Path, x.Line, x.Column, x.Text)
		if line := strings.TrimSpace(x.Source); line != "" {
			b.WriteString("\n    " + line)
		}
	}
	return b.String()
}
