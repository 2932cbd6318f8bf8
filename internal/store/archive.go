package store

import (
	"bytes"

	"github.com/slugline/slugline/internal/news"
)

// Archives is the table of the sealed pages of topics' archives.
type Archives struct{ *rows }

// Get returns page n of a topic's archive.
func (t Archives) Get(topic string, n int) (*news.ArchivePage, error) {
	return getJSON[news.ArchivePage](t.rows, archives, archiveKey(topic, n))
}

// Put stores a page. The ids of a stored page must not be changed, but may be removed when all
// of its stories are deleted.
func (t Archives) Put(topic string, p *news.ArchivePage) error {
	return t.putJSON(archives, archiveKey(topic, p.N), p)
}

// movePages moves the archive of topic from to topic to, unless that has an archive.
func (t Archives) movePages(from, to string) error {
	first, err := t.Get(to, 1)
	if err != nil || first != nil {
		return err
	}
	for n := 1; ; n++ {
		p, err := t.Get(from, n)
		if err != nil || p == nil {
			return err
		}
		if err := t.Put(to, p); err != nil {
			return err
		}
		if err := t.delete(archives, archiveKey(from, n)); err != nil {
			return err
		}
	}
}

// isEmptyPage reports whether the payload of a page's row says that all its stories are deleted.
func isEmptyPage(payload []byte) bool { return bytes.Contains(payload, []byte(`"stories":null`)) }
