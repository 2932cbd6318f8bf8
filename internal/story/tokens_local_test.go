package story

import "testing"

func TestLocalForm(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"de", "Mueller faehrt fuer Oesterreich", "muller fahrt fur osterreich"},
		{"de-AT", "Neue Steuer auf Quellwasser, Israel und Venezuela", "neue steuer auf quellwasser, israel und venezuela"},
		{"de", "Höhe der Manuela-Brücke", "hohe der manuela-brucke"}, // it has umlauts
		{"de", "Bei 40 °C", "bei 40  grad "},
		{"tr", "Rusya'ya 38'den fazla, CHP'li vekile", "rusya xdat 38 xabl fazla, chp'li vekile"},
		{"tr", "3 bin 250 lira", "3250 lira"},
		{"tr", "85 milyon 372 bin kişi, 5 milyon lira, 3 bin ev", "85372000 kisi, 5 milyon lira, 3 bin ev"},
		{"tr", "Su ve et fiyatı, MİT'e: can kaybı yok, suya", "xsu ve xet fiyati, xmit xdat: xcan kaybi yok, suya"},
		{"ru", "За $5 и €6", "за  доллар 5 и  евро 6"},
		{"fr", "poete a rusya'ya", "poete a rusya'ya"},
		{"fr", "Lyon face à l’OM, à l’est", "lyon frente au om, a l'east"},
		{"es", "Al sur de Corea del Sur", "al south de corea del sur"},
		{"es", "Sismo al sur de Lima", "sismo al south de lima"},
		{"pt", "Acção no Irão e em Moscovo", "acao no ira e em moscou"},
	} {
		if got := localForm(foldHeadline(c.text, c.language), c.text, c.language); got != c.want {
			t.Errorf("%q in %s becomes %q, want %q", c.text, c.language, got, c.want)
		}
	}
}

func FuzzLocalForm(f *testing.F) {
	f.Add("Rusya'ya 3 bin 250 lira, 40 °C")
	f.Add("Mueller faehrt fuer ue e")
	f.Add("$5 €5 su et")
	f.Add("1 milyon 2 bin 3 '' 999 bin")
	f.Fuzz(func(t *testing.T, text string) {
		for _, language := range []string{"de", "tr", "az", "fr", "es", "pt", "it", "ru", "uk", "ar", "fa", "he", ""} {
			folded := foldHeadline(text, language)
			if got := localForm(folded, text, language); len(got) > 16*len(folded)+8 {
				t.Errorf("%q becomes %q", folded, got)
			}
		}
	})
}
