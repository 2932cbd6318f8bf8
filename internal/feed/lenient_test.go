package feed

import (
	"strings"
	"testing"
)

// titles returns the titles of all items, after those of the feed.
func titles(d *Document) string {
	all := []string{d.Title}
	for i := range d.Items {
		all = append(all, d.Items[i].Title)
	}
	return strings.Join(all, "|")
}

func TestDocumentsWhoseItemsAreHardToFind(t *testing.T) {
	one := "<title>One</title><link>https://a.example/1</link>"
	rss := func(in string) string { return `<rss version="2.0">` + in + `</rss>` }
	const atomSpace = `xmlns="http://www.w3.org/2005/Atom"`
	for _, c := range []struct{ name, body, want string }{
		{"a namespace of the channel", rss(`<channel ` + atomSpace + `><title>F</title><link href="https://odd.example/"/><item>` + one + `</item></channel>`), "F|One"},
		{"a namespace of the items", rss(`<channel><title>F</title><item xmlns="urn:x">` + one + `</item><item xmlns="urn:y">` + one + `</item></channel>`), "F|One|One"},
		{"prefixes of the items", rss(`<channel><title>F</title><n:item xmlns:n="urn:x"><n:title>One</n:title><n:link>https://a.example/1</n:link></n:item></channel>`), "F|One"},
		{"prefixes that are not declared", rss(`<ns0:channel><ns0:title>F</ns0:title><ns0:item><ns0:title>One</ns0:title><ns0:link>https://a.example/1</ns0:link></ns0:item></ns0:channel>`), "F|One"},
		{"a wrapper", rss(`<channel><title>F</title><items><item>` + one + `</item></items></channel>`), "F|One"},
		{"wrappers", rss(`<channel><title>F</title><articles><group><item>` + one + `</item></group><group><item>` + one + `</item></group></articles></channel>`), "F|One|One"},
		{"many wrappers", rss(`<channel><title>F</title>` + strings.Repeat(`<article><item>`+one+`</item></article>`, 200) + `</channel>`), "F" + strings.Repeat("|One", 200)},
		{"a wrapper without an end", rss(`<channel><title>F</title><items><item>` + one + `</item></channel>`), "F|One"},
		{"a wrapper of the channel", rss(`<wrapper><channel><title>F</title><item>` + one + `</item></channel></wrapper>`), "F|One"},
		{"a wrapper of the feed", `<response><status>ok</status><channel><title>F</title><item>` + one + `</item></channel></response>`, "F|One"},
		{"a wrapper of an Atom feed", `<result><feed><title>F</title><entry><title>One</title><link href="https://a.example/1"/></entry></feed></result>`, "F|One"},
		{"capitals", `<RSS><CHANNEL><TITLE>F</TITLE><ITEMS><ITEM><TITLE>One</TITLE><LINK>https://a.example/1</LINK></ITEM></ITEMS></CHANNEL></RSS>`, "F|One"},
		{"a serialised object", `<Channel><feedType>rss_2.0</feedType><title>F</title><items><Item><title>One</title><link>https://a.example/1</link></Item></items></Channel>`, "F|One"},
		{"a serialised list", `<Channel><title>F</title><items><items>` + one + `</items><items>` + one + `</items></items></Channel>`, "F|One|One"},
		{"behind the root", rss(`<channel><title>F</title></channel>`) + `<item>` + one + `</item>`, "F|One"},
		{"in a second document", rss(`<channel><title>F</title></channel>`) + rss(`<channel><item>`+one+`</item></channel>`), "F|One"},
		{"beside the channel", rss(`<channel><title>F</title></channel><item>` + one + `</item>`), "F|One"},
		{"in the second channel", rss(`<channel><title>F</title></channel><channel><title>G</title><item>` + one + `</item></channel>`), "F|One"},
		{"behind a description without an end", rss(`<channel><title>F</title><description>All<item>` + one + `</item></channel>`), "F|One"},
		{"items in Atom", `<feed ` + atomSpace + `><title>F</title><item>` + one + `</item></feed>`, "F|One"},
		{"a channel in Atom", `<feed ` + atomSpace + `><channel><title>F</title><item>` + one + `</item></channel></feed>`, "F|One"},
		{"entries in RSS", rss(`<channel><title>F</title><entry><title>One</title><link href="https://a.example/1"/></entry></channel>`), "F|One"},
		{"entries of Atom in RSS", rss(`<channel><title>F</title><entry ` + atomSpace + `><title>One</title><link href="https://a.example/1"/></entry></channel>`), "F|One"},
		{"Atom in capitals", `<FEED><TITLE>F</TITLE><ENTRY><TITLE>One</TITLE><LINK HREF="https://a.example/1" REL="Alternate"/></ENTRY></FEED>`, "F|One"},
		{"wrapped entries", `<feed ` + atomSpace + `><title>F</title><entries><entry><title>One</title><link href="https://a.example/1"/></entry></entries></feed>`, "F|One"},
		{"entries of another namespace", `<feed ` + atomSpace + `><title>F</title><entry xmlns="urn:x"><title>One</title><link href="https://a.example/1"/></entry></feed>`, "F|One"},
		{"Atom without a namespace", `<feed><title>F</title><entry><title>One</title><link href="https://a.example/1"/></entry></feed>`, "F|One"},
		{"Atom with a slash", `<feed xmlns="HTTPS://www.w3.org/2005/Atom/"><title>F</title><entry><title>One</title><link href="https://a.example/1"/></entry></feed>`, "F|One"},
		{"Atom with RSS in the entries", `<feed ` + atomSpace + `><title>F</title><entry><title>One</title><link>https://a.example/1</link></entry></feed>`, "F|One"},
		{"RDF in a wrapper", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>F</title></channel><rdf:Bag><item>` + one + `</item></rdf:Bag></rdf:RDF>`, "F|One"},
	} {
		doc, err := Read([]byte(c.body), Hints{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := titles(doc); got != c.want {
			t.Errorf("%s: the titles are %s, want %s", c.name, got, c.want)
		}
		for i := range doc.Items {
			if got := doc.Items[i].Link; got != "https://a.example/1" {
				t.Errorf("%s: an item has the link %q", c.name, got)
			}
		}
	}
}

func TestFeedsWithoutItems(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"RSS", `<rss version="2.0"><channel><title>F</title><link>https://a.example/</link><description>d</description></channel></rss>`, ""},
		{"RSS with all that a channel may have", `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>F</title>
<copyright>c</copyright><generator>g</generator><docs>d</docs><webMaster>w</webMaster><cloud domain="x"/><rating>r</rating><textInput><title>t</title><link>l</link></textInput>
<image><url>u</url><title>t</title><width>1</width></image><atom:link rel="self" href="x"/><itunes:owner><itunes:name>n</itunes:name></itunes:owner><itunes:category text="a"><itunes:category text="b"/></itunes:category>
<podcast:liveItem><title>Live</title></podcast:liveItem><skipDays><day>Sunday</day></skipDays><publisher>p</publisher><lastBuild>x</lastBuild></channel></rss>`, ""},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><id>urn:f</id><generator>g</generator><rights>r</rights><author><name>n</name></author><contributor><name>n</name></contributor></feed>`, ""},
		{"RDF", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>F</title><items><rdf:Seq><rdf:li rdf:resource="x"/></rdf:Seq></items></channel><image><title>t</title></image><textinput><title>t</title></textinput></rdf:RDF>`, ""},
		{"items that are commented out", `<rss version="2.0"><channel><title>F</title><!-- <item><title>x</title></item> --></channel></rss>`, ""},
		{"unknown items", `<rss version="2.0"><channel><title>F</title><article><title>One</title></article></channel></rss>`, "the feed has no items that can be read, but unknown elements called <article>"},
		{"unknown items of Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><posts><post><title>One</title></post></posts></feed>`, "the feed has no items that can be read, but unknown elements called <posts>"},
		{"items in CDATA", `<rss><channel><title>F</title><![CDATA[<item><title>One</title></item>]]></channel></rss>`, "the feed has no items that can be read: they are written as text"},
		{"escaped items", `<rss><channel><title>F</title>&lt;item&gt;&lt;title&gt;One&lt;/title&gt;&lt;/item&gt;</channel></rss>`, "the feed has no items that can be read: they are written as text"},
		{"an error", `<rss version="2.0"><error>Service &amp; feed unavailable</error></rss>`, "the feed has no items; it says: Service & feed unavailable"},
		{"a feed that ends in its first item", `<rss><channel><title>F</title><item><title>One</title>`, "the document breaks off before the end of its first item"},
		{"a feed that ends in a text", `<rss><channel><title>F`, "the document breaks off before the end of its first item"},
		{"a JSON Feed that ends in its first item", `{"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [{"id": "1`, "the document breaks off before the end of its first item"},
		{"a feed that ends between two elements", `<rss><channel><title>F</title>`, ""},
		{"a list of channels", `<tv><channel id="a"><name>A</name></channel><channel id="b"/></tv>`, "this is XML, but not a feed: it begins with <tv>"},
		{"a list of objects", `<ArrayOfItem><Item><Title>One</Title></Item></ArrayOfItem>`, "this is XML, but not a feed: it begins with <arrayofitem>"},
	} {
		_, err := Read([]byte(c.body), Hints{})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: the problem is %q, want %q", c.name, got, c.want)
		}
	}
}
