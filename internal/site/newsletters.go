package site

import (
	"cmp"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

const (
	issueSize = 50  // stories that an issue of a newsletter has at most
	issuePage = 500 // stories that are read at a time
)

// NewsletterIssue returns the title of a topic and its stories for an issue of a
// newsletter: of those that joined it after a Seq and since a time, those with most outlets,
// and how many more there are. It is the Items of a notify.Notifier.
func NewsletterIssue(tx *store.Tx, topic string, after uint64, since time.Time) (title string, items []news.Item, more int, err error) {
	set, err := readSettings(tx)
	if err != nil {
		return "", nil, 0, err
	}
	t := set.topic(topic)
	if t == nil || t.Removed || t.RenamedTo != "" {
		return "", nil, 0, nil
	}
	// Recipients gave the topic's key when they signed up, so every key is right here.
	d := &publicReader{Snapshot: view.NewSnapshot(tx), set: set, key: t.Name, keys: func(name string) string { return name }}
	list, count, err := d.issueStories(t, after, since)
	if err != nil {
		return "", nil, 0, err
	}
	for _, p := range list {
		item, err := d.newsletterItem(p)
		if err != nil {
			return "", nil, 0, err
		}
		items = append(items, item)
	}
	return cmp.Or(t.Title, t.Name), items, count - len(list), d.Err
}

// issueStories returns the stories of an issue, those with most outlets first, and the
// number of stories from which they were selected. The window of the topic's feed does not
// matter: the issue has what was in the feed since the last one.
func (d *publicReader) issueStories(t *news.TopicState, after uint64, since time.Time) (list []topicStory, count int, err error) {
	all, err := d.Tx.Stories.InTopic(t.Name, issuePage, news.Place{})
	for ; err == nil && len(all) > 0; all, err = d.Tx.Stories.InTopicBelow(t.Name, issuePage, all[len(all)-1]) {
		if last := all[len(all)-1]; last.Places[t.Name].At.Before(since) {
			all = slices.DeleteFunc(all, func(s *news.Story) bool { return s.Places[t.Name].At.Before(since) })
		}
		found := slices.DeleteFunc(d.visible(t, all), func(p topicStory) bool { return p.Places[t.Name].Seq <= after })
		count += len(found)
		list = append(list, found...)
		slices.SortStableFunc(list, func(a, b topicStory) int { return b.Outlets() - a.Outlets() })
		list = list[:min(len(list), issueSize)]
		if len(all) < issuePage {
			break
		}
	}
	return list, count, err
}

// newsletterItem returns a story as newsletters show it.
func (d *publicReader) newsletterItem(p topicStory) (news.Item, error) {
	takes := edition.OpenIn(d.visibleTakes(p.Story), p.topic.Name)
	lead, _ := edition.TopicLeadTake(p.Story, p.topic.Name, takes)
	e, err := d.Tx.Entries.Get(lead.Entry)
	if err != nil {
		return news.Item{}, err
	}
	src := d.Source(lead.Source)
	page := d.set.site.URL + "/stories/" + p.ID
	item := news.Item{
		Story: p.ID, Headline: cmp.Or(lead.Headline, lead.Link), Link: cmp.Or(lead.Link, page), Page: page, Language: lead.Language,
		Summary: summaryBeyond(edition.PermittedText(src.Show, e, "").Summary, lead.Headline), Outlet: src.Label(), More: max(voices(takes)-1, 0), At: p.at,
	}
	if p.topic.ToStory {
		item.Link = page
	}
	return item, nil
}

// newslettersPath is the path of all pages about newsletters.
const newslettersPath = "/newsletters/"

// signUpForm is a form to sign up for a newsletter.
type signUpForm struct {
	Name, Title string // of the newsletter; of its topic
	Action      string
	Key         string // of the topic; empty: it needs none
	OwnPage     bool   // the form is on the newsletter's own page
	Invalid     string // the invalid address that the reader entered; empty: none
}

// signUpForms returns forms for the newsletters that a page offers: on a topic's page its
// own, on a story's page those of its topics, on the front page all.
func (s *Site) signUpForms(d *publicReader, page *pageData) []signUpForm {
	if s.Newsletters == nil {
		return nil
	}
	var out []signUpForm
	for _, nl := range s.Newsletters.Settings().Newsletters {
		t := d.set.topic(nl.Topic)
		if t == nil || t.Removed || t.RenamedTo != "" || !d.mayRead(t) || !page.isAbout(t.Name) {
			continue
		}
		o := signUpForm{Name: nl.Name, Title: cmp.Or(t.Title, t.Name), Action: d.set.base + newslettersPath + nl.Name}
		if t.Keyed {
			o.Key = d.key
		}
		out = append(out, o)
	}
	return out
}

// isAbout tells whether a page offers the newsletters of a topic.
func (page *pageData) isAbout(topic string) bool {
	switch page.Name {
	case "front":
		return true
	case "topic":
		return page.Path == "/topics/"+topic
	case "story":
		part, ok := page.Part.(*storyPart)
		return ok && slices.ContainsFunc(part.Topics, func(t tab) bool { return t.Name == topic })
	}
	return false
}

// newslettersHash changes when the offered newsletters change. It is part of the name of
// cached pages.
func (s *Site) newslettersHash() string {
	if s.Newsletters == nil {
		return ""
	}
	return s.Newsletters.Settings().NewslettersHash
}

// allowForm adds forms to what a policy allows.
func allowForm(policy string) string {
	return strings.Replace(policy, "form-action 'none'", "form-action 'self'", 1)
}

// newsletterPart is the content of a page about a newsletter.
type newsletterPart struct {
	Text   string
	Offer  *signUpForm // form to sign up; nil: none
	Button string      // button that confirms or unsubscribes; empty: none
}

// newsletters are the pages on which readers sign up for newsletters, confirm and
// unsubscribe.
type newsletters struct{ *Site }

// handler returns what answers /newsletters/NAME, NAME/confirm and NAME/leave.
func (s newsletters) handler(set *settings, r *http.Request) handler {
	name, action := r.PathValue("name"), r.PathValue("action")
	if s.Newsletters == nil || action != "" && action != notify.Confirm && action != notify.Unsubscribe {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := r.ParseForm(); err != nil {
			if reply.IsTooLong(err) {
				return reply.FaultWithCode(reply.BodyTooLong)
			}
			return reply.FaultWithCode(reply.BadRequest)
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer") // the address is a secret: it lets anyone unsubscribe the reader
		if action == "" {
			return s.signUp(set, name, w, r)
		}
		return s.followLink(set, name, action, w, r)
	}
}

// signUp shows the form of a newsletter and processes it.
func (s newsletters) signUp(set *settings, name string, w http.ResponseWriter, r *http.Request) error {
	nl, ok := s.Newsletters.Settings().Newsletter(name)
	if !ok {
		return errNotFound
	}
	if _, err := set.findTopic(nl.Topic, r.Form.Get("key"), s.Keys); err != nil {
		return err
	}
	texts := set.locale()
	title := s.title(set, name)
	form := &signUpForm{Name: name, Title: title, Action: set.base + newslettersPath + name, Key: r.Form.Get("key"), OwnPage: true}
	if r.Method != http.MethodPost {
		return s.respond(w, r, set, http.StatusOK, title, newsletterPart{Offer: form})
	}
	if wait := s.signUps.take(reply.ClientAddr(r, s.Proxies), s.now()); wait > 0 {
		reply.SetRetryAfter(w.Header(), wait)
		return s.respond(w, r, set, http.StatusTooManyRequests, title, newsletterPart{Text: texts.TooManySignUps})
	}
	if r.PostForm.Get("website") != "" { // the field is hidden: only programs fill it in
		return s.respond(w, r, set, http.StatusOK, title, newsletterPart{Text: texts.ConfirmationSent})
	}
	switch err := s.Newsletters.Subscribe(name, r.PostForm.Get("address"), set.site.Language); {
	case errors.Is(err, notify.ErrBadAddress):
		form.Invalid = r.PostForm.Get("address")
		return s.respond(w, r, set, http.StatusBadRequest, title, newsletterPart{Text: texts.InvalidEmail, Offer: form})
	case errors.Is(err, notify.ErrTooMany):
		reply.SetRetryAfter(w.Header(), time.Hour)
		return s.respond(w, r, set, http.StatusServiceUnavailable, title, newsletterPart{Text: texts.TooManySignUps})
	case err != nil:
		return err
	}
	return s.respond(w, r, set, http.StatusOK, title, newsletterPart{Text: texts.ConfirmationSent})
}

// followLink confirms or unsubscribes. A GET only asks, because programs that scan mail
// follow links; one-click unsubscribing is a POST (RFC 8058).
func (s newsletters) followLink(set *settings, name, action string, w http.ResponseWriter, r *http.Request) error {
	texts := set.locale()
	q := r.URL.Query()
	rec, err := s.Newsletters.Recipient(action, name, q.Get("r"), q.Get("k"))
	switch {
	case errors.Is(err, notify.ErrBadLink) && action == notify.Unsubscribe:
		return s.respond(w, r, set, http.StatusOK, texts.Unsubscribe, newsletterPart{Text: texts.NotSubscribed})
	case errors.Is(err, notify.ErrBadLink):
		return s.respond(w, r, set, http.StatusNotFound, texts.Newsletter, newsletterPart{Text: texts.LinkExpired})
	case err != nil:
		return err
	}
	title := s.title(set, name)
	question, button, done := texts.ConfirmSignUpAsk, texts.ConfirmSignUp, texts.Subscribed
	if action == notify.Unsubscribe {
		question, button, done = texts.UnsubscribeAsk, texts.Unsubscribe, texts.Unsubscribed
	}
	if r.Method != http.MethodPost {
		return s.respond(w, r, set, http.StatusOK, title, newsletterPart{Text: locale.Put(question, title, rec.Address), Button: button})
	}
	if err := s.Newsletters.FollowLink(action, name, q.Get("r"), q.Get("k")); err != nil && !errors.Is(err, notify.ErrBadLink) {
		return err
	}
	return s.respond(w, r, set, http.StatusOK, title, newsletterPart{Text: done})
}

// title returns the title of a newsletter as in its mails: the site and the topic or, when
// it no longer exists, the site and its name.
func (s newsletters) title(set *settings, name string) string {
	if nl, ok := s.Newsletters.Settings().Newsletter(name); ok {
		if t := set.topic(nl.Topic); t != nil {
			name = cmp.Or(t.Title, t.Name)
		}
	}
	return set.site.Title + ": " + name
}

// respond writes a page about a newsletter.
func (s newsletters) respond(w http.ResponseWriter, r *http.Request, set *settings, status int, title string, part newsletterPart) error {
	page := s.newPage(set)
	page.Name, page.Path, page.Title, page.Index, page.Part = "newsletter", r.URL.Path, title, false, part
	body, err := page.render()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", allowForm(pagePolicy))
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
	return nil
}

// signUpLimits limits how often clients sign up: each client network once in ten minutes,
// with bursts of 5; all together once a second, with bursts of 1000.
type signUpLimits struct {
	networks reply.Limits[netip.Prefix]
	all      reply.Limits[struct{}]
}

func newSignUpLimits() *signUpLimits {
	return &signUpLimits{
		networks: reply.Limits[netip.Prefix]{Every: 10 * time.Minute, Burst: 5},
		all:      reply.Limits[struct{}]{Every: time.Second, Burst: 1000},
	}
}

// take counts a sign-up. It returns how long the client must wait instead; 0 means not at
// all. A client that must wait uses up nothing of what all have together.
func (l *signUpLimits) take(from netip.Addr, now time.Time) time.Duration {
	if wait := l.networks.Take(reply.ClientNetwork(from), 1, now); wait > 0 {
		return wait
	}
	return l.all.Take(struct{}{}, 1, now)
}
