package topic

import (
	"slices"

	"github.com/slugline/slugline/internal/news"
)

type op uint8

const (
	opAnd op = iota
	opOr
	opNot
	opOutlets
	opWord
)

type node struct {
	op    op
	kids  []*node
	field field
	whole string
	cmp   string
	n     int
}

func term(f field, s string, _ bool) *node {
	if s == "" {
		return nil
	}
	return &node{op: opWord, field: f, whole: s}
}

func (n *node) match(*Doc, int) bool { return false }

// Doc is an entry as queries see it. One goroutine may use it at a time.
type Doc struct{ src *news.Source }

// NewDoc makes the doc of an entry. The title of its source is the one in s:
// who wants the feed's own title found sets it there.
func NewDoc(_ *news.Entry, s *news.Source) *Doc { return &Doc{src: s} }

func (d *Doc) from(tagOrName string) bool {
	return d.src.Name == tagOrName || slices.Contains(d.src.Tags, tagOrName)
}
