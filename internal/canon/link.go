package canon

import (
	"net/url"
	"slices"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// address gives s as an absolute http or https address, or nothing.
func address(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= 4096 {
		if _, _, _, ok := splitPlain(s); ok {
			return s
		}
	}
	if len(s) > 4096 || len(s) < 8 || s[0]|0x20 != 'h' {
		return ""
	}
	if strings.ContainsAny(s, " \t\r\n\"<>\\") {
		s = escapes.Replace(s)
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return s
}

// escapes makes an address of what someone typed.
var escapes = strings.NewReplacer(" ", "%20", "\t", "", "\r", "", "\n", "", `"`, "%22", "<", "%3C", ">", "%3E", `\`, "/")

// canonicalLink is an address by which the same page is known again.
type canonicalLink struct {
	key     string // host and path and what matters of the query
	front   bool   // it has no path
	article bool   // it names one article, not a section
}

// canonicalize reads a link as identity. Scheme, www., m. and amp. hosts, default
// ports, final slashes, fragments and tracking parameters make no difference.
func canonicalize(link string) canonicalLink {
	host, path, query, ok := splitPlain(link)
	if !ok {
		u, err := whatwg.Parse(link)
		if err != nil {
			return canonicalLink{}
		}
		host, path, query = u.Host(), u.Pathname(), strings.TrimPrefix(u.Search(), "?")
	}
	host = canonicalHost(host)
	path = canonicalPath(path)
	query = canonicalQuery(query)
	p := canonicalLink{key: host + path, front: path == "" && query == ""}
	if query != "" {
		p.key += "?" + query
	}
	p.article = isArticle(path, query)
	return p
}

// splitPlain takes an address apart that needs no repair; ok is false for all others,
// which a parser has to look at.
func splitPlain(s string) (host, path, query string, ok bool) {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "http://"); !ok {
			return "", "", "", false
		}
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	rest, query, _ = strings.Cut(rest, "?")
	i := strings.IndexByte(rest, '/')
	if i < 0 {
		i = len(rest)
	}
	host, path = rest[:i], rest[i:]
	if !isPlainHost(host) || !isPlainPath(path) || !isPlainPath(query) || !isPlainPath(fragment) || strings.Contains(path, "/.") {
		return "", "", "", false
	}
	return host, path, query, true
}

// isPlainHost is true for lower-case names that don't look like numbers.
func isPlainHost(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "xn--") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	return len(last) > 1 && last[0] >= 'a' && last[0] <= 'z'
}

// isPlainPath is true for what no parser would change.
func isPlainPath(s string) bool {
	for i := range len(s) {
		if !plainByte[s[i]] {
			return false
		}
	}
	return true
}

var plainByte = func() (set [256]bool) {
	for c := byte(0x21); c < 0x7f; c++ {
		set[c] = strings.IndexByte("\"<>\\^`{|}'%", c) < 0
	}
	return set
}()

func canonicalHost(host string) string {
	host = strings.TrimSuffix(host, ".")
	for _, p := range []string{"www.", "m.", "amp.", "mobile.", "www."} {
		if rest, ok := strings.CutPrefix(host, p); ok && strings.Contains(rest, ".") {
			host = rest
		}
	}
	return host
}

// canonicalPath is a path without final slashes and marks of an AMP page.
func canonicalPath(path string) string {
	path = strings.TrimRight(path, "/")
	for _, end := range []string{"/amp", ".amp", "/amp.html"} {
		path = strings.TrimSuffix(path, end)
	}
	if rest, ok := strings.CutSuffix(path, ".amp.html"); ok {
		path = rest + ".html"
	}
	if rest, ok := strings.CutPrefix(path, "/amp/"); ok {
		path = "/" + rest
	}
	return strings.TrimRight(path, "/")
}

// canonicalQuery keeps what says which page it is, in one order.
func canonicalQuery(query string) string {
	if query == "" {
		return ""
	}
	var keep []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if part != "" && !isTracking(strings.ToLower(name)) {
			keep = append(keep, part)
		}
	}
	slices.Sort(keep)
	return strings.Join(keep, "&")
}

// isTracking says whether a parameter tells where a reader came from, not what is read.
func isTracking(name string) bool {
	if trackingParams[name] {
		return true
	}
	for _, p := range []string{"utm_", "utm-", "pk_", "mtm_", "at_", "hsa_", "matomo_", "piwik_", "vero_", "__hs", "_hs", "wt.", "wt_", "ns_", "oly_", "itm_", "stm_", "sc_c", "trk_"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

var trackingParams = set(`fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh mc_cid mc_eid mkt_tok
		_ga _gl _openstat cmpid cmp icid ico ref ref_src ref_url referrer rss feed fromrss from_rss source_rss ocid ncid cid smid smtyp partner
		xtor xtref xts s_cid s_kwcid spm scm share share_id shareid ssid tracking trk trkid taid tid traffic_source fb_action_ids fb_action_types fb_source fb_ref
		amp outputtype guccounter guce_referrer guce_referrer_sig cvid _branch_match_id rb_clickid wickedid srnd sref mbid ito soc_src soc_trk
		campaign campaignid campaign_id intcmp int_cmp ns_mchannel ns_source taboola zanpid feedtype feedname maca wtmc chl emailid nl_id
		ftag ftcamp via cn-track syclid wprov dcmp sh sr_share mod`)

// isArticle judges whether a path names one page among many, not a front page, a
// section or an archive of a day.
func isArticle(path, query string) bool {
	if strings.ContainsAny(query, "0123456789") {
		return true
	}
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return false
	}
	last, above := path[i+1:], path[:i]
	name, ext, _ := strings.Cut(last, ".")
	switch {
	case name == "" || indexNames[strings.ToLower(name)]:
		return false
	case onlyDigits(name):
		return len(name) > 4 || ext != "" || above != "" && !endsInDate(above)
	case strings.ContainsAny(name, "0123456789"), ext != "":
		return true
	}
	return strings.Count(name, "-")+strings.Count(name, "_") >= 2 || len(name) >= 25
}

var indexNames = set("index default home main news rss feed")

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// endsInDate says that a path ends in a year, or a year and a month.
func endsInDate(path string) bool {
	parts := strings.Split(path, "/")
	n := len(parts)
	return len(parts[n-1]) == 4 && onlyDigits(parts[n-1]) || n > 1 && len(parts[n-2]) == 4 && onlyDigits(parts[n-2]) && onlyDigits(parts[n-1])
}
