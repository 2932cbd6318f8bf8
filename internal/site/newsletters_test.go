package site_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// mailbox is a mail server that passes on the mails that it receives.
type mailbox chan string

func (m mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return m, nil }
func (m mailbox) Reset()                                      {}
func (m mailbox) Logout() error                               { return nil }
func (m mailbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (m mailbox) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (m mailbox) Data(r io.Reader) error {
	b, err := io.ReadAll(quotedprintable.NewReader(r))
	m <- string(b)
	return err
}

// newsletterSite returns a site with newsletters, and the mailbox that receives its mails.
func newsletterSite(n *webtest.Newsroom) (*site.Site, mailbox) {
	n.Helper()
	box := make(mailbox, 10)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	n.Must(err)
	srv := smtp.NewServer(box)
	srv.Domain, srv.ErrorLog = "mail.example", log.New(io.Discard, "", 0)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	set := &notify.Settings{
		Site: n.Rules.Site, Mail: &notify.Mail{SMTP: "smtp://" + l.Addr().String(), From: "news@press.example"},
		Newsletters: []notify.Newsletter{
			{Name: "morning", Topic: "world", At: 7 * time.Hour, Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}},
			{Name: "insiders", Topic: "inside", At: 7 * time.Hour, Days: []time.Weekday{0}},
		},
		Titles: map[string]string{"morning": "World", "insiders": "Inside"},
	}
	s := newSite(n)
	s.Newsletters = &notify.Notifier{Store: n.Store, Live: &n.Live, Settings: func() *notify.Settings { return set }, Now: time.Now, Items: site.NewsletterIssue}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Newsletters.Run(ctx) }()
	n.Cleanup(func() {
		stop()
		n.Must(<-ended)
		_ = srv.Close()
		<-served
	})
	return s, box
}

func postForm(t *testing.T, address string, form url.Values) (int, string) {
	t.Helper()
	resp, err := http.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

var confirmationLink = regexp.MustCompile(`http://press\.example(/newsletters/[^\s"<>]+)`)

func TestNewsletterSignUp(t *testing.T) {
	n := webtest.OpenFilled(t)
	site, box := newsletterSite(n)
	at := webtest.Serve(t, site)
	for _, path := range []string{"/", "/topics/world", "/stories/" + n.Find("Copper rises for a third day").ID} {
		resp, body := webtest.Request(t, "GET", at+path)
		if !strings.Contains(body, `<form class="letter" method="post" action="/newsletters/morning">`) || strings.Contains(body, "insiders") {
			t.Errorf("%s does not offer exactly the newsletter morning", path)
		}
		if p := resp.Header.Get("Content-Security-Policy"); !strings.Contains(p, "form-action 'self'") {
			t.Errorf("%s: policy %s", path, p)
		}
	}
	if _, body := webtest.Request(t, "GET", at+"/topics/trade"); strings.Contains(body, "<form") {
		t.Error("a topic without a newsletter has a form")
	}
	if code, body := postForm(t, at+"/newsletters/morning", url.Values{"address": {"no address"}}); code != http.StatusBadRequest || !strings.Contains(body, "Enter a valid email address") {
		t.Errorf("an invalid address: %d", code)
	}
	code, body := postForm(t, at+"/newsletters/morning", url.Values{"address": {"ann@reader.example"}})
	if code != http.StatusOK || !strings.Contains(body, "Open the link") {
		t.Fatalf("sign-up: %d %s", code, body)
	}
	link := at + confirmationLink.FindStringSubmatch(<-box)[1]
	if _, body := webtest.Request(t, "GET", link); !strings.Contains(body, "Send Gulf Courier: World to ann@reader.example?") {
		t.Errorf("confirm: %s", body)
	}
	if confirmed(n) {
		t.Fatal("a GET of the link confirmed the subscription")
	}
	if code, _ := postForm(t, link, nil); code != http.StatusOK || !confirmed(n) {
		t.Fatalf("confirm: %d, confirmed %v", code, confirmed(n))
	}
	if code, body := postForm(t, strings.Replace(link, "k=", "k=0", 1), nil); code != http.StatusNotFound || !strings.Contains(body, "invalid or has expired") {
		t.Errorf("a wrong link: %d", code)
	}
}

func confirmed(n *webtest.Newsroom) (yes bool) {
	n.Helper()
	n.Must(n.Store.View(func(tx *store.Tx) error {
		all, err := tx.Recipients.All("morning")
		yes = slices.ContainsFunc(all, func(r *news.Recipient) bool { return !r.Confirmed.IsZero() })
		return err
	}))
	return yes
}

func TestSignUpsAreLimited(t *testing.T) {
	n := webtest.OpenFilled(t)
	site, _ := newsletterSite(n)
	at := webtest.Serve(t, site)
	refused := 0
	for range 8 {
		if code, _ := postForm(t, at+"/newsletters/morning", url.Values{"address": {"x"}}); code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 3 {
		t.Errorf("%d of 8 sign-ups refused, want 3", refused)
	}
}

func TestNewsletterOfKeyedTopic(t *testing.T) {
	n := webtest.OpenFilled(t)
	site, box := newsletterSite(n)
	at := webtest.Serve(t, site)
	if _, body := webtest.Request(t, "GET", at+"/topics/inside?key="+url.QueryEscape(webtest.TopicKey)); !strings.Contains(body, `action="/newsletters/insiders"`) {
		t.Error("who has the key is offered no newsletter")
	}
	if code, _ := postForm(t, at+"/newsletters/insiders", url.Values{"address": {"ann@reader.example"}}); code != http.StatusForbidden {
		t.Errorf("without the key: %d", code)
	}
	if code, _ := postForm(t, at+"/newsletters/insiders", url.Values{"address": {"ann@reader.example"}, "key": {webtest.TopicKey}}); code != http.StatusOK {
		t.Errorf("with the key: %d", code)
	}
	<-box
}

func TestNewsletterIssue(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.AddStory(webtest.Story{Headline: "Hidden here", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}, Change: func(s *news.Story) { s.Hidden = map[string]uint64{"world": 1} }})
	issue := func(topic string, after uint64, since time.Time) (heads, summaries []string) {
		n.Must(n.Store.View(func(tx *store.Tx) error {
			_, items, _, err := site.NewsletterIssue(tx, topic, after, since)
			for _, i := range items {
				heads, summaries = append(heads, i.Headline), append(summaries, i.Summary)
				if !strings.HasPrefix(i.Page, "http://press.example/stories/") || i.Link == "" {
					t.Errorf("item %+v", i)
				}
			}
			return err
		}))
		return heads, summaries
	}
	heads, summaries := issue("world", 0, webtest.Start.Add(-time.Hour))
	if heads[0] != "Copper rises for a third day" || slices.Contains(heads, "Withdrawn claim") || slices.Contains(heads, "Nobody carries this") {
		t.Errorf("the issue has %q", heads)
	}
	if !strings.Contains(strings.Join(summaries, " "), "All 214 passengers") {
		t.Errorf("summaries %q", summaries)
	}
	if heads, _ := issue("trade", 0, webtest.Start.Add(-time.Hour)); slices.Contains(heads, "What the vault says") {
		t.Errorf("a public topic's issue has %q", heads)
	}
	if heads, _ := issue("inside", 0, webtest.Start.Add(-time.Hour)); !slices.Contains(heads, "What the vault says") {
		t.Errorf("the keyed topic's issue has %q", heads)
	}
	if heads, _ := issue("world", n.Seq, webtest.Start.Add(-time.Hour)); len(heads) != 0 {
		t.Errorf("stories of the last issue are there again: %q", heads)
	}
	n.Rules.Sources[0].Show = news.ShowHeadline
	n.ApplyRules()
	if _, summaries := issue("world", 0, webtest.Start.Add(-time.Hour)); strings.Contains(strings.Join(summaries, " "), "passengers") {
		t.Error("a source that permits headlines only has a summary in the issue")
	}
}

// Behind a trusted proxy each reader has a limit, and many readers do not use up that of
// others.
func TestSignUpsAreLimitedForEachReader(t *testing.T) {
	n := webtest.OpenFilled(t)
	site, _ := newsletterSite(n)
	site.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	at := webtest.Serve(t, site)
	signUp := func(from string) *http.Response { // with no valid address, so that no mail is sent
		req, err := http.NewRequestWithContext(t.Context(), "POST", at+"/newsletters/morning", strings.NewReader("address=x"))
		n.Must(err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Forwarded-For", from)
		resp, err := http.DefaultClient.Do(req)
		n.Must(err)
		n.Must(resp.Body.Close())
		return resp
	}
	for i := range 5 {
		if resp := signUp("192.0.2.1"); resp.StatusCode != 400 {
			t.Fatalf("sign-up %d: %d", i, resp.StatusCode)
		}
	}
	resp := signUp("198.51.100.1, 192.0.2.1")
	if wait, err := strconv.Atoi(resp.Header.Get("Retry-After")); resp.StatusCode != 429 || err != nil || wait < 500 || wait > 600 {
		t.Errorf("a sixth: %d, Retry-After %q, want 429 and the rest of ten minutes", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	for i := range 150 {
		if resp := signUp(fmt.Sprintf("2001:db8:0:%x::1", i)); resp.StatusCode != 400 {
			t.Fatalf("reader %d: %d, want 400", i, resp.StatusCode)
		}
	}
}

// A sign-up that can't be stored is not acknowledged.
func TestSignUpThatCannotBeStored(t *testing.T) {
	n := webtest.OpenFilled(t)
	s, _ := newsletterSite(n)
	at := webtest.Serve(t, s)
	n.Must(os.Rename(n.Store.Path(), n.Store.Path()+".away"))
	resp, err := http.PostForm(at+"/newsletters/morning", url.Values{"address": {"reader@press.example"}})
	n.Must(err)
	n.Must(resp.Body.Close())
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "60" {
		t.Errorf("%d, Retry-After %q, want 503 and a minute", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
}
