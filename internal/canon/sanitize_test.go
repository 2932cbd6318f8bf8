package canon

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/slugline/slugline/internal/quota"
)

const img = ` loading="lazy" referrerpolicy="no-referrer"`

func TestSafe(t *testing.T) {
	const base = "https://outlet.example/news/1/"
	for _, c := range []struct{ name, in, want string }{
		{"text", "a < b & c", "a &lt; b &amp; c"},
		{"script", "<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"},
		{"handler", `<p onclick="x()" style="color:red" id=a class=b>a</p>`, "<p>a</p>"},
		{"relative link", `<a href="../2?x=1&y=2">a</a>`, `<a href="https://outlet.example/news/2?x=1&amp;y=2" rel="noopener nofollow ugc">a</a>`},
		{"javascript", `<a href="java&#10;script:alert(1)">a</a>`, "<a>a</a>"},
		{"data", `<img src="data:image/png;base64,AAAA">x`, "x"},
		{"picture", `<img src=/a.jpg alt="A b" width=600 height=400 onerror=x>`, `<img src="https://outlet.example/a.jpg" alt="A b" width="600" height="400"` + img + `/>`},
		{"lazy picture", `<img src="data:x" data-src="a.jpg">`, `<img src="https://outlet.example/news/1/a.jpg"` + img + `/>`},
		{"pixel", `a<img src="https://x.example/t.gif" width="1" height="1">b`, "ab"},
		{"zero", `a<img src="https://x.example/t.gif" width="0">b`, "ab"},
		{"counter", `a<img src="https://pixel.wp.com/b.gif?x">b`, "ab"},
		{"hidden", `a<img src="/t.gif" style="display: none">b`, "ab"},
		{"iframe", `a<iframe src="https://x.example/"></iframe>b`, "ab"},
		{"form", `a<form action=/x><input><button>go</button></form>b`, "ab"},
		{"svg", `a<svg onload=x><a href=javascript:1>q</a></svg>b<math><mi>x</mi></math>`, "ab"},
		{"unclosed", `<b>bold <i>both`, "<b>bold <i>both</i></b>"},
		{"stray end", `a</div></body></html>b`, "ab"},
		{"table", `<table><tr><td colspan=2 bgcolor=red>x</table>`, `<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>`},
		{"direction", `<p dir=rtl lang=ar>خبر</p>`, `<p dir="rtl" lang="ar">خبر</p>`},
		{"audio", `<audio src="/a.mp3" autoplay></audio>`, `<audio src="https://outlet.example/a.mp3" controls="" preload="none"></audio>`},
		{"bidi", "a\u202eb", "ab"},
		{"comment", "a<!-- <script> -->b", "ab"},
		{"tags without an end", "<p>A <title>, a <select> and a <script> walk</p><p>into a <map>.</p>", "<p>A &lt;title&gt;, a &lt;select&gt; and a &lt;script&gt; walk</p><p>into a &lt;map&gt;.</p>"},
		{"comment without an end", "a <!-- b <b>c</b>", "a &lt;!-- b <b>c</b>"},
		{"generics", "a List<Object> for <a@b.example>, <x-y>z</x-y>", "a List&lt;Object&gt; for &lt;a@b.example&gt;, z"},
		{"a form without an end", "a<form action=/x>b<p>c</p>", "ab<p>c</p>"},
		{"elements in each other", "a<object>b<object>c</object>d", "a&lt;object&gt;bd"},
		{"plaintext", "a <plaintext> b <b>c</b>", "a &lt;plaintext&gt; b <b>c</b>"},
		{"CDATA", "a<![CDATA[<b>b</b>]]>", "a<b>b</b>]]&gt;"},
		{"declarations", "<!DOCTYPE html>a <!DOCTYPE html> <?php x ?><![if !vml]>b<![endif]>", "a &lt;!DOCTYPE html&gt; &lt;?php x ?&gt;b"},
		{"tags that close themselves", `a<iframe src="https://x.example/"/>b<script src="/x.js" />c<o:p/>d`, "abcd"},
		{"hidden elements with attributes and without an end", `<p>a</p><iframe src="https://x.example/"><p>b</p>`, "<p>a</p><p>b</p>"},
		{"word processor", "<?xml:namespace prefix = o /><p>a<o:p></o:p></p>", "<p>a</p>"},
	} {
		got := Safe(c.in, base)
		if got != c.want {
			t.Errorf("%s: Safe(%q)\n got %q\nwant %q", c.name, c.in, got, c.want)
		}
	}
}

func TestSafeWithoutBase(t *testing.T) {
	if got := Safe(`<a href="/x">a</a><img src="b.png">`, ""); got != "<a>a</a>" {
		t.Errorf("got %q", got)
	}
}

// Some inputs make parsers slow. None takes as much processor time as fifty ordinary bodies of
// the same length; quadratic time would be that of thousands.
func TestSafeIsQuick(t *testing.T) {
	var all []string
	for _, piece := range []string{"<p<", "<b ", `<em =">" `, `<em " =">`, "<!x ", "<b><p>", "<a href=/x>", "<div>", "<table><tr>", "<b>", "</p>", "<font><div>", "<i></b>", "<svg>", "<img src=/x>", "&lt;", "<!--", "<a b='", "<details open>"} {
		all = append(all, strings.Repeat(piece, maxBody/len(piece)-1)+">")
	}
	for _, name := range []string{"x", "form", "map"} {
		n := maxBody / (2*len(name) + 5)
		all = append(all, strings.Repeat("<"+name+">", n)+strings.Repeat("</"+name+">", n))
	}
	piece := `<p>The river rose &amp; the <a href="/dam">dam</a> was <em>closed</em> in the evening.</p>` + "\n"
	ordinary := strings.Repeat(piece, maxBody/len(piece))
	usual := quota.Measure(func() { Safe(ordinary, "https://a.example/") })
	for _, in := range all {
		var out string
		used := quota.Measure(func() { out = Safe(in, "https://a.example/") })
		if used > 50*usual {
			t.Errorf("%q...: %v of processor time, and an ordinary body %v", in[:20], used, usual)
		}
		if len(out) > 16*maxBody {
			t.Errorf("%q...: %d bytes", in[:20], len(out))
		}
	}
}

func TestSafeIsBounded(t *testing.T) {
	out := Safe(strings.Repeat("<b><p>", maxBody/6), "https://a.example/")
	if n := strings.Count(out, "<b>") + strings.Count(out, "<p>"); n != maxElements {
		t.Errorf("%d elements, want %d", n, maxElements)
	}
	if Safe(out, "") != out {
		t.Error("Safe changes its own output")
	}
	if news := strings.Repeat("<p>a <b>b</b></p>", 5000); Safe(news, "") != news {
		t.Error("Safe changes a long body without fault")
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{
		`<a href="javascript:1">x</a>`, `<img src=x onerror=1>`, `<svg><style><img src=x onerror=1></style></svg>`, `<math><mtext></p><table><mglyph><style><img title="--&gt;&lt;img src=1 onerror=1&gt;">`,
		`<noscript><p title="</noscript><img src=x onerror=1>">`, `<a href=" &#14; javascript:1">`, `<table><td><a><table><a>`, `<p><b><i></p>x`, `<video poster=javascript:1 src=//x.y/z>`, "<\x00script>x", `<xmp><img></xmp>`, `<select><style>`, `<a title="&quot;><script>">`,
	} {
		f.Add(s, "https://outlet.example/a/")
	}
	f.Fuzz(func(t *testing.T, in, base string) {
		slow := time.AfterFunc(time.Minute, func() { panic(fmt.Sprintf("Safe(%q) takes too long", in)) })
		defer slow.Stop()
		out := Safe(in, base)
		if again := Safe(out, ""); again != out {
			t.Errorf("Safe(%q) changes its own output:\n%q\n%q", in, out, again)
		}
		doc, err := html.Parse(strings.NewReader("<!DOCTYPE html><body><div>" + out + "</div>"))
		if err != nil {
			t.Fatal(err)
		}
		inspect(t, in, doc)
	})
}

var allowedElements = func() map[string]bool {
	all := map[string]bool{"html": true, "head": true, "body": true}
	for n := range strings.FieldsSeq("a abbr address article aside audio b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p picture pre q rb rp rt ruby s samp section small source span strong sub summary sup table tbody td tfoot th thead time tr u ul var video wbr") {
		all[n] = true
	}
	return all
}()

// inspect checks a parsed page for elements and attributes that Safe must not leave.
func inspect(t *testing.T, in string, n *html.Node) {
	if n.Type == html.ElementNode && !allowedElements[n.Data] {
		t.Errorf("Safe(%q) leaves <%s>", in, n.Data)
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "href", "src", "poster":
			if !strings.HasPrefix(strings.ToLower(a.Val), "http://") && !strings.HasPrefix(strings.ToLower(a.Val), "https://") {
				t.Errorf("Safe(%q) leaves %s=%q", in, a.Key, a.Val)
			}
		case "alt", "title", "dir", "lang", "width", "height", "loading", "referrerpolicy", "rel", "controls", "preload", "type", "colspan", "rowspan", "scope", "start", "reversed", "datetime":
		default:
			t.Errorf("Safe(%q) leaves the attribute %q", in, a.Key)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		inspect(t, in, c)
	}
}
