package notify

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/slugline/slugline/internal/news"
)

// page is our own page about a notice, empty when there is none.
func page(set *Settings, n *news.Notice) string {
	if n.Story == "" {
		return ""
	}
	return set.Site.URL + "/stories/" + n.Story
}

// title names the alerts that rang.
func title(n *news.Notice) string {
	names := strings.Join(n.Alerts, ", ")
	switch n.When {
	case news.WhenBreaking:
		return "Breaking: " + names
	case news.WhenQuiet:
		return "Quiet source: " + names
	case news.WhenProblem:
		return "Source in trouble: " + names
	}
	return names
}

// text is the headline, and a line with the outlets.
func text(n *news.Notice) string {
	out := cmp.Or(n.Headline, n.Link)
	if by := byline(n); by != "" {
		out += "\n" + by
	}
	return out
}

// byline lists the outlets, as in "AFP, BBC, DPA, EFE and 3 more".
func byline(n *news.Notice) string {
	const named = 4
	if len(n.Outlets) <= named+1 {
		return strings.Join(n.Outlets, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(n.Outlets[:named], ", "), len(n.Outlets)-named)
}
