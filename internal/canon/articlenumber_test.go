package canon

import "testing"

func TestNumberOf(t *testing.T) {
	for _, c := range []struct {
		link, headline, key string
		isLast              bool
	}{
		{"https://www.a.example/news/dockers-strike-81723", "Dockers strike", "a.example/81723?", true},
		{"https://a.example/81723/dockers-strike", "Dockers strike", "a.example/81723?", false},
		{"https://a.example/politique/article/2026/03/02/grève_6612345_3210.html", "Grève", "a.example/6612345,3210?", true},
		{"https://a.example/20260302/zabastovka-1943210987.html", "Забастовка", "a.example/1943210987?", true},
		{"https://a.example/news/1404/09/06/3456789/x", "اعتصاب", "a.example/3456789?", false},
		{"https://a.example/%D8%A7%D8%B9%D8%AA%D8%B5%D8%A7%D8%A8", "اعتصاب", "", false},
		{"https://a.example/2026/03/02/dockers-strike", "Dockers strike", "", false},
		{"https://a.example/briefing-20260302", "Briefing", "", false},
		{"https://a.example/briefing-02032026", "Briefing", "", false},
		{"https://a.example/budget-2026", "Budget passed", "", false},
		{"https://a.example/10000-homes-lose-power", "10,000 homes lose power", "", false},
		{"https://a.example/world/123", "World", "", false},
		{"https://a.example/show?id=81723", "Dockers strike", "", false},
		{"https://a.example/topic-1234?p=55", "Re: moorings", "a.example/1234?p=55", true},
		{"", "Dockers strike", "", false},
		{"https://a.example/%zz-1234", "Dockers strike", "a.example/1234?", true},
	} {
		if got := NumberOf(c.link, c.headline); got.Key != c.key || got.IsLast != c.isLast {
			t.Errorf("NumberOf(%q) = %+v, want %q last %v", c.link, got, c.key, c.isLast)
		}
	}
}

func FuzzNumberOf(f *testing.F) {
	f.Add("https://a.example/news/dockers-strike-81723#x", "Dockers strike", "https://a.example/news/dockers-strike-81723")
	f.Fuzz(func(t *testing.T, link, headline, guid string) {
		if n := NumberOf(link, headline); n.IsLast && n.Key == "" {
			t.Errorf("NumberOf(%q, %q) = %+v", link, headline, n)
		}
		if IsVersionOf(guid, link) && !IsSamePage(guid, link) {
			t.Errorf("%q is a version of %q, but leads to another page", guid, link)
		}
		if IsSamePage(guid, link) && !IsSamePath(guid, link) {
			t.Errorf("%q and %q are one page, but have two paths", guid, link)
		}
	})
}

func TestPlacesOfAPage(t *testing.T) {
	for link, want := range map[string]string{
		"https://a.example/changes#r2.1":            "#r2.1",
		"https://a.example/#!/entry/7":              "#!/entry/7",
		"https://a.example/changes":                 "",
		"https://a.example/changes#":                "",
		"https://a.example/changes#comments":        "",
		"https://a.example/changes#Top":             "",
		"https://a.example/changes#xtor=RSS-3":      "",
		"https://a.example/changes#utm_source=rss":  "",
		"https://a.example/changes#:~:text=release": "",
	} {
		if got := place(link); got != want {
			t.Errorf("place(%q) = %q, want %q", link, got, want)
		}
	}
}

func TestIsVersionOf(t *testing.T) {
	for _, c := range []struct {
		guid, link string
		want       bool
	}{
		{"https://a.example/a/cx9#1", "https://a.example/a/cx9", true},
		{"https://a.example/a/cx9#1", "https://a.example/a/cx9?at_medium=RSS", true},
		{"https://a.example/changes#r2.1", "https://a.example/changes#r2.1", false},
		{"https://a.example/a/cx9", "https://a.example/a/cx9", false},
		{"https://a.example/a/cx8#1", "https://a.example/a/cx9", false},
		{"cx9#1", "https://a.example/a/cx9", false},
	} {
		if got := IsVersionOf(c.guid, c.link); got != c.want {
			t.Errorf("IsVersionOf(%q, %q) = %v", c.guid, c.link, got)
		}
	}
}

func TestWeakGUIDs(t *testing.T) {
	for guid, want := range map[string]bool{
		"1": true, "041": true, "https://a.example/": true, "http://a.example": true,
		"": false, "8127": false, "a1": false, "https://a.example/?p=1": false, "https://a.example/x": false, "https://a.example/#x": false, "urn:x:1": false,
	} {
		if got := IsWeakGUID(guid); got != want {
			t.Errorf("IsWeakGUID(%q) = %v, want %v", guid, got, want)
		}
	}
}
