package newsroom

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/words"
)

// starFeedItems is how many stories the feed of starred stories has.
const starFeedItems = 100

var errFeedKey = reply.Faultf(http.StatusForbidden, "This address of starred stories is not valid any more, or was never complete: its token was revoked. The page /starred of the desk shows the present address.")

// feedKeys are the keys of the feeds of starred stories. A key is made from a token's hash
// and a secret of this database, so it does not tell the token, and ends with it.
type feedKeys struct {
	mu      sync.Mutex // guards the fields below
	secret  []byte
	version uint64            // of the tokens
	names   map[string]string // of tokens, by the hash of their feed keys; nil: not read yet
}

// feedSecret is the name of the secret that feed keys are made with.
const feedSecret = "starred"

// load reads the secret, or makes it. Of several nodes that made one, that of the first is in
// force, so it is read each time.
func (k *feedKeys) load(ctx context.Context, st *store.Store) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var secret []byte
	err := st.ViewContext(ctx, func(tx *store.Tx) (err error) {
		secret, err = tx.Secrets.Get(feedSecret)
		return err
	})
	if err == nil && secret == nil {
		secret = []byte(rand.Text())
		err = st.Update(func(tx *store.Tx) error { return tx.Secrets.Put(feedSecret, secret) })
	}
	if err == nil && !bytes.Equal(k.secret, secret) {
		k.secret, k.names = secret, nil
	}
	return err
}

// of returns the feed key of a token with a hash. The secret must have been loaded.
func (k *feedKeys) of(hash string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(hash))
	return news.Crockford(mac.Sum(nil)[:20])
}

// nameOf returns the name of the token with a feed key.
func (k *feedKeys) nameOf(tx *store.Tx, master, key string) (name string, ok bool, err error) {
	version := tx.Tokens.Version()
	k.mu.Lock()
	names := k.names
	if k.version != version {
		names = nil
	}
	k.mu.Unlock()
	if names == nil {
		all, err := tx.Tokens.All()
		if err != nil {
			return "", false, err
		}
		names = map[string]string{}
		if master != "" {
			names[tokenHash(k.of(tokenHash(master)))] = ""
		}
		for _, t := range all {
			names[tokenHash(k.of(t.Hash))] = t.Name
		}
		k.mu.Lock()
		k.names, k.version = names, version
		k.mu.Unlock()
	}
	name, ok = names[tokenHash(key)]
	return name, ok, nil
}

// starKeyOf returns the key of the feed of a caller's stars, empty if there is no token
// that it could end with.
func (d *Desk) starKeyOf(tx *store.Tx, name string) (string, error) {
	if name == "" && d.Token == "" {
		return "", nil
	}
	if name == "" {
		return d.feedKeys.of(tokenHash(d.Token)), nil
	}
	t, err := tx.Tokens.Get(name)
	if t == nil || err != nil {
		return "", err
	}
	return d.feedKeys.of(t.Hash), nil
}

// starredFeed answers GET /starred.atom: with ?key= for the owner of that key, who needs no
// token and no cookie then; without it for the caller.
func (d *Desk) starredFeed(w http.ResponseWriter, r *http.Request) error {
	key := r.URL.Query().Get("key")
	if key == "" {
		return d.authorized(func(w http.ResponseWriter, r *http.Request) error {
			return d.sendStarredFeed(w, r, callerOf(r.Context()).name)
		})(w, r)
	}
	if err := checkFetch(r); err != nil {
		return err
	}
	if err := d.feedKeys.load(r.Context(), d.Store); err != nil {
		return err
	}
	var name string
	var ok bool
	err := d.Store.ViewContext(r.Context(), func(tx *store.Tx) (err error) {
		name, ok, err = d.feedKeys.nameOf(tx, d.Token, key)
		return err
	})
	switch {
	case err != nil:
		return err
	case ok:
		return d.sendStarredFeed(w, r, name)
	case !reply.IsLocal(r):
		other, same := d.access.wrongTokens.count(key, d.access.client(r), time.Now())
		if wait := max(other, same); wait > 0 {
			return tooManyWrong(w, wait)
		}
	}
	return errFeedKey
}

func (d *Desk) sendStarredFeed(w http.ResponseWriter, r *http.Request, name string) error {
	f := starFeed{loc: d.locale(), desk: d.origin(r), self: d.origin(r) + r.URL.RequestURI(), name: name}
	if err := d.Store.ViewContext(r.Context(), f.read); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := feed.WriteAtom(&b, f.channel.Tidy()); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, no-cache")
	return reply.Send(w, r, reply.NewEdition(feed.Atom.ContentType(), b.Bytes()))
}

// starFeed makes the feed of what somebody starred.
type starFeed struct {
	loc        *locale.Locale
	desk, self string // addresses
	name       string // of the token
	site       string // its id
	channel    feed.Channel
}

func (f *starFeed) read(tx *store.Tx) error {
	rules, err := tx.Rules()
	if err != nil {
		return err
	}
	var site news.Site
	if rules != nil {
		site = rules.Site
	}
	all, err := view.ReadStarred(tx, f.name, "", starFeedItems)
	if err != nil {
		return err
	}
	f.site = site.ID
	title := cmp.Or(site.Title, "Slugline")
	f.channel = feed.Channel{
		ID:    f.tag("starred/" + url.PathEscape(f.name)),
		Title: f.loc.T("Starred") + " · " + title, Publisher: title, Language: f.loc.Lang,
		HomePage: f.desk + "/starred", Atom: f.self, Updated: news.Instant(tx.Created()),
	}
	if f.name != "" {
		f.channel.Title = f.loc.T("Starred") + ": " + f.name + " · " + title
	}
	for i := range all.Stories {
		s := &all.Stories[i]
		if s.Copy.Held {
			continue // it must not leave the desk yet
		}
		p := f.post(s)
		f.channel.Posts = append(f.channel.Posts, p)
		f.channel.Updated = news.Later(f.channel.Updated, p.Updated)
	}
	return nil
}

// tag returns a tag URI of this site (RFC 4151).
func (f *starFeed) tag(what string) string {
	return "tag:" + cmp.Or(f.site, "localhost") + ",2026:" + what
}

// post makes the item of a starred story. One that was withdrawn or hidden has a note in
// place of its text.
func (f *starFeed) post(s *view.StarredStory) feed.Post {
	c := s.Copy
	p := feed.Post{
		ID: c.URI + "/starred", Title: c.Headline, Link: feed.Address(c.Link), Page: f.desk + "/stories/" + c.ID, Language: c.Language,
		Published: s.Starred, Updated: news.Later(s.Starred, news.Later(c.Revised, c.Killed)),
	}
	p.Link = cmp.Or(p.Link, p.Page)
	seen := " (" + f.loc.Instant(c.First.UTC()) + " UTC)"
	switch {
	case !c.Killed.IsZero():
		p.Title, p.Summary, p.Language, p.Link = f.loc.Withdrawn+seen, f.loc.Withdrawn, f.loc.Lang, p.Page
	case c.Hidden:
		p.Title, p.Summary, p.Language, p.Link = strings.TrimRight(f.loc.TakenDown, ".")+seen, f.loc.TakenDown, f.loc.Lang, p.Page
	default:
		text := edition.PermittedText(c.Show, &news.Entry{Summary: c.Summary, Base: c.Base, Link: c.Link}, c.Body)
		p.Summary, p.Content = text.Summary, f.content(c, &text)
		for _, o := range c.Outlets {
			p.Outlets = append(p.Outlets, feed.Outlet{ID: f.tag("outlets/" + url.PathEscape(o.Title)), Name: o.Title, Headline: o.Headline, Link: feed.Address(o.Link), Language: o.Language, At: o.At})
		}
		p.Author = c.Title
	}
	return p
}

var starContent = template.Must(template.New("").Funcs(template.FuncMap{
	"dir": words.Dir,
	"iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
}).Parse(`{{with .Body}}<div{{with $.Lang}} lang="{{.}}"{{end}} dir="{{dir $.Headline}}">{{.}}</div>
{{else}}{{with .Summary}}<p{{with $.Lang}} lang="{{.}}"{{end}} dir="{{dir .}}">{{.}}</p>
{{end}}{{end}}<ul>
{{range .Outlets}}<li{{with .Language}} lang="{{.}}"{{end}} dir="{{dir .Headline}}">{{if .Link}}<a href="{{.Link}}">{{.Title}}</a>{{else}}{{.Title}}{{end}}{{if ne .Headline $.Headline}}: {{.Headline}}{{end}} · <time datetime="{{iso .At}}" dir="ltr">{{$.Clock .At}}</time></li>
{{end}}{{with .More}}<li lang="{{$.Locale.Lang}}" dir="{{$.Locale.Dir}}">{{.}}</li>
{{end}}</ul>`))

// starContentData is what starContent shows.
type starContentData struct {
	Locale         *locale.Locale
	Lang, Headline string
	Summary, More  string
	Body           template.HTML
	Outlets        []news.StarredOutlet
}

// Clock formats a time in UTC, because readers of a feed are anywhere.
func (d *starContentData) Clock(t time.Time) string { return d.Locale.Instant(t.UTC()) + " UTC" }

// content returns the content of an item: its text, and the outlets that have it.
func (f *starFeed) content(c *news.StarredStory, text *edition.Text) string {
	d := &starContentData{Locale: f.loc, Lang: c.Language, Headline: c.Headline, Summary: text.Summary, Body: template.HTML(text.Body)}
	for _, o := range c.Outlets {
		if o.Killed.IsZero() {
			o.Link = feed.Address(o.Link)
			d.Outlets = append(d.Outlets, o)
		}
	}
	if c.More > 0 {
		d.More = f.loc.Count(f.loc.AndMore, c.More)
	}
	var b bytes.Buffer
	_ = starContent.Execute(&b, d) // a bytes.Buffer takes everything
	return b.String()
}
