package feed

import (
	"bytes"
	"encoding/json"
	"html"
	"slices"
	"strconv"
	"strings"

	jsonfeed "github.com/mmcdole/gofeed/json"

	"github.com/slugline/slugline/internal/news"
)

// readJSON reads a JSON Feed. What is not as the specification has it is made so
// before the parser sees it again.
func readJSON(b []byte) (*Document, error) {
	b = bytes.TrimPrefix(b, []byte(")]}'"))
	if err := guardJSON(b); err != nil {
		return nil, err
	}
	f, err := (&jsonfeed.Parser{}).Parse(bytes.NewReader(b))
	cut := false
	if err != nil {
		if f, cut, err = repairJSON(b); err != nil {
			return nil, err
		}
	}
	if f.Items == nil && !strings.Contains(f.Version, "jsonfeed.org") {
		return nil, noJSONFeed(b)
	}
	doc := jsonDocument(f)
	doc.Cut = cut
	doc.Hub = jsonHub(b)
	return doc, nil
}

// guardJSON bounds nesting before anything recurses over it.
func guardJSON(b []byte) error {
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

// stringEnd is where the string that begins at i ends.
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

// noJSONFeed says what a JSON document without items is.
func noJSONFeed(b []byte) error {
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
	doc.Language, doc.Icon, doc.Self, doc.Next = f.Language, first(f.Icon, f.Favicon), f.FeedURL, f.NextURL
	doc.Author = jsonAuthor(f.Author, f.Authors)
	for _, it := range f.Items {
		if it == nil {
			continue
		}
		if len(doc.Items) == maxItems {
			doc.Cut = true
			break
		}
		doc.Items = append(doc.Items, newItemFromJSON(it))
	}
	return doc
}

func jsonVersion(address string) string {
	if i := strings.LastIndex(address, "/"); i >= 0 && strings.Contains(address, "jsonfeed.org") {
		return " " + strings.TrimSpace(clip(address[i+1:], 10))
	}
	return ""
}

func newItemFromJSON(it *jsonfeed.Item) Item {
	out := Item{
		ID: it.ID, Title: it.Title, Link: it.URL, Language: it.Language,
		Author: jsonAuthor(it.Author, it.Authors), Content: it.ContentHTML,
	}
	if out.Content == "" {
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
		out.category(t)
	}
	if it.Attachments != nil {
		for _, a := range *it.Attachments {
			kind := strings.ToLower(a.MimeType)
			out.addMedia(news.Media{
				URL: a.URL, Type: kind, Length: max(a.SizeInBytes, 0), Title: a.Title,
				Duration: duration(strconv.FormatInt(a.DurationInSeconds, 10)), Picture: strings.HasPrefix(kind, "image/"),
			})
		}
	}
	out.addMedia(news.Media{URL: it.Image, Picture: true})
	out.addMedia(news.Media{URL: it.BannerImage, Picture: true})
	return out
}

// textToHTML writes plain text as HTML.
func textToHTML(s string) string {
	return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>\n")
}

func jsonAuthor(one *jsonfeed.Author, several []*jsonfeed.Author) string {
	var names []string
	for _, a := range append(several, one) {
		if a != nil && a.Name != "" && !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, ", ")
}

// jsonHub reads what the parser has no field for.
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

// repairJSON reads a JSON Feed whose values have types that the parser does not
// take, or that ends too early.
func repairJSON(b []byte) (f *jsonfeed.Feed, cut bool, err error) {
	var loose map[string]any
	if err := json.Unmarshal(clean(b), &loose); err != nil {
		if loose, cut = savedItems(b); loose == nil {
			return nil, false, &Problem{Text: "the JSON can't be read: " + err.Error()}
		}
	}
	tight, err := json.Marshal(tighten(loose, feedShape))
	if err != nil {
		return nil, false, unread(err)
	}
	f, err = (&jsonfeed.Parser{}).Parse(bytes.NewReader(tight))
	if err != nil {
		return nil, false, unread(err)
	}
	return f, cut, nil
}

// savedItems reads a document that ends too early, up to its last complete item.
func savedItems(b []byte) (loose map[string]any, cut bool) {
	dec := json.NewDecoder(bytes.NewReader(b))
	loose = map[string]any{}
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	for dec.More() {
		name, err := dec.Token()
		key, ok := name.(string)
		if err != nil || !ok {
			break
		}
		if key == "items" {
			var items []any
			if t, err := dec.Token(); err != nil || t != json.Delim('[') {
				break
			}
			for dec.More() {
				var it any
				if dec.Decode(&it) != nil {
					loose[key] = items
					return loose, true
				}
				items = append(items, it)
			}
			loose[key] = items
			if _, err := dec.Token(); err != nil {
				return loose, true
			}
			continue
		}
		var v any
		if dec.Decode(&v) != nil {
			break
		}
		loose[key] = v
	}
	if _, ok := loose["items"]; !ok {
		return nil, false
	}
	return loose, true
}

// shape says what a member has to be: "s" a string, "a" an author, "l" a list of
// strings, "A" a list of authors, "I" a list of items, "M" a list of attachments.
type jsonShape map[string]byte

var feedShape = jsonShape{
	"version": 's', "title": 's', "home_page_url": 's', "feed_url": 's', "description": 's', "next_url": 's', "icon": 's',
	"favicon": 's', "language": 's', "author": 'a', "authors": 'A', "items": 'I',
}

var itemShape = jsonShape{
	"id": 's', "url": 's', "external_url": 's', "title": 's', "content_html": 's', "content_text": 's', "summary": 's',
	"image": 's', "banner_image": 's', "date_published": 's', "date_modified": 's', "language": 's',
	"author": 'a', "authors": 'A', "tags": 'l', "attachments": 'M',
}

var authorShape = jsonShape{"name": 's', "url": 's', "avatar": 's'}

var attachmentShape = jsonShape{"url": 's', "mime_type": 's', "title": 's', "size_in_bytes": 'n', "duration_in_seconds": 'n'}

// tighten keeps the members of a shape, each made what it has to be.
func tighten(v map[string]any, shape jsonShape) map[string]any {
	out := map[string]any{}
	for name, kind := range shape {
		if m, ok := v[name]; ok && m != nil {
			out[name] = member(m, kind)
		}
	}
	return out
}

func member(v any, kind byte) any {
	switch kind {
	case 's':
		return str(v)
	case 'a':
		return author(v)
	case 'l':
		return words(v)
	case 'A':
		return each(v, func(v any) any { return author(v) })
	case 'I':
		return objects(v, itemShape)
	case 'M':
		return objects(v, attachmentShape)
	}
	return v
}

// str makes a string of what should be one: a number, an object with an address.
func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case map[string]any:
		return first(str(v["url"]), str(v["href"]), str(v["src"]), str(v["name"]), str(v["rendered"]))
	case []any:
		if len(v) > 0 {
			return str(v[0])
		}
	}
	return ""
}

func author(v any) any {
	if m, ok := v.(map[string]any); ok {
		return tighten(m, authorShape)
	}
	if l, ok := v.([]any); ok && len(l) > 0 {
		return author(l[0])
	}
	return map[string]any{"name": str(v)}
}

// words makes a list of strings: a single string is cut at its commas.
func words(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, w := range v {
			out = append(out, str(w))
		}
	case string:
		for w := range strings.SplitSeq(v, ",") {
			out = append(out, strings.TrimSpace(w))
		}
	}
	return out
}

func each(v any, f func(any) any) []any {
	l, ok := v.([]any)
	if !ok {
		return []any{f(v)}
	}
	out := make([]any, len(l))
	for i := range l {
		out[i] = f(l[i])
	}
	return out
}

// objects keeps the objects of a list.
func objects(v any, shape jsonShape) []any {
	out := []any{}
	l, ok := v.([]any)
	if m, one := v.(map[string]any); one {
		l, ok = []any{m}, true
	}
	if !ok {
		return out
	}
	for _, it := range l {
		if m, ok := it.(map[string]any); ok {
			out = append(out, tighten(m, shape))
		}
	}
	return out
}
