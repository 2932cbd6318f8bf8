package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// NewSource is a source to add to a file.
type NewSource struct {
	Address string
	Name    string   // empty: made from the address
	Title   string   // empty: the feed's own
	Folders []string // each becomes a tag and, in a new file, a topic
	Tags    []string // more tags
}

// Key returns the same text for sources that are one because of their addresses.
func (s NewSource) Key() string { return visitKey(address(s)) }

// Merge adds the folders and tags of another source with the same address.
func (s *NewSource) Merge(other NewSource) {
	s.Title = cmp.Or(s.Title, other.Title)
	s.Folders = unique(slices.Concat(s.Folders, other.Folders))
	s.Tags = unique(slices.Concat(s.Tags, other.Tags))
}

// Check reports what is wrong with sources for a new file at path: nil if nothing is, or
// else the first fault, in plain words.
func Check(path string, sources []NewSource) error {
	_, err := Parse(path, NewFile(sources), os.LookupEnv)
	var wrong *Errors
	if errors.As(err, &wrong) {
		return errors.New(wrong.List[0].Text)
	}
	return err
}

// NewFile returns a new file with the sources. Each folder becomes a tag and a topic.
func NewFile(sources []NewSource) []byte {
	var b strings.Builder
	b.WriteString("# Written by `slugline import`. `slugline check` says what it means.\nsources:\n")
	for _, s := range sources {
		b.WriteString("  - " + strings.Join(block(s), "\n    ") + "\n")
	}
	written, names := map[string]bool{}, map[string]bool{}
	for _, s := range sources {
		for _, f := range s.Folders {
			tag := tagOf(f)
			if tag == "" || written[tag] {
				continue
			}
			if len(written) == 0 {
				b.WriteString("topics:\n")
			}
			written[tag] = true
			name := topicName(f, len(written), names)
			names[name] = true
			fmt.Fprintf(&b, "  - name: %s\n    title: %s\n    from: [%s]\n", scalar(name), scalar(f), scalar(tag))
		}
	}
	return []byte(b.String())
}

// topicName makes the name of the nth topic from a folder's title in any script, other
// than those in taken.
func topicName(folder string, n int, taken map[string]bool) string {
	base := Slug(latin(folder))
	if base == "" {
		base = fmt.Sprintf("topic-%d", n)
	}
	base = strings.TrimRight(base[:min(len(base), 58)], "-")
	name := base
	for i := 2; taken[name]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	return name
}

// tagOf makes a tag from a folder's title. Letters that are not Latin stay as they are, so
// that two folders in one script never become one.
func tagOf(folder string) string {
	isLatin := func(c rune) bool { return c < utf8.RuneSelf || !unicode.IsLetter(c) && !unicode.IsDigit(c) }
	if plain := withoutMarks(folder); strings.IndexFunc(plain, func(c rune) bool { return !isLatin(c) }) < 0 {
		if s := Slug(folder); s != "" {
			return s
		}
		return strings.Join(strings.Fields(folder), "-") // signs alone
	}
	words := strings.FieldsFunc(strings.ToLower(folder), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsMark(c) && !unicode.IsDigit(c) && c != '\u200c'
	})
	return strings.Join(words, "-")
}

// Insert adds sources at the end of the file's list and changes no other byte. It skips
// sources whose address the file already has. An error says why the file can't be changed.
func Insert(file []byte, sources []NewSource) ([]byte, error) {
	doc, err := document(file)
	if err != nil || doc.second > 0 {
		return nil, errors.New("the file has errors: `slugline check` says which")
	}
	e := editor{file: file, eol: eolOf(file)}
	sources = unknown(sources, doc.root)
	if len(sources) == 0 {
		return file, nil
	}
	out, err := e.insert(doc.root, sources)
	if err != nil {
		return nil, err
	}
	if !grew(doc.root, out, len(sources)) {
		return nil, errors.New("the list of sources is written in a way that nothing can be added to: write it as lines that start with -")
	}
	return out, nil
}

// unknown returns the sources whose address is not in the file, each once.
func unknown(sources []NewSource, root *yaml.Node) []NewSource {
	known := map[string]bool{}
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "://") {
			known[visitKey(n.Value)] = true
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	if _, list := sourcesOf(root); list != nil {
		walk(list)
	}
	var out []NewSource
	for _, s := range sources {
		if key := visitKey(address(s)); !known[key] {
			out = append(out, s)
			known[key] = true
		}
	}
	return out
}

func sourcesOf(root *yaml.Node) (key, list *yaml.Node) {
	for i := 0; root != nil && root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "sources" {
			return root.Content[i], root.Content[i+1]
		}
	}
	return nil, nil
}

// grew reports whether out has everything that the file had and n more sources.
func grew(root *yaml.Node, out []byte, n int) bool {
	doc, err := document(out)
	if err != nil || doc.root == nil || doc.second > 0 {
		return false
	}
	_, before := sourcesOf(root)
	_, after := sourcesOf(doc.root)
	if after == nil || after.Kind != yaml.SequenceNode || len(after.Content) < n {
		return false
	}
	kept := len(after.Content) - n
	after.Content = after.Content[:kept]
	switch {
	case before == nil: // the key is new, and last
		doc.root.Content = doc.root.Content[:len(doc.root.Content)-2]
		return kept == 0 && (root == nil || same(root, doc.root))
	case null(before):
		*after = *before
	}
	return same(root, doc.root)
}

func same(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !same(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

// editor changes the bytes of a file.
type editor struct {
	file []byte
	eol  string
	root *yaml.Node // of file; nil if only sources are added
}

func (e *editor) insert(root *yaml.Node, sources []NewSource) ([]byte, error) {
	key, list := sourcesOf(root)
	switch {
	case root != nil && root.Style&yaml.FlowStyle != 0 && key == nil:
		return nil, errors.New("the file is written in braces and has no `sources`: add that key first")
	case key == nil:
		return e.after(len(e.lines()), "sources:", 2, 2, sources), nil
	case null(list):
		return e.after(key.Line, "", 2, 2, sources), nil
	case list.Kind != yaml.SequenceNode:
		return nil, errors.New("`sources` is not a list: write it as lines that start with -")
	case list.Style&yaml.FlowStyle != 0:
		return e.inBrackets(list, sources)
	}
	dash := list.Column - 1
	deep := 2
	if last := list.Content[len(list.Content)-1]; last.Line == e.dashLine(last) && last.Kind == yaml.MappingNode && last.Style&yaml.FlowStyle == 0 {
		deep = last.Column - 1 - dash
	}
	return e.after(e.lastLine(root, key, dash), "", dash, deep, sources), nil
}

// dashLine returns the line of the dash before an item, or 0 if the item starts on a line
// below it.
func (e *editor) dashLine(n *yaml.Node) int {
	if n.Line <= len(e.lines()) && strings.HasPrefix(strings.TrimLeft(e.lines()[n.Line-1], " "), "-") {
		return n.Line
	}
	return 0
}

func (e *editor) lines() []string { return lines(e.file) }

// lastLine returns the last line of the list of key: the one before the blank lines and
// comments that belong to the next key.
func (e *editor) lastLine(root, key *yaml.Node, dash int) int {
	all := e.lines()
	end := len(all)
	for i := 0; i+1 < len(root.Content); i += 2 {
		if next := root.Content[i]; next.Line > key.Line {
			end = min(end, next.Line-1)
		}
	}
	for ; end > key.Line; end-- {
		s := all[end-1]
		bare := strings.TrimSpace(s)
		comment := strings.HasPrefix(bare, "#") && indent(s) < max(dash, 1)
		if bare != "" && !comment && bare != "..." {
			break
		}
	}
	return end
}

// after adds the sources after a line, as lines of their own below head. dash is the column
// of their dashes, and deep is how far their keys are to the right of it.
func (e *editor) after(line int, head string, dash, deep int, sources []NewSource) []byte {
	var text []string
	if head != "" {
		text = append(text, head)
	}
	pad := strings.Repeat(" ", dash)
	for _, s := range sources {
		for i, l := range block(s) {
			if i == 0 {
				text = append(text, pad+"-"+strings.Repeat(" ", deep-1)+l)
			} else {
				text = append(text, pad+strings.Repeat(" ", deep)+l)
			}
		}
	}
	at, ends := e.lineEnd(line)
	add := strings.Join(text, e.eol)
	if ends || len(e.file) == 0 {
		add += e.eol
	} else {
		add = e.eol + add // the file has no final newline, and gets none
	}
	return slices.Concat(e.file[:at], []byte(add), e.file[at:])
}

// lineEnd returns the offset after a line, and whether the line ends with a line break.
func (e *editor) lineEnd(line int) (offset int, ends bool) {
	for ; line > 0; line-- {
		i := bytes.IndexByte(e.file[offset:], '\n')
		if i < 0 {
			return len(e.file), offset == len(e.file) && offset > 0
		}
		offset += i + 1
	}
	return offset, true
}

// inBrackets adds the sources to a list in brackets, after its last item.
func (e *editor) inBrackets(list *yaml.Node, sources []NewSource) ([]byte, error) {
	at := e.offset(list)
	last, _, ok := closing(e.file, at)
	if !ok {
		return nil, errors.New("the list of sources has no closing bracket that can be found: write it as lines that start with -")
	}
	var items []string
	for _, s := range sources {
		items = append(items, flow(s))
	}
	add := strings.Join(items, ", ")
	switch e.file[last] {
	case '[':
	case ',':
		add = " " + add
	default:
		add = ", " + add
	}
	return slices.Concat(e.file[:last+1], []byte(add), e.file[last+1:]), nil
}

// closing finds the bracket that closes the one at offset open. It returns its offset, and
// that of the last character before it that is neither space nor comment.
func closing(b []byte, open int) (last, end int, ok bool) {
	depth := 0
	for i := open; i < len(b); i++ {
		switch c := b[i]; {
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return last, i, true
			}
		case (c == '"' || c == '\'') && opens(b[last]):
			i = quoted(b, i)
		case c == '#' && (b[i-1] == ' ' || b[i-1] == '\t' || b[i-1] == '\n'):
			for i+1 < len(b) && b[i+1] != '\n' {
				i++
			}
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			continue
		}
		last = i
	}
	return 0, 0, false
}

// opens reports whether a quote after c opens a quoted value.
func opens(c byte) bool { return strings.IndexByte("[{,:", c) >= 0 }

// quoted returns the offset of the quote that closes the one at i.
func quoted(b []byte, i int) int {
	q := b[i]
	for i++; i < len(b); i++ {
		switch {
		case b[i] == '\\' && q == '"':
			i++
		case b[i] == q && q == '\'' && i+1 < len(b) && b[i+1] == q:
			i++
		case b[i] == q:
			return i
		}
	}
	return len(b) - 1
}

// block returns the lines of a source as an item of a list.
func block(s NewSource) []string {
	if s.isAddressAlone() {
		return []string{scalar(address(s))}
	}
	out := []string{"feed: " + scalar(address(s))}
	if s.Name != "" {
		out = append(out, "name: "+scalar(s.Name))
	}
	if s.Title != "" {
		out = append(out, "title: "+scalar(s.Title))
	}
	if tags := tags(s); tags != "" {
		out = append(out, "tags: "+tags)
	}
	return out
}

func (s NewSource) isAddressAlone() bool {
	return s.Name == "" && s.Title == "" && len(s.Folders) == 0 && len(s.Tags) == 0
}

func flow(s NewSource) string {
	if s.isAddressAlone() {
		return scalar(address(s))
	}
	return "{" + strings.Join(block(s), ", ") + "}"
}

func tags(s NewSource) string {
	var out []string
	for _, f := range slices.Concat(s.Folders, s.Tags) {
		if t := tagOf(f); t != "" {
			out = append(out, scalar(t))
		}
	}
	if out == nil {
		return ""
	}
	return "[" + strings.Join(unique(out), ", ") + "]"
}

// address escapes ${, so that an imported list can't read our environment.
func address(s NewSource) string { return strings.ReplaceAll(s.Address, "${", "%24{") }

var safe = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z\p{L}][\p{L}\p{M}0-9 ._/+@()-]*$`) })

var safeAddress = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^https?://[A-Za-z0-9._/:?&=%~+@-]*$`) })

// scalar writes a text as a YAML value that means the same in a list, in braces and on a
// line of its own.
func scalar(s string) string {
	s = strings.ReplaceAll(strings.Map(visible, s), "${", "$${")
	plain := safe().MatchString(s) && !strings.HasSuffix(s, " ") || safeAddress().MatchString(s) && !strings.HasSuffix(s, ":")
	if plain && reads(s) {
		return s
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // encoding a string never fails
	return strings.TrimSpace(b.String())
}

func visible(c rune) rune {
	if unicode.IsControl(c) || c == utf8.RuneError {
		return ' '
	}
	return c
}

// reads reports whether YAML reads s as the text s, not as null, true or a number.
func reads(s string) bool {
	doc, err := document([]byte("- " + s))
	return err == nil && doc.root != nil && doc.root.Kind == yaml.SequenceNode && len(doc.root.Content) == 1 &&
		doc.root.Content[0].ShortTag() == "!!str" && doc.root.Content[0].Value == s
}
