package feed

import (
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"
)

// extensions are the elements of other namespaces in an item or a feed, under the
// names of rules.go.
type extensions struct {
	texts *placeholders
	ext   ext.Extensions
}

// one returns the first text of an element that is not empty.
func (x extensions) one(space, name string) string {
	for _, e := range x.ext[space][name] {
		if s := x.texts.html(e.Value); s != "" {
			return s
		}
	}
	return ""
}

// all joins the texts of all elements of that name.
func (x extensions) all(space, name string) string {
	var out []string
	for _, e := range x.ext[space][name] {
		if s := x.texts.text(e.Value); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

// attr returns the first value of an attribute that is not empty.
func (x extensions) attr(space, name, attr string) string {
	for _, e := range x.ext[space][name] {
		if s := x.texts.text(e.Attrs[attr]); s != "" {
			return s
		}
	}
	return ""
}

// time returns the date of an element, zero when there is none.
func (x extensions) time(space, name string) time.Time {
	for _, e := range x.ext[space][name] {
		if t, err := time.Parse(time.RFC3339, e.Value); err == nil {
			return t
		}
	}
	return time.Time{}
}

// link returns the address of the first link of that relation.
func (x extensions) link(rel string) string {
	for _, e := range x.ext["atom"]["link"] {
		if r := e.Attrs["rel"]; isRel(r, rel) || r == "" && rel == "alternate" {
			if s := x.texts.text(e.Attrs["href"]); s != "" {
				return s
			}
		}
	}
	return ""
}

// authors joins the names of Atom authors.
func (x extensions) authors() string {
	var out []string
	for _, a := range x.ext["atom"]["author"] {
		for _, n := range a.Children["name"] {
			out = append(out, x.texts.text(n.Value))
		}
	}
	return strings.Join(out, ", ")
}

// updateInterval returns the time between two updates as the syndication module of
// RSS 1.0 says it: a period, and how many updates are in one.
func (x extensions) updateInterval() time.Duration {
	day := 24 * time.Hour
	unit := map[string]time.Duration{"hourly": time.Hour, "daily": day, "weekly": 7 * day, "monthly": 30 * day, "yearly": 365 * day}
	n, err := strconv.Atoi(x.one("sy", "updateFrequency"))
	if err != nil || n < 1 {
		n = 1
	}
	return unit[strings.ToLower(x.one("sy", "updatePeriod"))] / time.Duration(n)
}
