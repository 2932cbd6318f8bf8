package view

import (
	"sync"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

const (
	linkedStories = 600   // newest stories among which those of one happening are searched
	maxGists      = 4_096 // gists that are cached
)

// LanguageLink leads to a story about the same happening in another language.
type LanguageLink struct {
	Story, Headline string // Story is its id
	Language, Name  string // BCP 47; Name is that of the language, in itself
	Dir             string // ltr or rtl, of Name
}

// Languages finds stories that tell of the same happening in other languages, among the
// newest. It reads those once for each record. The zero value is ready to use.
type Languages struct {
	gists GistCache

	mu      sync.Mutex // guards the fields below
	seq     uint64     // of the record after which stories were read
	stories []*news.Story
	links   *story.Links // between stories; nil: not read yet
}

// AlsoIn returns links to the stories that tell of the same happening as s in other
// languages, one for each language.
func (l *Languages) AlsoIn(tx *store.Tx, s *news.Story) ([]LanguageLink, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.links == nil || l.seq != tx.Seq() {
		if err := l.read(tx); err != nil {
			return nil, err
		}
	}
	var out []LanguageLink
	for _, i := range l.links.Of(l.gists.Of(s.Headline, s.Language, s.First)) {
		other := l.stories[i]
		out = append(out, LanguageLink{other.ID, other.Headline, other.Language, locale.LanguageName(other.Language), locale.Dir(other.Language)})
	}
	return out, nil
}

func (l *Languages) read(tx *store.Tx) error {
	recent, err := tx.Stories.Latest(linkedStories, nil)
	if err != nil {
		return err
	}
	l.seq, l.stories = tx.Seq(), nil
	var all []*story.Gist
	seen := map[[2]string]bool{}
	for _, s := range recent {
		if key := [2]string{s.Event, s.Language}; s.Killed.IsZero() && !seen[key] {
			seen[key] = true
			l.stories, all = append(l.stories, s), append(all, l.gists.Of(s.Headline, s.Language, s.First))
		}
	}
	l.links = story.NewLinks(all)
	return nil
}

// GistCache keeps what headlines tell of. When it is full, it drops all. The zero value is
// ready to use.
type GistCache struct {
	mu    sync.Mutex // guards the field below
	gists map[gistKey]*story.Gist
}

type gistKey struct {
	headline, language string
	at                 time.Time
}

// Of returns what a headline of a time tells of.
func (c *GistCache) Of(headline, language string, at time.Time) *story.Gist {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := gistKey{headline, language, at}
	g := c.gists[key]
	if g == nil {
		if c.gists == nil || len(c.gists) >= maxGists {
			c.gists = map[gistKey]*story.Gist{}
		}
		g = story.NewGist(headline, language, at)
		c.gists[key] = g
	}
	return g
}
