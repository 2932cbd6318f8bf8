package site

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// searchPosition is where a page of results ends. It is enough to go on below a story, also
// when that has been deleted: its time in milliseconds, its seq and its id.
func searchPosition(s *news.Story) string {
	return fmt.Sprintf("%d-%d-%s", s.First.UnixMilli(), s.Seq, s.ID)
}

// parseSearchPosition returns a story with the place of a position and nothing else.
func parseSearchPosition(p string) (s *news.Story, ok bool) {
	first, rest, _ := strings.Cut(p, "-")
	number, id, _ := strings.Cut(rest, "-")
	ms, err := strconv.ParseInt(first, 10, 64)
	seq, wrong := strconv.ParseUint(number, 10, 64)
	if err != nil || wrong != nil || ms < 0 || !IsStoryID(id) {
		return nil, false
	}
	s = &news.Story{ID: id, First: time.UnixMilli(ms).UTC(), Seq: seq}
	return s, searchPosition(s) == p
}

// storyBefore returns the story below which results begin, nil for the first page. It is
// named by its position, or by its id alone as older addresses have it.
func (s *Site) storyBefore(before string) (story *news.Story, err error) {
	if before == "" {
		return nil, nil
	}
	if at, ok := parseSearchPosition(before); ok {
		return at, nil
	}
	err = s.Store.View(func(tx *store.Tx) error {
		story, err = tx.Stories.Get(before)
		return err
	})
	if story == nil && err == nil {
		err = errNotFound
	}
	return story, err
}
