package canon

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/feed"
)

func TestHeadline(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"  Two\n lines\tof  it ", "Two lines of it"},
		{"AT&amp;T rises", "AT&T rises"},
		{"AT&amp;amp;T rises", "AT&T rises"},
		{"Fish &amp; chips &amp;#8217;n&amp;#8217; more", "Fish & chips ’n’ more"},
		{"<b>Bold</b> move<br/>by minister", "Bold move by minister"},
		{"&lt;b&gt;Bold&lt;/b&gt; move", "Bold move"},
		{"Why 1 < 2 and 3 > 2", "Why 1 < 2 and 3 > 2"},
		{"Vec<T> is safe", "Vec<T> is safe"},
		{"How to use &lt;b&gt; well", "How to use <b> well"},
		{"<script>alert(1)</script>News", "News"},
		{"<img src=x onerror=alert(1)>News", "News"},
		{"a\u202egnp.exe", "agnp.exe"},
		{"zero\u200b\u200b\ufeffwidth", "zerowidth"},
		{"می\u200cخواهم بروم", "می\u200cخواهم بروم"},
		{"a\u200cb", "ab"},
		{"família 👩\u200d👩\u200d👧 feliz", "família 👩\u200d👩\u200d👧 feliz"},
		{"e\u0301te\u0301", "été"},
		{"z" + strings.Repeat("\u0301", 50), "ź" + strings.Repeat("\u0301", maxMarks)},
		{"tab\x00\x08s \x1b[31mred", "tabs [31mred"},
		{"A&nbsp;B&hellip;", "A B…"},
		{"R&D budget; cuts", "R&D budget; cuts"},
		{"", ""},
	} {
		if got := Headline(c.in); got != c.want {
			t.Errorf("Headline(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// A title may be text in which tags are meant as such: what it says must not be lost.
func TestTitlesAboutTags(t *testing.T) {
	for _, title := range []string{
		"Styling the new <select> element", "Why every page needs a <title> of its own", "Browser says farewell to <blink> at last",
		"Five uses of the <map> tag, explained", "Java: turn List<Object> into List<String> without a copy", "Does a <video> in a <button> still play?",
		"C++ templates: vector<int> and map<string, vector<int>>", "Prove that a<b and c>d imply a-c<b-d", "if x<y then z>w", "<Insert name>", "Foo<T> where T: Bar<T>",
		"Write to <a@b.example> for details", "Read <https://a.example/x> first", "What <![CDATA[ means in XML", "When [CDATA[ is right", "Array a[b[0]]>c",
		"a lone <script> tag", "<noscript> considered harmful", "<b>", "<br>", "<p>", "</p> may be omitted", "Don't use </b> before <b>", "When to prefer <b> to <strong>",
		"The <wbr> element", "The <hr> element", "Lazy <img> tags", "<input type=\"date\"> at last", "Never closed <!-- comment", "Do you need <!DOCTYPE html>?", "<?php short tags ?> are gone",
		"<button>Click</button> me", "„<Titel>“ und «<Titre>»", "AT&T and R&D &c. on Q&A; day", "Law&ethics and Food&Copy ?a=1&copy=2", "Song &#1 and &#2", "<3 you", "XSL: use <xsl:if> and <dc:creator>",
		"<b>Bold title that was cut…",
	} {
		if got := Headline(title); got != title {
			t.Errorf("Headline(%q) = %q, want it as it is", title, got)
		}
	}
}

func TestTitlesWithMarkup(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Owls <b>win</b> the <I class=x>night</I> vote", "Owls win the night vote"},
		{"H<sub>2</sub>O", "H2O"},
		{"<p>One</p><div>two</div><h1>three</h1> <td>four</td>", "One two three four"},
		{"First<br>second<br />third", "First second third"},
		{"Bundes<wbr>kanzler", "Bundeskanzler"},
		{"<!-- c -->Title<!--:-->", "Title"},
		{"<b>One <i>two</b> three</i>", "One two three"},
		{"<b>One</b> and <b>", "One and <b>"},
		{"<a title='a > b' href=x>Link</a> text", "Link text"},
		{`Read on <a href="https://a.example/very-lo`, "Read on"},
		{"<iframe src=x>q</iframe><svg><path d='x'/></svg><style>p{}</style>Icon", "Icon"},
		{"<title>Whole</title>", "Whole"},
		{"<headline>Whole <b>title</b></headline>", "Whole title"},
		{"Let <math><mi>x</mi><mo>&lt;</mo><mn>2</mn></math> be", "Let x<2 be"},
		{"<jats:italic>E. coli</jats:italic> found<o:p></o:p>", "E. coli found"},
		{"XSS: &lt;script&gt;alert(1)&lt;/script&gt;", "XSS: <script>alert(1)</script>"},
		{"Use <code>&lt;b&gt;x&lt;/b&gt;</code>", "Use <b>x</b>"},
		{"What does &amp;nbsp; do", "What does &nbsp; do"},
		{"&copy 2026 &reg; it&#8217s d&#39or &semi;", "© 2026 ® it’s d'or ;"},
		{"<![CDATA[Title]]>", "Title"},
		{"< ! [cdata[ Title here ] ] >", "Title here"},
		{"Title]]>", "Title"},
		{"&lt;![CDATA[A &amp;amp; <b>B</b>]]&gt;", "A & B"},
		{"<![CDATA[One]]><![CDATA[ two]]>", "One two"},
		{"<![CDATA[Cut off", "Cut off"},
		{"News: <![CDATA[The title]]>", "News: The title"},
		{"[CDATA[Title]]", "Title"},
	} {
		if got := Headline(c.in); got != c.want {
			t.Errorf("Headline(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// A title that is plain text is taken as written.
func TestPlainTitle(t *testing.T) {
	for in, want := range map[string]string{
		"What does &nbsp; do between words?":   "What does &nbsp; do between words?",
		"<b>Bold</b> &amp; <script>x</script>": "<b>Bold</b> &amp; <script>x</script>",
		" Two\n lines\u202e ":                  "Two lines",
		"<![CDATA[Title]]>":                    "Title",
	} {
		if got := Title(&feed.Item{Title: in, PlainTitle: true}); got != want {
			t.Errorf("Title(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestHeadlineIsBounded(t *testing.T) {
	for _, s := range []string{
		strings.Repeat("word ", 20000), strings.Repeat("x", 1<<20), strings.Repeat("<b>", 1<<18), strings.Repeat("&amp;", 1<<18),
		strings.Repeat("中", 5000), "a" + strings.Repeat("\u0301", 1<<16),
	} {
		got := Headline(s)
		if n := utf8.RuneCountInString(got); n > 16*maxHeadline || strings.ContainsRune(got, '\n') {
			t.Errorf("Headline(%.20q...) has %d characters", s, n)
		}
	}
}

func TestSummary(t *testing.T) {
	long := strings.Repeat("One sentence here. ", 100)
	for _, c := range []struct{ in, want string }{
		{"<p>First.</p><p>Second.</p>", "First. Second."},
		{"a<style>p{}</style>b<!-- c -->d<iframe src=x>e</iframe>f", "abdf"},
		{"<a title='a > b' href=x>link</a> text", "link text"},
		{"<div>one<li>two</div>", "one two"},
		{long, strings.TrimSpace(long[:589])},
		{"<p unclosed", "<p unclosed"},
		{"if a<b and c>d, List<String> <b >is</b > <p\n>text", "if a<b and c>d, List<String> is text"},
		{"A <title>, a <select> and a <script> walk", "A <title>, a <select> and a <script> walk"},
		{"a<o:p></o:p> <x-y>b</x-y></img><math><mi>c</mi></math>", "a bc"},
	} {
		if got := summaryText(c.in); got != c.want {
			t.Errorf("text(%.60q) = %q, want %q", c.in, got, c.want)
		}
	}
	if got := firstSentence("The minister resigned on Monday after a long dispute. Nobody knows why."); got != "The minister resigned on Monday after a long dispute" {
		t.Errorf("sentence: got %q", got)
	}
}

// Without an end tag, a comment, a line break or a picture a title contains no markup, and
// loses nothing.
func FuzzTitleWithoutMarkup(f *testing.F) {
	for _, s := range []string{"Styling <select> now", "a<b and c>d", "<svg", "<script>x", "vector<int> ☃", "<?php x ?>", "<a@b.c>", "<b><i>", "<textarea><title>"} {
		f.Add(s)
	}
	mayChange := regexp.MustCompile(`(?i)</|<!--|<br|<img|<wbr|<\?xml|&|"|'|\]\s*\]|cdata`)
	f.Fuzz(func(t *testing.T, title string) {
		if mayChange.MatchString(title) {
			t.Skip()
		}
		if got, want := Headline(title), truncate(cleanLine(clipTitle(title)), maxHeadline); got != want {
			t.Errorf("Headline(%q) = %q, want %q", title, got, want)
		}
	})
}
