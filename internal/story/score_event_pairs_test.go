package story

import (
	"testing"
	"time"
)

// Two headlines about one place and one sudden happening are one event, also where the
// language has few words in common between them. Other clubs, firms and towns make another.
func TestEventsOfPairs(t *testing.T) {
	for _, c := range []struct {
		language, a, b string
		one            bool
	}{
		{"fa", "اعتصاب پرستاران در پرتغال آغاز شد", "پرستاران پرتغال دو روز در اعتصاب ماندند", true},
		{"fa", "زلزله کرمان را لرزاند", "زلزله در کرمان؛ خسارتی گزارش نشده است", true},
		{"fa", "آتش\u200cسوزی در بازار تاریخی اهر، پنج مغازه سوخت", "آتش بازار اهر مهار شد، دو آتش\u200cنشان مصدوم شدند", true},
		{"ru", "Беспилотники атаковали Воронеж: пострадали три человека", "Губернатор: в Воронеже после атаки беспилотников повреждены несколько домов", true},
		{"es", "Sismo de magnitud 5.2 sacude Arequipa", "Fuerte sismo de 5.2 remece Arequipa esta madrugada", true},
		{"zh", "法国国民议会通过不信任案 总理朗贝尔下台", "朗贝尔下台 法国将任命新总理", true},
		{"fa", "استقلال با یک گل سپاهان را شکست داد", "پرسپولیس با دو گل فولاد را شکست داد", false},
		{"fa", "رئیس\u200cجمهور قزاقستان با همتای ازبک در آستانه دیدار کرد", "رئیس\u200cجمهور قزاقستان با همتای قرقیز در آستانه دیدار کرد", false},
		{"fa", "زلزله ۵.۲ ریشتری راور کرمان را لرزاند", "زلزله ۴.۷ ریشتری خوی را لرزاند", false},
		{"zh", "中国地震台网：四川宜宾发生4.8级地震", "花莲近海5.9级地震 福建多地有震感", false},
	} {
		f := New()
		at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		a := f.Judge(Headline{Entry: "a", Seq: 1, Language: c.language, Text: c.a, At: at})
		b := f.Judge(Headline{Entry: "b", Seq: 2, Language: c.language, Text: c.b, At: at.Add(time.Hour)})
		if one := a.Event == b.Event; one != c.one {
			t.Errorf("%q and %q are one event: %t, want %t", c.a, c.b, one, c.one)
		}
	}
}
