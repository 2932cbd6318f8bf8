package config

import (
	"fmt"
	"io"
	"slices"
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

"slugline check" says what is wrong with the file. "slugline help KEY" explains one key, or the keys
of one section. "slugline schema" prints a JSON Schema, which editors use to complete and check the
file.
`

// WriteHelp writes every key of feeds.yaml as plain text of 100 columns, grouped by section.
func WriteHelp(w io.Writer) error {
	_, err := io.WriteString(w, helpHead+"\n"+keysHelp(func(*Key) bool { return true }))
	return err
}

// KeyHelp explains the keys of feeds.yaml with a name, and all keys of the sections that
// they open. It is empty if there is none.
func KeyHelp(name string) string {
	word := squeezed(name)
	return openedHelp(func(k *Key) bool { return squeezed(k.Name) == word || strings.ReplaceAll(k.Path(), "[]", "") == name })
}

// SimilarKeyHelp explains the keys of feeds.yaml whose names begin with a word; if there is
// none, those that other programs call so. It is empty if there is none of those either.
func SimilarKeyHelp(word string) string {
	word = squeezed(word)
	if word == "" {
		return ""
	}
	text := openedHelp(func(k *Key) bool { return strings.HasPrefix(squeezed(k.Name), word) })
	if text == "" {
		text = openedHelp(func(k *Key) bool { return isSynonym(word, k) })
	}
	return text
}

// openedHelp explains the keys of the table that are wanted, and all keys of the sections
// that they open.
func openedHelp(wanted func(*Key) bool) string {
	var opened []string
	return keysHelp(func(k *Key) bool {
		if !wanted(k) && !slices.Contains(opened, k.Section) {
			return false
		}
		if inner := k.Inner(); inner != "" {
			opened = append(opened, inner)
		}
		return true
	})
}

// isSynonym reports whether a word stands for a key anywhere in the file.
func isSynonym(word string, k *Key) bool {
	return slices.ContainsFunc(synonyms, func(s synonym) bool {
		return s.key == k.Path() && slices.Contains(strings.Fields(s.words), word)
	})
}

// keysHelp explains the keys of the table that are wanted, by section.
func keysHelp(wanted func(*Key) bool) string {
	var parts []string
	for _, section := range sections() {
		var b strings.Builder
		for _, k := range sectionKeys(section) {
			if wanted(k) {
				k.help(&b)
			}
		}
		if b.Len() > 0 {
			parts = append(parts, heading(section)+"\n"+b.String())
		}
	}
	return strings.Join(parts, "\n")
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
