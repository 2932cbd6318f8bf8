package news

import (
	"slices"
	"strings"
	"testing"
)

// The label of a source whose title is the feed's own is the name of the outlet.
func TestLabelIsTheNameOfTheOutlet(t *testing.T) {
	for _, c := range []struct{ title, site, address, want string }{
		{"BBC News - World", "https://www.bbc.co.uk/news", "https://feeds.bbci.co.uk/news/world/rss.xml", "BBC News"},
		{"Al Jazeera – Breaking News, World News and Video from Al Jazeera", "https://www.aljazeera.com", "", "Al Jazeera"},
		{"World news | The Guardian", "https://www.theguardian.com/world", "", "The Guardian"},
		{"World news|The Guardian", "https://www.theguardian.com/world", "", "The Guardian"},
		{"NYT > World News", "https://www.nytimes.com/section/world", "", "NYT"},
		{"International - DER SPIEGEL", "https://www.spiegel.de/international", "", "DER SPIEGEL"},
		{"Politics News - CNN.com", "", "http://rss.cnn.com/rss/politics.rss", "CNN.com"},
		{"France 24 - International breaking news, top stories and headlines", "https://www.france24.com/en/", "", "France 24"},
		{"Status - Cloudflare", "https://www.cloudflarestatus.com", "", "Cloudflare"},
		{"News » Le Monde.fr", "https://www.lemonde.fr", "", "Le Monde.fr"},
		{"Middle East — Reuters — Top News", "https://www.reuters.com/world", "", "Reuters"},
		{"Al-Monitor", "https://www.al-monitor.com", "", "Al-Monitor"},
		{"Al-Monitor: The Middle-East's news", "https://www.al-monitor.com", "", "Al-Monitor: The Middle-East's news"},
		{"الجزيرة نت - أخبار", "https://www.aljazeera.net", "", "الجزيرة نت"},
		{"الشرق الأوسط | الأخبار", "https://aawsat.com", "", "الشرق الأوسط"},
		{"أخبار اليوم", "https://akhbarelyom.com", "", "أخبار اليوم"},
		{"- Nachrichten", "", "", "Nachrichten"},
		{"| Tech | Heise", "https://www.heise.de", "", "Heise"},
		{"Seite -", "", "", "Seite"},
		{" - ", "", "", " - "},
		{"|", "", "", "|"},
		{"A>B", "", "", "A>B"},
		{"World - Example", "http://[::1", "http://192.0.2.1/feed", "World"},
	} {
		s := SourceState{Source: Source{Name: "name", Address: c.address}, Feed: Feed{Title: c.title, Site: c.site}}
		if got := s.Label(); got != c.want {
			t.Errorf("label of %q at %q: %q, want %q", c.title, c.site, got, c.want)
		}
		s.Title = c.title
		if got := s.Label(); got != c.title {
			t.Errorf("label of a source with the title %q in feeds.yaml: %q", c.title, got)
		}
	}
}

// The name of an outlet is never empty if the title isn't, and each of its words is in the
// title.
func FuzzOutletName(f *testing.F) {
	f.Add("BBC News - World", "https://www.bbc.co.uk/news")
	f.Add("| > الجزيرة – أخبار |", "http://[::1")
	f.Add("The - the", "https://the.example")
	f.Fuzz(func(t *testing.T, title, site string) {
		got := outletName(title, site)
		if got == "" && title != "" {
			t.Errorf("the title %q has no name", title)
		}
		words := strings.Fields(strings.ReplaceAll(title, "|", " | "))
		for _, w := range strings.Fields(got) {
			if got != title && !slices.Contains(words, w) {
				t.Errorf("the name %q of %q has the word %q", got, title, w)
			}
		}
	})
}
