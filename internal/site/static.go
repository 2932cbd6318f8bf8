package site

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
)

// Static is the public site as files for a static host, as of one record. It does not
// include topics with a key.
type Static struct {
	site *Site
	set  *settings
}

// Static returns the site as files, as of the last record.
func (s *Site) Static() (*Static, error) {
	set, err := s.settings()
	if err != nil {
		return nil, err
	}
	return &Static{s, set}, nil
}

// Document is a page as a file.
type Document struct {
	Body    []byte
	Stories []string // ids of the stories that it links to
	Players int      // of a story: number of its player pages
}

// Moved is the error of a page with a new address.
type Moved struct{ To string } // path of the new address

func (m *Moved) Error() string { return "moved to " + m.To }

// IsRemoved tells whether an error means that there is no such page for the public, so that
// its file must be deleted.
func IsRemoved(err error) bool {
	var f *reply.Fault
	return errors.As(err, &f) && f.Status < http.StatusInternalServerError
}

// Files returns the files beside the pages by name: what pages load, what search engines
// read, and the page for unknown addresses.
func (st *Static) Files() (map[string][]byte, error) {
	own := assets{st.site}
	style, err := own.css(st.set)
	if err != nil {
		return nil, err
	}
	notFound, err := st.site.faultData(st.set, errNotFound).render()
	if err != nil {
		return nil, err
	}
	sitemap, err := st.site.sitemapFile(st.set)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{
		"style.css": style, "404.html": notFound, "embed.js": elementScriptFile.Body, "player.js": playerScriptFile.Body,
		"robots.txt": st.set.robots(), "sitemap.xml": sitemap.Body,
	}
	icon, err := own.iconFile(st.set)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		all[strings.TrimPrefix(st.set.icon(), "/")] = icon
	}
	return all, nil
}

// Topics returns the names of all topics, including old names and removed topics.
func (st *Static) Topics() []string {
	names := make([]string, 0, len(st.set.topics))
	for _, t := range st.set.topics {
		names = append(names, t.Name)
	}
	return names
}

// topic returns a public topic. The error is a *Moved for an old name. IsRemoved holds for
// the error of a topic that has a key or no longer exists.
func (st *Static) topic(name, path string) (*news.TopicState, error) {
	t, err := st.set.findTopic(name, "", nil)
	switch {
	case err != nil:
		return nil, err
	case t.Keyed:
		return nil, reply.FaultWithCode(reply.NeedsKey)
	case t.Name != name:
		return nil, &Moved{fmt.Sprintf(path, t.Name)}
	}
	return t, nil
}

// Front returns the front page.
func (st *Static) Front() (*Document, error) {
	page, err := st.site.read(st.set, "", st.site.fillFront)
	if err != nil {
		return nil, err
	}
	return document(page)
}

// Topic returns the page of a topic. The error is a *Moved for an old name; see IsRemoved.
func (st *Static) Topic(name string) (*Document, error) {
	t, err := st.topic(name, "/topics/%s")
	if err != nil {
		return nil, err
	}
	return st.page(func(d *publicReader, page *pageData) error {
		err := st.site.fillTopic(t)(d, page)
		page.OEmbed = "" // a static host does not answer oEmbed requests
		return err
	})
}

// EmbedHelp returns the page that explains how to embed a topic. For errors see Topic.
func (st *Static) EmbedHelp(name string) (*Document, error) {
	t, err := st.topic(name, "/topics/%s/embed")
	if err != nil {
		return nil, err
	}
	return st.page(fillEmbedHelp(t))
}

// Embed returns the embed of a topic with the default options. For errors see Topic.
func (st *Static) Embed(name string) (*Document, error) {
	t, err := st.topic(name, "/embed/%s")
	if err != nil {
		return nil, err
	}
	return st.page(embeds{st.site}.fillEmbed(t, embedOptions{limit: defaultEmbedStories, theme: "auto", dir: "auto"}))
}

// Story returns the page of a story. The error is a *Moved when it was merged into another.
func (st *Static) Story(id string) (*Document, error) {
	to, err := st.site.currentID(id)
	if err != nil {
		return nil, err
	}
	if to != id {
		return nil, &Moved{"/stories/" + to}
	}
	page, err := st.site.read(st.set, "", fillStory(id))
	if err != nil {
		return nil, err
	}
	page.Today = stamp{}
	d, err := document(page)
	if story, ok := page.Part.(*storyPart); ok && err == nil {
		d.Players = len(story.Media)
	}
	return d, err
}

// StoryFeed returns the feed of a story. IsRemoved holds for the error when there is none.
func (st *Static) StoryFeed(id string) ([]byte, error) {
	feed, err := st.site.Editions.Follow(id)
	switch {
	case errors.Is(err, edition.ErrGone), errors.Is(err, edition.ErrUnknown):
		return nil, errNotFound
	case err != nil:
		return nil, err
	}
	return feed.Body, nil
}

// Player returns the page that plays the n-th enclosure of a story, from 1.
func (st *Static) Player(id string, n int) (*Document, error) { return st.page(fillPlayer(id, n)) }

// MaxPlayers is how many enclosures of a story have a player at most.
const MaxPlayers = maxPlayers

// Redirect returns a page that leads to a path, because a static host can't answer 301.
func (st *Static) Redirect(to string) (*Document, error) {
	page := st.site.newPage(st.set)
	page.Name, page.Path, page.Title, page.Index, page.Today = "moved", to, page.Locale.Moved, true, stamp{}
	return document(page)
}

// page reads and renders a page without today's date, which would soon be wrong.
func (st *Static) page(fill fillFunc) (*Document, error) {
	page, err := st.site.read(st.set, "", fill)
	if err != nil {
		return nil, err
	}
	page.Today = stamp{}
	return document(page)
}

// document renders a page.
func document(page *pageData) (*Document, error) {
	body, err := page.render()
	return &Document{Body: body, Stories: page.linked}, err
}
