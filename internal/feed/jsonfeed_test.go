package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

const jsonVersion11 = `"version":"https://jsonfeed.org/version/1.1"`

// ids returns the ids of the items, each with its title if it has one.
func ids(doc *Document) string {
	var out []string
	for _, it := range doc.Items {
		out = append(out, strings.TrimSuffix(it.ID+" "+it.Title, " "))
	}
	return strings.Join(out, ", ")
}

func TestJSONFaults(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"large ids", `{` + jsonVersion11 + `,"items":[{"id":112233445566778899},{"id":18446744073709551615}]}`, "112233445566778899, 18446744073709551615"},
		{"large ids beside a wrong type", `{` + jsonVersion11 + `,"items":[{"id":112233445566778899,"title":["odd"]},{"id":112233445566778901}]}`, "112233445566778899 odd, 112233445566778901"},
		{"numbers as written", `{` + jsonVersion11 + `,"author":[],"items":[{"id":1e3,"title":{}},{"id":1.50},{"id":-0.1E-7}]}`, "1e3, 1.50, -0.1E-7"},
		{"large ids in a document cut off", `{` + jsonVersion11 + `,"items":[{"id":112233445566778899},{"id":1122334455667`, "112233445566778899"},
		{"titles of every type", `{` + jsonVersion11 + `,"items":[{"id":1,"title":5},{"id":2,"title":{"rendered":"a"}},{"id":3,"title":false},{"id":4,"title":null},{"id":5,"title":["b","c"]}]}`, "1 5, 2 a, 3, 4, 5 b"},
		{"sizes of every type", `{` + jsonVersion11 + `,"items":[{"id":"1","tags":5,"attachments":[{"url":"/a","size_in_bytes":{"x":1},"duration_in_seconds":"1:05"}]},{"id":"2","attachments":"none"},{"id":"3","attachments":{"url":"/b","size_in_bytes":"12 MB"}},{"id":"4","attachments":[null,5]}]}`, "1, 2, 3, 4"},
		{"authors of every type", `{` + jsonVersion11 + `,"authors":"Jo","items":[{"id":"1","authors":"Al"},{"id":"2","authors":["Al",null,5,{"name":["x"]}]},{"id":"3","author":[{"name":"B"}]}]}`, "1, 2, 3"},
		{"items by key", `{` + jsonVersion11 + `,"items":{"10":{"id":"c"},"9":{"id":"b"},"0":{"id":"a"}}}`, "a, b, c"},
		{"one item", `{` + jsonVersion11 + `,"items":{"id":"a"}}`, "a"},
		{"no items, and that is right", `{` + jsonVersion11 + `,"items":[]}`, ""},
		{"null", `{` + jsonVersion11 + `,"items":null}`, ""},
		{"no list", `{` + jsonVersion11 + `,"entries":[{"id":"a"}]}`, "error: the JSON Feed has no list of items"},
		{"items that are none", `{` + jsonVersion11 + `,"items":["a","b"]}`, "error: the items of the JSON Feed can't be read: they are not objects"},
		{"items that are text", `{` + jsonVersion11 + `,"items":"none"}`, "error: the items of the JSON Feed can't be read: they are not objects"},
		{"wrapped", `{"status":"ok","feed":{` + jsonVersion11 + `,"items":[{"id":"a"}]}}`, "a"},
		{"without a version", `{"items":[{"id":"a","url":"/a"}]}`, "a"},
		{"text behind it", `{` + jsonVersion11 + `,"items":[{"id":"a"}]}<!-- cached -->`, "a"},
		{"comments and commas", "{ // the feed\n" + jsonVersion11 + `, /* and */ "items":[{"id":"a","url":"https://a.example/x,]//y",},{"id":"b",},],}`, "a, b"},
		{"missing commas", `{` + jsonVersion11 + ` "items":[{"id":"a" "title":"x"} {"id":"b"}]}`, "a x, b"},
		{"JavaScript", `{version:'https://jsonfeed.org/version/1',items:[{id:'a',title:'it\'s "so"',tags:undefined},{id:007}]}`, `a it's "so", 007`},
		{"line breaks in a text", "{" + jsonVersion11 + ",\"items\":[{\"id\":\"a\",\"title\":\"one\ttwo\",\"content_text\":\"x\r\ny\"}]}", "a one two"},
		{"escapes that are none", `{` + jsonVersion11 + `,"items":[{"id":"a","title":"d\xe9j\u00e0 \'vu\' \u12"}]}`, "a déjà 'vu' u12"},
		{"capitals", `{"Version":"https://jsonfeed.org/version/1","Items":[{"ID":"a","Title":["x"]}]}`, "a x"},
		{"a mark", "\ufeff{" + jsonVersion11 + `,"items":[{"id":"a"}]}`, "a"},
		{"not a feed", `{"error":"gone"}`, "error: the server sent an error instead of a feed: gone"},
	} {
		got := ""
		if doc, err := Read([]byte(c.body), Hints{}); err != nil {
			got = "error: " + err.Error()
		} else {
			got = ids(doc)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestJSONMembersTwice(t *testing.T) {
	for range 20 {
		doc, err := Read([]byte(`{`+jsonVersion11+`,"Items":[{"ID":"b"}],"ITEMS":[{"ID":"a"}],"items_":[]}`), Hints{})
		if err != nil || ids(doc) != "a" {
			t.Fatalf("got %v, %v, want the item a each time", doc, err)
		}
	}
}

func TestJSONDates(t *testing.T) {
	for written, want := range map[string]string{
		`"2026-11-22T10:00:00Z"`: "2026-11-22 10:00", "1795341600": "2026-11-22 10:00", "1795341600000": "2026-11-22 10:00", "1.7953416e9": "2026-11-22 10:00",
		`"1795341600"`: "2026-11-22 10:00", `"/Date(1795341600000)/"`: "2026-11-22 10:00", "0": "", "false": "", `{"date":5}`: "",
	} {
		doc, err := Read([]byte(`{`+jsonVersion11+`,"items":[{"id":"a","date_published":`+written+`}]}`), Hints{})
		if err != nil || len(doc.Items) != 1 {
			t.Errorf("date %s: got %v, %v", written, doc, err)
			continue
		}
		got := ""
		if at := doc.Items[0].Published; !at.IsZero() {
			got = at.Format("2006-01-02 15:04")
		}
		if got != want {
			t.Errorf("date %s: got %q, want %q", written, got, want)
		}
	}
}

func TestJSONInUTF16(t *testing.T) {
	body := encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), `{`+jsonVersion11+`,"items":[{"id":"а"}]}`)
	if doc, err := Read(body, Hints{}); err != nil || ids(doc) != "а" {
		t.Errorf("got %v, %v", doc, err)
	}
}

func TestTooManyJSONItems(t *testing.T) {
	body := func(date func(i int) string) []byte {
		var b strings.Builder
		b.WriteString(`{` + jsonVersion11 + `,"items":[`)
		for i := range 2100 {
			fmt.Fprintf(&b, `{"id":"%d","date_published":"%s"},`, i, date(i))
		}
		return []byte(b.String() + `]}`)
	}
	for _, c := range []struct {
		name              string
		date              func(i int) string
		first, last, says string
	}{
		{"oldest first", func(i int) string { return fmt.Sprint(1795341600 + i) }, "100", "2099", "the document has 2,100 items; the newest 2,000 by date are read"},
		{"newest first", func(i int) string { return fmt.Sprint(1795341600 - i) }, "0", "1999", "the document has 2,100 items; the newest 2,000 by date are read"},
		{"without dates", func(i int) string { return "" }, "0", "2099", "the document has 2,100 items, most without a date; the first 1,000 and the last 1,000 are read"},
	} {
		doc, err := Read(body(c.date), Hints{})
		if err != nil || len(doc.Items) != maxItems {
			t.Fatalf("%s: got %v", c.name, err)
		}
		if first, last := doc.Items[0].ID, doc.Items[maxItems-1].ID; first != c.first || last != c.last || doc.Cut != c.says {
			t.Errorf("%s: got items %s to %s and %q, want %s to %s and %q", c.name, first, last, doc.Cut, c.first, c.last, c.says)
		}
	}
}

// JSON means the same when it is relaxed.
func FuzzRelaxJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5e3,{"b":"\u00e9\\\" // ,]"},null,true,[],{}],"c":"'"}`))
	f.Add([]byte(`{a:'b',/*c*/d:[1,,2,],}`))
	f.Add([]byte(`{"a"` + strings.Repeat("/**/:", 1000)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var out []byte
		bounded(t, len(b), func() { out = relaxJSON(b) })
		var want, got any
		if b = bytes.TrimSpace(b); !bytes.HasPrefix(b, []byte("{")) || json.Unmarshal(b, &want) != nil {
			return
		}
		if err := json.Unmarshal(out, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("relaxJSON(%q) = %q, %v", b, out, err)
		}
	})
}
