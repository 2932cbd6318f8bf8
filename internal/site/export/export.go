// Package export writes the public site as files for a static host.
//
// It follows the links of the site from page to page. It writes only files whose content
// changes, and deletes or replaces what is no longer public before it writes anything
// else. Topics with a key are not exported. Files that no export wrote remain as they are.
//
//	export.go   the pages and feeds
//	changes.go  what changed since the last export
//	folder.go, lock_unix.go, lock_other.go  the files, and which of them are ours
package export

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/slugline/slugline/internal/site"
)

// Result is what an export did.
type Result struct {
	Files   int      // of the site
	Made    int      // how many were made, to be compared with the files that are there
	Written int      // of these, written because they are new or changed
	Foreign []string // files in the way that no export wrote; they remain as they are
}

// Options are the choices of an export.
type Options struct {
	Replace bool // also replace files in the way that no export wrote
}

// export is one run of Write. The page /topics/NAME becomes topics/NAME/index.html, which
// every static host serves at that address.
type export struct {
	pages   *site.Static
	changes changeSet
	folder  *folder
	queue   []string        // paths to visit
	visited map[string]bool // paths that were queued
	changed map[string]bool // ids of known stories that are gone, or whose headline changed
	made    int             // paths that were rendered
}

// Write writes the public site below dir, for the address in site.url.
func Write(s *site.Site, dir string, o Options) (r Result, err error) {
	e, err := begin(s, dir, o)
	if err != nil {
		return r, fmt.Errorf("export site: %w", err)
	}
	for _, step := range []func() error{e.removePrivate, e.changedStories, e.linksToChanged, e.all, e.finish} {
		if err = step(); err != nil {
			break
		}
	}
	if err = errors.Join(err, e.folder.close()); err != nil {
		return r, fmt.Errorf("export site: %w", err)
	}
	return Result{Files: len(e.folder.files), Made: e.made, Written: e.folder.written, Foreign: e.folder.foreign}, nil
}

func begin(s *site.Site, dir string, o Options) (*export, error) {
	pages, err := s.Static()
	if err != nil {
		return nil, err
	}
	e := &export{pages: pages, visited: map[string]bool{}, changed: map[string]bool{}}
	if e.folder, err = openFolder(dir, o.Replace, e.isOurs); err != nil {
		return nil, err
	}
	if e.changes, err = readChanges(s.Store, e.folder.last); err != nil {
		return nil, errors.Join(err, e.folder.close())
	}
	return e, nil
}

// isOurs tells whether an export that kept no list of its files wrote a file: topics and
// stories that we know, the rest in a folder with a state file.
func (e *export) isOurs(name string, exported bool) bool {
	m := earlierFile().FindStringSubmatch(name)
	switch {
	case m == nil:
		return false
	case m[2]+m[3] != "":
		return e.pages.KnownTopics()[m[2]+m[3]]
	case m[4] != "":
		found, err := e.pages.HasStory(m[4])
		return found && err == nil
	}
	return exported
}

// removePrivate removes the files of topics that are no longer public, and puts a note in
// place of their pages.
func (e *export) removePrivate() error {
	for _, topic := range e.pages.PrivateTopics() {
		for _, name := range e.names() {
			if !strings.HasPrefix(name, "topics/"+topic+".") && !strings.HasPrefix(name, "topics/"+topic+"/") &&
				!strings.HasPrefix(name, "embed/"+topic+".") && !strings.HasPrefix(name, "embed/"+topic+"/") {
				continue
			}
			if err := e.visit(pathOf(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// names returns the names of the files at present.
func (e *export) names() []string {
	names := make([]string, 0, len(e.folder.files))
	for name := range e.folder.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// changedStories writes or deletes the files of the stories that changed since the last
// export.
func (e *export) changedStories() error {
	for _, name := range e.names() {
		if storyOf(name) == "" || e.isCurrent(name) {
			continue
		}
		if err := e.visit(pathOf(name)); err != nil {
			return err
		}
	}
	return nil
}

// linksToChanged writes again the pages of unchanged stories that show a headline that
// changed, or link to a story that is gone. Otherwise, an unchanged story keeps the lists of
// related stories that it had.
func (e *export) linksToChanged() error {
	if len(e.changed) == 0 {
		return nil
	}
	for _, name := range e.names() {
		if id := storyOf(name); id == "" || !strings.HasSuffix(name, "/index.html") || !e.isCurrent(name) || !e.linksToAny(e.folder.read(name)) {
			continue
		}
		if err := e.render(pathOf(name)); err != nil {
			return err
		}
	}
	return nil
}

var storyLink = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`/stories/([0-9a-z]{13})`) })

// linksToAny tells whether a page links to a story of changed.
func (e *export) linksToAny(page []byte) bool {
	return slices.ContainsFunc(storyLink().FindAllSubmatch(page, -1), func(m [][]byte) bool { return e.changed[string(m[1])] })
}

// isCurrent tells whether a file of a story is there and the story is as it was when the
// file was written.
func (e *export) isCurrent(name string) bool {
	id := storyOf(name)
	if e.changes.all || e.changes.stories[id] || !e.folder.has(name) {
		return false
	}
	found, err := e.pages.HasStory(id)
	return err == nil && found
}

// all visits everything that was exported before, and everything that links lead to.
func (e *export) all() error {
	if err := e.notFoundPage(); err != nil {
		return err
	}
	e.add(e.pages.Roots()...)
	for _, name := range e.names() {
		e.add(pathOf(name))
	}
	for len(e.queue) > 0 {
		p := e.queue[0]
		e.queue = e.queue[1:]
		if err := e.visit(p); err != nil {
			return err
		}
	}
	return nil
}

func (e *export) add(paths ...string) { e.queue = append(e.queue, paths...) }

// isCurrentArchive tells whether a path is a page or a sitemap of the archive whose file is
// there and whose stories are as they were when it was written.
func (e *export) isCurrentArchive(p string) (bool, error) {
	if e.changes.all || !e.folder.has(nameOf(p, path.Ext(p) == "")) {
		return false, nil
	}
	scope, err := e.pages.Scope(p)
	return scope != nil && !e.changes.touch(scope), err
}

// visit writes or deletes the file of a path, once. The files of an unchanged story, and
// pages of the archive without a changed one, remain as they are.
func (e *export) visit(p string) error {
	if e.visited[p] {
		return nil
	}
	e.visited[p] = true
	if storyOf(p) != "" {
		if e.isCurrent(nameOf(p, !site.IsFeed(p))) {
			return nil
		}
	} else if current, err := e.isCurrentArchive(p); current || err != nil {
		return err
	}
	return e.render(p)
}

func (e *export) render(p string) error {
	e.made++
	f, err := e.pages.Get(p)
	if err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	switch {
	case f.MoveTo != "" && strings.HasPrefix(p, "/topics/") && path.Ext(p) != "":
		if f, err = e.pages.Get(f.MoveTo); err != nil { // a static host does not redirect feed readers
			return err
		}
	case f.MoveTo != "" && !site.IsFeed(p):
		return e.redirect(p, f.MoveTo)
	}
	if f.Status != http.StatusOK {
		return e.remove(p, f)
	}
	return e.write(nameOf(p, f.HTML), f)
}

// write writes a file and visits what it links to.
func (e *export) write(name string, f *site.File) error {
	if id := storyOf(name); id != "" && e.folder.files[name] && f.HTML {
		if e.folder.last.Unfinished || heading(e.folder.read(name)) != heading(f.Body) {
			e.changed[id] = true
		}
	}
	e.add(e.pages.Links(f)...)
	return e.folder.write(name, f.Body)
}

// heading returns the main heading of a page.
func heading(page []byte) string {
	_, rest, _ := bytes.Cut(page, []byte("<h1"))
	h, _, _ := bytes.Cut(rest, []byte("</h1>"))
	return string(h)
}

// redirect writes a page that leads to a path.
func (e *export) redirect(p, to string) error {
	body, err := e.pages.Redirect(to)
	if err != nil {
		return err
	}
	return e.write(nameOf(p, true), &site.File{Body: body, HTML: true})
}

// topicPage is the form of the paths that other sites may link to or frame.
var topicPage = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^/(?:topics|embed)/[a-z0-9-]+$`) })

// remove deletes the file of a path that is no longer public. Where readers may come back,
// it leaves a page that says so.
func (e *export) remove(p string, f *site.File) error {
	name := nameOf(p, true)
	isNote := topicPage().MatchString(p) && (f.Status == http.StatusGone || f.Status == http.StatusForbidden)
	if isNote && e.folder.files[name] {
		return e.folder.write(name, f.Body)
	}
	if id := storyOf(p); id != "" {
		e.changed[id] = true
	}
	return errors.Join(e.folder.remove(name), e.folder.remove(nameOf(p, false)))
}

// notFoundPage writes the page for unknown addresses.
func (e *export) notFoundPage() error {
	f, err := e.pages.Get("/404")
	if err != nil {
		return err
	}
	e.visited["/404.html"] = true
	return e.folder.write("404.html", f.Body)
}

func (e *export) finish() error { return e.folder.finish(e.changes.now) }

// nameOf returns the name of the file of a path.
func nameOf(p string, isPage bool) string {
	name := strings.TrimPrefix(p, "/")
	if isPage {
		return path.Join(name, "index.html")
	}
	return name
}

// pathOf returns the path of the file with a name.
func pathOf(name string) string {
	if rest, isPage := strings.CutSuffix(name, "index.html"); isPage {
		return "/" + strings.TrimSuffix(rest, "/")
	}
	return "/" + name
}

// storyOf returns the id of the story to which a file or a path belongs; empty: to none.
func storyOf(name string) string {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(name, "/"), "stories/")
	if !ok || len(rest) < 13 || !site.IsStoryID(rest[:13]) {
		return ""
	}
	return rest[:13]
}
