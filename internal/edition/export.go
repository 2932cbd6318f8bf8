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

// OPML returns the list of public topics.
func (p *Press) OPML() (*Edition, error) {
	public, site, _, err := p.topics()
	if err != nil {
		return nil, err
	}
	e := &Edition{ContentType: "text/x-opml; charset=utf-8", Self: site.URL + "/topics.opml"}
	var outlines []feed.Outline
	var seq uint64
	for _, t := range public {
		at := site.URL + "/topics/" + t.Name
		outlines = append(outlines, feed.Outline{Title: t.Title, Address: at + ".rss", Site: at, Language: site.Language})
		seq = max(seq, t.Seq)
		e.Modified = news.Later(e.Modified, t.Changed)
	}
	if e.Body, err = feed.WriteOPML(site.Title, outlines); err != nil {
		return nil, err
	}
	e.ETag = etag(seq, e.Body)
	return e, nil
}

// topics returns the public topics, in the order of the rules, and the others.
func (p *Press) topics() (public []*news.TopicState, site news.Site, others []*news.TopicState, err error) {
	err = p.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil || rules == nil {
			return err
		}
		site = rules.Site
		all, err := tx.Topics.All()
		for _, t := range all {
			if t.Keyed || t.Removed || t.RenamedTo != "" {
				others = append(others, t)
			} else {
				public = append(public, t)
			}
		}
		return err
	})
	return public, site, others, err
}

// Export writes the feeds of the public topics, and the list of them, as files for any
// web server at the site's address. It does not write files that are the same. It
// removes the files of a topic that was removed or needs a key now. A renamed topic
// has its files under the old name too, because a web server redirects no files.
func (p *Press) Export(dir string) error {
	public, _, others, err := p.topics()
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	for _, t := range public {
		if err := p.export(dir, t.Name, t.Name); err != nil {
			return err
		}
	}
	for _, t := range others {
		if err := p.exportOther(dir, t.Name, public); err != nil {
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

// exportArchive writes the pages of a topic's archive. It removes the files of pages
// that show no story any more, and of open pages that do not exist any more.
func (p *Press) exportArchive(dir, name, as string) error {
	in := filepath.Join(dir, "topics", as, "archive")
	for n := 1; ; n++ {
		path := filepath.Join(in, strconv.Itoa(n)+".atom")
		e, _, err := p.Archive(name, n)
		switch {
		case err == nil:
			err = ReplaceFile(path, e.Body)
		case errors.Is(err, ErrUnknown) && !exists(path):
			return nil
		case errors.Is(err, ErrGone), errors.Is(err, ErrUnknown):
			err = removeFile(path)
		default:
			err = fmt.Errorf("export topic %s: %w", name, err)
		}
		if err != nil {
			return err
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// removeFile removes a file if it exists.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// exportOther writes the files of a renamed topic, and removes those of any other topic
// that is not public.
func (p *Press) exportOther(dir, name string, public []*news.TopicState) error {
	var m *Moved
	if _, err := p.topicState(name); errors.As(err, &m) {
		for _, t := range public {
			if t.Name == m.Name {
				return p.export(dir, t.Name, name)
			}
		}
	}
	for _, f := range Formats {
		if err := removeFile(feedFile(dir, name, f)); err != nil {
			return err
		}
	}
	return removeArchive(filepath.Join(dir, "topics", name, "archive"))
}

// removeArchive removes the pages that an export wrote, and no other file.
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
		if err := removeFile(filepath.Join(in, f.Name())); err != nil {
			return err
		}
	}
	_ = os.Remove(in) // fails unless it is empty
	return nil
}

func feedFile(dir, name string, f Format) string {
	return filepath.Join(dir, "topics", name+"."+string(f))
}

// ReplaceFile writes body to a file atomically, unless the file has it already. It
// makes the folders above the file.
func ReplaceFile(path string, body []byte) error {
	dir, name := filepath.Split(path)
	tmp := filepath.Join(dir, "."+strings.TrimPrefix(name, ".")+".new") // web servers hide such files
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, body) {
		_ = os.Remove(tmp) // a killed export may have left it
		return nil
	}
	if err := os.MkdirAll(filepath.Clean(dir), 0o755); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := os.WriteFile(tmp, body, 0o644); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
