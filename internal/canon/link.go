package canon

import (
	"slices"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/weburl"
)

// maxAddress is the length of the longest address that is kept, in bytes.
const maxAddress = 4096

// address returns s as an absolute http or https address, or nothing.
func address(s string) string { return absolute("", s) }

// absolute returns the http or https address that ref is in a text with the address
// base, or nothing. A place in the text itself is none.
func absolute(base, ref string) string {
	if ref = strings.TrimSpace(ref); ref == "" || ref[0] == '#' || len(ref) > maxAddress {
		return ""
	}
	return weburl.Resolve(base, ref)
}

// canonicalLink identifies the page that a link leads to.
type canonicalLink struct {
	key     string // host, path, and the part of the query that matters; empty when the link is no address
	front   bool   // it leads to the front page: it has neither path nor query
	article bool   // it leads to one article, not to a section
	place   string // the fragment, if it names a part of the page; begins with #
}

// canonicalize returns what identifies the page of a link. Scheme, www., m. and amp. in
// the host, default ports, final slashes, fragments and tracking parameters make no
// difference to its key.
func canonicalize(link string) canonicalLink {
	if p, ok := canonicalizePlain(link); ok {
		return p
	}
	u, err := whatwg.Parse(link)
	if err != nil {
		return canonicalLink{}
	}
	return newCanonicalLink(link, u.Host(), u.Pathname(), strings.TrimPrefix(u.Search(), "?"))
}

// canonicalizePlain is canonicalize for an address in normal form, as most are. ok is
// false for all others.
func canonicalizePlain(link string) (p canonicalLink, ok bool) {
	host, path, query, ok := weburl.Split(link)
	if !ok {
		return p, false
	}
	return newCanonicalLink(link, host, path, query), true
}

func newCanonicalLink(link, host, path, query string) canonicalLink {
	host = canonicalHost(host)
	path = canonicalPath(path)
	query = canonicalQuery(query)
	p := canonicalLink{key: host + path, front: path == "" && query == ""}
	if query != "" {
		p.key += "?" + query
	}
	p.article = isArticle(path, query)
	p.place = place(link)
	return p
}

// place returns the fragment of a link that names a part of its page, with its #. It is
// empty for fragments that say where a reader comes from, or that most pages have.
func place(link string) string {
	_, fragment, found := strings.Cut(link, "#")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(strings.ToLower(fragment), "=")
	name, _, isPart := strings.Cut(name, ":~:")
	if name == "" || isPart || usualPlaces[name] || isTracking(name) {
		return ""
	}
	return "#" + fragment
}

var usualPlaces = set("top content main article comments comment respond reactions disqus_thread more read-more rss feed link_time")

// maxPlaceDigits is how many digits a guid has at most that may be a place in a list.
const maxPlaceDigits = 3

// IsWeakGUID reports whether a guid may say nothing of its item: it is a small number, or
// the address of a front page.
func IsWeakGUID(guid string) bool {
	if len(guid) <= maxPlaceDigits {
		return onlyDigits(guid)
	}
	if !strings.HasPrefix(guid, "http") {
		return false
	}
	p := canonicalize(guid)
	return p.key != "" && p.place == "" && strings.Trim(withoutHost(p.key), "/?") == ""
}

// IsVersionOf reports whether a guid is the link of its item with another fragment
// behind it: it then counts versions of the page, and identifies nothing that the link
// does not.
func IsVersionOf(guid, link string) bool {
	address, version, found := strings.Cut(guid, "#")
	if !found || version == "" || !strings.HasPrefix(address, "http") {
		return false
	}
	p := canonicalize(link)
	return p.key != "" && p.place == "" && canonicalize(address).key == p.key
}

// IsSamePage reports whether two links lead to the same page.
func IsSamePage(a, b string) bool {
	p := canonicalize(a)
	return p.key != "" && p.key == canonicalize(b).key
}

// IsSamePath reports whether two links lead to the same page of two hosts, or of one.
func IsSamePath(a, b string) bool {
	p, q := canonicalize(a), canonicalize(b)
	return p.key != "" && q.key != "" && withoutHost(p.key) == withoutHost(q.key)
}

// PathKey returns a hash of 28 bits of what IsSamePath compares, and never 0, if the link leads
// to a page; else 0. Links that have no path in common have the same one by chance, one time in 2^28.
func PathKey(link string) uint64 {
	p := canonicalize(link)
	if p.key == "" {
		return 0
	}
	return max(news.Key('s', withoutHost(p.key))>>36, 1)
}

// withoutHost returns a key of a canonical link from its path on.
func withoutHost(key string) string {
	i := strings.IndexAny(key, "/?")
	if i < 0 {
		return ""
	}
	return key[i:]
}

// canonicalHost returns a host without the parts that name a version of the same site.
func canonicalHost(host string) string {
	host = strings.TrimSuffix(host, ".")
	for _, p := range []string{"www.", "m.", "amp.", "mobile.", "www."} {
		if rest, ok := strings.CutPrefix(host, p); ok && strings.Contains(rest, ".") {
			host = rest
		}
	}
	return host
}

// canonicalPath returns a path without final slashes and without the parts that name the
// AMP version of a page.
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

// canonicalQuery returns the parameters of a query that are not for tracking, sorted.
func canonicalQuery(query string) string {
	if query == "" {
		return ""
	}
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if part != "" && !isTracking(strings.ToLower(name)) {
			kept = append(kept, part)
		}
	}
	slices.Sort(kept)
	return strings.Join(kept, "&")
}

// isTracking reports whether a parameter says where a reader comes from, and not which
// page is meant.
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

// isArticle guesses whether a path and a query lead to an article, and not to a front
// page, a section or an archive.
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
	case name == "" || len(name) <= maxPageName && isPageName(strings.ToLower(name)):
		return false
	case onlyDigits(name):
		return len(name) > 4 || ext != "" || above != "" && !endsInDate(above)
	case strings.ContainsAny(name, "0123456789"), ext != "":
		return true
	}
	return strings.Count(name, "-")+strings.Count(name, "_") >= 2 || len(name) >= 25
}

func isPageName(name string) bool { return indexNames[name] || livePages[name] }

const maxPageName = 16 // bytes of the longest of these names

var indexNames = set("index default home main news rss feed")

// livePages are names of pages whose content is another from day to day.
var livePages = set(`live status changes changelog releases release-notes whats-new updates advisories alerts bulletins incidents
		rates exchange-rates prices quotes weather forecast tides map schedule timetable programme program results scores latest today
		calendar events archive blog`)

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// endsInDate reports whether a path ends in a year, or in a year and a month.
func endsInDate(path string) bool {
	parts := strings.Split(path, "/")
	n := len(parts)
	return len(parts[n-1]) == 4 && onlyDigits(parts[n-1]) || n > 1 && len(parts[n-2]) == 4 && onlyDigits(parts[n-2]) && onlyDigits(parts[n-1])
}
