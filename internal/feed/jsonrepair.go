package feed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	jsonfeed "github.com/mmcdole/gofeed/json"
)

// repairJSON reads a JSON Feed that gofeed refuses because values have the wrong types
// or because the document ends too early.
func repairJSON(b []byte) (f *jsonfeed.Feed, truncated bool, err error) {
	var doc map[string]any
	if err := json.Unmarshal(clean(b), &doc); err != nil {
		if doc, truncated = completeItems(b); doc == nil {
			return nil, false, &Problem{Text: "the JSON can't be read: " + err.Error()}
		}
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

// completeItems reads a document that ends too early, up to its last complete item.
// doc is nil when there is no list of items.
func completeItems(b []byte) (doc map[string]any, truncated bool) {
	dec := json.NewDecoder(bytes.NewReader(b))
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
// number, 'a' an author, 'l' a list of strings, 'A' a list of authors, 'I' a list of
// items, 'M' a list of attachments.
type jsonFields map[string]byte

var feedFields = jsonFields{
	"version": 's', "title": 's', "home_page_url": 's', "feed_url": 's', "description": 's', "next_url": 's', "icon": 's',
	"favicon": 's', "language": 's', "author": 'a', "authors": 'A', "items": 'I',
}

var itemFields = jsonFields{
	"id": 's', "url": 's', "external_url": 's', "title": 's', "content_html": 's', "content_text": 's', "summary": 's',
	"image": 's', "banner_image": 's', "date_published": 's', "date_modified": 's', "language": 's',
	"author": 'a', "authors": 'A', "tags": 'l', "attachments": 'M',
}

var authorFields = jsonFields{"name": 's', "url": 's', "avatar": 's'}

var attachmentFields = jsonFields{"url": 's', "mime_type": 's', "title": 's', "size_in_bytes": 'n', "duration_in_seconds": 'n'}

// repairObject returns the members of an object that fields lists, each converted to
// its type.
func repairObject(v map[string]any, fields jsonFields) map[string]any {
	out := map[string]any{}
	for name, kind := range fields {
		if m, ok := v[name]; ok && m != nil {
			out[name] = repairValue(m, kind)
		}
	}
	return out
}

// repairValue converts a value to a type of jsonFields.
func repairValue(v any, kind byte) any {
	switch kind {
	case 's':
		return toString(v)
	case 'a':
		return authorObject(v)
	case 'l':
		return stringList(v)
	case 'A':
		return mapList(v, func(v any) any { return authorObject(v) })
	case 'I':
		return objectList(v, itemFields)
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
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case map[string]any:
		return cmp.Or(toString(v["url"]), toString(v["href"]), toString(v["src"]), toString(v["name"]), toString(v["rendered"]))
	case []any:
		if len(v) > 0 {
			return toString(v[0])
		}
	}
	return ""
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
