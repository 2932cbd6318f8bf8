package canon

import (
	"testing"

	"github.com/slugline/slugline/internal/feed"
)

func TestOpenMarkup(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"all escaped", "&lt;p&gt;The dam &amp;amp; the bridge.&lt;/p&gt;\n&lt;p&gt;Closed.&lt;/p&gt;", "<p>The dam &amp; the bridge.</p>\n<p>Closed.</p>"},
		{"in a block", "<div class=x>\n<p>&lt;p&gt;The dam &lt;a href=&quot;https://a.example/&quot;&gt;closed&lt;/a&gt;.&lt;/p&gt;</p></div>", `<p>The dam <a href="https://a.example/">closed</a>.</p>`},
		{"with line breaks", "<p>&lt;p&gt;The dam.&lt;/p&gt;<br />&lt;p&gt;Closed.&lt;/p&gt;</p>", "<p>The dam.</p><br /><p>Closed.</p>"},
		{"a picture first", "&lt;img src=&quot;https://a.example/1.jpg&quot;&gt; The dam.", `<img src="https://a.example/1.jpg"> The dam.`},
		{"inline first", "&lt;b&gt;Port&lt;/b&gt;: the dam.&lt;br&gt;", "<b>Port</b>: the dam.<br>"},
		{"section", "<![CDATA[<p>The dam.</p>]]>", "<p>The dam.</p>"},
		{"section in a block", "<p> < ! [CDATA[ The dam. ]]></p>", "<p> The dam. </p>"},
		{"escaped section", "&lt;![CDATA[&lt;p&gt;The dam.&lt;/p&gt;]]&gt;", "<p>The dam.</p>"},
		{"end of a section", "<p>The dam.</p>]]>", "<p>The dam.</p>"},
		{"escaped end of a section", "The dam.]]&gt;", "The dam."},
		{"code", "<p>&lt;p&gt; makes a paragraph.</p>", ""},
		{"code in running text", "<p>Write &lt;a href=&quot;https://a.example/&quot;&gt;x&lt;/a&gt;.</p>", ""},
		{"code alone", "<pre>&lt;p&gt;A paragraph.&lt;/p&gt;</pre>", ""},
		{"a section in code", "<pre><code>&lt;![CDATA[x]]&gt;</code></pre>", ""},
		{"code and text", "<p>&lt;p&gt;A paragraph.&lt;/p&gt;</p><p>Text.</p>", ""},
		{"bold", "&lt;b&gt;this&lt;/b&gt; and &lt;b&gt;that&lt;/b&gt;", ""},
		{"escaped less-than", "<p>&lt;3</p>", ""},
		{"text", "The dam &amp; the bridge.", ""},
	} {
		want := c.want
		if want == "" {
			want = c.in
		}
		if got := openMarkup(c.in); got != want {
			t.Errorf("%s: openMarkup(%q)\n got %q\nwant %q", c.name, c.in, got, want)
		}
	}
}

// What a JSON Feed has as text stays text.
func TestPlainTextIsNotOpened(t *testing.T) {
	e := items(feed.Item{Title: "A", Content: "&lt;p&gt;x&lt;/p&gt;", PlainText: true})[0]
	if e.Summary != "<p>x</p>" || Safe(e.Body, "") != "&lt;p&gt;x&lt;/p&gt;" {
		t.Errorf("summary %q, body %q", e.Summary, e.Body)
	}
}
