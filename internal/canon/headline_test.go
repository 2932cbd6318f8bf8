package canon

import (
	"strings"
	"testing"
	"unicode/utf8"
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
	} {
		if got := summaryText(c.in); got != c.want {
			t.Errorf("text(%.60q) = %q, want %q", c.in, got, c.want)
		}
	}
	if got := firstSentence("The minister resigned on Monday after a long dispute. Nobody knows why."); got != "The minister resigned on Monday after a long dispute" {
		t.Errorf("sentence: got %q", got)
	}
}
