package newsroom

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// topicsPage is the data of topics.html and topic.html.
type topicsPage struct {
	wirePage
	Title   string
	List    []view.Topic       // of topics.html
	Topic   *news.Topic        // of topic.html
	Query   string             // its queries, one a line, as entered
	Preview *view.TopicPreview // nil if a query is wrong
	Wrong   template.HTML      // why there is no preview, or nothing was written
	Saved   bool
	Version string // of feeds.yaml; empty: the caller can't change it here
	ByHand  string // why feeds.yaml can't be written here; empty: it can
	YAML    string // to copy, after a change that must be made by hand
}

// topics answers GET /topics.
func (pg pages) topics(w http.ResponseWriter, r *http.Request) error {
	p := &topicsPage{wirePage: pg.newPage(), Title: pg.locale().T("Topics")}
	err := pg.Store.ViewContext(r.Context(), func(tx *store.Tx) (err error) {
		p.List, err = view.Topics(tx)
		return errors.Join(err, p.readSite(tx))
	})
	if err != nil {
		return err
	}
	p.List = slices.DeleteFunc(p.List, func(t view.Topic) bool { return t.Removed || t.Moved != "" })
	return pg.show(w, "topics.html", p)
}

// topic answers GET /topics/{name}. With ?match= it shows what other queries would change.
func (pg pages) topic(w http.ResponseWriter, r *http.Request) error {
	p, err := pg.newTopicPage(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p.Saved = q.Has("saved")
	if q.Has("match") {
		p.Query = q.Get("match")
	}
	return pg.showTopic(w, r, http.StatusOK, p)
}

// newTopicPage reads the topic that the address names, and its queries in feeds.yaml.
func (pg pages) newTopicPage(r *http.Request) (*topicsPage, error) {
	p, name := &topicsPage{wirePage: pg.newPage()}, r.PathValue("name")
	err := pg.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		t, err := tx.Topics.Get(name)
		if err == nil && t != nil && !t.Removed && t.RenamedTo == "" {
			p.Topic = &t.Topic
		}
		return errors.Join(err, pg.readPageData(tx, &p.wirePage, callerOf(r.Context())))
	})
	switch {
	case err != nil:
		return nil, err
	case p.Topic == nil:
		return nil, reply.Faultf(http.StatusNotFound, "There is no topic %q.", name)
	}
	p.Title, p.Query = p.Topic.Title, strings.Join(p.Topic.Match, "\n")
	if !pg.mayChange(r.Context()) {
		return p, nil
	}
	if f, err := pg.openSettings(); err == nil {
		p.Version, p.ByHand = f.version(), f.byHand
		if it := f.Topic(name); it != nil {
			p.Query = strings.Join(it.Values("match"), "\n")
		}
	}
	return p, nil
}

// queriesOf returns the queries of a text, one a line.
func queriesOf(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// showTopic writes the page with the preview of its queries.
func (pg pages) showTopic(w http.ResponseWriter, r *http.Request, status int, p *topicsPage) error {
	preview, err := pg.previewTopic(r.Context(), *p.Topic, queriesOf(p.Query))
	if wrong := (*view.Error)(nil); errors.As(err, &wrong) && wrong.Kind == view.Invalid {
		if p.Wrong == "" {
			p.Wrong = escaped(wrong.Said.In(pg.locale()))
		}
		return pg.renderAs(w, status, "topic.html", p)
	}
	if err != nil {
		return err
	}
	p.Preview = preview
	return pg.renderAs(w, status, "topic.html", p)
}

func (pg pages) previewTopic(ctx context.Context, t news.Topic, match []string) (preview *view.TopicPreview, err error) {
	t.Match = match
	limited, done := pg.limitQuery(ctx)
	defer done()
	err = pg.scan(ctx, func(tx *store.Tx) error {
		preview, err = view.Preview(limited, tx, t)
		return err
	})
	return preview, err
}

// changeTopic answers POST /topics/{name}: it writes the queries of the form.
func (pg pages) changeTopic(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return reply.BodyFault(err, "The form can't be read.")
	}
	p, err := pg.newTopicPage(r)
	if err != nil {
		return err
	}
	f, err := pg.openSettings()
	if err != nil {
		return err
	}
	p.Query = r.PostForm.Get("match")
	match := queriesOf(p.Query)
	after, err := f.SetTopic(p.Topic.Name, match)
	if err == nil {
		err = errNotWritable(f)
	}
	if err == nil {
		err = pg.writeSettings(r.Context(), f, r.PostForm.Get("version"), after)
	}
	if err == nil {
		http.Redirect(w, r, "/topics/"+url.PathEscape(p.Topic.Name)+"?saved=1", http.StatusSeeOther)
		return nil
	}
	p.Wrong = saidError(pg.locale(), err)
	if errors.Is(err, config.ErrKeep) {
		p.YAML = config.Snippet("match", match)
	}
	return pg.showTopic(w, r, statusOf(err), p)
}
