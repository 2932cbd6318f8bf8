package feed

import (
	"html"
	"net/netip"
	"path"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/language"
)

// xmlText removes the characters that XML 1.0 forbids or that affect the text around
// them: control characters, noncharacters, and those that change the direction of text.
// Bytes that are not UTF-8 become a question mark.
func xmlText(s string) string {
	for i, r := range s {
		if r < utf8.RuneSelf && r >= ' ' && r != 0x7f {
			continue
		}
		if xmlRune(r) != r {
			return s[:i] + strings.Map(xmlRune, s[i:])
		}
	}
	return s
}

// xmlRune is xmlText for one character; -1 removes it.
func xmlRune(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r < ' ' || 0x7f <= r && r <= 0x9f:
		return -1
	case 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069:
		return -1
	case 0xfdd0 <= r && r <= 0xfdef || r&0xfffe == 0xfffe:
		return -1
	case r == utf8.RuneError:
		return '?'
	}
	return r
}

// oneLine is xmlText with single spaces and no line breaks.
func oneLine(s string) string {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c < ' ' || c == 0x7f || c == ' ' && last == ' ' {
			return strings.Join(strings.Fields(xmlText(s)), " ")
		}
		last = c
	}
	return strings.TrimSuffix(s, " ")
}

func uniqueLines(all []string) []string {
	var out []string
	seen := make(map[string]bool, len(all))
	for _, s := range all {
		if s = oneLine(s); s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// personName returns a name without the mail address in angle brackets beside it.
func personName(s string) string {
	s = oneLine(s)
	for at := strings.IndexByte(s, '@'); at >= 0; at = strings.IndexByte(s, '@') {
		open, end := strings.LastIndexByte(s[:at], '<'), strings.IndexByte(s[at:], '>')
		if open < 0 || end < 0 {
			break
		}
		s = strings.TrimSpace(s[:open] + s[at+end+1:])
	}
	return s
}

// breakMarkup keeps readers from taking plain text for markup in places where a format
// can't say that it is plain: it inserts an invisible word joiner behind each < and &
// that would open markup. The text looks the same, and AT&T stays as it is.
func breakMarkup(s string) string { return insertJoiners(s, false) }

// breakMarkupStrict is breakMarkup for places where no way of escaping is safe with
// every reader. It also breaks what a semicolon would turn into an entity, and names
// with digits.
func breakMarkupStrict(s string) string { return insertJoiners(s, true) }

func insertJoiners(s string, strict bool) string {
	if !hasMarkup(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == '<' && opensTag(s[i+1:]) || s[i] == '&' && opensReference(s[i+1:], strict) {
			b.WriteString("\u2060")
		}
	}
	return b.String()
}

// hasMarkup reports whether s contains a character that can open markup.
func hasMarkup(s string) bool {
	return strings.IndexByte(s, '<') >= 0 || strings.IndexByte(s, '&') >= 0
}

func opensTag(rest string) bool {
	return rest != "" && (asciiLetter(rest[0]) || strings.IndexByte("/!?", rest[0]) >= 0)
}

func opensReference(rest string, strict bool) bool {
	if strings.HasPrefix(rest, "#") {
		return true
	}
	n := 0
	for n < len(rest) && (asciiLetter(rest[n]) || '0' <= rest[n] && rest[n] <= '9') {
		n++
	}
	ref := "&" + rest[:n] + ";"
	if !strict && !strings.HasPrefix(rest[n:], ";") {
		ref = ref[:n+1]
	}
	if html.UnescapeString(ref) != ref {
		return true
	}
	return strict && n > 0 && strings.ContainsAny(rest[:n], "0123456789")
}

func asciiLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

var hexRefs = strings.NewReplacer("&", "&#x26;", "<", "&#x3C;", ">", "&#x3E;")

// plainXML escapes plain text for an RSS element with hexadecimal references, which no
// reader decodes twice (RSS Best Practices Profile).
func plainXML(s string) rawXML {
	if !hasMarkup(s) && strings.IndexByte(s, '>') < 0 {
		return rawXML{s}
	}
	return rawXML{hexRefs.Replace(breakMarkup(s))}
}

// rawXML is the escaped content of an element.
type rawXML struct {
	Text string `xml:",innerxml"`
}

const uriBytes = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ;/?:@&=+$.-_!~*'(),#%"

var uriByte = func() (ok [256]bool) {
	for i := range len(uriBytes) {
		ok[uriBytes[i]] = true
	}
	return ok
}()

// Address returns s as an absolute http or https address in ASCII, without user name
// and password. It is empty when s is no such address.
func Address(s string) string {
	s = strings.TrimSpace(s)
	scheme, rest, ok := strings.Cut(s, "://")
	if scheme = strings.ToLower(scheme); !ok || scheme != "http" && scheme != "https" {
		return ""
	}
	end := 0
	for end < len(rest) && rest[end] != '/' && rest[end] != '?' && rest[end] != '#' && rest[end] != '\\' {
		end++
	}
	host, err := asciiHost(rest[:end])
	if err != nil || host == "" {
		return ""
	}
	if tail := escapeURI(rest[end:]); s[:len(scheme)] != scheme || host != rest[:end] || tail != rest[end:] {
		return scheme + "://" + host + tail
	}
	return s
}

func addresses(all []string) []string {
	var out []string
	for _, s := range all {
		if s = Address(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// asciiHost returns host and port of an authority (RFC 3986 section 3.2) in ASCII.
func asciiHost(authority string) (string, error) {
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	if isHost(host) {
		return host, nil
	}
	name, port, colon := strings.Cut(host, ":")
	name, err := idna.Lookup.ToASCII(name)
	if err != nil {
		return "", err
	}
	if colon {
		name += ":" + port
	}
	if !isHost(name) {
		return "", nil
	}
	return name, nil
}

// isHost reports whether s is a name, an IPv4 address or a bracketed IPv6 address, with
// or without a port.
func isHost(s string) bool {
	port := ""
	if i := strings.LastIndexByte(s, ':'); i > strings.IndexByte(s, ']') {
		s, port = s[:i], s[i+1:]
		if port == "" || len(port) > 5 {
			return false
		}
	}
	for _, c := range []byte(port) {
		if c < '0' || c > '9' {
			return false
		}
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		_, err := netip.ParseAddr(s[1 : len(s)-1])
		return err == nil
	}
	for _, c := range []byte(s) {
		if !asciiLetter(c) && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

// escapeURI escapes characters that a path, query or fragment may not contain (RFC
// 3986). It does not escape twice.
func escapeURI(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = uriByte[s[i]] && s[i] != '%' && s[i] != '#'
	}
	if plain {
		return s
	}
	var b strings.Builder
	hash := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case !uriByte[c], c == '#' && hash, c == '%' && !isEscape(s[i:]):
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		default:
			hash = hash || c == '#'
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isEscape(s string) bool { return len(s) > 2 && hexDigit(s[1]) && hexDigit(s[2]) }

func hexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// threeLetters are languages without a two-letter code that are in ISO 639-2, as old
// readers know it; replacementTags are tags for others that are not.
var (
	threeLetters    = " ast bal ceb chr dsb fil fur gsw haw hil hsb ilo kok lad mai mni mul nds rom sah sat scn sco sma smj smn sms syr tet tlh tpi udm und war "
	replacementTags = map[string]string{
		"ckb": "ku-Arab", "prs": "fa-AF", "yue": "zh-yue", "nan": "zh-nan",
		"arz": "ar-arz", "ary": "ar-ary", "apc": "ar-apc", "acm": "ar-acm", "ajp": "ar-ajp", "afb": "ar-afb",
	}
)

// languageTag returns a well-formed BCP 47 tag in its usual spelling. It is empty when s
// is none or means that the language is not known, and "und" for a language that feed
// readers don't know.
func languageTag(s string) string {
	if s == "" {
		return ""
	}
	tag, err := language.Parse(s)
	if err != nil || tag == language.Und {
		return ""
	}
	base, _ := tag.Base()
	if len(base.String()) == 3 {
		tag, _ = language.Macro.Canonicalize(tag)
		base, _ = tag.Base()
	}
	switch code := base.String(); {
	case replacementTags[code] != "":
		return replacementTags[code]
	case len(code) == 2, strings.Contains(threeLetters, " "+code+" "):
		return tag.String()
	}
	return "und"
}

var typeRE = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-z!#$&^_.+-]+/[0-9a-z!#$&^_.+-]+$`) })

// mediaType returns a media type without parameters, in lower case. If t is none, it
// goes by the ending of the address, and is empty for an unknown one.
func mediaType(t, url string) string {
	t, _, _ = strings.Cut(strings.ToLower(t), ";")
	if t = strings.TrimSpace(t); typeRE().MatchString(t) {
		return t
	}
	url, _, _ = strings.Cut(url, "#")
	url, _, _ = strings.Cut(url, "?")
	return typeByName[strings.ToLower(path.Ext(url))]
}

// typeByName is used instead of package mime, which depends on the machine: the same
// records must give the same bytes on all.
var typeByName = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif",
	".webp": "image/webp", ".avif": "image/avif", ".svg": "image/svg+xml",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".opus": "audio/ogg",
	".oga": "audio/ogg", ".wav": "audio/wav", ".aac": "audio/aac", ".flac": "audio/flac",
	".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime",
	".m3u8": "application/vnd.apple.mpegurl", ".pdf": "application/pdf", ".torrent": "application/x-bittorrent",
}

// medium returns the medium of a media type, as Media RSS calls it.
func medium(t string) string {
	switch kind, _, _ := strings.Cut(t, "/"); kind {
	case "image", "audio", "video":
		return kind
	}
	return ""
}

// htmlInXML escapes plain text twice: as HTML, and as the content of an XML element.
var htmlInXML = strings.NewReplacer("&", "&amp;amp;", "<", "&amp;lt;", ">", "&amp;gt;").Replace

// plainHTML escapes plain text as HTML.
var plainHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
