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
	set, err := readSetting(tx)
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
	list, err := d.placed(&few, few.Stories)
	if err != nil {
		return "", nil, err
	}
	list = slices.DeleteFunc(list, func(p placed) bool { return p.Places[t.Name].Seq <= after || p.at.Before(since) })
	slices.SortStableFunc(list, func(a, b placed) int { return b.Outlets() - a.Outlets() })
	var items []news.Item
	for _, p := range list[:min(len(list), issueSize)] {
		item, err := d.item(p)
		if err != nil {
			return "", nil, err
		}
		items = append(items, item)
	}
	return cmp.Or(t.Title, t.Name), items, d.Err
}

func (d *publicReader) item(p placed) (news.Item, error) {
	takes := d.takes(p.Story)
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

// signUp is a form to ask for a newsletter.
type signUp struct {
	Name, Title string // Title is the topic's
	Action      string
	Key         string // of the topic, where it asks for one
	Alone       bool   // on a page of its own
	Given       string // what is no address
}

// signUps are the newsletters that a page's topics have. A story's are those of the
// topics in which it stands.
func (s *Site) signUps(d *publicReader, l *pageData) []signUp {
	if s.Newsletters == nil {
		return nil
	}
	var out []signUp
	for _, nl := range s.Newsletters.Settings().Newsletters {
		t := d.set.topic(nl.Topic)
		if t == nil || t.Removed || t.RenamedTo != "" || !d.mayRead(t) || !l.isAbout(t.Name) {
			continue
		}
		o := signUp{Name: nl.Name, Title: cmp.Or(t.Title, t.Name), Action: d.set.base + newslettersPath + nl.Name}
		if t.Keyed {
			o.Key = d.key
		}
		out = append(out, o)
	}
	return out
}

// isAbout says whether a page is one on which a topic's newsletter is offered.
func (l *pageData) isAbout(topic string) bool {
	switch l.Name {
	case "front":
		return true
	case "topic":
		return l.Path == "/topics/"+topic
	case "story":
		part, ok := l.Part.(*storyPart)
		return ok && slices.ContainsFunc(part.Topics, func(t tab) bool { return t.Name == topic })
	}
	return false
}

// signUpHash tells apart what pages offer, for those that keep them.
func (s *Site) signUpHash() string {
	if s.Newsletters == nil {
		return ""
	}
	return s.Newsletters.Settings().NewslettersHash
}

// withForm is a page's policy when it has a form.
func withForm(policy string) string {
	return strings.Replace(policy, "form-action 'none'", "form-action 'self'", 1)
}

// newsletterPart is what a page about a newsletter says.
type newsletterPart struct {
	Text   string
	Offer  *signUp // a form to ask for it; nil: none
	Button string  // of a form that does what the address is for; empty: none
}

// newsletters are the pages on which readers ask for newsletters, confirm and leave.
type newsletters struct{ *Site }

// answer answers /newsletters/NAME, NAME/confirm and NAME/leave.
func (s newsletters) answer(set *settings, r *http.Request) answer {
	name, way := r.PathValue("name"), r.PathValue("way")
	if s.Newsletters == nil || way != "" && way != notify.Confirm && way != notify.Unsubscribe {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		if err := r.ParseForm(); err != nil {
			return reply.Public(reply.BadRequest)
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer") // the address proves who may leave
		if way == "" {
			return s.ask(set, name, w, r)
		}
		return s.followLink(set, name, way, w, r)
	}
}

// ask shows the form of a newsletter, and takes it.
func (s newsletters) ask(set *settings, name string, w http.ResponseWriter, r *http.Request) error {
	nl, ok := s.Newsletters.Settings().Newsletter(name)
	if !ok {
		return errNowhere
	}
	if _, err := set.open(nl.Topic, r.Form.Get("key"), s.Keys); err != nil {
		return err
	}
	words := set.words()
	title := s.letterTitle(set, name)
	o := &signUp{Name: name, Title: title, Action: set.base + newslettersPath + name, Key: r.Form.Get("key"), Alone: true}
	if r.Method != http.MethodPost {
		return s.letterPage(w, r, set, http.StatusOK, title, newsletterPart{Offer: o})
	}
	if !s.askLimits.allowed(reply.ClientAddr(r, s.Proxies), s.now()) {
		w.Header().Set("Retry-After", "3600")
		return s.letterPage(w, r, set, http.StatusTooManyRequests, title, newsletterPart{Text: words.TooManySignUps})
	}
	if r.PostForm.Get("website") != "" { // people don't see that field
		return s.letterPage(w, r, set, http.StatusOK, title, newsletterPart{Text: words.ConfirmationSent})
	}
	switch err := s.Newsletters.Subscribe(name, r.PostForm.Get("address"), set.site.Language); {
	case errors.Is(err, notify.ErrBadAddress):
		o.Given = r.PostForm.Get("address")
		return s.letterPage(w, r, set, http.StatusBadRequest, title, newsletterPart{Text: words.InvalidEmail, Offer: o})
	case errors.Is(err, notify.ErrTooMany):
		return s.letterPage(w, r, set, http.StatusServiceUnavailable, title, newsletterPart{Text: words.TooManySignUps})
	case err != nil:
		return err
	}
	return s.letterPage(w, r, set, http.StatusOK, title, newsletterPart{Text: words.ConfirmationSent})
}

// followLink asks before it does what a mail's link is for: programs that look at mails
// follow links too. One-click unsubscribing posts (RFC 8058).
func (s newsletters) followLink(set *settings, name, way string, w http.ResponseWriter, r *http.Request) error {
	words := set.words()
	q := r.URL.Query()
	rec, err := s.Newsletters.Recipient(way, name, q.Get("r"), q.Get("k"))
	switch {
	case errors.Is(err, notify.ErrBadLink) && way == notify.Unsubscribe:
		return s.letterPage(w, r, set, http.StatusOK, words.Unsubscribe, newsletterPart{Text: words.NotSubscribed})
	case errors.Is(err, notify.ErrBadLink):
		return s.letterPage(w, r, set, http.StatusNotFound, words.Newsletter, newsletterPart{Text: words.LinkExpired})
	case err != nil:
		return err
	}
	title := s.letterTitle(set, name)
	asked, button, done := words.ConfirmSignUpAsk, words.ConfirmSignUp, words.Subscribed
	if way == notify.Unsubscribe {
		asked, button, done = words.UnsubscribeAsk, words.Unsubscribe, words.Unsubscribed
	}
	if r.Method != http.MethodPost {
		return s.letterPage(w, r, set, http.StatusOK, title, newsletterPart{Text: locale.Put(asked, title, rec.Address), Button: button})
	}
	if err := s.Newsletters.FollowLink(way, name, q.Get("r"), q.Get("k")); err != nil && !errors.Is(err, notify.ErrBadLink) {
		return err
	}
	return s.letterPage(w, r, set, http.StatusOK, title, newsletterPart{Text: done})
}

// letterTitle is what a newsletter is called in its mails: by the site and the topic,
// by its name when it is no longer made.
func (s newsletters) letterTitle(set *settings, name string) string {
	if nl, ok := s.Newsletters.Settings().Newsletter(name); ok {
		if t := set.topic(nl.Topic); t != nil {
			name = cmp.Or(t.Title, t.Name)
		}
	}
	return set.site.Title + ": " + name
}

func (s newsletters) letterPage(w http.ResponseWriter, r *http.Request, set *settings, status int, title string, part newsletterPart) error {
	l := s.newPage(set)
	l.Name, l.Path, l.Title, l.Index, l.Part = "newsletter", r.URL.Path, title, false, part
	body, err := l.render()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", withForm(reply.StrictPolicy))
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
	askBurst    = 5
	askEvery    = 10 * time.Minute
	allAskBurst = 100
	allAskEvery = 10 * time.Second
	maxAskers   = 4096 // networks that are remembered
)

// askLimits counts who asks for newsletters. Zero is ready.
type askLimits struct {
	mu  sync.Mutex // guards the fields below
	by  map[netip.Prefix]*rate.Limiter
	all *rate.Limiter
}

func (a *askLimits) allowed(from netip.Addr, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = rate.NewLimiter(rate.Every(allAskEvery), allAskBurst)
	}
	if a.by == nil || len(a.by) >= maxAskers {
		a.by = map[netip.Prefix]*rate.Limiter{}
	}
	n := reply.Network(from)
	if a.by[n] == nil {
		a.by[n] = rate.NewLimiter(rate.Every(askEvery), askBurst)
	}
	return a.by[n].AllowN(now, 1) && a.all.AllowN(now, 1)
}
