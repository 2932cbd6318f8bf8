package feed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"

	jsonfeed "github.com/mmcdole/gofeed/json"

	"github.com/slugline/slugline/internal/news"
)

// readJSON reads a JSON Feed. If gofeed refuses it or finds no items, repairJSON makes it
// conform to the specification first.
func readJSON(b []byte) (*Document, error) {
	b = bytes.TrimPrefix(b, []byte(")]}'"))
	if err := checkNesting(b); err != nil {
		return nil, err
	}
	f, err := (&jsonfeed.Parser{}).Parse(bytes.NewReader(b))
	cut := false
	if err != nil || len(f.Items) == 0 {
		if f, cut, err = repairJSON(b); err != nil {
			return nil, err
		}
	}
	if f.Items == nil && !strings.Contains(f.Version, "jsonfeed.org") {
		return nil, notJSONFeed(b)
	}
	doc := jsonDocument(f)
	doc.Truncated = cut
	doc.Hub = jsonHub(b)
	return doc, nil
}

// checkNesting limits nesting before anything parses the document recursively.
func checkNesting(b []byte) error {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
		case '{', '[':
			if depth++; depth > maxDepth {
				return &Problem{Text: "the JSON is nested more than 128 deep"}
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

// stringEnd returns where the string that begins at i ends.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b)
		}
		i += n
		slashes := 0
		for b[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return i
}

// notJSONFeed says what a JSON document is that is not a feed.
func notJSONFeed(b []byte) error {
	var reply struct {
		Error   any `json:"error"`
		Errors  any `json:"errors"`
		Message any `json:"message"`
	}
	_ = json.Unmarshal(b, &reply)
	for _, v := range []any{reply.Error, reply.Message, reply.Errors} {
		switch v := v.(type) {
		case nil:
		case string:
			return &Problem{Text: "the server sent an error instead of a feed: " + clip(v, 200)}
		default:
			return &Problem{Text: "the server sent an error instead of a feed"}
		}
	}
	return &Problem{Text: "this is JSON, but not a JSON Feed: it has no items"}
}

func jsonDocument(f *jsonfeed.Feed) *Document {
	doc := &Document{Format: "JSON Feed" + jsonVersion(f.Version), Base: f.FeedURL}
	if !isAddress(doc.Base) {
		doc.Base = ""
	}
	doc.Title, doc.Site, doc.Description = f.Title, f.HomePageURL, f.Description
	doc.Language, doc.Icon, doc.Self, doc.Next = f.Language, cmp.Or(f.Icon, f.Favicon), f.FeedURL, f.NextURL
	doc.Author = jsonAuthor(f.Author, f.Authors)
	items := slices.DeleteFunc(f.Items, func(it *jsonfeed.Item) bool { return it == nil })
	items, doc.Cut = newestJSON(items)
	for _, it := range items {
		doc.Items = append(doc.Items, newItemFromJSON(it))
	}
	return doc
}

// newestJSON returns the newest items of a list that has too many, in the order of the
// list, and says what it leaves out. If most have no date, it returns those at both ends:
// the newest stand at one of them.
func newestJSON(items []*jsonfeed.Item) (kept []*jsonfeed.Item, cut string) {
	n := len(items)
	if n <= maxItems {
		return items, ""
	}
	dates, order, dated := make([]time.Time, n), make([]int, n), 0
	for i, it := range items {
		order[i] = i
		if at, ok := parseDate(cmp.Or(it.DatePublished, it.DateModified)); ok {
			dates[i] = at
			dated++
		}
	}
	if dated < n/2 {
		return slices.Concat(items[:maxItems/2], items[n-maxItems/2:]), fmt.Sprintf("the document has %s items, most without a date; the first %s and the last %s are read", grouped(n), grouped(maxItems/2), grouped(maxItems/2))
	}
	slices.SortStableFunc(order, func(a, b int) int { return dates[b].Compare(dates[a]) })
	for _, i := range slices.Sorted(slices.Values(order[:maxItems])) {
		kept = append(kept, items[i])
	}
	return kept, fmt.Sprintf("the document has %s items; the newest %s by date are read", grouped(n), grouped(maxItems))
}

// grouped writes a number with commas: 2,100.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// jsonVersion returns the version in a JSON Feed's version address, after a space.
func jsonVersion(address string) string {
	if i := strings.LastIndex(address, "/"); i >= 0 && strings.Contains(address, "jsonfeed.org") {
		return " " + strings.TrimSpace(clip(address[i+1:], 10))
	}
	return ""
}

func newItemFromJSON(it *jsonfeed.Item) Item {
	out := Item{
		ID: it.ID, Title: it.Title, PlainTitle: true, Link: it.URL, Language: it.Language,
		Author: jsonAuthor(it.Author, it.Authors), Content: it.ContentHTML,
	}
	if out.PlainText = out.Content == ""; out.PlainText {
		out.Content = textToHTML(it.ContentText)
	}
	if out.Link == "" {
		out.Link = it.ExternalURL
	}
	out.Permalink = isAddress(out.ID)
	if out.Link == "" && out.Permalink {
		out.Link = out.ID
	}
	out.Summary = textToHTML(it.Summary)
	out.Published, _ = parseDate(it.DatePublished)
	out.Updated, _ = parseDate(it.DateModified)
	for _, t := range it.Tags {
		out.addCategory(t)
	}
	if it.Attachments != nil {
		for _, a := range *it.Attachments {
			kind := strings.ToLower(a.MimeType)
			out.addMedia(news.Media{
				URL: a.URL, Type: kind, Length: max(a.SizeInBytes, 0), Title: a.Title,
				Duration: parseDuration(strconv.FormatInt(a.DurationInSeconds, 10)), Picture: strings.HasPrefix(kind, "image/"),
			})
		}
	}
	out.addMedia(news.Media{URL: it.Image, Picture: true})
	out.addMedia(news.Media{URL: it.BannerImage, Picture: true})
	return out
}

// textToHTML returns plain text as HTML.
func textToHTML(s string) string {
	return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>\n")
}

// jsonAuthor joins the names of authors: several of version 1.1, one of version 1.0.
func jsonAuthor(one *jsonfeed.Author, several []*jsonfeed.Author) string {
	var names []string
	for _, a := range append(several, one) {
		if a != nil && a.Name != "" && !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, ", ")
}

// jsonHub reads the address of the WebSub hub, for which gofeed has no field.
func jsonHub(b []byte) string {
	if !bytes.Contains(b, []byte(`"hubs"`)) {
		return ""
	}
	var f struct {
		Hubs []struct{ Type, URL string } `json:"hubs"`
	}
	_ = json.Unmarshal(b, &f)
	for _, h := range f.Hubs {
		if strings.EqualFold(h.Type, "WebSub") || strings.EqualFold(h.Type, "PubSubHubbub") {
			return h.URL
		}
	}
	return ""
}
