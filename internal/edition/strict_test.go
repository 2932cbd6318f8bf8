package edition

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// Checks of RSS 2.0 with the best practices of the RSS Advisory Board, and of RFC
// 4287. They are stricter than feed readers: what the documents do not name is an
// error.

const (
	atomNS    = "http://www.w3.org/2005/Atom"
	contentNS = "http://purl.org/rss/1.0/modules/content/"
	dcNS      = "http://purl.org/dc/elements/1.1/"
	mediaNS   = "http://search.yahoo.com/mrss/"
	historyNS = "http://purl.org/syndication/history/1.0"
	ccNS      = "http://backend.userland.com/creativeCommonsRssModule"
)

// element is an XML element with its content.
type element struct {
	xml.Name
	attrs    map[xml.Name]string
	children []*element
	text     string
}

func parse(body []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	top := &element{}
	open := []*element{top}
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		at := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			e := &element{Name: t.Name, attrs: map[xml.Name]string{}}
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					e.attrs[a.Name] = a.Value
				}
			}
			at.children, open = append(at.children, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			at.text += string(t)
		case xml.Directive:
			return nil, fmt.Errorf("a feed has no <!%s>", t)
		}
	}
	if len(top.children) != 1 {
		return nil, errors.New("no single root")
	}
	return top.children[0], nil
}

func (e *element) all(space, local string) (out []*element) {
	for _, k := range e.children {
		if k.Space == space && k.Local == local {
			out = append(out, k)
		}
	}
	return out
}

func (e *element) attr(local string) string { return e.attrs[xml.Name{Local: local}] }

func (e *element) lang() string {
	return e.attrs[xml.Name{Space: "http://www.w3.org/XML/1998/namespace", Local: "lang"}]
}

// value returns the text of the only child with a name, empty when there is none.
func (e *element) value(space, local string) string {
	for _, k := range e.all(space, local) {
		return strings.TrimSpace(k.text)
	}
	return ""
}

// rules say how many times a child may occur: "1", "?" for at most once, "*" for any
// number.
type rules map[xml.Name]string

func allow(space, times string, names ...string) rules {
	r := rules{}
	for _, n := range names {
		r[xml.Name{Space: space, Local: n}] = times
	}
	return r
}

func (r rules) and(others ...rules) rules {
	all := rules{}
	for _, o := range append(others, r) {
		for name, times := range o {
			all[name] = times
		}
	}
	return all
}

// checkCounts compares an element's children with rules.
func (e *element) checkCounts(r rules) error {
	var errs []error
	for _, k := range e.children {
		if _, ok := r[k.Name]; !ok {
			errs = append(errs, fmt.Errorf("%s may not hold %v", e.Local, k.Name))
		}
	}
	for name, times := range r {
		n := len(e.all(name.Space, name.Local))
		if times == "1" && n != 1 || times == "?" && n > 1 {
			errs = append(errs, fmt.Errorf("%s has %d of %s", e.Local, n, name.Local))
		}
	}
	return errors.Join(errs...)
}

// must returns an error when a condition is false.
func must(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func checkRSS(body []byte) error {
	rss, err := parse(body)
	if err != nil {
		return err
	}
	channels := rss.all("", "channel")
	if rss.Local != "rss" || rss.attr("version") != "2.0" || len(channels) != 1 || len(rss.children) != 1 {
		return errors.New("not one channel of RSS 2.0")
	}
	c := channels[0]
	errs := []error{
		c.checkCounts(allow("", "1", "title", "link", "description", "language", "lastBuildDate", "generator", "docs", "ttl").and(
			allow("", "?", "image"), allow("", "*", "item"), allow(atomNS, "*", "link"))),
		checkTimes(time.RFC1123Z, c.value("", "lastBuildDate")),
		must(areAbsolute(c.value("", "link"), c.value("", "docs")), "channel without a link"),
		must(isLanguageTag(c.value("", "language")), "language %q", c.value("", "language")),
		must(c.value("", "title") != "" && c.value("", "description") != "", "channel without words"),
		checkLinks(c.all(atomNS, "link"), "self"),
	}
	if minutes, err := strconv.Atoi(c.value("", "ttl")); err != nil || minutes < 1 {
		errs = append(errs, fmt.Errorf("ttl %q", c.value("", "ttl")))
	}
	guids := map[string]bool{}
	for _, item := range c.all("", "item") {
		guid := item.value("", "guid")
		errs = append(errs, checkItem(item), must(!guids[guid], "guid %q twice", guid))
		guids[guid] = true
	}
	return errors.Join(errs...)
}

func checkItem(i *element) error {
	errs := []error{
		i.checkCounts(allow("", "1", "title", "link", "description", "guid", "pubDate").and(allow("", "?", "enclosure", "source"), allow("", "*", "category"),
			allow(contentNS, "1", "encoded"), allow(dcNS, "?", "creator", "language", "rights"), allow(ccNS, "?", "license"), allow(atomNS, "1", "updated"), allow(atomNS, "*", "link"), allow(mediaNS, "*", "content", "thumbnail", "credit"))),
		checkTimes(time.RFC1123Z, i.value("", "pubDate")),
		must(areAbsolute(i.value("", "link")), "item link %q", i.value("", "link")),
		must(i.value("", "title") != "", "item without a title"),
		checkHTML(i.value(contentNS, "encoded")),
		must(i.value(dcNS, "language") == "" || isLanguageTag(i.value(dcNS, "language")), "language %q", i.value(dcNS, "language")),
		checkLinks(i.all(atomNS, "link")),
	}
	updated, err := time.Parse(time.RFC3339, i.value(atomNS, "updated"))
	published, _ := time.Parse(time.RFC1123Z, i.value("", "pubDate"))
	errs = append(errs, err, must(!updated.Before(published), "updated %v before it was published %v", updated, published))
	for _, g := range i.all("", "guid") {
		errs = append(errs, must(g.attr("isPermaLink") == "false" && g.text != "" && g.text == strings.TrimSpace(g.text), "guid %q", g.text))
	}
	for _, s := range i.all("", "source") {
		errs = append(errs, must(areAbsolute(s.attr("url")) && s.text != "", "source %q at %q", s.text, s.attr("url")))
	}
	for _, e := range i.all("", "enclosure") {
		n, err := strconv.ParseInt(e.attr("length"), 10, 64)
		errs = append(errs, must(err == nil && n >= 0 && areAbsolute(e.attr("url")) && mediaType.MatchString(e.attr("type")), "enclosure %v", e.attrs))
	}
	description, encoded := slices.IndexFunc(i.children, func(k *element) bool { return k.Local == "description" }), slices.IndexFunc(i.children, func(k *element) bool { return k.Local == "encoded" })
	errs = append(errs, must(description < encoded, "the description follows the content"))
	return errors.Join(append(errs, checkMedia(i))...)
}

var mediaType = regexp.MustCompile(`^[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+$`)

func checkMedia(i *element) error {
	var errs []error
	for _, k := range i.children {
		if k.Space != mediaNS || k.Local == "credit" {
			continue
		}
		errs = append(errs, must(areAbsolute(k.attr("url")), "%s %v", k.Local, k.attrs))
		for _, name := range []string{"width", "height", "fileSize", "duration"} {
			v := k.attr(name)
			n, err := strconv.ParseInt(v, 10, 64)
			errs = append(errs, must(v == "" || err == nil && n > 0, "%s %s=%q", k.Local, name, v))
		}
	}
	return errors.Join(errs...)
}

func checkTimes(layout string, values ...string) error {
	for _, v := range values {
		if _, err := time.Parse(layout, v); err != nil {
			return err
		}
	}
	return nil
}

// checkLinks checks Atom links. The links named in once occur exactly once. No two
// alternates have the same type and language (RFC 4287 section 4.1.1).
func checkLinks(all []*element, once ...string) error {
	var errs []error
	seen := map[string]int{}
	for _, l := range all {
		rel, kind := l.attr("rel"), l.attr("type")
		seen[rel]++
		if rel == "alternate" {
			seen["alternate "+kind+" "+l.attr("hreflang")]++
			errs = append(errs, must(seen["alternate "+kind+" "+l.attr("hreflang")] == 1, "alternate %s twice", kind))
		}
		length := l.attr("length")
		_, err := strconv.ParseUint(length, 10, 63)
		errs = append(errs, must(rel != "" && areAbsolute(l.attr("href")) && (kind == "" || mediaType.MatchString(kind)) && (length == "" || err == nil) && len(l.children) == 0, "link %v", l.attrs),
			must(l.attr("hreflang") == "" || isLanguageTag(l.attr("hreflang")), "hreflang %q", l.attr("hreflang")))
	}
	for _, rel := range once {
		errs = append(errs, must(seen[rel] == 1, "%d links rel=%s", seen[rel], rel))
	}
	return errors.Join(errs...)
}

func checkAtom(body []byte) error {
	f, err := parse(body)
	if err != nil {
		return err
	}
	if f.Name != (xml.Name{Space: atomNS, Local: "feed"}) {
		return fmt.Errorf("root %v", f.Name)
	}
	errs := []error{
		f.checkCounts(allow(atomNS, "1", "id", "title", "updated", "author", "generator").and(allow(atomNS, "?", "subtitle", "icon"), allow(atomNS, "*", "link", "entry"),
			allow(historyNS, "?", "archive"))),
		checkLinks(f.all(atomNS, "link"), "self"),
		checkTimes(stamps, f.value(atomNS, "updated")),
		must(isURI(f.value(atomNS, "id")), "id %q", f.value(atomNS, "id")),
		must(isLanguageTag(f.lang()), "xml:lang %q", f.lang()),
		checkText(f),
	}
	ids, times := map[string]bool{}, map[string]bool{}
	for _, e := range f.all(atomNS, "entry") {
		id, updated := e.value(atomNS, "id"), e.value(atomNS, "updated")
		errs = append(errs, checkEntry(e), must(!ids[id], "id %q twice", id), must(!times[updated], "updated %s twice", updated),
			must(updated <= f.value(atomNS, "updated"), "an entry is younger than its feed"))
		ids[id], times[updated] = true, true
	}
	return errors.Join(errs...)
}

const stamps = "2006-01-02T15:04:05.000Z"

func checkEntry(e *element) error {
	errs := []error{
		e.checkCounts(allow(atomNS, "1", "id", "title", "updated", "published", "author", "content").and(allow(atomNS, "?", "source", "summary", "rights"),
			allow(atomNS, "*", "link", "category"), allow(mediaNS, "*", "thumbnail", "credit"))),
		checkLinks(e.all(atomNS, "link"), "alternate"),
		checkTimes(stamps, e.value(atomNS, "updated"), e.value(atomNS, "published")),
		must(e.value(atomNS, "published") <= e.value(atomNS, "updated"), "updated before it was published"),
		must(isURI(e.value(atomNS, "id")), "id %q", e.value(atomNS, "id")),
		must(e.lang() == "" || isLanguageTag(e.lang()), "xml:lang %q", e.lang()),
		checkText(e), checkMedia(e),
	}
	for _, c := range e.all(atomNS, "content") {
		errs = append(errs, must(c.attr("type") == "html" && len(c.children) == 0, "content of type %q", c.attr("type")), checkHTML(c.text))
	}
	for _, c := range e.all(atomNS, "category") {
		errs = append(errs, must(c.attr("term") != "", "category without a term"))
	}
	for _, s := range e.all(atomNS, "source") {
		errs = append(errs, s.checkCounts(allow(atomNS, "1", "id", "title", "updated").and(allow(atomNS, "?", "link", "rights"))), checkText(s),
			checkTimes(stamps, s.value(atomNS, "updated")), must(isURI(s.value(atomNS, "id")), "source %q", s.value(atomNS, "id")))
	}
	return errors.Join(errs...)
}

// checkText checks text constructs and persons.
func checkText(e *element) error {
	var errs []error
	for _, k := range e.children {
		switch k.Local {
		case "title", "subtitle", "summary", "rights":
			kind := k.attr("type")
			errs = append(errs, must((kind == "" || kind == "text" || kind == "html") && len(k.children) == 0, "%s of type %q", k.Local, kind),
				must(k.Local != "title" || strings.TrimSpace(k.text) != "", "empty title"))
		case "author":
			errs = append(errs, k.checkCounts(allow(atomNS, "1", "name").and(allow(atomNS, "?", "uri", "email"))), must(k.value(atomNS, "name") != "", "nobody"))
		}
	}
	return errors.Join(errs...)
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != ""
}

// checkHTML checks content: it has no script, no relative address, and no picture
// that loads early or sends a referrer.
func checkHTML(s string) error {
	var errs []error
	z := html.NewTokenizer(strings.NewReader(s))
	for z.Next() != html.ErrorToken {
		t := z.Token()
		if t.Type != html.StartTagToken && t.Type != html.SelfClosingTagToken {
			continue
		}
		attrs := map[string]string{}
		for _, a := range t.Attr {
			attrs[a.Key] = a.Val
			errs = append(errs, must(!strings.HasPrefix(a.Key, "on") && a.Key != "style", "<%s %s>", t.Data, a.Key))
			if a.Key == "href" || a.Key == "src" || a.Key == "poster" {
				errs = append(errs, must(areAbsolute(a.Val), "<%s %s=%q>", t.Data, a.Key, a.Val))
			}
		}
		switch t.Data {
		case "script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "base", "svg", "math":
			errs = append(errs, fmt.Errorf("<%s> in content", t.Data))
		case "img":
			errs = append(errs, must(attrs["loading"] == "lazy" && attrs["referrerpolicy"] == "no-referrer", "%s", t))
		}
	}
	return errors.Join(append(errs, must(strings.TrimSpace(s) != "", "no content"))...)
}

// The checks find mistakes.
func TestChecksAreStrict(t *testing.T) {
	s := newEnv(t)
	s.addStory(1, "Story <one> & more", "wire")
	rss, atom := string(s.edition(RSS).Body), string(s.edition(Atom).Body)
	if err := errors.Join(checkRSS([]byte(rss)), checkAtom([]byte(atom))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ was, is string }{
		{"<ttl>5</ttl>", ""},
		{"<ttl>5</ttl>", "<ttl>5.5</ttl>"},
		{"</guid>", "</guid><author>Jo</author>"},
		{`isPermaLink="false"`, ""},
		{`length="0"`, ""},
		{` rel="self"`, ` rel="me"`},
		{"<pubDate>", "<pubDate>x"},
		{"<![CDATA[", "<![CDATA[<img src=x>"},
		{"<![CDATA[", `<![CDATA[<a href="/x">y</a>`},
		{"<language>en", "<language>english"},
		{"<source url", "<source href"},
		{"<title>", "<title></title><title>"},
	} {
		if broken := strings.ReplaceAll(rss, c.was, c.is); broken == rss || checkRSS([]byte(broken)) == nil {
			t.Errorf("RSS with %s in place of %s passes", c.is, c.was)
		}
	}
	for _, c := range []struct{ was, is string }{
		{` xml:lang="en"`, ""},
		{"<published>20", "<published>21"},
		{"<summary", "<contributor>x</contributor><summary"},
		{"<name>", "<name></name><name>"},
		{` rel="alternate" type="application/rss+xml"`, ` rel="alternate" type="text/html"`},
		{`<content type="html">`, `<content type="xhtml">`},
		{"<id>tag:", "<id>"},
		{"<updated>", "<updated> at "},
		{"<category term", "<category label"},
		{"<![CDATA[", "<![CDATA[<p onclick=x>"},
	} {
		if broken := strings.ReplaceAll(atom, c.was, c.is); broken == atom || checkAtom([]byte(broken)) == nil {
			t.Errorf("Atom with %s in place of %s passes", c.is, c.was)
		}
	}
}
