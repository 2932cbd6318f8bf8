package topic

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of one query; a longer rule is a list of several.
const (
	maxLength = 16 << 10 // characters
	maxDepth  = 64       // parentheses and NOTs inside each other
)

type field uint8

const (
	anywhere field = iota // headline and summary
	title
	source
	tag
	lang
	author
	category
	link
	outlets
)

var fields = map[string]field{
	"title": title, "source": source, "tag": tag, "lang": lang, "author": author,
	"category": category, "link": link, "outlets": outlets,
}

func (f field) String() string {
	for name, g := range fields {
		if f == g {
			return name
		}
	}
	return ""
}

// Parse reads a query. An error is an *Error.
func Parse(query string) (*Query, error) {
	p := &parser{src: []rune(query)}
	if len(p.src) > maxLength {
		return nil, p.fail(maxLength, "the query is longer than %d characters; split it into a list of several", maxLength)
	}
	p.space()
	if p.end() {
		return nil, p.fail(0, "the query is empty; write a word, or leave the query out to take everything")
	}
	root, err := p.or(anywhere)
	if err != nil {
		return nil, err
	}
	if !p.end() { // or stops early at a closing parenthesis only
		return nil, p.stray()
	}
	return &Query{root}, nil
}

type parser struct {
	src    []rune
	pos    int
	depth  int
	last   string // the operator or parenthesis that an operand must follow
	lastAt int
}

// fail makes the error for the character at pos, counted from 0.
func (p *parser) fail(pos int, format string, args ...any) error {
	return &Error{Column: pos + 1, Text: fmt.Sprintf(format, args...)}
}

func (p *parser) end() bool { return p.pos >= len(p.src) }

func (p *parser) at(r rune) bool { return !p.end() && p.src[p.pos] == r }

func (p *parser) space() {
	for !p.end() && blank(p.src[p.pos]) {
		p.pos++
	}
}

// blank holds for spaces and for the invisible direction marks that editors of
// right-to-left text put between words.
func blank(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff'
}

// operator says which of AND, OR and NOT stands at pos, if any.
func (p *parser) operator() string {
	for _, op := range []string{"AND", "OR", "NOT"} {
		n := len(op)
		if p.pos+n > len(p.src) || string(p.src[p.pos:p.pos+n]) != op {
			continue
		}
		if p.pos+n == len(p.src) || p.delimits(p.pos+n) {
			return op
		}
	}
	return ""
}

// delimits says whether a bare word ends before the character at i.
func (p *parser) delimits(i int) bool {
	r := p.src[i]
	if r == '"' && i > 0 && i+1 < len(p.src) && hebrew(p.src[i-1]) && hebrew(p.src[i+1]) {
		return false // gershayim, as keyboards write it
	}
	return blank(r) || r == '(' || r == ')' || closers(r) != ""
}

func hebrew(r rune) bool { return unicode.Is(unicode.Hebrew, r) }

// closers gives the quotes that end a phrase which open begins.
func closers(open rune) string {
	switch open {
	case '"':
		return `"`
	case '“', '„', '”':
		return `”“`
	case '«':
		return "»"
	case '「':
		return "」"
	}
	return ""
}

func (p *parser) or(f field) (*node, error) {
	return p.chain(f, "OR", opOr, p.and)
}

func (p *parser) and(f field) (*node, error) {
	return p.chain(f, "AND", opAnd, p.not)
}

// chain reads operands with the operator between them. Between operands of AND
// it may be left out.
func (p *parser) chain(f field, name string, o op, operand func(field) (*node, error)) (*node, error) {
	n := &node{op: o}
	for {
		if err := p.operand(); err != nil {
			return nil, err
		}
		kid, err := operand(f)
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, kid)
		p.space()
		if p.end() || p.at(')') {
			break
		}
		if next := p.operator(); next == name {
			p.take(name)
		} else if o == opOr || next == "OR" {
			break
		}
	}
	if len(n.kids) == 1 {
		return n.kids[0], nil
	}
	return n, nil
}

// take reads an operator or an opening parenthesis; operand says which when
// nothing follows it.
func (p *parser) take(s string) {
	p.last, p.lastAt = s, p.pos
	p.pos += len(s)
}

// operand fails unless something that can be searched for begins here.
func (p *parser) operand() error {
	p.space()
	op := p.operator()
	switch {
	case op == "AND" || op == "OR":
		return p.fail(p.pos, "%s needs a word before it; to search for the word itself write %q", op, op)
	case !p.end() && !p.at(')'):
		return nil
	case p.last == "":
		return p.stray()
	case p.last != "(":
		return p.fail(p.lastAt, "%s needs a word after it; to search for the word itself write %q", p.last, p.last)
	case p.end():
		return p.unclosed(p.lastAt)
	}
	return p.fail(p.lastAt, "there is nothing between the parentheses; write a word or remove them")
}

func (p *parser) stray() error {
	return p.fail(p.pos, "this ) closes nothing; remove it, or add the ( that it belongs to")
}

func (p *parser) unclosed(start int) error {
	return p.fail(start, "this ( is never closed; add a )")
}

func (p *parser) not(f field) (*node, error) {
	start := p.pos
	switch {
	case p.operator() == "NOT":
		p.take("NOT")
		if err := p.operand(); err != nil {
			return nil, err
		}
	case p.at('-'):
		p.pos++
		if p.end() || blank(p.src[p.pos]) || p.at(')') {
			return nil, p.fail(start, "- must touch what it excludes, as in -sport; remove it, or put the text in double quotes")
		}
	default:
		return p.primary(f)
	}
	if err := p.deeper(start); err != nil {
		return nil, err
	}
	kid, err := p.not(f)
	p.depth--
	return &node{op: opNot, kids: []*node{kid}}, err
}

func (p *parser) deeper(start int) error {
	if p.depth++; p.depth > maxDepth {
		return p.fail(start, "more than %d levels of parentheses; split the query into a list of several", maxDepth)
	}
	return nil
}

func (p *parser) primary(f field) (*node, error) {
	if p.at('(') {
		return p.group(f)
	}
	if f == link { // addresses have colons
		return p.value(f)
	}
	start := p.pos
	name := p.name()
	if name == "" {
		return p.value(f)
	}
	g, ok := fields[strings.ToLower(name)]
	switch {
	case !ok:
		return nil, p.fail(start, "there is no field %s: (there are title: source: tag: lang: author: category: link: outlets:); to search for this text put it in double quotes", name)
	case f != anywhere:
		return nil, p.fail(start, "%s: can't stand inside %s:( ); write it outside the parentheses", g, f)
	}
	return p.scoped(g)
}

// name reads the letters before a colon, and the colon.
func (p *parser) name() string {
	i := p.pos
	for i < len(p.src) && p.src[i] < unicode.MaxASCII && unicode.IsLetter(p.src[i]) {
		i++
	}
	if i == p.pos || i == len(p.src) || p.src[i] != ':' {
		return ""
	}
	name := string(p.src[p.pos:i])
	p.pos = i + 1
	return name
}

// scoped reads what stands after the colon of a field.
func (p *parser) scoped(f field) (*node, error) {
	if p.end() || blank(p.src[p.pos]) || p.at(')') {
		return nil, p.fail(p.pos, "%s: must touch what is searched for, as in %s", f, example(f))
	}
	if f == outlets {
		return p.count()
	}
	return p.not(f)
}

func example(f field) string {
	switch f {
	case source:
		return "source:bbc-world"
	case tag:
		return "tag:world"
	case lang:
		return "lang:en"
	case link:
		return "link:bbc.co.uk/sport"
	case outlets:
		return "outlets:>3"
	}
	return f.String() + ":budget"
}

func (p *parser) group(f field) (*node, error) {
	start := p.pos
	if err := p.deeper(start); err != nil {
		return nil, err
	}
	p.take("(")
	n, err := p.or(f)
	if err != nil {
		return nil, err
	}
	if p.end() {
		return nil, p.unclosed(start)
	}
	p.pos++ // or stops at the end or at a closing parenthesis only
	p.depth--
	return n, nil
}

// count reads the comparison of outlets:.
func (p *parser) count() (*node, error) {
	start := p.pos
	s, cmp := p.word(), "="
	for _, c := range []string{">=", "<=", ">", "<", "="} {
		if rest, ok := strings.CutPrefix(s, c); ok {
			s, cmp = rest, c
			break
		}
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return nil, p.fail(start, "outlets: takes a number with >, >=, < or <= before it, as in outlets:>3")
	}
	return &node{op: opOutlets, cmp: cmp, n: int(n)}, nil
}

// word reads to the end of a bare word.
func (p *parser) word() string {
	start := p.pos
	for !p.end() && !p.delimits(p.pos) {
		p.pos++
	}
	return string(p.src[start:p.pos])
}

// value reads a word, a prefix or a phrase.
func (p *parser) value(f field) (*node, error) {
	start := p.pos
	text, prefix, err := p.text()
	if err != nil {
		return nil, err
	}
	if n := term(f, text, prefix); n != nil {
		return n, nil
	}
	return nil, p.fail(start, "%s", nothing(f, text, prefix))
}

// text reads a phrase without its quotes, or a bare word, and whether a * ends it.
func (p *parser) text() (text string, prefix bool, err error) {
	if !p.delimits(p.pos) {
		return p.bare()
	}
	stop := closers(p.src[p.pos])
	for i := p.pos + 1; i < len(p.src); i++ {
		if !strings.ContainsRune(stop, p.src[i]) {
			continue
		}
		text = string(p.src[p.pos+1 : i])
		p.pos = i + 1
		if prefix = p.at('*'); prefix {
			p.pos++
		}
		return text, prefix, nil
	}
	return "", false, p.fail(p.pos, "this quote is never closed; add the closing quote")
}

func (p *parser) bare() (text string, prefix bool, err error) {
	start := p.pos
	text, prefix = strings.CutSuffix(p.word(), "*")
	if i := strings.IndexByte(text, '*'); i >= 0 {
		at := start + utf8.RuneCountInString(text[:i])
		return "", false, p.fail(at, "a * may stand at the end of a word only, as in cyber*")
	}
	return text, prefix, nil
}

// nothing says why text can't be searched for in f.
func nothing(f field, text string, prefix bool) string {
	switch {
	case f == lang:
		return fmt.Sprintf("lang: takes a code such as en, ar or pt-BR, not %q; for several write lang:(en OR ar)", text)
	case prefix && text == "":
		return "a * needs at least one letter before it, as in cyber*"
	}
	return fmt.Sprintf("%q has no letters or digits to search for; remove it", text)
}
