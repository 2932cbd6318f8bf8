package topic

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/locale"
)

// Bounds of one query; a longer rule is a list of several.
const (
	maxLength = 16 << 10 // characters
	maxDepth  = 64       // parentheses and NOTs inside each other
)

// Parse reads a query of a rule. Every error is an *Error.
func Parse(query string) (*Query, error) { return Scope{}.Parse(query) }

// Parse reads a query. Every error is an *Error.
func (s Scope) Parse(query string) (*Query, error) {
	p := &parser{scope: s, src: []rune(query)}
	if len(p.src) > maxLength {
		return nil, p.fail(maxLength, "the query is longer than %d characters; split it into a list of several", maxLength)
	}
	p.space()
	if p.end() {
		return nil, p.fail(0, "the query is empty; write a word, or remove the query to match everything")
	}
	root, err := p.or(Anywhere)
	if err != nil {
		return nil, err
	}
	if !p.end() { // or stops early only at a closing parenthesis
		return nil, p.unmatched()
	}
	return &Query{root}, nil
}

type parser struct {
	scope  Scope
	src    []rune
	pos    int
	depth  int
	last   string // the operator or parenthesis read last, which needs an operand after it
	lastAt int
}

// fail makes an error about the character at pos, counted from 0.
func (p *parser) fail(pos int, format string, args ...any) error {
	said := locale.Messagef(format, args...)
	return &Error{Column: pos + 1, Text: said.String(), Said: said}
}

func (p *parser) end() bool { return p.pos >= len(p.src) }

func (p *parser) at(r rune) bool { return !p.end() && p.src[p.pos] == r }

func (p *parser) space() {
	for !p.end() && isSpace(p.src[p.pos]) {
		p.pos++
	}
}

// isSpace reports whether r separates words: a space, or an invisible direction mark,
// which editors put between words of right-to-left text.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff'
}

// operator returns which of AND, OR and NOT is at pos, empty when none is.
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

// delimits reports whether a bare word ends before the character at i.
func (p *parser) delimits(i int) bool {
	r := p.src[i]
	if r == '"' && i > 0 && i+1 < len(p.src) && isHebrew(p.src[i-1]) && isHebrew(p.src[i+1]) {
		return false // a gershayim, typed as a quote
	}
	return isSpace(r) || r == '(' || r == ')' || closers(r) != ""
}

func isHebrew(r rune) bool { return unicode.Is(unicode.Hebrew, r) }

// closers returns the quotes that can close what open opens, empty when open is no quote.
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

func (p *parser) or(f *Field) (*node, error) {
	return p.chain(f, "OR", Or, p.and)
}

func (p *parser) and(f *Field) (*node, error) {
	return p.chain(f, "AND", And, p.not)
}

// chain reads operands with an operator between them; AND may be left out.
func (p *parser) chain(f *Field, name string, op Kind, operand func(*Field) (*node, error)) (*node, error) {
	n := &node{op: op}
	for {
		if err := p.operand(); err != nil {
			return nil, err
		}
		part, err := operand(f)
		if err != nil {
			return nil, err
		}
		n.parts = append(n.parts, part)
		p.space()
		if p.end() || p.at(')') {
			break
		}
		if next := p.operator(); next == name {
			p.consume(name)
		} else if op == Or || next == "OR" {
			break
		}
	}
	if op == And {
		n.parts = joinTerms(n.parts)
	}
	if len(n.parts) == 1 {
		return n.parts[0], nil
	}
	return n, nil
}

// consume reads an operator or an opening parenthesis. operand names it in its error
// when no operand follows.
func (p *parser) consume(s string) {
	p.last, p.lastAt = s, p.pos
	p.pos += len(s)
}

// operand fails unless an operand begins at pos.
func (p *parser) operand() error {
	p.space()
	op := p.operator()
	switch {
	case op == "AND" || op == "OR":
		return p.fail(p.pos, "%s needs a word before it; to search for the word itself, write %q", op, op)
	case !p.end() && !p.at(')'):
		return nil
	case p.last == "":
		return p.unmatched()
	case p.last != "(":
		return p.fail(p.lastAt, "%s needs a word after it; to search for the word itself, write %q", p.last, p.last)
	case p.end():
		return p.unclosed(p.lastAt)
	}
	return p.fail(p.lastAt, "there is nothing between the parentheses; write a word, or remove them")
}

func (p *parser) unmatched() error {
	return p.fail(p.pos, "this ) closes nothing; remove it, or add a ( before it")
}

func (p *parser) unclosed(start int) error {
	return p.fail(start, "this ( is never closed; add a )")
}

func (p *parser) not(f *Field) (*node, error) {
	start := p.pos
	switch {
	case p.operator() == "NOT":
		p.consume("NOT")
		if err := p.operand(); err != nil {
			return nil, err
		}
	case p.at('-'):
		p.pos++
		if p.end() || isSpace(p.src[p.pos]) || p.at(')') {
			return nil, p.fail(start, "- must be directly before what it excludes, as in -sport; remove the - or the space after it, or put the text in double quotes")
		}
	default:
		return p.primary(f)
	}
	if err := p.nest(start); err != nil {
		return nil, err
	}
	part, err := p.not(f)
	p.depth--
	return &node{op: Not, parts: []*node{part}}, err
}

func (p *parser) nest(start int) error {
	if p.depth++; p.depth > maxDepth {
		return p.fail(start, "more than %d levels of parentheses and NOTs; split the query into a list of several", maxDepth)
	}
	return nil
}

func (p *parser) primary(f *Field) (*node, error) {
	if p.at('(') {
		return p.group(f)
	}
	if f.colons {
		return p.value(f)
	}
	start := p.pos
	name := p.name()
	if name == "" {
		return p.value(f)
	}
	inner := fieldNamed(name)
	switch {
	case inner == nil:
		return nil, p.fail(start, "there is no field %s: (the fields are %s)%s; to search for this text, put it in double quotes", name, fieldNames(), suggestField(name))
	case inner.ofTopics && !p.scope.Topics:
		return nil, p.fail(start, "%s: can't be used in a rule, which is what decides the topics of a story; use it in searches and alerts", inner.Name)
	case inner.ofDesk && !p.scope.Desk:
		return nil, p.fail(start, "%s: can't be used here, because only the desk knows who works on what; use it on the wire and in searches of the desk", inner.Name)
	case f != Anywhere:
		return nil, p.fail(start, "%s: can't be used inside %s:( ); write it outside the parentheses", inner.Name, f.Name)
	}
	return p.scoped(inner)
}

// name reads the letters before a colon, and the colon; nothing when there is none.
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

// scoped reads what follows the colon of a field.
func (p *parser) scoped(f *Field) (*node, error) {
	if p.end() || isSpace(p.src[p.pos]) || p.at(')') {
		return nil, p.fail(p.pos, "write what to search for directly after %s:, as in %s", f.Name, f.Example)
	}
	switch f.Kind {
	case Number:
		return p.comparison(f)
	case Moment:
		return p.moment(f)
	}
	return p.not(f)
}

func (p *parser) group(f *Field) (*node, error) {
	start := p.pos
	if err := p.nest(start); err != nil {
		return nil, err
	}
	p.consume("(")
	n, err := p.or(f)
	if err != nil {
		return nil, err
	}
	if p.end() {
		return nil, p.unclosed(start)
	}
	p.pos++ // or stops only at the end or at a closing parenthesis
	p.depth--
	return n, nil
}

// comparison reads a number with or without an operator before it.
func (p *parser) comparison(f *Field) (*node, error) {
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
		return nil, p.fail(start, "%s: takes a number with >, >=, < or <= before it, as in %s%s", f.Name, f.Example, suggestNumber(f, s))
	}
	return &node{op: Comparison, field: f, term: p.written(f, start), cmp: cmp, n: int(n)}, nil
}

// word reads up to the end of a bare word.
func (p *parser) word() string {
	start := p.pos
	for !p.end() && !p.delimits(p.pos) {
		p.pos++
	}
	return string(p.src[start:p.pos])
}

// value reads a word, a prefix or a phrase, with = before it or inside its quotes for one
// as it is written.
func (p *parser) value(f *Field) (*node, error) {
	start := p.pos
	t, err := p.term()
	switch {
	case err != nil:
		return nil, err
	case t.exact && t.prefix:
		return nil, p.fail(p.pos-1, "= finds a whole word as it is written; remove the = or the *")
	}
	if n := newTerm(f, t); n != nil {
		n.setTerm(p.written(f, start))
		if f.ofDesk && n.value == meWord && !t.quoted && !t.prefix {
			return n, p.setMe(n, start)
		}
		return n, p.checkDesk(n, start)
	}
	if meant := p.spacedComparison(start); meant != "" {
		return nil, p.fail(start, "a comparison has no spaces in it; write %s", meant)
	}
	return nil, p.fail(start, "%s", invalid(f, string(p.src[start:p.pos]), t))
}

// checkDesk completes the values of has: that only the desk knows.
func (p *parser) checkDesk(n *node, start int) error {
	switch {
	case n.op != Whole || n.field.Name != "has":
		return nil
	case n.value == hasStar && p.scope.Stars == nil:
		return p.fail(start, "has:star can't be used here, because only the desk knows who has starred a story; use it on the wire and in searches of the desk")
	case n.value == hasStar:
		n.field, n.stars = starField, p.scope.Stars
	case n.value == hasAssigned && !p.scope.Desk:
		return p.fail(start, "has:assigned can't be used here, because only the desk knows who works on what; use it on the wire and in searches of the desk")
	}
	return nil
}

// meWord is the value of assigned: that stands for whoever asks. In quotes it is a name.
const meWord = "me"

// setMe makes assigned:me look for the name of whoever asks.
func (p *parser) setMe(n *node, start int) error {
	if p.scope.Me == "" {
		return p.fail(start, "assigned:me needs a token with your name, because you are not signed in; write assigned:NAME")
	}
	n.value, n.isMe = n.field.normalize(p.scope.Me), true
	return nil
}

// written returns the term that was read from start, with its field.
func (p *parser) written(f *Field, start int) string {
	s := string(p.src[start:p.pos])
	if f == Anywhere {
		return s
	}
	return f.Name + ":" + s
}

// term reads a bare word, or a phrase without its quotes.
func (p *parser) term() (t term, err error) {
	if p.at('=') && p.pos+1 < len(p.src) && !isSpace(p.src[p.pos+1]) && closers(p.src[p.pos+1]) != "" {
		p.pos++
		t.exact = true
	}
	if !p.delimits(p.pos) {
		t.text, t.prefix, err = p.bare()
	} else {
		t.quoted = true
		t.text, t.prefix, err = p.phrase()
	}
	if rest, ok := strings.CutPrefix(t.text, "="); ok {
		t.text, t.exact = rest, true
	}
	return t, err
}

// phrase reads a text in quotes. prefix reports whether a * follows them.
func (p *parser) phrase() (text string, prefix bool, err error) {
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

// bare reads a word, a number whose thousands are apart, or the name of a firm with &.
// prefix reports whether a * ends it.
func (p *parser) bare() (text string, prefix bool, err error) {
	start := p.pos
	text, prefix = strings.CutSuffix(p.word(), "*")
	if i := strings.IndexByte(text, '*'); i >= 0 {
		at := start + utf8.RuneCountInString(text[:i])
		return "", false, p.fail(at, "a * is only possible at the end of a word, as in cyber*")
	}
	if !prefix {
		text += p.thousands(text)
		text += p.partners(text)
	}
	return text, prefix, nil
}

// partners reads what follows a word in a name such as Marks & Spencer.
func (p *parser) partners(first string) (rest string) {
	for first != "" && p.pos+3 < len(p.src) && isSpace(p.src[p.pos]) && p.src[p.pos+1] == '&' && isSpace(p.src[p.pos+2]) && isWordRune(p.src[p.pos+3]) {
		p.pos += 3
		if p.operator() != "" {
			p.pos -= 3
			break
		}
		rest += " & " + p.word()
	}
	return rest
}

// thousands reads the groups of three digits behind a number such as 40 000.
func (p *parser) thousands(first string) (rest string) {
	if len(first) > 3 || first == "" || strings.Trim(first, "0123456789") != "" {
		return ""
	}
	for p.pos+4 <= len(p.src) && isSpace(p.src[p.pos]) && isThreeDigits(p.src[p.pos+1:p.pos+4]) && (p.pos+4 == len(p.src) || p.delimits(p.pos+4)) {
		rest += string(p.src[p.pos+1 : p.pos+4])
		p.pos += 4
	}
	return rest
}

func isThreeDigits(rs []rune) bool {
	return !slices.ContainsFunc(rs, func(r rune) bool { return r < '0' || r > '9' })
}

// invalid says why a term can't be searched for in a field. as is how the query has it.
func invalid(f *Field, as string, t term) locale.Message {
	switch {
	case f.takes.Format != "":
		return locale.Messagef("%s: takes %s, not %q%s; for several, write %[1]s:(... OR ...)", f.Name, f.takes, t.text, suggestValue(f, t.text))
	case t.prefix && t.text == "":
		return locale.Messagef("a * needs at least one letter before it, as in cyber*")
	case symbols[as] != "":
		return locale.Messagef("%s is no operator here; write %s, or put the whole text in double quotes", as, symbols[as])
	}
	return locale.Messagef("%s has no letters or digits to search for; remove it", as)
}
