// Package export writes the public site as files for a static host.
//
// It writes only files whose content changes, and deletes pages that are no longer public.
// Topics with a key are not exported.
//
//	export.go   the pages and feeds, following links from page to page
//	changes.go  what changed since the last export
package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/site"
)

// export is one run of Write. The page /topics/NAME becomes topics/NAME/index.html, which
// every static host serves at that address.
type export struct {
	site    *site.Site
	pages   *site.Static
	dir     string
	done    map[string]bool // ids of written stories
	queue   []string        // ids of stories that pages link to
	changes changeSet
}

// Write writes the public site below dir, for the address in site.url. Other files in dir
// remain.
func Write(s *site.Site, dir string) error {
	pages, err := s.Static()
	if err != nil {
		return fmt.Errorf("export site: %w", err)
	}
	e := &export{site: s, pages: pages, dir: dir, done: map[string]bool{}}
	for _, step := range []func() error{e.readState, e.sharedFiles, e.front, e.topics, e.linkedStories, e.updateEarlier, e.linkedStories, e.writeState} {
		if err := step(); err != nil {
			return fmt.Errorf("export site: %w", err)
		}
	}
	return nil
}

// sharedFiles writes the feeds and the files that pages share.
func (e *export) sharedFiles() error {
	if err := e.site.Editions.Export(e.dir); err != nil {
		return err
	}
	all, err := e.pages.Files()
	if err != nil {
		return err
	}
	for name, body := range all {
		if err := e.write(name, body); err != nil {
			return err
		}
	}
	return nil
}

func (e *export) front() error {
	d, err := e.pages.Front()
	if err != nil {
		return err
	}
	return e.page("index.html", d)
}

// topics writes the pages of all topics, and redirects from their old names. sharedFiles
// writes their feeds.
func (e *export) topics() error {
	for _, name := range e.pages.Topics() {
		for path, read := range map[string]func(string) (*site.Document, error){
			"topics/" + name:            e.pages.Topic,
			"topics/" + name + "/embed": e.pages.EmbedHelp,
			"embed/" + name:             e.pages.Embed,
		} {
			if err := e.topicPage(path, name, read); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *export) topicPage(path, name string, read func(string) (*site.Document, error)) error {
	d, err := read(name)
	var moved *site.Moved
	switch {
	case site.IsRemoved(err):
		return e.remove(path + "/index.html")
	case errors.As(err, &moved) && strings.HasSuffix(path, "/embed"):
		return nil // the redirect of the topic's page is enough
	case errors.As(err, &moved):
		return e.redirect(path, moved.To)
	case err != nil:
		return err
	}
	return e.page(path+"/index.html", d)
}

// linkedStories writes the stories that pages link to, directly or through other stories.
func (e *export) linkedStories() error {
	for len(e.queue) > 0 {
		id := e.queue[0]
		e.queue = e.queue[1:]
		if e.done[id] {
			continue
		}
		e.done[id] = true
		if err := e.story(id); err != nil {
			return err
		}
	}
	return nil
}

// story writes the page, the feed and the players of a story, or deletes them.
func (e *export) story(id string) error {
	name := "stories/" + id
	d, err := e.pages.Story(id)
	var moved *site.Moved
	if errors.As(err, &moved) {
		e.queue = append(e.queue, path.Base(moved.To))
		return errors.Join(e.redirect(name, moved.To), e.remove(name+".atom"), e.removePlayers(id, 1))
	}
	if err := e.feed(id); err != nil {
		return err
	}
	if site.IsRemoved(err) {
		return e.removeStory(id)
	}
	if err != nil {
		return err
	}
	return errors.Join(e.page(name+"/index.html", d), e.players(id, d.Players))
}

// players writes the player pages of a story.
func (e *export) players(id string, count int) error {
	for n := 1; n <= count; n++ {
		d, err := e.pages.Player(id, n)
		if err != nil {
			return err
		}
		if err := e.page(playerFile(id, n), d); err != nil {
			return err
		}
	}
	return e.removePlayers(id, count+1)
}

// feed writes the feed of a story, or deletes it when there is none.
func (e *export) feed(id string) error {
	name := "stories/" + id + ".atom"
	body, err := e.pages.StoryFeed(id)
	switch {
	case site.IsRemoved(err):
		return e.remove(name)
	case err != nil:
		return err
	}
	return e.write(name, body)
}

// page writes a page and queues the stories that it links to.
func (e *export) page(name string, d *site.Document) error {
	e.queue = append(e.queue, d.Stories...)
	return e.write(name, d.Body)
}

// redirect writes a page that leads to a path.
func (e *export) redirect(name, to string) error {
	d, err := e.pages.Redirect(to)
	if err != nil {
		return err
	}
	return e.page(name+"/index.html", d)
}

func (e *export) path(name string) string { return filepath.Join(e.dir, filepath.FromSlash(name)) }

func (e *export) write(name string, body []byte) error {
	return edition.ReplaceFile(e.path(name), body)
}

// remove deletes a file, if it exists, and the folders that it leaves empty.
func (e *export) remove(name string) error {
	err := os.Remove(e.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for dir := path.Dir(name); dir != "." && err == nil; dir = path.Dir(dir) {
		if os.Remove(e.path(dir)) != nil { // it is not empty
			break
		}
	}
	return err
}
