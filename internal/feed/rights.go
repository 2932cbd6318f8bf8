package feed

import "cmp"

// rights returns the notice of rights of an item or a feed: dc:rights, which the digest
// also uses for copyright and atom:rights, else media:copyright.
func (x extensions) rights() string {
	return cmp.Or(x.one("dc", "rights"), x.mediaText("copyright"))
}

// license returns the address of the licence under which an item or a feed may be
// republished: that of the Creative Commons modules, a link with rel=license (RFC 4946),
// dcterms:license or media:license.
func (x extensions) license() string {
	return firstAddress(
		x.attr("cc", "license", "resource"), x.one("cc", "license"), x.link("license"),
		x.attr("dcterms", "license", "resource"), x.one("dcterms", "license"), x.attr("media", "license", "href"),
	)
}

// firstAddress returns the first text that is an absolute address, or nothing.
func firstAddress(all ...string) string {
	for _, s := range all {
		if isAddress(s) {
			return s
		}
	}
	return ""
}
