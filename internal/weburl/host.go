package weburl

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// bareHost returns ref with a scheme if it is an address whose scheme is missing, such as
// www.press.example/news or press.example:8080/feed; empty when it is a path.
func bareHost(base, ref string) string {
	i := strings.IndexAny(ref, "/?#\\")
	if i < 0 {
		i = len(ref)
	}
	host, port, hasPort := strings.Cut(strings.ToLower(ref[:i]), ":")
	if !isPlainHost(host) || !strings.Contains(host, ".") || hasPort && !startsWithPort(port) {
		return ""
	}
	if !hasPort && !looksLikeHost(base, host, i < len(ref) && ref[i] == '/') {
		return ""
	}
	if strings.HasPrefix(base, "http:") {
		return "http://" + ref
	}
	return "https://" + ref
}

// looksLikeHost reports whether a name with a dot is a host and not the name of a file.
// hasPath says that a slash follows it.
func looksLikeHost(base, name string, hasPath bool) bool {
	tld := name[strings.LastIndexByte(name, '.')+1:]
	if strings.HasPrefix(name, "www.") && strings.Count(name, ".") > 1 || isOfSite(base, name) {
		return true
	}
	if !hasPath {
		return onlyHosts[tld]
	}
	_, icann := publicsuffix.PublicSuffix(name)
	return icann && !alsoFiles[tld] || reservedNames[tld]
}

// isOfSite reports whether a name belongs to the registrable domain of base.
func isOfSite(base, name string) bool {
	origin, _, ok := splitPlain(base)
	if !ok {
		return false
	}
	_, host, _ := strings.Cut(origin, "://")
	host, _, _ = strings.Cut(host, ":")
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	return err == nil && (name == domain || strings.HasSuffix(name, "."+domain))
}

var (
	// onlyHosts are top-level domains that no file name ends in.
	onlyHosts = set("com org net edu gov info")
	// alsoFiles are top-level domains that names of files end in as well.
	alsoFiles = set("do md pl sh zip mov py cc rs ps ai so app")
	// reservedNames are the top-level domains of RFC 2606 that stand for hosts.
	reservedNames = set("example test")
)

func set(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}
