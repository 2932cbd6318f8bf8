package topic

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

func TestWhy(t *testing.T) {
	for _, c := range []struct{ lang, query, headline, want string }{
		{"de", "cyber*", "Neuer „Cyberangriff“ auf Bahn", "cyber*=Cyberangriff"},
		{"en", "ferry", "Two ferries, one bridge", "ferry=ferries"},
		{"en", "ferry bridge", "Two ferries, one bridge", "ferry=ferries bridge=bridge"},
		{"en", "tram OR bridge -london", "Two ferries, one bridge", "bridge=bridge"},
		{"en", `"data breach"`, "Bank says: data breach.", `"data breach"=data breach`},
		{"en", "wifi", "Free Wi-Fi, at last", "wifi=Wi-Fi"},
		{"en", "Wi-Fi", "Free WiFi, at last", "Wi-Fi=WiFi"},
		{"en", "cyberattack", "A cyber attack on ports", "cyberattack=cyber attack"},
		{"de", "heise+", "Neu: (heise+) Platten", "heise+=heise+"},
		{"en", "US", "They told us: US, pay!", "US=US"},
		{"en", "title:=ferry", "The “ferry” sinks", "title:=ferry=ferry"},
		{"zh", "北京", "在北京举行峰会", "北京=北京"},
		{"zh", "台风", "台风“海燕”登陆福建，23万人转移", "台风=台风"},
		{"zh", "VPN", "凯斯特尔VPN网关曝漏洞", "VPN=VPN"},
		{"ja", "title:(都 OR 海)", "京都で火災", "title:都=都"},
		{"ru", "=Иран", "«Иран» закрыл небо", "=Иран=Иран"},
		{"en", "has:audio outlets:>2 lang:en source:gulf after:2026-11", "x", "has:audio=audio outlets:>2=4 lang:en=en source:gulf=gulf after:2026-11=2026-11-27 09:30"},
		{"en", "missing", "Two ferries", ""},
		{"en", "-missing", "Two ferries", ""},
	} {
		q, err := Parse(c.query)
		if err != nil {
			t.Fatalf("%s: %v", c.query, err)
		}
		e := news.Entry{Headline: c.headline, Language: c.lang, At: time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC), Media: []news.Media{{Type: "audio/mpeg"}}}
		var got []string
		for _, r := range q.Why(NewDoc(&e, &news.Source{Name: "gulf"}), 4) {
			got = append(got, fmt.Sprintf("%s=%s", r.Term, r.Found))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s on %s: got %s, want %s", c.query, c.headline, s, c.want)
		}
	}
}
