package edition

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// generatedTopics is the number of topics that the validators check.
const generatedTopics = 200

// texts are used as headlines, names and summaries.
var texts = []string{
	"", "Markets rise as ministers meet", "AT&T < Verizon & <b>bold</b> </b> moves", "Use &amp;amp; in HTML &#x27; &nbsp", "<script>alert(1)</script>",
	"]]> <![CDATA[", "a\x00b\x08c\x1fd\x7fe\u0085f\ufffeg\ufdd0h", "bad \xff\xfe utf8 \xed\xa0\x80", "\u202eevil\u202c \u2066x",
	"ارتفاع الأسواق بعد اجتماع الوزراء", "هل تفوز \"إنتل\"؟ 50% & أكثر", "שלום עולם", "😀👩‍👩‍👧 🇪🇬 won", "日本語の見出し 한국어 ไทย", "line\none\r\n\ttwo",
	strings.Repeat("A very long headline goes on. ", 400), "-->", "<!-- x", "<?php echo 1 ?>", "Jo <jo@b.example>", "R&B1 &sum &copy2 &not;", "\u2028\u2029", "e\u0301\u0301",
}

// bodies are HTML as sources send it.
var bodies = []string{
	"", "<p>One <b>two</p> three</b>", "<table><tr><td>cell<p>text</table>", `<img src="/relative.png"><a href="x">y</a>`, `<img src=https://t.example/pixel.gif width=1 height=1>`,
	`<script>alert(1)</script><style>p{}</style><iframe src="https://a.example"></iframe>`, `<p onclick="x()" style="position:fixed">styled</p>`, "a & b < c > d &bogus; &nbsp;",
	`<a href="javascript:alert(1)">x</a><a href="https://a.example/?a=1&b=2">y</a>`, "<div><ul><li>one<li>two</div>", "\x00\x01<p>\x7f\u0085\ufffe</p>", "<h1>x</h2></h3>",
	`<video src="https://v.example/a.mp4" controls></video><audio src=x></audio>`, "<p dir=rtl lang=ar>مرحبا</p>", "]]><![CDATA[<p>x</p>", "<svg><circle r=1></svg><math><mi>x</mi></math>",
	strings.Repeat("<p>A paragraph of a long text that never seems to end.</p>", 3000), "<blockquote><blockquote><p>", "<a><a href=https://a.example><p></a></p>", "<select><option>a</select><form><input></form>",
	"<p>unclosed <em>and <strong>nested", "<br/><br></br><hr/>", "&lt;b&gt;escaped&lt;/b&gt;", `<img alt="a &quot;b&quot; <c>" src="https://i.example/a b.jpg?x=1&amp;y=2">`,
}

var languageTags = []string{"", "en", "ar", "en_US", "ckb", "yue", "x-klingon", "aaa", "zh-Hant-TW", "english", "he", "\x00"}

// generator generates topics. The same seed generates the same topics.
type generator struct {
	*rand.Rand
	*env
	n int
}

func pick[T any](m *generator, all []T) T { return all[m.IntN(len(all))] }

// address returns an address, and sometimes another text.
func (m *generator) address() string {
	switch m.IntN(6) {
	case 0:
		return pick(m, texts)
	case 1:
		return "https://wire.example/" + pick(m, texts)
	case 2:
		return "http://127.0.0.1:8900/x?a=1&b=[2]|3"
	}
	return fmt.Sprintf("https://wire%d.example/%d", m.IntN(50), m.n)
}

func (m *generator) moment() time.Time {
	return news.Instant(noon.Add(-time.Duration(m.IntN(1e9)) * time.Millisecond))
}

func (m *generator) sources() []string {
	var ids []string
	for i := range 300 {
		src := newSource(fmt.Sprint("wire", i))
		src.Show = pick(m, []news.Show{news.ShowHeadline, news.ShowSummary, news.ShowFull, news.ShowFull})
		src.Keyed = m.IntN(10) == 0
		src.Feed.Rights, src.Feed.License, src.Paywall = pick(m, texts), m.address(), m.IntN(5) == 0
		if m.IntN(3) == 0 {
			src.Title, src.Address = pick(m, texts), m.address()
		}
		m.putSource(src)
		ids = append(ids, src.ID)
	}
	return ids
}

func (m *generator) drawTopic(name string, sources []string) {
	t := news.TopicState{
		Topic: news.Topic{Name: name, Title: pick(m, texts), Description: pick(m, texts), Stories: pick(m, []int{50, 50, 3}), ToStory: m.IntN(4) == 0, Keyed: m.IntN(4) == 0},
		Seq:   7, Changed: noon,
	}
	m.update(func(tx *store.Tx) error {
		err := tx.Topics.Put(&t)
		for range m.IntN(8) {
			err = errors.Join(err, m.drawStory(tx, name, sources))
		}
		return err
	})
}

func (m *generator) drawStory(tx *store.Tx, topic string, sources []string) error {
	m.n++
	at := m.moment()
	st := &news.Story{
		ID: fmt.Sprintf("%013d", m.n), Seq: uint64(m.n), URI: fmt.Sprintf("tag:press.example,2026-03-02:%013d", m.n),
		First: at, Last: at, Headline: pick(m, texts), Language: pick(m, languageTags), Link: m.address(),
	}
	withdrawn, hidden := m.IntN(20) == 0, m.IntN(20) == 0
	if withdrawn {
		st.Killed = noon
	}
	takes := pick(m, []int{0, 1, 1, 1, 2, 3, 5, 12, 300})
	st.Places = map[string]news.Place{topic: {At: at, Seq: st.Seq, Updated: tx.Topics.ClaimUpdated(topic, at, st.ID, time.Time{})}}
	order := m.Perm(len(sources))
	for i := range takes {
		e := m.drawEntry(i, sources[order[i]], st)
		st.Takes = append(st.Takes, news.Take{
			Entry: e.ID, Source: e.Source, Owner: e.Source, Headline: e.Headline, Link: e.Link, Language: e.Language, At: e.At, Seq: e.Seq,
		})
		if err := tx.Entries.Put(e); err != nil {
			return err
		}
	}
	if takes > 0 {
		st.Lead, st.Source = st.Takes[0].Entry, st.Takes[0].Source
	}
	if hidden {
		p := st.Places[topic]
		p.Out = true
		st.Places[topic], st.Hidden = p, map[string]uint64{topic: 1}
	}
	if err := tx.Stories.Put(st); err != nil || !withdrawn && !hidden {
		return err
	}
	t, err := tx.Topics.Get(topic)
	if err != nil || t == nil {
		return err
	}
	more := *t
	more.Tombstones = append(slices.Clone(t.Tombstones), news.Tombstone{Story: st.ID, URI: st.URI, At: noon})
	return tx.Topics.Put(&more)
}

func (m *generator) drawEntry(i int, source string, st *news.Story) *news.Entry {
	e := &news.Entry{
		ID: fmt.Sprintf("%010d%03d", m.n, i), Source: source, Seq: st.Seq, Story: st.ID, At: st.First.Add(time.Duration(i) * time.Second),
		Headline: pick(m, texts), Link: m.address(), Language: pick(m, languageTags), Author: pick(m, texts), Summary: pick(m, texts), Body: pick(m, bodies),
		Rights: pick(m, texts), License: m.address(), Origin: pick(m, texts), OriginFeed: m.address(),
		Base: m.address(), Keys: news.Keys{GUID: news.Key('g', source, fmt.Sprint(m.n, i))},
	}
	for range m.IntN(4) {
		e.Categories = append(e.Categories, pick(m, texts))
		e.Media = append(e.Media, news.Media{
			URL: m.address(), Type: pick(m, []string{"", "audio/mpeg", "image/png", "nonsense", "a/b; c=d"}), Length: int64(m.IntN(3) - 1), Width: m.IntN(3) - 1,
			Title: pick(m, texts), Alt: pick(m, texts), Credit: pick(m, texts), Picture: m.IntN(2) == 0, Duration: time.Duration(m.IntN(3)) * time.Second,
		})
	}
	return e
}

// drawTopics returns an env with generated topics, and their names.
func drawTopics(t *testing.T, n int) (*env, []string) {
	m := &generator{Rand: rand.New(rand.NewPCG(1, 2)), env: newEnv(t)}
	sources := m.sources()
	var names []string
	for i := range n {
		names = append(names, fmt.Sprint("topic", i))
		m.drawTopic(names[i], sources)
	}
	return m.env, names
}

func TestGeneratedTopicsAreValid(t *testing.T) {
	s, names := drawTopics(t, generatedTopics)
	s.checkValid(t, names)
}

// Topics are valid whatever a site's title, address and language.
func TestTopicsOfAnySiteAreValid(t *testing.T) {
	s, names := drawTopics(t, 10)
	for i, site := range []news.Site{
		{Title: "بالشعب و للشعب", URL: "https://press.example/news", ID: "press.example", Language: "ar", Icon: "logo.PNG", Motto: "خبر & رأي"},
		{Title: "<b>Press</b> & Co <jo@press.example>", URL: "http://127.0.0.1:8080", ID: "127.0.0.1", Language: "zh-Hant-TW"},
		{Title: "@", URL: "https://xn--mller-kva.example:8443/a/b", ID: "old.example", Language: "fa", Icon: "x.svg"},
	} {
		s.update(func(tx *store.Tx) error {
			err := tx.PutRules(&news.Rules{Site: site})
			for _, name := range names {
				st, err2 := tx.Topics.Get(name)
				err = errors.Join(err, err2)
				st.Seq += uint64(i) + 1
				err = errors.Join(err, tx.Topics.Put(st))
			}
			return err
		})
		t.Run(site.URL, func(t *testing.T) { s.checkValid(t, names) })
	}
}

// checkValid checks topics in all formats.
func (s *env) checkValid(t *testing.T, names []string) {
	for f, check := range map[Format]func([]byte) error{RSS: checkRSS, Atom: checkAtom, JSON: checkJSON} {
		t.Run(string(f), func(t *testing.T) {
			for _, name := range names {
				e, err := s.Topic(name, f)
				if err != nil {
					t.Fatal(err)
				}
				if err := check(e.Body); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	t.Run("w3c", func(t *testing.T) { s.checkW3C(t, names) })
}

// checkW3C runs the W3C feed validator.
func (s *env) checkW3C(t *testing.T, names []string) {
	dir := os.Getenv("FEEDVALIDATOR")
	if dir == "" {
		t.Skip("FEEDVALIDATOR is not set to a checkout of github.com/w3c/feedvalidator")
	}
	python := "/usr/bin/python3" // the one with Debian's packages
	if _, err := os.Stat(python); err != nil {
		python = "python3"
	}
	args := []string{filepath.Join("..", "feed", "testdata", "validate.py"), dir}
	tmp, pages := t.TempDir(), 0
	for _, name := range names {
		for _, f := range []Format{RSS, Atom} {
			e, err := s.Topic(name, f)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(tmp, name+"."+string(f))
			if err := os.WriteFile(path, e.Body, 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, path, e.Self)
		}
		if e, _, err := s.Archive(name, 1); err == nil {
			path := filepath.Join(tmp, name+"-1.atom")
			if err := os.WriteFile(path, e.Body, 0o600); err != nil {
				t.Fatal(err)
			}
			args, pages = append(args, path, e.Self), pages+1
		}
	}
	if pages == 0 {
		t.Error("no topic has a page of an archive")
	}
	out, err := exec.Command(python, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("run the validator: %v\n%s", err, out)
	}
	if len(out) > 0 {
		t.Errorf("the validator complains:\n%s", out)
	}
}

// checkJSON checks a JSON Feed (https://www.jsonfeed.org/version/1.1/). A key that
// the specification does not name is an error unless it begins with an underscore.
func checkJSON(body []byte) error {
	type author struct{ Name, URL, Avatar string }
	type attachment struct {
		URL      string  `json:"url"`
		MIMEType string  `json:"mime_type"`
		Title    *string `json:"title"`
		Size     *int64  `json:"size_in_bytes"`
		Duration *int64  `json:"duration_in_seconds"`
	}
	type jsonItem struct {
		ID, URL, Title, Summary, Image, Language string
		Content                                  string    `json:"content_html"`
		Published                                time.Time `json:"date_published"`
		Modified                                 time.Time `json:"date_modified"`
		Authors                                  []author
		Tags                                     []string
		Attachments                              []attachment
		Story                                    string          `json:"_story"`
		Sources                                  json.RawMessage `json:"_sources"`
		Rights                                   json.RawMessage `json:"_rights"`
	}
	var f struct {
		Version, Title, Description, Icon, Language string
		Home                                        string `json:"home_page_url"`
		Feed                                        string `json:"feed_url"`
		Items                                       *[]jsonItem
		Hubs                                        []struct{ Type, URL string }
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is text behind the feed")
	}
	if f.Version != "https://jsonfeed.org/version/1.1" || f.Title == "" || f.Items == nil || !areAbsolute(f.Home, f.Feed, f.Icon) || !isLanguageTag(f.Language) {
		return fmt.Errorf("the feed object: %+v", f)
	}
	for _, h := range f.Hubs {
		if h.Type != "WebSub" || !areAbsolute(h.URL) {
			return fmt.Errorf("hub: %+v", h)
		}
	}
	var ids []string
	for _, i := range *f.Items {
		switch {
		case i.ID == "" || slices.Contains(ids, i.ID), i.Content == "", i.Title == "", !areAbsolute(i.URL, i.Story), i.Published.IsZero(),
			i.Modified.Before(i.Published), i.Image != "" && !areAbsolute(i.Image), i.Language != "" && !isLanguageTag(i.Language), len(i.Authors) == 0 || i.Authors[0].Name == "":
			return fmt.Errorf("item: %+v", i)
		}
		if err := checkHTML(i.Content); err != nil {
			return fmt.Errorf("item %s: %w", i.ID, err)
		}
		for _, a := range i.Attachments {
			if !areAbsolute(a.URL) || !strings.Contains(a.MIMEType, "/") {
				return fmt.Errorf("attachment: %+v", a)
			}
		}
		ids = append(ids, i.ID)
	}
	return nil
}

func areAbsolute(all ...string) bool {
	for _, s := range all {
		if u, err := url.Parse(s); err != nil || u.Host == "" {
			return false
		}
	}
	return true
}

func isLanguageTag(tag string) bool {
	_, err := language.Parse(tag)
	return err == nil
}
