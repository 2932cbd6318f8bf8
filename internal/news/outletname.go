package news

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/publicsuffix"
)

// outletName returns the name of the outlet in a feed's title, which often adds a section or
// a slogan: "BBC News - World", "World news | The Guardian". The parts of a title are
// separated by " - ", " – ", " — ", " > ", " » " or a bar. The part that resembles the
// domain of one of the feed's addresses is the name; if none does, it is the first.
func outletName(title string, addresses ...string) string {
	if !strings.ContainsAny(title, "-–—>»|") {
		return title
	}
	parts := titleParts(title)
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	best, most := parts[0], 0
	for _, label := range domainLabels(addresses) {
		for _, p := range parts {
			if n := resemblance(p, label); n > most {
				best, most = p, n
			}
		}
	}
	return best
}

// titleParts splits a title at its separators and leaves out empty parts. It returns the
// title as it is when nothing remains.
func titleParts(title string) []string {
	var parts []string
	var part []string
	end := func() {
		if len(part) > 0 {
			parts, part = append(parts, strings.Join(part, " ")), nil
		}
	}
	for _, w := range strings.Fields(strings.ReplaceAll(title, "|", " | ")) {
		switch w {
		case "-", "–", "—", ">", "»", "|":
			end()
		default:
			part = append(part, w)
		}
	}
	if end(); len(parts) == 0 {
		return []string{title}
	}
	return parts
}

// domainLabels returns the distinctive part of the domain of each address: bbc
// of https://www.bbc.co.uk/news, bbci of https://feeds.bbci.co.uk/rss.xml.
func domainLabels(addresses []string) []string {
	var labels []string
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err != nil {
			continue
		}
		domain, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(u.Hostname()))
		if err != nil {
			continue
		}
		label, _, _ := strings.Cut(domain, ".")
		if label = strings.ReplaceAll(label, "-", ""); label != "" && !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	return labels
}

// exact is the resemblance of a part that is the label itself.
const exact = 1000

// resemblance tells how much of a domain's label a part of a title has: exact if it is the
// label, else the length of what both have, which is 0 if that may be chance.
func resemblance(part, label string) int {
	words := strings.FieldsFunc(strings.ToLower(part), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	label = strings.TrimPrefix(label, "the")
	whole := strings.TrimPrefix(strings.Join(words, ""), "the")
	if whole == label {
		return exact
	}
	most := 0
	for i := range words {
		run := ""
		for _, w := range words[i:] {
			if run += w; len(run) > len(label) {
				break
			}
			isEnd := len(run) >= 4 && (strings.HasPrefix(label, run) || strings.HasSuffix(label, run))
			if run == label || isEnd {
				most = max(most, len(run))
			}
		}
	}
	return most
}
