package config

import "testing"

func TestLatin(t *testing.T) {
	for text, want := range map[string]string{
		"Middle East": "middle-east", "Élysée": "elysee", "Sønderby & Åen": "sonderby-aen", "Straße": "strasse", "Łódź": "lodz",
		"Новости дня": "novosti-dnya", "Україна": "ukrayina", "Ειδήσεις": "eidiseis", "חדשות": "hdshvt", "أخبار العالم": "akhbar-alaalm", "ورزش": "wrzsh",
		"한국 뉴스": "hanguk-nyuseu", "ニュース": "niyusu", "にほん": "nihon", "საქართველო": "sakartvelo", "新闻": "", "ข่าว": "",
	} {
		if got := Slug(latin(text)); got != want {
			t.Errorf("the name of %q is %q, want %q", text, got, want)
		}
	}
}
