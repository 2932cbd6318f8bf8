package site

import (
	"cmp"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// issueSize is how many stories an issue of a newsletter has.
const issueSize = 20

// NewsletterIssue is what came to a topic for a newsletter: notify.Notifier's Items. What most
// outlets have is first.
func NewsletterIssue(tx *store.Tx, topic string, after uint64, since time.Time) (string, []news.Item, error) {
	set, err := readSettings(tx)
	if err != nil {
		return "", nil, err
	}
	t := set.topic(topic)
	if t == nil || t.Removed || t.RenamedTo != "" {
		return "", nil, nil
	}
	// Who reads it gave the topic's key when they asked for it.
	d := &publicReader{Snapshot: view.NewSnapshot(tx), set: set, key: t.Name, keys: func(name string) string { return name }}
	few := *t
	few.Stories = 1000
	list, err := d.topicStories(&few, few.Stories)
	if err != nil {
		return "", nil, err
	}
	list = slices.DeleteFunc(list, func(p topicStory) bool { return p.Places[t.Name].Seq <= after || p.at.Before(since) })
	slices.SortStableFunc(list, func(a, b topicStory) int { return b.Outlets() - a.Outlets() })
	var items []news.Item
	for _, p := range list[:min(len(list), issueSize)] {
		item, err := d.newsletterItem(p)
		if err != nil {
			return "", nil, err
		}
		items = append(items, item)
	}
	return cmp.Or(t.Title, t.Name), items, d.Err
}

func (d *publicReader) newsletterItem(p topicStory) (news.Item, error) {
	takes := d.visibleTakes(p.Story)
	face, _ := edition.LeadTake(p.Story, takes)
	e, err := d.Tx.Entries.Get(face.Entry)
	if err != nil {
		return news.Item{}, err
	}
	src := d.Source(face.Source)
	page := d.set.site.URL + "/stories/" + p.ID
	item := news.Item{
		Story: p.ID, Headline: cmp.Or(face.Headline, face.Link), Link: cmp.Or(face.Link, page), Page: page, Language: face.Language,
		Summary: summaryBeyond(edition.PermittedText(src.Show, e, "").Summary, face.Headline), Outlet: src.Label(), More: max(voices(takes)-1, 0), At: p.at,
	}
	if p.topic.ToStory {
		item.Link = page
	}
	return item, nil
}

// newslettersPath is where newsletters are asked for and left.
const newslettersPath = "/newsletters/"

// signUpForm is a form to ask for a newsletter.
type signUpForm struct {
	Name, Title string // Title is the topic's
	Action      string
	Key         string // of the topic, where it asks for one
	OwnPage     bool   // on a page of its own
	Invalid     string // what is no address
}

// signUpForms are the newsletters that a page's topics have. A story's are those of the
// topics in which it stands.
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

// isAbout says whether a page is one on which a topic's newsletter is offered.
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

// newslettersHash tells apart what pages offer, for those that keep them.
func (s *Site) newslettersHash() string {
	if s.Newsletters == nil {
		return ""
	}
	return s.Newsletters.Settings().NewslettersHash
}

// allowForm is a page's policy when it has a form.
func allowForm(policy string) string {
	return strings.Replace(policy, "form-action 'none'", "form-action 'self'", 1)
}

// newsletterPart is what a page about a newsletter says.
type newsletterPart struct {
	Text   string
	Offer  *signUpForm // a form to ask for it; nil: none
	Button string      // of a form that does what the address is for; empty: none
}

// newsletters are the pages on which readers ask for newsletters, confirm and leave.
type newsletters struct{ *Site }

// handler answers /newsletters/NAME, NAME/confirm and NAME/leave.
func (s newsletters) handler(set *settings, r *http.Request) handler {
	name, way := r.PathValue("name"), r.PathValue("way")
	if s.Newsletters == nil || way != "" && way != notify.Confirm && way != notify.Unsubscribe {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		if err := r.ParseForm(); err != nil {
			return reply.FaultWithCode(reply.BadRequest)
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer") // the address proves who may leave
		if way == "" {
			return s.signUp(set, name, w, r)
		}
		return s.followLink(set, name, way, w, r)
	}
}

// signUp shows the form of a newsletter, and takes it.
func (s newsletters) signUp(set *settings, name string, w http.ResponseWriter, r *http.Request) error {
	nl, ok := s.Newsletters.Settings().Newsletter(name)
	if !ok {
		return errNotFound
	}
	if _, err := set.findTopic(nl.Topic, r.Form.Get("key"), s.Keys); err != nil {
		return err
	}
	words := set.locale()
	title := s.title(set, name)
	o := &signUpForm{Name: name, Title: title, Action: set.base + newslettersPath + name, Key: r.Form.Get("key"), OwnPage: true}
	if r.Method != http.MethodPost {
		return s.respond(w, r, set, http.StatusOK, title, newsletterPart{Offer: o})
	}
	if !s.signUpLimits.allow(reply.ClientAddr(r, s.Proxies), s.now()) {
		w.Header().Set("Retry-After", "3600")
		return s.respond(w, r, set, http.StatusTooManyRequests, title, newsletterPart{Text: words.TooManySignUps})
	}
	if r.PostForm.Get("website") != "" { // people don't see that field
		return s.respond(w, r, set, http.StatusOK, title, newsletterPart{Text: words.ConfirmationSent})
	}
	switch err := s.Newsletters.Subscribe(name, r.PostForm.Get("address"), set.site.Language); {
	case errors.Is(err, notify.ErrBadAddress):
		o.Invalid = r.PostForm.Get("address")
		return s.respond(w, r, set, http.StatusBadRequest, title, newsletterPart{Text: words.InvalidEmail, Offer: o})
	case errors.Is(err, notify.ErrTooMany):
		return s.respond(w, r, set, http.StatusServiceUnavailable, title, newsletterPart{Text: words.TooManySignUps})
	case err != nil:
		return err
	}
	return s.respond(w, r, set, http.StatusOK, title, newsletterPart{Text: words.ConfirmationSent})
}

// followLink asks before it does what a mail's link is for: programs that look at mails
// follow links too. One-click unsubscribing posts (RFC 8058).
func (s newsletters) followLink(set *settings, name, way string, w http.ResponseWriter, r *http.Request) error {
	words := set.locale()
	q := r.URL.Query()
	rec, err := s.Newsletters.Recipient(way, name, q.Get("r"), q.Get("k"))
	switch {
	case errors.Is(err, notify.ErrBadLink) && way == notify.Unsubscribe:
		return s.respond(w, r, set, http.StatusOK, words.Unsubscribe, newsletterPart{Text: words.NotSubscribed})
	case errors.Is(err, notify.ErrBadLink):
		return s.respond(w, r, set, http.StatusNotFound, words.Newsletter, newsletterPart{Text: words.LinkExpired})
	case err != nil:
		return err
	}
	title := s.title(set, name)
	asked, button, done := words.ConfirmSignUpAsk, words.ConfirmSignUp, words.Subscribed
	if way == notify.Unsubscribe {
		asked, button, done = words.UnsubscribeAsk, words.Unsubscribe, words.Unsubscribed
	}
	if r.Method != http.MethodPost {
		return s.respond(w, r, set, http.StatusOK, title, newsletterPart{Text: locale.Put(asked, title, rec.Address), Button: button})
	}
	if err := s.Newsletters.FollowLink(way, name, q.Get("r"), q.Get("k")); err != nil && !errors.Is(err, notify.ErrBadLink) {
		return err
	}
	return s.respond(w, r, set, http.StatusOK, title, newsletterPart{Text: done})
}

// title is what a newsletter is called in its mails: by the site and the topic,
// by its name when it is no longer made.
func (s newsletters) title(set *settings, name string) string {
	if nl, ok := s.Newsletters.Settings().Newsletter(name); ok {
		if t := set.topic(nl.Topic); t != nil {
			name = cmp.Or(t.Title, t.Name)
		}
	}
	return set.site.Title + ": " + name
}

func (s newsletters) respond(w http.ResponseWriter, r *http.Request, set *settings, status int, title string, part newsletterPart) error {
	page := s.newPage(set)
	page.Name, page.Path, page.Title, page.Index, page.Part = "newsletter", r.URL.Path, title, false, part
	body, err := page.render()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", allowForm(reply.StrictPolicy))
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
	return nil
}

// One peer may ask for five newsletters at once and then for one each ten minutes, all
// together for a hundred and then one each ten seconds.
const (
	signUpBurst    = 5
	signUpInterval = 10 * time.Minute
	totalBurst     = 100
	totalInterval  = 10 * time.Second
	maxNetworks    = 4096 // networks that are remembered
)

// signUpLimits counts who asks for newsletters. Zero is ready.
type signUpLimits struct {
	mu       sync.Mutex // guards the fields below
	networks map[netip.Prefix]*rate.Limiter
	all      *rate.Limiter
}

func (a *signUpLimits) allow(from netip.Addr, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = rate.NewLimiter(rate.Every(totalInterval), totalBurst)
	}
	if a.networks == nil || len(a.networks) >= maxNetworks {
		a.networks = map[netip.Prefix]*rate.Limiter{}
	}
	n := reply.ClientNetwork(from)
	if a.networks[n] == nil {
		a.networks[n] = rate.NewLimiter(rate.Every(signUpInterval), signUpBurst)
	}
	return a.networks[n].AllowN(now, 1) && a.all.AllowN(now, 1)
}
