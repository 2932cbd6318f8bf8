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

// Static is the site as files for a host that runs no program, as of one record. What
// asks for a key is not part of it.
type Static struct {
	site *Site
	set  *settings
}

// Static reads the settings that all pages share.
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
	Players int      // of a story: how many player pages it has
}

// Moved is the error of a page that has another address now.
type Moved struct{ To string } // path

func (m *Moved) Error() string { return "moved to " + m.To }

// IsRemoved tells whether an error says that there is no such page for the public, so
// that a file of it is to be deleted.
func IsRemoved(err error) bool {
	var f *reply.Fault
	return errors.As(err, &f) && f.Status != http.StatusInternalServerError
}

// Files are the files beside the pages, by name: what pages load, what search engines
// read and the page for addresses that do not exist.
func (st *Static) Files() (map[string][]byte, error) {
	own := assets{st.site}
	style, err := own.css(st.set)
	if err != nil {
		return nil, err
	}
	lost, err := st.site.faultData(st.set, errNotFound).render()
	if err != nil {
		return nil, err
	}
	sites, err := st.site.sitemapFile(st.set)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{
		"style.css": style, "404.html": lost, "embed.js": elementScriptFile.Body, "player.js": playerScriptFile.Body,
		"robots.txt": st.set.robots(), "sitemap.xml": sites.Body,
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

// Topics are the names of all topics that there are or were.
func (st *Static) Topics() []string {
	names := make([]string, 0, len(st.set.topics))
	for _, t := range st.set.topics {
		names = append(names, t.Name)
	}
	return names
}

// topic finds a public topic. The error is a *Moved for an old name, and one of
// IsRemoved for what asks for a key or no longer exists.
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

// Front is the front page.
func (st *Static) Front() (*Document, error) {
	page, err := st.site.read(st.set, "", st.site.fillFront)
	if err != nil {
		return nil, err
	}
	return document(page)
}

// Topic is the page of a topic. See topic for its errors.
func (st *Static) Topic(name string) (*Document, error) {
	t, err := st.topic(name, "/topics/%s")
	if err != nil {
		return nil, err
	}
	return st.page(func(d *publicReader, page *pageData) error {
		err := st.site.fillTopic(t)(d, page)
		page.OEmbed = "" // nobody answers there
		return err
	})
}

// EmbedHelp is the page that shows how to embed a topic.
func (st *Static) EmbedHelp(name string) (*Document, error) {
	t, err := st.topic(name, "/topics/%s/embed")
	if err != nil {
		return nil, err
	}
	return st.page(fillEmbedHelp(t))
}

// Embed is a topic as other sites frame it, without options.
func (st *Static) Embed(name string) (*Document, error) {
	t, err := st.topic(name, "/embed/%s")
	if err != nil {
		return nil, err
	}
	return st.page(st.site.fillEmbed(t, embedOptions{limit: defaultEmbedStories, theme: "auto", dir: "auto"}))
}

// Story is the page of a story. The error is a *Moved when another story took it in.
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

// StoryFeed is the feed that follows a story. Its error is one of IsRemoved where
// there is none.
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

// Player is a window that plays the n-th enclosure of a story, from 1.
func (st *Static) Player(id string, n int) (*Document, error) { return st.page(fillPlayer(id, n)) }

// MaxPlayers is how many enclosures of a story have a player.
const MaxPlayers = maxPlayers

// Redirect is what a static host can do for a 301.
func (st *Static) Redirect(to string) (*Document, error) {
	page := st.site.newPage(st.set)
	page.Name, page.Path, page.Title, page.Index, page.Today = "moved", to, page.Locale.Moved, true, stamp{}
	return document(page)
}

// page leaves out today's date, which would be wrong tomorrow.
func (st *Static) page(read fillFunc) (*Document, error) {
	page, err := st.site.read(st.set, "", read)
	if err != nil {
		return nil, err
	}
	page.Today = stamp{}
	return document(page)
}

func document(page *pageData) (*Document, error) {
	body, err := page.render()
	return &Document{Body: body, Stories: page.linked}, err
}
