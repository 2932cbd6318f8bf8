package config

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// helpWidth is how many columns the help has.
const helpWidth = 100

const helpHead = `feeds.yaml holds all settings of the newsroom. Only "sources" is required.

Durations are whole numbers with a unit: 90s, 30m, 12h, 7d, 2w, or several as in 1d12h. Sizes are
whole numbers of KB (1,024 bytes) or MB (1,024 KB), as in 512KB. Where a list is expected a single
value will do. ${NAME} inserts an environment variable into any value; $${ is a plain ${. Queries
and values with ": ", " #" or a leading * ! & { [ need single quotes.

"slugline check" says what is wrong with the file. "slugline schema" prints a JSON Schema, which
editors use to complete and check it.
`

// WriteHelp writes every key of feeds.yaml as plain text of 100 columns, grouped by section.
func WriteHelp(w io.Writer) error {
	var b strings.Builder
	b.WriteString(helpHead)
	for _, section := range sections() {
		b.WriteString("\n" + heading(section) + "\n")
		for _, k := range sectionKeys(section) {
			k.help(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sections lists the sections in the order of the table, the top level first.
func sections() []string {
	var all []string
	for i := range table {
		if s := table[i].Section; len(all) == 0 || all[len(all)-1] != s {
			all = append(all, s)
		}
	}
	return all
}

// heading names a section. One that is a list says so.
func heading(section string) string {
	switch {
	case section == "":
		return "AT THE TOP LEVEL"
	case strings.HasSuffix(section, "[]"):
		return "IN EACH ITEM OF " + strings.TrimSuffix(section, "[]")
	}
	return "IN " + section
}

// help writes what there is to say about a key.
func (k *Key) help(b *strings.Builder) {
	kind := string(k.Type)
	if allowed := k.Allowed(); allowed != "" {
		joint := ", "
		if k.Type == TypeChoice || k.Type == TypeChoices {
			joint = " "
		}
		kind += joint + allowed
	}
	if k.Required {
		kind += "; required"
	}
	fmt.Fprintf(b, "\n  %-16s %s\n", k.Name, kind)
	indented(b, k.Meaning)
	if d := k.DefaultText(); d != "" {
		indented(b, "Default: "+d)
	}
	indented(b, "Example: "+k.Name+": "+k.Example)
}

const helpIndent = "                   "

// indented writes a text in lines that fit beside the names of the keys.
func indented(b *strings.Builder, text string) {
	line := helpIndent
	for _, word := range strings.Fields(text) {
		if line != helpIndent && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > helpWidth {
			b.WriteString(line + "\n")
			line = helpIndent
		}
		if line != helpIndent {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}
