package feed

import (
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/language"
)

// clean drops what XML 1.0 can't carry or what disturbs the text around it:
// control characters, non-characters, and the marks that turn or embed the
// direction of text. What was not UTF-8 becomes a question mark.
func clean(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return s[:i] + strings.Map(keep, s[i:])
		}
	}
	return s
}

func keep(r rune) rune {
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

// line is clean text on one line.
func line(s string) string {
	s = clean(s)
	if !strings.ContainsAny(s, "\n\t") && !strings.Contains(s, "  ") {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

func lines(all []string) []string {
	var out []string
	seen := make(map[string]bool, len(all))
	for _, s := range all {
		if s = line(s); s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

var mailbox = regexp.MustCompile(`<[^<>\s]*@[^<>]*>`)

// person is a name without the mail address that some put beside it.
func person(s string) string {
	s = line(s)
	if strings.IndexByte(s, '@') < 0 {
		return s
	}
	return strings.TrimSpace(mailbox.ReplaceAllString(s, ""))
}

// blunt keeps text that looks like markup from being read as such where a format
// can't say that it is plain: an invisible word joiner follows < and &. Nothing
// changes for the eye.
func blunt(s string) string {
	if strings.IndexAny(s, "<&") < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if (s[i] == '<' || s[i] == '&') && i+1 < len(s) && opens(s[i], s[i+1]) {
			b.WriteString("\u2060")
		}
	}
	return b.String()
}

func opens(mark, next byte) bool {
	switch {
	case 'a' <= next|0x20 && next|0x20 <= 'z':
		return true
	case mark == '&':
		return next == '#'
	}
	return next == '/' || next == '!' || next == '?'
}

var hex = strings.NewReplacer("&", "&#x26;", "<", "&#x3C;", ">", "&#x3E;")

// plainXML escapes plain text for an element of RSS as the RSS Advisory Board's
// best practices ask: hexadecimal references, which no reader decodes twice.
func plainXML(s string) rawXML { return rawXML{hex.Replace(blunt(s))} }

// rawXML is the inside of an element, already escaped.
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

// address returns an absolute http or https address in ASCII, or nothing. Names
// and passwords in it are dropped.
func address(s string) string {
	s = strings.TrimSpace(s)
	scheme, rest, ok := strings.Cut(s, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return ""
	}
	end := strings.IndexAny(rest, `/?#\`)
	if end < 0 {
		end = len(rest)
	}
	host, err := hostname(rest[:end])
	if err != nil || host == "" {
		return ""
	}
	return scheme + "://" + host + escapeURI(rest[end:])
}

func addresses(all []string) []string {
	var out []string
	for _, s := range all {
		if s = address(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

var hostRE = regexp.MustCompile(`^([0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

func hostname(authority string) (string, error) {
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	if hostRE.MatchString(host) {
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
	if !hostRE.MatchString(name) {
		return "", nil
	}
	return name, nil
}

// escapeURI escapes what may not stand in a path, query or fragment (RFC 3986);
// what is escaped already stays.
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
		case !uriByte[c], c == '#' && hash, c == '%' && !escaped(s[i:]):
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

func escaped(s string) bool { return len(s) > 2 && isHex(s[1]) && isHex(s[2]) }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// Three-letter codes that have no two-letter one and that ISO 639-2 knows, as
// older software does; and what to say instead of some that it doesn't.
var (
	threeLetters = " ast bal ceb chr dsb fil fur gsw haw hil hsb ilo kok lad mai mni mul nds rom sah sat scn sco sma smj smn sms syr tet tlh tpi udm und war "
	instead      = map[string]string{
		"ckb": "ku-Arab", "prs": "fa-AF", "yue": "zh-yue", "nan": "zh-nan",
		"arz": "ar-arz", "ary": "ar-ary", "apc": "ar-apc", "acm": "ar-acm", "ajp": "ar-ajp", "afb": "ar-afb",
	}
)

// languageTag returns a well-formed BCP 47 tag in its usual spelling; empty when s
// is none or says nothing, "und" when it is one that feed readers don't know.
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
	case instead[code] != "":
		return instead[code]
	case len(code) == 2, strings.Contains(threeLetters, " "+code+" "):
		return tag.String()
	}
	return "und"
}

var typeRE = regexp.MustCompile(`^[0-9a-z!#$&^_.+-]+/[0-9a-z!#$&^_.+-]+$`)

// mediaType tidies a media type; where there is none it goes by the address.
func mediaType(t, url string) string {
	t, _, _ = strings.Cut(strings.ToLower(t), ";")
	if t = strings.TrimSpace(t); typeRE.MatchString(t) {
		return t
	}
	url, _, _ = strings.Cut(url, "#")
	url, _, _ = strings.Cut(url, "?")
	return typeByName[strings.ToLower(path.Ext(url))]
}

// typeByName does not ask the machine: the same records give the same bytes on all.
var typeByName = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif",
	".webp": "image/webp", ".avif": "image/avif", ".svg": "image/svg+xml",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".opus": "audio/ogg",
	".oga": "audio/ogg", ".wav": "audio/wav", ".aac": "audio/aac", ".flac": "audio/flac",
	".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime",
	".m3u8": "application/vnd.apple.mpegurl", ".pdf": "application/pdf", ".torrent": "application/x-bittorrent",
}

// medium is the kind of a media type as Media RSS names it.
func medium(t string) string {
	switch kind, _, _ := strings.Cut(t, "/"); kind {
	case "image", "audio", "video":
		return kind
	}
	return ""
}

// plainHTML is plain text as HTML.
var plainHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
