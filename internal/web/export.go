package web

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
)

// export writes the site as files. A page /topics/NAME is topics/NAME/index.html,
// for that is what every static host serves at that address.
type export struct {
	site  *Site
	set   *setting
	dir   string
	done  map[string]bool // story ids
	queue []string        // story ids that pages link to
	since since
}

// Export writes what anyone may read as static files below dir, for the address
// that site.url gives, and touches only the files that change. What asks for a
// key is left out, and what is no longer public is removed.
func (s *Site) Export(dir string) error {
	set, err := s.setting()
	if err != nil {
		return fmt.Errorf("export site: %w", err)
	}
	e := &export{site: s, set: set, dir: dir, done: map[string]bool{}}
	for _, step := range []func() error{e.readMark, e.shared, e.front, e.topics, e.linked, e.earlier, e.linked, e.writeMark} {
		if err := step(); err != nil {
			return fmt.Errorf("export site: %w", err)
		}
	}
	return nil
}

func (e *export) shared() error {
	if err := e.site.Press.Export(e.dir); err != nil {
		return err
	}
	style, err := e.site.css(e.set)
	if err != nil {
		return err
	}
	lost, err := e.site.lost(e.set, errNowhere).render()
	if err != nil {
		return err
	}
	all := map[string][]byte{"style.css": style, "404.html": lost, "embed.js": elementScript.Body, "player.js": playScript.Body, "robots.txt": e.set.robots()}
	sites, err := e.site.mapped(e.set)
	if err != nil {
		return err
	}
	all["sitemap.xml"] = sites.Body
	icon, err := e.site.picture(e.set)
	if err == nil {
		all[e.set.icon()] = icon
	} else if !errors.Is(err, fs.ErrNotExist) {
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
	l, err := e.site.leaf(e.set, "", e.site.front)
	if err != nil {
		return err
	}
	return e.page("index.html", l)
}

func (e *export) topics() error {
	for _, t := range e.set.topics {
		if err := e.topic(t); err != nil {
			return err
		}
	}
	return nil
}

// topic writes a topic's page under each of its names: who follows an old one goes
// on. The feeds are the press's.
func (e *export) topic(t *news.TopicState) error {
	name := "topics/" + t.Name
	now, err := e.set.open(t.Name, "", nil)
	switch f := (*Fault)(nil); {
	case errors.As(err, &f), err == nil && now.Keyed:
		return errors.Join(e.remove(name+"/embed/index.html"), e.remove(name+"/index.html"), e.remove("embed/"+t.Name+"/index.html"))
	case err != nil:
		return err
	case now != t:
		return errors.Join(e.redirect(name, "/topics/"+now.Name), e.redirect("embed/"+t.Name, "/embed/"+now.Name))
	}
	l, err := e.site.leaf(e.set, "", e.site.topicPage(t))
	if err != nil {
		return err
	}
	l.Today, l.OEmbed = stamp{}, "" // nobody answers there
	return errors.Join(e.page(name+"/index.html", l), e.embeds(t))
}

// embeds writes a topic as others frame it, as it is when nothing is asked for, and
// how that is done.
func (e *export) embeds(t *news.TopicState) error {
	for name, read := range map[string]fill{
		"embed/" + t.Name:             e.site.framed(t, embedding{limit: embedStories, theme: "auto", dir: "auto"}),
		"topics/" + t.Name + "/embed": showEmbeds(t),
	} {
		l, err := e.site.leaf(e.set, "", read)
		if err != nil {
			return err
		}
		l.Today = stamp{}
		if err := e.page(name+"/index.html", l); err != nil {
			return err
		}
	}
	return nil
}

// linked writes the stories that pages link to, and those that these link to.
func (e *export) linked() error {
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

func (e *export) story(id string) error {
	name := "stories/" + id
	to, err := e.site.survivor(id)
	if err == nil && to != id {
		e.queue = append(e.queue, to)
		return errors.Join(e.redirect(name, "/stories/"+to), e.remove(name+".atom"), e.removePlayers(id, 1))
	}
	var l *leaf
	if err == nil {
		l, err = e.site.leaf(e.set, "", retell(id))
	}
	if err := e.followed(id); err != nil {
		return err
	}
	if f := (*Fault)(nil); errors.As(err, &f) && f.Status != http.StatusInternalServerError {
		return e.removeStory(id)
	}
	if err != nil {
		return err
	}
	l.Today = stamp{}
	return errors.Join(e.page(name+"/index.html", l), e.players(id, l))
}

// players writes the windows that a story's media play in.
func (e *export) players(id string, l *leaf) error {
	story, ok := l.Part.(*retold)
	if !ok {
		return e.removePlayers(id, 1)
	}
	for i := range story.Media {
		l, err := e.site.leaf(e.set, "", play(id, i+1))
		if err != nil {
			return err
		}
		l.Today = stamp{}
		if err := e.page(playerFile(id, i+1), l); err != nil {
			return err
		}
	}
	return e.removePlayers(id, len(story.Media)+1)
}

// followed writes the feed that follows a story, or removes it where there is none.
func (e *export) followed(id string) error {
	name := "stories/" + id + ".atom"
	feed, err := e.site.Press.Follow(id)
	switch {
	case errors.Is(err, edition.ErrGone), errors.Is(err, edition.ErrUnknown):
		return e.remove(name)
	case err != nil:
		return err
	}
	return e.write(name, feed.Body)
}

func (e *export) page(name string, l *leaf) error {
	e.queue = append(e.queue, l.linked...)
	body, err := l.render()
	if err != nil {
		return err
	}
	return e.write(name, body)
}

// redirect is what a static host can do for a 301.
func (e *export) redirect(name, to string) error {
	l := e.site.blank(e.set)
	l.Name, l.Path, l.Title, l.Index, l.Today = "moved", to, l.T.Moved, true, stamp{}
	return e.page(name+"/index.html", l)
}

func (e *export) path(name string) string { return filepath.Join(e.dir, filepath.FromSlash(name)) }

func (e *export) write(name string, body []byte) error {
	return edition.Replace(e.path(name), body)
}

func (e *export) remove(name string) error {
	err := os.Remove(e.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for at := path.Dir(name); at != "." && err == nil; at = path.Dir(at) {
		if os.Remove(e.path(at)) != nil { // it is not empty: others may have files there
			break
		}
	}
	return err
}
