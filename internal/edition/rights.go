package edition

import (
	"regexp"
	"strings"
	"sync"

	"github.com/slugline/slugline/internal/news"
)

var creativeCommons = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^https?://(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z-]+)/([0-9.]+)`)
})

// LicenseName returns what people call the licence at an address: "CC BY-SA 4.0", or the
// address without its scheme.
func LicenseName(address string) string {
	m := creativeCommons().FindStringSubmatch(strings.ToLower(address))
	switch {
	case m == nil:
		_, rest, _ := strings.Cut(address, "://")
		return strings.TrimSuffix(rest, "/")
	case m[1] == "licenses":
		return "CC " + strings.ToUpper(m[2]) + " " + m[3]
	case m[2] == "zero":
		return "CC0 " + m[3]
	}
	return "Public Domain Mark " + m[3]
}

// PictureCredit returns who made the first picture of the media, empty when nobody is
// named.
func PictureCredit(media []news.Media) string {
	for i := range media {
		if media[i].Picture {
			return media[i].Credit
		}
	}
	return ""
}
