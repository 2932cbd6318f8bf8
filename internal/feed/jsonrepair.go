package feed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	jsonfeed "github.com/mmcdole/gofeed/json"
)

// repairJSON reads a JSON Feed that gofeed refuses or finds no items in: values have the
// wrong types, the syntax is that of JavaScript, the document ends too early, or the feed
// is a member of another object. Numbers stay as written.
func repairJSON(b []byte) (f *jsonfeed.Feed, truncated bool, err error) {
	doc, err := decodeObject(b)
	if err != nil {
		relaxed := relaxJSON(b)
		if doc, err = decodeObject(relaxed); err != nil {
			if doc, truncated = completeItems(relaxed); doc == nil {
				return nil, false, &Problem{Text: "the JSON can't be read: " + err.Error()}
			}
		}
	}
	doc = feedObject(doc)
	if err := checkItems(doc); err != nil {
		return nil, false, err
	}
	repaired, err := json.Marshal(repairObject(doc, feedFields))
	if err != nil {
		return nil, false, parserProblem(err)
	}
	f, err = (&jsonfeed.Parser{}).Parse(bytes.NewReader(repaired))
	if err != nil {
		return nil, false, parserProblem(err)
	}
	return f, truncated, nil
}

// decodeObject decodes the object that b begins with. It ignores what follows.
func decodeObject(b []byte) (doc map[string]any, err error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	err = dec.Decode(&doc)
	return doc, err
}

// feedObject returns the member of doc that is the feed, as in {"feed": {"items": []}}, or
// doc itself.
func feedObject(doc map[string]any) map[string]any {
	if member(doc, "items") != nil {
		return doc
	}
	for _, name := range slices.Sorted(maps.Keys(doc)) {
		if m, ok := doc[name].(map[string]any); ok {
			if _, ok := member(m, "items").([]any); ok {
				return m
			}
		}
	}
	return doc
}

// checkItems reports whether the items of a feed can be read: a list of which no member is
// an item would look like a feed without news.
func checkItems(doc map[string]any) error {
	items := member(doc, "items")
	_, ok := doc["items"]
	version, _ := member(doc, "version").(string)
	if items == nil && !ok && strings.Contains(version, "jsonfeed.org") {
		return &Problem{Text: "the JSON Feed has no list of items"}
	}
	list, isList := items.([]any)
	if _, one := items.(map[string]any); items == nil || one || isList && len(list) == 0 {
		return nil
	}
	for _, it := range list {
		if _, ok := it.(map[string]any); ok || it == nil {
			return nil
		}
	}
	return &Problem{Text: "the items of the JSON Feed can't be read: they are not objects"}
}

// completeItems reads a document that ends too early, up to its last complete item.
// doc is nil when there is no list of items.
func completeItems(b []byte) (doc map[string]any, truncated bool) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	doc = map[string]any{}
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	for dec.More() && completeMember(dec, doc) {
	}
	if _, ok := doc["items"]; !ok {
		return nil, false
	}
	return doc, true
}

// completeMember reads one member of the document into doc. It is false when the
// document ends inside the member.
func completeMember(dec *json.Decoder, doc map[string]any) bool {
	t, err := dec.Token()
	name, ok := t.(string)
	if err != nil || !ok {
		return false
	}
	if name != "items" {
		var v any
		err := dec.Decode(&v)
		doc[name] = v
		return err == nil
	}
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return false
	}
	items := []any{}
	for dec.More() {
		var it any
		if err = dec.Decode(&it); err != nil {
			break
		}
		items = append(items, it)
	}
	doc[name] = items
	if err == nil {
		_, err = dec.Token()
	}
	return err == nil
}

// jsonFields says what type each member of an object must have: 's' a string, 'n' a
// whole number, 'd' a date, 'a' an author, 'l' a list of strings, 'A' a list of authors, 'I' a list of
// items, 'M' a list of attachments.
type jsonFields map[string]byte

var feedFields = jsonFields{
	"version": 's', "title": 's', "home_page_url": 's', "feed_url": 's', "description": 's', "next_url": 's', "icon": 's',
	"favicon": 's', "language": 's', "author": 'a', "authors": 'A', "items": 'I',
}

var itemFields = jsonFields{
	"id": 's', "url": 's', "external_url": 's', "title": 's', "content_html": 's', "content_text": 's', "summary": 's',
	"image": 's', "banner_image": 's', "date_published": 'd', "date_modified": 'd', "language": 's',
	"author": 'a', "authors": 'A', "tags": 'l', "attachments": 'M',
}

var authorFields = jsonFields{"name": 's', "url": 's', "avatar": 's'}

var attachmentFields = jsonFields{"url": 's', "mime_type": 's', "title": 's', "size_in_bytes": 'n', "duration_in_seconds": 'n'}

// repairObject returns the members of an object that fields lists, each converted to
// its type.
func repairObject(v map[string]any, fields jsonFields) map[string]any {
	out := map[string]any{}
	for name, kind := range fields {
		if m := member(v, name); m != nil {
			out[name] = repairValue(m, kind)
		}
	}
	return out
}

// member returns a member of an object, whose name may have capitals.
func member(v map[string]any, name string) any {
	if m, ok := v[name]; ok {
		return m
	}
	found := ""
	for other := range v {
		if len(other) == len(name) && strings.EqualFold(other, name) && (found == "" || other < found) {
			found = other
		}
	}
	if found == "" {
		return nil
	}
	return v[found]
}

// repairValue converts a value to a type of jsonFields.
func repairValue(v any, kind byte) any {
	switch kind {
	case 's':
		return toString(v)
	case 'n':
		return toWhole(v)
	case 'd':
		return toDate(v)
	case 'a':
		return authorObject(v)
	case 'l':
		return stringList(v)
	case 'A':
		return mapList(v, func(v any) any { return authorObject(v) })
	case 'I':
		return objectList(unkeyed(v), itemFields)
	case 'M':
		return objectList(v, attachmentFields)
	}
	return v
}

// toString converts a value to a string. Of an object it takes the address or the
// name, of a list the first value.
func toString(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case map[string]any:
		for _, name := range []string{"url", "href", "src", "name", "rendered", "title", "label", "term", "value", "text", "$t"} {
			if s := toString(v[name]); s != "" {
				return s
			}
		}
	case []any:
		if len(v) > 0 {
			return toString(v[0])
		}
	}
	return ""
}

// toWhole converts a value to a whole number: 0 when it has none. A string may be a
// duration, 1:05.
func toWhole(v any) int64 {
	s := toString(v)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f > -1e15 && f < 1e15 {
		return int64(f)
	}
	return int64(parseDuration(s).Seconds())
}

// toDate converts a value to the text of a date. A number of seconds or milliseconds may
// have an exponent.
func toDate(v any) string {
	if n, ok := v.(json.Number); ok {
		if f, err := n.Float64(); err == nil && f > 0 && f < 1e15 {
			return strconv.FormatFloat(f, 'f', 0, 64)
		}
	}
	return toString(v)
}

// unkeyed returns the values of an object of items, {"0": {}, "3": {}}, in the order of
// their keys; PHP writes a list with gaps that way. It returns any other value as it is.
func unkeyed(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for _, it := range m {
		if _, ok := it.(map[string]any); !ok {
			return v
		}
	}
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	list := make([]any, len(keys))
	for i, key := range keys {
		list[i] = m[key]
	}
	return list
}

// authorObject converts a value to an author: an object with a name.
func authorObject(v any) any {
	if m, ok := v.(map[string]any); ok {
		return repairObject(m, authorFields)
	}
	if l, ok := v.([]any); ok && len(l) > 0 {
		return authorObject(l[0])
	}
	return map[string]any{"name": toString(v)}
}

// stringList converts a value to a list of strings. A string is split at its commas.
func stringList(v any) []string {
	var out []string
	switch v := v.(type) {
	case []any:
		for _, w := range v {
			out = append(out, toString(w))
		}
	case string:
		for w := range strings.SplitSeq(v, ",") {
			out = append(out, strings.TrimSpace(w))
		}
	}
	return out
}

// mapList calls f for each value of a list, or for v itself when it is no list.
func mapList(v any, f func(any) any) []any {
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

// objectList returns the objects of a list, each repaired.
func objectList(v any, fields jsonFields) []any {
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
			out = append(out, repairObject(m, fields))
		}
	}
	return out
}
