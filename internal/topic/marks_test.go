package topic

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// marked returns a text with its marks in brackets.
func marked(q *Query, s, lang string) string {
	var b strings.Builder
	from := 0
	for _, m := range q.Marks(s, lang) {
		b.WriteString(s[from:m.From] + "[" + s[m.From:m.To] + "]")
		from = m.To
	}
	return b.String() + s[from:]
}

func TestMarks(t *testing.T) {
	for _, tt := range []struct{ query, lang, text, want string }{
		{"copper", "en", "Copper rises, says copper trader; coppery", "[Copper] rises, says [copper] trader; coppery"},
		{"rising", "en", "Copper rises for a third day", "Copper [rises] for a third day"},
		{`"third day"`, "en", "Copper rises for a third day, the third in March", "Copper rises for a [third day], the third in March"},
		{"cop* -rises", "en", "Copper, a cop says", "[Copper], a [cop] says"},
		{"copper OR tin", "en", "Tin and copper (again)", "[Tin] and [copper] (again)"},
		{"title:tin lang:en source:x", "en", "Tin", "[Tin]"},
		{"wifi", "en", "New Wi-Fi for all", "New [Wi-Fi] for all"},
		{"النحاس", "ar", "ارتفاع أسعار النحاس لليوم الثالث", "ارتفاع أسعار [النحاس] لليوم الثالث"},
		{"نحاس", "ar", "ارتفاع أسعار النحاس، والنحاس الأحمر", "ارتفاع أسعار [النحاس]، [والنحاس] الأحمر"},
		{"العبارة", "ar", "عودة العبّارة إلى الميناء", "عودة [العبّارة] إلى الميناء"},
		{"北京", "zh", "北京昨日大雪,北京交通中断", "[北京]昨日大雪,[北京]交通中断"},
		{"서울", "ko", "오늘 서울에서 열린 회의", "오늘 [서울]에서 열린 회의"},
		{"выборы", "ru", "На выборах в Одессе", "На [выборах] в Одессе"},
		{"tin", "en", "Nothing of the kind", "Nothing of the kind"},
		{"tin", "en", "", ""},
	} {
		q, err := Searching(time.Now(), nil).Parse(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := marked(q, tt.text, tt.lang); got != tt.want {
			t.Errorf("%s in %s: %s, want %s", tt.query, tt.text, got, tt.want)
		}
	}
}

// FuzzMarks checks that marks are in order, within the text, and cut no character.
func FuzzMarks(f *testing.F) {
	f.Add("copper OR \"third day\" OR 北京*", "Copper rises 北京 for a third day", "en")
	f.Add("نحاس -x", "والنحاس، x", "ar")
	f.Fuzz(func(t *testing.T, query, text, lang string) {
		q, err := Searching(time.Now(), nil).Parse(query)
		if err != nil || len(text) > 2000 || len(query) > 500 || !utf8.ValidString(text) {
			return
		}
		last := 0
		for i, m := range q.Marks(text, lang) {
			if m.From < last || i > 0 && m.From == last || m.To <= m.From || m.To > len(text) || !utf8.ValidString(text[m.From:m.To]) {
				t.Fatalf("mark %d of %q in %q: %+v after %d", i, query, text, m, last)
			}
			last = m.To
		}
	})
}
