package site

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
)

// maxPlayers is how many enclosures a story's page can play.
const maxPlayers = 5

// player plays one enclosure, from the outlet's address.
type player struct {
	Title, Dir string
	By         string // the outlet
	Credit     string // who made it; empty: not named
	URL, Type  string
	Video      bool
	Poster     string // address of the outlet's picture of a video; empty: none
	Total      string // duration as 4:05; empty: unknown
	Seconds    int    // duration; 0: unknown
	Width      int    // in pixels; 0: unknown
	Height     int
	Page       string // address of the page that plays only this one
}

// allowScript adds our own scripts to what StrictPolicy allows.
func allowScript(policy string) string {
	return strings.Replace(policy, "; style-src", "; script-src 'self'; style-src", 1)
}

// media returns players for the enclosures of a story's takes, at most maxPlayers.
func (d *publicReader) media(story string, takes []news.Take) ([]player, error) {
	var out []player
	for _, t := range takes[:min(len(takes), 20)] {
		e, err := d.Tx.Entries.Get(t.Entry)
		if err != nil {
			return nil, err
		}
		src := d.Source(t.Source)
		if e == nil {
			continue
		}
		all := edition.PermittedText(src.Show, e, "").Media
		for _, m := range all {
			kind := m.PlayerKind()
			if kind == "" || len(out) == maxPlayers || slices.ContainsFunc(out, func(p player) bool { return p.URL == m.URL }) {
				continue
			}
			p := player{Title: cmp.Or(m.Title, t.Headline), By: src.Label(), Credit: m.Credit, URL: m.URL, Type: m.Type, Video: kind == "video", Width: m.Width, Height: m.Height}
			p.Dir, p.Seconds, p.Total = words.Dir(p.Title), int(m.Duration/time.Second), m.Playtime()
			if poster := bestPicture(all, ""); p.Video && poster != nil {
				p.Poster = poster.URL
			}
			p.Page = d.withKey("/stories/" + story + "/player/" + strconv.Itoa(len(out)+1))
			out = append(out, p)
		}
	}
	return out, nil
}

// playerPage answers /stories/ID/player/N: a window that plays one enclosure while the
// reader visits other pages.
func (s *Site) playerPage(set *settings, id, number string) handler {
	n, err := strconv.Atoi(number)
	if !IsStoryID(id) || err != nil || n < 1 || n > maxPlayers || strconv.Itoa(n) != number {
		return nil
	}
	return s.storyPage(set, fillPlayer(id, n))
}

// fillPlayer fills a page with the n-th enclosure of a story, from 1.
func fillPlayer(id string, n int) fillFunc {
	return func(d *publicReader, page *pageData) error {
		if err := fillStory(id)(d, page); err != nil {
			return err
		}
		story, ok := page.Part.(*storyPart)
		if !ok || n > len(story.Media) {
			return errNotFound
		}
		page.Name, page.Path, page.Index = "player", page.Path+"/player/"+strconv.Itoa(n), false
		page.Part = struct {
			player
			Script, Story, Headline string
		}{story.Media[n-1], story.Script, d.storyAddress(id), story.Headline}
		return nil
	}
}
