package site

import (
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/view"
)

const (
	linkedStories = 600 // recent stories among which those of one happening are searched
	linkedDepth   = 100 // of these, stories of one topic
)

// languageTab is a link to a story about the same happening in another language.
type languageTab struct {
	Name, Lang, Dir, Href string // Name is that of the language, in itself
	Headline              string
}

// alsoIn returns links to recent public stories that tell of the same happening as a story
// in other languages, one for each language.
func (d *publicReader) alsoIn(lead news.Take) ([]languageTab, error) {
	recent, err := d.set.recentEvents(d)
	if err != nil {
		return nil, err
	}
	var out []languageTab
	for _, i := range recent.links.Of(gistOf(d.set.gists, lead)) {
		s := recent.stories[i]
		out = append(out, languageTab{
			Name: locale.LanguageName(s.lead.Language), Lang: s.lead.Language, Dir: locale.Dir(s.lead.Language),
			Href: d.set.base + "/stories/" + s.id, Headline: s.lead.Headline,
		})
	}
	return out, nil
}

// recentEvents are the recent events of public topics: the latest story of each event in
// each language, with the links between them.
type recentEvents struct {
	stories []recentStory
	links   *story.Links
}

type recentStory struct {
	id   string
	lead news.Take
}

// recentEvents returns the recent events. They are read once for each record, with the
// first reader who needs them.
func (st *settings) recentEvents(d *publicReader) (*recentEvents, error) {
	st.recentMu.Lock()
	defer st.recentMu.Unlock()
	if st.recent != nil {
		return st.recent, nil
	}
	anyone := &publicReader{Snapshot: d.Snapshot, set: st, keys: d.keys}
	r, err := anyone.readRecentEvents()
	if err == nil {
		st.recent = r
	}
	return r, err
}

func (d *publicReader) readRecentEvents() (*recentEvents, error) {
	topics := d.set.publicTopics()
	out, seen := &recentEvents{}, map[[2]string]bool{}
	var gists []*story.Gist
	for _, t := range topics {
		list, err := d.topicStories(t, min(linkedDepth, 1+linkedStories/len(topics)))
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			lead, ok := edition.TopicLeadTake(p.Story, t.Name, d.visibleTakes(p.Story))
			if key := [2]string{p.Event, lead.Language}; ok && !seen[key] {
				seen[key] = true
				out.stories, gists = append(out.stories, recentStory{p.ID, lead}), append(gists, gistOf(d.set.gists, lead))
			}
		}
	}
	out.links = story.NewLinks(gists)
	return out, nil
}

func gistOf(gists *view.GistCache, t news.Take) *story.Gist {
	return gists.Of(t.Headline, t.Language, t.At)
}
