package edition

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// OPML lists the topics that anyone may read.
func (p *Press) OPML() (*Edition, error) {
	open, site, _, err := p.topics()
	if err != nil {
		return nil, err
	}
	e := &Edition{ContentType: "text/x-opml; charset=utf-8", Self: site.URL + "/topics.opml"}
	var lines []feed.Outline
	var seq uint64
	for _, t := range open {
		at := site.URL + "/topics/" + t.Name
		lines = append(lines, feed.Outline{Title: t.Title, Address: at + ".rss", Site: at, Language: site.Language})
		seq = max(seq, t.Seq)
		e.Modified = later(e.Modified, t.Changed)
	}
	if e.Body, err = feed.WriteOPML(site.Title, lines); err != nil {
		return nil, err
	}
	e.ETag = etag(seq, e.Body)
	return e, nil
}

// topics returns those that anyone may read, in the rules' order, and the others.
func (p *Press) topics() (open []*news.TopicState, site news.Site, closed []*news.TopicState, err error) {
	err = p.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil || rules == nil {
			return err
		}
		site = rules.Site
		all, err := tx.Topics()
		for _, t := range all {
			if t.Keyed || t.Removed || t.RenamedTo != "" {
				closed = append(closed, t)
			} else {
				open = append(open, t)
			}
		}
		return err
	})
	return open, site, closed, err
}

// Export writes the feeds of the topics that anyone may read, and their list, as
// files that any web server can serve under the site's address. Files that stay
// the same are left alone; a topic that ended or asks for a key now loses its
// files. No web server redirects for files: a renamed topic's stay under its old
// name too, with what the new one has.
func (p *Press) Export(dir string) error {
	open, _, closed, err := p.topics()
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	for _, t := range open {
		if err := p.export(dir, t.Name, t.Name); err != nil {
			return err
		}
	}
	for _, t := range closed {
		if err := p.exportClosed(dir, t.Name, open); err != nil {
			return err
		}
	}
	list, err := p.OPML()
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return ReplaceFile(filepath.Join(dir, "topics.opml"), list.Body)
}

func (p *Press) export(dir, name, as string) error {
	for _, f := range Formats {
		e, err := p.Topic(name, f)
		if err != nil {
			return fmt.Errorf("export topic %s: %w", name, err)
		}
		if err := ReplaceFile(feedFile(dir, as, f), e.Body); err != nil {
			return err
		}
	}
	return p.exportArchive(dir, name, as)
}

// exportArchive writes the pages of a topic's archive. Those of which nothing is
// left, and those that were open and are not needed now, lose their files.
func (p *Press) exportArchive(dir, name, as string) error {
	in := filepath.Join(dir, "topics", as, "archive")
	for n := 1; ; n++ {
		path := filepath.Join(in, strconv.Itoa(n)+".atom")
		e, _, err := p.Archive(name, n)
		switch {
		case errors.Is(err, ErrGone), errors.Is(err, ErrUnknown):
			last := errors.Is(err, ErrUnknown)
			switch err := os.Remove(path); {
			case errors.Is(err, fs.ErrNotExist) && last:
				return nil
			case err != nil && !errors.Is(err, fs.ErrNotExist):
				return fmt.Errorf("export: %w", err)
			}
			continue
		case err != nil:
			return fmt.Errorf("export topic %s: %w", name, err)
		}
		if err := ReplaceFile(path, e.Body); err != nil {
			return err
		}
	}
}

func (p *Press) exportClosed(dir, name string, open []*news.TopicState) error {
	var m *Moved
	if _, err := p.topicState(name); errors.As(err, &m) {
		for _, t := range open {
			if t.Name == m.Name {
				return p.export(dir, t.Name, name)
			}
		}
	}
	for _, f := range Formats {
		if err := os.Remove(feedFile(dir, name, f)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("export: %w", err)
		}
	}
	return removeArchive(filepath.Join(dir, "topics", name, "archive"))
}

// removeArchive takes away the pages that an export wrote, and nothing else.
func removeArchive(in string) error {
	found, err := os.ReadDir(in)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("export: %w", err)
	}
	for _, f := range found {
		number, page := strings.CutSuffix(f.Name(), ".atom")
		if _, err := strconv.ParseUint(number, 10, 32); err != nil || !page {
			continue
		}
		if err := os.Remove(filepath.Join(in, f.Name())); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	_ = os.Remove(in) // if it is empty now
	return nil
}

func feedFile(dir, name string, f Format) string {
	return filepath.Join(dir, "topics", name+"."+string(f))
}

// ReplaceFile puts body into a file at once, unless it is there already, and makes the
// folders above it.
func ReplaceFile(path string, body []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, body) {
		return nil
	}
	dir, name := filepath.Split(path)
	if err := os.MkdirAll(filepath.Clean(dir), 0o755); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	tmp := filepath.Join(dir, "."+strings.TrimPrefix(name, ".")+".new") // no web server shows it
	if err := os.WriteFile(tmp, body, 0o644); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
