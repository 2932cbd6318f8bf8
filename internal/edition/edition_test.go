package edition

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// env is a store with news and a press over it.
type env struct {
	testing.TB
	*Press
}

// newEnv returns an env with one topic, world, and one source, wire.
func newEnv(t testing.TB) *env {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{Created: noon})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	s := &env{t, &Press{Store: st}}
	s.update(func(tx *store.Tx) error {
		return errors.Join(
			tx.PutRules(&news.Rules{Site: news.Site{Title: "Arab Press", URL: "https://press.example", ID: "press.example", Language: "en", Motto: "بالشعب"}}),
			tx.Topics.Put(worldTopic()), tx.Sources.Put(newSource("wire")))
	})
	return s
}

// update changes the store as a record does.
func (s *env) update(fn func(*store.Tx) error) {
	s.Helper()
	err := s.Store.Update(func(tx *store.Tx) error {
		seq := tx.Seq() + 1
		return errors.Join(tx.Records.Add(&news.Record{ID: fmt.Sprint("record ", seq), Seq: seq, At: noon}), fn(tx))
	})
	if err != nil {
		s.Fatal(err)
	}
}

func worldTopic() *news.TopicState {
	return &news.TopicState{Topic: news.Topic{Name: "world", Title: "World", Stories: 50}, Seq: 7, Changed: noon}
}

func newSource(name string) *news.SourceState {
	return &news.SourceState{Source: news.Source{
		ID: name, Name: name, Title: strings.ToUpper(name), Address: "https://" + name + ".example/rss", Show: news.ShowSummary,
	}}
}

// addStory stores a story with one take of each source and returns it. Its place in
// world is a minute after that of story n-1.
func (s *env) addStory(n int, headline string, sources ...string) *news.Story {
	s.Helper()
	at := noon.Add(time.Duration(n-1000) * time.Minute)
	id := fmt.Sprintf("%013d", n)
	st := &news.Story{
		ID: id, Seq: uint64(n + 1), URI: "tag:press.example,2026-03-02:" + id, First: at, Last: at,
		Headline: headline, Language: "en", Places: map[string]news.Place{"world": {At: at, Seq: uint64(n + 1), Updated: at.Add(time.Millisecond)}},
	}
	s.update(func(tx *store.Tx) error {
		for i, source := range sources {
			e := &news.Entry{
				ID: fmt.Sprintf("%010d%03d", n, i), Source: source, Seq: st.Seq, Story: id, At: at.Add(time.Duration(i) * time.Second),
				Headline: headline, Link: fmt.Sprintf("https://%s.example/%d", source, n), Language: "en", Author: "Jo Doe",
				Summary: "The summary. " + strings.Repeat("It goes on and on. ", 25), Body: "<p>The <b>body</b>.</p>", Categories: []string{"Politics"},
				Media: []news.Media{{URL: "https://cdn.example/a.mp3"}, {URL: "https://cdn.example/p.jpg", Picture: true}},
				Keys:  news.Keys{GUID: news.Key('g', source, fmt.Sprint(n))},
			}
			st.Takes = append(st.Takes, news.Take{Entry: e.ID, Source: source, Owner: source, Headline: e.Headline, Link: e.Link, Language: "en", At: e.At, Seq: e.Seq})
			if err := tx.Entries.Put(e); err != nil {
				return err
			}
		}
		if len(st.Takes) > 0 {
			st.Lead, st.Source, st.Link = st.Takes[0].Entry, sources[0], st.Takes[0].Link
		}
		return tx.Stories.Put(st)
	})
	return st
}

func (s *env) putStory(st *news.Story) {
	s.Helper()
	s.update(func(tx *store.Tx) error { return tx.Stories.Put(st) })
}

func (s *env) putTopic(t *news.TopicState) {
	s.Helper()
	s.update(func(tx *store.Tx) error { return tx.Topics.Put(t) })
}

func (s *env) putSource(src *news.SourceState) {
	s.Helper()
	s.update(func(tx *store.Tx) error { return tx.Sources.Put(src) })
}

func (s *env) edition(f Format) *Edition {
	s.Helper()
	e, err := s.Topic("world", f)
	if err != nil {
		s.Fatalf("topic world as %s: %v", f, err)
	}
	return e
}

// item is an item of the JSON edition, in which nothing is escaped twice.
type item struct {
	ID       string                       `json:"id"`
	URL      string                       `json:"url"`
	Title    string                       `json:"title"`
	Summary  string                       `json:"summary"`
	Content  string                       `json:"content_html"`
	Image    string                       `json:"image"`
	Sources  []struct{ Name, URL string } `json:"_sources"`
	Modified time.Time                    `json:"date_modified"`
}

func (s *env) items() []item {
	s.Helper()
	var f struct{ Items []item }
	if err := json.Unmarshal(s.edition(JSON).Body, &f); err != nil {
		s.Fatal(err)
	}
	return f.Items
}

func (s *env) titles() []string {
	s.Helper()
	var out []string
	for _, i := range s.items() {
		out = append(out, i.Title)
	}
	return out
}

func TestSameRecordsSameBytes(t *testing.T) {
	fill := func() *env {
		s := newEnv(t)
		s.putSource(newSource("other"))
		for i := range 20 {
			s.addStory(i, fmt.Sprint("Headline ", i), "wire", "other")
		}
		return s
	}
	a, b := fill(), fill()
	restarted := &env{t, &Press{Store: a.Store}}
	for _, f := range Formats {
		want := a.edition(f)
		for _, other := range []*env{b, restarted} {
			if got := other.edition(f); !bytes.Equal(want.Body, got.Body) || want.ETag != got.ETag {
				t.Errorf("%s: ETag %s and %s from the same records", f, want.ETag, got.ETag)
			}
		}
		if !strings.HasPrefix(want.ETag, `"7-`) || !want.Modified.Equal(noon) {
			t.Errorf("%s: ETag %s, modified %v; want those of record 7 at noon", f, want.ETag, want.Modified)
		}
	}
}

func TestTopicIsRenderedOncePerChange(t *testing.T) {
	s := newEnv(t)
	s.addStory(1, "First", "wire")
	made := make([]*Edition, 20)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() { made[i], _ = s.Topic("world", RSS) })
	}
	wg.Wait()
	for _, e := range made {
		if e == nil || e != made[0] {
			t.Fatal("concurrent readers got different editions")
		}
	}
	s.addStory(2, "Second", "wire")
	if e := s.edition(RSS); e != made[0] {
		t.Error("the edition was rendered again although the topic did not change")
	}
	changed := worldTopic()
	changed.Seq, changed.Changed = 8, noon.Add(time.Minute)
	s.putTopic(changed)
	if e := s.edition(RSS); e == made[0] || !bytes.Contains(e.Body, []byte("Second")) {
		t.Error("the edition did not change with its topic")
	}
}

// A record that changes one topic of many causes one rendering. The other topics come
// from the cache.
func TestOneTopicOfManyIsRenderedAgain(t *testing.T) {
	s := newEnv(t)
	const many = 1000
	name := func(i int) string { return fmt.Sprint("topic-", i) }
	state := func(i int, seq uint64) *news.TopicState {
		return &news.TopicState{Topic: news.Topic{Name: name(i), Title: name(i), Stories: 50}, Seq: seq, Changed: noon}
	}
	s.update(func(tx *store.Tx) error {
		var err error
		for i := range many {
			err = errors.Join(err, tx.Topics.Put(state(i, 1)))
		}
		return err
	})
	all := func() (out []*Edition) {
		for i := range many {
			e, err := s.Topic(name(i), Atom)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, e)
		}
		return out
	}
	before := all()
	s.putTopic(state(7, 2))
	for i, e := range all() {
		if again := e != before[i]; again != (i == 7) {
			t.Errorf("%s rendered again: %t", name(i), again)
		}
	}
}

func TestNoEdition(t *testing.T) {
	s := newEnv(t)
	for _, st := range []*news.TopicState{
		{Topic: news.Topic{Name: "over"}, Removed: true},
		{Topic: news.Topic{Name: "older"}, RenamedTo: "old"},
		{Topic: news.Topic{Name: "old"}, RenamedTo: "world"},
		{Topic: news.Topic{Name: "lost"}, RenamedTo: "over"},
	} {
		s.putTopic(st)
	}
	for name, want := range map[string]error{"never": ErrUnknown, "over": ErrGone, "lost": ErrGone, "old": &Moved{"world"}, "older": &Moved{"world"}} {
		_, err := s.Topic(name, Atom)
		var m, w *Moved
		if errors.As(want, &w) {
			if !errors.As(err, &m) || m.Name != w.Name {
				t.Errorf("topic %s: %v, want %v", name, err, want)
			}
		} else if !errors.Is(err, want) {
			t.Errorf("topic %s: %v, want %v", name, err, want)
		}
	}
	if _, err := s.Topic("world", "pdf"); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown format: %v", err)
	}
}

func TestFeedStories(t *testing.T) {
	s := newEnv(t)
	for i := range 6 {
		s.addStory(i, fmt.Sprint("Story ", i), "wire")
	}
	if d := cmp.Diff([]string{"Story 5", "Story 4", "Story 3", "Story 2", "Story 1", "Story 0"}, s.titles()); d != "" {
		t.Errorf("titles, newest place first (-want +got):\n%s", d)
	}
	few := worldTopic()
	few.Seq, few.Stories = 8, 4
	few.WindowStart = noon.Add(3*time.Minute - 1000*time.Minute)
	s.putTopic(few)
	if d := cmp.Diff([]string{"Story 5", "Story 4", "Story 3"}, s.titles()); d != "" {
		t.Errorf("titles of four stories, none before the window (-want +got):\n%s", d)
	}
}

func TestShowIsOneGate(t *testing.T) {
	for _, c := range []struct {
		show           news.Show
		has, hasNot    []string
		summary, image bool
	}{
		{show: news.ShowHeadline, hasNot: []string{"The summary", "body", "cdn.example"}},
		{show: news.ShowSummary, has: []string{"The summary", "cdn.example/a.mp3"}, hasNot: []string{"<b>body", strings.Repeat("It goes on and on. ", 16)}, summary: true, image: true},
		{show: news.ShowFull, has: []string{"cdn.example/a.mp3", "body</"}, summary: true, image: true},
	} {
		s := newEnv(t)
		src := newSource("wire")
		src.Show = c.show
		s.putSource(src)
		s.addStory(1, "A headline", "wire")
		for _, f := range Formats {
			body := string(s.edition(f).Body)
			for _, w := range append(c.has, "A headline", "https://wire.example/1", "https://press.example/stories/0000000000001") {
				if !strings.Contains(body, w) {
					t.Errorf("show %s: %s lacks %q", c.show, f, w)
				}
			}
			for _, w := range c.hasNot {
				if strings.Contains(body, w) {
					t.Errorf("show %s: %s has %q", c.show, f, w)
				}
			}
		}
		i := s.items()[0]
		if (i.Summary != "") != c.summary || (i.Image != "") != c.image {
			t.Errorf("show %s: summary %q, image %q", c.show, i.Summary, i.Image)
		}
		if n := len([]rune(i.Summary)); c.show == news.ShowSummary && n > summaryLength {
			t.Errorf("the summary has %d characters, want at most 300", n)
		}
	}
}

func TestItemLinks(t *testing.T) {
	s := newEnv(t)
	s.addStory(1, "With a link", "wire")
	bare := s.addStory(2, "Without one", "wire")
	bare.Link = ""
	s.putStory(bare)
	urls := func() (out []string) {
		for _, i := range s.items() {
			out = append(out, i.URL)
		}
		return out
	}
	if d := cmp.Diff([]string{"https://press.example/stories/0000000000002", "https://wire.example/1"}, urls()); d != "" {
		t.Errorf("link: outlet (-want +got):\n%s", d)
	}
	toStory := worldTopic()
	toStory.Seq, toStory.ToStory = 8, true
	s.putTopic(toStory)
	if d := cmp.Diff([]string{"https://press.example/stories/0000000000002", "https://press.example/stories/0000000000001"}, urls()); d != "" {
		t.Errorf("link: story (-want +got):\n%s", d)
	}
}

func TestItemListsEveryOutlet(t *testing.T) {
	s := newEnv(t)
	names := []string{"wire"}
	for i := range 23 {
		names = append(names, fmt.Sprintf("paper%02d", i))
		s.putSource(newSource(names[i+1]))
	}
	st := s.addStory(1, "Markets rise", append(names, "wire")...)
	st.Takes[1].Headline, st.Takes[1].Language = "ارتفاع الأسواق", "ar"
	st.Takes[2].Headline = "MARKETS rise!"
	s.putStory(st)
	i := s.items()[0]
	if len(i.Sources) != 24 || i.Sources[0].Name != "WIRE" {
		t.Errorf("%d sources, the first is %q; want 24, WIRE first", len(i.Sources), i.Sources[0].Name)
	}
	if strings.Contains(i.Content, "MARKETS") {
		t.Errorf("a headline that differs only in case is repeated:\n%s", i.Content)
	}
	if n := strings.Count(i.Content, "<li"); n != maxListed+1 {
		t.Errorf("%d list items in the content, want %d:\n%s", n, maxListed+1, i.Content)
	}
	for _, w := range []string{
		`<a href="https://press.example/stories/0000000000001">and 14 more</a>`,
		`<li lang="ar" dir="rtl"><a href="https://paper00.example/1">PAPER00</a>: ارتفاع الأسواق · <time datetime="2026-03-01T19:21:01Z" lang="en" dir="ltr">1 March 2026, 19:21 UTC</time></li>`,
	} {
		if !strings.Contains(i.Content, w) {
			t.Errorf("the content lacks %s:\n%s", w, i.Content)
		}
	}
	if !strings.HasSuffix(i.Content, `<p lang="en" dir="ltr"><a href="https://press.example/stories/0000000000001">This story at <bdi>Arab Press</bdi></a></p>`) {
		t.Errorf("the last line does not link to our page:\n%s", i.Content)
	}
}

// Our own texts in an item are in the site's language, and isolated from the texts of
// sources.
func TestOwnTextsAreInTheSitesLanguage(t *testing.T) {
	s := newEnv(t)
	s.update(func(tx *store.Tx) error {
		return tx.PutRules(&news.Rules{Site: news.Site{Title: "Arab Press", URL: "https://press.example", ID: "press.example", Language: "ar"}})
	})
	names := []string{"wire"}
	for i := range 13 {
		names = append(names, fmt.Sprintf("paper%02d", i))
		s.putSource(newSource(names[i+1]))
	}
	s.addStory(1, "Markets rise", names...)
	killed := s.addStory(2, "A libel", "wire")
	killed.Killed = noon
	s.putStory(killed)
	topic := worldTopic()
	topic.Tombstones = []news.Tombstone{{Story: killed.ID, URI: killed.URI, At: noon}}
	s.putTopic(topic)
	all := s.items()
	for i, want := range []string{
		`<p lang="ar" dir="rtl">سحبته <bdi>WIRE</bdi>، <time datetime="2026-03-02T12:00:00Z" dir="rtl">2 مارس 2026، 12:00 UTC</time>.</p>`,
		`<li lang="ar" dir="rtl"><a href="https://press.example/stories/0000000000001">و4 وسائل إعلام أخرى</a></li>`,
	} {
		if !strings.Contains(all[i].Content, want) {
			t.Errorf("item %d lacks %s:\n%s", i, want, all[i].Content)
		}
	}
	if !strings.HasSuffix(all[1].Content, `<p lang="ar" dir="rtl"><a href="https://press.example/stories/0000000000001">هذا الخبر على <bdi>Arab Press</bdi></a></p>`) {
		t.Errorf("the last line does not link to our page:\n%s", all[1].Content)
	}
}

func TestKeyedSourcesNeedAKeyedTopic(t *testing.T) {
	s := newEnv(t)
	secret := newSource("secret")
	secret.Keyed, secret.Address = true, "https://secret.example/rss?token=swordfish"
	s.putSource(secret)
	st := s.addStory(1, "Open headline", "secret", "wire")
	st.Headline, st.Takes[0].Headline = "Secret headline", "Secret headline"
	s.putStory(st)
	s.addStory(2, "Only secret", "secret")
	for _, f := range Formats {
		if body := strings.ToLower(string(s.edition(f).Body)); strings.Contains(body, "secret") || !strings.Contains(body, "open headline") {
			t.Errorf("%s of an open topic:\n%s", f, body)
		}
	}
	keyed := worldTopic()
	keyed.Seq, keyed.Keyed = 8, true
	s.putTopic(keyed)
	for _, f := range Formats {
		body := string(s.edition(f).Body)
		if !strings.Contains(body, "Secret headline") || !strings.Contains(body, "Only secret") {
			t.Errorf("%s of a keyed topic lacks the headlines of the keyed source", f)
		}
		if strings.Contains(body, "swordfish") {
			t.Errorf("%s reveals the credentials", f)
		}
	}
}

// TestNotesStayForADay: in every format a story that was withdrawn, or hidden, is a note
// under its id while its tombstone stands, and then nothing.
func TestNotesStayForADay(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		s := newEnv(t)
		st := s.addStory(1, "A libel", "wire", "paper")
		place := st.Places["world"]
		place.Updated = noon.Add(time.Hour)
		if hidden {
			st.Hidden, place.Out = map[string]uint64{"world": 1}, true
		} else {
			st.Killed = noon
			st.Takes[0].Killed, st.Takes[1].Killed, st.Takes[1].KilledBy = noon, noon, "wire"
		}
		st.Places["world"] = place
		s.putStory(st)
		s.addStory(2, "Other news", "wire")
		topic := worldTopic()
		topic.Tombstones = []news.Tombstone{{Story: st.ID, URI: st.URI, At: noon}}
		s.putTopic(topic)
		for _, f := range Formats {
			body := string(s.edition(f).Body)
			for _, gone := range []string{"A libel", "wire.example/1", "cdn.example/1", "PAPER"} {
				if strings.Contains(body, gone) {
					t.Errorf("hidden %v: %s has %q", hidden, f, gone)
				}
			}
			said := map[bool]string{false: "Withdrawn by", true: "The editors have taken this story down"}[hidden]
			moved := place.Updated.Format("2006-01-02T15:04:05")
			if !strings.Contains(body, said) || !strings.Contains(body, st.URI) || !strings.Contains(body, moved) || strings.Contains(body, "deleted-entry") {
				t.Errorf("hidden %v: %s lacks the note %q under the old id, updated at %s:\n%s", hidden, f, said, moved, body)
			}
		}
		says := map[bool]string{false: "Withdrawn by", true: "The editors have taken this story down."}[hidden]
		if body := string(s.edition(RSS).Body); !strings.Contains(body, "<description>"+says) {
			t.Errorf("hidden %v: no description is the note:\n%s", hidden, body)
		}
		if items := s.items(); len(items) != 2 || items[0].Title != "Other news" {
			t.Errorf("hidden %v: items %+v; want the note in its story's place", hidden, items)
		}
		topic.Tombstones, topic.Seq = nil, topic.Seq+1
		s.putTopic(topic)
		for _, f := range Formats {
			if body := string(s.edition(f).Body); strings.Contains(body, st.URI) {
				t.Errorf("hidden %v: %s has the note after its day:\n%s", hidden, f, body)
			}
		}
	}
}

// TestRightsComeOut: notice of rights, licence, credit of the picture and origin of an
// entry are in every format.
func TestRightsComeOut(t *testing.T) {
	s := newEnv(t)
	st := s.addStory(1, "Wells are full", "wire")
	s.update(func(tx *store.Tx) error {
		e, err := tx.Entries.Get(st.Lead)
		if err != nil {
			return err
		}
		more := *e
		more.Rights, more.License, more.Origin, more.OriginFeed = "© Original Daily", "https://creativecommons.org/licenses/by-sa/4.0/", "The Origin", "https://origin.example/rss"
		more.Media = []news.Media{{URL: "https://cdn.example/p.jpg", Picture: true, Credit: "Jo Photo"}}
		return tx.Entries.Put(&more)
	})
	for f, want := range map[Format][]string{
		RSS:  {"<dc:rights>© Original Daily</dc:rights>", "<creativeCommons:license>https://creativecommons.org/licenses/by-sa/4.0/<", `<source url="https://origin.example/rss">The Origin<`, "<media:credit>Jo Photo<"},
		Atom: {"<rights>© Original Daily</rights>", `rel="license"`, "<id>https://origin.example/rss</id>", "<media:credit>Jo Photo<", "<rights>© Original Daily</rights></source>"},
		JSON: {`"notice":"© Original Daily"`, `"license":"https://creativecommons.org/licenses/by-sa/4.0/"`, `"origin":{"name":"The Origin"`, `"picture":"Jo Photo"`},
	} {
		body := string(s.edition(f).Body)
		for _, w := range append(want, "CC BY-SA 4.0", "Picture: ") {
			if !strings.Contains(body, w) {
				t.Errorf("%s lacks %q:\n%s", f, w, body)
			}
		}
	}
}

// A lead without a picture is given that of another outlet, with its name, if that lets us
// show it.
func TestLeadIsGivenAPicture(t *testing.T) {
	for _, show := range []news.Show{news.ShowSummary, news.ShowHeadline} {
		s := newEnv(t)
		paper := newSource("paper")
		paper.Show = show
		s.putSource(paper)
		st := s.addStory(1, "Wells are full", "wire", "paper")
		s.update(func(tx *store.Tx) error {
			e, err := tx.Entries.Get(st.Lead)
			if err != nil {
				return err
			}
			bare := *e
			bare.Media = nil
			return tx.Entries.Put(&bare)
		})
		want := show == news.ShowSummary
		if body := string(s.edition(RSS).Body); strings.Contains(body, "cdn.example/p.jpg") != want || strings.Contains(body, "<media:credit>PAPER<") != want || strings.Contains(body, "a.mp3") {
			t.Errorf("show: %s: want the picture: %v\n%s", show, want, body)
		}
	}
}

func TestCorrectedTakeIsNotShown(t *testing.T) {
	s := newEnv(t)
	s.putSource(newSource("second"))
	st := s.addStory(1, "Twelve hurt", "wire", "wire", "second")
	st.Takes[0].Headline, st.Takes[0].CorrectedBy = "Two hurt", st.Takes[1].Entry
	st.Lead = st.Takes[1].Entry
	s.putStory(st)
	items := s.items()
	if len(items) != 1 || strings.Contains(items[0].Content, "Two hurt") || strings.Count(items[0].Content, "WIRE") != 1 || !strings.Contains(items[0].Content, "SECOND") {
		t.Errorf("items %+v, want one that names both outlets and no wrong headline", items)
	}
	shown := ShownTakes(st, false, func(string) *news.SourceState { return nil })
	if len(shown) != 2 || !shown[0].At.Equal(st.Takes[0].At) {
		t.Errorf("takes %+v, want the correction with the time of the take that it corrects", shown)
	}
}

func TestPinsComeFirstAndOnce(t *testing.T) {
	s := newEnv(t)
	s.addStory(1, "Old story", "wire")
	s.addStory(2, "New story", "wire")
	topic := worldTopic()
	topic.Pins = []news.Pin{{Story: fmt.Sprintf("%013d", 1)}}
	s.putTopic(topic)
	var got []string
	for _, i := range s.items() {
		got = append(got, i.Title)
	}
	if diff := cmp.Diff([]string{"Old story", "New story"}, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}

func TestEventIsOneItemWithAllItsOutlets(t *testing.T) {
	s := newEnv(t)
	for _, name := range []string{"second", "third"} {
		s.putSource(newSource(name))
	}
	topic := worldTopic()
	topic.Fold = news.FoldEvent
	s.putTopic(topic)
	one, two := s.addStory(1, "Ferry sinks", "wire"), s.addStory(2, "Dozens missing after ferry sinks", "second", "third")
	one.Event, two.Event = one.ID, one.ID
	two.Places = nil
	two.Takes[1].Killed = noon
	s.putStory(one)
	s.putStory(two)
	s.update(func(tx *store.Tx) error {
		return tx.Events.Put(&news.Event{ID: one.ID, Stories: []string{one.ID, two.ID}})
	})
	items := s.items()
	if len(items) != 1 || !strings.Contains(items[0].Content, "Dozens missing") || !strings.Contains(items[0].Content, "SECOND") {
		t.Fatalf("items %+v, want one with the other story's outlet", items)
	}
	if strings.Contains(items[0].Content, "THIRD") {
		t.Errorf("an outlet that withdrew its headline is named:\n%s", items[0].Content)
	}
}

// Each headline of an event stands in its item with an outlet and a link, also when one
// outlet has several. A story of many outlets does not crowd out the others.
func TestEventItemListsEachHeadline(t *testing.T) {
	s := newEnv(t)
	var many []string
	for i := range 70 {
		many = append(many, fmt.Sprint("outlet", i))
		s.putSource(newSource(many[i]))
	}
	topic := worldTopic()
	topic.Fold = news.FoldEvent
	s.putTopic(topic)
	first := s.addStory(1, "Ferry sinks", many...)
	ev := &news.Event{ID: first.ID, Stories: []string{first.ID}}
	first.Event = ev.ID
	s.putStory(first)
	for i := 2; i <= 70; i++ {
		st := s.addStory(i, fmt.Sprintf("Report %d from the ferry", i), "outlet0")
		st.Event, st.Places = ev.ID, nil
		ev.Stories = append(ev.Stories, st.ID)
		s.putStory(st)
	}
	s.update(func(tx *store.Tx) error { return tx.Events.Put(ev) })
	content := s.items()[0].Content
	for i := 2; i <= 70; i++ {
		line := fmt.Sprintf(`<a href="https://outlet0.example/%d">OUTLET0</a>: Report %d from the ferry`, i, i)
		if !strings.Contains(content, line) {
			t.Fatalf("the item lacks %s:\n%s", line, content)
		}
	}
	if n := strings.Count(content, "<li"); n != maxEventOutlets+1 || !strings.Contains(content, "and 38 more") {
		t.Errorf("%d lines, want %d and how many more:\n%s", n, maxEventOutlets, content)
	}
}

func TestItemWithoutItsEntryHasAHeadline(t *testing.T) {
	s := newEnv(t)
	st := s.addStory(1, "Kept headline", "wire")
	s.update(func(tx *store.Tx) error {
		e, err := tx.Entries.Get(st.Lead)
		if err != nil {
			return err
		}
		return errors.Join(tx.Entries.DeleteText(e), tx.Entries.Delete(e))
	})
	if i := s.items()[0]; i.Title != "Kept headline" || i.URL != "https://wire.example/1" {
		t.Errorf("the item is %+v", i)
	}
}

func TestEncoded(t *testing.T) {
	s := newEnv(t)
	s.addStory(1, "Story", "wire")
	e := s.edition(Atom)
	tags := map[string]bool{}
	for _, coding := range []string{"identity", "gzip", "zstd"} {
		body, tag := e.Encoded(coding)
		again, _ := e.Encoded(coding)
		if &body[0] != &again[0] {
			t.Errorf("%s was made twice", coding)
		}
		tags[tag] = true
		if got := decoded(t, coding, body); !bytes.Equal(got, e.Body) {
			t.Errorf("%s decodes to another text", coding)
		}
	}
	if len(tags) != 3 {
		t.Errorf("three codings have the ETags %v, want three", tags)
	}
}

func decoded(t *testing.T, coding string, body []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	var err error
	switch coding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSourceIDIsItsCanonicalAddress(t *testing.T) {
	for address, want := range map[string]bool{
		"https://a.example/rss": true, "https://a.example/": true, "https://a.example/x/?b=c": true, "http://127.0.0.1:8900/x": true,
		"https://a.example": false, "https://A.example/": false, "https://a.example:443/": false, "https://a.example/../x": false,
		"https://a.example/%7e": false, "https://a.example/é": false, "https://a.example/#x": false, "ftp://a.example/": false, "": false,
	} {
		if got := isCanonical(address); got != want {
			t.Errorf("isCanonical(%q) = %t", address, got)
		}
	}
	s := newEnv(t)
	s.addStory(1, "Story", "wire")
	if body := string(s.edition(Atom).Body); !strings.Contains(body, "<id>https://wire.example/rss</id>") {
		t.Errorf("the id of the source is not its address:\n%s", body)
	}
}

// A note is in its story's place below the posts that are pinned now, however many pins
// there are.
func TestNotesAreBelowPinnedPosts(t *testing.T) {
	s := newEnv(t)
	pinned, withdrawn := s.addStory(1, "Pinned", "wire"), s.addStory(2, "A libel", "wire")
	s.addStory(3, "Older news", "wire")
	gone := s.addStory(4, "Pinned and gone", "wire")
	note := s.addStory(5, "Another libel", "wire")
	for _, st := range []*news.Story{withdrawn, note} {
		st.Killed, st.Takes[0].Killed = noon, noon
		s.putStory(st)
	}
	place := gone.Places["world"]
	place.Out = true
	gone.Places["world"] = place
	s.putStory(gone)
	topic := worldTopic()
	topic.Pins = []news.Pin{{Story: gone.ID}, {Story: pinned.ID}}
	topic.Tombstones = []news.Tombstone{{Story: withdrawn.ID, URI: withdrawn.URI, At: noon}, {Story: note.ID, URI: note.URI, At: noon}}
	s.putTopic(topic)
	var ids []string
	for _, i := range s.items() {
		ids = append(ids, strings.TrimLeft(i.ID[strings.LastIndex(i.ID, ":")+1:], "0"))
	}
	if d := cmp.Diff([]string{"1", "5", "3", "2"}, ids); d != "" {
		t.Errorf("items (-want +got):\n%s", d)
	}
}
