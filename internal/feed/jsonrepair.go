package feed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	jsonfeed "github.com/mmcdole/gofeed/json"
)

// repairJSON reads a JSON Feed whose values have types that the parser does not
// take, or that ends too early.
func repairJSON(b []byte) (f *jsonfeed.Feed, cut bool, err error) {
	var loose map[string]any
	if err := json.Unmarshal(clean(b), &loose); err != nil {
		if loose, cut = completeItems(b); loose == nil {
			return nil, false, &Problem{Text: "the JSON can't be read: " + err.Error()}
		}
	}
	tight, err := json.Marshal(repairObject(loose, feedShape))
	if err != nil {
		return nil, false, parserProblem(err)
	}
	f, err = (&jsonfeed.Parser{}).Parse(bytes.NewReader(tight))
	if err != nil {
		return nil, false, parserProblem(err)
	}
	return f, cut, nil
}

// completeItems reads a document that ends too early, up to its last complete item.
func completeItems(b []byte) (loose map[string]any, cut bool) {
	dec := json.NewDecoder(bytes.NewReader(b))
	loose = map[string]any{}
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	for dec.More() && completeMember(dec, loose) {
	}
	if _, ok := loose["items"]; !ok {
		return nil, false
	}
	return loose, true
}

// completeMember reads one member; false when the document ends in it.
func completeMember(dec *json.Decoder, loose map[string]any) bool {
	t, err := dec.Token()
	name, ok := t.(string)
	if err != nil || !ok {
		return false
	}
	if name != "items" {
		var v any
		err := dec.Decode(&v)
		loose[name] = v
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
	loose[name] = items
	if err == nil {
		_, err = dec.Token()
	}
	return err == nil
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

// repairObject keeps the members of a shape, each made what it has to be.
func repairObject(v map[string]any, shape jsonShape) map[string]any {
	out := map[string]any{}
	for name, kind := range shape {
		if m, ok := v[name]; ok && m != nil {
			out[name] = repairValue(m, kind)
		}
	}
	return out
}

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
		return objectList(v, itemShape)
	case 'M':
		return objectList(v, attachmentShape)
	}
	return v
}

// toString makes a string of what should be one: a number, an object with an address.
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

func authorObject(v any) any {
	if m, ok := v.(map[string]any); ok {
		return repairObject(m, authorShape)
	}
	if l, ok := v.([]any); ok && len(l) > 0 {
		return authorObject(l[0])
	}
	return map[string]any{"name": toString(v)}
}

// stringList makes a list of strings: a single string is cut at its commas.
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

// objectList keeps the objects of a list.
func objectList(v any, shape jsonShape) []any {
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
			out = append(out, repairObject(m, shape))
		}
	}
	return out
}
