package desk

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestWhatADocumentListsTogether(t *testing.T) {
	at := func(name string) string { return "https://one.example/p/" + name }
	photo := func(n string, age time.Duration) item {
		it := dated(n, "Photo", at(n), age)
		it.picture = "https://one.example/" + n + ".jpg"
		return it
	}
	ferry := dated("a", "Ferry service resumes across the strait", at("a"), time.Hour).with("The first boat left at six.", "")
	playAll(t, []playCase{
		{"bulletins under one title", [][]item{{
			dated("b1", "The news in five minutes", at("b1"), time.Hour).with("", at("1.mp3")),
			dated("b2", "The news in five minutes", at("b2"), 65*time.Minute).with("", at("2.mp3")),
			dated("b3", "The news in five minutes", at("b3"), 3*time.Hour).with("", at("3.mp3")),
		}}, []string{"The news in five minutes", "The news in five minutes", "The news in five minutes"}},
		{"a part after the other", [][]item{
			{dated("v1", "A walk along the old brewery", at("v1"), 5*time.Hour)}, {dated("v2", "A walk along the old brewery, part two", at("v2"), time.Hour)},
		}, []string{"A walk along the old brewery", "A walk along the old brewery, part two"}},
		{"a bulletin after the other", [][]item{
			{dated("b1", "Die Nachrichten", at("b1"), 2*time.Hour).with("", at("1.mp3"))},
			{dated("b2", "Die Nachrichten", at("b2"), time.Hour).with("", at("2.mp3"))},
		}, []string{"Die Nachrichten", "Die Nachrichten"}},
		{"a status after the other", [][]item{
			{dated("1", "Fresh status by barge_captain", at("1"), 3*time.Hour).with("Fog on the bay, every crossing is late.", "")},
			{dated("2", "Fresh status by barge_captain", at("2"), time.Hour).with("Engine two runs again since noon.", "")},
		}, []string{"Fresh status by barge_captain", "Fresh status by barge_captain"}},
		{"a longer text after the other", [][]item{
			{ferry}, {dated("2", "Ferry service resumes across the strait", at("2"), time.Minute).with("The first boat left at six. The second one is late.", "")},
		}, []string{"Ferry service resumes across the strait"}},
		{"a text that is cut off", [][]item{{
			ferry, dated("2", "Ferry service resumes across the strait", at("2"), 55*time.Minute).with("The first boat left at…", ""),
		}}, []string{"Ferry service resumes across the strait"}},
		{"two names in one clause", [][]item{{
			dated("1", "阿根廷2比1战胜法国夺冠", at("1"), time.Hour), dated("2", "阿根廷2比1战胜英国夺冠", at("2"), 2*time.Hour),
		}}, []string{"阿根廷2比1战胜法国夺冠", "阿根廷2比1战胜英国夺冠"}},
		{"photos minutes apart", [][]item{{photo("p1", 61*time.Minute), photo("p2", 60*time.Minute)}}, []string{"Photo", "Photo"}},
		{"light edits beside each other", [][]item{{
			dated("1", "Help for users of a work or school account", at("1"), time.Hour),
			dated("2", "Help for users of a personal account", at("2"), 2*time.Hour),
		}}, []string{"Help for users of a work or school account", "Help for users of a personal account"}},
		{"a light edit that comes later", [][]item{{ferry}, {
			dated("b", "Ferry service resumes across the strait, says port", at("b"), time.Minute), ferry,
		}}, []string{"Ferry service resumes across the strait", "Ferry service resumes across the strait, says port"}},
		{"سه پرسش", [][]item{{
			dated("1", "چگونه گذرنامه خود را تمدید کنیم", at("1"), time.Hour),
			dated("2", "چگونه گذرنامه فرزند خود را تمدید کنیم", at("2"), 2*time.Hour),
		}}, []string{"چگونه گذرنامه خود را تمدید کنیم", "چگونه گذرنامه فرزند خود را تمدید کنیم"}},
		{"one text under two addresses", [][]item{{
			ferry, dated("b", "Ferry service resumes across the strait", at("b"), 58*time.Minute).with("The first boat left at six.", ""),
		}}, []string{"Ferry service resumes across the strait"}},
		{"one title hours apart", [][]item{{
			dated("1", "Fresh status by barge_captain", at("1"), time.Hour),
			dated("2", "Fresh status by barge_captain", at("2"), 2*time.Hour),
		}}, []string{"Fresh status by barge_captain", "Fresh status by barge_captain"}},
		{"a further take that says so", [][]item{{ferry}, {
			dated("b", "UPDATE 1-Ferry service resumes across the strait", at("b"), time.Minute), ferry,
		}}, []string{"Ferry service resumes across the strait"}},
		{"a correction beside the original", [][]item{
			{dated("1", "Council sells two barges to Sundvik", at("1"), time.Hour)},
			{dated("2", "CORRECTED-Council sells three barges to Sundvik", at("2"), time.Minute), dated("1", "Council sells two barges to Sundvik", at("1"), time.Hour)},
		}, []string{"CORRECTED-Council sells three barges to Sundvik"}},
	})
}

// The fuller of a flash and its report leads, even if the flash was published first.
func TestAStubIsCompleted(t *testing.T) {
	flash := dated("1", "Mayor of Torvik resigns", "https://one.example/p/flash", 30*time.Minute)
	full := dated("2", "Mayor of Torvik resigns", "https://one.example/p/report", 10*time.Minute).with("She leaves in May, after nine years.", "")
	r := play(t, [][]item{{flash}, {full, flash}})
	s := r.top("all")
	if len(s) != 1 || s[0].Link != full.link {
		t.Fatalf("%d stories, with the link %s; want one with that of the report", len(s), s[0].Link)
	}
}

// The same items in two feeds of one outlet are the same stories, though each feed
// lists them beside each other.
func TestSectionsThatOverlap(t *testing.T) {
	r := open(t, "politics", "local")
	for i := range r.rules.Sources {
		r.rules.Sources[i].Owner = "one"
	}
	r.enforce()
	for _, source := range []string{"politics", "local"} {
		var items []item
		for i := range 3 {
			items = append(items, dated(fmt.Sprint(source, i), "Fresh status by barge_captain", fmt.Sprintf("https://%s.example/p/%d", source, i), time.Duration(i+1)*time.Hour))
		}
		r.visit(source, items...)
		r.restart()
	}
	for _, s := range r.top("all") {
		if len(s.Takes) != 2 {
			t.Errorf("the story at %s has %d takes, want one of each section", s.Link, len(s.Takes))
		}
	}
	if n := len(r.top("all")); n != 3 {
		t.Errorf("%d stories, want 3", n)
	}
}

// An edit with another guid and address replaces the lead of its own source, once the
// original is gone.
func TestALaterEditLeads(t *testing.T) {
	old := dated("a", "Chimney falls over at the old brewery", "https://one.example/p/chimney-falls", time.Hour)
	edit := dated("b", "Chimney falls over at the old brewery, nobody hurt", "https://one.example/p/nobody-hurt", time.Minute)
	r := play(t, [][]item{{old}, {edit}})
	s := r.top("all")
	if len(s) != 1 || s[0].Headline != edit.title || s[0].Link != edit.link {
		t.Fatalf("got %q with the link %s", r.headlines("all"), s[0].Link)
	}
	if was := s[0].Takes[1].Earlier; len(was) != 1 || was[0].Headline != old.title {
		t.Errorf("earlier headlines %v", was)
	}
}

// A visit costs the same however many reports of its source have one headline.
func TestReportsUnderOneHeadlineDoNotDelay(t *testing.T) {
	r := open(t, "wire")
	r.visit("wire")
	var cost []uint64
	for k := range 5 {
		var items []item
		for i := range 150 {
			it := fresh(fmt.Sprint(k, "-", i), "Evening bulletin of Lorelista with the news of the day", time.Duration(i)*20*time.Minute)
			it.text = fmt.Sprintf("Text %d of %d. %s", i, k, strings.Repeat(fmt.Sprintf("w%dx%d ", k, i), 5))
			items = append(items, it)
		}
		r.pass(time.Minute)
		before := allocated()
		r.visit("wire", items...)
		cost = append(cost, allocated()-before)
	}
	t.Log(cost)
	if cost[4] > 2*cost[1] {
		t.Errorf("the visits allocated %d bytes: the last one more than twice as many as the second", cost)
	}
}

// Of an original and a light edit that an outlet lists together, the original joins the
// story of another outlet, in whatever order the document lists them.
func TestTheOriginalJoinsTheOtherOutlet(t *testing.T) {
	plain := dated("1", "Ferry fares to rise by a tenth in May", "https://one.example/f/1", 2*time.Hour).with("From the first of May.", "")
	voices := dated("2", "Ferry fares to rise by a tenth in May: what commuters say", "https://one.example/f/2", time.Hour).with("Voices from the quay.", "")
	for _, items := range [][]item{{plain, voices}, {voices, plain}} {
		r := open(t, "one", "two")
		r.visit("two", dated("z", plain.title, "https://two.example/9", 30*time.Minute))
		r.visit("one", items...)
		top := r.top("all")
		if len(top) != 2 {
			t.Errorf("the topic has %q, want two stories", r.headlines("all"))
		}
		for _, s := range top {
			if want := map[bool]int{true: 2, false: 1}[s.Headline == plain.title]; s.Outlets() != want {
				t.Errorf("%q has %d outlets, want %d", s.Headline, s.Outlets(), want)
			}
		}
	}
}
