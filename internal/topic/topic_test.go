package topic

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/quota"
)

var (
	entry = news.Entry{
		Headline:   "Ransomware gangs attacked three hospitals in Dubai",
		Summary:    "A data breach of millions of records. The e-mail servers fell first.",
		Author:     "Jane Doe",
		Categories: []string{"Cyber Security", "Health"},
		Language:   "en-GB",
		Link:       "https://www.ft.example.co.uk/Sport/2026/story",
	}
	bbc = news.Source{Name: "bbc-world", Title: "BBC World News", Tags: []string{"world", "Middle East"}}
)

func TestMatch(t *testing.T) {
	const voices = 3
	for _, c := range []struct {
		query string
		want  bool
	}{
		{"ransomware", true},
		{"RANSOMWARE", true},
		{"hospital", true}, // the same stem in English
		{"dubai gangs", true},
		{"dubai london", false},
		{"dubai OR london", true},
		{"dubai AND london", false},
		{"london OR dubai gangs", true},
		{"(london OR dubai) paris", false},
		{"-london", true},
		{"-dubai", false},
		{"NOT london", true},
		{"NOT (london OR dubai)", false},
		{"-(london OR paris) dubai", true},
		{"NOT NOT dubai", true},
		{"gangs -sport OR london", true},
		{`"data breach"`, true},
		{`"breach data"`, false},
		{`“data breach”`, true},
		{`«data breach»`, true},
		{`"in dubai a data"`, false}, // a phrase does not span headline and summary
		{`"data brea"*`, true},
		{`"dat brea"*`, false},
		{"ransom*", true},
		{"somware*", false},
		{"e-mail", true},
		{"-e-mail", false},
		{"or", false}, // in lower case it is a word
		{"title:ransomware", true},
		{"title:breach", false},
		{`title:"three hospitals"`, true},
		{"title:hosp*", true},
		{"title:(breach OR gangs)", true},
		{"title:(-breach)", true},
		{"title:-breach", true},
		{"-title:gangs", false},
		{"Title:gangs", true},
		{"source:bbc-world", true},
		{"source:bbc-wo", false},
		{"source:bbc-wo*", true},
		{"source:bbc", false}, // a word of the title
		{`source:"bbc"`, true},
		{`source:"bbc-world"`, true},
		{`source:"BBC World"`, true},
		{"source:(cnn OR bbc-world)", true},
		{`source:(cnn OR "bbc")`, true},
		{"source:cnn", false},
		{"tag:world", true},
		{"tag:wor", false},
		{"tag:wor*", true},
		{`tag:"middle east"`, true},
		{"lang:en", true},
		{"lang:en-gb", true},
		{"lang:EN_GB", true},
		{"lang:en-US", false},
		{"lang:(ar OR en)", true},
		{"author:doe", true},
		{`author:"jane doe"`, true},
		{"author:john", false},
		{"category:cyber", true},
		{"category:securities", true},
		{`category:"security health"`, false},
		{"link:ft.example.co.uk", true},
		{"link:t.example.co.uk", false},
		{"link:https://www.ft.example.co.uk/sport", true},
		{"link:sport", true},
		{"link:spo", false},
		{"link:spo*", true},
		{"link:(https://a.example/x OR sport)", true},
		{"outlets:>2", true},
		{"outlets:>3", false},
		{"outlets:>=3", true},
		{"outlets:3", true},
		{"outlets:<3", false},
		{"outlets:<=3", true},
		{"-outlets:3", false},
		{"(ransom* OR \"data breach\") -crypto lang:en", true},
		{"dubai\u200f OR\u200f دبي", true},
	} {
		q, err := Parse(c.query)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		if got := q.Match(NewDoc(&entry, &bbc), voices); got != c.want {
			t.Errorf("%s: got %v, want %v", c.query, got, c.want)
		}
	}
}

func TestLinksInAnyScript(t *testing.T) {
	for _, c := range []struct{ link, query string }{
		{"https://press.example/%D8%B7%D9%82%D8%B3/1", "link:طقس"},
		{"https://press.example/طقس/1", "link:%d8%b7%d9%82%d8%b3"},
		{"https://press.example/%D0%9D%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8", "link:новости"},
		{"https://xn--bcher-kva.example/neu", "link:bücher.example"},
		{"https://press.example/100%-x", "link:press.example"},
	} {
		q, err := Parse(c.query)
		if err != nil {
			t.Fatal(err)
		}
		if !q.Match(NewDoc(&news.Entry{Link: c.link}, &news.Source{}), 1) {
			t.Errorf("%s does not match %s", c.query, c.link)
		}
	}
}

func TestScripts(t *testing.T) {
	for _, c := range []struct {
		lang, headline, query string
		want                  bool
	}{
		{"zh", "中国发布新的网络安全法", "网络", true},
		{"zh", "中国发布新的网络安全法", "网络安全", true},
		{"zh", "中国发布新的网络安全法", "安全网络", false},
		{"zh", "中国发布新的网络安全法", "法", true},
		{"zh", "中国发布新的网络安全法", "网*", true},
		{"zh", "中国发布新的网络安全法", "日", false},
		{"ja", "東京で地震、津波の心配なし", "地震", true},
		{"ja", "東京で地震、津波の心配なし", "title:(地震 OR 台風) -大阪", true},
		{"zh", "B股市场明日休市", "B股", true},
		{"zh", "退市公司B股东起诉", "A股", false},
		{"ja", "日本対EU、首脳会談へ", "対EU", true},
		{"ja", "春のGI開催へ", "GI級", false},
		{"ko", "9월의 물가 동향", "9월", true},
		{"zh", "新兴市场和发展中国家座谈", "中国", false},
		{"zh", "中国与发展中国家座谈", "中国", true},
		{"zh", "新興市場和發展中國家座談", "中国", false},
		{"zh", "发展中国家座谈", "中*", true},
		{"zh", "發展中國家座談", "=中國", true}, // as it is written
		{"zh", "索马里海盗再现", "马里", false},
		{"ja", "インドネシア沖で地震", "インド", false},
		{"ja", "タイヤ市場に回復の兆し", "タイ", false},
		{"ja", "東京都と京都市が協定", "京都", true},
		{"ko", "문화재 관리 강화", "화재", false},
		{"ko", "문화재 화재 예방 강화", "화재", true},
		{"ar", "عاجل | الأمم المتحدة تُحذّر من أزمة", "الامم المتحده", true},
		{"ar", "عاجل | الأمم المتحدة تحذر من أزمة", `"الأمم المتحدة"`, true},
		{"ar", "عاجل | الأمم المتحدة تحذر من أزمة", "السودان", false},
		{"fa", "رییس\u200cجمهور ایران سخنرانی کرد", "ايران", true},
		{"ru", "Ещё один рекорд", "еще", true},
		{"he", `צה"ל הודיע`, `צה"ל`, true},
		{"", "Größe zählt", "grosse", true},
		{"", "two hospitals", "hospital", false}, // without a language there are no stems
	} {
		e := news.Entry{Headline: c.headline, Language: c.lang}
		q, err := Parse(c.query)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		if got := q.Match(NewDoc(&e, &news.Source{}), 1); got != c.want {
			t.Errorf("%s on %s: got %v, want %v", c.query, c.headline, got, c.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		query  string
		column int
		text   string
	}{
		{"", 1, "empty"},
		{"   ", 1, "empty"},
		{"AND x", 1, "AND needs a word before it"},
		{"x OR", 3, "OR needs a word after it"},
		{"x AND OR y", 7, "OR needs a word before it"},
		{"x (OR y)", 4, "OR needs a word before it"},
		{"x NOT", 3, "NOT needs a word after it"},
		{"(x", 1, "never closed"},
		{"y (", 3, "never closed"},
		{"(x AND)", 4, "AND needs a word after it"},
		{"x )", 3, "closes nothing"},
		{") x", 1, "closes nothing"},
		{"y ( )", 3, "nothing between"},
		{"دبي \"x", 5, "quote is never closed"},
		{"x - y", 3, "directly before"},
		{"x -", 3, "directly before"},
		{"foo:bar", 1, "no field foo:"},
		{"a https://x.example/", 3, "no field https:"},
		{"title: x", 7, "directly after title:"},
		{"title:", 7, "directly after title:"},
		{"title:(x lang:en)", 10, "can't be used inside title:"},
		{"a title:*", 9, "at least one letter"},
		{"cy*er", 3, "only possible at the end of a word"},
		{"x !!", 3, "no letters or digits"},
		{`""`, 1, "no letters or digits"},
		{"lang:english", 6, "takes a code"},
		{"lang:en,ar", 6, "takes a code"},
		{"outlets:many", 9, "takes a number"},
		{"outlets > 1", 9, "a comparison has no spaces in it; write outlets:>1"},
		{"(dam outlets ≥ 12)", 14, "write outlets:>=12"},
		{"flood > dam", 7, "write outlets:>3"},
		{"outlets = 2", 9, "write outlets:=2"},
		{"titel:budget", 1, "did you mean title:?"},
		{"has:sound", 5, "did you mean has:audio?"},
		{"has:Photos", 5, "did you mean has:picture?"},
		{"copper has:star", 12, "has:star can't be used here, because only the desk knows who has starred a story"},
		{"has:(audio OR assigned)", 15, "only the desk knows who works on what"},
		{"copper assigned:lena", 8, "assigned: can't be used here, because only the desk knows who works on what"},
		{"has:starred", 5, "did you mean has:star?"},
		{"has:text", 5, "takes audio, video, picture, star or assigned"},
		{"has:", 5, "directly after has:"},
		{"lang:English", 6, "did you mean lang:en?"},
		{"lang:Türkçe", 6, "did you mean lang:tr?"},
		{"site:bbc.co.uk", 1, "did you mean link:?"},
		{"Since:2026", 1, "did you mean after:?"},
		{"outlets:3+", 9, "did you mean outlets:>=3?"},
		{"a || b", 3, "|| is no operator here; write OR"},
		{"a & (b)", 3, "write AND, or put the whole text in double quotes"},
		{"x after:27.11.2026", 9, "did you mean after:2026-11-27?"},
		{"after:11/27/2026", 7, "did you mean after:2026-11-27?"},
		{"before:2026-13-01", 8, "takes a date"},
		{"before:tomorrow", 8, "takes a date"},
		{"after:24h", 7, "a rule is decided when a story changes"},
		{"after:(2026-11-27)", 7, "takes a date"},
		{"x topic:cyber", 3, "can't be used in a rule"},
		{"cyb*x", 4, "only possible at the end"},
		{"x =cyb*", 7, "as it is written"},
		{`"=cyb"*`, 7, "as it is written"},
		{"=", 1, "= has no letters or digits"},
		{"outlets:>", 9, "takes a number"},
		{"outlets:(>3)", 9, "takes a number"},
		{strings.Repeat("(", 70) + "x", 65, "levels of parentheses"},
		{strings.Repeat("-", 70) + "x", 65, "levels of parentheses"},
		{strings.Repeat("x ", maxLength), maxLength + 1, "longer than"},
	} {
		_, err := Parse(c.query)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.40s: got %v, want an *Error", c.query, err)
			continue
		}
		if e.Column != c.column || !strings.Contains(e.Text, c.text) {
			t.Errorf("%.40s: got column %d: %s; want column %d: ...%s...", c.query, e.Column, e.Text, c.column, c.text)
		}
		for _, lang := range []string{"ar", "de", "es", "fa", "fr", "ru", "zh"} {
			said := e.Said.In(locale.Of(lang))
			if said == e.Text || strings.Contains(said, "%!") || strings.Contains(said, "did you mean") {
				t.Errorf("%.40s: in %s: %s", c.query, lang, said)
			}
		}
	}
}

// Each row of the table is complete: its example is a valid query of that field.
func TestFields(t *testing.T) {
	for _, f := range append([]*Field{Anywhere}, Fields...) {
		q, err := Scope{Topics: true, Desk: true}.Parse(f.Example)
		if err != nil {
			t.Errorf("example of field %q: %v", f.Name, err)
			continue
		}
		p := q.Root()
		if p.Field() != f || f.Matches == "" {
			t.Errorf("field %q: the example %s is about %q, and the help says %q", f.Name, f.Example, p.Field().Name, f.Matches)
		}
		switch kind := p.Kind(); {
		case f.Kind == Exact && (kind != Whole || f.values == nil || f.normalize == nil),
			f.Kind == Moment && (kind != Comparison || f.within == nil),
			f.Kind == Number && (kind != Comparison || f.number == nil),
			f.Kind == Text && (kind == Whole && f.values == nil || kind == Comparison || f.texts == nil):
			t.Errorf("field %q of kind %d can't match its example %s", f.Name, f.Kind, f.Example)
		}
		p.Match(NewDoc(&entry, &bbc), 1)
	}
}

// The examples of the help are valid.
func TestSyntax(t *testing.T) {
	for _, e := range Syntax {
		if _, err := Parse(e.Query); err != nil || e.Finds == "" {
			t.Errorf("example %s (%s): %v", e.Query, e.Finds, err)
		}
	}
}

func TestRule(t *testing.T) {
	for _, c := range []struct {
		name string
		news.Topic
		want bool
	}{
		{"no conditions", news.Topic{}, true},
		{"from a tag", news.Topic{From: []string{"tech", "world"}}, true},
		{"from a source", news.Topic{From: []string{"bbc-world"}}, true},
		{"from other sources", news.Topic{From: []string{"tech"}}, false},
		{"not wins over from", news.Topic{From: []string{"world"}, Not: []string{"bbc-world"}}, false},
		{"not other sources", news.Topic{Not: []string{"sport"}}, true},
		{"any of match", news.Topic{Match: []string{"london", "dubai"}}, true},
		{"none of match", news.Topic{Match: []string{"london", "outlets:>9"}}, false},
		{"match and not", news.Topic{Match: []string{"dubai"}, Not: []string{"world"}}, false},
	} {
		r, err := Compile(c.Topic)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := r.Match(NewDoc(&entry, &bbc), 2); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	_, err := Compile(news.Topic{Match: []string{"fine", "x OR"}})
	var e *Error
	if !errors.As(err, &e) || e.Column != 3 {
		t.Errorf("compile an invalid query: got %v, want an *Error at column 3", err)
	}
}

// Callers that look up candidates get all they need from a query's parts.
func TestParts(t *testing.T) {
	q, err := Parse(`title:("data breach"* OR 学) -lang:en outlets:>2 Ransomware tag:"Middle East" link:https://FT.example/a`)
	if err != nil {
		t.Fatal(err)
	}
	var show func(Part) string
	show = func(p Part) string {
		switch p.Kind() {
		case And, Or, Not:
			var kids []string
			for _, k := range p.Parts() {
				kids = append(kids, show(k))
			}
			return fmt.Sprintf("%s(%s)", []string{And: "and", Or: "or", Not: "not"}[p.Kind()], strings.Join(kids, " "))
		case Comparison:
			return fmt.Sprintf("outlets %v%v", p.Compare(2), p.Compare(3))
		}
		return fmt.Sprintf("%d %s%v%s%v", p.Kind(), p.Field().Name, p.Words(), p.Text(), p.Prefix())
	}
	want := fmt.Sprintf("and(or(%d title[data breach]data breachtrue %d title[学]学false) not(%d lang[]enfalse) outlets falsetrue %d [ransomware]ransomwarefalse %d tag[]middle eastfalse %d link[]ft.example/afalse)",
		Phrase, Character, Whole, Word, Whole, Whole)
	if got := show(q.Root()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	d := NewDoc(&entry, &bbc)
	if ws, lang := d.Words(fieldNamed("category")); len(ws) != 7 || lang != "en" || ws[0].Text != "cyber" {
		t.Errorf("words of categories: got %v in %q, want seven in en with the joined cybersecurity, the first cyber", ws, lang)
	}
	if got := Labels(d.Values(fieldNamed("link"))[0]); !slices.Equal(got, []string{"www", "ft", "example", "co", "uk", "sport", "2026", "story"}) {
		t.Errorf("labels of the link: got %v", got)
	}
}

// Two goroutines match one query against docs of several languages.
func TestMatchConcurrently(t *testing.T) {
	q, err := Parse("hospitals OR -clinics")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	for g := range 2 {
		go func() {
			ok := true
			for i := range 200 {
				e := news.Entry{Headline: "The hospital", Language: []string{"en", "fr", "de"}[(i+g)%3]}
				ok = q.Match(NewDoc(&e, &bbc), 1) && ok
			}
			done <- ok
		}()
	}
	if a, b := <-done, <-done; !a || !b {
		t.Error("a doc does not match, want all to match")
	}
}

func FuzzParse(f *testing.F) {
	for _, q := range []string{
		`(cyber* OR ransomware OR "data breach") -crypto lang:en`, `title:(a OR -"b c"*) outlets:>=3`, "tag:x NOT NOT y",
		"((((", "-----x", `"`, "*", "a:*", "link:https://a(b", "网络*", "צה\"ל", "\u200fOR", "title:title:x", "\xff\xfe OR x",
		`=Wi-Fi OR "=data breach" -heise+ C# .NET AT&T #x* 40 000 WHO "e-mail x"*`, "نیم\u200cفاصله OR =غزة", "a-b-c-1-2 re-x",
		strings.Repeat("a-", 2000) + "a", "a" + strings.Repeat("+a", 2000), `"` + strings.Repeat("a-b ", 1000) + `"`,
	} {
		f.Add(q)
	}
	try := func(query string) error {
		q, err := Parse(query)
		if err == nil {
			_ = q.Match(NewDoc(&entry, &bbc), 2)
			_ = q.Match(NewDoc(&news.Entry{Headline: query, Summary: entry.Headline, Language: "fr"}, &bbc), 2)
		}
		return err
	}
	most := quota.Measure(func() { // for a query, as much processor time as twenty ordinary ones of the greatest length
		for range 20 {
			if err := try(strings.Repeat("cyber OR ransomware OR ", maxLength/24) + "x"); err != nil {
				f.Fatal(err)
			}
		}
	})
	f.Fuzz(func(t *testing.T, query string) {
		if len(query) > 4*maxLength {
			return
		}
		var err error
		if used := quota.Measure(func() { err = try(query) }); used > most {
			t.Errorf("%q took %v, more than %v", query, used, most)
		}
		var e *Error
		switch {
		case errors.As(err, &e):
			if n := len([]rune(query)); e.Column < 1 || e.Column > n+1 || e.Text == "" {
				t.Errorf("%q: invalid error at column %d of %d: %q", query, e.Column, n, e.Text)
			}
			return
		case err != nil:
			t.Fatalf("%q: error %v is not an *Error", query, err)
		}
	})
}

func BenchmarkThousandRules(b *testing.B) {
	rules := make([]*Rule, 1000)
	for i := range rules {
		m := fmt.Sprintf(`(cyber%d* OR ransom%d OR "data leak %d") -crypto lang:en outlets:>1`, i, i, i)
		r, err := Compile(news.Topic{From: []string{"tech", "world"}, Match: []string{m}})
		if err != nil {
			b.Fatal(err)
		}
		rules[i] = r
	}
	for b.Loop() {
		d := NewDoc(&entry, &bbc)
		for _, r := range rules {
			r.Match(d, 3)
		}
	}
}
